"""What all parts share: a quick clock, and a watch on what work leaves behind."""

import asyncio
import contextlib
import gc
import logging
import os
import sys
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from devin_async import DevinClient
from devin_async.base.clock import Clock
from devin_async.sandbox import ManualClock

__all__ = ["KEY", "QuickClock", "SharedClock", "Watch", "descriptors", "live_in", "memory"]

_SETTLE_SECONDS = 30.0
KEY = "cog_" + "k" * 24


def live_in(devin: DevinClient, clock: Clock) -> DevinClient:
    """Let the client wait by *clock*."""
    devin._pool.transport().lifetime.clock = clock  # noqa: SLF001
    return devin


class QuickClock(Clock):
    """Sleeping takes no time: it moves the clock of all tasks instead."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def monotonic(self) -> float:
        """Give seconds that never go back, and jump over what was slept."""
        return super().monotonic() + self._ahead

    def time(self) -> float:
        """Give unix seconds, ahead by what was slept."""
        return super().time() + self._ahead

    async def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self._ahead += seconds
        await asyncio.sleep(0)


class SharedClock(Clock):
    """The clock of a sandbox, which sleeping moves: client and server live in one time."""

    def __init__(self, world: ManualClock) -> None:
        self._world = world

    def monotonic(self) -> float:
        """Give the sandbox's seconds."""
        return self._world.now()

    def time(self) -> float:
        """Give the sandbox's seconds."""
        return self._world.now()

    async def sleep(self, seconds: float) -> None:
        """Move the clock of both."""
        self._world.advance(seconds)
        await asyncio.sleep(0)


class Watch:
    """Notes what goes wrong in the background of a block: warnings, error logs, lost exceptions.

    Attributes:
        seen: What it noted.
        tasks: How many tasks the block left behind.
        descriptors: How many more file descriptors are open than before.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.tasks = 0
        self.descriptors = 0

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._before = (asyncio.all_tasks(), descriptors())
        self._loop.set_exception_handler(lambda _, context: self.seen.append(repr(context)))
        self._warnings = warnings.catch_warnings(record=True)
        self._warned = self._warnings.__enter__()
        warnings.simplefilter("always")
        self._unraisable, sys.unraisablehook = sys.unraisablehook, self._note_unraisable
        self._handler = _Noting(self.seen)
        logging.getLogger().addHandler(self._handler)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._settle()
        logging.getLogger().removeHandler(self._handler)
        sys.unraisablehook = self._unraisable
        self.seen += [str(warning.message) for warning in self._warned or ()]
        self._warnings.__exit__(kind, error, traceback)
        self._loop.set_exception_handler(None)

    async def _settle(self) -> None:
        """Count what is left, once what is about to end has had the time to."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                while self._has_more():  # noqa: ASYNC110 - nobody sets an event for it
                    await asyncio.sleep(0.02)
        gc.collect()  # what nobody closed warns now
        self._count()

    def _has_more(self) -> bool:
        self._count()
        return self.tasks > 0 or self.descriptors > 0

    def _count(self) -> None:
        tasks, open_before = self._before
        self.tasks = len(asyncio.all_tasks() - tasks)
        self.descriptors = descriptors() - open_before

    def __getstate__(self) -> dict[str, Any]:
        """Keep only what it noted, when another process asks for it."""
        return {name: vars(self)[name] for name in ("seen", "tasks", "descriptors")}

    def _note_unraisable(self, unraisable: Any) -> None:
        self.seen.append(repr(unraisable))

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was noted, and nothing was left behind."""
        return not self.seen and self.tasks <= 0 and self.descriptors <= 0


class _Noting(logging.Handler):
    def __init__(self, seen: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        # What odd answers are meant to bring: drift, and waits as long as a Retry-After of years.
        text = self.format(record)
        if not (text.startswith("schema drift") or ", again in " in text or ": waits " in text):
            self._seen.append(text)


def descriptors() -> int:
    """Count the open file descriptors of this process."""
    return len([*Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd").iterdir()])


def memory() -> float:
    """Tell how much memory this process has now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
