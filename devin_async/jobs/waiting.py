"""Waiting for sessions: when one has settled, and when to look again."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from devin_async.base.arguments import check_seconds, devin_id
from devin_async.base.clock import Clock
from devin_async.base.outages import is_passing, pauses, retry_after_of
from devin_async.base.secret import Redactor
from devin_async.base.times import seconds_of
from devin_async.errors import DevinError
from devin_async.models.sessions import Session

__all__ = [
    "Watch",
    "has_ended",
    "has_output",
    "is_settled",
    "lags",
    "looks",
    "name_of",
    "pause_of",
    "reason_of",
    "still_shows",
]

T = TypeVar("T")

_ENDED = ("exit", "error")
# It stays so until somebody does something; one that `finished` is suspended some time later.
_RESTING = ("finished", "waiting_for_user", "waiting_for_approval")
_GROWTH = 1.5
_LONGEST_INTERVAL = 30.0
_MOST_FAILURES = 5
_NOTICED_PAUSE = 5.0

logger = logging.getLogger("devin_async")


def name_of(session: Session) -> str | None:
    """Return its id with the prefix; None for a row that has none."""
    own = session.session_id
    is_one = isinstance(own, str) and own.strip()  # pyright: ignore[reportUnnecessaryIsInstance]
    return devin_id("session_id", own) if is_one else None


def has_ended(session: Session) -> bool:
    """Tell whether nothing can come any more: its status is "exit" or "error"."""
    return session.status in _ENDED


def is_settled(session: Session) -> bool:
    """Tell whether a session does nothing more by itself, which is what `wait` waits for.

    That is: status "exit", "error" or "suspended", or "running" with the detail "finished",
    "waiting_for_user" or "waiting_for_approval". A session that did its work rests at "running";
    waiting for "exit" would never end.
    """
    resting = session.status == "running" and session.status_detail in _RESTING
    return resting or session.status == "suspended" or has_ended(session)


def still_shows(session: Session, since: Session | None) -> bool:
    """Tell whether *session* was read too early to show what a message did.

    *since* is the session as it was before the message, or as sending it gave it, which is newer
    than a look that comes too early.
    """
    if since is None or has_ended(session):
        return False
    seen = (session.status, session.status_detail, session.updated_at)
    before = (since.status, since.status_detail, since.updated_at)
    return seconds_of(session.updated_at) < seconds_of(since.updated_at) or seen == before


def lags(session: Session) -> bool:
    """Tell whether the structured output of a session that did its work is still missing."""
    return not has_output(session) and not has_ended(session)


def has_output(session: Session) -> bool:
    """Tell whether it has structured output; where there is none, servers write "null", too."""
    return session.structured_output not in (None, "null")


def reason_of(session: Session, redactor: Redactor) -> str:
    """Describe the status of a session, such as "suspended, out_of_credits"."""
    return redactor.line(
        ", ".join(str(one) for one in (session.status, session.status_detail) if one)
    )


def looks(interval: float) -> Iterator[float]:
    """Return the seconds between the looks: *interval* at first, growing to 30 or to *interval*.

    Raises:
        InvalidArgumentError: *interval* is not above 0.
    """
    check_seconds("interval", interval)
    return pauses(interval, growth=_GROWTH, longest=_LONGEST_INTERVAL)


def pause_of(seconds: float, clock: Clock) -> float:
    """Return half of *seconds* to all of it, so that many that wait do not look at one moment."""
    return seconds / 2 + clock.jitter(seconds / 2)


class Watch:
    """A row of looks at something that changes, until its time is over.

    Args:
        clock: Tells the time, and sleeps.
        timeout: Seconds in all; None for no limit.
        interval: Seconds between the first looks; grows to 30, with jitter.

    Attributes:
        failure: Why the last look failed; None if it did not.

    Raises:
        InvalidArgumentError: *timeout* or *interval* is not above 0.
    """

    def __init__(self, clock: Clock, timeout: float | None, interval: float) -> None:
        if timeout is not None:
            check_seconds("timeout", timeout)
        self._clock = clock
        self._interval = interval
        self._waits = looks(interval)
        self._end = float("inf") if timeout is None else clock.monotonic() + timeout
        self._failures = 0
        self.failure: DevinError | None = None

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self._end - self._clock.monotonic()

    async def look(self, read: Callable[[], Awaitable[T]]) -> T | None:
        """Read; None when it failed in a way that may pass, and not for the fifth time in a row.

        Raises:
            DevinError: It failed for good.
        """
        try:
            seen = await read()
        except DevinError as error:
            self._failures += 1
            self.failure = error
            if not is_passing(error) or self._failures == _MOST_FAILURES:
                raise
            return None
        self._failures = 0
        self.failure = None
        return seen

    async def pause(self) -> bool:
        """Wait until the next look, or as long as the server asked; tell whether there is time."""
        if self.left <= 0:
            return False
        asked = retry_after_of(self.failure)
        pause = min(max(pause_of(next(self._waits), self._clock), asked), self.left)
        if asked >= _NOTICED_PAUSE:
            logger.warning(
                "the next look is in %.1f s, as the server asks: %s", pause, self.failure
            )
        await self._clock.sleep(pause)
        return True

    def begin_anew(self) -> None:
        """Look as often again as at the beginning, since there was news."""
        self._waits = looks(self._interval)
