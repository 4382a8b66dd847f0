"""Tries of a client, by key: one at a time, and known for a while after they may have been done."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from msgspec import Struct

from devin_async.base.clock import Clock
from devin_async.errors import DevinError

__all__ = ["Tries", "Trying"]

T = TypeVar("T")


class Tries:
    """What the tasks of a client tell each other about what they try."""

    def __init__(self) -> None:
        self._locks = WeakValueDictionary[str, asyncio.Lock]()
        self._fresh_until: dict[str, float] = {}

    def of(self, key: str, clock: Clock) -> "Trying":
        """Return the tries of one key."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        return Trying(key, clock, lock, self._fresh_until)


class Trying(Struct, frozen=True):
    """The tries of one key; while *lock* is held nobody else of the client tries it."""

    key: str
    clock: Clock
    lock: asyncio.Lock
    fresh_until: dict[str, float]

    @property
    def is_fresh(self) -> bool:
        """Tell whether a try may have been done so lately that lists may not show it."""
        return self.fresh_until.get(self.key, float("-inf")) > self.clock.monotonic()

    async def send(self, send: Callable[[], Awaitable[T]], settle: float) -> T:
        """Try, and remember it for *settle* seconds unless it was certainly not done."""
        certainly_not = False
        try:
            return await send()
        except DevinError as error:
            certainly_not = error.outcome != "unknown"
            raise
        finally:
            if not certainly_not:
                self._remember(settle)

    def _remember(self, settle: float) -> None:
        now = self.clock.monotonic()
        self.fresh_until.pop(self.key, None)
        self.fresh_until[self.key] = now + settle
        # The oldest stand first; dropping those that are over keeps a long job's memory small.
        while self.fresh_until[oldest := next(iter(self.fresh_until))] < now:
            del self.fresh_until[oldest]
