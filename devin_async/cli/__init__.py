"""The `devin-async` command (extra `cli`)."""

import os
import sys

from devin_async._version import __version__, needs_extra

__all__ = ["main"]

_NEEDED = {"cyclopts", "rich", "platformdirs"}
_USAGE, _INTERRUPTED = 2, 130


def main() -> None:
    """Run the command line's command and exit with its code."""
    try:
        sys.exit(_run(sys.argv[1:]))
    except KeyboardInterrupt:  # while it was still loading: there is nothing to tell
        os._exit(_INTERRUPTED)


def _run(words: list[str]) -> int:
    if words == ["--version"]:  # needs nothing of what is loaded below
        print(__version__)  # noqa: T201 - a program
        return 0
    try:
        # Here and not above, so that a missing extra is one line and not a traceback.
        from devin_async.cli.app import run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        print(needs_extra("devin-async", "cli"), file=sys.stderr or open(os.devnull, "w"))  # noqa: PTH123, SIM115
        return _USAGE
    return run(words)
