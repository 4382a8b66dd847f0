"""Clocks that tests move, so that nothing is slept: of a client, and of the event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from devin_async.base.clock import Clock
from devin_async.sandbox import ManualClock

START = 1_767_225_600  # where the sandbox's clock stands
UNIX_START = 1_790_000_000.0


class FakeClock(Clock):
    """Time that passes only by sleeping, and then at once; what was slept is recorded.

    Args:
        world: The clock of a sandbox, whose time it then is.
        share: How much of its longest wait a jitter takes.
        stands: Whether sleeping takes no time at all: all that many tasks do is one moment.
    """

    def __init__(
        self, world: ManualClock | None = None, *, share: float = 1.0, still: bool = False
    ) -> None:
        self.world = ManualClock(1000.0) if world is None else world
        self.ahead = 0.0  # how wrong the wall clock is
        self.sleeps: list[float] = []
        self.on_sleep: Callable[[], Awaitable[None]] | None = None
        self._share, self._is_still = share, still
        self._unix = UNIX_START - 1000.0 if world is None else 0.0

    @property
    def now(self) -> float:
        return self.world.now()

    def monotonic(self) -> float:
        return self.world.now()

    def time(self) -> float:
        return self.world.now() + self._unix + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        if not self._is_still:
            self.world.advance(seconds)
        await asyncio.sleep(0)
        if self.on_sleep is not None:
            await self.on_sleep()

    def jitter(self, seconds: float) -> float:
        return seconds * self._share


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
        self.world.advance(seconds)
        for moment, event in self.sleepers:
            if moment <= self.now:
                event.set()
        for _ in range(10):
            await asyncio.sleep(0)


def advance_loop(seconds: float) -> None:
    """Move the time of the running loop on, for as long as it lives.

    What waits by the loop, as the timeouts of aiohttp and asyncio do, is over at once then, and
    real time decides nothing: such a timeout can be as long as it is for users.
    """
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]


def stop_loop() -> None:
    """Let the time of the running loop stand: what waits for some of it, waits forever."""
    loop = asyncio.get_running_loop()
    now = loop.time()
    loop.time = lambda: now  # type: ignore[method-assign]


class Outlasting(asyncio.Event):
    """Holds an answer, and moves the loop's time on by *seconds* once that is waited for.

    So a timeout of the caller is over after the request has arrived, however slow the machine is.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def wait(self) -> Literal[True]:
        advance_loop(self._seconds)
        return await super().wait()
