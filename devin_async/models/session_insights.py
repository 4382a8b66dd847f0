"""What the analysis of a session found."""

from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model
from devin_async.models.sessions import Session

__all__ = [
    "InsightsActionItem",
    "InsightsAnalysis",
    "InsightsClassification",
    "InsightsFeedbackItem",
    "InsightsIssue",
    "InsightsNoteUsage",
    "InsightsNoteUsageItem",
    "InsightsRequest",
    "InsightsSuggestedPrompt",
    "InsightsTimelineEvent",
    "SessionInsights",
    "SessionSize",
]

SessionSize: TypeAlias = Open[Literal["xs", "s", "m", "l", "xl"]]


@frozen(kw_only=True)
class InsightsActionItem(Model):
    """Something to do, so that the next session goes better."""

    action_item: str
    issue_id: str | None = None
    type: Open[
        Literal[
            "machine_setup", "repo_config", "knowledge", "prompt_improvement", "external", "other"
        ]
    ] = "other"


@frozen(kw_only=True)
class InsightsClassification(Model):
    """What kind of work it was; `confidence` is from 0 to 1."""

    category: str
    confidence: float
    programming_languages: list[str] = field(factory=list[str])
    tools_and_frameworks: list[str] = field(factory=list[str])


@frozen(kw_only=True)
class InsightsIssue(Model):
    """Something that held the session up."""

    impact: str
    issue: str
    label: str
    id: str = ""
    title: str = ""


@frozen(kw_only=True)
class InsightsNoteUsageItem(Model):
    """How one note was used."""

    note_id: str
    message: str
    reason: str


@frozen(kw_only=True)
class InsightsNoteUsage(Model):
    """Which notes helped and which did not."""

    good_usages: list[InsightsNoteUsageItem] = field(factory=list[InsightsNoteUsageItem])
    bad_usages: list[InsightsNoteUsageItem] = field(factory=list[InsightsNoteUsageItem])


@frozen(kw_only=True)
class InsightsFeedbackItem(Model):
    """A remark on one part of the prompt."""

    details: str
    excerpt: str
    summary: str
    issue_id: str | None = None


@frozen(kw_only=True)
class InsightsSuggestedPrompt(Model):
    """A better prompt for the same work."""

    original_prompt: str
    suggested_prompt: str
    feedback_items: list[InsightsFeedbackItem] = field(factory=list[InsightsFeedbackItem])


@frozen(kw_only=True)
class InsightsTimelineEvent(Model):
    """A step of the session."""

    title: str
    description: str
    color: str | None = None
    issue_id: str | None = None


@frozen(kw_only=True)
class InsightsAnalysis(Model):
    """The analysis; `skill_usage` is unconfirmed, its form is not documented."""

    action_items: list[InsightsActionItem] = field(factory=list[InsightsActionItem])
    classification: InsightsClassification | None = None
    issues: list[InsightsIssue] = field(factory=list[InsightsIssue])
    note_usage: InsightsNoteUsage | None = None
    skill_usage: dict[str, Any] | None = None
    suggested_prompt: InsightsSuggestedPrompt | None = None
    timeline: list[InsightsTimelineEvent] = field(factory=list[InsightsTimelineEvent])


@frozen(kw_only=True)
class SessionInsights(Session):
    """A session with its insights; `analysis` is None until one is done."""

    num_user_messages: int
    num_devin_messages: int
    session_size: SessionSize
    analysis: InsightsAnalysis | None = None


@frozen(kw_only=True)
class InsightsRequest(Model):
    """The answer to asking for an analysis; `status` is "started" or "already_exists"."""

    session_id: str
    status: Open[Literal["started", "already_exists"]]
