"""However a fan-out ends, no task runs on and a shared semaphore is whole again."""

import asyncio
import random

import pytest
from things import numbered, things
from waiting import settled, until

from devin_async import DevinError, FanOutError, InvalidArgumentError, OutcomeUnknownError
from devin_async.jobs.fan_out import FanOut

pytestmark = pytest.mark.usefixtures("debug_mode")


class StopEverything(BaseException):
    pass


async def forever(item):
    await asyncio.Event().wait()


async def short(item):
    for _ in range(item % 5):
        await asyncio.sleep(0)
    return item


async def free_slots(semaphore, count):
    """Take *count* slots at once, which hangs if one was not given back, and none more."""
    for _ in range(count):
        await semaphore.acquire()
    assert semaphore.locked()


async def test_breaking_out_of_the_block_leaves_no_task(tasks):
    async with FanOut(range(100), short, concurrency=10) as outcomes:
        async for _ in outcomes:
            break
    assert tasks() == set()


async def test_a_bare_break_leaves_no_task_within_a_second(tasks):
    async for _ in FanOut(range(100), short, concurrency=10):
        break
    await until(lambda: tasks() == set())


@pytest.mark.parametrize("steps", range(1, 5))
async def test_a_second_collect_is_refused_and_leaves_the_first_alone(tasks, steps):
    fan_out = FanOut(range(20), short, concurrency=2)
    first = asyncio.create_task(fan_out.collect())
    for _ in range(steps):
        await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="read once"):
        await fan_out.collect()
    assert [outcome.value for outcome in await first] == list(range(20))
    assert tasks() == set()


@pytest.mark.parametrize("steps", range(1, 5))
async def test_a_reader_in_another_task_learns_that_the_block_was_left(tasks, steps):
    async with FanOut(range(20), forever, concurrency=2) as outcomes:
        reader = asyncio.create_task(_read(outcomes))
        for _ in range(steps):
            await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="was left, and no more of it is read"):
        await reader
    assert tasks() == set()


async def _read(outcomes):
    return [outcome async for outcome in outcomes]


async def test_an_error_in_the_block_leaves_no_task(tasks):
    with pytest.raises(LookupError):
        await _fail_at_first(FanOut(range(100), short, concurrency=10))
    assert tasks() == set()


async def _fail_at_first(fan_out):
    async with fan_out as outcomes:
        await anext(aiter(outcomes))
        raise LookupError


@pytest.mark.parametrize("rounds", range(1, 41))
async def test_cancelling_at_any_moment_leaves_no_task(tasks, rounds):
    job = asyncio.create_task(FanOut(range(1000), short, concurrency=8).collect())
    for _ in range(rounds):
        await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert tasks() == set()


@pytest.mark.parametrize("seed", range(20))
async def test_cancelling_twice_leaves_no_task_and_no_slot(tasks, seed):
    rounds = random.Random(seed)
    semaphore = asyncio.Semaphore(4)
    job = asyncio.create_task(_read_all(FanOut(range(1000), _slow_to_end, concurrency=semaphore)))
    for _ in range(rounds.randrange(1, 30)):
        await asyncio.sleep(0)
    job.cancel()
    for _ in range(rounds.randrange(6)):
        await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert tasks() == set()
    await free_slots(semaphore, 4)


async def _slow_to_end(item):
    try:
        await short(item)
    finally:
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def _read_all(fan_out):
    async with fan_out as outcomes:
        async for _ in outcomes:
            await asyncio.sleep(0)


@pytest.mark.parametrize("rounds", [1, 3, 10, 50])
async def test_cancelling_a_fan_out_over_a_list_leaves_no_task(devin, server, tasks, rounds):
    server.script = numbered(100, 2)
    job = asyncio.create_task(devin.fan_out(things(devin).list(), short, concurrency=4).collect())
    for _ in range(rounds):
        await asyncio.sleep(0.001)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    assert tasks() == set()


async def test_a_worker_that_awaits_what_others_cancelled_fails_alone(tasks):
    elsewhere = asyncio.create_task(forever(0))
    elsewhere.cancel()

    async def join(item):
        return await (elsewhere if item == 2 else short(item))

    outcomes = await FanOut(range(5), join, concurrency=2).collect()
    assert [outcome.ok for outcome in outcomes] == [True, True, False, True, True]
    failed = outcomes[2].error
    assert (type(failed), failed.outcome) == (OutcomeUnknownError, "unknown")
    assert "awaited something that was cancelled elsewhere" in str(failed)
    assert tasks() == set()


async def test_a_worker_task_that_somebody_cancels_ends_the_fan_out(tasks):
    async def cancelled(item):
        asyncio.current_task().cancel()
        await forever(item)

    with pytest.raises(asyncio.CancelledError):
        await FanOut(range(10), cancelled, concurrency=2).collect()
    assert tasks() == set()


async def test_what_is_no_exception_is_not_an_outcome(tasks):
    async def stop(item):
        raise StopEverything

    with pytest.raises(StopEverything):
        await FanOut(range(10), stop, concurrency=2).collect()
    assert tasks() == set()


async def test_a_source_that_raises_no_exception_does_not_end_as_if_it_were_read(tasks):
    def source():
        yield 1
        raise StopEverything

    with pytest.raises(StopEverything):
        await FanOut(source(), short, concurrency=2).collect()
    assert tasks() == set()


async def test_a_source_that_awaits_what_others_cancelled_ends_with_an_error_of_ours(tasks):
    elsewhere = asyncio.create_task(forever(0))
    elsewhere.cancel()

    async def source():
        yield 1
        await elsewhere

    with pytest.raises(DevinError, match="source of a fan-out awaited something") as caught:
        await FanOut(source(), short, concurrency=2).collect()
    assert [outcome.value for outcome in caught.value.outcomes] == [1]
    assert tasks() == set()


class SourceFailedError(Exception):
    pass


@pytest.mark.parametrize("error", [SourceFailedError("broken"), DevinError("broken")])
async def test_what_a_fan_out_had_is_kept_when_its_source_fails(error):
    def source():
        yield from range(5)
        raise error

    job = FanOut(source(), short, concurrency=3)
    with pytest.raises(type(error), match="broken"):
        await job.collect()
    assert [(outcome.index, outcome.value) for outcome in job.collected] == [
        (number, number) for number in range(5)
    ]
    if isinstance(error, DevinError):
        assert error.outcomes == job.collected


async def test_what_a_fan_out_had_is_kept_when_it_is_cancelled():
    async def work(item):
        return await (forever(item) if item == 3 else short(item))

    job = FanOut(range(10), work, concurrency=2)
    running = asyncio.create_task(job.collect())
    await until(lambda: len(job.collected) == 9)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [outcome.value for outcome in job.collected] == [0, 1, 2, 4, 5, 6, 7, 8, 9]


async def test_a_given_async_generator_is_left_to_its_owner_to_close():
    async def numbers():
        for number in range(10):
            yield number

    source = numbers()
    async with FanOut(source, short, concurrency=2) as outcomes:
        await anext(aiter(outcomes))
    assert await anext(source) < 10
    await source.aclose()


async def test_errors_raise_leaves_no_task_and_gives_its_slots_back(tasks):
    async def fail_third(item):
        if item == 2:
            raise LookupError
        await forever(item)

    semaphore = asyncio.Semaphore(3)
    with pytest.raises(FanOutError):
        await FanOut(range(10), fail_third, concurrency=semaphore, errors="raise").collect()
    assert tasks() == set()
    await free_slots(semaphore, 3)


async def test_a_shared_semaphore_limits_two_jobs_together():
    semaphore, running, most = asyncio.Semaphore(5), set(), []

    async def note(item):
        running.add(item)
        most.append(len(running))
        await asyncio.sleep(0.001)
        running.discard(item)

    left = FanOut(range(100), note, concurrency=semaphore).collect()
    right = FanOut(range(100, 200), note, concurrency=semaphore).collect()
    ended = await asyncio.gather(left, right)
    assert [len(outcomes) for outcomes in ended] == [100, 100]
    assert max(most) == 5
    await free_slots(semaphore, 5)


async def test_a_job_whose_source_is_another_job_of_its_semaphore_goes_on():
    semaphore = asyncio.Semaphore(1)

    async def first_half():
        async with FanOut(range(20), short, concurrency=semaphore) as outcomes:
            async for outcome in outcomes:
                yield outcome.value

    ended = await FanOut(first_half(), short, concurrency=semaphore).collect()
    assert sorted(outcome.value for outcome in ended) == list(range(20))
    await free_slots(semaphore, 1)


@pytest.mark.parametrize("width", [1, 8])
async def test_a_fan_out_in_a_worker_that_holds_its_semaphore_is_refused_at_once(tasks, width):
    semaphore = asyncio.Semaphore(width)

    async def nested(item):
        return await FanOut(range(3), short, concurrency=semaphore).collect()

    outcomes = await FanOut(range(4), nested, concurrency=semaphore).collect()
    assert [type(outcome.error) for outcome in outcomes] == [InvalidArgumentError] * 4
    assert "both could wait for ever" in str(outcomes[0].error)
    assert tasks() == set()
    await free_slots(semaphore, width)


async def test_a_fan_out_in_a_worker_runs_on_a_semaphore_of_its_own():
    inner = asyncio.Semaphore(2)

    async def nested(item):
        return len(await FanOut(range(3), short, concurrency=inner).collect())

    outcomes = await FanOut(range(4), nested, concurrency=asyncio.Semaphore(2)).collect()
    assert [outcome.value for outcome in outcomes] == [3] * 4


async def test_a_source_that_is_silent_holds_no_slot_of_a_shared_semaphore():
    semaphore = asyncio.Semaphore(1)

    async def silent():
        await asyncio.Event().wait()
        yield 1

    waiting = asyncio.create_task(FanOut(silent(), short, concurrency=semaphore).collect())
    assert len(await FanOut(range(20), short, concurrency=semaphore).collect()) == 20
    waiting.cancel()
    await asyncio.wait([waiting])
    await free_slots(semaphore, 1)


async def test_a_shared_semaphore_is_whole_after_a_break():
    semaphore = asyncio.Semaphore(5)
    async with FanOut(range(100), short, concurrency=semaphore) as outcomes:
        async for _ in outcomes:
            break
    await free_slots(semaphore, 5)


async def test_a_shared_semaphore_is_whole_after_an_error_of_the_source():
    def source():
        yield from range(7)
        raise LookupError

    semaphore = asyncio.Semaphore(5)
    with pytest.raises(LookupError):
        await FanOut(source(), short, concurrency=semaphore).collect()
    await free_slots(semaphore, 5)


async def test_a_job_that_waits_for_a_shared_semaphore_can_be_cancelled(tasks):
    semaphore = asyncio.Semaphore(1)
    await semaphore.acquire()
    job = asyncio.create_task(FanOut([1], short, concurrency=semaphore).collect())
    await settled()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert tasks() == set()
    semaphore.release()
    await free_slots(semaphore, 1)


async def test_a_source_that_swallows_its_cancellation_starts_nothing_more(tasks):
    started = []

    async def stubborn():
        yield 0
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            yield 1

    async def note(item):
        started.append(item)

    async with FanOut(stubborn(), note, concurrency=3) as outcomes:
        await anext(aiter(outcomes))
    assert started == [0]
    assert tasks() == set()
