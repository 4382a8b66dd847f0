"""Time of the sandbox: real, sped up, or moved by hand."""

import math
import time
from typing import Protocol

DEFAULT_MANUAL_START = 1_767_225_600.0  # 2026-01-01T00:00:00Z, so that runs repeat exactly


class Clock(Protocol):
    """Tell the time as unix seconds."""

    def now(self) -> float:
        """Return the current time in unix seconds."""
        ...


class WallClock:
    """Follow real time, from the moment of construction at *speed* times its pace.

    Args:
        speed: Sandbox seconds per real second.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if not 0 < speed < math.inf:
            raise ValueError(f"speed is {speed!r}; allowed: a number above 0")
        self._speed = speed
        self._start = time.time()
        self._monotonic_start = time.monotonic()

    def now(self) -> float:
        """Return the current time in unix seconds."""
        return self._start + (time.monotonic() - self._monotonic_start) * self._speed


class ManualClock:
    """Stand still until told to move.

    Args:
        start: The first time it tells, in unix seconds.
    """

    def __init__(self, start: float = DEFAULT_MANUAL_START) -> None:
        self._now = float(start)

    def now(self) -> float:
        """Return the current time in unix seconds."""
        return self._now

    def advance(self, seconds: float) -> float:
        """Move forward by *seconds* and return the new time in unix seconds."""
        if seconds < 0:
            raise ValueError("a clock never runs backwards: seconds must be 0 or more")
        self._now += seconds
        return self._now
