"""Git connections of the enterprise, and the permissions of its organizations on them."""

import builtins
from collections.abc import Sequence

from devin_async.calling import Resource
from devin_async.errors import InvalidArgumentError
from devin_async.models.git import (
    GitConnection,
    GitConnectionRepository,
    GitPermission,
    NewGitPermission,
)
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import check_id, check_length, check_page_size

__all__ = ["GitConnections", "GitPermissions"]

_LARGEST_PAGE_OF_REPOSITORIES = 100
_MOST_PERMISSIONS = 200


class GitConnections(Resource):
    """Reached as `devin.enterprise.git_connections`."""

    PATH = "/v3/enterprise/git-providers/connections"

    LIST = Endpoint("GET", PATH, GitConnection, "ManageGitIntegrations", paging="cursor")

    def list(
        self, *, page_size: int | None = None, limit: int | None = None, after: After = None
    ) -> Pager[GitConnection]:
        """List the connections to git providers.

        `GET /v3/enterprise/git-providers/connections`, permission ManageGitIntegrations.
        """
        return self._pager(self.LIST, page_size=page_size, limit=limit, after=after)

    REPOSITORIES = Endpoint(
        "GET",
        PATH + "/{connection_id}/repositories",
        GitConnectionRepository,
        "ManageGitIntegrations",
        paging="cursor",
    )

    def repositories(
        self,
        connection_id: str,
        *,
        filter_name: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[GitConnectionRepository]:
        """List the repositories that a connection reaches.

        Args:
            connection_id: The connection's `git_connection_id`.
            filter_name: Only those whose name matches this.
            page_size: Items a request, 1 to 100 here, which is the server's default too.
            limit: Items in all.
            after: Cursor or checkpoint to go on from.

        `GET /v3/enterprise/git-providers/connections/{connection_id}/repositories`,
        permission ManageGitIntegrations.
        """
        check_page_size(page_size, largest=_LARGEST_PAGE_OF_REPOSITORIES)
        return self._pager(
            self.REPOSITORIES,
            path={"connection_id": check_id("connection_id", connection_id)},
            query={"filter_name": filter_name},
            page_size=page_size,
            limit=limit,
            after=after,
        )


class GitPermissions(Resource):
    """Reached as `devin.enterprise.organization(id).git_permissions`."""

    PATH = "/v3/enterprise/organizations/{org_id}/git-providers/permissions"

    LIST = Endpoint("GET", PATH, GitPermission, "ManageGitIntegrations", paging="cursor")

    def list(
        self, *, page_size: int | None = None, limit: int | None = None, after: After = None
    ) -> Pager[GitPermission]:
        """List what the organization may use.

        `GET /v3/enterprise/organizations/{org_id}/git-providers/permissions`,
        permission ManageGitIntegrations.
        """
        return self._pager(self.LIST, page_size=page_size, limit=limit, after=after)

    CREATE = Endpoint(
        "POST", PATH, builtins.list[GitPermission], "ManageGitIntegrations", body="json"
    )

    async def create(self, permissions: Sequence[NewGitPermission]) -> builtins.list[GitPermission]:
        """Let the organization use more; at most 200 a call.

        Raises:
            ConflictError: One of them overlaps with another.

        `POST /v3/enterprise/organizations/{org_id}/git-providers/permissions`,
        permission ManageGitIntegrations.
        """
        json = {"permissions": _checked(permissions)}
        return await self._call(self.CREATE, json=json)

    REPLACE = Endpoint(
        "PUT", PATH, builtins.list[GitPermission], "ManageGitIntegrations", body="json"
    )

    async def replace(
        self, permissions: Sequence[NewGitPermission]
    ) -> builtins.list[GitPermission]:
        """Let the organization use these and nothing else; at most 200.

        `PUT /v3/enterprise/organizations/{org_id}/git-providers/permissions`,
        permission ManageGitIntegrations.
        """
        json = {"permissions": _checked(permissions)}
        return await self._call(self.REPLACE, json=json)

    CLEAR = Endpoint("DELETE", PATH, builtins.list[GitPermission], "ManageGitIntegrations")

    async def clear(self) -> builtins.list[GitPermission]:
        """Take all permissions away; gives those that there were.

        `DELETE /v3/enterprise/organizations/{org_id}/git-providers/permissions`,
        permission ManageGitIntegrations.
        """
        return await self._call(self.CLEAR)

    UPDATE = Endpoint(
        "PATCH", PATH + "/{git_permission_id}", GitPermission, "ManageGitIntegrations", body="json"
    )

    async def update(self, git_permission_id: str, *, read_only: bool) -> GitPermission:
        """Change whether a permission is for reading only; its place cannot be changed.

        `PATCH .../git-providers/permissions/{git_permission_id}`, permission
        ManageGitIntegrations.
        """
        path = {"git_permission_id": check_id("git_permission_id", git_permission_id)}
        return await self._call(self.UPDATE, path=path, json={"read_only": read_only})

    DELETE = Endpoint(
        "DELETE", PATH + "/{git_permission_id}", GitPermission, "ManageGitIntegrations"
    )

    async def delete(self, git_permission_id: str) -> GitPermission:
        """Take one permission away.

        `DELETE .../git-providers/permissions/{git_permission_id}`, permission
        ManageGitIntegrations.
        """
        path = {"git_permission_id": check_id("git_permission_id", git_permission_id)}
        return await self._call(self.DELETE, path=path)


def _checked(permissions: Sequence[NewGitPermission]) -> Sequence[NewGitPermission]:
    check_length("permissions", permissions, _MOST_PERMISSIONS)
    for index, one in enumerate(permissions):
        places = [one.repo_path, one.group_prefix, one.prefix_path]
        if len([place for place in places if place is not None]) != 1:
            raise InvalidArgumentError(
                f"permissions[{index}] is {one!r}; allowed: exactly one of repo_path, "
                "group_prefix, prefix_path"
            )
    return permissions
