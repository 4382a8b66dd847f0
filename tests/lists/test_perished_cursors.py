"""Cursors that the server takes no more, and rows that are on two pages of a list that changes."""

import asyncio
import json
from types import MappingProxyType

import attrs
import msgspec
import pytest
from clocks import START

from devin_async import NotFoundError, PaginationError
from devin_async.codec.decoding import WirePage
from devin_async.lists.identity import ids_of
from devin_async.lists.pager import Pager
from devin_async.sandbox import Fault

LOGS = "GET /v3/enterprise/audit-logs"
RANGES = [{"time_after": START - 40_000, "time_before": START}, {"time_after": START - 40_000}, {}]


async def read(pager):
    """Give the items, and how many pages they came in."""
    pages = [page async for page in pager.pages()]
    return [item for page in pages for item in page.items], pages


@pytest.mark.parametrize("span", [40_000, 30])
@pytest.mark.parametrize("status", [400, 404, 410, 422])
async def test_a_list_by_time_goes_on_by_its_time_when_its_cursor_perishes(
    open_world, span, status
):
    sandbox, devin = await open_world(audit_span=span, audit_logs=600)
    for order in ("asc", "desc"):
        for filters in RANGES:
            logs = devin.enterprise.audit_logs.list(**filters, order=order, page_size=40)
            expected = await logs.collect()
            sandbox.inject(Fault(route=LOGS, at=5, status=status))
            items, pages = await read(logs)
            assert items == expected
            assert len(expected) == 600
            sandbox.clear_faults()
            for page in pages[::5]:
                again = devin.enterprise.audit_logs.list(
                    **filters, order=order, resume=json.loads(json.dumps(page.checkpoint))
                )
                done = sum(len(one.items) for one in pages[: pages.index(page) + 1])
                assert await again.collect() == expected[done:]


@pytest.mark.parametrize("parallel", [None, 1, 4])
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_a_checkpoint_whose_cursor_has_perished_is_resumed_all_the_same(
    world, order, parallel
):
    _, devin = world
    filters = {"time_after": START - 40_000, "time_before": START, "order": order}
    expected = await devin.enterprise.audit_logs.list(**filters).collect()
    cut = devin.enterprise.audit_logs.list(**filters, page_size=70, limit=1234)
    _, pages = await read(cut)
    checkpoint = {**pages[-1].checkpoint, "after": "long-gone"}
    rest = devin.enterprise.audit_logs.list(**filters, resume=checkpoint, parallel=parallel)
    assert await rest.collect() == expected[1234:]
    limited = devin.enterprise.audit_logs.list(
        **filters, resume=checkpoint, parallel=parallel, limit=200
    )
    assert await limited.collect() == expected[1234:1434]


async def test_a_window_whose_cursor_perishes_begins_anew(open_world):
    sandbox, devin = await open_world(audit_span=40_000, audit_logs=2000)
    filters = {"time_after": START - 40_000, "time_before": START, "page_size": 20, "parallel": 3}
    expected = await devin.enterprise.audit_logs.list(**filters).collect()
    refused = 0

    def is_with_cursor(request):
        return "after" in dict(request.query)

    sandbox.requests.clear()
    await devin.enterprise.audit_logs.list(**filters).collect()
    numbers = [n for n, one in enumerate(sandbox.requests, 1) if is_with_cursor(one)]
    for number in numbers[:40:7]:
        sandbox.inject(Fault(route=LOGS, at=number, status=400))
        items, _ = await read(devin.enterprise.audit_logs.list(**filters))
        assert items == expected
        sandbox.clear_faults()
        refused += 1
    assert refused > 3


async def test_a_list_in_no_order_of_time_says_that_its_cursor_is_gone_and_what_to_do(world):
    sandbox, devin = world
    sessions = devin.organization(sandbox.organization_ids[0]).sessions
    for number in range(12):
        await sessions.create(f"Session {number}")
    sandbox.inject(Fault(route="GET /v3/organizations/{org_id}/sessions", at=3, status=410))
    with pytest.raises(PaginationError) as caught:
        await sessions.list(page_size=4).collect()
    assert "8 items were given" in str(caught.value)
    assert "Begin anew without after=" in str(caught.value)
    assert caught.value.status == 410
    assert caught.value.checkpoint["list"].endswith("/sessions")


async def test_a_404_within_a_list_in_no_order_of_time_stays_what_it_is(world):
    sandbox, devin = world
    sessions = devin.organization(sandbox.organization_ids[0]).sessions
    for number in range(6):
        await sessions.create(f"Session {number}")
    sandbox.inject(Fault(route="GET /v3/organizations/{org_id}/sessions", at=2, status=404))
    with pytest.raises(NotFoundError):
        await sessions.list(page_size=4).collect()


@attrs.frozen
class Thing:
    thing_id: str | None


class ShiftingList:
    """A list by offset in front of which something new appears with each page."""

    name, paging, route, id_field = "/v3/things", "offset", "GET /v3/things", "thing_id"
    query = MappingProxyType({})

    def __init__(self, count, new):
        self.things = [Thing(f"t{number}") for number in range(count)]
        self.new = new

    async def __call__(self, cursor, page_size):
        start = int(cursor or 0)
        shown = self.things[start : start + 5]
        more = start + 5 < len(self.things)
        for _ in range(self.new if len(self.things) < 40 else 0):
            self.things.insert(0, Thing(f"n{len(self.things)}"))
        return WirePage(shown, None, more, None)


@pytest.mark.parametrize("new", [0, 1, 3])
async def test_a_row_that_moves_to_the_next_page_is_given_once(new):
    pager = Pager(fetch=ShiftingList(20, new), spawn=asyncio.ensure_future)
    items = await pager.collect()
    assert [item.thing_id for item in items] == [f"t{number}" for number in range(20)]


@pytest.mark.parametrize("limit", range(1, 21))
async def test_a_limit_counts_what_is_given(limit):
    source = ShiftingList(20, 2)
    pages = [
        page async for page in Pager(fetch=source, spawn=asyncio.ensure_future, limit=limit).pages()
    ]
    ids = [item.thing_id for page in pages for item in page.items]
    assert ids == [f"t{number}" for number in range(limit)]


async def test_rows_without_an_id_are_never_taken_for_one_another():
    source = ShiftingList(0, 0)
    source.things = [Thing(None)] * 12
    assert len(await Pager(fetch=source, spawn=asyncio.ensure_future).collect()) == 12


def test_raw_rows_are_known_by_their_ids():
    texts = [b'{"a": {"thing_id": "no"}, "thing_id": "t1"}', b'{"thing_id": 7}', b"{}"]
    texts += [b'{"thing_id": null}', b'{"thing_id": ""}']
    assert ids_of([msgspec.Raw(text) for text in texts], "thing_id") == [
        "t1",
        "7",
        None,
        None,
        None,
    ]


async def test_a_checkpoint_may_leave_out_more_than_one_page():
    source = ShiftingList(20, 0)
    after = {"list": "/v3/things", "after": None, "skip": 7, "done": False}
    pager = Pager(fetch=source, spawn=asyncio.ensure_future, after=after)
    assert [item.thing_id for item in await pager.collect()] == [f"t{n}" for n in range(7, 20)]
