"""Reading a range of time: windows side by side, their pages in order."""

import asyncio
import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Generic, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from devin_async.base.generators import closing
from devin_async.base.tasks import cancel_and_wait
from devin_async.codec.decoding import WirePage
from devin_async.errors import (
    APIStatusError,
    ConfigurationError,
    DevinError,
    ResponseDecodeError,
    with_checkpoint,
)
from devin_async.lists.cursors import (
    USUAL_PAGE,
    Checkpoint,
    CursorWalk,
    Page,
    Start,
    TimeMark,
    moment_of,
)
from devin_async.lists.fetching import Fetch, Spawn
from devin_async.lists.perished import is_refused
from devin_async.lists.ranges.moments import moments_of
from devin_async.lists.ranges.places import Place, Progress, TimeFilter
from devin_async.lists.ranges.schedule import Batch, Schedule, Slot
from devin_async.lists.ranges.windows import Span, first_windows

__all__ = ["SETTLED", "Rows", "TimeList"]

T = TypeVar("T")

SETTLED = 30
"""Seconds before now up to which a list is complete: what is newer may not be visible yet."""

# An open end is so many seconds beyond the server's now, which is told to a second.
_BEYOND_NOW = 5

_DAY = 86_400


class Rows(Struct, Generic[T], frozen=True):
    """Items in order that were just read, and the second of each.

    Attributes:
        is_last: Whether nothing follows.
    """

    items: Sequence[T]
    seconds: Sequence[int]
    is_last: bool


class TimeList(Struct, Generic[T], frozen=True, kw_only=True):
    """A list of a time range: where its pages come from, and what was asked.

    Attributes:
        fetch: Reads its pages.
        spawn: Starts tasks.
        asked: The range.
        page_size: Items a request.
        is_to_now: Whether an open end is now; else it is where the list is complete.
    """

    fetch: Fetch[T]
    spawn: Spawn
    asked: TimeFilter
    page_size: int | None
    is_to_now: bool = True

    async def pages(
        self, start: Place | Start | None, limit: int | None
    ) -> AsyncGenerator[Page[T], None]:
        """Yield the pages from *start* on, at most *limit* items."""
        if limit == 0 or (start is not None and start.done):
            return
        if isinstance(start, Start) and start.mark is not None:
            start = await self._place_of(start.mark, start.settled)
        elif isinstance(start, Start) and start.after is not None:
            ahead = _SecondUnderWay(self, start, limit)
            async with closing(ahead.pages()) as pages:
                async for page in pages:
                    yield page
            if ahead.place is None:
                return
            start, limit = ahead.place, ahead.left
        place = start if isinstance(start, Place) else await self._fixed_at_start()
        async with closing(self._pages(place, limit)) as pages:
            async for page in pages:
                yield page

    async def _place_of(self, mark: TimeMark, settled: int | None) -> Place:
        """Find where a list goes on that was read by its cursor."""
        place = await self.fixed(mark.second)
        at = min(max(mark.second, place.after or 0), place.before)
        settled = place.settled if settled is None else settled
        return replace(place, at=at, skip=mark.count, done=False, settled=settled)

    def settled(self, elapsed: float = 0.0) -> int:
        """Return the second up to which a reading that began before so many seconds is complete."""
        second = max(0, math.floor(self.fetch.clock.server_time() - elapsed) - SETTLED)
        return second if self.asked.before is None else min(second, self.asked.before)

    async def _fixed_at_start(self) -> Place:
        try:
            return await self.fixed()
        except DevinError as error:
            # The range is not fixed yet, so it is resumed as a list of which nothing was read.
            walk = CursorWalk[T](self.fetch.name, "cursor", Start(), None, origin=self.asked.origin)
            with_checkpoint(error, walk.checkpoint())
            raise

    async def _pages(self, place: Place, limit: int | None) -> AsyncGenerator[Page[T], None]:
        progress = Progress[T](self.fetch.name, self.asked, place)
        left, is_last = limit, False
        async with closing(self.rows(place, progress, limit)) as all_rows:
            async for rows in all_rows:
                kept = rows.items if left is None else rows.items[:left]
                is_last = rows.is_last and len(kept) == len(rows.items)
                progress.give(rows.seconds[: len(kept)])
                yield _page(list(kept), progress, is_last=is_last)
                if left is not None and (left := left - len(kept)) == 0:
                    return
        if not is_last:
            yield _page([], progress, is_last=True)

    async def fixed(self, reached: int = 0) -> Place:
        """Fix the ends of the range that were left open; an open end not before second *reached*.

        Raises:
            DevinError: The first item could not be read; the error has no checkpoint.
        """
        after = self.asked.after
        if after is not None or not self.asked.is_sorted:
            if self.asked.before is None:
                await self._learn_time()
            before, settled = self._end(reached), self.settled()
            is_empty = self.asked.before is None and after is not None and after >= before
            return Place(after, before, done=is_empty, settled=settled)
        first = await self._first_moment()
        before, settled = self._end(reached), self.settled()
        if first is None or first > before:
            return Place(None, before, done=True, settled=settled)
        return Place(max(0, math.floor(first) - 1), before, settled=settled)

    def _end(self, reached: int) -> int:
        if self.asked.before is not None:
            return self.asked.before
        clock = self.fetch.clock
        if not self.is_to_now:
            return max(reached, math.floor(clock.server_time()) - SETTLED)
        # Who writes the Date may be behind who writes the rows: the later clock leaves nothing out.
        now = math.floor(max(clock.server_time(), clock.time()))
        return max(reached, now + _BEYOND_NOW)

    async def now(self) -> int:
        """Return the server's second; what lies a day ago has passed, whoever is asked."""
        clock = self.fetch.clock
        before = self.asked.before
        if before is None or before > clock.server_time() - _DAY:
            await self._learn_time()
        if before is not None and before > clock.server_time() - SETTLED:
            await self._ask_for_one()  # a fresh answer, as what it says is to be sure
        return math.floor(clock.server_time())

    async def _learn_time(self) -> None:
        """Ask for one item, if no answer has told the server's time yet."""
        if not self.fetch.clock.has_server_time:
            await self._ask_for_one()

    async def _ask_for_one(self) -> None:
        # Of no range, as one request may not be allowed to span the one that was asked for.
        with suppress(ResponseDecodeError):  # its headers were read all the same
            await self.fetch.narrowed(dict.fromkeys(self.asked.names))(None, 1)

    async def _first_moment(self) -> float | None:
        """Read the time of the oldest item there is, by one request for one item."""
        lower, upper = self.asked.names
        oldest = self.fetch.narrowed({lower: None, upper: None, "order": "asc"})
        walk = CursorWalk[T](self.fetch.name, "cursor", Start(), 1, page_size=1)
        while not walk.done:
            items = walk.take(await oldest(walk.cursor, 1)).items
            if items:
                return moments_of(items)[0]
        if walk.fault is not None:
            raise walk.fault
        return None

    async def rows(
        self, place: Place, progress: Progress[T], limit: int | None = None
    ) -> AsyncGenerator[Rows[T], None]:
        """Yield what follows *place*, in order; errors carry the checkpoint of *progress*."""
        is_over = place.done
        while not is_over:
            reading = _Reading(self, await self._reached(place, progress), self._width(limit))
            try:
                async with closing(self._rows(reading, progress, limit)) as all_rows:
                    async for rows in all_rows:
                        limit = None if limit is None else limit - len(rows.items)
                        yield rows
                is_over = True
            except APIStatusError as error:
                # A cursor that has perished: windows begin anew at what was given last.
                last = progress.place
                if error is not reading.refusal or (last.at, last.skip) == (place.at, place.skip):
                    raise
                place = replace(place, at=last.at, skip=last.skip)
                progress.resume()

    async def _reached(self, place: Place, progress: Progress[T]) -> Place:
        """Return *place* without the days to come: there is nothing to cut into windows."""
        clock = self.fetch.clock
        if place.before <= clock.server_time() + _DAY:
            return place
        try:
            await self._learn_time()
        except DevinError as error:
            with_checkpoint(error, progress.checkpoint())
            raise
        if not clock.has_server_time:
            return place
        reach = max(math.floor(clock.server_time()) + _DAY, place.after or 0, place.at or 0)
        return replace(place, before=min(place.before, reach))

    async def _rows(
        self, reading: "_Reading[T]", progress: Progress[T], limit: int | None
    ) -> AsyncGenerator[Rows[T], None]:
        wanted = limit
        try:
            while (batch := await reading.next()) is not None:
                fresh = progress.fresh(batch)
                if not fresh.items:
                    continue
                wanted = None if wanted is None else wanted - len(fresh.items)
                if (wanted is None or wanted > 0) and reading.start():
                    # The requests get to be sent, even if the caller blocks the loop now.
                    await asyncio.sleep(0)
                yield Rows(fresh.items, fresh.seconds, reading.is_over)
        except DevinError as error:
            with_checkpoint(error, progress.checkpoint())
            raise
        finally:
            await cancel_and_wait(reading.tasks)

    def _width(self, limit: int | None) -> int:
        """Tell how many requests at once are of use."""
        width = self.asked.parallel or 1
        if limit is None:
            return width
        return min(width, math.ceil(limit / (self.page_size or USUAL_PAGE)))


class _Reading(Generic[T]):
    """One reading of a range: a schedule, and the tasks that carry it out."""

    def __init__(self, source: TimeList[T], place: Place, width: int) -> None:
        asked = source.asked
        span = Span(
            after=place.after,
            before=place.before,
            descending=asked.descending,
            longest=asked.longest,
        )
        self.tasks: dict[asyncio.Task[None], Slot[T]] = {}
        self.refusal: APIStatusError | None = None
        self._source = source
        self._width = width
        self._news = asyncio.Event()
        self._schedule = Schedule[T](
            source.fetch.name,
            span,
            first_windows(span, place.window(span), width),
            width=width,
            is_sorted=asked.is_sorted,
            page_size=source.page_size,
            id_field=source.fetch.id_field,
        )

    @property
    def is_over(self) -> bool:
        """Tell whether all was handed over."""
        return self._schedule.is_over

    async def next(self) -> Batch[T] | None:
        """Wait for what comes next; None at the end.

        Raises:
            DevinError: It could not be read.
        """
        while (batch := self._schedule.take()) is None:
            if self._schedule.is_over:
                return None
            if self._schedule.error is not None:
                raise self._schedule.error
            self.start()
            self._news.clear()
            await self._news.wait()
        return batch

    def start(self) -> bool:
        """Set as many to work as there is work for; tell whether there was any."""
        before = len(self.tasks)
        while len(self.tasks) < self._width and (slot := self._schedule.next_job()) is not None:
            task = self._source.spawn(self._work(slot))
            self.tasks[task] = slot
            task.add_done_callback(self._ended)
        return len(self.tasks) > before

    async def _work(self, slot: Slot[T]) -> None:
        """Read a page, then another one, as long as one is wanted."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        while True:
            await self._read(slot)
            self._news.set()
            following = self._schedule.next_job()
            if following is None:
                return
            self.tasks[task] = slot = following
            self.start()

    async def _read(self, slot: Slot[T]) -> None:
        source = self._source
        lower, upper = source.asked.names
        fetch = source.fetch.narrowed({lower: slot.ask.after, upper: slot.ask.before})
        try:
            wire = await fetch(slot.walk.cursor, source.page_size)
            moments = moments_of(wire.items)
        except Exception as error:  # noqa: BLE001 - raised when its turn comes
            if isinstance(error, APIStatusError) and is_refused(error, slot.walk.cursor):
                self.refusal = error
            self._schedule.failed(slot, error)
        else:
            self._schedule.arrived(slot, wire, moments)

    def _ended(self, task: asyncio.Task[None]) -> None:
        slot = self.tasks.pop(task)
        if task.cancelled():
            error = ConfigurationError("the client was closed while the list was being read")
            self._schedule.failed(slot, error)
        self._news.set()


class _SecondUnderWay(Generic[T]):
    """The rest of the second that a cursor points into; from the next one on windows take over.

    Attributes:
        place: Where windows take over; None if there is nothing left, or nothing wanted.
        left: What is left of the limit; None without one.
    """

    def __init__(self, source: TimeList[T], start: Start, limit: int | None) -> None:
        self.place: Place | None = None
        self.left = limit
        self._source = source
        self._walk = CursorWalk[T](
            source.fetch.name,
            "cursor",
            start,
            limit,
            page_size=source.page_size,
            origin=source.asked.origin,
        )
        self._second: int | None = None

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Yield the pages of that second, with checkpoints of the cursor."""
        while not self._walk.done:
            here = self._walk.checkpoint()
            try:
                wire = await self._source.fetch(self._walk.cursor, self._source.page_size)
                own, is_whole = self._own(wire, here["skip"])
                if not is_whole:
                    yield await self._last_page(own, here)
                    return
            except DevinError as error:
                with_checkpoint(error, here)
                raise
            page = self._walk.take(wire)
            self.left = None if self.left is None else self.left - len(page.items)
            yield page
            if self._walk.fault is not None:
                raise with_checkpoint(self._walk.fault, page.checkpoint)

    def _own(self, wire: WirePage[T], skip: int) -> tuple[list[T], bool]:
        """Return the new items of that second, and whether they are all that is new."""
        fresh = wire.items[skip:]
        seconds = [math.floor(moment) for moment in moments_of(fresh)]
        if self._second is None and seconds:
            self._second = seconds[0]
        own = [item for item, one in zip(fresh, seconds, strict=True) if one == self._second]
        return own, len(own) == len(fresh)

    async def _last_page(self, own: list[T], here: Checkpoint) -> Page[T]:
        """Cut the page at the end of the second, and find where windows take over."""
        kept = own if self.left is None else own[: self.left]
        if self.left is None or self.left > len(own):
            self.left = None if self.left is None else self.left - len(own)
            self.place = await self._following(cast("int", self._second))
        return Page(
            items=kept,
            end_cursor=None,
            has_next_page=True,
            total=None,
            checkpoint={**here, "skip": here["skip"] + len(kept)},
        )

    async def _following(self, second: int) -> Place:
        fixed = await self._source.fixed(second)
        following = second - 1 if self._source.asked.descending else second + 1
        if (fixed.after or 0) <= following <= fixed.before:
            return Place(fixed.after, fixed.before, following)
        return Place(fixed.after, fixed.before, min(second, fixed.before), done=True)


def _page(items: list[T], progress: Progress[T], *, is_last: bool) -> Page[T]:
    return Page(
        items=items,
        end_cursor=None,
        has_next_page=not is_last,
        total=None,
        checkpoint=progress.checkpoint(done=is_last),
        range_end=moment_of(progress.place.settled),
    )
