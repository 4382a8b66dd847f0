"""Time as the sandbox and the client of a test share it."""

from devin_async.clock import Clock
from devin_async.sandbox import ManualClock

START = 1_767_225_600  # where the sandbox's clock stands


class WorldClock(Clock):
    """The sandbox's time; sleeping moves it, and so takes none."""

    def __init__(self, clock: ManualClock) -> None:
        self.world = clock
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.world.now()

    def time(self) -> float:
        return self.world.now()

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.world.advance(seconds)

    def jitter(self, seconds: float) -> float:
        return seconds


async def read_into(seen: list, items) -> None:
    """Read items one by one, so that those before a failure are seen."""
    async for item in items:
        seen.append(item)  # noqa: PERF401
