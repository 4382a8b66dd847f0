"""The `devin-async` command (extra `cli`)."""

import sys

from devin_async._version import needs_extra

__all__ = ["main"]

_NEEDED = {"cyclopts", "rich"}
_USAGE = 2


def main() -> None:
    """Run the command line's command and exit with its code."""
    try:
        # Here and not above, so that a missing extra is one line and not a traceback.
        from devin_async.cli.app import run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        print(needs_extra("devin-async", "cli"), file=sys.stderr)  # noqa: T201 - a program
        sys.exit(_USAGE)
    sys.exit(run(sys.argv[1:]))
