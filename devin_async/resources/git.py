"""Git connections of the enterprise, and the permissions of its organizations on them."""

from collections.abc import Sequence
from typing import TypeAlias, Unpack

from devin_async.base.arguments import check_ids, check_length, check_page_size
from devin_async.errors import InvalidArgumentError
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.git import (
    GitConnection,
    GitConnectionRepository,
    GitPermission,
    NewGitPermission,
)
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource

Permissions: TypeAlias = list[GitPermission]

_LARGEST_PAGE_OF_REPOSITORIES = 100
_MOST_PERMISSIONS = 200


class GitConnections(Resource):
    """Reached as `devin.enterprise.git_connections`."""

    PATH = "/v3/enterprise/git-providers/connections"
    REACHED = PATH + "/{connection_id}/repositories"

    LIST = Endpoint("GET", PATH, GitConnection, "ManageGitIntegrations", paging="cursor")

    def list(self, **options: Unpack[ListOptions]) -> Pager[GitConnection]:
        """List the connections to git providers.

        `GET /v3/enterprise/git-providers/connections`, permission ManageGitIntegrations.
        """
        return self._pager(self.LIST, options)

    REPOSITORIES = Endpoint(
        "GET", REACHED, GitConnectionRepository, "ManageGitIntegrations", paging="cursor"
    )

    def repositories(
        self, connection_id: str, *, filter_name: str | None = None, **options: Unpack[ListOptions]
    ) -> Pager[GitConnectionRepository]:
        """List the repositories that a connection reaches; *page_size* is 100 at the most here.

        Args:
            connection_id: The connection's `git_connection_id`.
            filter_name: Only those whose name matches this.

        `GET .../connections/{connection_id}/repositories`, permission ManageGitIntegrations.
        """
        check_page_size(options.get("page_size"), largest=_LARGEST_PAGE_OF_REPOSITORIES)
        path, query = check_ids(connection_id=connection_id), {"filter_name": filter_name}
        return self._pager(self.REPOSITORIES, options, path=path, query=query)


class GitPermissions(Resource):
    """Reached as `devin.enterprise.organization(id).git_permissions`."""

    PATH = "/v3/enterprise/organizations/{org_id}/git-providers/permissions"
    ONE = PATH + "/{git_permission_id}"

    LIST = Endpoint("GET", PATH, GitPermission, "ManageGitIntegrations", paging="cursor")

    def list(self, **options: Unpack[ListOptions]) -> Pager[GitPermission]:
        """List what the organization may use.

        `GET .../git-providers/permissions`, permission ManageGitIntegrations.
        """
        return self._pager(self.LIST, options)

    CREATE = Endpoint("POST", PATH, Permissions, "ManageGitIntegrations", body="json")

    async def create(self, permissions: Sequence[NewGitPermission]) -> Permissions:
        """Let the organization use more; at most 200 a call.

        Raises:
            ConflictError: One of them overlaps with another.

        `POST .../git-providers/permissions`, permission ManageGitIntegrations.
        """
        return await self._call(self.CREATE, json={"permissions": _checked(permissions)})

    REPLACE = Endpoint("PUT", PATH, Permissions, "ManageGitIntegrations", body="json")

    async def replace(self, permissions: Sequence[NewGitPermission]) -> Permissions:
        """Let the organization use these and nothing else; at most 200.

        `PUT .../git-providers/permissions`, permission ManageGitIntegrations.
        """
        return await self._call(self.REPLACE, json={"permissions": _checked(permissions)})

    CLEAR = Endpoint("DELETE", PATH, Permissions, "ManageGitIntegrations")

    async def clear(self) -> Permissions:
        """Take all permissions away; gives those that there were.

        `DELETE .../git-providers/permissions`, permission ManageGitIntegrations.
        """
        return await self._call(self.CLEAR)

    UPDATE = Endpoint("PATCH", ONE, GitPermission, "ManageGitIntegrations", body="json")

    async def update(self, git_permission_id: str, *, read_only: bool) -> GitPermission:
        """Change whether a permission is for reading only; its place cannot be changed.

        `PATCH .../git-providers/permissions/{git_permission_id}`, permission ManageGitIntegrations.
        """
        path = check_ids(git_permission_id=git_permission_id)
        return await self._call(self.UPDATE, path=path, json={"read_only": read_only})

    DELETE = Endpoint("DELETE", ONE, GitPermission, "ManageGitIntegrations")

    async def delete(self, git_permission_id: str) -> GitPermission:
        """Take one permission away.

        `DELETE .../git-providers/permissions/{git_permission_id}`, permission
        ManageGitIntegrations.
        """
        return await self._call(self.DELETE, path=check_ids(git_permission_id=git_permission_id))


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
