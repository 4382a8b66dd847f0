"""What a command that goes wrong says, in one line, and the code that it exits with."""

from collections.abc import Sequence
from enum import IntEnum

from devin_async.config import KEY_VARIABLES
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
        return f"{error}. Set {KEY_VARIABLES[0]}, or try `devin-async demo`, which needs no key"
    if isinstance(error, DevinError | UsageError | OSError):
        return str(error)
    kind = type(error).__name__
    return f"internal error, {kind}: {error}. Repeat it with --debug and report the traceback"
