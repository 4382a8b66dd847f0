"""What time it is for the server, by the `Date` of its answers. Decisions only: no clock.

A `Date` is the second in which an answer was made (RFC 9110, 6.6.1), so each one bounds how far the
server's clock is from our monotonic one, from both sides. What is in all bounds is kept: it grows
narrower with each answer, and no step of this machine's wall clock moves it.
"""

from collections.abc import Mapping

from devin_async.protocol.answers import http_date

__all__ = ["NOTICED_SECONDS", "ServerTime"]

NOTICED_SECONDS = 5.0
_RESOLUTION = 1.0  # of a Date, which is rounded down
_WORTHWHILE = 0.01  # seconds; under load each answer narrows the bounds by less than it costs
# Years 2025 and 2100. Before the one there was no such API, and another is that of a clock that was
# never set, a proxy's perhaps: by it, a range up to now would hold nothing.
_FIRST, _LAST = 1_735_689_600.0, 4_102_444_800.0
_DRIFT = 500e-6  # seconds a second, which is how fast NTP lets a clock run at the most


class ServerTime:
    """How far the server's clock is ahead of the monotonic clock of this process.

    Attributes:
        offset: Seconds to add to the monotonic clock; None until an answer with a `Date` came.
    """

    __slots__ = ("_date", "_high", "_low", "_moment", "_text", "offset")

    def __init__(self) -> None:
        self.offset: float | None = None
        self._text = ""
        self._date: float | None = None
        self._low: float = 0.0
        self._high: float = 0.0
        self._moment = 0.0

    def is_news(self, headers: Mapping[str, str], sent_at: float) -> bool:
        """Tell whether an answer says enough more than those before; most in a second do not."""
        text = headers.get("Date")
        if text != self._text:
            return text is not None
        if self._date is None:
            return False
        return self._date + _RESOLUTION - sent_at < self._high - _WORTHWHILE

    def observe(
        self, headers: Mapping[str, str], sent_at: float, received_at: float, wall: float
    ) -> None:
        """Note an answer.

        Args:
            headers: Of the answer.
            sent_at: When its request was sent, on the monotonic clock.
            received_at: When it was there.
            wall: What this machine's wall clock said then; it counts if it is within the
                bounds of the first one.
        """
        text = headers.get("Date")
        if text is None or "Age" in headers:  # made then, not now: it comes from a cache
            return
        if text != self._text:  # parsed once a second, not once an answer
            self._text, self._date = text, _possible(http_date(text))
        if self._date is not None:
            self._narrow(self._date - received_at, self._date + _RESOLUTION - sent_at, received_at)
            before = wall - received_at if self.offset is None else self.offset
            is_possible = self._low <= before <= self._high
            self.offset = before if is_possible else (self._low + self._high) / 2

    def _narrow(self, low: float, high: float, now: float) -> None:
        drift = (now - self._moment) * _DRIFT
        self._moment = now
        if self.offset is not None:
            narrow_low, narrow_high = max(low, self._low - drift), min(high, self._high + drift)
            if narrow_low <= narrow_high:
                low, high = narrow_low, narrow_high
            # Else the server's clock was set, or another server answers: the last one counts.
        self._low, self._high = low, high


def _possible(date: float | None) -> float | None:
    return date if date is not None and _FIRST <= date < _LAST else None
