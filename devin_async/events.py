"""What a client tells about its work, for logs, metrics and traces."""

import logging
from collections.abc import Callable, Mapping
from typing import Literal

from attrs import frozen

__all__ = ["Event", "EventHandler", "EventKind", "emit"]

logger = logging.getLogger("devin_async")

EventKind = Literal["request", "response", "retry", "page", "outcome"]


@frozen(kw_only=True)
class Event:
    """One step of the client's work; only what *kind* has is set.

    Attributes:
        kind: "request" (an attempt starts), "response" (its answer came), "retry" (it will be
            repeated after `seconds`), "page" (a list's page was read) or "outcome" (an item of a
            fan-out is done).
        route: HTTP method and path template, such as `GET /v3/enterprise/audit-logs`.
        attempt: Number of the attempt, from 1.
        status: HTTP status of the answer.
        headers: Headers of the answer; names match in any case.
        request_id: The server's id of the request.
        seconds: How long it took; for a retry, how long it will wait.
        reason: Why it is repeated, or how the item of a fan-out failed.
        items: Number of items on the page.
        index: Number of the fan-out's item, from 0.
    """

    kind: EventKind
    route: str = ""
    attempt: int = 1
    status: int | None = None
    headers: Mapping[str, str] | None = None
    request_id: str | None = None
    seconds: float = 0.0
    reason: str | None = None
    items: int | None = None
    index: int | None = None


EventHandler = Callable[[Event], object]


def emit(handler: EventHandler | None, event: Event) -> None:
    """Hand *event* to the user's handler; what that raises is logged and ends nothing."""
    if handler is None:
        return
    try:
        handler(event)
    except Exception:
        logger.exception("the on_event handler failed on %s", event.kind)
