"""Roles that can be given to people and service users."""

from devin_async.models.members import Role
from devin_async.pagination import Checkpoint, Pager
from devin_async.protocol import Endpoint
from devin_async.resources.base import Resource

__all__ = ["Roles"]


class Roles(Resource):
    """Reached as `devin.enterprise.roles`."""

    LIST = Endpoint(
        "GET",
        "/v3/enterprise/roles",
        Role,
        "ViewAccountMembership",
        also=("ManageAccountMembership",),
        paging="cursor",
    )

    def list(
        self,
        *,
        page_size: int | None = None,
        limit: int | None = None,
        after: str | Checkpoint | None = None,
    ) -> Pager[Role]:
        """List the roles, the enterprise's and the organizations'.

        Args:
            page_size: Items a request, 1 to 200; the server's default is 100.
            limit: Items in all.
            after: Cursor or checkpoint to go on from.

        `GET /v3/enterprise/roles`, permission ViewAccountMembership.
        """
        return self._pager(self.LIST, page_size=page_size, limit=limit, after=after)
