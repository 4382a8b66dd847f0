"""The git connections of the enterprise and the repositories behind them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devin_async.sandbox.base.randomness import hex_id, mix
from devin_async.sandbox.world.organizations import DAY, LATEST_FOUNDING

_CONNECTIONS = (("github_app", "GitHub", "github.com"), ("gitlab_token", "GitLab", "gitlab.com"))
_PATHS = (
    ("acme/app", "acme/api", "acme/docs", "acme/infra", "acme/website", "tools/cli", "tools/lint"),
    ("platform/auth", "platform/backend/billing", "platform/backend/search", "data/etl"),
)
_LANGUAGES = ("Python", "TypeScript", "Go", None)


class Catalog:
    """Serve the connections and repositories.

    Args:
        seed: Makes ids repeat.
    """

    def __init__(self, seed: int) -> None:
        self.connections = [
            {
                "git_connection_id": "git-connection-" + hex_id(seed, "connection", index),
                "git_provider_type": kind,
                "name": name,
                "host": host,
                "created_at": LATEST_FOUNDING - 400 * DAY,
            }
            for index, (kind, name, host) in enumerate(_CONNECTIONS)
        ]
        self.repositories = [
            self._repository(seed, connection, path)
            for connection, paths in zip(self.connections, _PATHS, strict=True)
            for path in paths
        ]
        self.paths = tuple(item["repo_path"] for item in self.repositories)

    def has_connection(self, connection_id: str) -> bool:
        """Tell whether there is such a connection."""
        return any(item["git_connection_id"] == connection_id for item in self.connections)

    def reachable(self, permissions: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
        """Return the repositories that permissions open; without any, all are open."""
        if not permissions:
            return self.repositories
        return (
            repository
            for repository in self.repositories
            if any(_opens(permission, repository) for permission in permissions)
        )

    @staticmethod
    def _repository(seed: int, connection: Mapping[str, Any], path: str) -> dict[str, Any]:
        number = int(hex_id(seed, "repository", path, length=8), 16)
        return {
            "provider_repository_id": str(number),
            "git_connection_id": connection["git_connection_id"],
            "git_connection_host": connection["host"],
            "repo_name": path.rpartition("/")[2],
            "repo_path": path,
            "repo_description": f"The repository {path}",
            "last_updated_at": LATEST_FOUNDING - mix(seed, number) % (30 * DAY),
            "repo_language": _LANGUAGES[number % len(_LANGUAGES)],
        }


def _opens(permission: Mapping[str, Any], repository: Mapping[str, Any]) -> bool:
    if permission["git_connection_id"] != repository["git_connection_id"]:
        return False
    path: str = repository["repo_path"]
    prefix = permission.get("group_prefix") or permission.get("prefix_path")
    return path == permission.get("repo_path") or (
        prefix is not None and path.startswith(prefix.rstrip("/") + "/")
    )
