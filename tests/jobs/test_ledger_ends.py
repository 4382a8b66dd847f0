"""However a fan-out with a ledger ends, its rows tell the truth and nothing is left open."""

import asyncio
import random
import threading
from types import SimpleNamespace

import pytest
from ledger_jobs import KEYS, Work, item_of, lost, rejected, run, states, use_file
from waiting import until

from devin_async import FanOutError, Ledger, LedgerError
from devin_async.jobs.fan_out import FanOut
from devin_async.jobs.ledger.file import LedgerFile


class StopEverything(BaseException):
    pass


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "daily.sqlite", run="2026-11-22")


@pytest.fixture(autouse=True)
async def _nothing_left(ledger):
    """Check after each test that no task, no thread and no file but the database is left."""
    yield
    assert asyncio.all_tasks() == {asyncio.current_task()}
    for thread in threading.enumerate():
        if thread.name.startswith("ledger"):
            thread.join(timeout=60)
            assert not thread.is_alive()
    assert [path.name for path in ledger.path.parent.iterdir()] == ["daily.sqlite"]


class Held(Work):
    """A worker that does not end before it is let go."""

    def __init__(self, **faults):
        super().__init__(**faults)
        self.let_go = asyncio.Event()

    async def __call__(self, item):
        ended = await super().__call__(item)
        await self.let_go.wait()
        return ended


async def until_started(work, count):
    await until(lambda: sum(work.calls.values()) >= count)


async def cancel(job):
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job


async def test_items_that_were_cancelled_are_unknown_at_once(ledger):
    work = Held()
    job = asyncio.create_task(run(ledger, work, concurrency=3))
    await until_started(work, 3)
    await cancel(job)
    running = dict.fromkeys(KEYS[:3], "unknown")
    assert states(ledger) == {**dict.fromkeys(KEYS, "pending"), **running}
    assert item_of(ledger, "org-1").error == "it was cancelled"


@pytest.mark.parametrize("seed", range(25))
async def test_cancelled_at_any_moment_no_row_is_lost_and_no_item_runs_twice(ledger, seed):
    chance = random.Random(seed)
    work, again = Work(), Work()
    job = asyncio.create_task(run(ledger, work, iter(KEYS), concurrency=3))
    for _ in range(chance.randrange(1, 120)):
        await asyncio.sleep(0)
    await asyncio.sleep(chance.random() * 0.01)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    await run(ledger, again, iter(KEYS))
    assert work.calls + again.calls == dict.fromkeys(KEYS, 1)
    assert {states(ledger)[key] for key in again.calls} <= {"done"}
    assert set(states(ledger).values()) <= {"done", "unknown"}


class SlowFile(LedgerFile):
    """Answers one of its commits only when it is told to."""

    def commit(self, steps):
        ended = super().commit(steps)
        self.held -= 1
        if self.held == 0:
            self.is_written.set()
            self.may_answer.wait(60)
        return ended


def slow(fan_out, *, commit):
    state = {"is_written": threading.Event(), "may_answer": threading.Event()}
    use_file(fan_out, SlowFile, held=commit, **state)
    return SimpleNamespace(**state)


async def test_an_item_that_ended_before_it_was_cancelled_has_its_outcome(ledger):
    fan_out = FanOut(["a"], Work(), concurrency=1, ledger=ledger)
    file = slow(fan_out, commit=2)
    job = asyncio.create_task(fan_out.collect())
    await asyncio.to_thread(file.is_written.wait, 60)
    (item,) = fan_out._runner.running
    item.cancel()
    await asyncio.sleep(0)
    file.may_answer.set()
    (outcome,) = await job
    assert outcome.value["session_id"] == "devin-a"
    assert states(ledger) == {"a": "done"}


async def test_an_item_that_was_claimed_and_not_called_is_what_it_was(ledger):
    await run(ledger, Work(org_1=lost(), org_2=rejected()))
    work = Work()
    fan_out = FanOut(
        KEYS, work, concurrency=3, ledger=ledger, retry_failed=True, rerun_unknown=True
    )
    file = slow(fan_out, commit=1)
    job = asyncio.create_task(fan_out.collect())
    await asyncio.to_thread(file.is_written.wait, 60)
    assert states(ledger)["org-1"] == "started"
    job.cancel()
    await asyncio.sleep(0)
    file.may_answer.set()
    await asyncio.gather(job, return_exceptions=True)
    assert work.calls == {}
    assert (states(ledger)["org-1"], states(ledger)["org-2"]) == ("unknown", "failed")
    assert item_of(ledger, "org-1").error == "OutcomeUnknownError: the connection broke"


async def test_errors_raise_tells_the_same_as_the_ledger(ledger):
    work = Held()

    async def fail_first(item):
        await work(item)
        if item == "org-1":
            raise rejected()
        await asyncio.Event().wait()

    job = asyncio.create_task(run(ledger, fail_first, errors="raise", concurrency=3))
    await until_started(work, 3)
    work.let_go.set()
    with pytest.raises(FanOutError) as caught:
        await job
    ended = states(ledger)
    assert ended["org-1"] == "failed"
    assert [ended[key] for key in caught.value.cancelled] == ["unknown", "unknown"]
    assert sorted(ended.values()) == ["failed", *["pending"] * 5, "unknown", "unknown"]


async def test_leaving_the_block_closes_the_ledger(ledger):
    async with FanOut(KEYS, Work(), concurrency=2, ledger=ledger) as outcomes:
        async for _ in outcomes:
            break
    assert set(states(ledger).values()) <= {"done", "unknown", "pending"}


async def test_what_is_no_exception_leaves_an_unknown_row(ledger):
    async def stop(item):
        raise StopEverything

    with pytest.raises(StopEverything):
        await run(ledger, stop)
    assert states(ledger)["org-1"] == "unknown"
    assert item_of(ledger, "org-1").error.startswith("StopEverything at test_ledger_ends.py:")


async def test_a_worker_that_cannot_be_awaited_leaves_no_started_row_and_starts_no_second(ledger):
    started = []
    with pytest.raises(TypeError, match="gave a NoneType, which cannot be awaited"):
        await run(ledger, started.append, concurrency=5)
    assert started == ["org-1"]
    assert item_of(ledger, "org-1").error == "what the worker gave could not be awaited"
    assert states(ledger) == {**dict.fromkeys(KEYS, "pending"), "org-1": "unknown"}


async def test_the_first_item_that_runs_is_tried_alone_wherever_it_is(ledger):
    await run(ledger, Work(org_4=rejected(), org_6=rejected()))
    started = []
    with pytest.raises(TypeError):
        await run(ledger, started.append, concurrency=8, retry_failed=True)
    assert started == ["org-4"]


async def test_an_error_of_the_source_leaves_nothing_open(ledger):
    def source():
        yield "a"
        raise LookupError("the source is dry")

    with pytest.raises(LookupError, match="the source is dry"):
        await run(ledger, Work(), source())
    assert states(ledger) == {"a": "done"}


async def test_a_refused_run_leaves_nothing_open(ledger):
    await run(ledger, Work())
    with pytest.raises(LedgerError):
        await run(ledger, Work(), ["other"])


class FullDisk(LedgerFile):
    """Cannot commit any more after so many times."""

    left = 0

    def commit(self, steps):
        if self.left == 0:
            raise LedgerError("the disk is full")
        self.left -= 1
        return super().commit(steps)


async def run_until_full(ledger, work, commits, **options):
    job = FanOut(iter(KEYS), work, ledger=ledger, **options)
    use_file(job, FullDisk, left=commits)
    with pytest.raises(LedgerError) as caught:
        await job.collect()
    return job._collected, caught.value


async def test_a_ledger_that_cannot_be_written_stops_the_fan_out_before_the_item_runs(ledger):
    work = Work()
    seen, error = await run_until_full(ledger, work, 4, concurrency=1)
    assert str(error) == "the disk is full"
    assert [outcome.item for outcome in seen] == ["org-1", "org-2"]
    assert work.calls == {"org-1": 1, "org-2": 1}


async def test_a_result_whose_end_could_not_be_noted_is_not_lost(ledger):
    seen, error = await run_until_full(ledger, Work(), 3, concurrency=1)
    assert str(error) == "the disk is full"
    assert [outcome.ok for outcome in seen] == [True, False]
    assert seen[1].result["session_id"] == "devin-org-2"
    assert seen[1].error.outcome == "unknown"
    assert "the worker returned, but the ledger could not note it" in str(seen[1].error)
    assert states(ledger) == {"org-1": "done", "org-2": "unknown"}


async def test_a_failure_whose_end_could_not_be_noted_stays_the_items_error(ledger):
    fault = lost()
    seen, _ = await run_until_full(ledger, Work(org_1=fault), 1, concurrency=1)
    assert seen[0].error is fault
    assert fault.__notes__ == ["and the ledger could not note it: the disk is full"]


async def test_two_fan_outs_of_one_program_share_a_run(ledger):
    work = Work()
    ended = await asyncio.gather(*(run(ledger, work, iter(KEYS), concurrency=2) for _ in range(3)))
    assert work.calls == dict.fromkeys(KEYS, 1)
    assert sorted(outcome.item for outcomes in ended for outcome in outcomes) == KEYS


async def test_rows_that_a_living_fan_out_started_are_left_alone(ledger):
    work = Held()
    job = asyncio.create_task(run(ledger, work, concurrency=3))
    await until_started(work, 3)
    other = Work()
    await run(ledger, other, concurrency=3, rerun_unknown=True)
    assert sorted(other.calls) == KEYS[3:]
    assert list(states(ledger).values())[:3] == ["started"] * 3
    work.let_go.set()
    await job
    assert set(states(ledger).values()) == {"done"}
