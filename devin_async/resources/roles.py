"""Roles that can be given to people and service users."""

from typing import Unpack

from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.members import Role
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class Roles(Resource):
    """Reached as `devin.enterprise.roles`."""

    LIST = Endpoint("GET", "/v3/enterprise/roles", Role, "ViewAccountMembership", paging="cursor")

    def list(self, **options: Unpack[ListOptions]) -> Pager[Role]:
        """List the roles, the enterprise's and the organizations'.

        `GET /v3/enterprise/roles`, permission ViewAccountMembership.
        """
        return self._pager(self.LIST, options)
