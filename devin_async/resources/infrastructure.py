"""What sessions run on: the queue and, in a customer's own cloud, the hypervisors."""

from typing import Literal, Unpack

from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.enterprise import Hypervisor, QueueStatus
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class Queue(Resource):
    """Reached as `devin.enterprise.queue`."""

    GET = Endpoint("GET", "/v3/enterprise/queue", QueueStatus, "ViewAccountMetrics")

    async def get(self) -> QueueStatus:
        """Tell how many sessions wait to be started, and whether that is many.

        `GET /v3/enterprise/queue`, permission ViewAccountMetrics.
        """
        return await self._call(self.GET)


class Hypervisors(Resource):
    """Reached as `devin.enterprise.hypervisors`; only of use in a customer-managed VPC."""

    PATH = "/v3/enterprise/hypervisors"

    LIST = Endpoint("GET", PATH, Hypervisor, "ViewEnterpriseInfraDetails", paging="cursor")

    def list(
        self,
        *,
        status: Literal["available", "restarting", "disconnected", "terminated", "draining", "all"]
        | None = None,
        **options: Unpack[ListOptions],
    ) -> Pager[Hypervisor]:
        """List the machines that sessions run on, in this state or "all"; else the available ones.

        `GET /v3/enterprise/hypervisors`, permission ViewEnterpriseInfraDetails.
        """
        query = {"status": status}
        return self._pager(self.LIST, options, query=query)
