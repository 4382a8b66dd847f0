"""Fan-outs that are killed, or run by two processes at once, run no item twice and lose none."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
import warning_filters
from forked import start_python
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_jobs import KEYS, Work, lost, rejected, run, states, use_file

from devin_async import Ledger
from devin_async.base.locks import lock_file
from devin_async.jobs.fan_out import FanOut
from devin_async.jobs.ledger.file import LedgerFile

PROGRAM = Path(__file__).with_name("ledger_process.py")


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "daily.sqlite", run="daily")


@pytest.fixture
async def start(ledger):
    """Give a function that starts the program; what still runs at the end is killed."""
    started = []

    async def launch(count, hang_at="-"):
        process = await start_python(
            *(str(PROGRAM), str(ledger.path), str(calls_of(ledger)), str(count), hang_at),
            folder=ledger.path.parent,
            environment=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=2,
        )
        started.append(process)
        return process

    yield launch
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def calls_of(ledger):
    return ledger.path.with_name("calls")


def calls(ledger):
    return Counter(calls_of(ledger).read_text().split())


def check_once(ledger, count):
    """Check that each item was called once, or is unknown and was called once at the most."""
    ended, called = states(ledger), calls(ledger)
    assert ended.keys() == {f"org-{number}" for number in range(count)}
    assert set(ended.values()) == {"done", "unknown"}
    assert {called[key] for key, state in ended.items() if state == "done"} == {1}
    assert {called[key] for key, state in ended.items() if state == "unknown"} <= {0, 1}


async def kill(process):
    assert await process.stdout.readline() == b"hangs\n"
    process.kill()
    await process.wait()


async def test_what_a_killed_process_had_started_is_unknown_and_all_else_runs_once(ledger, start):
    await kill(await start(30, hang_at="org-10"))
    report = ledger.report()
    assert {item.key: item.state for item in report.items}["org-10"] == "unknown"
    second = await start(30)
    assert await second.wait() == 0
    check_once(ledger, 30)
    assert states(ledger)["org-10"] == "unknown"
    assert 1 <= ledger.report().counts["unknown"] <= 4
    assert sorted(path.name for path in ledger.path.parent.iterdir()) == ["calls", "daily.sqlite"]


async def test_the_named_file_alone_knows_what_a_killed_process_had_done(ledger, start, tmp_path):
    await kill(await start(30, hang_at="org-20"))
    (copy := tmp_path / "copy").mkdir()
    shutil.copy(ledger.path, copy)  # and not what lies beside it, as a cache of CI does
    alone = Ledger(copy / ledger.path.name, run=ledger.run)
    before = states(alone)
    # What begins, runs or ends just then may be unknown; all else is done, nothing is forgotten.
    assert set(calls(ledger)) <= set(before)
    assert list(before.values()).count("unknown") <= 4
    assert set(before.values()) == {"done", "unknown"}
    work = Work()
    await run(alone, work, iter([f"org-{number}" for number in range(30)]))
    assert set(work.calls) & set(before) == set()
    assert len(work.calls) + len(before) == 30


@pytest.mark.parametrize("fork", ["os.fork()", "ctypes.CDLL(None).fork()"])
async def test_what_a_killed_process_had_forked_holds_nothing_of_its(tmp_path, fork):
    ledger = Ledger(tmp_path / "daily.sqlite", run="daily")
    process = forking(fork, ledger.path)
    orphan = int(await asyncio.to_thread(process.stdout.readline))
    process.stdout.close()
    try:
        assert states(ledger) == {"org-1": "started"}
        process.kill()
        process.wait()
        os.kill(orphan, 0)
        assert states(ledger) == {"org-1": "unknown"}
        work = Work()
        await run(ledger, work, iter(KEYS), rerun_unknown=True)
        assert work.calls == dict.fromkeys(KEYS, 1)
        handle = os.open(tmp_path / "rows", os.O_RDWR)
        lock_file(handle)
        os.close(handle)
    finally:
        os.kill(orphan, signal.SIGKILL)


def forking(fork, path):
    """Start a program that forks; asyncio would wait for the end of its output, which lives on."""
    return subprocess.Popen(
        [sys.executable, *warning_filters.OPTIONS, "-c", FORKING.format(fork=fork), path],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


FORKING = """
import asyncio, ctypes, os, signal, sys
from devin_async import Ledger
from devin_async.base.locks import lock_for_process
from devin_async.jobs.fan_out import FanOut

path = sys.argv[1]

async def work(key):
    rows = os.open(os.path.join(os.path.dirname(path), "rows"), os.O_RDWR | os.O_CREAT)
    if "{fork}".startswith("os"):
        lock_for_process(rows)
    orphan = {fork}
    if orphan == 0:
        signal.pause()
    print(orphan, flush=True)
    await asyncio.Event().wait()

ledger = Ledger(path, run="daily")
asyncio.run(FanOut(iter(["org-1"]), work, concurrency=1, ledger=ledger).collect())
"""


async def test_two_processes_at_once_run_each_key_once(ledger, start):
    processes = await asyncio.gather(*(start(300) for _ in range(2)))
    assert [await process.wait() for process in processes] == [0, 0]
    assert calls(ledger) == {f"org-{number}": 1 for number in range(300)}
    assert ledger.report().counts["done"] == 300


async def test_rows_of_a_living_process_are_left_alone(ledger, start):
    first = await start(10, hang_at="org-5")
    assert await first.stdout.readline() == b"hangs\n"
    assert await (await start(10)).wait() == 0
    assert states(ledger)["org-5"] == "started"
    assert calls(ledger) == {f"org-{number}": 1 for number in range(10)}


@pytest.mark.slow
async def test_a_job_that_is_killed_again_and_again_ends_with_each_item_run_once(ledger, start):
    for round_ in range(6):
        await kill(await start(200, hang_at=f"org-{round_ * 30 + 20}"))
    assert await (await start(200)).wait() == 0
    check_once(ledger, 200)
    assert 6 <= ledger.report().counts["unknown"] <= 24


class Snapshots(LedgerFile):
    """Copies the files of the ledger, as a kill would leave them, around one of its commits."""

    number = 0

    def commit(self, steps):
        self.number += 1
        if self.number == self.at and not self.after:
            self.copy()
        committed = super().commit(steps)
        if self.number == self.at and self.after:
            self.copy()
        return committed

    def copy(self):
        self.taken.append(Counter(self.work.calls))
        for path in self.path.parent.glob("daily.sqlite*"):
            if path.suffix in self.suffixes:
                shutil.copy(path, self.folder / path.name)


async def run_and_copy(ledger, work, folder, at, *, after, concurrency, suffixes):
    """Run to the end; give what had been called when the copy was made, None without one."""
    job = FanOut(iter(KEYS), work, concurrency=concurrency, ledger=ledger)
    taken = []
    state = {"work": work, "folder": folder, "at": at, "after": after, "suffixes": suffixes}
    use_file(job, Snapshots, taken=taken, **state)
    await job.collect()
    return taken[0] if taken else None


async def check_crash(faults, again, **crash):
    with tempfile.TemporaryDirectory() as name:
        (folder := Path(name, "copy")).mkdir()
        before = Ledger(Path(name, "daily.sqlite"), run="daily")
        called = await run_and_copy(before, Work(**faults), folder, **crash)
        if called is None:
            return
        after = Ledger(folder / "daily.sqlite", run="daily")
        ended = states(after) if (folder / "daily.sqlite").exists() else {}
        assert {key for key in called if ended.get(key, "pending") == "pending"} == set()
        assert "started" not in ended.values()
        work = Work()
        await run(after, work, iter(KEYS), **again)
        allowed = {"done"} | {"failed"} - {"failed" * again["retry_failed"]}
        for key in KEYS:
            may_repeat = ended.get(key, "pending") == "failed" and again["retry_failed"]
            assert called[key] + work.calls[key] <= 1 + may_repeat
            assert states(after)[key] in allowed | {"unknown"}
        unknown = {key for key, state in states(after).items() if state == "unknown"}
        assert unknown == {key for key, state in ended.items() if state == "unknown"}


FAULTS = st.sampled_from([None, rejected(), lost(), KeyError("x")])


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(
    faults=st.lists(FAULTS, min_size=len(KEYS), max_size=len(KEYS)),
    again=st.fixed_dictionaries({"retry_failed": st.booleans()}),
    at=st.integers(1, 20),
    after=st.booleans(),
    concurrency=st.integers(1, 5),
    suffixes=st.sampled_from([{".sqlite"}, {".sqlite", ".sqlite-wal"}]),
)
def test_a_crash_at_any_commit_runs_no_item_twice_and_loses_no_started_row(
    *, faults, again, at, after, concurrency, suffixes
):
    named = {
        key.replace("-", "_"): fault
        for key, fault in zip(KEYS, faults, strict=True)
        if fault is not None
    }
    crash = {"at": at, "after": after, "concurrency": concurrency, "suffixes": suffixes}
    asyncio.run(check_crash(named, again, **crash))
