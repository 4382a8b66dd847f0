"""Where a range of time begins, ends, is cut and goes on, at the values where that changes."""

from collections.abc import Sequence
from datetime import UTC, datetime

import attrs
import pytest
from clocks import START
from memory_server import NAME, Event, time_range

from devin_async.codec.decoding import WirePage
from devin_async.lists.export.run import _Pace
from devin_async.lists.ranges.places import Place, read_place, time_filter
from devin_async.lists.ranges.reading import TimeList
from devin_async.lists.ranges.schedule import Schedule
from devin_async.lists.ranges.windows import Ask, Span, Window


@attrs.define
class AnsweredAt:
    """A clock that knows the server's second only once somebody has asked."""

    second: float
    has_server_time: bool = False

    def server_time(self) -> float:
        return self.second


@attrs.define
class OneRow:
    """A list whose oldest row was created at *first*, and that counts its requests."""

    clock: AnsweredAt
    first: float = 0.0
    name: str = NAME
    requests: int = 0

    def narrowed(self, query):
        return self

    async def __call__(self, cursor, page_size):
        self.requests += 1
        self.clock.has_server_time = True
        return WirePage([Event(0, self.first)], None, False, None)


def range_of(fetch, after, before):
    return TimeList(fetch=fetch, spawn=None, asked=time_range(after, before), page_size=None)


async def test_an_open_start_is_the_second_before_the_one_of_the_oldest_row():
    fetch = OneRow(AnsweredAt(START), first=1000.5)
    assert await range_of(fetch, None, 5000).fixed() == Place(999, 5000, settled=5000)


async def test_an_open_start_does_not_lie_before_1970():
    fetch = OneRow(AnsweredAt(START), first=0.5)
    assert await range_of(fetch, None, 5000).fixed() == Place(0, 5000, settled=5000)


@pytest.mark.parametrize(("ago", "requests"), [(86_399.5, 1), (86_400.0, 0), (86_401.0, 0)])
async def test_the_server_is_asked_for_its_time_where_the_end_was_less_than_a_day_ago(
    ago, requests
):
    fetch = OneRow(AnsweredAt(START + ago))
    assert await range_of(fetch, 0, START).now() == int(START + ago)
    assert fetch.requests == requests


NEVER = datetime(9999, 12, 31, tzinfo=UTC)
FROM = START - 40_000


@pytest.mark.parametrize("parallel", [None, 8])
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_an_end_in_the_far_future_costs_no_requests(world, order, parallel):
    sandbox, devin = world
    near = devin.enterprise.audit_logs.list(time_after=FROM, order=order)
    expected = await near.collect()
    before = len(sandbox.requests)
    logs = devin.enterprise.audit_logs.list(
        time_after=FROM, time_before=NEVER, order=order, parallel=parallel
    )
    assert await logs.collect() == expected
    assert len(sandbox.requests) - before <= 2 * (before + 8)


async def test_a_list_up_to_the_far_future_alone_begins_with_the_newest(world):
    sandbox, devin = world
    newest = await devin.enterprise.audit_logs.list().first()
    before = len(sandbox.requests)
    assert await devin.enterprise.audit_logs.list(time_before=NEVER).first() == newest
    assert len(sandbox.requests) - before <= 3


async def test_an_export_up_to_the_far_future_writes_what_is_there(world, tmp_path):
    sandbox, devin = world
    logs = devin.enterprise.audit_logs
    done = await logs.export(tmp_path / "logs.jsonl", time_after=FROM, time_before=NEVER)
    settled = int(sandbox.clock.now()) - 30
    rows = await logs.list(time_after=FROM, time_before=settled).collect()
    assert (done.count, done.finished) == (len(rows), False)


async def test_the_first_call_of_a_client_can_be_an_export_of_more_than_100_days(world, tmp_path):
    _, devin = world
    done = await devin.enterprise.audit_logs.export(
        tmp_path / "logs.jsonl", time_after=START - 200 * 86_400, time_before=START - 60
    )
    assert done.finished


def query(after, before):
    return {"time_after": after, "time_before": before, "order": "asc"}


NAMES = ("time_after", "time_before")


def test_a_range_may_end_in_the_second_that_it_starts_in():
    asked = time_filter(query(5, 5), names=NAMES, longest=None, parallel=None)
    assert (asked.after, asked.before) == (5, 5)


def test_a_checkpoint_of_an_open_start_may_lie_at_second_0():
    asked = time_filter(query(None, 100), names=NAMES, longest=None, parallel=None)
    changing = {"list": NAME, "after": None, "before": 100, "at": 0, "skip": 2}
    fixed = {"order": "asc", "asked": [None, 100], "filters": asked.digest}
    assert read_place({**fixed, **changing}, NAME, asked) == Place(None, 100, 0, 2)


def page_at(seconds: Sequence[int]) -> tuple[WirePage[Event], Sequence[int]]:
    return WirePage([Event(one, one) for one in seconds], f"{seconds[-1]}", True, None), seconds


def test_the_window_before_one_tells_how_dense_it_is():
    span = Span(after=0, before=1999)
    schedule = Schedule(NAME, span, [Window(0, 1000), Window(1000, 2000)], width=2)
    first, second = schedule.next_job(), schedule.next_job()
    first.rate = 1.2
    schedule.arrived(second, *page_at(range(1000, 1101)))
    rates = [slot.rate for slot in schedule._slots if slot not in (first, second)]
    assert rates
    assert rates == [pytest.approx(1.1)] * len(rates)


def test_a_window_of_no_order_is_cut_when_four_pages_of_it_are_held():
    span = Span(after=0, before=999)
    schedule = Schedule(NAME, span, [Window(0, 1000)], width=1, is_sorted=False)
    windows = []
    for page in range(4):
        slot = schedule.next_job()
        schedule.arrived(slot, *page_at([page, 999 - page]))
        windows.append(len(schedule._slots))
    assert windows[:3] == [1, 1, 1]
    assert windows[3] > 1


@pytest.mark.parametrize(("second", "share"), [(-1, 0.0), (0, 0.0), (50, 0.5), (100, 1.0)])
def test_a_share_of_the_range_is_told(second, share):
    pace = _Pace(place=Place(0, 100), descending=False, earlier=0, started=0.0)
    assert pace._share(second) == share


def test_what_lies_behind_the_range_is_all_of_it():
    pace = _Pace(place=Place(0, 100), descending=False, earlier=0, started=0.0)
    progress = pace.progress(10, 105, 2.0)
    assert (progress.time_done, progress.eta, progress.rate) == (1.0, 0.0, 5.0)


@pytest.mark.parametrize(
    ("asked", "moments", "narrower"),
    [
        (Ask(9, 20), [9.0], Ask(10, 20)),
        (Ask(9, None), [9.0, 9.5], Ask(10, None)),
        (Ask(9, 20), [9.5], Ask(9, 20)),
        (Ask(9, 10), [9.0], Ask(9, 10)),
        (Ask(8, 20), [8.0], Ask(8, 20)),
        (Ask(10, 20), [10.0], Ask(10, 20)),
        (Ask(None, 20), [9.0], Ask(None, 20)),
    ],
)
def test_a_window_spares_the_second_before_it_once_that_was_seen_to_count(asked, moments, narrower):
    span = Span(after=0, before=1999)
    assert span.narrower(Window(10, 20), asked, moments) == narrower
