"""The error that stands for an attempt's result. No I/O."""

import re
from urllib.parse import urlsplit

from devin_async.base.secret import Redactor
from devin_async.errors import (
    ConnectionFailedError,
    DevinError,
    ErrorContext,
    OutcomeUnknownError,
    RequestTimeoutError,
    ResponseDecodeError,
    ResponseTooLargeError,
    status_error_type,
)
from devin_async.protocol.answers import Answer, Failure, is_partial, request_id, retry_after
from devin_async.protocol.problems import Problem, read_problem, server_of
from devin_async.protocol.requests import Request

__all__ = ["error_for", "outcome_unknown_after_repeat"]

_CHECK_KEY = "Check that the key is a current cog_ key of this deployment."
_REDIRECT_STATUS = range(300, 400)
_REQUEST_TIMEOUT = 408
_FIRST_SERVER_ERROR = 500
_TAKE_LONGER = "Raise attempt_timeout= or deadline= if it may take longer."
_GONE = frozenset({404, 409})
_READS = frozenset({"GET", "HEAD"})
_ANY_OF_PERMISSION = frozenset({401, 403})


def error_for(
    request: Request,
    result: Answer | Failure,
    *,
    maybe_done: bool = False,
    redactor: Redactor | None = None,
    now: float = 0.0,
) -> DevinError:
    """Make the error that a caller gets for the result that ended a call.

    Args:
        request: What was sent.
        result: What came of it.
        maybe_done: An earlier try may have reached the server.
        redactor: Knows the secrets that are struck out of what the server says.
        now: Unix seconds, for a Retry-After that is a date.
    """
    redactor = redactor or Redactor()
    is_unknown = request.method not in _READS and (maybe_done or _may_be_done(result))
    if isinstance(result, Failure):
        return _error_for_failure(request, result, redactor, is_unknown=is_unknown)
    error = _error_for_answer(request, result, redactor, now, is_unknown=is_unknown)
    if maybe_done and request.method == "DELETE" and result.status in _GONE:
        return outcome_unknown_after_repeat(error)
    return error


def _may_be_done(result: Answer | Failure) -> bool:
    """Tell whether a write with this *result* may have been done all the same."""
    if isinstance(result, Failure):
        return result.sent
    return result.status == _REQUEST_TIMEOUT or result.status >= _FIRST_SERVER_ERROR


def _error_for_failure(
    request: Request, failure: Failure, redactor: Redactor, *, is_unknown: bool
) -> DevinError:
    detail = redactor.line(failure.detail)
    if failure.kind == "too_large":
        return ResponseTooLargeError(
            detail,
            outcome="unknown" if is_unknown else "rejected",
            method=request.method,
            path=request.path,
        )
    if failure.sent and request.is_write:
        return OutcomeUnknownError(
            f"{detail}, after the request was sent",
            method=request.method,
            path=request.path,
            hint="It may have been done: look before repeating it.",
        )
    timed_out = failure.kind == "timeout"
    error_type = RequestTimeoutError if timed_out else ConnectionFailedError
    is_late = timed_out and failure.sent
    hint_kind = "take_longer" if is_late else "certificate" if failure.is_untrusted else ""
    return error_type(
        detail,
        outcome="unknown" if is_unknown or failure.sent else "not_sent",
        method=request.method,
        path=request.path,
        hint=_TAKE_LONGER if is_late else "",
        hint_kind=hint_kind,
    )


def _error_for_answer(
    request: Request, answer: Answer, redactor: Redactor, now: float, *, is_unknown: bool
) -> DevinError:
    problem = read_problem(answer.body, redactor)
    message = problem.message or "the server gave no reason"
    context = ErrorContext(
        status=answer.status,
        method=request.method,
        path=request.path,
        request_id=redactor.line(request_id(answer.headers) or "") or None,
        hint=_hint(request, answer, problem, redactor),
    )
    if is_unknown:
        context["outcome"] = "unknown"
    if is_partial(answer.status, request):
        context["outcome"] = "rejected"
        return ResponseDecodeError("a part came, or nothing, where all was asked for", **context)
    if answer.status == _REQUEST_TIMEOUT and request.is_write:
        return OutcomeUnknownError(message, **context)
    return status_error_type(answer.status, is_write=request.is_write)(
        message,
        error_code=problem.error_code,
        errors=problem.errors,
        retry_after=retry_after(answer.headers, now),
        **context,
    )


def _hint(request: Request, answer: Answer, problem: Problem, redactor: Redactor) -> str:
    status = answer.status
    if status in _ANY_OF_PERMISSION:
        if answer.body.strip() and not problem.is_json:
            return _foreign_hint(request, answer, redactor)
        # With a code of its own the server tells why; it is not about the permission then.
        is_explained = status != 401 and problem.error_code is not None  # noqa: PLR2004
        return "" if is_explained else _key_hint(request, status)
    location = answer.headers.get("Location", "")
    if status in _REDIRECT_STATUS and location:
        return f"Check the base URL; it redirects to {_host(location, redactor)}."
    if request.is_write and _may_be_done(answer):
        return "It may have been done: look before repeating it."
    return ""


def _foreign_hint(request: Request, answer: Answer, redactor: Redactor) -> str:
    """Say of a page that refuses that it is none of the API, so that nobody looks there."""
    server = server_of(urlsplit(request.url).netloc, answer.headers, redactor)
    return f"This is not an answer of the API: {server} is, or stands behind, a firewall or proxy."


def _key_hint(request: Request, status: int) -> str:
    endpoint = request.endpoint
    if status == 401 or endpoint.permission is None:  # noqa: PLR2004
        return _CHECK_KEY
    return (
        f"It needs the permission {endpoint.permission} ({endpoint.permission_level} level); a "
        "wrong key and an organization that does not exist or is not yours answer 403 too."
    )


def _host(location: str, redactor: Redactor) -> str:
    # A presigned URL is a secret in itself, so no more than its host is shown.
    match = re.match(r"(https?://)(?:[^/?#]*@)?([^/?#@]+)", location)
    return redactor.line("".join(match.groups()), 200) if match else "another path"


def outcome_unknown_after_repeat(error: DevinError) -> OutcomeUnknownError:
    """Make the error for a DELETE whose repeat had nothing to delete any more."""
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
