"""Exports that are ended at any moment go on to the same bytes."""

import asyncio
import random
import sys
from pathlib import Path

import pytest
from exporting import LOGS, RANGE, source_of
from waiting import until

from devin_async import PermissionDeniedError
from devin_async.lists.export.checks import verify
from devin_async.lists.export.disk import Disk
from devin_async.lists.export.run import export
from devin_async.sandbox import Fault, Sandbox


class Crash(BaseException):
    """The end of the world."""


class CrashingDisk(Disk):
    """Ends the world at step number *at*: before it, in its middle, or after it."""

    def __init__(self, at, when):
        self.at, self.when = at, when
        self.steps = []

    def _step(self, name, do, half=None):
        self.steps.append(name)
        if len(self.steps) - 1 != self.at:
            return do()
        if self.when == "before":
            raise Crash
        if self.when == "middle" and half is not None:
            half()
            raise Crash
        do()
        raise Crash

    def truncate(self, handle, size):
        self._step("truncate", lambda: super(CrashingDisk, self).truncate(handle, size))

    def append(self, handle, content):
        up = super().append
        half = content[: len(content) // 2]
        self._step("append", lambda: up(handle, content), lambda: up(handle, half))

    def sync(self, handle):
        self._step("sync", lambda: super(CrashingDisk, self).sync(handle))

    def write_aside(self, path, content):
        up = super().write_aside
        half = content[: len(content) // 2]
        self._step("write_aside", lambda: up(path, content), lambda: up(path, half))

    def rename(self, aside, path):
        self._step("rename", lambda: super(CrashingDisk, self).rename(aside, path))

    def sync_folder(self, path):
        self._step("sync_folder", lambda: super(CrashingDisk, self).sync_folder(path))


async def steps_of(devin, path):
    disk = CrashingDisk(-1, "before")
    await export(source_of(devin), path, disk=disk)
    return disk.steps


@pytest.mark.parametrize("when", ["before", "middle", "after"])
@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
async def test_an_export_killed_at_any_step_of_a_commit_goes_on_to_the_same_file(
    open_world, tmp_path, suffix, when
):
    _, devin = await open_world(audit_logs=700)
    whole = tmp_path / f"whole.{suffix}"
    steps = await steps_of(devin, whole)
    assert len(steps) > 30
    assert {*steps} == {"truncate", "append", "sync", "write_aside", "rename", "sync_folder"}
    for number in range(len(steps)):
        path = tmp_path / f"{number}.{suffix}"
        with pytest.raises(Crash):
            await export(source_of(devin), path, disk=CrashingDisk(number, when))
        await export(source_of(devin), path)
        assert path.read_bytes() == whole.read_bytes()
        verify(path)


async def test_an_export_killed_at_every_commit_in_turn_ends_all_the_same(open_world, tmp_path):
    _, devin = await open_world(audit_logs=700)
    whole, path = tmp_path / "whole.gz", tmp_path / "again.gz"
    await export(source_of(devin), whole)
    ended = False
    for number in range(50):
        try:
            await export(source_of(devin), path, disk=CrashingDisk(3 + number % 5, "middle"))
            ended = True
            break
        except Crash:
            continue
    if not ended:
        await export(source_of(devin), path)
    assert path.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("at", [2, 9, 15, 25])
async def test_an_export_that_the_server_broke_off_goes_on(open_world, tmp_path, at):
    sandbox, devin = await open_world()
    whole, path = tmp_path / "whole.gz", tmp_path / "again.gz"
    await devin.enterprise.audit_logs.export(whole, **RANGE)
    sandbox.inject(Fault(route=LOGS, at=at, status=403))
    with pytest.raises(PermissionDeniedError):
        await devin.enterprise.audit_logs.export(path, **RANGE, page_size=50)
    await devin.enterprise.audit_logs.export(path, **RANGE, page_size=80, parallel=2)
    assert path.read_bytes() == whole.read_bytes()


async def test_an_export_that_was_cancelled_goes_on(sandbox, devin, tmp_path):
    whole, path = tmp_path / "whole.gz", tmp_path / "again.gz"
    await devin.enterprise.audit_logs.export(whole, **RANGE)
    for requests in (1, 3, 9):
        asked = sandbox.count(LOGS) + requests
        running = asyncio.ensure_future(devin.enterprise.audit_logs.export(path, **RANGE))
        await until(lambda asked=asked: sandbox.count(LOGS) >= asked)
        running.cancel()
        await asyncio.wait([running])
    await devin.enterprise.audit_logs.export(path, **RANGE)
    assert path.read_bytes() == whole.read_bytes()


async def exported(sandbox, path, since, *, requests=None):
    """Export in a process of its own, and kill it after so many requests; give its digest."""
    worker = Path(__file__).with_name("kill_worker.py")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(worker), sandbox.url, sandbox.token, str(path), *since),
        stdout=asyncio.subprocess.PIPE,
    )
    if requests is not None:
        asked = sandbox.count(LOGS) + requests
        await until(lambda: sandbox.count(LOGS) >= asked)
        process.kill()
    out, _ = await process.communicate()
    return out.decode().strip()


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
async def test_an_export_killed_ten_times_under_faults_has_the_same_rows(tmp_path, suffix):
    async with Sandbox(audit_logs=8000, audit_span=40_000, seed=5) as sandbox:
        start = int(sandbox.clock.now())
        since = [str(start - 41_000), str(start - 1)]
        whole, path = tmp_path / f"whole.{suffix}", tmp_path / f"killed.{suffix}"
        expected = await exported(sandbox, whole, since)
        sandbox.inject(Fault(route=LOGS, probability=0.015, status=503))
        sandbox.inject(Fault(route=LOGS, probability=0.015, reset="before"))
        chance = random.Random(11)
        for _ in range(10):
            requests = chance.randrange(1, 15)
            assert await exported(sandbox, path, since, requests=requests) == ""
        assert await exported(sandbox, path, since) == expected
        assert path.read_bytes() == whole.read_bytes()
