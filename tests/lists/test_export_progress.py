"""What an export has read is kept at every orderly end, and its file is its own."""

import asyncio
import json
import os
import stat

import pytest
from clocks import START
from exporting import LOGS, RANGE, source_of
from inside import transport_of

from devin_async import ExportError, InvalidArgumentError, PermissionDeniedError, ServerError
from devin_async.lists.export import manifest as manifests
from devin_async.lists.export.checks import verify
from devin_async.lists.export.run import export
from devin_async.sandbox import Fault


@pytest.fixture(autouse=True)
def _blocks_of_their_usual_size(monkeypatch):
    monkeypatch.setattr(manifests, "BLOCK", 2 << 20)


def manifest_of(path):
    return json.loads(path.with_name(f"{path.name}.manifest.json").read_text())


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
async def test_an_export_that_is_refused_again_and_again_gets_to_its_end(
    world, tmp_path, suffix, monkeypatch
):
    monkeypatch.setattr(manifests, "BLOCK", 300_000)
    sandbox, devin = world
    logs = devin.enterprise.audit_logs
    path, whole = tmp_path / f"logs.{suffix}", tmp_path / f"whole.{suffix}"
    await logs.export(whole, **RANGE)
    counts = []
    while True:
        sandbox.clear_faults()
        sandbox.inject(Fault(route=LOGS, at=5, status=403))
        try:
            done = await logs.export(path, **RANGE, page_size=50, parallel=1)
        except PermissionDeniedError:
            counts.append(manifest_of(path)["count"])
            continue
        break
    assert counts == sorted(set(counts))
    assert len(counts) > 10
    assert counts[0] >= 100
    assert done.finished
    assert path.read_bytes() == whole.read_bytes()
    assert verify(path).count == 3000


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
async def test_an_export_that_is_cancelled_keeps_what_it_has_read(devin, tmp_path, suffix):
    path = tmp_path / f"logs.{suffix}"
    rows, reached = [], asyncio.Event()

    def look(progress):
        rows.append(progress.items)
        if progress.items >= 1000:
            reached.set()

    logs = devin.enterprise.audit_logs
    running = asyncio.ensure_future(
        logs.export(path, **RANGE, page_size=50, parallel=1, on_progress=look)
    )
    await reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert manifest_of(path)["count"] == rows[-1] >= 1000
    assert (await logs.export(path, **RANGE)).count == 3000


async def test_a_report_that_nobody_would_await_is_refused(devin, tmp_path):
    async def look(progress):
        """Nothing would call this to its end."""

    path = tmp_path / "logs.jsonl"
    with pytest.raises(InvalidArgumentError, match=r"on_progress is .*, an async function; "):
        await devin.enterprise.audit_logs.export(path, **RANGE, on_progress=look)
    assert not path.exists()


async def test_what_on_progress_raises_ends_an_export_that_keeps_what_it_has_read(devin, tmp_path):
    path = tmp_path / "logs.jsonl"

    def refuse(progress):
        if progress.items >= 500:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        await devin.enterprise.audit_logs.export(path, **RANGE, page_size=50, on_progress=refuse)
    assert manifest_of(path)["count"] >= 500


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
async def test_an_export_commits_every_few_seconds(world, tmp_path, suffix):
    sandbox, devin = world
    path, whole = tmp_path / f"logs.{suffix}", tmp_path / f"whole.{suffix}"
    committed = []

    def look(progress):
        committed.append((progress.items, manifest_of(path)["count"]))
        sandbox.clock.advance(2)

    logs = devin.enterprise.audit_logs
    await logs.export(path, **RANGE, page_size=100, parallel=1, on_progress=look)
    assert all(read - kept <= 400 for read, kept in committed)
    assert len({kept for _, kept in committed}) <= len(committed) / 3 + 1  # and no more often
    await logs.export(whole, **RANGE)
    assert path.read_bytes() == whole.read_bytes()


async def test_a_file_that_has_the_name_of_a_manifest_in_the_making_is_left_alone(devin, tmp_path):
    foreign = tmp_path / "logs.jsonl.manifest.json.tmp"
    foreign.write_text("mine")
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "other.jsonl.manifest.json.tmp").symlink_to(victim)
    for name in ("logs.jsonl", "other.jsonl"):
        await devin.enterprise.audit_logs.export(tmp_path / name, **RANGE)
    assert foreign.read_text() == "mine"
    assert victim.read_text() == "precious"


async def test_an_empty_file_that_becomes_an_export_is_for_its_owner_alone(devin, tmp_path):
    path = tmp_path / "logs.jsonl"
    path.touch(0o644)
    await devin.enterprise.audit_logs.export(path, **RANGE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_symbolic_link_is_not_followed(world, tmp_path):
    sandbox, devin = world
    (tmp_path / "logs.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExportError, match="it is a symbolic link; give the file that it leads to"):
        await devin.enterprise.audit_logs.export(tmp_path / "logs.jsonl", **RANGE)
    assert not (tmp_path / "elsewhere").exists()
    assert not sandbox.requests


async def test_what_a_killed_run_had_written_aside_is_swept_by_the_next_one(devin, tmp_path):
    left = tmp_path / ".logs.jsonl.manifest.json-0123456789abcdef.tmp"
    other = tmp_path / ".logs.jsonl.manifest.json-mine.tmp"
    left.write_text("{")
    other.write_text("{")
    await devin.enterprise.audit_logs.export(tmp_path / "logs.jsonl", **RANGE)
    assert not left.exists()
    assert other.exists()


def deleted(path):
    path.unlink()


def rotated(path):
    path.rename(path.with_suffix(".1"))
    path.touch()


def truncated(path):
    os.truncate(path, 0)


@pytest.mark.parametrize("spoil", [deleted, rotated, truncated])
@pytest.mark.parametrize("at", [400, 2900])
async def test_a_file_that_is_taken_away_while_it_is_written_is_not_finished(
    devin, tmp_path, monkeypatch, spoil, at
):
    monkeypatch.setattr(manifests, "BLOCK", 40_000)
    path = tmp_path / "logs.jsonl"
    spoilt = []

    def take_away(progress):
        if progress.items >= at and not spoilt:
            spoilt.append(spoil(path))

    with pytest.raises(ExportError, match=r"while it was written|was changed meanwhile"):
        await devin.enterprise.audit_logs.export(
            path, **RANGE, page_size=50, parallel=1, on_progress=take_away
        )
    assert manifest_of(path)["finished"] is False


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
async def test_an_export_whose_end_lies_in_the_future_is_not_finished_until_then(
    world, tmp_path, suffix, caplog
):
    sandbox, devin = world
    path = tmp_path / f"logs.{suffix}"
    bounds = {"time_after": START - 40_000, "time_before": START + 500}
    organization = devin.organization(sandbox.organization_ids[0])
    logs = devin.enterprise.audit_logs
    for number in range(3):
        done = await logs.export(path, **bounds)
        assert (done.finished, done.ends_later) == (False, True)
        assert "not finished, as its end, 2026-01-01T00:08:20+00:00, lies in the future" in str(
            done
        )
        with pytest.raises(ExportError, match="is not finished"):
            verify(path)
        await organization.sessions.create(f"Session {number}")
        sandbox.clock.advance(100)
    assert "lies in the future" in caplog.text
    sandbox.clock.advance(500)
    done = await logs.export(path, **bounds)
    assert (done.finished, done.ends_later) == (True, False)
    expected = await logs.list(**bounds, order="asc").collect()
    assert verify(path).count == len(expected) == 3003


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz"])
@pytest.mark.parametrize("at", [1, 2, 9])
async def test_an_export_lives_through_an_outage_when_it_is_asked_to(world, tmp_path, suffix, at):
    sandbox, devin = world
    logs = devin.with_options(max_attempts=1).enterprise.audit_logs
    path, whole = tmp_path / f"logs.{suffix}", tmp_path / f"whole.{suffix}"
    await logs.export(whole, **RANGE)
    sandbox.inject(Fault(route=LOGS, at=tuple(range(at, at + 6)), status=503))
    done = await logs.export(path, **RANGE, page_size=50, parallel=1, outage=600)
    assert done.finished
    assert path.read_bytes() == whole.read_bytes()
    assert verify(path).count == 3000


async def test_an_outage_that_lasts_longer_ends_an_export_that_keeps_what_it_has(world, tmp_path):
    sandbox, devin = world
    logs = devin.with_options(max_attempts=1).enterprise.audit_logs
    sandbox.inject(Fault(route=LOGS, at=tuple(range(5, 500)), status=503))
    began, given = sandbox.clock.now(), RANGE | {"page_size": 50, "parallel": 1}
    with pytest.raises(ServerError):
        await logs.export(tmp_path / "logs.jsonl", **given, outage=600)
    assert 600 <= sandbox.clock.now() - began <= 800
    assert manifest_of(tmp_path / "logs.jsonl")["count"] >= 100
    with pytest.raises(InvalidArgumentError, match="outage is -1"):
        await logs.export(tmp_path / "logs.jsonl", **given, outage=-1)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("end", [-29, -7, 0, 20, 30])
async def test_an_export_up_to_now_waits_until_no_event_can_appear_before_its_end(
    open_world, tmp_path, order, end
):
    sandbox, devin = await open_world(audit_logs=10, audit_span=400, visibility_lag=25)
    organization = devin.organization(sandbox.organization_ids[0])
    sandbox.clock.advance(5)
    await organization.sessions.create("One that is visible 25 s later")
    sandbox.clock.advance(5)
    now = int(sandbox.clock.now())
    bounds = {"time_after": START - 500, "time_before": now + end, "order": order}
    path = tmp_path / "logs.jsonl"
    done = await devin.enterprise.audit_logs.export(path, **bounds)
    assert (done.finished, done.ends_later, done.before) == (True, False, now + end)
    assert sandbox.clock.now() == now + end + 30
    assert verify(path).count == (11 if end >= 0 else 10)


async def test_the_newest_cannot_come_first_where_the_end_lies_in_the_future(world, tmp_path):
    _, devin = world
    with pytest.raises(InvalidArgumentError, match="lies in the future, and order is 'desc'"):
        await devin.enterprise.audit_logs.export(
            tmp_path / "logs.jsonl", time_after=START - 500, time_before=START + 500, order="desc"
        )
    assert list(tmp_path.iterdir()) == []


async def test_a_manifest_is_on_the_disk_before_it_is_in_its_place(devin, tmp_path, monkeypatch):
    synced, replaced = set(), []
    sync, replace = os.fsync, type(tmp_path).replace

    def note_sync(handle):
        synced.add(os.fstat(handle).st_ino)
        sync(handle)

    def note_replace(aside, place):
        replaced.append(aside.stat().st_ino in synced)
        return replace(aside, place)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(type(tmp_path), "replace", note_replace)
    await export(source_of(devin), tmp_path / "logs.jsonl")
    assert replaced
    assert all(replaced)
    assert (tmp_path / "logs.jsonl").stat().st_ino in synced
    assert tmp_path.stat().st_ino in synced


@pytest.mark.parametrize("ahead", [-3600, -120, 120, 3600])
async def test_two_exports_one_after_the_other_lose_nothing_whatever_this_machines_clock_says(
    open_world, tmp_path, ahead
):
    sandbox, devin = await open_world(audit_span=400, audit_logs=300)
    transport_of(devin).lifetime.clock.ahead = ahead
    logs = devin.enterprise.audit_logs
    first = await logs.export(tmp_path / "1.jsonl", time_after=START - 500)
    assert first.before == sandbox.clock.now() - 30
    sandbox.clock.advance(400)
    second = await logs.export(
        tmp_path / "2.jsonl", time_after=first.before, time_before=START + 300
    )
    rows = [
        json.loads(line)["audit_log_id"]
        for name in ("1.jsonl", "2.jsonl")
        for line in (tmp_path / name).read_text().splitlines()
    ]
    assert len(set(rows)) == 300
    assert second.finished
