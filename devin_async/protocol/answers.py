"""Answers and failures of attempts, and what follows from them: decided without I/O.

Nothing here opens a socket, reads a clock or waits; the transport asks and obeys.
"""

import email.utils
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Literal, TypeGuard

from attrs import define, field, frozen

from devin_async.protocol.requests import Request

__all__ = [
    "Answer",
    "Failure",
    "Verdict",
    "classify",
    "http_date",
    "is_success",
    "request_id",
    "retry_after",
    "wait_before_repeat",
]

_LONGEST_REQUEST_ID = 200
_NO_CONTENT = 204
_PARTIAL_CONTENT = 206
_REQUEST_TIMEOUT = 408
_NOT_PASSING = frozenset({501, 505})  # what the server does not have, it will not have in a second
_RATE_LIMITED = 429
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


# Not frozen, as each call makes one, and an attribute of a frozen class takes five times as long to
# set: https://www.attrs.org/en/stable/how-does-it-work.html#immutability. Nobody changes one.
@define(kw_only=True)
class Answer:
    """A complete answer of the server."""

    status: int
    headers: Mapping[str, str] = field(repr=False)  # a Location may be a presigned URL
    body: bytes = field(repr=False)


@frozen(kw_only=True)
class Failure:
    """An attempt that brought no complete answer.

    Attributes:
        kind: "connection", "timeout", or "too_large" when reading the answer was given up.
        sent: Whether the request may have reached the server.
        detail: What went wrong, in one line.
        is_final: A repeat would bring the same.
        is_untrusted: The server's certificate was refused.
    """

    kind: Literal["connection", "timeout", "too_large"]
    sent: bool
    detail: str = field(repr=False)  # a traceback with locals would show what a server echoed
    is_final: bool = False
    is_untrusted: bool = False


class Verdict(Enum):
    """What to do about a result that is no success."""

    REPEAT = "repeat"
    REPEAT_LIMITED = "repeat when the rate limit allows"
    REFRESH_KEY = "repeat with a new key"
    RAISE = "raise"


def is_success(result: Answer | Failure, request: Request) -> TypeGuard[Answer]:
    """Tell whether an attempt's result is what the caller gets."""
    if not isinstance(result, Answer):
        return False
    status = result.status
    if status == 200:  # noqa: PLR2004
        return True
    if 200 < status < 300:  # noqa: PLR2004
        return not is_partial(status, request)
    return request.endpoint.kind == "download" and result.status in _REDIRECTS


def is_partial(status: int, request: Request) -> bool:
    """Tell whether a 2xx *status* says that what was asked for did not come, or not all of it."""
    endpoint = request.endpoint
    asks_for_all = endpoint.kind == "model" and endpoint.method == "GET" and not request.is_raw
    if status == _NO_CONTENT:
        return asks_for_all and not endpoint.unconfirmed
    return asks_for_all and status == _PARTIAL_CONTENT


def classify(
    request: Request,
    result: Answer | Failure,
    *,
    may_repeat: bool,
    may_refresh_key: bool,
    may_wait: bool = True,
) -> Verdict:
    """Decide by the retry table what follows from a result that is no success.

    Args:
        request: What was sent.
        result: What came of it.
        may_repeat: Attempts are left.
        may_refresh_key: The key comes from a callable that was not asked again yet.
        may_wait: A 429 is waited for, which is no attempt.
    """
    if isinstance(result, Answer):
        if result.status == _RATE_LIMITED:
            return Verdict.REPEAT_LIMITED if may_wait else Verdict.RAISE
        if result.status == 401 and may_refresh_key:  # noqa: PLR2004
            return Verdict.REFRESH_KEY
        is_safe = _is_passing(result.status) and not request.is_write
    else:
        is_safe = not result.is_final and (not result.sent or not request.is_write)
    return Verdict.REPEAT if is_safe and may_repeat else Verdict.RAISE


def _is_passing(status: int) -> bool:
    if status in {_NO_CONTENT, _PARTIAL_CONTENT}:  # of a GET: see `is_partial`
        return True
    is_server_error = 500 <= status < 600 and status not in _NOT_PASSING  # noqa: PLR2004
    return is_server_error or status == _REQUEST_TIMEOUT


def wait_before_repeat(asked: float | None, backoff: float, remaining: float) -> float | None:
    """Choose how many seconds to wait; None when *remaining* leaves no time for that.

    Args:
        asked: What the server asks for. It is never undercut, and only ever makes the wait longer:
            the back-off comes on top, so that those who were all asked the same do not come back
            at the same moment.
        backoff: Our own wait.
        remaining: Seconds until the deadline.
    """
    least = asked or 0.0
    if least + backoff <= remaining:
        return least + backoff
    return (least + remaining) / 2 if 0 < least < remaining else None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Read how many seconds the server asks to wait, else None.

    Takes `Retry-After-Ms`, and `Retry-After` in seconds or as HTTP date (RFC 9110, 10.2.3). A date
    is compared with the answer's own `Date`, so that a clock that runs wrong here does no harm.
    """
    milliseconds = _number(headers.get("Retry-After-Ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("Retry-After")
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    until = http_date(value)
    if until is None:
        return None
    return max(0.0, until - (http_date(headers.get("Date")) or now))


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def http_date(text: str | None) -> float | None:
    """Read a date of a header as unix seconds; None if it is none."""
    try:
        moment = email.utils.parsedate_to_datetime(text or "")
    except (ValueError, TypeError, IndexError, OverflowError):  # the last: of an offset
        return None
    return (moment if moment.tzinfo else datetime.combine(moment, moment.time(), UTC)).timestamp()


def request_id(headers: Mapping[str, str]) -> str | None:
    """Read the server's id of the request; None when it could not be shown on one line."""
    text = headers.get("X-Request-Id") or headers.get("Request-Id")
    is_shown = text is not None and text.isprintable() and len(text) <= _LONGEST_REQUEST_ID
    return text if is_shown else None
