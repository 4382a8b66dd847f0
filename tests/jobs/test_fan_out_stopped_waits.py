"""A fan-out that is stopped: what was refused, and only waits, is not done; what is sent may be."""

import asyncio

import pytest
from ledger_jobs import lost, rejected, run, states
from scripted_server import after, answer
from waiting import until

from devin_async import Budget, Ledger
from devin_async.jobs.fan_out import FanOut

PATH = "/v3/organizations/org-1/sessions"
LIMITED = answer(429, Retry_After="60")
MADE = answer(200, {"session_id": "devin-1"})


@pytest.fixture
def clock(stepped_clock):
    """Time that stands unless a test moves it: what waits for some, waits forever."""
    return stepped_clock


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "daily.sqlite", run="2026-11-22")


@pytest.fixture
def post(devin):
    return lambda item: devin.request("POST", PATH, json={"prompt": item})


def start(ledger, worker, items, **options):
    job = FanOut(items, worker, concurrency=4, ledger=ledger, **options)
    return job, asyncio.create_task(job.collect())


async def stop_in_vain(job, reading, clock):
    """Stop a job whose item waits with a write that may be done: it goes on until it is cut off."""
    await until(lambda: clock.sleepers)
    job.stop()
    for _ in range(5):
        await asyncio.sleep(0)
    assert (len(clock.sleepers), job.left_out) == (1, {})
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def test_a_post_that_waits_after_a_refusal_is_stopped_at_once_and_begun_the_next_time(
    ledger, post, clock, server
):
    server.script = [LIMITED, MADE]
    job, reading = start(ledger, post, ["a"])
    await until(lambda: clock.sleepers)
    job.stop()
    assert await reading == []
    assert job.left_out == {"stopped": 1}
    assert (states(ledger), clock.sleepers) == ({"a": "pending"}, [])
    await clock.advance(61)
    (outcome,) = await run(ledger, post, ["a"])
    assert (outcome.ok, states(ledger), len(server.requests)) == (True, {"a": "done"}, 2)


async def test_a_post_that_is_under_way_ends_and_is_told(ledger, post, clock, server):
    go_on = asyncio.Event()
    server.script = lambda request: LIMITED if b'"a"' in request.body else after(go_on, MADE)
    job, reading = start(ledger, post, ["b", "a"])
    await until(lambda: clock.sleepers and len(server.requests) == 2)
    job.stop()
    await until(lambda: job.left_out)
    assert not reading.done()
    go_on.set()
    assert [outcome.item for outcome in await reading] == ["b"]
    assert states(ledger) == {"a": "pending", "b": "done"}


async def test_a_post_that_is_refused_after_the_stop_is_not_waited_for(ledger, post, server):
    go_on = asyncio.Event()
    server.script = [after(go_on, LIMITED)]
    job, reading = start(ledger, post, ["a"])
    await server.received(1)
    job.stop()
    go_on.set()
    assert await reading == []
    assert (states(ledger), len(server.requests)) == ({"a": "pending"}, 1)


async def test_those_that_wait_for_the_limit_of_another_are_stopped_too(
    ledger, post, clock, server
):
    async def source():
        yield "a"
        await until(lambda: clock.sleepers)
        yield "b"
        yield "c"

    server.script = [LIMITED]
    job, reading = start(ledger, post, source())
    await until(lambda: len(clock.sleepers) == 3)
    job.stop()
    assert await reading == []
    assert (job.left_out, len(server.requests)) == ({"stopped": 3}, 1)
    assert set(states(ledger).values()) == {"pending"}


async def test_a_session_that_is_stopped_before_it_is_started_uses_nothing_of_a_budget(
    devin, clock, server
):
    budget = Budget(acus=10)
    sessions = devin.with_options(budget=budget).organization("org-1").sessions
    server.script = [LIMITED]
    job, reading = start(None, lambda item: sessions.create(item, max_acu_limit=4), ["a"])
    await until(lambda: clock.sleepers)
    assert budget.left == 6
    job.stop()
    assert await reading == []
    assert budget.left == 10


async def test_an_item_whose_row_was_being_written_is_not_begun(ledger):
    begun = []

    async def begin(item):
        begun.append(item)

    job, reading = start(ledger, begin, ["a"])
    await until(lambda: job._runner.running)
    job.stop()
    assert await reading == []
    assert (begun, job.left_out, states(ledger)) == ([], {}, {"a": "pending"})


async def test_without_a_ledger_it_is_the_same(post, clock, server):
    server.script = [LIMITED]
    job, reading = start(None, post, ["a"])
    await until(lambda: clock.sleepers)
    job.stop()
    assert await reading == []
    assert job.left_out == {"stopped": 1}


async def test_a_worker_that_has_written_before_is_not_stopped_and_unknown_when_cancelled(
    ledger, post, clock, server
):
    async def twice(item):
        await post(item)
        await post(item)

    server.script = [MADE, LIMITED]
    job, reading = start(ledger, twice, ["a"])
    await stop_in_vain(job, reading, clock)
    assert states(ledger) == {"a": "unknown"}


async def test_a_put_that_may_have_arrived_is_under_way_while_it_waits(
    ledger, devin, clock, server
):
    server.script = [answer(503)]
    path = f"{PATH}/devin-1/tags"
    job, reading = start(ledger, lambda _: devin.request("PUT", path, json={"tags": []}), ["a"])
    await stop_in_vain(job, reading, clock)
    assert states(ledger) == {"a": "unknown"}


async def test_what_only_waits_is_not_unknown_when_the_fan_out_is_cancelled(
    ledger, post, clock, server
):
    server.script = [LIMITED]
    _, reading = start(ledger, post, ["a"])
    await until(lambda: clock.sleepers)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert states(ledger) == {"a": "pending"}


async def test_an_item_of_which_an_earlier_run_is_unknown_stays_unknown(
    ledger, post, clock, server
):
    async def fail(item):
        raise lost()

    await run(ledger, fail, ["a"])
    server.script = [LIMITED]
    job, reading = start(ledger, post, ["a"], rerun_unknown=True)
    await until(lambda: clock.sleepers)
    job.stop()
    assert await reading == []
    assert states(ledger) == {"a": "unknown"}


async def test_what_a_worker_had_begun_beside_itself_sends_nothing_more(
    ledger, post, clock, server
):
    begun = []

    async def shield(item):
        begun.append(asyncio.create_task(post(item)))
        await asyncio.shield(begun[0])

    async def begin_another():
        await clock.sleep(1)
        await post("b")

    async def both(item):
        begun.append(asyncio.create_task(begin_another()))
        await asyncio.shield(asyncio.gather(*begun, post(item)))

    for number, worker in enumerate((shield, both)):
        begun.clear()
        await clock.advance(61)
        server.script = [LIMITED]
        own = Ledger(ledger.path, run=str(number))
        job, reading = start(own, worker, ["a"])
        await server.received(number + 1)
        await until(lambda number=number: len(clock.sleepers) == number + 1)
        job.stop()
        assert await reading == []
        await clock.advance(61)
        await asyncio.gather(*begun, return_exceptions=True)
        assert (states(own), len(server.requests)) == ({"a": "pending"}, number + 1)
        assert all(task.cancelled() for task in begun)


async def test_a_post_that_a_failed_worker_left_waiting_may_still_be_done(
    ledger, post, clock, server
):
    begun = []

    async def leave(item):
        begun.append(asyncio.create_task(post(item)))
        await until(lambda: clock.sleepers)
        raise rejected()

    server.script = [LIMITED, MADE]
    _, reading = start(ledger, leave, ["a"])
    (outcome,) = await reading
    assert outcome.error.after_write
    assert states(ledger) == {"a": "unknown"}
    await clock.advance(61)
    assert (await begun[0]).status == 200


async def test_the_waits_of_a_fan_out_inside_a_worker_are_the_workers(ledger, post, clock, server):
    async def inner(item):
        return await FanOut([item], post, concurrency=1).collect()

    server.script = [LIMITED]
    job, reading = start(ledger, inner, ["a"])
    await until(lambda: clock.sleepers)
    job.stop()
    assert await reading == []
    assert states(ledger) == {"a": "pending"}


async def test_an_inner_fan_out_that_is_stopped_leaves_its_worker_as_it_was(
    ledger, post, clock, server
):
    async def inner(item):
        job = FanOut([item], post, concurrency=1)
        reading = asyncio.create_task(job.collect())
        await until(lambda: clock.sleepers)
        job.stop()
        assert await reading == []
        raise rejected()

    server.script = [LIMITED]
    job, reading = start(ledger, inner, ["a"])
    (outcome,) = await reading
    assert not outcome.error.after_write
    assert (job.left_out, states(ledger)) == ({}, {"a": "failed"})
