"""How fast a client may send, and how much it may repeat. Decisions only: no clock, no waiting.

The pacer follows additive increase, multiplicative decrease, as TCP does (RFC 5681): it is off
until the first 429, then it halves what went through last, doubles each second until the next 429
(slow start), and from there on climbs by 1 a second, which is held between 2 % and 5 %, and falls
by a fifth at each 429.
"""

import math
from bisect import bisect_left, insort
from collections import deque

__all__ = ["Pacer", "RetryBudget"]

_FIRST_DECREASE = 0.5
_DECREASE = 0.8
_LEAST_INCREASE = 0.02
_MOST_INCREASE = 0.05
_SLOWEST = 0.2
_HOLD = 0.5  # seconds
_OBSERVED_SECONDS = 1.0
_CLOSE = 1e-6
_LN2 = math.log(2)


class Pacer:
    """The sending rate of one client, shared by all of its tasks, in requests per second.

    Who wants to send takes a ticket, and may send when the rate, summed up over time, has come to
    its number. No ticket is bound to a moment, so those who wait gain and lose with the rate.
    """

    __slots__ = (
        "_blocked_until",
        "_decreased_at",
        "_given_back",
        "_last_ticket",
        "_moment",
        "_reached",
        "_recent",
        "_settled_at",
        "_slow_start",
        "rate",
    )

    def __init__(self) -> None:
        self.rate: float | None = None
        self._blocked_until = 0.0
        self._last_ticket = 0
        self._given_back: list[int] = []  # tickets that are still to come up, in order
        self._reached = 1.0  # up to which ticket may send, at the moment that follows
        self._moment = 0.0
        self._decreased_at = 0.0
        self._settled_at = 0.0
        self._slow_start = True
        # Moments of the last answers that were let through, for the first rate.
        self._recent: deque[float] = deque(maxlen=1024)

    def blocked_for(self, now: float) -> float:
        """Tell how many seconds nobody may send, because the server asked for it."""
        return max(0.0, self._blocked_until - now)

    def ticket(self, now: float) -> int:
        """Queue up; 0, which never waits, while the pacer is off."""
        if self.rate is None:
            return 0
        self._advance(now)
        self._last_ticket += 1
        return self._last_ticket

    def give_back(self, ticket: int) -> None:
        """Let those behind *ticket* move up: who held it will not send."""
        if ticket > self._reached:
            insort(self._given_back, ticket)
            self._skip()

    def wait(self, ticket: int, now: float) -> float:
        """Tell how many seconds to wait before asking again; 0 when *ticket* may send.

        It is the earliest moment that may be its turn: the rate at most doubles each second.
        """
        if self.rate is None or ticket == 0:
            return 0.0
        seconds = self._seconds_to(ticket, now)
        turn = math.log2(1 + seconds * _LN2) if seconds > _CLOSE else 0.0
        return self.blocked_for(now) + turn

    def _seconds_to(self, ticket: int, now: float) -> float:
        self._advance(now)
        ahead = ticket - bisect_left(self._given_back, ticket) - self._reached
        return max(0.0, ahead) / (self.rate or 1.0)

    def _advance(self, now: float) -> None:
        """Add up the rate since the last time; what nobody used is kept for one request only."""
        since = max(self._moment, self._blocked_until)
        if self.rate is not None and now > since:
            grown = self._reached + (now - since) * self.rate
            self._reached = min(grown, self._last_ticket + 1.0)
            self._skip()
        self._moment = max(self._moment, now)

    def _skip(self) -> None:
        """Pass over the tickets given back, as far as they come up now."""
        skipped = 0
        while skipped < len(self._given_back) and self._given_back[skipped] <= self._reached + 1:
            self._reached += 1
            skipped += 1
        del self._given_back[:skipped]
        self._reached = min(self._reached, self._last_ticket + 1.0)

    def accepted(self, now: float, *, waited: bool) -> None:
        """Note an answer that was no 429; *waited* tells whether the rate held its request up."""
        if self.rate is None:
            self._recent.append(now)
            return
        self._advance(now)
        if waited:  # an idle client learns nothing about the limit
            # Added once an answer, so these are shares of the rate a second.
            climb = min(max(1 / self.rate, _LEAST_INCREASE), _MOST_INCREASE)
            self.rate += 1.0 if self._slow_start else climb

    def limited(self, now: float, sent_at: float, retry_after: float | None) -> None:
        """Note a 429 that answers a request sent at *sent_at*."""
        self._advance(now)
        if retry_after:
            self._blocked_until = max(self._blocked_until, now + retry_after)
        if self.rate is None:
            seen = sum(1 for moment in self._recent if moment > now - _OBSERVED_SECONDS)
            self.rate = max(1.0, seen * _FIRST_DECREASE / _OBSERVED_SECONDS)
            self._recent.clear()
            self._decreased_at = self._settled_at = now
        elif sent_at <= self._decreased_at + _HOLD:
            # Requests in flight at a decrease say nothing about the new rate, nor do those that
            # meet an allowance that is still used up: one fall for all.
            self._settled_at = now
        elif sent_at > self._settled_at:
            self.rate = max(_SLOWEST, self.rate * _DECREASE)
            self._slow_start = False
            self._decreased_at = self._settled_at = now


_WINDOW_SECONDS = 10.0
_SHARE = 0.2
_LEAST = 10


class RetryBudget:
    """How many repeats all tasks of a client may make together, so that an outage stays one.

    In any ten seconds: 20 % of the requests, and always 10. Waits on 429 are not repeats in this
    sense, the pacer bounds them.
    """

    __slots__ = ("_repeats", "_requests", "_window")

    def __init__(self) -> None:
        self._window = 0
        self._requests = [0, 0]  # this window and the one before
        self._repeats = [0, 0]

    def _turn_to(self, now: float) -> float:
        window = int(now // _WINDOW_SECONDS)
        passed = window - self._window
        if passed:
            for counts in (self._requests, self._repeats):
                counts[:] = [0, counts[0] if passed == 1 else 0]
            self._window = window
        return 1 - (now % _WINDOW_SECONDS) / _WINDOW_SECONDS

    def request(self, now: float) -> None:
        """Note a call."""
        if now // _WINDOW_SECONDS != self._window:
            self._turn_to(now)
        self._requests[0] += 1

    def allows_repeat(self, now: float) -> bool:
        """Take one repeat out of the budget, or tell that it is spent."""
        share = self._turn_to(now)  # of the window before that lies in the last ten seconds
        requests = self._requests[0] + self._requests[1] * share
        repeats = self._repeats[0] + self._repeats[1] * share
        if repeats + 1 > max(_LEAST, requests * _SHARE):
            return False
        self._repeats[0] += 1
        return True
