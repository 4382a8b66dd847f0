"""Exports: what is foreign, in use, full, gone or changed is told, and nothing is lost."""

import asyncio
import errno
import gzip
import hashlib
import json
import shutil

import pytest
from clocks import START
from exporting import LOGS, RANGE, source_of
from waiting import until

from devin_async import ExportError, InvalidArgumentError, PermissionDeniedError
from devin_async.lists.export.checks import verify
from devin_async.lists.export.disk import Disk
from devin_async.lists.export.run import export
from devin_async.sandbox import Fault


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def test_a_directory_as_path_is_refused_before_any_request(world, tmp_path):
    sandbox, devin = world
    with pytest.raises(InvalidArgumentError, match="a directory; allowed: a file's name"):
        await devin.enterprise.audit_logs.export(tmp_path)
    with pytest.raises(InvalidArgumentError, match="there is no directory"):
        await devin.enterprise.audit_logs.export(tmp_path / "nowhere" / "logs.jsonl")
    with pytest.raises(InvalidArgumentError, match="allowed: a directory that is there"):
        await devin.enterprise.audit_logs.export_organizations(tmp_path / "nowhere")
    assert not sandbox.requests


@pytest.mark.parametrize(
    "arguments", [{"order": "up"}, {"page_size": 201}, {"parallel": 0}, {"time_before": -1}]
)
async def test_what_no_organization_can_be_exported_with_is_refused_at_once(
    world, tmp_path, arguments
):
    sandbox, devin = world
    with pytest.raises(InvalidArgumentError, match=f"{next(iter(arguments))} is"):
        await devin.enterprise.audit_logs.export_organizations(tmp_path, **arguments)
    assert not sandbox.requests


async def test_a_foreign_file_is_left_as_it_is(world, tmp_path):
    sandbox, devin = world
    path = tmp_path / "logs.jsonl"
    path.write_text("mine\n")
    with pytest.raises(ExportError, match="exists already and is no export of ours"):
        await devin.enterprise.audit_logs.export(path, **RANGE)
    assert path.read_text() == "mine\n"
    assert not sandbox.requests


async def test_a_foreign_manifest_is_left_as_it_is(world, tmp_path):
    _, devin = world
    place = tmp_path / "logs.jsonl.manifest.json"
    for content in ("mine", "{}", '{"format": 9}', "[1]"):
        place.write_text(content)
        with pytest.raises(ExportError, match="is no manifest of an export"):
            await devin.enterprise.audit_logs.export(tmp_path / "logs.jsonl", **RANGE)
        assert place.read_text() == content
        assert not (tmp_path / "logs.jsonl").exists()


@pytest.mark.parametrize(
    "change", [{"time_after": START - 30_000}, {"order": "desc"}, {"action": "create_session"}]
)
async def test_an_export_of_another_range_is_refused(devin, tmp_path, change):
    path = tmp_path / "logs.jsonl"
    await devin.enterprise.audit_logs.export(path, **RANGE)
    before = sha(path)
    with pytest.raises(InvalidArgumentError, match="is an export of something else"):
        await devin.enterprise.audit_logs.export(path, **(RANGE | change))
    assert sha(path) == before


async def test_an_export_of_another_list_is_refused(world, tmp_path):
    sandbox, devin = world
    path = tmp_path / "logs.jsonl"
    await devin.enterprise.audit_logs.export(path, **RANGE)
    other = devin.enterprise.organization(sandbox.organization_ids[0]).audit_logs
    with pytest.raises(InvalidArgumentError, match="is an export of something else"):
        await other.export(path, **RANGE)


async def test_a_second_process_on_the_same_file_is_refused(world, tmp_path):
    sandbox, devin = world
    path = tmp_path / "logs.jsonl"
    hold = asyncio.Event()
    sandbox.inject(Fault(route=LOGS, hold=hold))
    first = asyncio.ensure_future(devin.enterprise.audit_logs.export(path, **RANGE))
    await until(lambda: sandbox.requests)
    with pytest.raises(ExportError, match="is being written by another process"):
        await devin.enterprise.audit_logs.export(path, **RANGE)
    sandbox.clear_faults()
    hold.set()
    assert (await first).count == 3000


class LateDisk(Disk):
    """Opens a file that its owner takes away before it lets go of the lock."""

    def lock(self, handle):
        for path in self.folder.iterdir():
            path.unlink()
        super().lock(handle)


async def test_a_file_that_is_taken_away_meanwhile_is_not_written(devin, tmp_path):
    disk = LateDisk()
    disk.folder = tmp_path
    with pytest.raises(ExportError, match="is being written by another process"):
        await export(source_of(devin), tmp_path / "logs.jsonl", disk=disk)
    assert list(tmp_path.iterdir()) == []


class DiskOfAnother(Disk):
    """Locks a file once another process has finished the export that it had begun."""

    def lock(self, handle):
        self.append(handle, self.rows)
        self.manifest_path.write_bytes(self.manifest)
        super().lock(handle)


async def test_what_another_process_did_until_the_lock_was_had_is_what_holds(open_world, tmp_path):
    sandbox, devin = await open_world()
    (tmp_path / "other").mkdir()
    done = await export(source_of(devin), tmp_path / "other" / "logs.jsonl")
    disk, asked = DiskOfAnother(), len(sandbox.requests)
    disk.rows = (tmp_path / "other" / "logs.jsonl").read_bytes()
    disk.manifest = (tmp_path / "other" / "logs.jsonl.manifest.json").read_bytes()
    disk.manifest_path = tmp_path / "logs.jsonl.manifest.json"
    assert await export(source_of(devin), tmp_path / "logs.jsonl", disk=disk) == done
    assert len(sandbox.requests) == asked
    assert (tmp_path / "logs.jsonl").read_bytes() == disk.rows


class FullDisk(Disk):
    """Has room for so many bytes, then for half a block."""

    room = 100_000

    def append(self, handle, content):
        if len(content) > self.room:
            super().append(handle, content[: self.room])
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(content)
        super().append(handle, content)


async def test_a_full_disk_is_told_and_loses_nothing(devin, tmp_path):
    whole, path = tmp_path / "whole.jsonl", tmp_path / "logs.jsonl"
    await export(source_of(devin), whole)
    with pytest.raises(ExportError, match=r"logs\.jsonl' cannot be written: the disk is full"):
        await export(source_of(devin), path, disk=FullDisk())
    committed = json.loads(path.with_name("logs.jsonl.manifest.json").read_text())
    assert committed["count"] > 100
    await export(source_of(devin), path)
    assert path.read_bytes() == whole.read_bytes()


class NoRoomDisk(Disk):
    """Has room for the beginning of a manifest."""

    def write_aside(self, path, content):
        super().write_aside(path, content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")


async def test_an_export_that_a_full_disk_kept_from_starting_leaves_no_file(devin, tmp_path):
    with pytest.raises(ExportError, match="the disk is full"):
        await export(source_of(devin), tmp_path / "logs.jsonl", disk=NoRoomDisk())
    assert list(tmp_path.iterdir()) == []


async def test_a_directory_that_was_removed_is_told(devin, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()

    def remove(progress):
        if progress.items > 1500:
            shutil.rmtree(folder, ignore_errors=True)

    with pytest.raises(ExportError, match="folder' is gone, and the export with it"):
        await devin.enterprise.audit_logs.export(folder / "logs.jsonl", **RANGE, on_progress=remove)


async def test_an_error_of_the_disk_is_an_os_error_too(devin, tmp_path):
    with pytest.raises(OSError, match="cannot be written"):
        await export(source_of(devin), tmp_path / "logs.jsonl", disk=FullDisk())


async def begun(open_world, path):
    sandbox, devin = await open_world()
    sandbox.inject(Fault(route=LOGS, at=20, status=403))
    with pytest.raises(PermissionDeniedError):
        await devin.enterprise.audit_logs.export(path, **RANGE, page_size=50, parallel=1)
    return devin


async def test_a_begun_export_whose_file_is_missing_is_told(open_world, tmp_path):
    path = tmp_path / "logs.jsonl"
    devin = await begun(open_world, path)
    path.unlink()
    with pytest.raises(ExportError, match="is missing, though its manifest is there"):
        await devin.enterprise.audit_logs.export(path, **RANGE)
    assert not path.exists()


async def test_a_begun_export_whose_file_was_changed_is_told(open_world, tmp_path):
    path = tmp_path / "logs.jsonl"
    devin = await begun(open_world, path)
    content = path.read_bytes()
    for place in range(100, 116):  # whether their SHA-256 is the larger or the smaller one
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(ExportError, match="was changed: its rows do not match"):
            await devin.enterprise.audit_logs.export(path, **RANGE)
    path.write_bytes(content[:50])
    with pytest.raises(ExportError, match="it was changed, so start anew under another name"):
        await devin.enterprise.audit_logs.export(path, **RANGE)


@pytest.mark.parametrize("name", ["logs.jsonl", "logs.gz"])
async def test_a_longer_file_in_the_place_of_a_begun_export_is_left_as_it_is(
    open_world, tmp_path, name
):
    path = tmp_path / name
    devin = await begun(open_world, path)
    mine = b"mine\n" * 100_000
    path.write_bytes(mine)
    with pytest.raises(ExportError, match="was changed"):
        await devin.enterprise.audit_logs.export(path, **RANGE)
    assert path.read_bytes() == mine


async def test_a_manifest_that_cannot_be_true_is_none_of_ours(devin, tmp_path):
    path, place = tmp_path / "logs.jsonl", tmp_path / "logs.jsonl.manifest.json"
    await export(source_of(devin), path)
    sound, rows = json.loads(place.read_text()), path.read_bytes()
    moving = ("count", "first", "last", "sha256", "size", "checkpoint", "finished", "ends_later")
    whole = {name: sound[name] for name in moving}
    broken = [
        b"[" * 100_000,
        b"\xff",
        *(
            json.dumps(sound | fields).encode()
            for fields in (
                {"size": -1},
                {"count": -1},
                {"first": 10**30},
                {"last": 10**12},
                {"before": 10**12},
                {"whole": {"count": 1}},
                {"whole": whole | {"size": "1"}},
                {"whole": whole | {"count": None}},
                {"whole": whole | {"first": [1]}},
                {"whole": whole | {"other": 1}},
                {"whole": whole | {"size": sound["size"] + 1}},
                {"whole": whole | {"count": sound["count"] + 1}},
            )
        ),
    ]
    for content in broken:
        place.write_bytes(content)
        with pytest.raises(ExportError, match="is no manifest of an export"):
            await export(source_of(devin), path)
        with pytest.raises(ExportError, match="is no manifest of an export"):
            verify(path)
        assert path.read_bytes() == rows


async def test_a_finished_export_that_was_added_to_is_told(devin, tmp_path):
    path = tmp_path / "logs.jsonl"
    await devin.enterprise.audit_logs.export(path, **RANGE)
    with path.open("ab") as file:
        file.write(b"mine\n")
    with pytest.raises(ExportError, match="it was changed, so start anew under another name"):
        await devin.enterprise.audit_logs.export(path, **RANGE)
    assert path.read_bytes().endswith(b"mine\n")


async def test_what_follows_the_committed_rows_is_cut_off(open_world, tmp_path):
    path, whole = tmp_path / "logs.jsonl", tmp_path / "whole.jsonl"
    devin = await begun(open_world, path)
    with path.open("ab") as file:
        file.write(b'{"half a row')
    await devin.enterprise.audit_logs.export(path, **RANGE)
    await devin.enterprise.audit_logs.export(whole, **RANGE)
    assert path.read_bytes() == whole.read_bytes()


async def test_verify_tells_what_is_wrong(open_world, tmp_path):
    path = tmp_path / "logs.jsonl"
    devin = await begun(open_world, path)
    with pytest.raises(ExportError, match="is not finished"):
        verify(path)
    done = await devin.enterprise.audit_logs.export(path, **RANGE)
    assert verify(path) == done
    content = path.read_bytes()
    path.write_bytes(content + b"x")
    with pytest.raises(ExportError, match="bytes, but its manifest says"):
        verify(path)
    path.write_bytes(content[:-2] + b"!\n")
    with pytest.raises(ExportError, match="was changed: its SHA-256 is"):
        verify(path)
    path.unlink()
    with pytest.raises(ExportError, match="is missing"):
        verify(path)
    with pytest.raises(ExportError, match="has no manifest beside it"):
        verify(tmp_path / "other.jsonl")


async def test_verify_notices_a_compressed_file_that_was_changed(devin, tmp_path):
    path = tmp_path / "logs.gz"
    await devin.enterprise.audit_logs.export(path, **RANGE)
    content = bytearray(path.read_bytes())
    content[2000] ^= 255
    path.write_bytes(content)
    with pytest.raises(ExportError, match="was changed"):
        verify(path)


async def test_verify_notices_a_compressed_file_without_its_end(open_world, tmp_path):
    _, devin = await open_world(audit_logs=0)
    path = tmp_path / "logs.gz"
    await devin.enterprise.audit_logs.export(path, **RANGE)
    content = bytearray(path.read_bytes())
    content[9:11] = b"\x00\x04"
    path.write_bytes(content)
    with pytest.raises(EOFError):
        gzip.decompress(content)
    with pytest.raises(ExportError, match="was changed: it is no gzip any more"):
        verify(path)


async def test_a_request_that_is_refused_leaves_no_file(open_world, tmp_path):
    sandbox, devin = await open_world()
    sandbox.inject(Fault(route=LOGS, status=403))
    with pytest.raises(PermissionDeniedError):
        await devin.enterprise.audit_logs.export(tmp_path / "logs.jsonl")
    assert list(tmp_path.iterdir()) == []
