"""Time limits of attempts, whose timer is one for all of them."""

import asyncio

import pytest
from clocks import advance_loop, stop_loop

from devin_async.transport.time_limits import TimeLimit, TimeLimits


@pytest.fixture
async def limits():
    stop_loop()  # it passes by the steps of a test alone
    return TimeLimits(asyncio.get_running_loop())


async def limited(limits, seconds):
    with TimeLimit(limits, seconds):
        await asyncio.Event().wait()


async def started(limits, *seconds):
    tasks = [asyncio.create_task(limited(limits, one)) for one in seconds]
    await asyncio.sleep(0)
    return tasks


async def pass_time(seconds):
    advance_loop(seconds)
    for _ in range(5):
        await asyncio.sleep(0)


async def test_each_limit_ends_its_own_block_in_its_time_whatever_their_order(limits):
    tasks = await started(limits, 30, 10, 20)
    ended = []
    for _ in range(3):
        await pass_time(10)
        ended.append([task.done() for task in tasks])
    assert ended == [[False, True, False], [False, True, True], [True, True, True]]
    for task in tasks:
        with pytest.raises(TimeoutError):
            task.result()


async def test_a_limit_that_begins_later_has_all_of_its_time(limits):
    (first,) = await started(limits, 30)
    await pass_time(20)
    (second,) = await started(limits, 30)
    await pass_time(20)
    assert isinstance(first.exception(), TimeoutError)
    assert not second.done()
    await pass_time(10)
    assert isinstance(second.exception(), TimeoutError)


async def test_what_ended_in_time_is_left_alone(limits):
    with TimeLimit(limits, 10):
        pass
    await pass_time(20)
    assert limits.running == set()


async def test_who_is_cancelled_at_the_moment_of_its_limit_stays_cancelled(limits):
    (task,) = await started(limits, 10)
    asyncio.get_running_loop().call_at(asyncio.get_running_loop().time() + 10, task.cancel)
    await pass_time(10)
    assert task.cancelled()


async def test_a_limit_inside_of_another_is_told_from_it(limits):
    async def nested():
        with TimeLimit(limits, 10), TimeLimit(limits, 30):
            await asyncio.Event().wait()

    task = asyncio.create_task(nested())
    await asyncio.sleep(0)
    await pass_time(10)
    assert isinstance(task.exception(), TimeoutError)
    assert task.cancelling() == 0


async def test_a_block_that_takes_a_while_to_end_is_cancelled_once(limits):
    may_end = asyncio.Event()

    async def ending_late():
        with TimeLimit(limits, 10):
            try:
                await asyncio.Event().wait()
            finally:
                await may_end.wait()

    late = asyncio.create_task(ending_late())
    (other,) = await started(limits, 20)
    for _ in range(2):
        await pass_time(10)
    assert (late.done(), other.done()) == (False, True)
    may_end.set()
    await asyncio.wait([late])
    assert isinstance(late.exception(), TimeoutError)
    assert isinstance(other.exception(), TimeoutError)
