"""Sessions and their messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypedDict

from attrs import field, frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model

__all__ = [
    "DevinMode",
    "NewSession",
    "SecurityProfileSelection",
    "Session",
    "SessionCategory",
    "SessionMessage",
    "SessionOrigin",
    "SessionPullRequest",
    "SessionSecret",
    "SessionStatus",
    "SessionStatusDetail",
]

SessionStatus: TypeAlias = Open[
    Literal["new", "claimed", "running", "exit", "error", "suspended", "resuming"]
]
SessionStatusDetail: TypeAlias = Open[
    Literal[
        "working",
        "waiting_for_user",
        "waiting_for_approval",
        "finished",
        "inactivity",
        "user_request",
        "usage_limit_exceeded",
        "out_of_credits",
        "out_of_quota",
        "no_quota_allocation",
        "payment_declined",
        "org_usage_limit_exceeded",
        "user_usage_limit_exceeded",
        "total_session_limit_exceeded",
        "contract_expired",
        "error",
    ]
]
SessionOrigin: TypeAlias = Open[
    Literal[
        "webapp",
        "slack",
        "teams",
        "api",
        "linear",
        "jira",
        "automation",
        "cli",
        "desktop",
        "code_scan",
        "other",
    ]
]
SessionCategory: TypeAlias = Open[
    Literal[
        "bug_fixing",
        "ci_cd_and_devops",
        "code_quality_and_security",
        "code_review",
        "code_review_and_analysis",
        "data_and_automation",
        "documentation_and_content",
        "feature_development",
        "migrations_and_upgrades",
        "other",
        "production_investigation",
        "refactoring_and_optimization",
        "research_and_exploration",
        "security",
        "unit_test_generation",
    ]
]
DevinMode: TypeAlias = Open[Literal["normal", "fast", "lite", "ultra", "fusion"]]


@frozen(kw_only=True)
class SessionPullRequest(Model):
    """A pull request that a session made; `pr_state` is open, closed or merged, None at first."""

    pr_url: str
    pr_state: str | None = None


@frozen(kw_only=True)
class Session(Model):
    """A session: one piece of work that Devin was given.

    Attributes:
        session_id: Id; the `devin-` prefix may be missing, each of our methods adds it.
        org_id: Its organization.
        url: Where a person can watch it.
        status: "exit" and "error" are final; "suspended" is resumed by a message.
        status_detail: While running: working, waiting_for_user, waiting_for_approval, finished;
            while suspended: the reason. Filled by get and list, not by create.
        acus_consumed: May lag behind; the consumption endpoints are what is billed.
        structured_output: Any JSON value, filled by get and list; may change while it works.
            Without a schema a text was seen, even the text "null".
        user_id: The person; "bot_apk", which is nobody, where a service user started it.
        child_session_ids: Sessions that it started; None where the server does not say.
        security_profile: As it comes; what the API answers is not documented.
    """

    session_id: str
    org_id: str
    url: str
    status: SessionStatus
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    acus_consumed: float
    pull_requests: list[SessionPullRequest]
    title: str | None = None
    status_detail: SessionStatusDetail | None = None
    structured_output: Any = None
    category: SessionCategory | None = None
    subcategory: str | None = None
    origin: SessionOrigin | None = None
    devin_mode: DevinMode | None = None
    automation_id: str | None = None
    parent_session_id: str | None = None
    child_session_ids: list[str] | None = None
    playbook_id: str | None = None
    user_id: str | None = None
    service_user_id: str | None = None
    security_profile: Any = None
    is_archived: bool = False
    is_advanced: bool | None = None


@frozen(kw_only=True)
class SessionMessage(Model):
    """A message of a session; `source` is "devin" or "user".

    Attributes:
        user_id: Who wrote it; "bot_apk" is any service user. None for Devin's own.
        username: A service user's ends with "(service account)". None for Devin's own.
        origin: Where it was written, such as "api". None for Devin's own.
    """

    event_id: str
    source: Open[Literal["devin", "user"]]
    message: str
    created_at: datetime
    user_id: str | None = None
    username: str | None = None
    origin: str | None = None


@frozen(kw_only=True)
class SessionSecret(Model):
    """A secret for one session only.

    Attributes:
        key: Name of the environment variable, 1 to 256 characters.
        value: At most 65,536 characters; never shown.
        sensitive: Whether Devin masks it in what it writes.
    """

    key: str
    value: str = field(repr=False)
    sensitive: bool = True


@frozen(kw_only=True)
class SecurityProfileSelection(Model):
    """A choice: "inherit", or "profile" with the id of one."""

    selection: Open[Literal["inherit", "profile"]]
    profile_id: str | None = None


class NewSession(TypedDict, total=False):
    """What a session can be started with, besides its prompt.

    Attributes:
        title: Made up by the server when left out.
        tags: At most 50; must be allowed ones where the enterprise checks them.
        repos: Repositories as `owner/name`.
        playbook_id: Playbook to follow.
        child_playbook_id: Playbook for the sessions that this one starts.
        knowledge_ids: Notes to use; None means all, `[]` none.
        secret_ids: Secrets to use; None means all, `[]` none.
        session_secrets: Secrets for this session only.
        session_links: Sessions to look at.
        attachment_urls: Urls of uploaded attachments, up to 2,083 characters each.
        max_acu_limit: ACUs that it may use, from 1.
        devin_mode: "normal", "fast", "lite", "ultra", "fusion"; None is the organization's.
        platform: VM label or pool of the organization, or "inherit".
        resumable: Keep the VM, so that a message can resume it; the server's default is True.
        bypass_approval: Do not ask for approvals.
        create_as_user_id: Act as this person; needs ImpersonateOrgSessions as well.
        structured_output_schema: JSON Schema (draft 7, up to 64 KB) of the result wanted; `run`
            makes it from a class.
        structured_output_required: The result has to be there before its turn ends.
        security_profile: `SecurityProfileSelection`, or the same as a mapping. Unconfirmed.
    """

    title: str | None
    tags: Sequence[str] | None
    repos: Sequence[str] | None
    playbook_id: str | None
    child_playbook_id: str | None
    knowledge_ids: Sequence[str] | None
    secret_ids: Sequence[str] | None
    session_secrets: Sequence[SessionSecret] | None
    session_links: Sequence[str] | None
    attachment_urls: Sequence[str] | None
    max_acu_limit: int | None
    devin_mode: DevinMode | None
    platform: str | None
    resumable: bool | None
    bypass_approval: bool | None
    create_as_user_id: str | None
    structured_output_schema: Mapping[str, Any] | None
    structured_output_required: bool | None
    security_profile: SecurityProfileSelection | Mapping[str, Any] | None
