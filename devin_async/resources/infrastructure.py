"""What sessions run on: the queue and, in a customer's own cloud, the hypervisors."""

from typing import Literal

from devin_async.calling import Resource
from devin_async.models.enterprise import Hypervisor, QueueStatus
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import check_choice

__all__ = ["Hypervisors", "Queue"]

_STATUSES = ("available", "restarting", "disconnected", "terminated", "draining", "all")


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

    LIST = Endpoint(
        "GET",
        "/v3/enterprise/hypervisors",
        Hypervisor,
        "ViewEnterpriseInfraDetails",
        paging="cursor",
    )

    def list(
        self,
        *,
        status: Literal["available", "restarting", "disconnected", "terminated", "draining", "all"]
        | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[Hypervisor]:
        """List the machines that sessions run on.

        Args:
            status: Only those in this state, or "all"; the server's default is "available".

        `GET /v3/enterprise/hypervisors`, permission ViewEnterpriseInfraDetails.
        """
        query = {"status": check_choice("status", status, _STATUSES)}
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)
