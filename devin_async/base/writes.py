"""What a worker of a fan-out may have written before it failed, or was stopped.

The error of a worker that starts a session, and is refused at its next call, says "refused". It is
true of that one call; the worker run again would start a second session.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = [
    "NothingWrittenError",
    "Writes",
    "begin_write",
    "plan_writes",
    "watch_writes",
    "watched_writes",
]


class NothingWrittenError(asyncio.CancelledError):
    """A worker was stopped before it was called, or while a call waited and nothing was written."""


class Writes:
    """The writes of one worker that are done, under way, or of which nobody knows.

    Attributes:
        are_planned: None of them is to be sent, whichever client makes it.
        is_stopped: The worker was stopped before it had written anything, and writes nothing more.
    """

    # As all begin; set here, not for each item.
    _count: int = 0
    _refused: int = 0  # of the count, those that wait after each of their attempts was refused
    _waits: int = 0
    _cancel: Callable[[], object] | None = None
    _is_stopped: bool = False

    def __init__(self, around: "Writes | None", *, are_planned: bool = False) -> None:
        self._around = around  # of the worker whose fan-out this one runs in
        self.are_planned: bool = are_planned or (around is not None and around.are_planned)

    def __bool__(self) -> bool:
        return self._count > 0

    @property
    def is_stopped(self) -> bool:
        """Tell whether this worker, or the one around it, was stopped."""
        return self._is_stopped or (self._around is not None and self._around.is_stopped)

    def add(self, number: int) -> None:
        """Count a write that is begun (1), or that was certainly not done after all (-1)."""
        self._count += number
        if self._around is not None:
            self._around.add(number)

    def stop(self, cancel: Callable[[], object]) -> None:
        """Cancel the worker, once, as soon as it has written nothing and one of its calls waits."""
        self._cancel = cancel
        if self._waits and self._count == self._refused and not self._is_stopped:
            self._is_stopped = True
            cancel()

    @contextmanager
    def waiting(self, own: int) -> Generator[None]:
        """Wait inside for another attempt of a call.

        Args:
            own: 1 for a write of which each attempt was refused, so that none is under way; else 0.

        Raises:
            CancelledError: The worker was stopped meanwhile.
        """
        self._change_waits(1, own)
        try:
            yield
        finally:
            self._change_waits(-1, -own)
            if self.is_stopped:
                self.add(-own)
                raise asyncio.CancelledError  # a task that nobody has cancelled, too

    def _change_waits(self, number: int, refused: int) -> None:
        self._waits += number
        self._refused += refused
        if self._cancel is not None:
            self.stop(self._cancel)
        if self._around is not None:
            self._around._change_waits(number, refused)  # noqa: SLF001 - its own kind

    def check(self) -> None:
        """Send nothing more for a worker that was stopped.

        Raises:
            CancelledError: It was.
        """
        if self.is_stopped:
            raise asyncio.CancelledError


_watched: ContextVar[Writes | None] = ContextVar("devin_async_writes", default=None)


def watch_writes() -> Writes:
    """Count the writes of this task, and of those that it starts, from now on."""
    writes = Writes(_watched.get())
    _watched.set(writes)
    return writes


def watched_writes() -> Writes | None:
    """Return where the writes of this task are counted."""
    return _watched.get()


@contextmanager
def plan_writes() -> Generator[None]:
    """Let no write of this task, or of those that it starts, be sent as long as a block runs."""
    token = _watched.set(Writes(_watched.get(), are_planned=True))
    try:
        yield
    finally:
        _watched.reset(token)


def begin_write() -> Writes | None:
    """Count a write that is about to be sent; gives where, for it to be taken back.

    One that is only planned is not sent, as `are_planned` of what it gives says.
    """
    writes = _watched.get()
    if writes is not None and not writes.are_planned:
        writes.check()
        writes.add(1)
    return writes
