"""Fan-out: which outcomes come, in which order, and what is started when."""

import asyncio
import gc
import tracemalloc

import pytest
from things import numbered, things
from waiting import settled

from devin_async import FanOutError, InvalidArgumentError
from devin_async.jobs.fan_out import FanOut

pytestmark = pytest.mark.usefixtures("debug_mode")


class Work:
    """A worker that ends when the test says so, and notes what was started and pulled."""

    def __init__(self, total=100):
        self.total = total
        self.pulled = 0
        self.started = []
        self.running = {}

    def source(self):
        for number in range(self.total):
            self.pulled += 1
            yield number

    async def async_source(self):
        for number in self.source():
            await asyncio.sleep(0)
            yield number

    async def __call__(self, item):
        self.started.append(item)
        self.running[item] = asyncio.Event()
        await self.running[item].wait()
        return item * 10

    def finish(self, *items):
        for item in items:
            self.running[item].set()


async def double(item):
    await asyncio.sleep(0)
    return item * 2


async def fail_odd(item):
    await asyncio.sleep(0)
    if item % 2:
        raise LookupError(item)
    return item


async def test_outcomes_come_as_they_finish():
    work = Work(3)
    async with FanOut(range(3), work, concurrency=3) as outcomes:
        results = aiter(outcomes)
        first = asyncio.ensure_future(anext(results))
        await settled()
        work.finish(2)
        assert (await first).index == 2
        work.finish(0)
        assert (await anext(results)).index == 0
        work.finish(1)
        assert [outcome.value async for outcome in results] == [10]


async def test_collect_gives_the_order_of_the_source():
    delays = {"slow": 3, "quick": 1, "middle": 2}

    async def wait(item):
        for _ in range(delays[item]):
            await asyncio.sleep(0)
        return item.upper()

    outcomes = await FanOut(list(delays), wait, concurrency=3).collect()
    assert [(o.index, o.item, o.value) for o in outcomes] == [
        (0, "slow", "SLOW"),
        (1, "quick", "QUICK"),
        (2, "middle", "MIDDLE"),
    ]


async def test_an_empty_source_has_no_outcomes():
    assert await FanOut([], double, concurrency=3).collect() == []


async def test_what_a_worker_raises_is_the_outcome_of_its_item():
    good, bad = await FanOut([0, 1], fail_odd, concurrency=2).collect()
    assert (good.ok, good.error, good.value) == (True, None, 0)
    assert (bad.ok, type(bad.error), bad.item) == (False, LookupError, 1)
    with pytest.raises(LookupError) as caught:
        _ = bad.value
    assert caught.value is bad.error


async def test_what_a_worker_raises_before_it_can_be_awaited_is_an_outcome_too():
    def broken(item):
        raise LookupError(item)

    (outcome,) = await FanOut([1], broken, concurrency=2).collect()
    assert isinstance(outcome.error, LookupError)


@pytest.mark.parametrize(
    "worker",
    [
        lambda item: double(item),  # noqa: PLW0108 - a lambda is the point
        lambda item: asyncio.ensure_future(double(item)),
        type("Worker", (), {"__call__": lambda self, item: double(item)})(),
    ],
    ids=["lambda", "task", "object"],
)
async def test_a_worker_is_any_callable_whose_result_can_be_awaited(worker):
    outcomes = await FanOut([1, 2], worker, concurrency=1).collect()
    assert [outcome.value for outcome in outcomes] == [2, 4]


@pytest.mark.parametrize("concurrency", [1, 3, 10])
@pytest.mark.parametrize("kind", ["source", "async_source"])
async def test_a_source_is_pulled_only_as_slots_free_up(kind, concurrency):
    work = Work()
    async with FanOut(getattr(work, kind)(), work, concurrency=concurrency) as outcomes:
        results = aiter(outcomes)
        first = asyncio.ensure_future(anext(results))
        await settled()
        assert (work.pulled, len(work.started)) == (concurrency, concurrency)
        work.finish(0)
        await first
        await settled()
        assert (work.pulled, len(work.started)) == (concurrency + 1, concurrency + 1)


async def test_a_pager_is_read_only_as_slots_free_up(devin, server):
    server.script = numbered(1000, 2)
    async with FanOut(things(devin).list(), Work(), concurrency=2) as outcomes:
        first = asyncio.ensure_future(anext(aiter(outcomes)))
        await server.received(2)
        await settled()
        assert len(server.requests) == 2
        first.cancel()


async def test_a_pager_is_a_source(devin, server):
    server.script = numbered(7, 2)

    async def number(thing):
        return thing.n

    outcomes = await devin.fan_out(things(devin).list(), number, concurrency=3).collect()
    assert [outcome.value for outcome in outcomes] == list(range(7))


async def test_a_slow_reader_holds_up_the_start_of_more():
    started = []

    async def note(item):
        started.append(item)

    async with FanOut(range(100), note, concurrency=4) as outcomes:
        results = aiter(outcomes)
        for delivered in range(1, 20):
            await anext(results)
            await settled()
            assert len(started) <= delivered + 4


async def test_a_second_iteration_is_refused():
    fan_out = FanOut([1], double, concurrency=1)
    assert [outcome.value async for outcome in fan_out] == [2]
    with pytest.raises(RuntimeError, match="read once"):
        aiter(fan_out)
    with pytest.raises(RuntimeError, match="read once"):
        await fan_out.collect()


async def test_one_that_was_never_started_warns():
    with pytest.warns(ResourceWarning, match="never started"):
        FanOut([1], double, concurrency=1)


async def test_one_whose_block_failed_before_it_started_does_not_warn():
    with pytest.raises(LookupError):
        async with FanOut([1], double, concurrency=1):
            raise LookupError


@pytest.mark.parametrize("concurrency", [0, -1, True, "4", 2.0, None])
async def test_an_impossible_concurrency_is_refused(devin, concurrency):
    with pytest.raises(InvalidArgumentError, match="concurrency"):
        devin.fan_out([1], double, concurrency=concurrency)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, double), "source is an int"),
        (("org-1", double), "source is a str"),
        ((b"org-1", double), "source is a bytes"),
        (([1], "x"), "worker"),
    ],
)
async def test_an_impossible_source_or_worker_is_refused(devin, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        devin.fan_out(*arguments, concurrency=1)


async def test_an_unknown_error_mode_is_refused(devin):
    with pytest.raises(InvalidArgumentError, match="errors is 'ignore'"):
        devin.fan_out([1], double, concurrency=1, errors="ignore")


async def test_a_worker_whose_result_cannot_be_awaited_fails_before_a_second_starts():
    started = []
    with pytest.raises(TypeError, match="gave a NoneType, which cannot be awaited"):
        await FanOut(range(10), started.append, concurrency=5).collect()
    assert started == [0]


async def test_an_error_of_the_source_comes_after_all_outcomes():
    async def source():
        yield 0
        yield 1
        raise LookupError("the source is dry")

    seen = []
    with pytest.raises(LookupError, match="the source is dry"):
        await _read_into(seen, FanOut(source(), double, concurrency=5))
    assert sorted(seen) == [0, 2]


async def _read_into(seen, outcomes):
    async for outcome in outcomes:
        seen.append(outcome.value)


async def test_an_error_of_the_source_waits_for_what_runs(tasks):
    def source():
        yield 0
        raise LookupError

    work = Work()
    results = aiter(FanOut(source(), work, concurrency=5))
    first = asyncio.ensure_future(anext(results))
    await settled()
    assert not first.done()
    work.finish(0)
    assert (await first).value == 0
    with pytest.raises(LookupError):
        await anext(results)
    assert tasks() == set()


@pytest.mark.slow
async def test_memory_stays_flat_over_100_000_items():
    asyncio.get_running_loop().set_debug(False)

    async def trivial(item):
        return item

    outcomes = aiter(FanOut(range(100_000), trivial, concurrency=64))
    first, second = await _peaks_of(outcomes, 50_000)
    await outcomes.aclose()
    assert second < first * 1.2 + 50_000
    assert second < 1_000_000


async def _peaks_of(outcomes, count):
    """Tell the peaks of traced memory over the first *count*, and over the second."""
    gc.collect()
    tracemalloc.start()
    try:
        first = await _peak_of(outcomes, count)
        tracemalloc.reset_peak()
        return first, await _peak_of(outcomes, count)
    finally:
        tracemalloc.stop()


async def _peak_of(outcomes, count):
    for _ in range(count):
        await anext(outcomes)
    return tracemalloc.get_traced_memory()[1]


async def test_errors_raise_stops_at_the_first_failure():
    work = Work()

    async def fail_one(item):
        if item == 1:
            raise LookupError(item)
        return await work(item)

    with pytest.raises(FanOutError) as caught:
        await FanOut(range(10), fail_one, concurrency=3, errors="raise").collect()
    assert [type(error) for error in caught.value.exceptions] == [LookupError]
    assert caught.value.outcomes == []
    assert sorted(caught.value.cancelled) == [0, 2]


async def test_errors_raise_keeps_what_collect_had_read_before():
    with pytest.raises(FanOutError) as caught:
        await FanOut([0, 2, 4, 5, 6], fail_odd, concurrency=1, errors="raise").collect()
    assert [outcome.value for outcome in caught.value.outcomes] == [0, 2, 4]


async def test_a_fan_out_error_is_caught_by_the_kind_of_its_errors():
    caught = []
    try:
        await FanOut([1], fail_odd, concurrency=1, errors="raise").collect()
    except* LookupError as group:
        caught = group.exceptions
    assert [error.args for error in caught] == [(1,)]
