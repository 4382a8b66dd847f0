"""Failures that pass: what long work lives through, and how long it waits in between."""

import logging
from collections.abc import Iterator

from devin_async.base.clock import Clock
from devin_async.errors import (
    ConnectionFailedError,
    DevinError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
)

__all__ = ["Outage", "is_passing", "pauses", "retry_after_of"]

logger = logging.getLogger("devin_async")

_FIRST_PAUSE = 2.0

_PASSING = (ConnectionFailedError, RateLimitedError, RequestTimeoutError, ServerError)


def is_passing(error: DevinError) -> bool:
    """Tell whether what failed so may well succeed the next time."""
    return isinstance(error, _PASSING)


class Outage:
    """Failures in a row of work that goes on for long, such as following a list.

    Args:
        clock: Tells the time, and sleeps.
        seconds: How long they may last.
        name: What is interrupted, for the log.
    """

    def __init__(self, clock: Clock, seconds: float, name: str) -> None:
        self._clock = clock
        self._seconds = seconds
        self._name = name
        self._began: float | None = None
        self._pauses = pauses(_FIRST_PAUSE)

    def end(self) -> None:
        """Note that the work goes on."""
        if self._began is not None:
            self._began = None
            self._pauses = pauses(_FIRST_PAUSE)

    async def live_through(self, error: Exception) -> None:
        """Wait before the next try, longer each time.

        Raises:
            Exception: *error*, when it is one of ours that will not pass, or has lasted too long.
        """
        now = self._clock.monotonic()
        if self._began is None:
            self._began = now
        will_stay = isinstance(error, DevinError) and not is_passing(error)
        left = self._began + self._seconds - now
        if will_stay or left <= 0 or retry_after_of(error) > left:
            raise error
        longest = next(self._pauses)
        # Half of it to all of it, so that many that wait do not come back at one moment.
        pause = max(longest / 2 + self._clock.jitter(longest / 2), retry_after_of(error))
        logger.warning("%s is interrupted; next try in %.1f s: %s", self._name, pause, error)
        await self._clock.sleep(pause)


def retry_after_of(error: Exception | None) -> float:
    """Return the seconds for which the server wants to be left alone; 0 without."""
    return (error.retry_after or 0.0) if isinstance(error, RateLimitedError) else 0.0


def pauses(first: float, *, growth: float = 2, longest: float = 60) -> Iterator[float]:
    """Return the seconds to wait: *first*, then each time more, up to *longest* or to *first*."""
    import backoff  # noqa: PLC0415 - loaded with the first wait

    waits = backoff.expo(base=growth, factor=first, max_value=max(first, longest))
    next(waits)  # backoff's generators begin with an empty step
    return waits
