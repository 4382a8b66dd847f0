"""What a command that goes wrong prints, in one line, and the code that it exits with."""

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
    DENIED = 3  # credentials or permission, or a certificate that is not trusted
    UNAVAILABLE = 4  # rate limited or down
    HUNG_UP = 129  # 128 + SIGHUP, as shells count
    INTERRUPTED = 130  # 128 + SIGINT
    PIPE_CLOSED = 141  # 128 + SIGPIPE
    TERMINATED = 143  # 128 + SIGTERM


class UsageError(Exception):
    """What was typed or set cannot be meant."""


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

# What can be done on a command line, where an error's own hint is for those who write Python.
_ADVICE = {
    "no_key": "Set DEVIN_API_KEY (or DEVIN_SERVICE_USER_TOKEN), or choose a --profile; "
    "`devin-async demo` needs no key",
    "key_in_url": "The key belongs in DEVIN_API_KEY",
    "insecure_url": "Use https://",
    "query_in_path": "The query belongs in --param",
    "another_run": "Give the organizations that it was begun with, or another --run",
    "once_tag": "--once travels as a tag, once:KEY: have the organization allow it, or leave "
    "--once out. Nothing was started",
    "take_longer": "",
}

_CODES: tuple[tuple[tuple[type[Exception], ...], ExitCode], ...] = (
    ((UsageError, InvalidArgumentError, ConfigurationError), ExitCode.USAGE),
    ((CredentialsError, AuthenticationError, PermissionDeniedError), ExitCode.DENIED),
    ((OutcomeUnknownError,), ExitCode.FAILED),  # before ServerError: some are both
    (
        (RateLimitedError, ServerError, ConnectionFailedError, RequestTimeoutError),
        ExitCode.UNAVAILABLE,
    ),
)

# Each lasts until somebody changes what is set.
_DENIED_KINDS = frozenset({"no_key", "bad_key", "certificate"})


def exit_code(error: Exception) -> ExitCode:
    """Tell what a command that *error* ended exits with."""
    if isinstance(error, FanOutError):
        codes = set(map(exit_code, error.exceptions))
        return codes.pop() if len(codes) == 1 else ExitCode.FAILED
    if isinstance(error, DevinError) and error.hint_kind in _DENIED_KINDS:
        return ExitCode.DENIED
    return next((code for types, code in _CODES if isinstance(error, types)), ExitCode.FAILED)


def exit_code_of_all(errors: Sequence[Exception], *, done: int) -> ExitCode:
    """Tell what a command exits with that did *done* things and failed at others."""
    if not errors:
        return ExitCode.DONE
    return ExitCode.FAILED if done else exit_code(FanOutError("", errors))


def message(error: Exception) -> str:
    """Say in one line what went wrong and, where that is clear, what to do."""
    if isinstance(error, FanOutError):
        return f"{error}: {message(error.exceptions[0])}"
    if isinstance(error, InvalidArgumentError) and error.argument in _TYPED_AS:
        error = error.renamed(_TYPED_AS[error.argument])
    if isinstance(error, DevinError):
        return error.with_hint(_ADVICE.get(error.hint_kind, error.hint))
    if isinstance(error, UsageError | CredentialsError | OSError):
        return str(error)
    kind = type(error).__name__
    return f"internal error, {kind}: {error}. Repeat it with --debug and report the traceback"
