"""What is done with many calls to sessions: wait for them, and follow them."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Self, TypeVar, Unpack

from devin_async import jobs
from devin_async.base.arguments import (
    check_function,
    check_instance,
    check_seconds,
    devin_id,
    shown,
)
from devin_async.base.clock import Clock
from devin_async.base.generators import closing
from devin_async.base.outages import Outage
from devin_async.base.secret import Redactor
from devin_async.base.times import When, to_seconds
from devin_async.errors import DevinError, InvalidArgumentError, WaitTimeoutError, with_checkpoint
from devin_async.jobs.waiting import (
    Watch,
    has_ended,
    is_settled,
    lags,
    name_of,
    pause_of,
    reason_of,
    still_shows,
)
from devin_async.lists.cursors import Checkpoint
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.sessions import Session, SessionMessage

if TYPE_CHECKING:
    from devin_async.base.checkpoint_file import CheckpointFile

__all__ = ["SessionJobs"]

T = TypeVar("T")

_IDS_A_REQUEST = 100
_REQUESTS_AT_ONCE = 8
_LOOKS_FOR_OUTPUT = 3
_ROUNDS_UNLISTED = 3
_SHORTEST_CALL = 1.0
_LONGEST_OUTAGE = 3600.0


class SessionJobs(ABC):
    """The jobs on sessions, for a resource that can read, list and create them."""

    __slots__ = ()

    @abstractmethod
    async def get(self, session_id: str) -> Session:
        """Read a session."""

    @abstractmethod
    def messages(self, session_id: str, **options: Unpack[ListOptions]) -> Pager[SessionMessage]:
        """List its messages, oldest first."""

    @abstractmethod
    def _listed(
        self,
        *,
        session_ids: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
        updated_after: int | None = None,
    ) -> Pager[Session]:
        """List some sessions, so that 100 fit on a page."""

    @property
    @abstractmethod
    def _place(self) -> str:
        """What the list is of, by which a checkpoint knows it."""

    @property
    @abstractmethod
    def _clock(self) -> Clock:
        """The clock of the client, which waits no longer than it is open."""

    @property
    @abstractmethod
    def _redactor(self) -> Redactor:
        """What strikes secrets out of a server's words."""

    @abstractmethod
    def _with_deadline(self, seconds: float) -> Self:
        """Return the same resource, whose calls take no longer than *seconds*."""

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
            since: The session as it was before a message was sent, or as `send_message` gave it;
                what was read before the message arrived then counts for nothing.
            output: Look up to three times more while the structured output is missing.

        Raises:
            WaitTimeoutError: It took longer; `session` is the session as it was read last.

        `GET .../sessions/{devin_id}`, permission ViewOrgSessions (enterprise: ViewAccountSessions).
        """
        devin_id("session_id", session_id)
        check_function("until", until)
        check_instance("since", since, Session)
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
                raise self._waited_too_long(session_id, last) from watch.failure

    async def wait_all(
        self,
        session_ids: Iterable[str],
        *,
        until: Callable[[Session], bool] = is_settled,
        timeout: float | None = 3600,  # noqa: ASYNC109 - of many calls, on the client's clock
        interval: float = 10,
    ) -> list[Session]:
        """Wait until many sessions have settled, 100 of them by one request.

        Gives one session for each id, in the order of the ids.

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
        asked = _names(session_ids)
        check_function("until", until)
        names = list(dict.fromkeys(asked))
        watch = self._watch(timeout, interval)
        seen: dict[str, Session] = {}
        waiting, rounds = names, 0
        while True:
            singly = rounds + 1 >= _ROUNDS_UNLISTED
            read = await watch.look(partial(self._read_many, waiting, watch, singly=singly))
            if read is not None:
                seen |= read
                rounds += 1
            waiting = [one for one in waiting if one not in seen or not _is_done(seen[one], until)]
            if not waiting:
                return [seen[one] for one in asked]
            if not await watch.pause():
                raise _all_waited_too_long(names, waiting, seen) from watch.failure

    def follow(
        self,
        session_id: str,
        *,
        timeout: float | None = None,
        interval: float = 5,
        since: Session | None = None,
    ) -> AsyncGenerator[SessionMessage]:
        """Return the messages of a session as they come, oldest first, until it has settled.

        Each comes once; what the list shows only after the session has settled does not come.

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
        name = devin_id("session_id", session_id)
        check_instance("since", since, Session)
        return self._followed(name, self._watch(timeout, interval), since)

    async def _followed(
        self, session_id: str, watch: Watch, since: Session | None
    ) -> AsyncGenerator[SessionMessage]:
        reading = jobs.watching.MessageReader(session_id)
        last: Session | None = None

        async def look() -> tuple[Session, list[SessionMessage]]:
            sessions = self._within(watch)
            # Read before the messages: what a session says before it settles is then among them.
            seen = await sessions.get(session_id)
            return seen, await reading.new(sessions)

        while True:
            news = await watch.look(look)
            if news is not None:
                last, messages = news
                if messages:
                    watch.begin_anew()
                for message in messages:
                    yield message
                if not still_shows(last, since) and is_settled(last):
                    return
            if not await watch.pause():
                raise self._waited_too_long(session_id, last) from watch.failure

    def watch(
        self,
        session_id: str,
        *,
        timeout: float | None = None,
        interval: float = 5,
        since: Session | None = None,
        after: Checkpoint | None = None,
        output: bool = False,
    ) -> "AsyncGenerator[jobs.watching.SessionUpdate]":
        """Return what happens in a session, each update once, until it has settled.

        The updates are `StatusChanged`, `MessageAdded`, `PullRequestChanged`, `OutputChanged` and,
        at the end, `SessionSettled`; more kinds may come. What was and was over between two looks
        does not come, but for messages, which all do.

        Args:
            session_id: With or without the `devin-` prefix.
            timeout: Seconds in all; None for no limit.
            interval: Seconds between two looks; grows to 30 while nothing comes.
            since: As for `wait`.
            after: The `checkpoint` of an update, to go on behind it, also in another process.
            output: Look up to three times more while the structured output is missing.

        Raises:
            InvalidArgumentError: *after* is a checkpoint of something else.
            WaitTimeoutError: It took longer; `session` is the session as it was read last.
            DevinError: A look failed for good. `checkpoint` of it, too, says where to go on.

        `GET .../sessions/{devin_id}` and its messages, permission ViewOrgSessions (enterprise:
        ViewAccountSessions).
        """
        tracker = jobs.watching.Tracker.at(after, devin_id("session_id", session_id))
        check_instance("since", since, Session)
        watch = self._watch(timeout, interval)
        return self._updates(tracker, watch, since, most_looks=_LOOKS_FOR_OUTPUT if output else 0)

    async def _updates(
        self,
        tracker: "jobs.watching.Tracker",
        watch: Watch,
        since: Session | None,
        *,
        most_looks: int,
    ) -> "AsyncGenerator[jobs.watching.SessionUpdate]":
        reader, session_id = tracker.reader, tracker.session_id
        last: Session | None = None

        async def look() -> tuple[Session, list[SessionMessage]]:
            sessions = self._within(watch)
            seen = await sessions.get(session_id)  # before the messages, as in `follow`
            return seen, await reader.new(sessions)

        try:
            while True:
                news = await watch.look(look)
                if news is not None:
                    last, messages = news
                    is_over = not still_shows(last, since) and is_settled(last)
                    for update in tracker.updates(last, messages, reader):
                        watch.begin_anew()
                        yield update
                    if is_over and most_looks and lags(last):
                        most_looks -= 1
                    elif is_over:
                        for update in tracker.end(last):
                            yield update
                        return
                if not await watch.pause():
                    raise self._waited_too_long(session_id, last) from watch.failure
        except DevinError as error:
            with_checkpoint(error, tracker.checkpoint)
            raise

    def changes(
        self,
        *,
        since: When | None = None,
        checkpoint: str | PathLike[str] | None = None,
        settle: float = 30,
        interval: float | None = None,
    ) -> AsyncGenerator[Session]:
        """Return the sessions that changed, the oldest change first, each change once.

        What changed several times between two readings of the list comes once, as it is then. All
        that changed is in memory at once, since the list is in no order.

        Args:
            since: What changed before, an aware datetime or unix seconds (UTC), is left out; None
                gives all. A file that *checkpoint* finds counts instead.
            checkpoint: A file that remembers what was taken, for the next call to go on; made if
                it is missing. A session is taken when the next one is asked for, so that one may
                come again after a kill, and none is missing.
            settle: Seconds that a change may be missing in lists.
            interval: Seconds between two readings of the list, to follow it for ever; left out, it
                is read once. An outage of up to an hour is lived through.

        Raises:
            InvalidArgumentError: *checkpoint* is a directory, in none, or of something else.
            FileError: It cannot be read or written, or another one goes on by it now.

        `GET .../sessions`, permission ViewOrgSessions (enterprise: ViewAccountSessions).
        """
        check_seconds("settle", settle, may_be_zero=True)
        if interval is not None:
            check_seconds("interval", interval)
        begin = jobs.changes.Changes(complete=float(to_seconds("since", since) or 0))
        if checkpoint is None:
            saver = jobs.changes.Saver(None, begin, self._clock)
            return self._changed(begin, saver, settle, interval)
        from devin_async.base.checkpoint_file import CheckpointFile  # noqa: PLC0415

        file = CheckpointFile(checkpoint, self._place)
        begin.stored_in(file)  # what cannot be meant is refused now, not when it is iterated
        return self._changed_since_stored(file, begin, settle, interval)

    async def _changed_since_stored(
        self,
        file: "CheckpointFile",
        begin: "jobs.changes.Changes",
        settle: float,
        interval: float | None,
    ) -> AsyncGenerator[Session]:
        with file.held():
            changes = begin.stored_in(file)
            saver = jobs.changes.Saver(file, changes, self._clock)
            async with closing(self._changed(changes, saver, settle, interval)) as sessions:
                async for session in sessions:
                    yield session

    async def _changed(
        self,
        changes: "jobs.changes.Changes",
        saver: "jobs.changes.Saver",
        settle: float,
        interval: float | None,
    ) -> AsyncGenerator[Session]:
        clock, outage = self._clock, Outage(self._clock, _LONGEST_OUTAGE, "following changes")
        try:
            while True:
                began = clock.monotonic()
                try:
                    listed = await self._listed(updated_after=changes.second).collect()
                except DevinError as error:
                    if interval is None:
                        raise
                    await outage.live_through(error)
                    continue
                outage.end()
                horizon = clock.server_time() - (clock.monotonic() - began) - settle
                for session in changes.fresh(listed):
                    yield session
                    changes.take(session, horizon)
                    await saver.save_now_and_then()
                changes.move(horizon)
                await saver.save()
                if interval is None:
                    return
                await clock.sleep(pause_of(interval, clock))
        finally:
            await saver.save()

    def _waited_too_long(self, session_id: str, last: Session | None) -> WaitTimeoutError:
        state = "it was never read"
        if last is not None:
            state = f"it is {reason_of(last, self._redactor)}"
        return WaitTimeoutError(
            f"session {session_id} took longer than the timeout; {state}", session=last
        )

    def _watch(self, timeout: float | None, interval: float) -> Watch:
        return Watch(self._clock, timeout, interval)

    def _within(self, watch: Watch) -> Self:
        """Return the same resource, whose calls end when the time of *watch* is over."""
        return self._with_deadline(max(watch.left, _SHORTEST_CALL))

    async def _read_many(
        self, names: Sequence[str], watch: Watch, *, singly: bool
    ) -> dict[str, Session]:
        """Read sessions by lists, and what no list has *singly*: it is new, or there is none."""

        async def listed(chunk: Sequence[str]) -> list[Session]:
            sessions = self._within(watch)
            return await sessions._listed(session_ids=chunk).collect(limit=len(chunk))  # noqa: SLF001 - of the same class

        async def one(name: str) -> list[Session]:
            return [await self._within(watch).get(name)]

        chunks = [names[at : at + _IDS_A_REQUEST] for at in range(0, len(names), _IDS_A_REQUEST)]
        sessions_by_id = await _read_each(chunks, listed)
        if singly:
            sessions_by_id |= await _read_each(
                [name for name in names if name not in sessions_by_id], one
            )
        return sessions_by_id


async def _read_each(
    items: Sequence[T], read: Callable[[T], Awaitable[list[Session]]]
) -> dict[str, Session]:
    """Read side by side, up to the first failure; give the sessions by the ids that they have."""
    sessions: dict[str, Session] = {}
    async with jobs.fan_out.FanOut(items, read, concurrency=_REQUESTS_AT_ONCE) as outcomes:
        async for outcome in outcomes:
            named = ((name_of(one), one) for one in outcome.value)
            sessions |= {name: one for name, one in named if name is not None}
    return sessions


def _names(session_ids: Iterable[str]) -> list[str]:
    if isinstance(session_ids, str | bytes) or not isinstance(session_ids, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgumentError(
            f"is {shown(session_ids)}; allowed: a list of str", argument="session_ids"
        )
    return [devin_id(f"session_ids[{place}]", one) for place, one in enumerate(session_ids)]


def _is_done(session: Session, until: Callable[[Session], bool]) -> bool:
    if has_ended(session):
        return True
    verdict: object = until(session)
    if inspect.iscoroutine(verdict):  # which is true, whatever it would give
        verdict.close()
        raise TypeError("until is an async function; it has to be one that gives a bool")
    return bool(verdict)


def _all_waited_too_long(
    names: Sequence[str], waiting: Sequence[str], seen: Mapping[str, Session]
) -> WaitTimeoutError:
    left = set(waiting)
    return WaitTimeoutError(
        f"{len(waiting)} of {len(names)} sessions took longer than the timeout, the first is "
        f"{waiting[0]}",
        settled=[seen[one] for one in names if one in seen and one not in left],
        waiting=[seen[one] for one in waiting if one in seen],
    )
