"""Tailing: a list that is followed as it grows, each item once."""

import asyncio
import math
import os
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar, cast

from attrs import define, evolve, field, frozen

from devin_async.base.arguments import check_count, check_seconds
from devin_async.base.checkpoint_file import CheckpointFile
from devin_async.base.generators import closing
from devin_async.base.outages import Outage
from devin_async.base.plain_json import as_object
from devin_async.errors import DevinError, InvalidArgumentError, with_checkpoint
from devin_async.lists.cursors import Checkpoint, Page
from devin_async.lists.delivery import Batches, Deliverer, Sink, check_sink
from devin_async.lists.fetching import Fetch, Spawn
from devin_async.lists.identity import identity_of
from devin_async.lists.pager import Pager
from devin_async.lists.ranges.moments import moments_of
from devin_async.lists.ranges.places import EVENT_TIMES, LONGEST_RANGE, TimeFilter, check_list

__all__ = ["Tail", "TailState", "check_tail", "read_tail"]

T = TypeVar("T")

# A backlog of more seconds is read by windows, so many requests at once.
_LONG_BACKLOG = 3600
_BACKLOG_PARALLEL = 8


@frozen(kw_only=True)
class TailState:
    """How far a list was followed.

    Attributes:
        since: All before this second was given, and nothing can come any more.
        seen: What was given from that second on: the second of each, by its identity.
    """

    since: int
    seen: Mapping[str, int]

    def advanced(self, items: Mapping[str, int], settled: int, last: int) -> "TailState":
        """Return it as it is after items up to the second *last*.

        Args:
            items: The second of each item that was met, by its identity.
            settled: The second before which nothing arrives any more.
            last: The second of the last item.
        """
        since = max(self.since, min(settled, last))
        seen = {**self.seen, **items}
        kept = {name: second for name, second in seen.items() if second >= since}
        return TailState(since=since, seen=kept)


@define(eq=False, repr=False, kw_only=True)
class Tail(Generic[T]):
    """A list that is followed forever; making one sends nothing.

    `async for item in tail` gives items, `tail.pages()` pages with a `checkpoint`. It ends by
    `contextlib.aclosing(aiter(tail))`, by an error or with the client. It lives through an outage
    of the server; the error that ends it has a `checkpoint` to go on from (`resume=`).
    """

    _fetch: Fetch[T] = field(alias="fetch")
    _spawn: Spawn = field(alias="spawn")
    _digest: str = field(alias="digest")
    _start: TailState | None = field(alias="start")
    _settle: int = field(alias="settle")
    _interval: float = field(alias="interval")
    _heartbeat: float = field(alias="heartbeat")
    _outage: float = field(alias="outage")

    def __repr__(self) -> str:
        return f"<Tail of {self._fetch.name}>"

    def __aiter__(self) -> AsyncGenerator[T, None]:  # noqa: PYI058 - `aclosing` needs its aclose
        """Iterate over the items, each once, as they appear."""
        return self._items()

    def raw(self) -> "Tail[dict[str, Any]]":
        """Return the same as the server sends it: each item a plain dict, no field lost."""
        fetch: Any = self._fetch.raw()
        return cast("Tail[Any]", evolve(self, fetch=fetch))

    async def _items(self) -> AsyncGenerator[T, None]:
        async with closing(self.pages()) as pages:
            async for page in pages:
                for item in page.items:
                    yield item

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Iterate over what is new, page by page; process a page, then store its checkpoint.

        Where nothing is new for `heartbeat` seconds, an empty page has the checkpoint.
        """
        clock = self._fetch.clock
        outage = Outage(clock, self._outage, f"the tail of {self._fetch.name}")
        follower = _Follower(self._fetch, self._spawn, self._settle, await self._begin(outage))
        delivered_at = clock.monotonic()
        while True:
            try:
                async with closing(follower.round()) as pages:
                    async for page in pages:
                        outage.end()
                        yield evolve(page, checkpoint=self._checkpoint(follower.state))
                        delivered_at = clock.monotonic()
            except DevinError as error:
                with_checkpoint(error, self._checkpoint(follower.state))
                await outage.live_through(error)
                continue
            outage.end()
            if clock.monotonic() - delivered_at >= self._heartbeat:
                yield _heartbeat(self._checkpoint(follower.state))
                delivered_at = clock.monotonic()
            await clock.sleep(self._interval)

    def deliver(
        self,
        sink: Sink[T],
        *,
        checkpoint: str | os.PathLike[str],
        batch_items: int = 200,
        batch_seconds: float = 5,
        stop: asyncio.Event | None = None,
    ) -> Coroutine[Any, Any, int]:
        """Bring all items from `since` on, and what comes then, to a sink; each at least once.

        A backlog of any length and what is new go the same way, by one checkpoint: given again
        after any end of the process, it goes on behind the last batch that was confirmed. The list
        is read no faster than the sink takes it. What the sink raises has the batch sent again,
        after growing pauses, for as long as `outage` lasts.

        Args:
            sink: An async function that takes a `Delivery` (`items`, and `ids` to leave out what
                comes twice); once it returns, the batch is confirmed.
            checkpoint: File that holds how far the delivery is; made if it is missing. Once it is
                there it counts, and `since` no longer does.
            batch_items: Most items of a batch.
            batch_seconds: Most seconds that an item waits for others.
            stop: Ends the delivery once it is set, after what was read is delivered.

        Returns:
            How many items the sink has taken, once *stop* is set; it ends by nothing else but a
            cancellation or an error.

        Raises:
            InvalidArgumentError: The sink is not async, the file is a checkpoint of another list or
                none at all, or its directory is not there.
            FileError: Another delivery goes on by the same file, or it cannot be read or written.
            DevinError: The list cannot be read, for longer than `outage`.
        """
        check_sink(sink, batch_items, batch_seconds, stop)
        file = CheckpointFile(checkpoint, self._fetch.name)
        self._resumed(file)  # what cannot be meant is refused now, not when it is awaited
        clock = self._fetch.clock
        deliverer = Deliverer[T](
            sink=sink,
            file=file,
            name_of=partial(identity_of, field=self._fetch.id_field),
            clock=clock,
            spawn=self._spawn,
            outage=Outage(clock, self._outage, f"the delivery of {self._fetch.name}"),
            stop=asyncio.Event() if stop is None else stop,
            batches=Batches(batch_items, batch_seconds),
        )
        return self._deliver(deliverer)

    async def _deliver(self, deliverer: Deliverer[T]) -> int:
        with deliverer.file.held():
            async with closing(self._resumed(deliverer.file).pages()) as pages:
                return await deliverer.run(pages)

    def _resumed(self, file: CheckpointFile) -> "Tail[T]":
        """Return the tail that goes on where the file says, if there is one."""
        stored = file.read()
        if stored is None:
            return self
        try:
            start = read_tail(stored, self._fetch.name, self._digest)
        except InvalidArgumentError as error:
            raise InvalidArgumentError(f"checkpoint {str(file.path)!r}: {error}") from None
        return evolve(self, start=start)

    async def _begin(self, outage: Outage) -> TailState:
        """Find where to begin: now, by the server's clock, unless the caller has said."""
        clock = self._fetch.clock
        while self._start is None and not clock.has_server_time:
            now = TailState(since=math.floor(clock.server_time()), seen={})
            query = {"time_after": now.since, "order": "asc"}
            try:
                await self._fetch.narrowed(query)(None, 1)
                break
            except DevinError as error:
                with_checkpoint(error, self._checkpoint(now))
                await outage.live_through(error)
        outage.end()
        return self._start or TailState(since=math.floor(clock.server_time()), seen={})

    def _checkpoint(self, state: TailState) -> Checkpoint:
        return {
            "list": self._fetch.name,
            "filters": self._digest,
            "since": state.since,
            "seen": dict(state.seen),
        }


def _heartbeat(checkpoint: Checkpoint) -> Page[Any]:
    return Page(items=[], end_cursor=None, has_next_page=True, total=None, checkpoint=checkpoint)


class _Follower(Generic[T]):
    """The rounds of a tail.

    Attributes:
        state: How far the list was followed.
    """

    def __init__(self, fetch: Fetch[T], spawn: Spawn, settle: int, state: TailState) -> None:
        self.state = state
        self._fetch = fetch
        self._spawn = spawn
        self._settle = settle

    async def round(self) -> AsyncGenerator[Page[T], None]:
        """Read once all that may be new, and give pages of what is."""
        clock = self._fetch.clock
        began, settled = clock.monotonic(), 0
        async with closing(self._poll()) as pages:
            async for page in pages:
                # Only an answer tells what time it is for the server; the round began before it.
                if not settled:
                    elapsed = clock.monotonic() - began
                    settled = math.floor(clock.server_time() - elapsed - self._settle)
                fresh = self._fresh(page.items, settled)
                if fresh:
                    yield evolve(page, items=fresh, has_next_page=True, range_end=None)
        # All that is older was there when this round began.
        self.state = self.state.advanced({}, settled, settled)

    def _poll(self) -> AsyncGenerator[Page[T], None]:
        after = max(0, self.state.since - 1)
        backlog = self._fetch.clock.server_time() - after
        asked = TimeFilter(
            names=EVENT_TIMES,
            after=after,
            before=None,
            descending=False,
            is_sorted=True,
            longest=LONGEST_RANGE,
            parallel=_BACKLOG_PARALLEL if backlog > self._settle + _LONG_BACKLOG else None,
            digest="",
        )
        fetch = self._fetch.narrowed({"time_after": after, "order": "asc"})
        return Pager(fetch=fetch, spawn=self._spawn, times=asked).pages()

    def _fresh(self, items: Sequence[T], settled: int) -> list[T]:
        """Return what was not given before, and note it."""
        if not items:
            return []
        fresh: list[T] = []
        met: dict[str, int] = {}
        seconds = [math.floor(moment) for moment in moments_of(items)]
        for item, second in zip(items, seconds, strict=True):
            if second < self.state.since:
                continue
            name = self._name(item, second, met)
            if name not in self.state.seen and name not in met:
                fresh.append(item)
            met[name] = second
        self.state = self.state.advanced(met, settled, seconds[-1])
        return fresh

    def _name(self, item: T, second: int, met: Mapping[str, int]) -> str:
        """Tell by what an item is known again: two of one id in different seconds are two."""
        name = identity_of(item, self._fetch.id_field)
        first = met.get(name, self.state.seen.get(name, second))
        return name if first == second else f"{name}@{second}"


def check_tail(settle: int, interval: float, heartbeat: float, outage: float) -> None:
    """Check how a list is to be followed."""
    check_count("settle", settle)
    check_seconds("interval", interval)
    check_seconds("heartbeat", heartbeat)
    if outage != 0:
        check_seconds("outage", outage)


def read_tail(resume: Checkpoint, name: str, digest: str) -> TailState:
    """Read the checkpoint of a tail.

    Raises:
        InvalidArgumentError: It is of another list or other filters, or was changed.
    """
    check_list(resume, name)
    if "seen" not in resume or resume.get("filters") != digest:
        raise InvalidArgumentError(
            "resume is a checkpoint of other filters or of no tail; allowed: one of this tail"
        )
    since, seen = resume.get("since"), as_object(resume["seen"])
    if type(since) is not int or since < 0 or seen is None:
        raise InvalidArgumentError(f"resume is {dict(resume)!r}; allowed: an unchanged checkpoint")
    if not all(type(second) is int for second in seen.values()):
        raise InvalidArgumentError(f"resume is {dict(resume)!r}; allowed: an unchanged checkpoint")
    return TailState(since=since, seen=seen)
