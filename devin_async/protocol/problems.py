"""What an error answer says, and the error that stands for an attempt's result. No I/O.

Four forms of error body occur: RFC 9457 problems, FastAPI's `detail` as text or as a list, and
plain text or HTML of whatever stands before the API. A 422 of FastAPI repeats the input that it
refuses, which may be a secret, so only places and messages are taken from it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from attrs import frozen

from devin_async.base.plain_json import as_array, as_object, is_deeper_than
from devin_async.base.secret import redact
from devin_async.base.text import one_line
from devin_async.errors import (
    ConnectionFailedError,
    DevinError,
    ErrorContext,
    OutcomeUnknownError,
    RequestTimeoutError,
    ResponseTooLargeError,
    status_error_type,
)
from devin_async.protocol.answers import Answer, Failure, request_id, retry_after
from devin_async.protocol.requests import Request

__all__ = ["Problem", "error_for", "outcome_unknown_after_repeat", "read_problem"]

_LONGEST_MESSAGE = 500
_LONGEST_READ = 20_000
_DEEPEST = 50
# What is never closed ends with the text, and no tag goes on past the next one: a search from each
# of them to the end would take the square of a hostile page's length.
_TAG = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]*>", re.DOTALL | re.IGNORECASE)
_CHECK_KEY = "Check that the key is a current cog_ key of this deployment."
_REDIRECT_STATUS = range(300, 400)
_REQUEST_TIMEOUT = 408
_FIRST_SERVER_ERROR = 500
_TAKE_LONGER = "Raise attempt_timeout= or deadline= if it may take longer."
_GONE = frozenset({404, 409})
_READS = frozenset({"GET", "HEAD"})


@frozen
class Problem:
    """What an error body says.

    Attributes:
        message: One line.
        error_code: The server's own code, else None.
        errors: One (location, message) for each fault that it names.
    """

    message: str
    error_code: str | None = None
    errors: Sequence[tuple[str, str]] = ()


def read_problem(body: bytes) -> Problem:
    """Read an error body of any of the four forms."""
    # Deep values are no text of a problem, and turning them into some would recurse.
    if is_deeper_than(body, _DEEPEST):
        return _as_text(body)
    try:
        raw: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _as_text(body)
    fields = as_object(raw)
    if fields is None:
        return Problem(_short_line(raw if isinstance(raw, str) else ""))
    detail, title, code = (fields.get(name) for name in ("detail", "title", "error_code"))
    errors = _errors(as_array(detail) or fields.get("errors"))
    named = "; ".join(f"{where}: {message}" if where else message for where, message in errors)
    message = detail if isinstance(detail, str) else named or title or fields.get("message") or ""
    if named and named not in str(message):
        message = f"{message}: {named}"
    return Problem(_short_line(str(message)), code if isinstance(code, str) else None, errors)


def _as_text(body: bytes) -> Problem:
    return Problem(_short_line(_TAG.sub(" ", body[:_LONGEST_READ].decode("utf-8", "replace"))))


def _errors(entries: object) -> list[tuple[str, str]]:
    objects = map(as_object, as_array(entries) or ())
    return [_error(entry) for entry in objects if entry is not None]


def _error(entry: Mapping[str, Any]) -> tuple[str, str]:
    place = entry.get("loc") or entry.get("location") or entry.get("pointer") or ""
    parts = as_array(place) or (place,)
    message = entry.get("msg") or entry.get("message") or entry.get("detail") or "is not valid"
    return _short_line(".".join(str(part) for part in parts)), _short_line(str(message))


def _short_line(text: str) -> str:
    line = one_line(text[:_LONGEST_READ])
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}..."


def error_for(
    request: Request,
    result: Answer | Failure,
    *,
    maybe_done: bool = False,
    secrets: tuple[str, ...] = (),
    now: float = 0.0,
) -> DevinError:
    """Make the error that a caller gets for the result that ended a call.

    Args:
        request: What was sent.
        result: What came of it.
        maybe_done: An earlier try may have reached the server.
        secrets: Values that are struck out of what the server says.
        now: Unix seconds, for a Retry-After that is a date.
    """
    is_unknown = request.method not in _READS and (maybe_done or _may_be_done(result))
    if isinstance(result, Failure):
        return _error_for_failure(request, result, is_unknown=is_unknown)
    error = _error_for_answer(request, result, secrets, now, is_unknown=is_unknown)
    if maybe_done and request.method == "DELETE" and result.status in _GONE:
        return outcome_unknown_after_repeat(error)
    return error


def _may_be_done(result: Answer | Failure) -> bool:
    """Tell whether a write with this *result* may have been done all the same."""
    if isinstance(result, Failure):
        return result.sent
    return result.status == _REQUEST_TIMEOUT or result.status >= _FIRST_SERVER_ERROR


def _error_for_failure(request: Request, failure: Failure, *, is_unknown: bool) -> DevinError:
    if failure.kind == "too_large":
        return ResponseTooLargeError(
            failure.detail,
            outcome="unknown" if is_unknown else "rejected",
            method=request.method,
            path=request.path,
        )
    if failure.sent and request.is_write:
        return OutcomeUnknownError(
            f"{failure.detail}, after the request was sent",
            method=request.method,
            path=request.path,
            hint="It may have been done: look before repeating it.",
        )
    timed_out = failure.kind == "timeout"
    error_type = RequestTimeoutError if timed_out else ConnectionFailedError
    return error_type(
        failure.detail,
        outcome="unknown" if is_unknown or failure.sent else "not_sent",
        method=request.method,
        path=request.path,
        hint=_TAKE_LONGER if timed_out and failure.sent else "",
    )


def _error_for_answer(
    request: Request, answer: Answer, secrets: tuple[str, ...], now: float, *, is_unknown: bool
) -> DevinError:
    problem = read_problem(answer.body)
    message = redact(problem.message, secrets) or "the server gave no reason"
    context = ErrorContext(
        status=answer.status,
        method=request.method,
        path=request.path,
        request_id=redact(request_id(answer.headers) or "", secrets) or None,
        hint=_hint(request, answer, problem),
    )
    if is_unknown:
        context["outcome"] = "unknown"
    if answer.status == _REQUEST_TIMEOUT and request.is_write:
        return OutcomeUnknownError(message, **context)
    return status_error_type(answer.status, is_write=request.is_write)(
        message,
        error_code=redact(problem.error_code or "", secrets) or None,
        errors=[
            (redact(where, secrets), redact(message, secrets)) for where, message in problem.errors
        ],
        retry_after=retry_after(answer.headers, now),
        **context,
    )


def _hint(request: Request, answer: Answer, problem: Problem) -> str:
    status = answer.status
    if status == 401:  # noqa: PLR2004
        return _CHECK_KEY
    if status == 403:  # noqa: PLR2004
        # With a code of its own the server tells why; it is not about the permission then.
        return "" if problem.error_code else _permission_hint(request)
    if status in _REDIRECT_STATUS:
        return f"Check the base URL; it redirects to {_host(answer.headers.get('Location', ''))}."
    if request.is_write and _may_be_done(answer):
        return "It may have been done: look before repeating it."
    return ""


def _permission_hint(request: Request) -> str:
    endpoint = request.endpoint
    if endpoint.permission is None:
        return _CHECK_KEY
    return (
        f"It needs the permission {endpoint.permission} ({endpoint.permission_level} level); a "
        "wrong key and an organization that does not exist or is not yours answer 403 too."
    )


def _host(location: str) -> str:
    # A presigned URL is a secret in itself, so no more than its host is shown.
    match = re.match(r"(https?://)(?:[^/?#]*@)?([^/?#@]+)", location)
    return _short_line("".join(match.groups())) if match else "another path"


def outcome_unknown_after_repeat(error: DevinError) -> OutcomeUnknownError:
    """Make the error for a DELETE whose repeat found nothing to delete any more."""
    unknown = OutcomeUnknownError(
        f"{error.message} (this answered a repeat; the first try got no answer)",
        status=error.status,
        method=error.method,
        path=error.path,
        request_id=error.request_id,
        hint="It was probably done by the first try.",
    )
    unknown.__cause__ = error
    return unknown
