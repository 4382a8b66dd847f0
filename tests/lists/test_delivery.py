"""Delivery: everything from any day on reaches the sink, each at least once, by one checkpoint."""

import asyncio
import functools
import itertools
import json
import random
import stat

import pytest
from clocks import START

from devin_async import ConfigurationError, FileError, InvalidArgumentError, PermissionDeniedError
from devin_async.sandbox import Fault

LOGS = "GET /v3/enterprise/audit-logs"


class Sink:
    """Keeps what it was given; refuses when *chance* says so; sets *enough* after so many."""

    def __init__(self, most=None, *, chance=None):
        self.batches, self.refused = [], 0
        self.enough = asyncio.Event()
        self._most, self._chance = most, chance

    async def __call__(self, batch):
        if self._chance is not None and self._chance.random() < 0.2:
            self.refused += 1
            raise ConnectionError("the sink is not there")
        self.batches.append(batch)
        if self._most is not None and len(self.ids) >= self._most:
            self.enough.set()

    @property
    def ids(self):
        return [one for batch in self.batches for one in batch.ids]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint.json"


async def test_a_backlog_and_what_is_new_are_delivered_by_one_checkpoint(world, path):
    sandbox, devin = world
    logs = devin.enterprise.audit_logs
    old = [log.audit_log_id for log in await logs.list(order="asc").collect()]
    sink = Sink(3000)
    tail = logs.tail(since=START - 40_000)
    assert await tail.deliver(sink, checkpoint=path, stop=sink.enough) == 3000
    assert sink.ids == old
    assert max(map(len, sink.batches)) <= 200
    organization = devin.organization(sandbox.organization_ids[0])
    for number in range(3):
        await organization.sessions.create(f"Session {number}")
    more = Sink(3)
    assert await logs.tail(since=5).deliver(more, checkpoint=path, stop=more.enough) == 3
    assert not set(more.ids) & set(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_killed_again_and_again_with_a_sink_that_fails_nothing_is_missing(world, path):
    sandbox, devin = world
    chance = random.Random(5)
    logs, ids, rounds = devin.enterprise.audit_logs, [], 0
    while len(set(ids)) < 3000:
        sandbox.clear_faults()
        sandbox.inject(Fault(route=LOGS, probability=0.1, status=503))
        left = 3000 - len(set(ids))
        sink = Sink(min(left, chance.randrange(100, 900)), chance=chance)
        running = asyncio.ensure_future(
            logs.tail(since=START - 40_000).deliver(sink, checkpoint=path, batch_items=90)
        )
        await sink.enough.wait()
        running.cancel()
        await asyncio.wait([running])
        ids += sink.ids
        rounds += 1
    assert rounds > 3
    assert len(ids) - 3000 <= rounds * 400  # what was not confirmed comes again, and no more
    expected = {log.audit_log_id for log in await logs.list(order="asc").collect()}
    assert set(ids) == expected


async def test_a_batch_is_sent_again_after_growing_pauses_until_it_is_taken(world, path):
    sandbox, devin = world
    seen, enough = [], asyncio.Event()

    async def sink(batch):
        seen.append((sandbox.clock.now(), batch.ids))
        if len(seen) < 6:
            raise OSError("full")
        enough.set()

    logs = devin.enterprise.audit_logs
    await logs.tail(since=START - 40_000).deliver(
        sink, checkpoint=path, batch_items=3000, batch_seconds=600, stop=enough
    )
    moments = [moment for moment, _ in seen[:6]]
    pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert pauses == [2, 4, 8, 16, 32]
    assert len({ids for _, ids in seen[:6]}) == 1


async def test_a_sink_that_fails_for_too_long_ends_the_delivery_with_its_own_error(world, path):
    _, devin = world

    async def sink(batch):
        raise OSError("gone for good")

    with pytest.raises(OSError, match="gone for good"):
        await devin.enterprise.audit_logs.tail(since=START - 40_000, outage=100).deliver(
            sink, checkpoint=path
        )
    assert not path.exists()


async def test_what_waits_is_delivered_when_it_is_old_enough(world, path):
    sandbox, devin = world
    organization = devin.organization(sandbox.organization_ids[0])
    await organization.sessions.create("Alone")
    sink = Sink(1)
    tail = devin.enterprise.audit_logs.tail(since=START)
    assert await tail.deliver(sink, checkpoint=path, batch_seconds=3, stop=sink.enough) == 1


async def test_a_slow_sink_holds_up_the_reading(world, path):
    sandbox, devin = world
    hold, entered = asyncio.Event(), asyncio.Event()

    async def sink(batch):
        entered.set()
        await hold.wait()

    tail = devin.enterprise.audit_logs.tail(since=START - 3000)
    running = asyncio.ensure_future(tail.deliver(sink, checkpoint=path, batch_items=10))
    await entered.wait()
    for _ in range(200):
        await asyncio.sleep(0)
    count = len(sandbox.requests)
    for _ in range(200):
        await asyncio.sleep(0)
    assert len(sandbox.requests) == count <= 20
    running.cancel()
    await asyncio.wait([running])


async def test_a_quiet_list_moves_the_checkpoint_all_the_same(world, path):
    sandbox, devin = world
    stop = asyncio.Event()
    clock = devin._pool.transport().lifetime.clock

    async def look():
        if path.exists() and json.loads(path.read_text())["checkpoint"]["since"] > START + 100:
            stop.set()

    clock.on_sleep = look
    tail = devin.enterprise.audit_logs.tail(since=START, heartbeat=20)
    assert await tail.deliver(Sink(), checkpoint=path, stop=stop) == 0
    assert sandbox.clock.now() < START + 1000


async def test_an_error_of_the_list_comes_after_what_was_read_is_delivered(world, path):
    sandbox, devin = world
    sink = Sink()
    sandbox.inject(Fault(route=LOGS, at=20, status=403))
    with pytest.raises(PermissionDeniedError):
        await devin.enterprise.audit_logs.tail(since=START - 40_000).deliver(sink, checkpoint=path)
    delivered = len(sink.ids)
    sandbox.clear_faults()
    more = Sink(20)
    await devin.enterprise.audit_logs.tail().deliver(more, checkpoint=path, stop=more.enough)
    assert delivered > 0
    assert not set(sink.ids) & set(more.ids)


async def test_closing_the_client_ends_a_delivery(world, path):
    _, devin = world
    sink = Sink(1)
    running = asyncio.ensure_future(
        devin.enterprise.audit_logs.tail(since=START - 40_000).deliver(sink, checkpoint=path)
    )
    await sink.enough.wait()
    await devin.close()
    with pytest.raises(ConfigurationError, match="the client"):
        await running


def synchronous(batch):
    return None


def stored(checkpoint):
    return json.dumps({"work": "/v3/enterprise/audit-logs", "checkpoint": checkpoint})


async def test_what_cannot_be_meant_is_refused_at_once(world, path, tmp_path):
    sandbox, devin = world
    tail = devin.enterprise.audit_logs.tail
    sink = Sink()
    for change, message in [
        ({"sink": synchronous}, "allowed: an async function that takes a Delivery"),
        ({"sink": None}, "allowed: an async function"),
        ({"stop": True}, "stop is a bool; allowed: an asyncio.Event or None"),
        ({"batch_items": 0}, "batch_items is 0"),
        ({"batch_seconds": -1}, "batch_seconds is -1"),
        ({"checkpoint": tmp_path}, "a directory; allowed: a file's name"),
        ({"checkpoint": tmp_path / "nowhere" / "file"}, "there is no directory"),
    ]:
        arguments = {"sink": sink, "checkpoint": path} | change
        with pytest.raises(InvalidArgumentError, match=message):
            tail().deliver(arguments.pop("sink"), **arguments)
    for content, message in [
        ("", "is no checkpoint"),
        ("[1]", "is no checkpoint"),
        ('{"list": "/v3/enterprise/audit-logs"}', "is no checkpoint"),
        ('{"work": "/v3/other", "checkpoint": {}}', "is the checkpoint of '/v3/other'"),
        (stored({"list": "/v3/other"}), "a checkpoint of '/v3/other'"),
        (stored({"list": "/v3/enterprise/audit-logs", "at": 5}), "of other filters or of no tail"),
    ]:
        path.write_text(content)
        with pytest.raises(InvalidArgumentError, match=message):
            tail().deliver(sink, checkpoint=path)
        assert path.read_text() == content
    path.unlink()
    assert not sandbox.requests
    assert list(tmp_path.iterdir()) == []


async def test_two_deliveries_never_go_on_by_one_checkpoint(world, path):
    _, devin = world
    tail = devin.enterprise.audit_logs.tail(since=START - 40_000)
    stop, sink = asyncio.Event(), Sink(100)
    first = asyncio.ensure_future(tail.deliver(sink, checkpoint=path, stop=stop))
    await sink.enough.wait()
    second = Sink()
    for link in (path, path.parent / ".." / path.parent.name / path.name):
        with pytest.raises(FileError, match=r"checkpoint\.json' is in use: another one goes on"):
            await tail.deliver(second, checkpoint=link)
    stop.set()
    assert await first == len(sink.ids)
    assert second.ids == []
    assert [one.name for one in path.parent.iterdir()] == ["checkpoint.json"]
    more = Sink(3000 - len(sink.ids))
    await tail.deliver(more, checkpoint=path, stop=more.enough)
    assert not set(sink.ids) & set(more.ids)
    assert len(sink.ids) + len(more.ids) == 3000


async def test_what_a_killed_delivery_left_beside_its_checkpoint_is_swept(world, path):
    _, devin = world
    left = [path.with_name(f".{path.name}.lock"), path.with_name(f".{path.name}-{'0' * 16}.tmp")]
    (foreign := path.with_name(".other.json-0000000000000000.tmp")).touch()
    for one in left:
        one.touch()
    sink = Sink(1)
    await devin.enterprise.audit_logs.tail(since=START - 40_000).deliver(
        sink, checkpoint=path, stop=sink.enough
    )
    assert sorted(path.parent.iterdir()) == sorted([foreign, path])


async def test_any_async_callable_is_a_sink(world, path):
    _, devin = world

    async def two(first, batch):
        first.append(batch)

    tail = devin.enterprise.audit_logs.tail()
    tail.deliver(functools.partial(two, []), checkpoint=path).close()
    tail.deliver(Sink(), checkpoint=path).close()
