"""Security profiles, and which of them holds where nobody chose one."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, TypedDict

from attrs import frozen

from devin_async.base.markers import Open
from devin_async.models.automation_parts import AutomationChannel
from devin_async.models.automations import AutomationNetPolicy
from devin_async.models.model import Model
from devin_async.models.sessions import SecurityProfileSelection

__all__ = [
    "EnforcementLevel",
    "GitAccessLevel",
    "SecurityProfile",
    "SecurityProfileChannels",
    "SecurityProfileFields",
    "SecurityProfileMcp",
    "SecurityProfileSelection",
    "SecurityProfileSettings",
]

GitAccessLevel: TypeAlias = Open[Literal["read_write"]]
EnforcementLevel: TypeAlias = Open[Literal["recommended", "mandatory"]]


@frozen(kw_only=True)
class SecurityProfileMcp(Model):
    """The MCP servers that sessions may use, by their slug in the marketplace or of their own."""

    servers: list[str]


@frozen(kw_only=True)
class SecurityProfileChannels(Model):
    """The Slack or Teams channels that sessions may use."""

    channels: list[AutomationChannel]


@frozen(kw_only=True)
class SecurityProfile(Model):
    """What sessions may do and reach; only its id and its name are certain to be told.

    Attributes:
        net_policy: What sessions may reach; None is no opinion, an empty `allow` denies all.
        mcp_config: None is no restriction.
        remove_github_cli_token: False needs `git_access_level` "read_write" and, where there is a
            `net_policy`, api.github.com in it.
        enforcement_level: "recommended", or "mandatory".
    """

    profile_id: str
    name: str
    net_policy: AutomationNetPolicy | None = None
    mcp_config: SecurityProfileMcp | None = None
    devin_mcp_read_only: bool | None = None
    remove_github_cli_token: bool | None = None
    git_access_level: GitAccessLevel | None = None
    enforcement_level: EnforcementLevel | None = None
    slack_channel_access: SecurityProfileChannels | None = None
    slack_dm_scope: str | None = None
    teams_channel_access: SecurityProfileChannels | None = None
    teams_dm_scope: str | None = None
    teams_group_chat_scope: str | None = None


class SecurityProfileFields(TypedDict, total=False):
    """What `create` and `update` take; groups are classes, or mappings, which are sent as they are.

    In an update what is left out stays, and None clears.

    Attributes:
        net_policy: What sessions may reach; None is no opinion, an empty `allow` denies all. Left
            out of `create` it is the hosts of the git connections only.
        mcp_config: MCP servers that sessions may use; None is no restriction.
        devin_mcp_read_only: Whether Devin's own MCP server only reads.
        remove_github_cli_token: The server's default is True; False needs *git_access_level*
            "read_write" and, where there is a *net_policy*, api.github.com in it.
        git_access_level: The server's default is "read_write".
        enforcement_level: "recommended", the server's default, or "mandatory".
        slack_channel_access: Slack channels that sessions may use; None is no restriction.
        slack_dm_scope: Who may be written to in Slack.
        teams_channel_access: Teams channels that sessions may use; None is no restriction.
        teams_dm_scope: Who may be written to in Teams.
        teams_group_chat_scope: Which group chats of Teams may be used.
    """

    net_policy: AutomationNetPolicy | Mapping[str, Any] | None
    mcp_config: SecurityProfileMcp | Mapping[str, Any] | None
    devin_mcp_read_only: bool
    remove_github_cli_token: bool
    git_access_level: GitAccessLevel
    enforcement_level: EnforcementLevel
    slack_channel_access: SecurityProfileChannels | Mapping[str, Any] | None
    slack_dm_scope: str | None
    teams_channel_access: SecurityProfileChannels | Mapping[str, Any] | None
    teams_dm_scope: str | None
    teams_group_chat_scope: str | None


@frozen(kw_only=True)
class SecurityProfileSettings(Model):
    """What holds for sessions, and for those of automations, that choose no profile."""

    default: SecurityProfileSelection | None = None
    automations_default: SecurityProfileSelection | None = None
