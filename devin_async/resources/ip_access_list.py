"""The IP addresses from which the enterprise can be reached."""

from collections.abc import Sequence

from devin_async.models.enterprise import IpAccess
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class IpAccessList(Resource):
    """Reached as `devin.enterprise.ip_access_list`.

    Each answer is the list as it is then, ranges in the form that the server prefers. A list that
    leaves out the caller's own address locks the caller out.
    """

    PATH = "/v3/enterprise/ip-access-list"

    GET = Endpoint("GET", PATH, IpAccess, "ManageEnterpriseSettings")

    async def get(self) -> IpAccess:
        """Read the list.

        `GET /v3/enterprise/ip-access-list`, permission ManageEnterpriseSettings.
        """
        return await self._call(self.GET)

    ADD = Endpoint("POST", PATH, IpAccess, "ManageEnterpriseSettings", body="json")

    async def add(self, ip_ranges: Sequence[str]) -> IpAccess:
        """Add ranges, such as "203.0.113.0/24", to those in the list.

        `POST /v3/enterprise/ip-access-list`, permission ManageEnterpriseSettings.
        """
        return await self._call(self.ADD, json={"ip_ranges": ip_ranges})

    REPLACE = Endpoint("PUT", PATH, IpAccess, "ManageEnterpriseSettings", body="json")

    async def replace(self, ip_ranges: Sequence[str]) -> IpAccess:
        """Put these ranges in the place of all in the list.

        `PUT /v3/enterprise/ip-access-list`, permission ManageEnterpriseSettings.
        """
        return await self._call(self.REPLACE, json={"ip_ranges": ip_ranges})

    CLEAR = Endpoint("DELETE", PATH, IpAccess, "ManageEnterpriseSettings")

    async def clear(self) -> IpAccess:
        """Take all ranges out of the list.

        `DELETE /v3/enterprise/ip-access-list`, permission ManageEnterpriseSettings.
        """
        return await self._call(self.CLEAR)
