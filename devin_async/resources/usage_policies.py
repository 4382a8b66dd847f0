"""Usage policies: tiers that limit what each of their members may use."""

from typing import Unpack

from devin_async.base.arguments import check_id
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.acu_limits import UsageTier
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class UsagePolicies(Resource):
    """Reached as `devin.enterprise.usage_policies`; only some enterprises have them."""

    PATH = "/v3beta1/enterprise/usage-policies/tiers"

    LIST = Endpoint("GET", PATH, UsageTier, "ManageBilling", paging="cursor")

    def list(self, **options: Unpack[ListOptions]) -> Pager[UsageTier]:
        """List the tiers, the one with the highest priority first.

        `GET /v3beta1/enterprise/usage-policies/tiers`, permission ManageBilling. Beta.
        """
        return self._pager(self.LIST, options)

    ASSIGN = Endpoint[None]("PUT", PATH + "/{tier_id}/users/{user_id}", None, "ManageBilling")

    async def assign(self, tier_id: str, user_id: str) -> None:
        """Put a person into a tier.

        What the server answers is not published, and is not read.

        `PUT .../usage-policies/tiers/{tier_id}/users/{user_id}`, permission ManageBilling. Beta.
        """
        path = {"tier_id": check_id("tier_id", tier_id), "user_id": check_id("user_id", user_id)}
        await self._call(self.ASSIGN, path=path)
