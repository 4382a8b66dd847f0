"""The parts of automations that come in several kinds.

Each kind is a class; what is newer than this package is read as an `Unknown...` that holds the raw
object, and can be given as one, or as a plain mapping. A kind's tag is always sent.
"""

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from attrs import field, frozen

from devin_async.markers import TAGGED_UNIONS, Open, Tagged, Unset

__all__ = [
    "AutomationAction",
    "AutomationChannel",
    "AutomationCondition",
    "AutomationDestination",
    "AutomationRunAs",
    "ComparisonCondition",
    "EmptyCondition",
    "GlobCondition",
    "HostnameDestination",
    "Ipv4Destination",
    "Ipv6Destination",
    "ListCondition",
    "MatchCondition",
    "MessageSessionAction",
    "MonitorSessionAction",
    "NumericCondition",
    "RangeCondition",
    "RecurrenceCondition",
    "RunAsCreator",
    "RunAsOrganization",
    "RunAsServiceUser",
    "ScanNewCommitsAction",
    "SessionConfig",
    "SessionNotifications",
    "SessionSlack",
    "SlackMonitorConfig",
    "StartSessionAction",
    "StringCondition",
    "UnknownAction",
    "UnknownCondition",
    "UnknownDestination",
    "UnknownRunAs",
]

T = TypeVar("T")

READ_ONLY = {"read_only": True}
"""Metadata of a field that the server fills and that is never sent."""

if TYPE_CHECKING:
    OrUnset: TypeAlias = T | Unset
    ConditionValue: TypeAlias = str | int | float | bool
else:

    class OrUnset:
        """`OrUnset[X | None] = UNSET`: leaving it out is not the same as None.

        A type checker reads `X | None | Unset`, the decoder `X | None`: no server sends UNSET.
        """

        def __class_getitem__(cls, kind: object) -> object:
            return kind

    ConditionValue = Any  # the decoder takes no union of scalars


class AutomationAction:
    """Base of what an automation does; `type` tells the kind."""

    __slots__ = ()

    type: str


@frozen(kw_only=True)
class SessionSlack:
    """Slack channel of a session."""

    channel_id: str
    mode: Open[Literal["post_updates", "forward_thread", "post_response"]]


@frozen(kw_only=True)
class AutomationChannel:
    """A Slack channel of a workspace, or a Teams channel of an Entra group."""

    team_id: str
    channel_id: str


@frozen(kw_only=True)
class SessionNotifications:
    """Where a session tells what it does."""

    slack: SessionSlack | None = None
    teams: AutomationChannel | None = None


@frozen(kw_only=True)
class SessionConfig:
    """How the sessions of an action run.

    Attributes:
        bypass_approval: Do not ask before it starts sessions of its own.
        platform: VM platform; None is the organization's.
        tags: Enterprises that check tags want exactly one allowed tag.
        playbook_id: Taken from the prompt by the server, never sent.
        repos: Taken from the prompt by the server, never sent.
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
class SlackMonitorConfig:
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


class AutomationRunAs:
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
class AutomationCondition:
    """Base of what an event has to fulfil; `field` is the event's, `operator` tells the kind."""

    field: str
    operator: str


@frozen(kw_only=True)
class ComparisonCondition(AutomationCondition):
    """The field is the value, or is not."""

    operator: Literal["eq", "neq"]
    value: ConditionValue


@frozen(kw_only=True)
class StringCondition(AutomationCondition):
    """The field's text holds the value, starts or ends with it, or does not."""

    operator: Literal[
        "contains", "not_contains", "starts_with", "not_starts_with", "ends_with", "not_ends_with"
    ]
    value: str


@frozen(kw_only=True)
class NumericCondition(AutomationCondition):
    """The field is greater or less than the value."""

    operator: Literal["gt", "lt", "gte", "lte"]
    value: float


@frozen(kw_only=True)
class EmptyCondition(AutomationCondition):
    """The field is empty, or is not; `value` says nothing."""

    operator: Literal["is_empty", "is_not_empty"]
    value: Any = None


@frozen(kw_only=True)
class RangeCondition(AutomationCondition):
    """The field lies between two values, both included."""

    operator: Literal["between"] = "between"
    value: list[float]


@frozen(kw_only=True)
class ListCondition(AutomationCondition):
    """The field is one of the values, or is none."""

    operator: Literal["in", "not_in"]
    value: list[str]


@frozen(kw_only=True)
class MatchCondition(AutomationCondition):
    """The field matches a regular expression, or does not."""

    operator: Literal["matches", "not_matches"]
    value: str


@frozen(kw_only=True)
class RecurrenceCondition(AutomationCondition):
    """The time fits a rule of RFC 5545; the one condition of a "schedule:recurring" trigger."""

    field: str = "rrule"
    operator: Literal["recurrence"] = "recurrence"
    value: str


@frozen(kw_only=True)
class GlobCondition(AutomationCondition):
    """Any changed path fits one of the patterns, or none does."""

    operator: Literal["globs", "not_globs"]
    value: list[str]


@frozen(kw_only=True)
class UnknownCondition(AutomationCondition):
    """A condition that is newer than this package; `raw` is the whole of it."""

    raw: dict[str, Any]


class AutomationDestination:
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


def _action(raw: dict[str, Any]) -> UnknownAction:
    return UnknownAction(type=str(raw.get("type", "")), raw=raw)


def _run_as(raw: dict[str, Any]) -> UnknownRunAs:
    return UnknownRunAs(type=str(raw.get("type", "")), raw=raw)


def _condition(raw: dict[str, Any]) -> UnknownCondition:
    name, operator = str(raw.get("field", "")), str(raw.get("operator", ""))
    return UnknownCondition(field=name, operator=operator, raw=raw)


def _destination(raw: dict[str, Any]) -> AutomationDestination:
    """Tell destinations apart by their only key, for they have no tag."""
    match raw:
        case {"hostname": str(hostname)}:
            return HostnameDestination(hostname=hostname)
        case {"ipv4": str(ipv4)}:
            return Ipv4Destination(ipv4=ipv4)
        case {"ipv6": str(ipv6)}:
            return Ipv6Destination(ipv6=ipv6)
        case _:
            return UnknownDestination(raw=raw)


TAGGED_UNIONS[AutomationAction] = Tagged(
    "type",
    {
        "start_session": StartSessionAction,
        "message_session": MessageSessionAction,
        "monitor_session": MonitorSessionAction,
        "scan_new_commits": ScanNewCommitsAction,
    },
    _action,
)
TAGGED_UNIONS[AutomationRunAs] = Tagged(
    "type",
    {"organization": RunAsOrganization, "creator": RunAsCreator, "service_user": RunAsServiceUser},
    _run_as,
)
TAGGED_UNIONS[AutomationCondition] = Tagged(
    "operator",
    {
        **dict.fromkeys(("eq", "neq"), ComparisonCondition),
        **dict.fromkeys(("contains", "not_contains"), StringCondition),
        **dict.fromkeys(("starts_with", "not_starts_with"), StringCondition),
        **dict.fromkeys(("ends_with", "not_ends_with"), StringCondition),
        **dict.fromkeys(("gt", "lt", "gte", "lte"), NumericCondition),
        **dict.fromkeys(("is_empty", "is_not_empty"), EmptyCondition),
        "between": RangeCondition,
        **dict.fromkeys(("in", "not_in"), ListCondition),
        **dict.fromkeys(("matches", "not_matches"), MatchCondition),
        "recurrence": RecurrenceCondition,
        **dict.fromkeys(("globs", "not_globs"), GlobCondition),
    },
    _condition,
)
TAGGED_UNIONS[AutomationDestination] = Tagged("", {}, _destination)
