"""How long an attempt may take: one timer for all of them, since hardly any is ever late.

With a timer for each, as aiohttp and asyncio make them, a small call takes a fifteenth longer.
"""

import asyncio
import math
from types import TracebackType
from typing import Any

__all__ = ["TimeLimit", "TimeLimits"]


class TimeLimits:
    """The limits that run in an event loop.

    Attributes:
        loop: The event loop.
        running: The limits.
        wakes_at: When the timer looks which are over, by the time of the loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.running: set[TimeLimit] = set()
        self.wakes_at = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def wake_at(self, moment: float) -> None:
        """Look at *moment*, which is before all others."""
        self.stop()
        self.wakes_at = moment
        self._timer = self.loop.call_at(moment, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def end(self) -> None:
        """Let the time of all blocks be over."""
        self.stop()
        now = self.loop.time()
        for limit in self.running:
            limit.due = now
        if self.running:
            self.wake_at(now)  # by the timer, as one of them may be what calls this

    def _look(self) -> None:
        now, self.wakes_at = self.wakes_at, math.inf
        for limit in self.running:
            if limit.due <= now and not limit.is_over:
                limit.expire()
        if left := [limit.due for limit in self.running if not limit.is_over]:
            self.wake_at(min(left))


class TimeLimit:
    """A block that is cancelled when it takes longer than *seconds*, and raises TimeoutError then.

    It does to its task what `asyncio.timeout` does, so whoever else cancels that is obeyed.
    """

    __slots__ = ("_cancelling", "_limits", "_task", "due", "is_over")

    def __init__(self, limits: TimeLimits, seconds: float) -> None:
        self._limits = limits
        self.due = limits.loop.time() + seconds
        self.is_over = False

    def __enter__(self) -> None:
        limits = self._limits
        self._task: asyncio.Task[Any] | None = asyncio.current_task(limits.loop)
        assert self._task is not None  # noqa: S101 - coroutines of asyncio run in one
        self._cancelling = self._task.cancelling()
        limits.running.add(self)
        if self.due < limits.wakes_at:
            limits.wake_at(self.due)

    def expire(self) -> None:
        """Cancel what runs in the block."""
        self.is_over = True
        assert self._task is not None  # noqa: S101 - only what was entered runs
        self._task.cancel()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._limits.running.discard(self)
        if self.is_over:
            assert self._task is not None  # noqa: S101 - it was entered
            is_ours = self._task.uncancel() <= self._cancelling
            if is_ours and exc_type is asyncio.CancelledError:
                raise TimeoutError from exc
