"""Automations: what they wait for, what they do, and what may be said of both."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypedDict

from attrs import field, frozen

from devin_async.base.markers import READ_ONLY, UNSET, Open, OrUnset
from devin_async.models.automation_parts import (
    AutomationAction,
    AutomationChannel,
    AutomationCondition,
    AutomationDestination,
    AutomationRunAs,
)
from devin_async.models.model import Model
from devin_async.models.sessions import DevinMode

_SessionAgent = Literal["new_session", "long_running", "triage_session", "incident_session"]
_OtherAgent = Literal["auto_triage", "remediate_finding", "generic_assistant", "code_scan"]

AutomationAgentType: TypeAlias = Open[Literal[_SessionAgent, _OtherAgent]]
NotifyWhen: TypeAlias = Open[Literal["always", "dispatch_failed", "dispatch_succeeded"]]
SlackReplyAccess: TypeAlias = Open[Literal["devin_users", "slack_users", "external_slack_users"]]
TeamsReplyAccess: TypeAlias = Open[Literal["devin_users", "teams_users"]]


@frozen(kw_only=True)
class AutomationConditionGroup(Model):
    """Conditions that have to hold all together."""

    all: list[AutomationCondition]


@frozen(kw_only=True)
class AutomationConditions(Model):
    """Groups of conditions, of which any has to hold."""

    any: list[AutomationConditionGroup]


@frozen(kw_only=True)
class AutomationReply(Model):
    """An answer to the place that the event came from."""

    type: Open[Literal["notify_thread", "attach_thread", "post_response"]]


@frozen(kw_only=True)
class AutomationWebhook(Model):
    """Where to post events, with the header `X-Webhook-Secret`; its `secret` is told once."""

    url: str
    secret: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class AutomationTrigger(Model):
    """What an automation waits for.

    Attributes:
        event_type: Such as "github:pull_request", "schedule:recurring" or "webhook:incoming";
            `automations.schemas()` tells all of them and their fields.
        conditions: None takes every event.
        trigger_id: Set by the server, anew whenever triggers are replaced; never sent.
        webhook: Of "webhook:incoming" only; never sent.
    """

    event_type: str
    conditions: AutomationConditions | None = None
    replies: list[AutomationReply] = field(factory=list[AutomationReply])
    trigger_id: str | None = field(default=None, metadata=READ_ONLY)
    webhook: AutomationWebhook | None = field(default=None, metadata=READ_ONLY)


@frozen(kw_only=True)
class AutomationNetPolicy(Model):
    """What sessions may reach over the network; nothing else."""

    allow: list[AutomationDestination]


@frozen(kw_only=True)
class AutomationSessionSettings(Model):
    """How the sessions run.

    Attributes:
        devin_mode: None is the organization's.
        net_policy: Left out it blocks the network; None lets everything through.
    """

    devin_mode: DevinMode | None = None
    net_policy: OrUnset[AutomationNetPolicy | None] = UNSET


@frozen(kw_only=True)
class EmailNotification(Model):
    """Mail about runs; `recipients` None is the creator, whom a service user cannot be."""

    when: NotifyWhen
    recipients: list[str] | None = None


@frozen(kw_only=True)
class SlackNotification(Model):
    """A Slack message about runs."""

    when: NotifyWhen
    channel_id: str


@frozen(kw_only=True)
class AutomationNotifications(Model):
    """Who is told of runs."""

    email: EmailNotification | None = None
    slack: SlackNotification | None = None


@frozen(kw_only=True)
class AutomationTools(Model):
    """What sessions may use.

    Attributes:
        mcp_servers: By their name in the marketplace; personal ones need `RunAsCreator`.
        teams_channels: Either id may be "*".
        jira_projects: None is all.
        slack_dm_scope: Whom it may write to directly.
    """

    mcp_servers: list[str] = field(factory=list[str])
    slack_channels: list[AutomationChannel] = field(factory=list[AutomationChannel])
    teams_channels: list[AutomationChannel] = field(factory=list[AutomationChannel])
    slack_dm_scope: Open[Literal["org_members", "workspace"]] | None = None
    linear_enabled: bool | None = None
    jira_projects: list[str] | None = None


@frozen(kw_only=True)
class AutomationInvocationLimits(Model):
    """At most so many runs in so many seconds; the window is 60 or more."""

    max_per_window: int
    window_seconds: int


@frozen(kw_only=True)
class AutomationLimits(Model):
    """What it may use; `max_acu_limit` is ACUs for each session, 1 to 1,000."""

    invocations: AutomationInvocationLimits | None = None
    max_acu_limit: int | None = None


@frozen(kw_only=True)
class AutomationConcurrency(Model):
    """How many runs go on at a time, and how many events wait; others are dropped.

    Attributes:
        max_concurrent_runs: None is no limit.
        max_queue_depth: Needs *max_concurrent_runs*; None is no limit.
    """

    max_concurrent_runs: int | None = None
    max_queue_depth: int | None = None


@frozen(kw_only=True)
class AutomationSecurityProfileSelection(Model):
    """The choice of a security profile; `profile_id` None is to have none, not even inherited."""

    profile_id: str | None


@frozen(kw_only=True)
class AutomationSecurityProfile(Model):
    """The security profile that holds; `warnings` are left out of lists."""

    selection: Open[Literal["inherit", "none", "profile"]]
    profile_id: str | None = None
    warnings: list[str] = field(factory=list[str])


@frozen(kw_only=True)
class Actor(Model):
    """Who did something; `name` is None once they are deleted."""

    id: str
    type: Open[Literal["user", "service_user"]]
    name: str | None = None


@frozen(kw_only=True)
class AutomationInvocation(Model):
    """A run; `status` is "succeeded", "failed" or "skipped", or something newer."""

    fired_at: datetime
    status: str


@frozen(kw_only=True)
class Automation(Model):
    """Actions that triggers set off.

    Attributes:
        next_run_at: None without a schedule that is on.
        template_id: Template that it was made from.
    """

    automation_id: str
    name: str
    enabled: bool
    triggers: list[AutomationTrigger]
    actions: list[AutomationAction]
    created_at: datetime
    created_by: Actor
    updated_at: datetime
    run_as: AutomationRunAs | None = None
    last_edited_by: Actor | None = None
    last_invocation: AutomationInvocation | None = None
    next_run_at: datetime | None = None
    metadata: dict[str, str] = field(factory=dict[str, str])
    session_settings: AutomationSessionSettings | None = None
    notifications: AutomationNotifications | None = None
    tools: AutomationTools | None = None
    limits: AutomationLimits | None = None
    concurrency: AutomationConcurrency | None = None
    security_profile: AutomationSecurityProfile | None = None
    slack_reply_access: SlackReplyAccess = "slack_users"
    teams_reply_access: TeamsReplyAccess = "teams_users"
    template_id: str | None = None


class AutomationSettings(TypedDict, total=False):
    """What `create` and `update` take; groups are classes, or mappings, which are sent as they are.

    In an update what is left out stays, None clears or gives the default back, and a class is sent
    whole, so that organizations of either kind of update (`schemas().update_semantics`) come to the
    same; a mapping holds just what it says, which changes a part of a group.

    Attributes:
        enabled: The server's default is True.
        metadata: At most 16 pairs, keys up to 32 and values up to 128 characters; in an update a
            value of None deletes its pair.
        session_settings: Mode and network of its sessions; without a policy the network is blocked.
        notifications: Who is told of runs.
        tools: What its sessions may use.
        limits: ACUs for a session, and runs in a window of time.
        concurrency: Runs at a time, and events that wait.
        security_profile: None is the inherited one.
        slack_reply_access: Who may answer in Slack; the server's default is "slack_users".
        teams_reply_access: Who may answer in Teams; the server's default is "teams_users".
    """

    enabled: bool
    metadata: Mapping[str, str | None] | None
    session_settings: AutomationSessionSettings | Mapping[str, Any] | None
    notifications: AutomationNotifications | Mapping[str, Any] | None
    tools: AutomationTools | Mapping[str, Any] | None
    limits: AutomationLimits | Mapping[str, Any] | None
    concurrency: AutomationConcurrency | Mapping[str, Any] | None
    security_profile: AutomationSecurityProfileSelection | Mapping[str, Any] | None
    slack_reply_access: SlackReplyAccess | None
    teams_reply_access: TeamsReplyAccess | None


class AutomationChanges(AutomationSettings, total=False):
    """What `update` takes too: lists replace those stored; `run_as` None is the organization."""

    name: str
    triggers: Sequence[AutomationTrigger | Mapping[str, Any]]
    actions: Sequence[AutomationAction | Mapping[str, Any]]
    run_as: AutomationRunAs | Mapping[str, Any] | None


@frozen(kw_only=True)
class AutomationSchemaOption(Model):
    """A value to choose."""

    label: str
    value: str


@frozen(kw_only=True)
class AutomationSchemaField(Model):
    """A field of an event that conditions can ask for; `type` is such as "string" or "rrule"."""

    label: str
    type: str
    description: str | None = None
    placeholder: str | None = None
    unit: str | None = None
    required: bool = False
    fixed: bool = False
    multiple: bool | None = None
    min: float | None = None
    max: float | None = None
    granularity: Open[Literal["date", "datetime"]] | None = None
    options: list[AutomationSchemaOption] | None = None


@frozen(kw_only=True)
class AutomationEventSchema(Model):
    """A kind of event: its fields by their path, and the replies it can be given."""

    event_type: str
    name: str
    category: str
    fields: dict[str, AutomationSchemaField]
    supported_replies: list[str]


@frozen(kw_only=True)
class AutomationSchemasSecurityProfile(Model):
    """What a security profile does to automations; `mcp_servers` None is no restriction."""

    name: str
    governs_network: bool
    mcp_servers: list[str] | None = None


@frozen(kw_only=True)
class AutomationSchemas(Model):
    """What automations of the organization can wait for.

    Attributes:
        sources: Events by their source, then by their name.
        update_semantics: "merge_patch", or "replace_groups" where `update` still replaces each
            group that is given as a whole.
        default_net_policy: Network policy that the web application proposes.
    """

    sources: dict[str, dict[str, AutomationEventSchema]]
    update_semantics: Open[Literal["merge_patch", "replace_groups"]]
    default_net_policy: AutomationNetPolicy | None = None
    security_profile: AutomationSchemasSecurityProfile | None = None


@frozen(kw_only=True)
class AutomationTemplate(Model):
    """A proposal, whose triggers and actions can be given to `create`."""

    template_id: str
    name: str
    description: str
    category: str
    triggers: list[AutomationTrigger]
    actions: list[AutomationAction]
    required_integrations: list[str]
    required_mcps: list[str]
    featured: bool = False
    docs_url: str | None = None


@frozen(kw_only=True)
class AutomationTemplates(Model):
    """All templates."""

    templates: list[AutomationTemplate]
