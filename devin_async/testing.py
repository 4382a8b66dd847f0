"""For your own tests: time that passes only when the clients of the test wait.

    with virtual_time() as clock:
        async with Sandbox(clock=clock) as sandbox, DevinClient(...) as devin:
            await devin.organization(org_id).sessions.wait(session_id, timeout=3600)  # at once

The fixtures of the pytest plugin do the same for a test.
"""

import asyncio
import heapq
import itertools
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

from devin_async.base import clock as clock_module
from devin_async.base.clock import Clock
from devin_async.errors import InvalidArgumentError

__all__ = ["VirtualClock", "virtual_time"]

# Who works looks at the clock: a client when it sends and when it is answered, a sandbox when it is
# asked. Between two looks lie fewer than ten rounds of the event loop.
_QUIET_ROUNDS = 30
# While a request is on its way, rounds say nothing: its server may be in another thread or process,
# and some event loops wait for no socket in a round. Then it is real time without a look.
_QUIET_SECONDS = 0.05
_ROUND_SECONDS = 0.001

_Sleeper = tuple[float, int, "asyncio.Future[None]"]


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
        self._lock = threading.Lock()  # several threads may have a loop that waits
        self._sleepers: dict[asyncio.AbstractEventLoop, list[_Sleeper]] = {}
        self._requests = 0
        self._quiet_rounds = 0
        self._looked_at = time.perf_counter()

    def now(self) -> float:
        """Return unix seconds, as the clock of a `Sandbox`."""
        self._quiet_rounds = 0
        self._looked_at = time.perf_counter()
        return self._now

    def time(self) -> float:
        """Return unix seconds."""
        return self.now()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self.now()

    def request_began(self) -> None:
        """Take that a request is on its way."""
        with self._lock:
            self._requests += 1

    def request_ended(self) -> None:
        """Take that a request was answered, or failed."""
        with self._lock:
            self._requests -= 1

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
        with self._lock:
            self._quiet_rounds = 0
            for ended in [one for one in self._sleepers if one.is_closed()]:
                del self._sleepers[ended]
            sleepers = self._sleepers.setdefault(loop, [])
            if not sleepers:
                loop.call_soon(self._next_round, loop)
            heapq.heappush(sleepers, (self._now + seconds, next(self._numbers), waking))
        await waking

    def _next_round(self, loop: asyncio.AbstractEventLoop) -> None:
        """Move the clock if nobody works, and wake who is due in *loop*."""
        with self._lock:
            sleepers = self._sleepers.get(loop, [])
            self._quiet_rounds += 1
            if sleepers and self._is_quiet():
                self._move_to_next()
            while sleepers and self._is_over(*sleepers[0]):
                heapq.heappop(sleepers)
                self._quiet_rounds = 0
            if not sleepers:
                self._sleepers.pop(loop, None)
            elif self._requests:
                loop.call_later(_ROUND_SECONDS, self._next_round, loop)
            else:
                loop.call_soon(self._next_round, loop)

    def _is_quiet(self) -> bool:
        if self._requests and time.perf_counter() - self._looked_at <= _QUIET_SECONDS:
            return False
        return self._quiet_rounds > _QUIET_ROUNDS  # a machine that stood still had none

    def _move_to_next(self) -> None:
        """Move to the first waking of all loops that run; one that is due there comes first."""
        running = [one for loop, one in self._sleepers.items() if loop.is_running()]
        self._now = max(self._now, min(sleepers[0][0] for sleepers in running))
        self._quiet_rounds = 0

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
