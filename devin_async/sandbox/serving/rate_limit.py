"""A token bucket that answers 429."""

import math
import time
from collections.abc import Callable

import attrs

from devin_async.sandbox.base.problems import Problem


@attrs.frozen(kw_only=True)
class RateLimit:
    """Say how many requests pass.

    Attributes:
        per_second: The rate at which the bucket fills, in requests per real second.
        burst: How many requests pass at once.
        retry_after: Whether a 429 carries *Retry-After*, in whole seconds rounded up.
        milliseconds: Whether a 429 carries *Retry-After-Ms*.
    """

    per_second: float = attrs.field(validator=attrs.validators.gt(0))
    burst: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    retry_after: bool = True
    milliseconds: bool = False


class RateLimiter:
    """Count requests against a limit, in real time whatever the sandbox's clock says.

    Args:
        limit: The limit, or None to let everything pass.
        monotonic: Tells the seconds.
    """

    def __init__(
        self, limit: RateLimit | None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = limit
        self._monotonic = monotonic
        self._level = float(limit.burst) if limit else 0.0
        self._filled_at = monotonic()

    def take(self) -> None:
        """Let one request pass.

        Raises:
            Problem: With 429, when the bucket is empty.
        """
        limit = self._limit
        if limit is None:
            return
        now = self._monotonic()
        gained = (now - self._filled_at) * limit.per_second
        self._level = min(float(limit.burst), self._level + gained)
        self._filled_at = now
        if self._level < 1:
            raise Problem(
                429,
                "Too many requests",
                headers=_hints(limit, (1 - self._level) / limit.per_second),
            )
        self._level -= 1


def _hints(limit: RateLimit, seconds: float) -> dict[str, str]:
    headers: dict[str, str] = {}
    if limit.retry_after:
        headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    if limit.milliseconds:
        headers["Retry-After-Ms"] = str(max(1, math.ceil(seconds * 1000)))
    return headers
