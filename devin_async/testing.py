"""For your own tests: time that passes only when the clients of the test wait.

    with virtual_time() as clock:
        async with Sandbox(clock=clock) as sandbox, DevinClient(...) as devin:
            await devin.organization(org_id).sessions.wait(session_id, timeout=3600)  # at once

The fixtures of the pytest plugin do the same for a test.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Generator
from contextlib import contextmanager

from devin_async.base import clock as clock_module
from devin_async.base.clock import Clock
from devin_async.errors import InvalidArgumentError

__all__ = ["VirtualClock", "virtual_time"]

# Who works looks at the clock: a client when it sends and when it is answered, a sandbox when it is
# asked. Between two looks lie fewer than ten rounds of the event loop; what takes longer, such as a
# server elsewhere, just finds that time has passed meanwhile.
_QUIET_ROUNDS = 30


class VirtualClock(Clock):
    """Time that stands still, and jumps to the next waking when all that is left to do is wait.

    Retries, rate limits and polls then take no real time, and many that wait at once wait as
    long as the longest of them. What aiohttp waits for is real: a server that does not answer
    is given up after `attempt_timeout` real seconds.

    Args:
        start: The first time it tells, unix seconds; now when left out.
    """

    def __init__(self, start: float | None = None) -> None:
        self._now = time.time() if start is None else float(start)
        self._numbers = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._quiet_rounds = 0

    def now(self) -> float:
        """Give unix seconds, as the clock of a `Sandbox`."""
        self._quiet_rounds = 0
        return self._now

    def time(self) -> float:
        """Give unix seconds."""
        return self.now()

    def monotonic(self) -> float:
        """Give seconds that never go back."""
        return self.now()

    def jitter(self, seconds: float) -> float:
        """Wait the longest, so that runs repeat exactly."""
        return seconds

    def advance(self, seconds: float) -> None:
        """Move by *seconds*, as when the program was busy so long.

        Raises:
            InvalidArgumentError: They are below 0.
        """
        if seconds < 0:
            raise InvalidArgumentError(f"seconds is {seconds!r}; allowed: a number from 0")
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved by *seconds*."""
        loop = asyncio.get_running_loop()
        waking = loop.create_future()
        self._quiet_rounds = 0
        if not self._is_running_in(loop):
            self._sleepers.clear()  # they slept in a loop that has ended
            loop.call_soon(self._next_round, loop)
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._numbers), waking))
        await waking

    def _is_running_in(self, loop: asyncio.AbstractEventLoop) -> bool:
        return bool(self._sleepers) and self._sleepers[0][2].get_loop() is loop

    def _next_round(self, loop: asyncio.AbstractEventLoop) -> None:
        self._quiet_rounds += 1
        if self._quiet_rounds > _QUIET_ROUNDS:
            self._now = max(self._now, self._sleepers[0][0])
        while self._sleepers and self._is_over(*self._sleepers[0]):
            heapq.heappop(self._sleepers)
            self._quiet_rounds = 0
        if self._sleepers:
            loop.call_soon(self._next_round, loop)

    def _is_over(self, moment: float, _: int, waking: "asyncio.Future[None]") -> bool:
        """Wake who is due; tell whether nobody waits for that any more."""
        if moment <= self._now and not waking.done():
            waking.set_result(None)
        return waking.done()


@contextmanager
def virtual_time(start: float | None = None) -> Generator[VirtualClock]:
    """Have each client that is first used inside wait in virtual time, whoever makes it.

    Args:
        start: The first time it tells, unix seconds; now when left out.
    """
    clock = VirtualClock(start)
    before = clock_module.in_use
    clock_module.in_use = clock
    try:
        yield clock
    finally:
        clock_module.in_use = before
