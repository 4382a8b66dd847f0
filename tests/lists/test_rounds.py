"""How many rounds of requests a range takes that is read side by side, wherever its data lie."""

import math
import random
from bisect import bisect_left
from collections import deque

import attrs
import pytest
from memory_server import NAME, Event

from devin_async.codec.decoding import WirePage
from devin_async.lists.ranges.schedule import Schedule
from devin_async.lists.ranges.windows import Span, first_windows

DAY = 86_400
NOW = 1_790_000_000
PAGE = 100


@attrs.define
class Rows:
    """A list by time of prepared rows: the lower bound counts, the upper one does not."""

    moments: list[int]
    tells_total: bool
    requests: int = 0

    def page(self, ask, cursor, *, descending):
        self.requests += 1
        low = 0 if ask.after is None else bisect_left(self.moments, ask.after)
        high = len(self.moments) if ask.before is None else bisect_left(self.moments, ask.before)
        start = int(cursor or 0)
        stop = min(start + PAGE, high - low)
        places = range(high - 1 - start, high - 1 - stop, -1)
        if not descending:
            places = range(low + start, low + stop)
        more = stop < high - low
        items = [Event(place, self.moments[place]) for place in places]
        return WirePage(
            items, str(stop) if more else None, more, high - low if self.tells_total else None
        )


def rounds(rows, span, width):
    """Read all of it, each request taking one round; give how many rounds and items there were."""
    windows = first_windows(span, span.whole, width)
    schedule = Schedule(NAME, span, windows, width=width)
    count, items, under_way = 0, 0, deque()
    while not schedule.is_over:
        while len(under_way) < width and (slot := schedule.next_job()) is not None:
            under_way.append(slot)
        count += 1
        for _ in range(len(under_way)):
            slot = under_way.popleft()
            wire = rows.page(slot.ask, slot.walk.cursor, descending=span.descending)
            schedule.arrived(slot, wire, [event.created_at for event in wire.items])
        while (batch := schedule.take()) is not None:
            items += len(batch.items)
    return count, items


def even(start, seconds, many):
    return [start + seconds * number // many for number in range(many)]


def crowd(days, at, *, share=0.9, part=0.01, many=37_000):
    """Give rows of which a share lies in a part of the range, *at* so much of it."""
    seconds = int(days * DAY)
    start, dense = NOW - seconds, int(many * share)
    begin = start + int(seconds * (1 - part) * at)
    return sorted(even(begin, int(seconds * part), dense) + even(start, seconds, many - dense))


@pytest.mark.parametrize("days", [3, 90, 90.5, 91, 365])
@pytest.mark.parametrize("descending", [True, False])
def test_a_crowd_is_read_eleven_times_faster_by_sixteen_wherever_it_lies(days, descending):
    """The range's length and the crowd's place once decided: 1.1 to 6 times serial."""
    span = Span(after=NOW - int(days * DAY), before=NOW, descending=descending, longest=100 * DAY)
    for at in (0, 0.3, 0.77, 0.995):
        rows = Rows(crowd(days, at), tells_total=True)
        count, items = rounds(rows, span, 16)
        assert items == 37_000
        assert 370 / count >= 11
        assert rows.requests <= 1.35 * 370


def chosen(chance):
    """Give the rows, at most ten a second, and the ends and the order of any range."""
    seconds = int(3600 * 10 ** chance.uniform(1.0, 3.9))  # 10 hours to 330 days
    before = NOW - chance.randrange(10**7)
    start, many = before - seconds, chance.randrange(16_000, 40_000)
    kind = chance.choice(["even", "crowd", "stretches", "bursts"])
    if kind == "crowd":
        share, part = chance.uniform(0.5, 0.97), 10 ** chance.uniform(-2.3, -0.5)
        part = max(part, 10 * many / PAGE / seconds)
        begin, dense = start + seconds * (1 - part) * chance.random(), int(many * share)
        moments = [begin + seconds * part * chance.random() for _ in range(dense)]
        moments += [start + seconds * chance.random() for _ in range(many - dense)]
    else:
        parts = {
            "even": 1,
            "stretches": chance.randrange(2, 12),
            "bursts": chance.randrange(12, 60),
        }
        weights = [chance.paretovariate(1.0) for _ in range(parts[kind])]
        length, all_weights = seconds / len(weights), sum(weights)
        moments = [
            start + length * (number + chance.random())
            for number, weight in enumerate(weights)
            for _ in range(int(many * weight / all_weights))
        ]
    span = Span(after=start, before=before, descending=chance.random() < 0.5, longest=100 * DAY)
    return sorted(map(int, moments)), span


def measure(seeds):
    """Compare rounds with the ideal, and requests with the serial ones, of each and of all."""
    by_rounds, by_requests, requests, serial = [], [], 0, 0
    for seed in seeds:
        moments, span = chosen(random.Random(seed))
        rows = Rows(moments, tells_total=seed % 3 > 0)
        count, items = rounds(rows, span, 16)
        assert items == len(moments)
        pages = math.ceil(items / PAGE)
        by_rounds.append(count * 16 / pages)
        by_requests.append(rows.requests / pages)
        requests, serial = requests + rows.requests, serial + pages
    return sorted(by_rounds), sorted(by_requests), requests / serial


def check(seeds):
    by_rounds, by_requests, in_all = measure(seeds)
    assert by_rounds[int(len(seeds) * 0.95) - 1] <= 1.6
    assert by_rounds[-1] <= 2.5
    assert in_all <= 1.3
    assert by_requests[-1] <= 1.6


def test_random_ranges_take_hardly_more_rounds_than_pages_by_workers():
    check(range(6))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_thousand_random_ranges_take_hardly_more_rounds_than_pages_by_workers():
    check(range(1000))


def test_what_lies_evenly_is_read_with_hardly_more_requests_than_pages():
    span = Span(after=NOW - 90 * DAY, before=NOW, longest=100 * DAY)
    rows = Rows(even(NOW - 90 * DAY, 90 * DAY, 100_000), tells_total=False)
    count, items = rounds(rows, span, 8)
    assert items == 100_000
    assert 1000 / count >= 7.5
    assert rows.requests <= 1.06 * 1000


def requests_in_any_order(rows, span, width, chance):
    """Read all of it where answers come late by chance, and the reader takes a page at a time."""
    schedule = Schedule(NAME, span, first_windows(span, span.whole, width), width=width)
    items, under_way = 0, []
    while not schedule.is_over:
        while len(under_way) < width and (slot := schedule.next_job()) is not None:
            under_way.append(slot)
        if under_way:
            place = min(chance.randrange(len(under_way)), chance.randrange(len(under_way)))
            slot = under_way.pop(place)
            wire = rows.page(slot.ask, slot.walk.cursor, descending=span.descending)
            schedule.arrived(slot, wire, [event.created_at for event in wire.items])
        batch = schedule.take()
        items += 0 if batch is None else len(batch.items)
    assert items == len(rows.moments)
    return rows.requests


def test_what_lies_evenly_is_hardly_read_twice_in_whatever_order_its_pages_come():
    """What waited far behind was given up and read again: one request in eight."""
    span = Span(after=NOW - 90 * DAY, before=NOW, longest=100 * DAY)
    moments = even(NOW - 90 * DAY, 90 * DAY, 100_000)
    for width in (8, 16):
        for seed in range(3):
            rows = Rows(moments, tells_total=False)
            assert requests_in_any_order(rows, span, width, random.Random(seed)) <= 1.07 * 1000


@attrs.define
class HaltingRows(Rows):
    """The same, where the first page of each range is empty, and only its cursor leads on."""

    asks: dict[str, object] = attrs.field(factory=dict)

    def page(self, ask, cursor, *, descending):
        if cursor is None:
            self.requests += 1
            name = f"begin-{self.requests}"
            self.asks[name] = ask
            return WirePage([], name, True, None)
        name, _, place = cursor.partition("/")
        assert self.asks[name] == ask
        wire = super().page(ask, place, descending=descending)
        if wire.end_cursor:
            wire.end_cursor = f"{name}/{wire.end_cursor}"
        return wire


def test_a_cursor_is_sent_with_the_bounds_that_it_was_given_for():
    for descending in (True, False):
        span = Span(after=NOW - 90 * DAY, before=NOW, descending=descending, longest=100 * DAY)
        for seed in range(2):
            rows = HaltingRows(even(NOW - 90 * DAY, 90 * DAY, 40_000), tells_total=False)
            requests_in_any_order(rows, span, 8, random.Random(seed))
