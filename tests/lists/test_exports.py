"""Exports: what the file and its manifest hold, and what is told on the way."""

import gzip
import hashlib
import json
import stat

import pytest
from clocks import START
from exporting import LOGS, RANGE
from hypothesis import given
from hypothesis import strategies as st

from devin_async import PermissionDeniedError
from devin_async.lists.export.checks import verify
from devin_async.lists.export.manifest import RowBlock
from devin_async.sandbox import Fault


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rows(path):
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.splitlines()]


async def test_an_export_holds_every_item_as_the_server_sent_it(devin, tmp_path):
    path = tmp_path / "logs.jsonl"
    done = await devin.enterprise.audit_logs.export(path, **RANGE)
    expected = await devin.enterprise.audit_logs.list(**RANGE, order="asc").raw().collect()
    assert rows(path) == expected
    assert (done.count, done.finished, done.size) == (3000, True, path.stat().st_size)
    assert (done.first, done.last) == (expected[0]["created_at"], expected[-1]["created_at"])
    assert done.sha256 == sha(path)


async def test_a_compressed_export_holds_the_same_rows(devin, tmp_path):
    plain, packed = tmp_path / "logs.jsonl", tmp_path / "logs.jsonl.gz"
    first = await devin.enterprise.audit_logs.export(plain, **RANGE)
    second = await devin.enterprise.audit_logs.export(packed, **RANGE)
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert second.sha256 == first.sha256
    assert packed.read_bytes().count(b"\x1f\x8b\x08\x00") > 5


@pytest.mark.parametrize("parallel", [1, 3, 16])
async def test_the_file_does_not_depend_on_how_it_was_read(devin, tmp_path, parallel):
    expected = await devin.enterprise.audit_logs.export(tmp_path / "a.gz", **RANGE)
    await devin.enterprise.audit_logs.export(
        tmp_path / "b.gz", **RANGE, parallel=parallel, page_size=37
    )
    assert (tmp_path / "b.gz").read_bytes() == (tmp_path / "a.gz").read_bytes()
    assert expected.count == 3000


async def test_the_files_are_for_their_owner_alone(devin, tmp_path):
    await devin.enterprise.audit_logs.export(tmp_path / "logs.jsonl", **RANGE)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert modes == {"logs.jsonl": 0o600, "logs.jsonl.manifest.json": 0o600}


async def test_an_empty_range_gives_an_empty_file(devin, tmp_path):
    bounds = {"time_after": 10, "time_before": 20}
    for name in ("logs.jsonl", "logs.jsonl.gz"):
        done = await devin.enterprise.audit_logs.export(tmp_path / name, **bounds)
        assert (rows(tmp_path / name), done.count, done.first, done.last) == ([], 0, None, None)
        assert verify(tmp_path / name) == done


async def test_a_list_without_any_event_gives_an_empty_file(open_world, tmp_path):
    _, devin = await open_world(audit_logs=0)
    done = await devin.enterprise.audit_logs.export(tmp_path / "logs.jsonl")
    assert (done.count, done.finished) == (0, True)


async def test_the_end_of_an_open_range_is_fixed_at_the_first_start(open_world, tmp_path):
    sandbox, devin = await open_world()
    path = tmp_path / "logs.jsonl"
    sandbox.clock.advance(31)
    sandbox.inject(Fault(route=LOGS, at=9, status=403))
    with pytest.raises(PermissionDeniedError):
        await devin.enterprise.audit_logs.export(path, page_size=40)
    sandbox.clock.advance(1000)
    await devin.organization(sandbox.organization_ids[0]).sessions.create("Something new")
    done = await devin.enterprise.audit_logs.export(path, page_size=40)
    assert (done.before, done.count) == (START + 1, 3000)


async def test_a_finished_export_is_left_as_it_is(world, tmp_path):
    sandbox, devin = world
    path = tmp_path / "logs.jsonl"
    first = await devin.enterprise.audit_logs.export(path, **RANGE)
    sandbox.requests.clear()
    before = path.stat().st_mtime_ns
    assert await devin.enterprise.audit_logs.export(path, **RANGE) == first
    assert path.stat().st_mtime_ns == before
    assert not sandbox.requests


async def test_progress_tells_rows_pace_and_what_is_left(devin, tmp_path):
    reports = []
    await devin.enterprise.audit_logs.export(
        tmp_path / "logs.jsonl", **RANGE, on_progress=reports.append
    )
    assert [one.items for one in reports] == sorted({one.items for one in reports})
    assert reports[-1].items == 3000
    assert reports[-1].time_done > 0.99
    assert all(0 <= one.time_done <= 1 and one.rate >= 0 for one in reports)
    assert reports[-1].at.timestamp() == START - 14


async def test_progress_counts_down_by_the_share_of_time(world, tmp_path):
    sandbox, devin = world
    reports = []

    def tell(progress):
        reports.append(progress)
        sandbox.clock.advance(2)

    await devin.enterprise.audit_logs.export(
        tmp_path / "logs.jsonl", **RANGE, on_progress=tell, parallel=1, page_size=50
    )
    middle = reports[len(reports) // 2]
    assert middle.eta == pytest.approx(2 * (len(reports) - len(reports) // 2), rel=0.2)
    assert middle.rate == pytest.approx(25, rel=0.2)


async def test_guardrail_violations_can_be_exported(open_world, tmp_path):
    _, devin = await open_world(guardrail_violations=50)
    violations = devin.enterprise.guardrail_violations
    done = await violations.export(tmp_path / "violations.jsonl")
    assert done.count == len(await violations.list(order="asc", parallel=2).collect()) > 40


async def test_each_organization_gets_its_own_file(world, tmp_path):
    sandbox, devin = world
    outcomes = await devin.enterprise.audit_logs.export_organizations(tmp_path, **RANGE)
    assert {outcome.item.org_id for outcome in outcomes} == set(sandbox.organization_ids)
    for outcome in outcomes:
        path = tmp_path / f"{outcome.item.org_id}.jsonl"
        assert {row["org_id"] for row in rows(path)} == {outcome.item.org_id}
        assert verify(path) == outcome.value


async def test_an_organization_that_fails_stops_no_other_one(world, tmp_path):
    sandbox, devin = world
    failing = sandbox.organization_ids[1]
    sandbox.inject(
        Fault(route=f"GET /v3/enterprise/organizations/{failing}/audit-logs", status=403)
    )
    logs = devin.enterprise.audit_logs
    outcomes = await logs.export_organizations(tmp_path, **RANGE, compressed=True)
    assert [outcome.item.org_id for outcome in outcomes if not outcome.ok] == [failing]
    sandbox.clear_faults()
    again = await logs.export_organizations(tmp_path, **RANGE, compressed=True)
    assert all(outcome.ok for outcome in again)
    assert verify(tmp_path / f"{failing}.jsonl.gz").count > 0


@given(st.lists(st.integers(1, 30_000), max_size=30), st.lists(st.integers(1, 9), min_size=1))
def test_blocks_depend_on_the_rows_alone(sizes, cuts):
    lines = [b"x" * size for size in sizes]
    assert blocks_of(lines, cuts) == blocks_of(lines, [1])


def blocks_of(lines, cuts):
    block, blocks, start, number = RowBlock(), [], 0, 0
    while start < len(lines):
        page = lines[start : start + cuts[number % len(cuts)]]
        start, number = start + len(page), number + 1
        while page:
            count = block.fill(page, list(range(len(page))))
            page = page[count:]
            if block.is_full:
                blocks.append(block.take().content)
    return [*blocks, block.take().content]
