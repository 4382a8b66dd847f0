"""How a command that waits is run: in an event loop, to its end or to a signal."""

import asyncio
import logging
from collections.abc import Awaitable

from devin_async.base.signals import shutdown
from devin_async.cli.output import Output

__all__ = ["run_async"]

logger = logging.getLogger("devin_async")


def run_async(work: Awaitable[int | None], output: Output) -> int | None:
    """Wait for *work* and give its exit code; what the client warns of is shown as a note.

    Raises:
        Terminated: A signal asked it to end.
        KeyboardInterrupt: Ctrl-C did.
    """
    notes = _LogNotes(output)
    logger.addHandler(notes)
    try:
        return asyncio.run(_until_signal(work))
    finally:
        logger.removeHandler(notes)


async def _until_signal(work: Awaitable[int | None]) -> int | None:
    with shutdown():
        return await work


class _LogNotes(logging.Handler):
    """Shows what the client warns of as a line about the work."""

    def __init__(self, output: Output) -> None:
        super().__init__(logging.WARNING)
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        """Show it."""
        if record.module != "fan_out":  # the command tells the same, and which option helps
            self._output.note(record.getMessage(), style="yellow")
