"""The `devin-async` command (extra `cli`)."""

import os
import sys

from devin_async._version import __version__, needs_extra

__all__ = ["main", "pipe_closed", "unwritable"]

_NEEDED = {"cyclopts", "rich", "platformdirs"}
_FAILED, _USAGE, _INTERRUPTED, _PIPE_CLOSED = 1, 2, 130, 141


def main() -> None:
    """Run the command line's command and exit with its code."""
    _hold_closed_streams()
    try:
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:  # while it was still loading: there is nothing to tell
        os._exit(_INTERRUPTED)
    sys.exit(_flush(code))


def _print(text: str) -> int:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        return _unwritten(error)
    return 0


def _flush(code: int) -> int:
    """Write what is left; Python would do so at exit, complain if it cannot, and exit with 120."""
    try:
        sys.stdout.flush()
    except OSError as error:
        if code:  # which has been told
            _discard(sys.stdout.fileno())
        else:
            code = _unwritten(error)
    try:
        sys.stderr.flush()
    except OSError:  # nobody reads it, which changes nothing of what was done
        _discard(sys.stderr.fileno())
    return code


def _unwritten(error: OSError) -> int:
    """Say that stdout could not be written, and return the code of that."""
    if isinstance(error, BrokenPipeError):
        return pipe_closed()
    _discard(sys.stdout.fileno())
    try:
        print(f"devin-async: {unwritable(error)}", file=sys.stderr)  # noqa: T201 - a program
    except OSError:
        return _FAILED
    return _FAILED


def unwritable(error: OSError) -> str:
    """Say why stdout cannot be written, such as that its disk is full."""
    return f"stdout cannot be written: {error.strerror or error}"


def pipe_closed() -> int:
    """Return the code of a command whose reader has what it wanted and has gone."""
    if sys.stdout is not None:
        _discard(sys.stdout.fileno())
    return _PIPE_CLOSED


def _discard(number: int) -> None:
    """Have what a stream still holds go nowhere, so that Python does not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def _run(words: list[str]) -> int:
    if words == ["--version"]:  # needs nothing of what is loaded below
        return _print(f"{__version__}\n")
    from devin_async.cli.static import static_answer  # noqa: PLC0415 - the version needs none

    if (answer := static_answer(words)) is not None:
        return _print(answer)
    try:
        # Here and not above, so that a missing extra is one line and not a traceback.
        from devin_async.cli.app import run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        print(needs_extra("devin-async", "cli"), file=sys.stderr)  # noqa: T201 - a program
        return _USAGE
    return run(words)


def _hold_closed_streams() -> None:
    """Take the numbers of streams that who started the command has closed.

    The next file or socket would get them, and what a library or Python itself writes to stderr
    would go into it. Without a stream, `print(file=sys.stderr)` writes to stdout.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            if name != "stdin":
                stream = open(number, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - held to the end
                setattr(sys, name, stream)
