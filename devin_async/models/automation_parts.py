"""The parts of automations that come in several kinds.

Each kind is a class; what is newer than this package is read as an `Unknown...` that holds the raw
object, and can be given as one, or as a plain mapping. A kind's tag is always sent.
"""

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from attrs import field, frozen

from devin_async.base.markers import READ_ONLY, TAGGED_UNIONS, Open, Tagged
from devin_async.models.model import Model

if TYPE_CHECKING:
    ConditionValue: TypeAlias = str | float | bool | list[str] | list[float] | None
else:
    ConditionValue = Any  # the decoder takes no union of scalars

TextOperator = Literal[
    "contains", "not_contains", "starts_with", "not_starts_with", "ends_with", "not_ends_with"
]
RuleOperator = Literal["matches", "not_matches", "recurrence"]
NumberOperator = Literal["gt", "lt", "gte", "lte"]
ListOperator = Literal["in", "not_in", "globs", "not_globs"]
EmptyOperator = Literal["is_empty", "is_not_empty"]
ConditionOperator = Literal[
    "eq", "neq", "between", TextOperator, RuleOperator, NumberOperator, ListOperator, EmptyOperator
]


class AutomationAction(Model):
    """Base of what an automation does; `type` tells the kind."""

    __slots__ = ()

    type: str


@frozen(kw_only=True)
class SessionSlack(Model):
    """Slack channel of a session."""

    channel_id: str
    mode: Open[Literal["post_updates", "forward_thread", "post_response"]]


@frozen(kw_only=True)
class AutomationChannel(Model):
    """A Slack channel of a workspace, or a Teams channel of an Entra group."""

    team_id: str
    channel_id: str


@frozen(kw_only=True)
class SessionNotifications(Model):
    """Where a session tells what it does."""

    slack: SessionSlack | None = None
    teams: AutomationChannel | None = None


@frozen(kw_only=True)
class SessionConfig(Model):
    """How the sessions of an action run; the prompt decides *playbook_id* and *repos*.

    Attributes:
        bypass_approval: Do not ask before it starts sessions of its own.
        platform: VM platform; None is the organization's.
        tags: Enterprises that check tags want exactly one allowed tag.
    """

    bypass_approval: bool = False
    notifications: SessionNotifications | None = None
    platform: str | None = None
    tags: list[str] = field(factory=list[str])
    playbook_id: str | None = field(default=None, metadata=READ_ONLY)
    repos: list[str] = field(factory=list[str], metadata=READ_ONLY)


@frozen(kw_only=True)
class StartSessionAction(AutomationAction):
    """Start a session.

    Attributes:
        prompt: May hold `@{owner}/{repo}`, `@playbook:{id}`, `@skills:{name}`, `!{macro}` and
            `${SECRET_NAME}`; what does not exist is refused.
    """

    type: str = field(default="start_session", init=False)
    prompt: str
    session: SessionConfig = field(factory=SessionConfig)


@frozen(kw_only=True)
class MessageSessionAction(AutomationAction):
    """Write to a session.

    Attributes:
        target_devin_id: The session; needed unless *auto_create*, then set by the server.
        auto_create: The first event starts a session that later ones write to.
    """

    type: str = field(default="message_session", init=False)
    prompt: str
    target_devin_id: str | None = None
    auto_create: bool = False


@frozen(kw_only=True)
class SlackMonitorConfig(Model):
    """The channel that is watched."""

    source_channel_id: str
    team_id: str | None = None


@frozen(kw_only=True)
class MonitorSessionAction(AutomationAction):
    """Watch a Slack channel; needs one "slack:message" trigger on it, and is the only action."""

    type: str = field(default="monitor_session", init=False)
    setup_prompt: str
    slack_monitor_config: SlackMonitorConfig


@frozen(kw_only=True)
class ScanNewCommitsAction(AutomationAction):
    """Repeat a completed code scan on what was committed since; unconfirmed."""

    type: str = field(default="scan_new_commits", init=False)
    scan_id: str


@frozen(kw_only=True)
class UnknownAction(AutomationAction):
    """An action that is newer than this package; `raw` is the whole of it."""

    type: str
    raw: dict[str, Any] = field(repr=False)


class AutomationRunAs(Model):
    """Base of whom an automation acts as; `type` tells the kind."""

    __slots__ = ()

    type: str


@frozen(kw_only=True)
class RunAsOrganization(AutomationRunAs):
    """Act as the organization; what a service user has to choose."""

    type: str = field(default="organization", init=False)


@frozen(kw_only=True)
class RunAsCreator(AutomationRunAs):
    """Act as the person who made it; refused to service users."""

    type: str = field(default="creator", init=False)


@frozen(kw_only=True)
class RunAsServiceUser(AutomationRunAs):
    """Act as a service user."""

    type: str = field(default="service_user", init=False)
    service_user_id: str


@frozen(kw_only=True)
class UnknownRunAs(AutomationRunAs):
    """A kind that is newer than this package; `raw` is the whole of it."""

    type: str
    raw: dict[str, Any] = field(repr=False)


@frozen(kw_only=True)
class AutomationCondition(Model):
    """Base of what an event has to fulfil; `field` is the event's, `operator` tells the kind."""

    field: str
    operator: str


@frozen(kw_only=True)
class FieldCondition(AutomationCondition):
    """What a field of the event has to be.

    Attributes:
        field: The event's field, as `automations.schemas()` tells it.
        operator: It decides what *value* is. A text, a number or a bool: "eq", "neq". A text:
            "contains", "starts_with", "ends_with", and these with "not_"; a regular expression:
            "matches", "not_matches". A number: "gt", "lt", "gte", "lte"; two, both included:
            "between". A list of text: "in", "not_in"; of patterns, one of which a changed path
            fits: "globs", "not_globs". Nothing: "is_empty", "is_not_empty". A rule of RFC 5545,
            the one condition of a "schedule:recurring" trigger, on its field "rrule": "recurrence".
    """

    operator: ConditionOperator
    value: ConditionValue = None


@frozen(kw_only=True)
class UnknownCondition(AutomationCondition):
    """A condition that is newer than this package; `raw` is the whole of it."""

    raw: dict[str, Any]


class AutomationDestination(Model):
    """Base of what a session may reach over the network."""

    __slots__ = ()


@frozen(kw_only=True)
class HostnameDestination(AutomationDestination):
    """A host by its name."""

    hostname: str


@frozen(kw_only=True)
class Ipv4Destination(AutomationDestination):
    """An IPv4 address or range."""

    ipv4: str


@frozen(kw_only=True)
class Ipv6Destination(AutomationDestination):
    """An IPv6 address or range."""

    ipv6: str


@frozen(kw_only=True)
class UnknownDestination(AutomationDestination):
    """A kind that is newer than this package; `raw` is the whole of it."""

    raw: dict[str, Any]


TAGGED_UNIONS[AutomationAction] = Tagged.by_default(
    "type",
    UnknownAction,
    StartSessionAction,
    MessageSessionAction,
    MonitorSessionAction,
    ScanNewCommitsAction,
)
TAGGED_UNIONS[AutomationRunAs] = Tagged.by_default(
    "type", UnknownRunAs, RunAsOrganization, RunAsCreator, RunAsServiceUser
)
TAGGED_UNIONS[AutomationCondition] = Tagged(
    "operator", dict.fromkeys(get_args(ConditionOperator), FieldCondition), UnknownCondition
)
TAGGED_UNIONS[AutomationDestination] = Tagged(
    "",
    {"hostname": HostnameDestination, "ipv4": Ipv4Destination, "ipv6": Ipv6Destination},
    UnknownDestination,
)
