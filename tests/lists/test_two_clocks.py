"""Two clocks: what is new, settled or complete is told by the server's, not by this machine's."""

import asyncio
import json
from contextlib import aclosing
from datetime import UTC, datetime
from email.utils import formatdate

import pytest
from clocks import START, FakeClock
from inside import live_in, transport_of
from reading import read_into
from scripted_server import answer

from devin_async import DevinClient, PermissionDeniedError, ServerError
from devin_async.protocol.server_time import ServerTime
from devin_async.sandbox import Fault

LOGS = "GET /v3/enterprise/audit-logs"


def moment(second):
    return datetime.fromtimestamp(second, UTC)


@pytest.fixture
async def skewed(open_world):
    """Give a function that opens a world whose client has a clock that is wrong."""
    opened = []

    async def start(ahead, **options) -> tuple:
        sandbox, _ = await open_world(**options)
        clock = FakeClock(sandbox.clock)
        clock.ahead = ahead
        devin = live_in(DevinClient(sandbox.token, base_url=sandbox.url), clock)
        opened.append(devin)
        return sandbox, devin, clock

    yield start
    for devin in opened:
        await devin.close()


@pytest.mark.parametrize("ahead", [-3600, -120, 0, 120, 3600])
async def test_two_lists_from_range_end_to_range_end_lose_nothing(skewed, ahead):
    sandbox, devin, _ = await skewed(ahead, audit_span=400, audit_logs=300, visibility_lag=20)
    everything, since = {}, START - 400
    for _ in range(3):
        page = None
        async for page in devin.enterprise.audit_logs.list(time_after=since, parallel=3).pages():
            everything |= {log.audit_log_id: log for log in page.items}
        assert page.range_end == moment(sandbox.clock.now() - 30)
        since = page.range_end
        organization = devin.organization(sandbox.organization_ids[0])
        await organization.sessions.create("One that is visible 20 s later")
        sandbox.clock.advance(10)
    sandbox.clock.advance(100)
    async for log in devin.enterprise.audit_logs.list(time_after=since, parallel=3):
        everything[log.audit_log_id] = log
    serial = await devin.enterprise.audit_logs.list(time_after=START - 400).collect()
    assert set(everything) == {log.audit_log_id for log in serial}
    assert len(serial) == 303


@pytest.mark.parametrize("parallel", [None, 4])
async def test_pages_of_a_list_by_time_say_up_to_where_it_is_complete(skewed, parallel):
    _, devin, _ = await skewed(-7200)
    logs = devin.enterprise.audit_logs
    for filters, expected in [
        ({}, START - 30),
        ({"time_before": START - 500}, START - 500),
        ({"time_before": START + 500}, START - 30),
    ]:
        pager = logs.list(time_after=START - 40_000, parallel=parallel, **filters)
        ends = {page.range_end async for page in pager.pages()}
        assert ends == {moment(expected)}


async def test_a_list_that_is_resumed_later_is_complete_up_to_where_it_began(world):
    sandbox, devin = world
    for parallel in (None, 3):
        filters = {"time_after": START - 40_000, "parallel": parallel}
        async with aclosing(devin.enterprise.audit_logs.list(**filters).pages()) as pages:
            first = await anext(pages)
        sandbox.clock.advance(500)
        again = devin.enterprise.audit_logs.list(
            **filters, resume=json.loads(json.dumps(first.checkpoint))
        )
        assert {page.range_end async for page in again.pages()} == {first.range_end}


async def test_lists_that_are_not_cut_by_time_have_no_range_end(devin):
    assert {page.range_end async for page in devin.enterprise.organizations.list().pages()} == {
        None
    }


async def test_the_newest_sessions_are_in_a_parallel_list_as_in_a_serial_one(world):
    sandbox, devin = world
    sessions = devin.organization(sandbox.organization_ids[0]).sessions
    made = {(await sessions.create(prompt)).session_id for prompt in ("One", "Two")}
    serial = {session.session_id async for session in sessions.list()}
    assert made < serial
    assert {session.session_id async for session in sessions.list(parallel=4)} == serial


async def slept(clock, second):
    """Wait until somebody has slept up to that second."""
    over = asyncio.Event()

    async def look():
        if clock.now >= second:
            over.set()

    clock.on_sleep = look
    await over.wait()


async def follow(devin, sandbox, count, **options):
    """Follow while *count* sessions are created, each a second after the other; give the logs."""
    organization = devin.organization(sandbox.organization_ids[0])
    seen = []
    async with aclosing(aiter(devin.enterprise.audit_logs.tail(interval=1, **options))) as logs:
        reading = asyncio.ensure_future(anext(logs))
        await slept(transport_of(devin).lifetime.clock, START)
        for number in range(count):
            await organization.sessions.create(f"Session {number}")
            seen.append(await reading)
            reading = asyncio.ensure_future(anext(logs))
        reading.cancel()
        await asyncio.wait([reading])
    return seen


@pytest.mark.parametrize("ahead", [-3600, 120, 3600])
async def test_a_tail_from_now_on_begins_at_the_servers_now(skewed, ahead):
    sandbox, devin, _ = await skewed(ahead)
    seen = await follow(devin, sandbox, 5)
    assert [log.action for log in seen] == ["create_session"] * 5


@pytest.mark.parametrize("step", [3600, -3600])
@pytest.mark.parametrize("dated", [True, False])
async def test_a_step_of_the_wall_clock_loses_nothing_of_a_tail(skewed, monkeypatch, step, dated):
    sandbox, devin, clock = await skewed(0)
    if not dated:
        monkeypatch.setattr(ServerTime, "observe", lambda *_: None)
    organization = devin.organization(sandbox.organization_ids[0])
    ids, sinces = [], []
    tail = devin.enterprise.audit_logs.tail(since=START, settle=2, interval=0.5)
    async with aclosing(tail.pages()) as pages:
        for number in range(12):
            await organization.sessions.create(f"Session {number}")
            clock.ahead = step if 4 <= number < 6 else 0
            page = await anext(pages)
            ids += [log.audit_log_id for log in page.items]
            sinces.append(page.checkpoint["since"])
    assert len(set(ids)) == len(ids) == 12
    assert max(sinces) <= sandbox.clock.now()


async def test_a_tail_lives_through_an_outage_of_minutes(skewed):
    sandbox, devin, clock = await skewed(0)
    devin = devin.with_options(max_attempts=1)
    organization = devin.organization(sandbox.organization_ids[0])
    async with aclosing(aiter(devin.enterprise.audit_logs.tail(since=START))) as logs:
        await organization.sessions.create("Before")
        first = await anext(logs)
        await organization.sessions.create("Meanwhile")
        sandbox.inject(Fault(route=LOGS, status=503))
        reading = asyncio.ensure_future(anext(logs))
        await slept(clock, START + 600)
        assert not reading.done()
        sandbox.clear_faults()
        assert (await reading).audit_log_id != first.audit_log_id
    assert max(clock.sleeps) <= 60


async def test_an_outage_that_lasts_longer_ends_a_tail_with_where_to_go_on(skewed):
    sandbox, devin, clock = await skewed(0)
    logs = devin.with_options(max_attempts=1).enterprise.audit_logs
    sandbox.inject(Fault(route=LOGS, status=503))
    with pytest.raises(ServerError) as caught:
        await read_into([], logs.tail(since=START, outage=300))
    assert 300 <= clock.now - START <= 400
    sandbox.clear_faults()
    organization = devin.organization(sandbox.organization_ids[0])
    await organization.sessions.create("After")
    async with aclosing(aiter(logs.tail(resume=caught.value.checkpoint))) as items:
        assert (await anext(items)).action == "create_session"


async def test_what_cannot_pass_ends_a_tail_at_once(world):
    sandbox, devin = world
    sandbox.inject(Fault(route=LOGS, status=403))
    with pytest.raises(PermissionDeniedError) as caught:
        await read_into([], devin.enterprise.audit_logs.tail())
    assert caught.value.checkpoint["since"] == START


async def test_a_quiet_tail_gives_an_empty_page_now_and_then_whose_checkpoint_moves(world):
    _, devin = world
    tail = devin.enterprise.audit_logs.tail(since=START, settle=5, interval=7, heartbeat=30)
    async with aclosing(tail.pages()) as pages:
        beats = [await anext(pages) for _ in range(3)]
    assert [page.items for page in beats] == [[], [], []]
    assert [page.checkpoint["since"] - START for page in beats] == [30, 65, 100]


NO_ID = [{"action": f"a{n}", "created_at": START + n % 2, "data": {"n": n}} for n in range(6)]
ROWS = {
    "no id": NO_ID,
    "an empty id": [{**row, "audit_log_id": ""} for row in NO_ID],
    "null as id": [{**row, "audit_log_id": None} for row in NO_ID],
    "two rows of each id": [{**row, "audit_log_id": f"x{n // 2}"} for n, row in enumerate(NO_ID)],
}


@pytest.mark.parametrize("kind", ROWS)
async def test_rows_without_an_id_of_their_own_are_each_given_once_by_a_tail(world, kind):
    sandbox, devin = world
    body = {"items": ROWS[kind], "has_next_page": False, "end_cursor": None}
    sandbox.inject(Fault(route=LOGS, body=body))
    followed = []
    async with aclosing(devin.enterprise.audit_logs.tail(since=START).raw().pages()) as pages:
        async for page in pages:
            followed += page.items
            if not page.items:
                break
    assert followed == ROWS[kind]


@pytest.mark.parametrize("behind", [7200, 2e9])
async def test_a_parallel_list_has_what_is_newer_than_the_date_of_whoever_answers(
    connect, server, clock, behind
):
    start = int(clock.time())
    rows = [
        {"audit_log_id": f"log-{n}", "action": "login", "created_at": start - n, "data": {}}
        for n in range(1, 300)
    ]

    def respond(request):
        query = dict(request.query)
        first, last = int(query.get("time_after", 0)), int(query.get("time_before", 1 << 40))
        items = [row for row in rows if first <= row["created_at"] <= last]
        page = {"items": items[:: -1 if query.get("order") == "asc" else 1]}
        now = formatdate(start - behind, usegmt=True)
        return answer(200, {**page, "end_cursor": None, "has_next_page": False}, Date=now)

    server.script = respond
    logs = connect(server.url, strict=False).enterprise.audit_logs
    await logs.list(time_after=start - 600).collect()  # so that the Date is known
    parallel = await logs.list(time_after=start - 600, parallel=3).collect()
    assert [log.audit_log_id for log in parallel] == [row["audit_log_id"] for row in rows]
