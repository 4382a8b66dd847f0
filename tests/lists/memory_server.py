"""Servers of lists in memory, and a reader that carries a schedule out in any order of arrival."""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import attrs

from devin_async.codec.decoding import WirePage
from devin_async.lists.ranges.places import Place, Progress, TimeFilter
from devin_async.lists.ranges.schedule import Schedule
from devin_async.lists.ranges.windows import Span, first_windows

NAME = "/v3/events"


@attrs.frozen
class Event:
    """An item of a list."""

    number: int
    created_at: float


def _moment(event: Event) -> float:
    return event.created_at


def _place_of(event: Event) -> tuple[float, int]:
    return event.created_at, event.number


@attrs.define
class MemoryServer:
    """A list by time, with one of the readings that the documents leave open.

    Attributes:
        moments: When its events happened; the place of each is its number.
        lower: Whether the lower bound counts.
        upper: Whether the upper bound counts.
        shuffled: Whether the order of items is another one than that of time.
        total: Whether it tells how many there are.
        requests: How many it had.
    """

    moments: Sequence[float]
    page_size: int = 3
    lower: bool = True
    upper: bool = False
    shuffled: bool = False
    total: bool = False
    requests: int = 0
    widest: int = 0
    _of: Sequence[float] | None = attrs.field(default=None, init=False, eq=False)
    _sorted: list[Event] = attrs.field(factory=list, init=False, eq=False)

    def matching(self, after: int | None, before: int | None, *, descending: bool) -> list[Event]:
        if self._of is not self.moments:  # sorted once, as each of thousands of pages asks for it
            events = [Event(number, moment) for number, moment in enumerate(self.moments)]
            self._of, self._sorted = self.moments, sorted(events, key=_place_of)
        low = 0
        high = len(self._sorted)
        if after is not None:
            low = (bisect_left if self.lower else bisect_right)(self._sorted, after, key=_moment)
        if before is not None:
            high = (bisect_right if self.upper else bisect_left)(self._sorted, before, key=_moment)
        events = self._sorted[low:high]
        if self.shuffled:
            return sorted(events, key=lambda event: event.number * 7919 % 1009)
        return events[::-1] if descending else events

    def page(
        self, after: int | None, before: int | None, cursor: str | None, *, descending: bool
    ) -> WirePage[Event]:
        self.requests += 1
        if after is not None and before is not None:
            assert after < before
            self.widest = max(self.widest, before - after)
        events = self.matching(after, before, descending=descending)
        start = int(cursor or 0)
        stop = start + self.page_size
        more = stop < len(events)
        total = len(events) if self.total else None
        return WirePage(events[start:stop], str(stop) if more else None, more, total)


@attrs.define
class GrowingServer(MemoryServer):
    """A list that grows while it is read; its cursors point at items, not at places.

    Attributes:
        arriving: What happens with each request: the moments of events that appear now.
    """

    arriving: list[list[float]] = attrs.Factory(list)

    def page(self, after, before, cursor, *, descending):
        if self.arriving:
            self.moments = [*self.moments, *self.arriving.pop()]
        self.requests += 1
        events = self.matching(after, before, descending=descending)
        if cursor is not None:
            last = next(place for place, event in enumerate(events) if event.number == int(cursor))
            events = events[last + 1 :]
        shown, more = events[: self.page_size], len(events) > self.page_size
        return WirePage(shown, str(shown[-1].number) if more else None, more, None)


@attrs.define
class ShiftingServer(MemoryServer):
    """A list that grows at its beginning while it is read by places, so that rows come again.

    Attributes:
        arriving: How many events appear with each request.
    """

    arriving: list[int] = attrs.Factory(list)

    def page(self, after, before, cursor, *, descending):
        count = self.arriving.pop() if self.arriving and self.moments else 0
        first = (
            max(self.moments, default=0.0) + 1 if descending else min(self.moments, default=0.0) - 1
        )
        self.moments = [*self.moments, *[first] * count]
        return super().page(after, before, cursor, descending=descending)


def time_range(after, before, **changes) -> TimeFilter:
    times = {
        "names": ("time_after", "time_before"),
        "after": after,
        "before": before,
        "descending": False,
        "is_sorted": True,
        "longest": None,
        "parallel": 4,
        "digest": "",
    }
    return TimeFilter(**(times | changes))


@attrs.define
class Reader:
    """Reads a range of *server* as the engine does, its answers arriving in a random order."""

    server: MemoryServer
    asked: TimeFilter
    seed: int = 0
    most: int = 0

    def read(
        self, place: Place | None = None, *, limit: int | None = None, width: int | None = None
    ):
        """Give the events, and the checkpoint behind them."""
        asked = self.asked
        width = width or asked.parallel or 1
        place = place or Place(asked.after, asked.before)
        span = Span(
            after=place.after,
            before=place.before,
            descending=asked.descending,
            longest=asked.longest,
        )
        schedule = Schedule(
            NAME,
            span,
            first_windows(span, place.window(span), width),
            width=width,
            is_sorted=asked.is_sorted,
            id_field="number",
        )
        progress = Progress(NAME, asked, place)
        events, is_cut = self._run(schedule, progress, width, limit)
        return events, progress.checkpoint(done=schedule.is_over and not is_cut)

    def _run(self, schedule, progress, width, limit):
        chance = random.Random(self.seed)
        under_way, events = [], []
        while not schedule.is_over:
            while len(under_way) < width and (slot := schedule.next_job()) is not None:
                under_way.append(slot)
            self.most = max(self.most, schedule.pages)
            if under_way and chance.random() < 0.7:
                self._arrive(schedule, under_way.pop(chance.randrange(len(under_way))))
            if chance.random() < 0.6 or not under_way:
                batch = schedule.take()
                if batch is not None:
                    batch = progress.fresh(batch)
                    room = None if limit is None else limit - len(events)
                    events += batch.items[:room]
                    progress.give(batch.seconds[:room])
                    if limit is not None and len(events) >= limit:
                        return events, len(batch.items) > room
            if schedule.error is not None:
                raise schedule.error
        return events, False

    def _arrive(self, schedule, slot):
        wire = self.server.page(
            slot.ask.after, slot.ask.before, slot.walk.cursor, descending=self.asked.descending
        )
        schedule.arrived(slot, wire, [event.created_at for event in wire.items])

    def serial(self) -> list[Event]:
        """Give what one chain of cursors gives."""
        asked = self.asked
        events = self.server.matching(asked.after, asked.before, descending=asked.descending)
        return (
            events if asked.is_sorted else sorted(events, key=lambda event: int(event.created_at))
        )
