"""Lists with `parallel=` and lists over 100 days, on real sockets: the serial list, only faster."""

import asyncio
import json
from contextlib import aclosing

import pytest
from clocks import START
from reading import read_into
from waiting import settled, until

from devin_async import (
    ConfigurationError,
    DevinClient,
    InvalidArgumentError,
    ResponseDecodeError,
    ServerError,
)
from devin_async.sandbox import Fault

DAY = 86_400
LOGS = "GET /v3/enterprise/audit-logs"


async def read_all(pages):
    async for _ in pages:
        pass


def ids(items):
    return [item.audit_log_id for item in items]


@pytest.mark.parametrize("bounds", ["half_open", "inclusive", "exclusive"])
@pytest.mark.parametrize("order", ["asc", "desc", None])
async def test_a_parallel_list_is_the_serial_one(open_world, bounds, order):
    _, devin = await open_world(bounds=bounds)
    filters = {"time_after": START - 39_990, "time_before": START - 14, "order": order}
    serial = await devin.enterprise.audit_logs.list(**filters).collect()
    parallel = await devin.enterprise.audit_logs.list(**filters, parallel=16).collect()
    assert len(serial) > 2900
    assert parallel == serial


@pytest.mark.parametrize("bounds", ["half_open", "inclusive", "exclusive"])
async def test_thousands_of_events_in_a_second_are_each_read_once(open_world, bounds):
    _, devin = await open_world(audit_logs=4000, audit_span=3, bounds=bounds)
    filters = {"time_after": START - 10, "time_before": START + 5, "page_size": 50}
    serial = await devin.enterprise.audit_logs.list(**filters).collect()
    parallel = await devin.enterprise.audit_logs.list(**filters, parallel=8).collect()
    assert len(serial) == 4000
    assert parallel == serial


async def test_the_list_of_an_organization_and_guardrail_violations_are_cut_too(open_world):
    sandbox, devin = await open_world(guardrail_violations=900)
    scope = devin.enterprise.organization(sandbox.organization_ids[0])
    for family in (scope.audit_logs, devin.enterprise.guardrail_violations):
        filters = {"time_after": START - 90 * DAY, "time_before": START, "page_size": 20}
        serial = await family.list(**filters).collect()
        assert len(serial) > 200
        assert await family.list(**filters, parallel=8).collect() == serial


async def test_the_raw_items_are_the_servers_own(devin):
    filters = {"time_after": START - 40_000, "time_before": START}
    serial = await devin.enterprise.audit_logs.list(**filters).raw().collect()
    assert await devin.enterprise.audit_logs.list(**filters, parallel=8).raw().collect() == serial


async def test_a_filter_goes_along_with_every_window(devin):
    filters = {"time_after": START - 40_000, "time_before": START, "action": "create_session"}
    serial = await devin.enterprise.audit_logs.list(**filters).collect()
    parallel = await devin.enterprise.audit_logs.list(**filters, parallel=4).collect()
    assert {log.action for log in parallel} == {"create_session"}
    assert parallel == serial


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_an_open_range_gives_the_newest_too_as_the_serial_list_does(sandbox, devin, order):
    sandbox.clock.advance(10)
    filters = {"order": order, "time_after": START - 40_000}
    everything = await devin.enterprise.audit_logs.list(**filters).collect()
    assert await devin.enterprise.audit_logs.list(**filters, parallel=4).collect() == everything
    assert everything[-1 if order == "asc" else 0].created_at.timestamp() > START - 20


async def test_an_open_start_is_found_by_one_request_for_one_item(sandbox, devin):
    everything = await devin.enterprise.audit_logs.list(order="asc").collect()
    sandbox.requests.clear()
    assert await devin.enterprise.audit_logs.list(order="asc", parallel=4).collect() == everything
    assert sandbox.requests[0].query == [("order", "asc"), ("first", "1")]


async def test_time_before_alone_finds_the_first_event_first(sandbox, devin):
    items = await devin.enterprise.audit_logs.list(time_before=START - 20_000).collect()
    everything = await devin.enterprise.audit_logs.list().collect()
    assert items == [log for log in everything if log.created_at.timestamp() < START - 20_000]
    assert sandbox.requests[0].query == [("order", "asc"), ("first", "1")]


async def test_time_before_the_first_event_gives_an_empty_list(devin):
    assert await devin.enterprise.audit_logs.list(time_before=START - 90_000).collect() == []


async def test_a_list_without_any_event_is_empty(open_world):
    _, devin = await open_world(audit_logs=0)
    assert await devin.enterprise.audit_logs.list(parallel=4).collect() == []


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_more_than_100_days_are_read_as_consecutive_ranges(open_world, order):
    sandbox, devin = await open_world(audit_span=250 * DAY, audit_logs=1000)
    pager = devin.enterprise.audit_logs.list(
        time_after=START - 260 * DAY, time_before=START, order=order
    )
    items = await pager.collect()
    queries = [dict(one.query) for one in sandbox.requests]
    assert {"order": order} in [{"order": query["order"]} for query in queries]
    spans = {int(query["time_before"]) - int(query["time_after"]) for query in queries}
    assert len(spans) <= 2
    assert max(spans) <= 100 * DAY
    everything = await devin.enterprise.audit_logs.list(order=order).collect()
    assert items == everything


async def test_100_days_are_one_range_read_by_its_cursor(sandbox, devin):
    pager = devin.enterprise.audit_logs.list(time_after=START - 100 * DAY, time_before=START)
    await pager.collect()
    assert {dict(one.query)["time_after"] for one in sandbox.requests} == {str(START - 100 * DAY)}


async def sessions_of(devin, sandbox, count):
    organization = devin.organization(sandbox.organization_ids[0])
    for number in range(count):
        await organization.sessions.create(f"Session {number}")
        sandbox.clock.advance(number % 3)
    sandbox.clock.advance(100)
    return organization.sessions


@pytest.mark.parametrize("bounds", ["half_open", "inclusive", "exclusive"])
async def test_sessions_come_by_their_creation_and_none_is_missing(open_world, bounds):
    sandbox, devin = await open_world(bounds=bounds)
    sessions = await sessions_of(devin, sandbox, 60)
    serial = await sessions.list().collect()
    expected = sorted(serial, key=lambda session: session.created_at)
    for filters in ({}, {"created_after": START - 5, "created_before": START + 500}):
        items = await sessions.list(**filters, parallel=4, page_size=7).collect()
        assert items == [
            one for one in expected if not filters or one.created_at.timestamp() >= START
        ]


async def test_insights_and_the_sessions_of_an_enterprise_are_cut_too(world):
    sandbox, devin = world
    sessions = await sessions_of(devin, sandbox, 20)
    created = [one.session_id for one in await sessions.list(parallel=3, page_size=3).collect()]
    insights = await sessions.list_insights(parallel=3, page_size=3).collect()
    everywhere = await devin.enterprise.sessions.list(parallel=3, page_size=3).collect()
    everything = await devin.enterprise.sessions.list_insights(parallel=3, page_size=3).collect()
    organization_id = sandbox.organization_ids[0]
    for items in (insights, everywhere, everything):
        own = [one.session_id for one in items if one.org_id == organization_id]
        assert own == created
    assert len(everywhere) == len(everything) > len(created)


async def test_sessions_are_never_cut_by_their_changes(world):
    sandbox, devin = world
    sessions = await sessions_of(devin, sandbox, 5)
    sandbox.requests.clear()
    await sessions.list(updated_after=START - 5, parallel=2).collect()
    sent = [dict(one.query) for one in sandbox.requests]
    assert {query.get("updated_after") for query in sent} == {str(START - 5)}
    assert not any("updated_before" in query for query in sent)


async def test_sessions_may_be_resumed_anywhere(world):
    sandbox, devin = world
    sessions = await sessions_of(devin, sandbox, 40)
    expected = await sessions.list(parallel=3, page_size=6).collect()
    pages = [page async for page in sessions.list(parallel=3, page_size=6).pages()]
    done = 0
    for page in pages:
        done += len(page.items)
        checkpoint = json.loads(json.dumps(page.checkpoint))
        assert await sessions.list(resume=checkpoint, parallel=2).collect() == expected[done:]


async def test_new_and_late_events_change_nothing_of_what_is_older_than_the_end(open_world):
    sandbox, devin = await open_world(visibility_lag=7)
    organization = devin.organization(sandbox.organization_ids[0])
    before = await devin.enterprise.audit_logs.list(order="asc").collect()
    sandbox.clock.advance(31)
    items = []
    async for page in devin.enterprise.audit_logs.list(order="asc", parallel=4).pages():
        await organization.sessions.create("One more, while the list is being read")
        items += page.items
    assert ids(items) == ids(before)


async def test_only_the_last_page_says_that_nothing_follows(devin):
    pages = [
        page
        async for page in devin.enterprise.audit_logs.list(
            time_after=START - 40_000, time_before=START, parallel=4
        ).pages()
    ]
    assert [page.has_next_page for page in pages] == [True] * (len(pages) - 1) + [False]
    assert [page.checkpoint["done"] for page in pages] == [False] * (len(pages) - 1) + [True]


async def test_a_finished_checkpoint_asks_for_nothing(sandbox, devin):
    filters = {"time_after": START - 40_000, "time_before": START, "parallel": 4}
    last = [page async for page in devin.enterprise.audit_logs.list(**filters).pages()][-1]
    sandbox.requests.clear()
    rest = devin.enterprise.audit_logs.list(**filters, resume=last.checkpoint)
    assert await rest.collect() == []
    assert not sandbox.requests


async def test_first_and_a_small_limit_ask_once(sandbox, devin):
    filters = {"time_after": START - 40_000, "time_before": START, "parallel": 16}
    pager = devin.enterprise.audit_logs.list(**filters)
    assert await pager.first() == (await pager.collect(limit=100))[0]
    assert len(sandbox.requests) == 2


async def test_no_more_requests_run_at_once_than_allowed(open_world):
    sandbox, devin = await open_world()
    hold = asyncio.Event()
    sandbox.inject(Fault(route=LOGS, hold=hold))
    pager = devin.enterprise.audit_logs.list(
        time_after=START - 40_000, time_before=START, parallel=6
    )
    reading = asyncio.ensure_future(pager.collect())
    await until(lambda: len(sandbox.requests) >= 6)
    await settled()
    assert len(sandbox.requests) == 6
    sandbox.clear_faults()
    hold.set()
    assert len(await reading) == 3000


async def test_a_reader_that_stands_still_stops_the_requests(sandbox, devin):
    pager = devin.enterprise.audit_logs.list(
        time_after=START - 40_000, time_before=START, parallel=4, page_size=20
    )
    async with aclosing(pager.pages()) as pages:
        await anext(pages)
        await settled()
        requests = len(sandbox.requests)
        # Of 150: a few windows each, and some pages make room for nearer ones that come in later.
        assert requests <= 6 * 4
        await settled()
        assert len(sandbox.requests) == requests


@pytest.mark.parametrize("at", [1, 3, 9, 20])
async def test_an_error_comes_in_its_turn_and_can_be_resumed(open_world, at):
    sandbox, devin = await open_world()
    devin = devin.with_options(max_attempts=1)
    filters = {"time_after": START - 40_000, "time_before": START, "page_size": 50}
    expected = await devin.enterprise.audit_logs.list(**filters).collect()
    sandbox.inject(Fault(route=LOGS, at=at, status=503))
    items = []
    with pytest.raises(ServerError) as caught:
        await read_into(items, devin.enterprise.audit_logs.list(**filters, parallel=8))
    rest = devin.enterprise.audit_logs.list(**filters, resume=caught.value.checkpoint, parallel=3)
    assert items + await rest.collect() == expected


async def test_an_open_range_whose_first_request_failed_is_resumed_from_its_start(open_world):
    sandbox, devin = await open_world()
    devin = devin.with_options(max_attempts=1)
    sandbox.inject(Fault(route=LOGS, at=1, status=503))
    with pytest.raises(ServerError) as caught:
        await devin.enterprise.audit_logs.list(parallel=8).collect()
    again = devin.enterprise.audit_logs.list(parallel=8, resume=caught.value.checkpoint)
    assert await again.collect() == await devin.enterprise.audit_logs.list(parallel=3).collect()


async def test_leaving_early_leaves_no_task(devin):
    before = asyncio.all_tasks()
    pager = devin.enterprise.audit_logs.list(time_after=START - 40_000, parallel=8)
    async with aclosing(aiter(pager)) as items:
        await anext(items)
    left = {one for one in asyncio.all_tasks() - before if "_work" in repr(one.get_coro())}
    assert left == set()


async def test_closing_the_client_ends_a_list_that_is_being_read(open_world):
    sandbox, devin = await open_world()
    pager = devin.enterprise.audit_logs.list(time_after=START - 40_000, parallel=4, page_size=50)
    async with aclosing(pager.pages()) as pages:
        await anext(pages)
        await devin.close()
        with pytest.raises(ConfigurationError, match="the client"):
            await read_all(pages)
    assert sandbox.requests


async def test_a_parallel_list_can_be_iterated_twice(devin):
    pager = devin.enterprise.audit_logs.list(time_after=START - 40_000, parallel=4)
    assert await pager.collect() == await pager.collect()


async def test_a_list_goes_on_after_faults_of_the_server(open_world):
    sandbox, devin = await open_world(audit_logs=2000)
    expected = await devin.enterprise.audit_logs.list(time_after=START - 40_000).collect()
    sandbox.inject(Fault(route=LOGS, probability=0.05, status=503))
    pager = devin.enterprise.audit_logs.list(
        time_after=START - 40_000, time_before=START, parallel=4, page_size=40
    )
    assert await pager.collect() == expected


@pytest.mark.parametrize("form", ["model", "raw"])
async def test_an_item_without_its_time_is_a_fault_of_the_answer(open_world, form):
    sandbox, devin = await open_world()
    body = {"items": [{"audit_log_id": "a", "action": "b"}], "has_next_page": False}
    sandbox.inject(Fault(route=LOGS, body=body))
    pager = devin.enterprise.audit_logs.list(time_after=START - 40_000, parallel=2)
    with pytest.raises(ResponseDecodeError, match="created_at") as caught:
        await (pager.raw() if form == "raw" else pager).collect()
    assert caught.value.checkpoint["at"] is None


async def test_a_time_that_no_calendar_has_is_a_fault_of_the_answer(world):
    sandbox, devin = world
    pager = devin.enterprise.audit_logs.list(time_after=START - 40_000, parallel=2).raw()
    for moment in (10**30, 1e99, "9999-12-31T23:59:59-12:00"):
        body = {"items": [{"created_at": moment}], "has_next_page": False}
        sandbox.inject(Fault(route=LOGS, body=body))
        with pytest.raises(ResponseDecodeError, match="created_at"):
            await pager.collect()
        sandbox.clear_faults()


async def test_the_dialect_of_the_first_examples_is_cut_too(world):
    sandbox, _ = world
    filters = {"time_after": START - 40_000, "time_before": START}
    async with DevinClient(sandbox.token, base_url=sandbox.url, api_version="v3beta1") as devin:
        logs = devin.enterprise.audit_logs
        serial = await logs.list(**filters).collect()
        assert await logs.list(**filters, parallel=4).collect() == serial
    assert {one.path for one in sandbox.requests} == {"/v3beta1/enterprise/audit-logs"}


WRONG = [
    ({"parallel": 0}, "parallel is 0; allowed: a whole number, 1 to 256"),
    ({"parallel": 257}, "parallel is 257; allowed: a whole number, 1 to 256"),
    ({"parallel": True}, "parallel is True"),
    (
        {"time_after": 20, "time_before": 10},
        "time_after is 20, time_before 10; allowed: a range that ends after it starts",
    ),
    ({"after": "c", "resume": {}}, "after and resume are both given; allowed: one of them"),
    ({"resume": {"list": "/v3/x", "at": 1}}, "resume is a checkpoint of '/v3/x'"),
    ({"resume": {"list": "/v3/x"}}, "the checkpoint is one of '/v3/x'; allowed: one of"),
    ({"after": {"list": "/v3/x", "at": 1}}, "a checkpoint of a range of time; give it as resume="),
    ({"time_before": 9, "after": "c"}, "a cursor was given to a list that takes several ranges"),
]


@pytest.mark.parametrize(("filters", "message"), WRONG)
async def test_what_cannot_be_meant_is_refused_before_any_request(world, filters, message):
    sandbox, devin = world
    with pytest.raises(InvalidArgumentError, match=message) as caught:
        devin.enterprise.audit_logs.list(**filters)
    assert isinstance(caught.value, ValueError)
    assert not sandbox.requests


async def test_sessions_refuse_a_range_that_ends_before_it_starts_and_a_cursor(world):
    sandbox, devin = world
    sessions = devin.enterprise.sessions
    with pytest.raises(InvalidArgumentError, match="created_after is 20, created_before 10"):
        sessions.list(created_after=20, created_before=10)
    with pytest.raises(InvalidArgumentError, match="go on without parallel="):
        sessions.list(after="cursor", parallel=2)
    assert not sandbox.requests
