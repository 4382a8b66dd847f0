"""Roles that can be given to people and service users."""

from devin_async.calling import Resource
from devin_async.models.members import Role
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint

__all__ = ["Roles"]


class Roles(Resource):
    """Reached as `devin.enterprise.roles`."""

    LIST = Endpoint("GET", "/v3/enterprise/roles", Role, "ViewAccountMembership", paging="cursor")

    def list(
        self, *, page_size: int | None = None, limit: int | None = None, after: After = None
    ) -> Pager[Role]:
        """List the roles, the enterprise's and the organizations'.

        `GET /v3/enterprise/roles`, permission ViewAccountMembership.
        """
        return self._pager(self.LIST, page_size=page_size, limit=limit, after=after)
