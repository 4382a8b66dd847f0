"""A fan-out that is asked to stop: nothing new starts, what runs ends and is told."""

import asyncio
import itertools

from devin_async import Ledger
from devin_async.jobs.fan_out import FanOut


class Work:
    """A worker whose items end when they are let go."""

    def __init__(self):
        self.begun = []
        self.go = asyncio.Event()

    async def __call__(self, item):
        self.begun.append(item)
        await self.go.wait()
        return item


async def until(condition):
    while not condition():  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0)


async def test_what_runs_ends_and_is_told_and_nothing_new_starts():
    work = Work()
    fan_out = FanOut(itertools.count(), work, concurrency=3)
    reading = asyncio.create_task(fan_out.collect())
    await until(lambda: len(work.begun) == 3)
    fan_out.stop()
    work.go.set()
    assert [outcome.value for outcome in await reading] == [0, 1, 2]
    assert work.begun == [0, 1, 2]


async def test_one_that_is_stopped_before_it_is_read_starts_nothing():
    work = Work()
    fan_out = FanOut([1, 2], work, concurrency=1)
    fan_out.stop()
    assert await fan_out.collect() == []
    assert work.begun == []


async def test_one_that_is_stopped_before_its_first_step_ends():
    fan_out = FanOut([1, 2], Work(), concurrency=1)
    reading = asyncio.create_task(anext(aiter(fan_out), None))
    await asyncio.sleep(0)
    fan_out.stop()
    assert await reading is None


async def test_a_source_that_gives_nothing_holds_no_stop_up():
    begun = asyncio.Event()

    async def source():
        yield 1
        begun.set()
        await asyncio.Event().wait()

    work = Work()
    work.go.set()
    fan_out = FanOut(source(), work, concurrency=2)
    reading = asyncio.create_task(fan_out.collect())
    await begun.wait()
    fan_out.stop()
    assert [outcome.value for outcome in await reading] == [1]


async def test_a_ledger_begins_the_next_time_what_was_not_begun(tmp_path):
    first, second = Work(), Work()
    ledger = Ledger(tmp_path / "jobs.sqlite", run="a")
    items = ["a", "b", "c"]
    fan_out = FanOut(items, first, concurrency=1, ledger=ledger)
    reading = asyncio.create_task(fan_out.collect())
    await until(lambda: first.begun)
    fan_out.stop()
    first.go.set()
    await reading
    second.go.set()
    await FanOut(items, second, concurrency=1, ledger=ledger).collect()
    assert (first.begun, second.begun) == (["a"], ["b", "c"])
