"""What the sessions of both scopes share: how ids, filters and bodies are checked."""

from collections.abc import Mapping, Sequence
from typing import Any

from devin_async.calling import Resource
from devin_async.places import CREATION_TIMES, TimeFilter, time_filter
from devin_async.values import check_length, check_text, devin_id, to_seconds

__all__ = [
    "Sessions",
    "checked_tags",
    "checked_urls",
    "creation_filter",
    "message_body",
    "session_query",
]

_MOST_TAGS = 50
_LONGEST_URL = 2083
_TIMES = ("created_after", "created_before", "updated_after", "updated_before")


class Sessions(Resource):
    """Base of the sessions of an organization and of an enterprise."""

    def _of(self, session_id: str) -> dict[str, str]:
        """Give the path's value; the prefix may be missing."""
        return {"devin_id": devin_id("session_id", session_id)}


def session_query(**filters: Any) -> dict[str, Any]:
    """Check the filters of a list of sessions and write them as the API wants them."""
    for name in _TIMES:
        filters[name] = to_seconds(name, filters[name])
    ids, parent = filters["session_ids"], filters["parent_session_id"]
    if ids is not None:
        filters["session_ids"] = [devin_id("session_ids", one) for one in ids]
    if parent is not None:
        filters["parent_session_id"] = devin_id("parent_session_id", parent)
    return filters


def creation_filter(query: Mapping[str, Any], parallel: int | None) -> TimeFilter:
    """Read the range that a list of sessions can be cut by: creation, a time that never changes."""
    return time_filter(
        query, names=CREATION_TIMES, longest=None, parallel=parallel, is_sorted=False
    )


def checked_tags(tags: Sequence[str] | None) -> Sequence[str] | None:
    """Check the tags of a session."""
    check_length("tags", tags, _MOST_TAGS)
    return tags


def checked_urls(urls: Sequence[str] | None) -> Sequence[str] | None:
    """Check the urls of attachments."""
    for url in urls or ():
        check_text("attachment_urls", url, smallest=1, largest=_LONGEST_URL)
    return urls


def message_body(
    message: str, message_as_user_id: str | None, attachment_urls: Sequence[str] | None
) -> dict[str, Any]:
    """Write the body that sends a message."""
    return {
        "message": message,
        "message_as_user_id": message_as_user_id,
        "attachment_urls": checked_urls(attachment_urls),
    }
