"""Settings and state of an enterprise: IP access, queue, hypervisors, guardrail violations."""

from datetime import datetime
from typing import Literal

from attrs import field, frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model


@frozen(kw_only=True)
class IpAccess(Model):
    """The ranges from which the enterprise can be reached, as CIDR."""

    ip_ranges: list[str]


@frozen(kw_only=True)
class QueueStatus(Model):
    """How many sessions wait to be started, and how high that is."""

    queue_size: int
    status: Open[Literal["normal", "elevated", "high"]]


@frozen(kw_only=True)
class Hypervisor(Model):
    """A machine that sessions run on.

    Attributes:
        status: Such as "available" or "draining".
        utilization_percentage: How much of it is in use, 0 to 100.
        cloud_provider_instance_id: The cloud provider's id of it.
        last_heartbeat: When it was last heard of, UTC.
    """

    hypervisor_id: str
    status: Open[Literal["available", "restarting", "disconnected", "terminated", "draining"]]
    utilization_percentage: float
    cloud_provider_instance_id: str | None = None
    created_at: datetime | None = None
    last_heartbeat: datetime | None = None


@frozen(kw_only=True)
class GuardrailViolation(Model):
    """Something that a guardrail noticed in a session.

    Attributes:
        violation_id: A number, unlike all other ids.
        event_id: The event that it was noticed in.
        action_taken: What was done about it.
        confidence_score: How sure the guardrail is.
        reasoning: Why it thinks so.
        user_message: The text that it was about; may be confidential, so left out of the repr.
        session_id: Without the `devin-` prefix, perhaps; None outside of sessions.
    """

    violation_id: int
    guardrail_id: str
    guardrail_name: str
    org_id: str
    event_id: str
    action_taken: str
    confidence_score: float
    reasoning: str
    user_message: str = field(repr=False)
    created_at: datetime
    session_id: str | None = None
