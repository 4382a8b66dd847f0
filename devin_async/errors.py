"""The exception tree: everything that this package raises by itself.

DevinError
├── ConfigurationError            the client cannot be used as it is set up
├── InvalidArgumentError          an argument is outside what is allowed      (also ValueError)
│   └── UnexpectedArgumentError     ... or the method has none of that name     (also TypeError)
├── ConnectionFailedError         no connection, or it broke                  (also ConnectionError)
├── RequestTimeoutError           no answer in time                           (also TimeoutError)
├── WaitTimeoutError              what was waited for did not happen in time  (also TimeoutError)
├── OutcomeUnknownError           a write may or may not have been done
│   └── ServerOutcomeUnknownError   ... because the server answered 5xx       (also ServerError)
├── ResponseDecodeError           the answer is not what the API promises
│   ├── ResponseTooLargeError       ... but larger or deeper than the client's limits allow
│   └── StructuredOutputError       ... in the output that a session was asked for
├── SessionFailedError            a session ended without the output that it was asked for
├── BudgetExceededError           a session could cost more than its budget has left
├── DryRun                        a write was planned instead of sent
├── PaginationError               a list's cursors make no sense
├── FileError                     a file of this machine cannot be used       (also OSError)
│   └── ExportError                 ... that is one of an export
├── LedgerError                   a ledger of a fan-out cannot be used, or is of another job
├── FanOutError                   items of a fan-out failed                   (an ExceptionGroup)
└── APIStatusError                the server said no
    ├── BadRequestError           400
    ├── AuthenticationError       401
    ├── PermissionDeniedError     403
    ├── NotFoundError             404
    ├── ConflictError             409
    ├── ValidationFailedError     422
    ├── RateLimitedError          429
    └── ServerError               5xx

Each error tells by `outcome` what became of the request: "not_sent", "rejected" (the server did not
do it) or "unknown". The order of the checks that a caller writes therefore does not matter.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self, TypedDict, TypeVar, Unpack

__all__ = [
    "APIStatusError",
    "AuthenticationError",
    "BadRequestError",
    "BudgetExceededError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "DevinError",
    "DryRun",
    "ExportError",
    "FanOutError",
    "FileError",
    "InvalidArgumentError",
    "LedgerError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PaginationError",
    "PermissionDeniedError",
    "RateLimitedError",
    "RequestOutcome",
    "RequestTimeoutError",
    "ResponseDecodeError",
    "ResponseTooLargeError",
    "ServerError",
    "ServerOutcomeUnknownError",
    "SessionFailedError",
    "StructuredOutputError",
    "UnexpectedArgumentError",
    "ValidationFailedError",
    "WaitTimeoutError",
]

E = TypeVar("E", bound="DevinError")
X = TypeVar("X", bound=BaseException)

RequestOutcome = Literal["not_sent", "rejected", "unknown"]


class ErrorContext(TypedDict, total=False):
    """What every error of the tree can carry; see `DevinError`."""

    outcome: RequestOutcome | None
    status: int | None
    method: str | None
    path: str | None
    request_id: str | None
    hint: str
    hint_kind: str


class DevinError(Exception):
    """Base of every error of this package.

    Attributes:
        message: What happened, in one line, without secrets.
        outcome: "not_sent", "rejected" or "unknown".
        status: HTTP status of the answer, None without one.
        method: HTTP method of the request, None without one.
        path: Path of the request, without its query.
        request_id: The server's id of the request, for its support.
        hint: What to do about it, one sentence or empty, for those who write Python.
        hint_kind: What the hint is about, such as "no_key", where it names arguments of ours: what
            is no Python, such as the command line, gives advice of its own by it. Else empty.
        checkpoint: Where an iteration that failed here can be resumed (`after=`), else None.
        after_write: The worker of a fan-out that raised it may have written something before.
        outcomes: What items of a fan-out had ended when this ended its `collect()`.
    """

    message: str
    outcome: RequestOutcome = "not_sent"
    checkpoint: Mapping[str, Any] | None = None
    after_write: bool = False
    outcomes: Sequence[Any] = ()

    def __init__(
        self,
        message: str,
        *,
        outcome: RequestOutcome | None = None,
        status: int | None = None,
        method: str | None = None,
        path: str | None = None,
        request_id: str | None = None,
        hint: str = "",
        hint_kind: str = "",
    ) -> None:
        super().__init__(message)
        # Written past the attribute: that of an ExceptionGroup is read-only, and has it already.
        self.__dict__["message"] = message
        self.status = status
        self.method = method
        self.path = path
        self.request_id = request_id
        self.hint = hint
        self.hint_kind = hint_kind
        if outcome is not None:
            self.outcome = outcome

    def __str__(self) -> str:
        return self.with_hint(self.hint)

    def with_hint(self, hint: str) -> str:
        """Return the text of this error with another *hint*, or with none if it is empty."""
        where = f"{self.method} {self.path}" if self.method else ""
        call = f"{where} answered {self.status}" if where and self.status else where
        text = f"{call}: {self.message}" if call else self.message
        if self.request_id:
            text += f" (request id {self.request_id})"
        return f"{text.rstrip('.')}. {hint}" if hint else text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r}, outcome={self.outcome!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # The keyword-only constructor cannot be called by pickle, so state is put back instead.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(error_type: type[X], args: tuple[Any, ...], state: dict[str, Any]) -> X:
    error = error_type.__new__(error_type, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(DevinError):
    """The client cannot be used as it is set up."""


class InvalidArgumentError(DevinError, ValueError):
    """An argument is outside what is allowed; nothing was sent.

    Attributes:
        argument: Name of the argument, with which the message begins; None if it begins otherwise.
    """

    def __init__(
        self, message: str, *, argument: str | None = None, **context: Unpack[ErrorContext]
    ) -> None:
        super().__init__(message if argument is None else f"{argument} {message}", **context)
        self.argument = argument

    def renamed(self, argument: str) -> Self:
        """Return this error of an argument that the caller has under another name."""
        if self.argument is None:
            return self
        message = f"{argument}{self.message.removeprefix(self.argument)}"
        state = self.__dict__ | {"message": message, "argument": argument}
        return _restore(type(self), (message,), state)


class UnexpectedArgumentError(InvalidArgumentError, TypeError):
    """A keyword is none that the method takes, or one that it needs is missing."""


class ConnectionFailedError(DevinError, ConnectionError):
    """No connection could be made, or it broke before the answer was complete."""


class RequestTimeoutError(DevinError, TimeoutError):
    """No answer came within the attempt's timeout or the call's deadline."""


class WaitTimeoutError(DevinError, TimeoutError):
    """What was waited for did not happen in time.

    Attributes:
        session: The session as it was read last, None if it never was.
        settled: With `wait_all`, the sessions that had settled.
        waiting: With `wait_all`, the others as they were read last.
    """

    def __init__(
        self,
        message: str,
        *,
        session: Any = None,
        settled: Sequence[Any] = (),
        waiting: Sequence[Any] = (),
        **context: Unpack[ErrorContext],
    ) -> None:
        super().__init__(message, **context)
        self.session = session
        self.settled = settled
        self.waiting = waiting


class OutcomeUnknownError(DevinError):
    """A write was sent and may or may not have been done: look before repeating it."""

    outcome: RequestOutcome = "unknown"


class ResponseDecodeError(DevinError):
    """The answer is not JSON, or not of the promised shape.

    Attributes:
        json_path: Where the first fault is, such as `$.items[3].created_at`.
    """

    outcome: RequestOutcome = "unknown"

    def __init__(
        self, message: str, *, json_path: str = "$", **context: Unpack[ErrorContext]
    ) -> None:
        super().__init__(message, **context)
        self.json_path = json_path


class ResponseTooLargeError(ResponseDecodeError):
    """The answer is larger, or nested deeper, than the client's limits allow."""


class StructuredOutputError(ResponseDecodeError):
    """The structured output of a session does not fit the class that was asked for.

    Attributes:
        session: The session.
        value: The output as it came.
    """

    outcome: RequestOutcome = "rejected"

    def __init__(
        self,
        message: str,
        *,
        session: Any = None,
        value: Any = None,
        json_path: str = "$",
        **context: Unpack[ErrorContext],
    ) -> None:
        super().__init__(message, json_path=json_path, **context)
        self.session = session
        self.value = value


class SessionFailedError(DevinError):
    """A session ended, or waits for somebody, without the output that it was asked for.

    Attributes:
        session: The session as it was read last; its `status` and `status_detail` say why.
    """

    outcome: RequestOutcome = "rejected"

    def __init__(
        self, message: str, *, session: Any = None, **context: Unpack[ErrorContext]
    ) -> None:
        super().__init__(message, **context)
        self.session = session


class BudgetExceededError(DevinError):
    """A session could cost more ACUs than its budget has left; nothing was sent."""


class DryRun(DevinError):  # noqa: N818 - no error but the end of a rehearsal
    """A write was planned instead of sent, as `dry_run=True` asks.

    Attributes:
        request: The request that would have been sent, with secret values masked.
    """

    def __init__(
        self, message: str, *, request: Any = None, **context: Unpack[ErrorContext]
    ) -> None:
        super().__init__(message, **context)
        self.request = request


class PaginationError(DevinError):
    """A list's cursor is missing or does not move, so going on would never end."""

    outcome: RequestOutcome = "rejected"


class FileError(DevinError, OSError):
    """A file of this machine cannot be read or written, as on a full disk; nothing half is left."""


class ExportError(FileError):
    """A file of an export cannot be read, written or trusted; what was committed stays."""


class LedgerError(DevinError):
    """A ledger of a fan-out cannot be used, or belongs to another job; what it holds stays."""


class FanOutError(DevinError, ExceptionGroup[Exception]):  # pyright: ignore[reportIncompatibleVariableOverride]
    """One or more items of a fan-out failed.

    Attributes:
        exceptions: The errors, one for each failed item.
        outcomes: The good outcomes that the caller has not seen: those that were complete but not
            yet handed over and, with `collect()`, all of them.
        cancelled: The items that were running and were cancelled; what they did is unknown.
    """

    outcome: RequestOutcome = "unknown"

    def __new__(
        cls,
        message: str,
        exceptions: Sequence[Exception],
        *,
        outcomes: Sequence[Any] = (),  # noqa: ARG004 - `__init__` takes them
        cancelled: Sequence[Any] = (),  # noqa: ARG004
    ) -> Self:
        """Make the group; ExceptionGroup wants its two arguments here."""
        return super().__new__(cls, message, exceptions)

    def __init__(
        self,
        message: str,
        exceptions: Sequence[Exception],
        *,
        outcomes: Sequence[Any] = (),
        cancelled: Sequence[Any] = (),
    ) -> None:
        super().__init__(message)
        self.args = (message, list(exceptions))
        self.outcomes = outcomes
        self.cancelled = cancelled

    def __str__(self) -> str:
        count = len(self.exceptions)
        return f"{self.message} ({count} {'error' if count == 1 else 'errors'})"

    def derive(self, excs: Sequence[Exception], /) -> "FanOutError":  # type: ignore[override]
        """Make the group that `split` and `except*` ask for, with the same extras."""
        return FanOutError(self.message, excs, outcomes=self.outcomes, cancelled=self.cancelled)


class APIStatusError(DevinError):
    """The server answered with an error status.

    Attributes:
        error_code: The server's own code, such as "user_frozen", else None.
        errors: One `(location, message)` for each fault that the server named, values left out.
        retry_after: Seconds that the server asked to wait, else None.
    """

    outcome: RequestOutcome = "rejected"

    def __init__(
        self,
        message: str,
        *,
        error_code: str | None = None,
        errors: Sequence[tuple[str, str]] = (),
        retry_after: float | None = None,
        **context: Unpack[ErrorContext],
    ) -> None:
        super().__init__(message, **context)
        self.error_code = error_code
        self.errors = errors
        self.retry_after = retry_after


class BadRequestError(APIStatusError):
    """400: the server could not use the request."""


class AuthenticationError(APIStatusError):
    """401: the key is missing, wrong or expired."""


class PermissionDeniedError(APIStatusError):
    """403: the permission is missing, or the organization is unknown or not yours."""


class NotFoundError(APIStatusError):
    """404: there is no such thing, or it is not visible."""


class ConflictError(APIStatusError):
    """409: the state of the thing does not allow it."""


class ValidationFailedError(APIStatusError):
    """422: parameters or body are not valid."""


class RateLimitedError(APIStatusError):
    """429: too many requests, and the deadline does not allow to wait."""


class ServerError(APIStatusError):
    """5xx: the server or something before it failed."""


class ServerOutcomeUnknownError(ServerError, OutcomeUnknownError):
    """5xx in answer to a write: it may or may not have been done."""

    outcome: RequestOutcome = "unknown"


_BY_STATUS: Mapping[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: ValidationFailedError,
    429: RateLimitedError,
}
_FIRST_SERVER_ERROR = 500


def status_error_type(status: int, *, is_write: bool) -> type[APIStatusError]:
    """Tell which class stands for an error *status* in answer to a read or to a write."""
    if status >= _FIRST_SERVER_ERROR:
        return ServerOutcomeUnknownError if is_write else ServerError
    return _BY_STATUS.get(status, APIStatusError)


def with_checkpoint(error: E, checkpoint: Mapping[str, Any]) -> E:
    """Note on *error* where the iteration that it ends can be resumed."""
    error.checkpoint = checkpoint
    return error
