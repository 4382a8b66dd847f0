"""What a session holds besides its messages: events, attachments, tags."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model

__all__ = [
    "Attachment",
    "SessionAttachment",
    "SessionEvent",
    "SessionEventCategory",
    "SessionEventDetail",
    "SessionEventDirection",
    "SessionEventMatch",
    "SessionTags",
]

SessionEventCategory: TypeAlias = Open[
    Literal[
        "shell",
        "file",
        "search",
        "browser",
        "mcp",
        "git",
        "message",
        "status",
        "secret",
        "todo",
        "recording",
        "knowledge",
        "playbook",
        "webhook",
        "lifecycle",
        "other",
    ]
]
SessionEventDirection: TypeAlias = Open[Literal["incoming", "outgoing"]]


@frozen(kw_only=True)
class SessionEvent(Model):
    """One event of a session, in short; `event_type` is one of about ninety."""

    event_id: str
    event_type: str
    category: SessionEventCategory
    direction: SessionEventDirection
    created_at: datetime
    summary: str


@frozen(kw_only=True)
class SessionEventMatch(SessionEvent):
    """An event that a search found; `match_context` is the text around the match."""

    match_context: str


@frozen(kw_only=True)
class SessionEventDetail(Model):
    """One event of a session, whole; `truncated_fields` names what was cut in `contents`."""

    event_id: str
    event_type: str
    category: SessionEventCategory
    direction: SessionEventDirection
    created_at: datetime
    contents: dict[str, Any]
    truncated_fields: list[str] = field(factory=list[str])


@frozen(kw_only=True)
class SessionTags(Model):
    """The tags of a session after a change."""

    tags: list[str]


@frozen(kw_only=True)
class Attachment(Model):
    """An uploaded file; its `url` goes into `attachment_urls`."""

    attachment_id: str
    name: str
    url: str


@frozen(kw_only=True)
class SessionAttachment(Model):
    """A file of a session; `source` is "devin" or "user"."""

    attachment_id: str
    name: str
    url: str
    source: Open[Literal["devin", "user"]]
    content_type: str | None = None
