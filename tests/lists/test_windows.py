"""Planning: whatever the data, the windows together give each item once and in order."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_server import NAME, GrowingServer, MemoryServer, Reader, ShiftingServer, time_range

from devin_async import PaginationError
from devin_async.lists.ranges.places import Place, read_place
from devin_async.lists.ranges.windows import (
    Ask,
    Span,
    Window,
    cut_page,
    first_windows,
    split,
    window_length,
)

readings = st.sampled_from([(True, False), (True, True), (False, False), (False, True)])


@st.composite
def densities(draw):
    """Seconds of a hundred: spread, in one clump, or nearly all in one second."""
    spread = draw(st.lists(st.integers(100, 200), max_size=40))
    clump = draw(st.lists(st.integers(140, 146), max_size=40))
    second = [draw(st.integers(100, 200))] * draw(st.integers(0, 30))
    part = draw(st.sampled_from([1, 4]))  # whole seconds, or quarters of them
    return sorted(spread + [140 + (one - 140) / part for one in clump] + second)


@st.composite
def readers(draw, *, is_sorted=True):
    lower, upper = draw(readings)
    server = MemoryServer(
        draw(densities()),
        page_size=draw(st.integers(1, 9)),
        lower=lower,
        upper=upper,
        shuffled=not is_sorted,
        total=draw(st.booleans()),
    )
    after = draw(st.integers(95, 199))
    asked = time_range(
        after,
        draw(st.integers(after + 1, 205)),
        descending=is_sorted and draw(st.booleans()),
        is_sorted=is_sorted,
        longest=draw(st.sampled_from([None, 20, 50, 1000])),
        parallel=draw(st.integers(1, 9)),
    )
    return Reader(server, asked, draw(st.integers(0, 99)))


@given(readers())
@settings(max_examples=400)
def test_windows_give_exactly_the_serial_list(reader):
    events, checkpoint = reader.read()
    assert events == reader.serial()
    assert checkpoint["done"] is True


@st.composite
def crowded_readers(draw):
    """Readers of a long range with a crowd in a short part of it."""
    begin, many = draw(st.integers(0, 100_000)), draw(st.integers(0, 300))
    length = draw(st.integers(1, 2000))
    crowd = [begin + number * length // many for number in range(many)]
    spread = draw(st.lists(st.integers(0, 100_000), max_size=80))
    lower, upper = draw(readings)
    size = draw(st.integers(1, 4))
    server = MemoryServer(sorted(spread + crowd), page_size=size, lower=lower, upper=upper)
    width, descending = draw(st.integers(2, 40)), draw(st.booleans())
    return Reader(server, time_range(0, 103_000, descending=descending, parallel=width))


@given(crowded_readers())
@settings(max_examples=100)
def test_a_crowd_in_a_long_range_is_read_exactly(reader):
    assert reader.read()[0] == reader.serial()


@given(readers(is_sorted=False))
@settings(max_examples=400)
def test_windows_of_an_unordered_list_give_it_by_second(reader):
    events, _ = reader.read()
    assert events == reader.serial()


@given(readers(), st.lists(st.tuples(st.integers(1, 12), st.integers(1, 9)), max_size=5))
@settings(max_examples=200)
def test_a_list_read_in_parts_with_other_numbers_of_workers_is_the_whole_list(reader, parts):
    events, place = [], None
    for limit, width in [*parts, (None, 3)]:
        items, checkpoint = reader.read(place, limit=limit, width=width)
        events += items
        place = read_place(json.loads(json.dumps(checkpoint)), NAME, reader.asked)
        if place.done:
            break
    assert events == reader.serial()


@given(readers(is_sorted=False), st.lists(st.integers(1, 12), max_size=5))
def test_an_unordered_list_is_resumed_exactly_too(reader, limits):
    events, place = [], None
    for limit in [*limits, None]:
        items, checkpoint = reader.read(place, limit=limit)
        events += items
        place = read_place(checkpoint, NAME, reader.asked)
        if place.done:
            break
    assert events == reader.serial()


@given(readers(), st.lists(st.lists(st.integers(100, 260).map(float), max_size=3), max_size=20))
@settings(max_examples=300)
def test_late_and_new_events_during_the_read_lose_and_double_nothing(reader, arriving):
    server = reader.server
    reader.server = GrowingServer(
        server.moments, server.page_size, server.lower, server.upper, arriving=arriving
    )
    before = reader.serial()
    events, _ = reader.read()
    assert len({event.number for event in events}) == len(events)
    assert [event for event in events if event.number < len(server.moments)] == before


@given(readers(), st.lists(st.integers(0, 2), max_size=20), st.integers(1, 30))
@settings(max_examples=300)
def test_a_row_that_is_on_two_pages_of_a_window_is_given_once(reader, arriving, limit):
    server, size = reader.server, reader.server.page_size
    arriving = [min(count, size) if place % 3 == 0 else 0 for place, count in enumerate(arriving)]
    reader.server = ShiftingServer(
        server.moments, size, server.lower, server.upper, arriving=arriving
    )
    before = reader.serial()
    events, checkpoint = reader.read(limit=limit, width=1)
    place = read_place(json.loads(json.dumps(checkpoint)), NAME, reader.asked)
    if not place.done:
        events += reader.read(place, width=1)[0]
    numbers = [event.number for event in events]
    assert len(set(numbers)) == len(numbers)
    assert [event for event in events if event.number < len(server.moments)] == before


@given(readers())
def test_no_request_spans_more_than_the_api_allows(reader):
    reader.read()
    longest = reader.asked.longest
    assert longest is None or reader.server.widest <= longest


@given(readers())
def test_no_more_pages_wait_than_were_promised(reader):
    reader.read()
    width = reader.asked.parallel
    assert reader.most <= (1 if width == 1 else 2 * width) + 1


@given(readers(is_sorted=False))
def test_no_more_pages_of_an_unordered_list_wait_than_were_promised(reader):
    reader.read()
    assert reader.most <= 2 * reader.asked.parallel + 5


@given(
    st.integers(0, 10**6), st.integers(1, 10**7), st.integers(1, 300), st.sampled_from([None, 900])
)
def test_the_first_windows_are_the_range_without_gap_or_overlap(start, length, parts, longest):
    span = Span(after=start, before=start + length, longest=longest)
    windows = first_windows(span, span.whole, parts)
    assert windows[0].start == start
    assert windows[-1].stop == start + length + 1
    assert all(one.stop == other.start for one, other in pairwise(windows))
    assert all(window.seconds >= 1 for window in windows)


def test_a_window_asks_from_a_second_before_it():
    span = Span(after=100, before=200)
    assert span.ask(Window(150, 160)) == Ask(149, 160)


def test_the_outer_bounds_are_the_callers_own():
    span = Span(after=100, before=200)
    assert span.ask(Window(100, 150)) == Ask(100, 150)
    assert span.ask(Window(150, 201)) == Ask(149, 200)


def test_a_window_with_the_second_before_it_is_no_longer_than_the_api_allows():
    span = Span(after=0, before=199, longest=100)
    asks = [span.ask(window) for window in first_windows(span, span.whole, 1)]
    assert len(asks) == 3
    assert max(ask.before - ask.after for ask in asks) <= 100


def test_an_open_start_sends_no_lower_bound():
    span = Span(after=None, before=200)
    assert span.ask(Window(0, 150)) == Ask(None, 150)


def test_a_range_that_is_open_below_is_cut_where_there_is_something():
    now = 1_790_000_000
    windows = first_windows(Span(after=None, before=now), Window(0, now + 1), 4)
    assert [window.start for window in windows] == [
        0,
        1704067200,
        1725550400,
        1747033600,
        1768516800,
    ]


def test_a_descending_range_begins_with_its_newest_window():
    span = Span(after=0, before=9, descending=True)
    assert first_windows(span, span.whole, 2) == [Window(5, 10), Window(0, 5)]


def test_a_window_is_cut_no_finer_than_its_seconds():
    assert split(Window(4, 6), 9) == [Window(4, 5), Window(5, 6)]


def test_a_page_that_fills_a_tenth_of_its_window_is_followed_by_windows_of_two_pages():
    span = Span(after=0, before=999)
    cut = cut_page(span, Window(0, 1000), 0, range(0, 101, 1))
    assert cut.last == 100
    assert [(one.start, one.stop) for one in cut.rest] == [
        (100, 280),
        (280, 460),
        (460, 640),
        (640, 820),
        (820, 1000),
    ]


def test_a_page_that_fills_a_fifth_of_its_window_is_followed_by_windows_of_one_page():
    cut = cut_page(Span(after=0, before=499), Window(0, 500), 0, range(0, 101, 1))
    assert [one.seconds for one in cut.rest] == [80, 80, 80, 80, 80]


def test_where_the_server_tells_how_many_follow_no_more_windows_are_cut():
    cut = cut_page(Span(after=0, before=9999), Window(0, 10_000), 0, range(101), left=4.0)
    assert [one.seconds for one in cut.rest] == [87, 87, 87, 87, 87, 9465]


def test_a_density_that_windows_nearby_have_too_is_their_average():
    span = Span(after=0, before=999)
    alone = cut_page(span, Window(0, 1000), 0, range(101))
    among = cut_page(span, Window(0, 1000), 0, range(101), near=[1.2, 1.1, 9.0])
    assert (alone.rest_rate, among.rate) == (1.0, 1.0)
    assert among.rest_rate == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("page_seconds", "pages", "length"), [(100, 1, 87), (100, 2, 177), (8, 1, 6), (2, 1, 6)]
)
def test_windows_whose_second_of_overlap_would_cost_too_much_are_longer(
    page_seconds, pages, length
):
    assert window_length(page_seconds, pages) == length


def test_a_page_that_nearly_fills_its_window_is_read_on_by_cursor():
    cut = cut_page(Span(after=0, before=999), Window(0, 1000), 0, range(0, 600, 6))
    assert cut.rest == ()
    assert cut.last is None


def test_a_page_within_one_second_is_read_on_by_cursor():
    cut = cut_page(Span(after=0, before=999), Window(0, 1000), 0, [5, 5, 5])
    assert (cut.rest, cut.last, cut.is_over) == ((), None, False)


def test_a_page_that_reaches_beyond_its_window_ends_it():
    cut = cut_page(Span(after=0, before=999), Window(0, 10), 0, [5, 8, 10])
    assert cut.is_over


def test_an_empty_window_costs_one_request():
    server = MemoryServer([], page_size=10)
    Reader(server, time_range(0, 10_000, parallel=16)).read()
    assert server.requests == 16


def test_a_dense_second_beside_a_window_is_not_read_again():
    server = MemoryServer([50.0] * 1000 + [51.0], page_size=10, upper=True)
    events, _ = Reader(server, time_range(40, 60, parallel=4)).read()
    assert len(events) == 1001
    assert server.requests < 115


def test_times_with_fractions_below_a_dense_second_are_read_too():
    server = MemoryServer([50.5] + [51.0] * 5, page_size=2, upper=True)
    events, _ = Reader(server, time_range(40, 60, descending=True)).read(Place(40, 60, 50))
    assert [event.created_at for event in events] == [50.5]


def test_even_data_costs_hardly_more_requests_than_pages():
    server = MemoryServer([float(second) for second in range(20_000)], page_size=100)
    Reader(server, time_range(0, 20_000, parallel=16)).read()
    assert server.requests <= 270


def test_ninety_percent_in_one_percent_costs_hardly_more_requests_than_pages():
    dense = [60_000 + number / 18 for number in range(18_000)]
    sparse = [number * 50 for number in range(2000)]
    moments = sorted(map(float, map(int, dense + sparse)))
    server = MemoryServer(moments, page_size=100)
    Reader(server, time_range(0, 100_000, parallel=16)).read()
    assert server.requests <= 360


def test_times_with_fractions_belong_to_their_second():
    server = MemoryServer([10.2, 10.9, 11.0, 11.5, 12.1], page_size=2, lower=False)
    reader = Reader(server, time_range(10, 13))
    assert reader.read()[0] == reader.serial()


def test_a_list_in_no_order_is_refused_rather_than_read_with_gaps():
    server = MemoryServer([float(second) for second in range(100)], shuffled=True)
    with pytest.raises(PaginationError, match="not give its items in the order of created_at"):
        Reader(server, time_range(0, 100)).read()


def test_a_place_after_the_last_second_leaves_nothing():
    server = MemoryServer([5.0], page_size=2)
    events, checkpoint = Reader(server, time_range(0, 10)).read(Place(0, 10, 11))
    assert (events, checkpoint["done"]) == ([], True)
