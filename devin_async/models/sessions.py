"""Sessions and their messages."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from devin_async.markers import Open

__all__ = [
    "DevinMode",
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
class SessionPullRequest:
    """A pull request that a session made; `pr_state` is open, closed or merged, None at first."""

    pr_url: str
    pr_state: str | None = None


@frozen(kw_only=True)
class Session:
    """A session: one piece of work that Devin was given.

    Attributes:
        session_id: Id; the `devin-` prefix may be missing, each of our methods adds it.
        org_id: Its organization.
        url: Where a person can watch it.
        status: "exit" and "error" are final; "suspended" is resumed by a message.
        status_detail: While running: working, waiting_for_user, waiting_for_approval, finished;
            while suspended: the reason. Filled by get and list, not by create.
        acus_consumed: May lag behind; the consumption endpoints are what is billed.
        structured_output: Filled by get and list; may change while it works.
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
    structured_output: dict[str, Any] | None = None
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
class SessionMessage:
    """A message of a session; `source` is "devin" or "user"."""

    event_id: str
    source: Open[Literal["devin", "user"]]
    message: str
    created_at: datetime
    user_id: str | None = None
    username: str | None = None
    origin: str | None = None


@frozen(kw_only=True)
class SessionSecret:
    """A secret for one session only.

    Attributes:
        key: Name of the environment variable, 1 to 256 characters.
        value: At most 65,536 characters; never shown.
        sensitive: Whether Devin masks it in what it writes.
    """

    key: str
    value: str = field(repr=False)
    sensitive: bool = True
