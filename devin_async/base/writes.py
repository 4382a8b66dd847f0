"""What a worker of a fan-out may have written before it failed.

The error of a worker that starts a session, and is refused at its next call, says "refused". It is
true of that one call; the worker run again would start a second session.
"""

from contextvars import ContextVar

__all__ = ["Writes", "begin_write", "watch_writes"]


class Writes:
    """The writes of one worker that are done, or of which nobody knows."""

    __slots__ = ("_around", "_count")

    def __init__(self, around: "Writes | None") -> None:
        self._around = around  # of the worker whose fan-out this one runs in
        self._count = 0

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


def begin_write() -> Writes | None:
    """Count a write that is about to be sent; gives where, for it to be taken back."""
    writes = _watched.get()
    if writes is not None:
        writes.add(1)
    return writes
