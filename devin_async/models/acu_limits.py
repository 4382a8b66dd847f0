"""Limits of what may be used, in ACUs of a billing cycle: None is no limit, 0 blocks."""

from typing import Literal

from attrs import frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model


@frozen(kw_only=True)
class AcuLimit(Model):
    """A limit of Devin; `scope` tells whether it is an organization's, a person's or all's."""

    cycle_acu_limit: int
    scope: Open[Literal["enterprise", "org", "user"]]
    org_id: str | None = None
    user_id: str | None = None


@frozen(kw_only=True)
class AgentLimit(Model):
    """What an organization's agents may use in a billing cycle."""

    cycle_acu_limit: int


@frozen(kw_only=True)
class OrganizationAcuLimits(Model):
    """An organization's limits, of agents on its people's machines and of those in the cloud."""

    local_agent: AgentLimit | None = None
    cloud_agent: AgentLimit | None = None


@frozen(kw_only=True)
class UserAgentLimit(Model):
    """What a person may use in a billing cycle; `billing_org_id` is who pays for it."""

    cycle_acu_limit: int
    billing_org_id: str | None = None


@frozen(kw_only=True)
class UserAcuLimits(Model):
    """A person's limit; in spite of its name `local_agent` holds for the cloud as well."""

    local_agent: UserAgentLimit | None = None


@frozen(kw_only=True)
class UsageTier(Model):
    """A tier of the usage policies; which fields the server sends is not published.

    Attributes:
        cycle_acu_limit: ACUs that each member may use in a billing cycle; None is no limit.
        policy: How a wish for more is decided.
        max_limit: How far it may be raised, in ACUs.
        priority: The order of the tiers.
    """

    tier_id: str | None = None
    name: str | None = None
    is_default: bool | None = None
    cycle_acu_limit: int | None = None
    policy: Open[Literal["unconditional", "conditional", "manual"]] | None = None
    max_limit: int | None = None
    priority: int | None = None
    member_count: int | None = None
