"""Tails: each item once as it appears, whatever comes late or at the same second."""

import asyncio
import contextlib
import json
import random
from contextlib import aclosing

import pytest
from clocks import START, FakeClock
from hypothesis import given
from hypothesis import strategies as st
from inside import transport_of
from reading import read_into

from devin_async import ConfigurationError, InvalidArgumentError, ResponseDecodeError, ServerError
from devin_async.codec.decoding import WirePage
from devin_async.lists.tail import Tail, TailState, read_tail
from devin_async.sandbox import Fault, ManualClock

LOGS = "GET /v3/enterprise/audit-logs"
NAME = "/v3/events"


class LateList:
    """A list by time in which each event appears at a moment of its own."""

    name, paging, route, id_field = NAME, "cursor", f"GET {NAME}", "id"

    def __init__(self, events, *, lower=True, size=3):
        self.events, self.lower, self.size = sorted(events), lower, size
        self.clock, self.query = FakeClock(ManualClock(1000)), {}

    def narrowed(self, query):
        other = LateList(self.events, lower=self.lower, size=self.size)
        other.clock, other.query = self.clock, {**self.query, **query}
        return other

    async def __call__(self, cursor, page_size):
        since = self.query["time_after"]
        assert self.query["order"] == "asc"
        followed_items = [
            {"id": number, "created_at": created}
            for number, (created, appears) in enumerate(self.events)
            if appears <= self.clock.now and (created > since or (self.lower and created == since))
        ]
        start = int(cursor or 0)
        stop = start + self.size
        more = stop < len(followed_items)
        return WirePage(followed_items[start:stop], str(stop) if more else None, more)


def spawn(work):
    return asyncio.ensure_future(work)


def tail_of(source, start=None, *, settle=30, interval=10):
    return Tail(
        fetch=source,
        spawn=spawn,
        digest="",
        start=start,
        settle=settle,
        interval=interval,
        heartbeat=60,
        outage=3600,
    )


class EnoughError(Exception):
    """Nobody waits any longer."""


async def followed(source, until, start=None, *, most=None, **options):
    """Follow until that time has come or so many pages; give the ids, and the last checkpoint."""
    ids, checkpoint, pages_left = [], None, most

    async def sleep(seconds):
        source.clock.world.advance(seconds)
        if source.clock.now > until:
            raise EnoughError

    source.clock.sleep = sleep
    with contextlib.suppress(EnoughError):
        async with aclosing(tail_of(source, start, **options).pages()) as pages:
            async for page in pages:
                ids += [item["id"] for item in page.items]
                checkpoint = page.checkpoint
                pages_left = None if pages_left is None else pages_left - 1
                if pages_left == 0:
                    break
    return ids, checkpoint


async def test_late_events_within_settle_are_each_given_once():
    chance = random.Random(3)
    events = [(created, created + chance.randrange(30)) for created in range(1000, 1300, 2)]
    ids, _ = await followed(LateList(events), 1400)
    assert sorted(ids) == list(range(150))


@pytest.mark.parametrize("lower", [True, False])
async def test_equal_times_are_each_given_once(lower):
    events = [(1000 + number // 40, 1000 + number // 3) for number in range(200)]
    ids, _ = await followed(LateList(events, lower=lower), 1300, settle=70)
    assert sorted(ids) == list(range(200))


@given(
    st.lists(st.tuples(st.integers(1000, 1100), st.integers(0, 20)), max_size=60),
    st.integers(1, 50),
    st.integers(1, 7),
    st.booleans(),
)
def test_any_events_that_settle_in_time_are_each_given_once(events, interval, size, lower):
    late = [(created, created + lateness) for created, lateness in events]
    source = LateList(late, lower=lower, size=size)
    ids, _ = asyncio.run(followed(source, 1300, settle=20, interval=interval))
    assert sorted(ids) == list(range(len(events)))


@given(
    st.lists(st.tuples(st.integers(1000, 1100), st.integers(0, 20)), max_size=60),
    st.integers(1, 20),
    st.lists(st.integers(1, 4), min_size=1),
)
def test_a_tail_that_is_resumed_after_any_page_gives_each_once(events, size, stops):
    source = LateList([(created, created + late) for created, late in events], size=size)

    async def follow():
        ids, start, number = [], TailState(since=1000, seen={}), 0
        while source.clock.now <= 1300:
            most, number = stops[number % len(stops)], number + 1
            followed_items, checkpoint = await followed(source, 1300, start, most=most, settle=20)
            ids += followed_items
            if checkpoint is not None:
                start = read_tail(json.loads(json.dumps(checkpoint)), NAME, "")
        return ids

    assert sorted(asyncio.run(follow())) == list(range(len(events)))


async def test_what_is_remembered_is_bounded_by_settle():
    events = [(created, created) for created in range(1000, 3000)]
    _, checkpoint = await followed(LateList(events, size=50), 3100)
    assert len(checkpoint["seen"]) <= 30 + 10 + 1


async def test_a_long_backlog_is_not_remembered():
    events = [(created, created) for created in range(100, 1000)]
    start = TailState(since=100, seen={})
    ids, checkpoint = await followed(LateList(events, size=50), 1005, start)
    assert sorted(ids) == list(range(900))
    assert len(checkpoint["seen"]) <= 31


async def test_events_of_a_round_come_in_ascending_order():
    events = [(created, created) for created in range(900, 1000)]
    ids, _ = await followed(LateList(events), 1005, TailState(since=900, seen={}))
    assert ids == list(range(100))


async def test_audit_logs_are_followed_as_they_are_written(world):
    sandbox, devin = world
    organization = devin.organization(sandbox.organization_ids[0])
    seen = []
    async with aclosing(aiter(devin.enterprise.audit_logs.tail(since=START))) as logs:
        for number in range(5):
            await organization.sessions.create(f"Session {number}")
            seen.append(await anext(logs))
    assert [log.action for log in seen] == ["create_session"] * 5
    assert len({log.audit_log_id for log in seen}) == 5


async def test_a_tail_waits_its_interval_between_two_rounds(world):
    sandbox, devin = world
    clock = transport_of(devin).lifetime.clock
    organization = devin.organization(sandbox.organization_ids[0])
    logs = devin.enterprise.audit_logs.tail(interval=7).raw()
    async with aclosing(aiter(logs)) as items:
        await organization.sessions.create("First")
        first = await anext(items)
        await organization.sessions.create("Second")
        second = await anext(items)
    assert clock.sleeps == [7]
    assert first["audit_log_id"] != second["audit_log_id"]


async def test_guardrail_violations_are_followed_too(open_world):
    _, devin = await open_world(guardrail_violations=20)
    tail = devin.enterprise.guardrail_violations.tail(since=START - 365 * 86_400)
    async with aclosing(tail.pages()) as pages:
        followed_items = (await anext(pages)).items
    assert len({one.violation_id for one in followed_items}) == len(followed_items) > 15


async def test_an_error_of_a_tail_can_be_resumed(open_world):
    sandbox, devin = await open_world(audit_logs=300)
    devin = devin.with_options(max_attempts=1)
    sandbox.inject(Fault(route=LOGS, at=3, status=503))
    logs, followed_items = devin.enterprise.audit_logs, []
    with pytest.raises(ServerError) as caught:
        await read_into(followed_items, logs.tail(since=START - 40_000, outage=0))
    checkpoint = json.loads(json.dumps(caught.value.checkpoint))
    async with aclosing(aiter(logs.tail(resume=checkpoint))) as items:
        while len(followed_items) < 300:
            followed_items.append(await anext(items))
    assert len({log.audit_log_id for log in followed_items}) == len(followed_items) == 300


@pytest.mark.parametrize("item", [{"audit_log_id": "a"}, {"audit_log_id": "a", "created_at": 1e99}])
async def test_an_item_that_cannot_be_placed_ends_a_tail_that_can_be_resumed(world, item):
    sandbox, devin = world
    sandbox.inject(Fault(route=LOGS, body={"items": [item], "has_next_page": False}))
    logs = devin.enterprise.audit_logs
    with pytest.raises(ResponseDecodeError, match="an item of the list has no") as caught:
        await read_into([], logs.tail(since=START - 5).raw())
    assert caught.value.checkpoint["since"] == START - 5
    logs.tail(resume=caught.value.checkpoint)


async def test_closing_the_client_ends_a_tail(open_world):
    sandbox, devin = await open_world()
    async with aclosing(devin.enterprise.audit_logs.tail(since=START - 40_000).pages()) as pages:
        await anext(pages)
        await devin.close()
        with pytest.raises(ConfigurationError):
            await anext(pages)
    assert sandbox.requests


WRONG = [
    ({"settle": -1}, "settle is -1; allowed: a whole number"),
    ({"interval": 0}, "interval is 0; allowed: a number of seconds above 0"),
    ({"since": -5}, "since is -5"),
    ({"since": 5, "resume": {}}, "since and resume are both given"),
    ({"resume": {"list": "/v3/x"}}, "a checkpoint of '/v3/x'"),
    ({"resume": {"list": "/v3/enterprise/audit-logs"}}, "of other filters or of no tail"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
async def test_what_cannot_be_meant_is_refused(world, arguments, message):
    sandbox, devin = world
    with pytest.raises(InvalidArgumentError, match=message):
        devin.enterprise.audit_logs.tail(**arguments)
    assert not sandbox.requests


@pytest.mark.parametrize("change", [{"since": "x"}, {"seen": 5}, {"seen": {"a": "b"}}])
def test_a_checkpoint_that_was_changed_is_refused(change):
    checkpoint = {"list": NAME, "filters": "", "since": 5, "seen": {}} | change
    with pytest.raises(InvalidArgumentError, match="allowed: an unchanged checkpoint"):
        read_tail(checkpoint, NAME, "")
