"""What a command that goes wrong says, in one line, and the code that it exits with."""

from collections.abc import Sequence
from enum import IntEnum

from devin_async.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectionFailedError,
    DevinError,
    FanOutError,
    InvalidArgumentError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
)

__all__ = ["CredentialsError", "ExitCode", "UsageError", "exit_code", "exit_code_of_all", "message"]


class ExitCode(IntEnum):
    """What the exit codes mean, for scripts.

    UNAVAILABLE means that the same command may be given again later. A write whose outcome is
    unknown is FAILED therefore: to repeat it blindly could do it twice.
    """

    DONE = 0
    FAILED = 1  # also in part
    USAGE = 2
    DENIED = 3  # credentials or permission
    UNAVAILABLE = 4  # rate limited or down
    INTERRUPTED = 130  # 128 + SIGINT, as shells count
    PIPE_CLOSED = 141  # 128 + SIGPIPE


class UsageError(Exception):
    """What was typed cannot be meant."""


class CredentialsError(Exception):
    """There is no key that could be used."""


# What the arguments that a command hands on are called where somebody types them.
_TYPED_AS = {
    "created_after": "--since",
    "created_before": "--until",
    "folder": "PATH",
    "method": "METHOD",
    "once": "--once",
    "org_id": "--org",
    "path": "PATH",
    "session_id": "SESSION_ID",
    "session_ids": "SESSION_ID",
    "since": "--since",
    "tags": "--tag",
    "time_after": "--since",
    "time_before": "--until",
}

# What messages advise those who write Python, and what takes its place on the command line.
_SAID_AS = (
    (", or pass api_key=", ""),
    ("give the key as api_key= instead", "the key belongs in DEVIN_API_KEY"),
    (", or pass allow_http=True if the network between is yours", ""),
    ("with its query in params=", "with its query as --param"),
    ("or another run=.", "or another --run."),
    ("once= travels as the tag", "--once travels as the tag"),
    ("or leave once= out", "or leave --once out"),
    (" Raise attempt_timeout= or deadline= if it may take longer.", ""),
)

_CODES: tuple[tuple[tuple[type[Exception], ...], ExitCode], ...] = (
    ((UsageError, InvalidArgumentError, ConfigurationError), ExitCode.USAGE),
    ((CredentialsError, AuthenticationError, PermissionDeniedError), ExitCode.DENIED),
    ((OutcomeUnknownError,), ExitCode.FAILED),  # before ServerError: some are both
    (
        (RateLimitedError, ServerError, ConnectionFailedError, RequestTimeoutError),
        ExitCode.UNAVAILABLE,
    ),
)


def exit_code(error: Exception) -> ExitCode:
    """Tell what a command that *error* ended exits with."""
    if isinstance(error, FanOutError):
        codes = set(map(exit_code, error.exceptions))
        return codes.pop() if len(codes) == 1 else ExitCode.FAILED
    return next((code for types, code in _CODES if isinstance(error, types)), ExitCode.FAILED)


def exit_code_of_all(errors: Sequence[Exception], *, done: int) -> ExitCode:
    """Tell what a command exits with that did *done* things and failed at others."""
    if not errors:
        return ExitCode.DONE
    return ExitCode.FAILED if done else exit_code(FanOutError("", errors))


def message(error: Exception) -> str:
    """Say in one line what went wrong and, where that is known, what to do."""
    if isinstance(error, FanOutError):
        return f"{error}: {message(error.exceptions[0])}"
    if isinstance(error, CredentialsError):
        return f"{_as_typed(str(error))}; `devin-async demo` needs no key"
    if isinstance(error, DevinError):
        return _as_typed(str(error))
    if isinstance(error, UsageError | OSError):
        return str(error)
    kind = type(error).__name__
    return f"internal error, {kind}: {error}. Repeat it with --debug and report the traceback"


def _as_typed(text: str) -> str:
    """Name an argument by what was typed for it, and advise what can be typed."""
    name, space, rest = text.partition(" ")
    text = f"{_TYPED_AS.get(name, name)}{space}{rest}"
    for written, said in _SAID_AS:
        text = text.replace(written, said)
    return text
