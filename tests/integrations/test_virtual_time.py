"""`devin_async.testing`: waits that take no time, and are as long as they say."""

import asyncio
import threading

import pytest
import uvloop

from devin_async import DevinClient, InvalidArgumentError
from devin_async.base.clock import Clock, clock_in_use
from devin_async.sandbox import Fault, Sandbox
from devin_async.testing import VirtualClock, virtual_time

SELF = "GET /v3/self"


@pytest.fixture
def clock():
    return VirtualClock(1000)


async def wake_at(clock, seconds, log):
    await clock.sleep(seconds)
    log.append((seconds, clock.now()))


async def test_those_who_wait_at_once_wake_in_order_each_at_its_time(clock):
    log = []
    await asyncio.gather(*(wake_at(clock, seconds, log) for seconds in (30, 10, 20, 10)))
    assert log == [(10, 1010), (10, 1010), (20, 1020), (30, 1030)]


async def test_it_stands_still_while_a_request_is_answered():
    with virtual_time(1000) as clock:
        async with Sandbox(clock=clock) as sandbox:
            waiting = asyncio.create_task(clock.sleep(500))
            async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
                for _ in range(10):
                    await devin.whoami()
                    assert (clock.now(), waiting.done()) == (1000, False)
            await waiting
    assert clock.now() == 1500


async def test_a_wait_of_no_seconds_ends_where_it_began(clock):
    await clock.sleep(0)
    assert clock.now() == 1000


async def test_it_can_be_moved_by_hand_and_wakes_who_is_due(clock):
    waiting = asyncio.create_task(clock.sleep(50))
    await asyncio.sleep(0)
    clock.advance(70)
    await waiting
    assert (clock.now(), clock.monotonic(), clock.time()) == (1070, 1070, 1070)


def test_it_never_runs_backwards(clock):
    with pytest.raises(InvalidArgumentError, match="seconds is -1; allowed: a number from 0"):
        clock.advance(-1)


async def test_nobody_waits_for_a_wait_that_was_cancelled(clock):
    waiting = asyncio.create_task(clock.sleep(50))
    await asyncio.sleep(0)
    waiting.cancel()
    await clock.sleep(60)
    assert (clock.now(), waiting.cancelled()) == (1060, True)


def test_a_second_event_loop_is_not_held_up_by_waits_of_the_first(clock):
    async def leave_one_behind():
        asyncio.create_task(clock.sleep(50))  # noqa: RUF006 - its loop ends first
        await asyncio.sleep(0)

    ended = asyncio.new_event_loop()
    ended.run_until_complete(leave_one_behind())
    ended.close()  # and cancels nothing, as asyncio.run would
    asyncio.run(clock.sleep(60))
    assert clock.now() == 1060


def test_a_block_is_left_with_the_clock_that_was_there_before():
    real = clock_in_use()
    with virtual_time() as outer, virtual_time() as inner:
        assert clock_in_use() is inner is not outer
    assert clock_in_use() is real
    assert type(real) is Clock


async def test_a_fan_out_that_is_rate_limited_waits_once_for_all():
    with virtual_time(1000) as clock:
        async with Sandbox(organizations=40, clock=clock) as sandbox:
            limited = Fault(route="POST *", times=40, status=429, headers={"Retry-After": "30"})
            sandbox.inject(limited)
            async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
                outcomes = await devin.fan_out(
                    sandbox.organization_ids,
                    lambda org_id: devin.organization(org_id).sessions.create("do it"),
                    concurrency=40,
                ).collect()
    assert all(outcome.ok for outcome in outcomes)
    assert 1030 <= clock.now() < 1300


async def test_a_session_that_works_for_minutes_is_awaited_at_once():
    with virtual_time() as clock:
        async with (
            Sandbox(clock=clock) as sandbox,
            DevinClient(sandbox.token, base_url=sandbox.url) as devin,
        ):
            sessions = devin.organization(sandbox.organization_ids[0]).sessions
            session = await sessions.create("do it")
            began = clock.now()
            done = await sessions.wait(session.session_id, timeout=3600)
    assert done.session_id == session.session_id
    assert 0 < clock.now() - began < 3600


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_it_stands_still_while_a_request_is_answered_whatever_the_loop(run):
    async def main():
        with virtual_time(1000) as clock:
            async with Sandbox(clock=clock) as sandbox:
                waiting = asyncio.create_task(clock.sleep(500))
                async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
                    moments = set()
                    for _ in range(300):
                        await devin.whoami()
                        moments.add(clock.now())
                await waiting
        return moments, clock.now()

    assert run(main()) == ({1000}, 1500)


def test_loops_of_several_threads_wake_in_the_order_of_their_moments(clock):
    log = []

    def work(seconds, go):
        go.wait()
        for number in (1, 2, 3):
            asyncio.run(wake_at(clock, seconds * number, log))

    go = threading.Barrier(2)
    threads = [threading.Thread(target=work, args=(seconds, go)) for seconds in (10, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moments = [moment for _, moment in log]
    assert moments == sorted(moments)
    assert len(log) == 6


async def test_who_waits_wakes_while_a_request_of_another_is_held(clock):
    clock.request_began()
    await clock.sleep(30)
    clock.request_ended()
    assert clock.now() == 1030
