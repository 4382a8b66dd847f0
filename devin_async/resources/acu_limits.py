"""ACU limits: how much organizations and people may use in a billing cycle."""

from typing import Any, Unpack

from devin_async.base.arguments import check_count, check_ids
from devin_async.base.markers import UNSET, Unset
from devin_async.errors import InvalidArgumentError
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.acu_limits import AcuLimit, OrganizationAcuLimits, UserAcuLimits
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class EnterpriseAcuLimits(Resource):
    """Limits of Devin, reached as `devin.enterprise.acu_limits`."""

    PATH = "/v3/enterprise/consumption/acu-limits/devin"
    ONE = PATH + "/organizations/{org_id}"

    LIST = Endpoint("GET", PATH, AcuLimit, "ManageBilling", paging="cursor")

    def list(self, **options: Unpack[ListOptions]) -> Pager[AcuLimit]:
        """List the limits.

        `GET /v3/enterprise/consumption/acu-limits/devin`, permission ManageBilling.
        """
        return self._pager(self.LIST, options)

    REPLACE = Endpoint[None]("PUT", ONE, None, "ManageBilling", body="json", kind="empty")

    async def replace(self, org_id: str, cycle_acu_limit: int) -> None:
        """Set the ACUs that an organization may use in a billing cycle; 0 blocks it.

        `PUT .../consumption/acu-limits/devin/organizations/{org_id}`, permission ManageBilling.
        """
        json = {"cycle_acu_limit": check_count("cycle_acu_limit", cycle_acu_limit)}
        await self._call(self.REPLACE, path=check_ids(org_id=org_id), json=json)

    DELETE = Endpoint[None]("DELETE", ONE, None, "ManageBilling", kind="empty")

    async def delete(self, org_id: str) -> None:
        """Remove an organization's limit.

        `DELETE .../consumption/acu-limits/devin/organizations/{org_id}`, permission ManageBilling.
        """
        await self._call(self.DELETE, path=check_ids(org_id=org_id))


class EnterpriseOrganizationAcuLimits(Resource):
    """Limits of one organization, reached as `devin.enterprise.organization(id).acu_limits`."""

    PATH = "/v3beta1/enterprise/organizations/{org_id}/consumption/acu-limits"

    GET = Endpoint("GET", PATH, OrganizationAcuLimits, "ViewAccountConsumption")

    async def get(self) -> OrganizationAcuLimits:
        """Read the limits.

        `GET .../consumption/acu-limits`, permission ViewAccountConsumption. Beta.
        """
        return await self._call(self.GET)

    UPDATE = Endpoint[None]("PATCH", PATH, None, "ManageBilling", body="merge_patch", kind="empty")

    async def update(
        self, *, local_agent: int | Unset | None = UNSET, cloud_agent: int | Unset | None = UNSET
    ) -> None:
        """Change limits: a number sets, 0 blocks, None removes, and what is left out stays.

        Args:
            local_agent: ACUs a billing cycle for agents on people's machines.
            cloud_agent: ACUs a billing cycle for agents in the cloud.

        `PATCH .../consumption/acu-limits`, permission ManageBilling. Beta.
        """
        limits = {"local_agent": local_agent, "cloud_agent": cloud_agent}
        json = {name: _limit(name, value) for name, value in limits.items()}
        await self._call(self.UPDATE, json=json)

    CLEAR = Endpoint[None]("DELETE", PATH, None, "ManageBilling", kind="empty")

    async def clear(self) -> None:
        """Remove all limits.

        `DELETE .../consumption/acu-limits`, permission ManageBilling. Beta.
        """
        await self._call(self.CLEAR)


class EnterpriseUserAcuLimits(Resource):
    """Limits of people, reached as `devin.enterprise.user_acu_limits`; each call warns.

    A person without a limit has the default one. `devin.enterprise.usage_policies` replaces them.
    """

    DEPRECATION = "people's ACU limits are replaced by the tiers of devin.enterprise.usage_policies"
    PATH = "/v3beta1/enterprise/users/{user_id}/consumption/acu-limits"
    DEFAULT = "/v3beta1/enterprise/users/consumption/acu-limits"

    GET = Endpoint("GET", PATH, UserAcuLimits, "ViewAccountConsumption", deprecated=True)

    async def get(self, user_id: str) -> UserAcuLimits:
        """Read a person's own limit.

        `GET .../users/{user_id}/consumption/acu-limits`, permission ViewAccountConsumption. Beta.
        Deprecated.
        """
        return await self._call(self.GET, path=check_ids(user_id=user_id))

    UPDATE = Endpoint[None](
        "PATCH", PATH, None, "ManageBilling", body="merge_patch", kind="empty", deprecated=True
    )

    async def update(
        self,
        user_id: str,
        cycle_acu_limit: int | None,
        *,
        billing_org_id: str | Unset | None = UNSET,
    ) -> None:
        """Set or remove a person's own limit.

        Args:
            cycle_acu_limit: ACUs they may use in a billing cycle, locally and in the cloud; 0
                blocks them, None removes the limit.
            billing_org_id: The organization that pays for it; None for none.

        `PATCH .../users/{user_id}/consumption/acu-limits`, permission ManageBilling. Beta.
        Deprecated.
        """
        json = _user_limit(cycle_acu_limit, billing_org_id)
        await self._call(self.UPDATE, path=check_ids(user_id=user_id), json=json)

    CLEAR = Endpoint[None]("DELETE", PATH, None, "ManageBilling", kind="empty", deprecated=True)

    async def clear(self, user_id: str) -> None:
        """Remove a person's own limit.

        `DELETE .../users/{user_id}/consumption/acu-limits`, permission ManageBilling. Beta.
        Deprecated.
        """
        await self._call(self.CLEAR, path=check_ids(user_id=user_id))

    GET_DEFAULT = Endpoint("GET", DEFAULT, UserAcuLimits, "ViewAccountConsumption", deprecated=True)

    async def get_default(self) -> UserAcuLimits:
        """Read the limit of those who have none of their own.

        `GET .../users/consumption/acu-limits`, permission ViewAccountConsumption. Beta. Deprecated.
        """
        return await self._call(self.GET_DEFAULT)

    UPDATE_DEFAULT = Endpoint[None](
        "PATCH", DEFAULT, None, "ManageBilling", body="merge_patch", kind="empty", deprecated=True
    )

    async def update_default(
        self, cycle_acu_limit: int | None, *, billing_org_id: str | Unset | None = UNSET
    ) -> None:
        """Set or remove the limit of those who have none of their own; arguments as for `update`.

        `PATCH .../users/consumption/acu-limits`, permission ManageBilling. Beta. Deprecated.
        """
        await self._call(self.UPDATE_DEFAULT, json=_user_limit(cycle_acu_limit, billing_org_id))

    CLEAR_DEFAULT = Endpoint[None](
        "DELETE", DEFAULT, None, "ManageBilling", kind="empty", deprecated=True
    )

    async def clear_default(self) -> None:
        """Remove the limit of those who have none of their own.

        `DELETE .../users/consumption/acu-limits`, permission ManageBilling. Beta. Deprecated.
        """
        await self._call(self.CLEAR_DEFAULT)


def _limit(name: str, value: int | Unset | None) -> dict[str, Any] | Unset | None:
    if value is None or isinstance(value, Unset):
        return value
    return {"cycle_acu_limit": check_count(name, value)}


def _user_limit(
    cycle_acu_limit: int | None, billing_org_id: str | Unset | None
) -> dict[str, dict[str, Any] | None]:
    if cycle_acu_limit is None:
        if not isinstance(billing_org_id, Unset):
            raise InvalidArgumentError(
                f"billing_org_id is {billing_org_id!r}, but without a cycle_acu_limit there is no "
                "limit to pay for; allowed: leave it out"
            )
        return {"local_agent": None}
    limit: dict[str, Any] = {"cycle_acu_limit": check_count("cycle_acu_limit", cycle_acu_limit)}
    if not isinstance(billing_org_id, Unset):
        limit["billing_org_id"] = billing_org_id
    return {"local_agent": limit}
