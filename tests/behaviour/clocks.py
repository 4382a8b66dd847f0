"""Clocks that tests move, so that nothing is slept."""

import asyncio
from collections.abc import Awaitable, Callable

from devin_async.clock import Clock

UNIX_START = 1_790_000_000.0


class FakeClock(Clock):
    """Sleeping records and advances at once; jitter takes the longest wait."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []
        self.on_sleep: Callable[[], Awaitable[None]] | None = None

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return UNIX_START + self.now - 1000.0

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)
        if self.on_sleep is not None:
            await self.on_sleep()

    def jitter(self, seconds: float) -> float:
        return seconds


class FrozenClock(FakeClock):
    """Sleeping takes no time at all: all that many tasks do falls into one moment."""

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        await asyncio.sleep(0)


class SteppedClock(FakeClock):
    """Sleepers wake only when the test moves the time."""

    def __init__(self) -> None:
        super().__init__()
        self.sleepers: list[tuple[float, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        self.sleeps.append(seconds)
        sleeper = (self.now + seconds, asyncio.Event())
        self.sleepers.append(sleeper)
        try:
            await sleeper[1].wait()
        finally:
            self.sleepers.remove(sleeper)

    async def advance(self, seconds: float) -> None:
        """Move the time, wake who is due, and let them run."""
        self.now += seconds
        for moment, event in self.sleepers:
            if moment <= self.now:
                event.set()
        for _ in range(10):
            await asyncio.sleep(0)
