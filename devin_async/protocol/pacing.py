"""How fast a client may send, and how much it may repeat. Decisions only: no clock, no waiting.

The pacer is off until the first 429. From then on it keeps an estimate of the server's limit: what
went through between two 429s, by the time between them. After a 429 it sends at nine tenths of the
estimate, and its rate then follows the curve of CUBIC (RFC 9438, 4.2): fast up to the estimate,
slowly around it, and then ever faster, for a limit that was raised. Each 429 costs the pause that
it asks for, so the longer that is, the more slowly the next one is risked. A pacer that held nobody
up for a minute is off again, for what it learned is old.
"""

import math
from bisect import bisect_left, insort
from collections import deque

__all__ = ["Pacer", "RetryBudget"]

_FIRST_FALL = 0.5  # to this share of what went through in the second before the first 429
_FIRST_LIMIT = 0.85  # the estimate, as a share of the same
_FALL = 0.9  # to this share of the estimate, after a 429
_STEEPNESS = 1 - _FALL
_RISE_SECONDS = 2.9  # from that share up to the estimate: ten times the estimate come in 13 s
_RISE_REQUESTS = 30  # at the least, so that less than 2 % of the requests are refused
_RISE_PAUSES = 5  # for each second that a 429 costs, so that less than a fifth of the time is lost
_LONGEST_RISE = 120.0
_MARGIN = 1.03  # the rate was below the estimate for most of the time that it is measured in
_ENOUGH = 8  # answers for an estimate
_UNCERTAIN_FALL = 0.7
_BLIND_FALL = 0.5
_SLOWEST = 0.2
_HOLD = 0.5  # seconds
_LONGEST_PAUSE = 3600.0  # for all; whoever was asked to wait longer does so by himself
_OBSERVED_SECONDS = 1.0
_FORGOTTEN_SECONDS = 60.0
_CLOSE = 1e-6
_LN2 = math.log(2)


class Pacer:
    """The sending rate of one client, shared by all of its tasks, in requests per second.

    Who wants to send takes a ticket, and may send when the rate, summed up over time, has come to
    its number. No ticket is bound to a moment, so those who wait gain and lose with the rate.
    """

    __slots__ = (
        "_accepted",
        "_blocked_until",
        "_burst",
        "_counted_since",
        "_decreased_at",
        "_held_at",
        "_is_answered",
        "_is_measured",
        "_last_ticket",
        "_limit",
        "_moment",
        "_pause",
        "_reached",
        "_recent",
        "_returned",
        "_settled_at",
        "rate",
    )

    def __init__(self) -> None:
        self.rate: float | None = None
        self._moment = 0.0  # up to which all that follows is added up
        self._last_ticket = 0
        self._returned: list[int] = []  # tickets that are still to come up, in order
        self._reached = 1.0  # up to which ticket may send
        self._held_at = 0.0  # when the pacer was last of use
        # What is known of the server.
        self._limit = 1.0  # the estimate, requests per second
        self._is_measured = False  # between two 429s, not guessed at the first
        self._burst = 1.0  # what it let through at the most before the first 429
        self._pause = 0.0  # what its last 429 asked for
        self._blocked_until = 0.0
        # What is counted for the next estimate.
        self._accepted = 0
        self._counted_since = 0.0
        self._decreased_at = 0.0
        self._settled_at = 0.0
        self._is_answered = True  # something went through since the last fall
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
        if now - max(self._held_at, self._blocked_until) > _FORGOTTEN_SECONDS:
            self.rate = None
            return 0
        self._last_ticket += 1
        return self._last_ticket

    def give_back(self, ticket: int) -> None:
        """Let those behind *ticket* move up: who held it will not send."""
        if ticket > self._reached:
            insort(self._returned, ticket)
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
        ahead = ticket - bisect_left(self._returned, ticket) - self._reached
        return max(0.0, ahead) / (self.rate or 1.0)

    def _advance(self, now: float) -> None:
        """Add up the rate since the last time; what nobody used is kept for one request only."""
        since = max(self._moment, self._blocked_until)
        if self.rate is not None and now > since:
            grown = self._reached + (now - since) * self.rate
            self._reached = min(grown, self._last_ticket + 1.0)
            self._skip()
            if self._is_answered:
                self.rate = self._grown(self.rate, now - since)
        self._moment = max(self._moment, now)

    def _grown(self, rate: float, seconds: float) -> float:
        """Move *rate* along the cubic around the estimate, at most by doubling each second."""
        limit = self._limit
        if self._is_measured:
            rise = max(_RISE_SECONDS + _RISE_PAUSES * self._pause, _RISE_REQUESTS / limit)
        else:
            is_credible = self._burst >= _ENOUGH
            rise = max(_RISE_SECONDS, self._pause * (2 if is_credible else 1))
        progress = math.cbrt((rate / limit - 1) / _STEEPNESS) + seconds / min(rise, _LONGEST_RISE)
        cubic = limit * (1 + _STEEPNESS * progress**3)
        return min(cubic, rate * 2 ** min(seconds, _FORGOTTEN_SECONDS))

    def _skip(self) -> None:
        """Pass over the tickets given back, as far as they come up now."""
        skipped = 0
        while skipped < len(self._returned) and self._returned[skipped] <= self._reached + 1:
            self._reached += 1
            skipped += 1
        del self._returned[:skipped]
        self._reached = min(self._reached, self._last_ticket + 1.0)

    def accepted(self, now: float, *, waited: bool) -> None:
        """Note an answer that was no 429; *waited* tells whether the rate held its request up."""
        if self.rate is None:
            self._recent.append(now)
            return
        self._advance(now)
        self._accepted += 1
        self._is_answered = True
        if waited:
            self._held_at = now
        elif not self._is_measured and now <= self._decreased_at + _HOLD:
            self._guess(self._burst + 1)  # it was on its way at the first 429

    def limited(self, now: float, sent_at: float, retry_after: float | None) -> None:
        """Note a 429 that answers a request sent at *sent_at*."""
        self._advance(now)
        self._held_at = now
        pause = min(retry_after or 0.0, _LONGEST_PAUSE)
        self._blocked_until = max(self._blocked_until, now + pause)
        if self.rate is None:
            self._begin(now)
        elif sent_at > max(self._settled_at, self._decreased_at + _HOLD):
            self._decrease(self.rate, now)
        else:
            # Requests in flight at a decrease say nothing about the new rate, nor do those that
            # meet an allowance that is still used up: one fall for all.
            pause = max(pause, self._pause)
            if sent_at <= self._decreased_at + _HOLD:
                self._settled_at = now
        self._pause = pause
        self._counted_since = max(self._counted_since, self._blocked_until)

    def _begin(self, now: float) -> None:
        """Engage, without knowing more of the limit than what went through last."""
        seen = sum(1 for moment in self._recent if moment > now - _OBSERVED_SECONDS)
        self._recent.clear()
        self._is_measured = False
        self._guess(seen)
        self._reached = self._last_ticket + 1.0
        self._returned.clear()
        self._fall_at(now)
        self._count_from(now)

    def _guess(self, seen: float) -> None:
        self._burst = max(1.0, seen)
        self._limit = max(1.0, self._burst * _FIRST_LIMIT)
        self.rate = max(1.0, self._burst * _FIRST_FALL)

    def _decrease(self, rate: float, now: float) -> None:
        if self._accepted >= _ENOUGH:
            self._limit = min(self._estimate(rate, now), rate)
            self._is_measured = True
            self.rate = max(_SLOWEST, self._limit * _FALL)
            self._count_from(now)
        elif self._is_answered:
            self._limit = rate
            self.rate = max(_SLOWEST, rate * _UNCERTAIN_FALL)
        else:  # nothing goes through at all, which says nothing about the limit
            self.rate = max(_SLOWEST, rate * _BLIND_FALL)
            self._count_from(now)
        self._fall_at(now)

    def _estimate(self, rate: float, now: float) -> float:
        """Say what the limit is, at a 429 that *rate* has led to.

        A server that saves up unused requests has none left at a 429, so what it let through since
        the last one is the limit. One that saves up little limits what is sent at this moment: it
        is the rate when the savings, as large as the first burst, would have begun to be used.
        """
        seconds = max(_HOLD, now - self._counted_since)
        if self._pause > seconds:  # in so long a pause more was saved up than is allowed
            seconds = math.sqrt(seconds * self._pause)
        measured = _MARGIN * self._accepted / seconds
        slope = (self._grown(rate, 0.1) - rate) / 0.1
        unsaved = rate - math.sqrt(2 * slope * self._burst)
        return max(measured, min(unsaved, math.sqrt(measured * rate)))

    def _fall_at(self, now: float) -> None:
        self._decreased_at = self._settled_at = now
        self._is_answered = False

    def _count_from(self, now: float) -> None:
        self._counted_since = now
        self._accepted = 0


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
