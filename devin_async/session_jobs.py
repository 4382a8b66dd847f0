"""What is done with many calls to sessions: wait for them, and follow them."""

import functools
import itertools
from abc import abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Self, Unpack

import attrs

from devin_async.calling import Resource
from devin_async.errors import WaitTimeoutError
from devin_async.fanout import FanOut
from devin_async.models.sessions import Session, SessionMessage
from devin_async.once import Once, create_once
from devin_async.pagination import ListOptions, Page, Pager
from devin_async.values import devin_id
from devin_async.waiting import Watch, has_ended, is_settled, lags, reason_of, still_shows

__all__ = ["SessionJobs"]

_IDS_A_REQUEST = 100
_REQUESTS_AT_ONCE = 8
_LOOKS_FOR_OUTPUT = 3
_ROUNDS_UNLISTED = 3
_SHORTEST_CALL = 1.0


class SessionJobs(Resource):
    """Base of the sessions of every scope."""

    @abstractmethod
    async def get(self, session_id: str) -> Session:
        """Read a session."""

    @abstractmethod
    def messages(self, session_id: str, **options: Unpack[ListOptions]) -> Pager[SessionMessage]:
        """List its messages, oldest first."""

    @abstractmethod
    def _listed(
        self, *, session_ids: Sequence[str] | None = None, tags: Sequence[str] | None = None
    ) -> Pager[Session]:
        """List some sessions, so that 100 fit on a page."""

    async def wait(
        self,
        session_id: str,
        *,
        until: Callable[[Session], bool] = is_settled,
        timeout: float | None = 3600,  # noqa: ASYNC109 - of many calls, on the client's clock
        interval: float = 5,
        since: Session | None = None,
        output: bool = False,
    ) -> Session:
        """Wait until a session has settled: ended, is suspended, finished, or waits for somebody.

        Its `status` and `status_detail` say what became of it, such as "suspended" and
        "out_of_credits". One that has ended is given back whatever *until* says. A look that fails
        in a way that may pass is repeated, four times in a row at the most.

        Args:
            session_id: With or without the `devin-` prefix.
            until: Tells of a session whether it is what is waited for.
            timeout: Seconds; None for no limit.
            interval: Seconds between the first looks; grows to 30, with jitter.
            since: The session as it was before a message was sent; while it still looks so, the
                message has not arrived.
            output: Look up to three times more while the structured output is missing.

        Raises:
            WaitTimeoutError: It took longer; `session` is the session as it was read last.

        `GET .../sessions/{devin_id}`, permission ViewOrgSessions (enterprise: ViewAccountSessions).
        """
        watch = self._watch(timeout, interval)
        last: Session | None = None
        lagged = 0
        while True:
            seen = await watch.look(lambda: self._within(watch).get(session_id))
            last = seen or last
            if seen is not None and not still_shows(seen, since) and _is_done(seen, until):
                lagged += 1
                if not (output and lags(seen)) or lagged > _LOOKS_FOR_OUTPUT:
                    return seen
            if not await watch.pause():
                raise _waited_too_long(session_id, last)

    async def wait_all(
        self,
        session_ids: Iterable[str],
        *,
        until: Callable[[Session], bool] = is_settled,
        timeout: float | None = 3600,  # noqa: ASYNC109 - of many calls, on the client's clock
        interval: float = 10,
    ) -> list[Session]:
        """Wait until many sessions have settled, 100 of them by one request; in the order given.

        Args:
            session_ids: With or without the `devin-` prefix.
            until: As for `wait`.
            timeout: Seconds for all of them; None for no limit.
            interval: Seconds between the first rounds; grows to 30, with jitter.

        Raises:
            WaitTimeoutError: Some took longer; `settled` has the sessions that did not, `waiting`
                the others as they were read last.
            NotFoundError: One was in no list for three rounds, and there is none.

        `GET .../sessions`, permission ViewOrgSessions (enterprise: ViewAccountSessions).
        """
        names = list(dict.fromkeys(devin_id("session_ids", one) for one in session_ids))
        watch = self._watch(timeout, interval)
        seen: dict[str, Session] = {}
        waiting = names
        for round_number in itertools.count(1):
            await watch.look(functools.partial(self._read_many, waiting, seen, watch))
            if round_number == _ROUNDS_UNLISTED:
                await self._read_unlisted(waiting, seen)
            waiting = [one for one in waiting if one not in seen or not _is_done(seen[one], until)]
            if not waiting:
                break
            if not await watch.pause():
                raise _all_waited_too_long(names, waiting, seen)
        return [seen[one] for one in names]

    async def follow(
        self,
        session_id: str,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - of many calls, on the client's clock
        interval: float = 5,
        since: Session | None = None,
    ) -> AsyncGenerator[SessionMessage]:
        """Give the messages of a session as they come, oldest first, until it has settled.

        Args:
            session_id: With or without the `devin-` prefix.
            timeout: Seconds in all; None for no limit.
            interval: Seconds between two looks; grows to 30 while nothing comes.
            since: As for `wait`.

        Raises:
            WaitTimeoutError: It took longer; `session` is the session as it was read last.

        `GET .../sessions/{devin_id}/messages`, permission ViewOrgSessions (enterprise:
        ViewAccountSessions).
        """
        watch = self._watch(timeout, interval)
        last: Session | None = None
        reading = _Messages(self, session_id)
        while True:
            # Read before the messages: what a session says before it settles is then among them.
            seen = await watch.look(lambda: self._within(watch).get(session_id))
            last = seen or last
            for message in await watch.look(reading.new) or ():
                watch.begin_anew()
                yield message
            if seen is not None and not still_shows(seen, since) and is_settled(seen):
                return
            if not await watch.pause():
                raise _waited_too_long(session_id, last)

    async def _create_once(self, once: Once, send: Callable[[], Awaitable[Session]]) -> Session:
        """Send a create, unless a list has the session of its key already."""
        clock, most = self._caller.transport.clock, self._caller.options.max_attempts
        return await create_once(once, send, self._tagged, clock=clock, most_sends=most)

    async def _tagged(self, tag: str) -> Session | None:
        """Find the first session that has *tag*."""
        found = [one for one in await self._listed(tags=[tag]).collect() if tag in one.tags]
        return min(found, key=lambda one: one.created_at, default=None)

    def _watch(self, timeout: float | None, interval: float) -> Watch:
        return Watch(self._caller.transport.clock, timeout, interval)

    def _within(self, watch: Watch) -> Self:
        """Give the same family, whose calls end when the time of *watch* is over."""
        options = self._caller.options
        left = max(watch.left, _SHORTEST_CALL)
        if options.deadline is not None:
            left = min(left, options.deadline)
        if left == float("inf"):
            return self
        caller = attrs.evolve(self._caller, options=attrs.evolve(options, deadline=left))
        return type(self)(caller, **self._scope)

    async def _read_many(
        self, names: Sequence[str], seen: dict[str, Session], watch: Watch
    ) -> None:
        """Read sessions by lists into *seen*, by the ids that they are asked for with."""
        chunks = [names[at : at + _IDS_A_REQUEST] for at in range(0, len(names), _IDS_A_REQUEST)]
        listed = self._within(watch)._listed  # noqa: SLF001 - of the same class
        read = FanOut[Sequence[str], list[Session]](
            chunks, lambda chunk: listed(session_ids=chunk).collect(), concurrency=_REQUESTS_AT_ONCE
        )
        outcomes = await read.collect()
        for outcome in outcomes:
            for session in outcome.value if outcome.ok else ():
                seen[devin_id("session_id", session.session_id)] = session
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error

    async def _read_unlisted(self, names: Sequence[str], seen: dict[str, Session]) -> None:
        """Read by itself what no list had: it is too new for lists, or there is none."""
        for name in names:
            if name not in seen:
                seen[name] = await self.get(name)


@attrs.define
class _Messages:
    """The messages of a session, each once; reads only the last page again."""

    sessions: SessionJobs
    session_id: str
    cursor: str | None = None
    given: set[str] = attrs.field(factory=set[str])

    async def new(self) -> list[SessionMessage]:
        """Read what was not given yet."""
        found: list[SessionMessage] = []
        async with aclosing(self._pages()) as pages:
            async for page in pages:
                found += [one for one in page.items if one.event_id not in self.given]
                if page.has_next_page:
                    self.cursor, self.given = page.end_cursor, set()
                else:
                    self.given = {one.event_id for one in page.items}
        return found

    def _pages(self) -> AsyncGenerator[Page[SessionMessage]]:
        return self.sessions.messages(self.session_id, after=self.cursor).pages()


def _is_done(session: Session, until: Callable[[Session], bool]) -> bool:
    return has_ended(session) or until(session)


def _waited_too_long(session_id: str, last: Session | None) -> WaitTimeoutError:
    stands = "it was never read" if last is None else f"it is {reason_of(last)}"
    error = WaitTimeoutError(f"session {session_id} took longer than the timeout; {stands}")
    error.session = last
    return error


def _all_waited_too_long(
    names: Sequence[str], waiting: Sequence[str], seen: Mapping[str, Session]
) -> WaitTimeoutError:
    error = WaitTimeoutError(
        f"{len(waiting)} of {len(names)} sessions took longer than the timeout, the first is "
        f"{waiting[0]}"
    )
    error.settled = [seen[one] for one in names if one in seen and one not in set(waiting)]
    error.waiting = [seen[one] for one in waiting if one in seen]
    return error
