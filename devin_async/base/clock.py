"""The clock that waits are made with, so that tests inject time instead of sleeping."""

import asyncio
import random
import time

__all__ = ["Clock", "clock_in_use"]


class Clock:
    """Real time; tests hand in one of their own."""

    def monotonic(self) -> float:
        """Return seconds that never go back: those of the event loop, where one runs.

        So a test that freezes the clocks of the module time does not stop waits and deadlines.
        """
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return time.monotonic()

    def time(self) -> float:
        """Return unix seconds."""
        return time.time()

    def server_time(self) -> float:
        """Return unix seconds by the server's clock; by this machine's until an answer told it."""
        return self.time()

    @property
    def has_server_time(self) -> bool:
        """Whether an answer told the server's time, or none ever will."""
        return True

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def request_began(self) -> None:
        """Take that a request is on its way; while one is, real time passes, too."""

    def request_ended(self) -> None:
        """Take that a request was answered, or failed."""

    def jitter(self, seconds: float) -> float:
        """Choose how long to wait at the most *seconds* (full jitter)."""
        return random.uniform(0, seconds)  # noqa: S311 - no secret depends on it


in_use = Clock()
"""What clients wait with; `devin_async.testing` puts another in its place."""


def clock_in_use() -> Clock:
    """Return the clock of a client that is opened now."""
    return in_use
