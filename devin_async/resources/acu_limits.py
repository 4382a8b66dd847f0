"""ACU limits: how much organizations and people may use in a billing cycle."""

import warnings
from typing import Any

from devin_async.calling import Resource
from devin_async.errors import InvalidArgumentError
from devin_async.markers import UNSET, Unset
from devin_async.models.acu_limits import AcuLimit, OrganizationAcuLimits, UserAcuLimits
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import check_count, check_id

__all__ = ["EnterpriseAcuLimits", "EnterpriseOrganizationAcuLimits", "EnterpriseUserAcuLimits"]

_REPLACED = "people's ACU limits are replaced by the tiers of devin.enterprise.usage_policies"


class EnterpriseAcuLimits(Resource):
    """Limits of Devin, reached as `devin.enterprise.acu_limits`."""

    PATH = "/v3/enterprise/consumption/acu-limits/devin"

    LIST = Endpoint("GET", PATH, AcuLimit, "ManageBilling", paging="cursor")

    def list(
        self, *, page_size: int | None = None, limit: int | None = None, after: After = None
    ) -> Pager[AcuLimit]:
        """List the limits.

        `GET /v3/enterprise/consumption/acu-limits/devin`, permission ManageBilling.
        """
        return self._pager(self.LIST, page_size=page_size, limit=limit, after=after)

    REPLACE = Endpoint[None](
        "PUT", PATH + "/organizations/{org_id}", None, "ManageBilling", body="json", kind="empty"
    )

    async def replace(self, org_id: str, cycle_acu_limit: int) -> None:
        """Set an organization's limit.

        Args:
            org_id: The organization.
            cycle_acu_limit: ACUs it may use in a billing cycle; 0 blocks it.

        `PUT /v3/enterprise/consumption/acu-limits/devin/organizations/{org_id}`, permission
        ManageBilling.
        """
        path = {"org_id": check_id("org_id", org_id)}
        json = {"cycle_acu_limit": check_count("cycle_acu_limit", cycle_acu_limit)}
        await self._call(self.REPLACE, path=path, json=json)

    DELETE = Endpoint[None](
        "DELETE", PATH + "/organizations/{org_id}", None, "ManageBilling", kind="empty"
    )

    async def delete(self, org_id: str) -> None:
        """Remove an organization's limit.

        `DELETE /v3/enterprise/consumption/acu-limits/devin/organizations/{org_id}`, permission
        ManageBilling.
        """
        await self._call(self.DELETE, path={"org_id": check_id("org_id", org_id)})


class EnterpriseOrganizationAcuLimits(Resource):
    """Limits of one organization, reached as `devin.enterprise.organization(id).acu_limits`."""

    PATH = "/v3beta1/enterprise/organizations/{org_id}/consumption/acu-limits"

    GET = Endpoint("GET", PATH, OrganizationAcuLimits, "ViewAccountConsumption")

    async def get(self) -> OrganizationAcuLimits:
        """Read the limits.

        `GET /v3beta1/enterprise/organizations/{org_id}/consumption/acu-limits`, permission
        ViewAccountConsumption. Beta.
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

        `PATCH /v3beta1/enterprise/organizations/{org_id}/consumption/acu-limits`, permission
        ManageBilling. Beta.
        """
        limits = {"local_agent": local_agent, "cloud_agent": cloud_agent}
        json = {name: _limit(name, value) for name, value in limits.items()}
        await self._call(self.UPDATE, json=json)

    CLEAR = Endpoint[None]("DELETE", PATH, None, "ManageBilling", kind="empty")

    async def clear(self) -> None:
        """Remove all limits.

        `DELETE /v3beta1/enterprise/organizations/{org_id}/consumption/acu-limits`, permission
        ManageBilling. Beta.
        """
        await self._call(self.CLEAR)


class EnterpriseUserAcuLimits(Resource):
    """Limits of people, reached as `devin.enterprise.user_acu_limits`; each call warns.

    A person without a limit has the default one. `devin.enterprise.usage_policies` replaces them.
    """

    PATH = "/v3beta1/enterprise/users"

    GET = Endpoint(
        "GET",
        PATH + "/{user_id}/consumption/acu-limits",
        UserAcuLimits,
        "ViewAccountConsumption",
        deprecated=True,
    )

    async def get(self, user_id: str) -> UserAcuLimits:
        """Read a person's own limit.

        `GET /v3beta1/enterprise/users/{user_id}/consumption/acu-limits`, permission
        ViewAccountConsumption. Beta. Deprecated.
        """
        warnings.warn(_REPLACED, DeprecationWarning, stacklevel=2)
        return await self._call(self.GET, path={"user_id": check_id("user_id", user_id)})

    UPDATE = Endpoint[None](
        "PATCH",
        PATH + "/{user_id}/consumption/acu-limits",
        None,
        "ManageBilling",
        body="merge_patch",
        kind="empty",
        deprecated=True,
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
            user_id: The person.
            cycle_acu_limit: ACUs they may use in a billing cycle, locally and in the cloud; 0
                blocks them, None removes the limit.
            billing_org_id: The organization that pays for it; None for none.

        `PATCH /v3beta1/enterprise/users/{user_id}/consumption/acu-limits`, permission
        ManageBilling. Beta. Deprecated.
        """
        warnings.warn(_REPLACED, DeprecationWarning, stacklevel=2)
        path = {"user_id": check_id("user_id", user_id)}
        json = _user_limit(cycle_acu_limit, billing_org_id)
        await self._call(self.UPDATE, path=path, json=json)

    CLEAR = Endpoint[None](
        "DELETE",
        PATH + "/{user_id}/consumption/acu-limits",
        None,
        "ManageBilling",
        kind="empty",
        deprecated=True,
    )

    async def clear(self, user_id: str) -> None:
        """Remove a person's own limit.

        `DELETE /v3beta1/enterprise/users/{user_id}/consumption/acu-limits`, permission
        ManageBilling. Beta. Deprecated.
        """
        warnings.warn(_REPLACED, DeprecationWarning, stacklevel=2)
        await self._call(self.CLEAR, path={"user_id": check_id("user_id", user_id)})

    GET_DEFAULT = Endpoint(
        "GET",
        PATH + "/consumption/acu-limits",
        UserAcuLimits,
        "ViewAccountConsumption",
        deprecated=True,
    )

    async def get_default(self) -> UserAcuLimits:
        """Read the limit of those who have none of their own.

        `GET /v3beta1/enterprise/users/consumption/acu-limits`, permission ViewAccountConsumption.
        Beta. Deprecated.
        """
        warnings.warn(_REPLACED, DeprecationWarning, stacklevel=2)
        return await self._call(self.GET_DEFAULT)

    UPDATE_DEFAULT = Endpoint[None](
        "PATCH",
        PATH + "/consumption/acu-limits",
        None,
        "ManageBilling",
        body="merge_patch",
        kind="empty",
        deprecated=True,
    )

    async def update_default(
        self, cycle_acu_limit: int | None, *, billing_org_id: str | Unset | None = UNSET
    ) -> None:
        """Set or remove the limit of those who have none of their own; arguments as for `update`.

        `PATCH /v3beta1/enterprise/users/consumption/acu-limits`, permission ManageBilling. Beta.
        Deprecated.
        """
        warnings.warn(_REPLACED, DeprecationWarning, stacklevel=2)
        json = _user_limit(cycle_acu_limit, billing_org_id)
        await self._call(self.UPDATE_DEFAULT, json=json)

    CLEAR_DEFAULT = Endpoint[None](
        "DELETE",
        PATH + "/consumption/acu-limits",
        None,
        "ManageBilling",
        kind="empty",
        deprecated=True,
    )

    async def clear_default(self) -> None:
        """Remove the limit of those who have none of their own.

        `DELETE /v3beta1/enterprise/users/consumption/acu-limits`, permission ManageBilling. Beta.
        Deprecated.
        """
        warnings.warn(_REPLACED, DeprecationWarning, stacklevel=2)
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
