"""What a worker of a fan-out may have written before it failed.

The error of a worker that starts a session, and is refused at its next call, says "refused". It is
true of that one call; the worker run again would start a second session.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["Writes", "begin_write", "plan_writes", "watch_writes"]


class Writes:
    """The writes of one worker that are done, or of which nobody knows.

    Attributes:
        are_planned: None of them is to be sent, whichever client makes it.
    """

    __slots__ = ("_around", "_count", "are_planned")

    def __init__(self, around: "Writes | None", *, are_planned: bool = False) -> None:
        self._around = around  # of the worker whose fan-out this one runs in
        self._count = 0
        self.are_planned: bool = are_planned or (around is not None and around.are_planned)

    def __bool__(self) -> bool:
        return self._count > 0

    def add(self, number: int) -> None:
        """Count a write that is begun (1), or that was certainly not done after all (-1)."""
        self._count += number
        if self._around is not None:
            self._around.add(number)


_watched: ContextVar[Writes | None] = ContextVar("devin_async_writes", default=None)


def watch_writes() -> Writes:
    """Count the writes of this task, and of those that it starts, from now on."""
    writes = Writes(_watched.get())
    _watched.set(writes)
    return writes


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
        writes.add(1)
    return writes
