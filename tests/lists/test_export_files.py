"""What an export writes and reads back, byte by byte, and what its windows begin with."""

import json
import os
import re

import pytest
from exporting import RANGE

from devin_async import ExportError
from devin_async.lists.export import manifest as manifests
from devin_async.lists.export.checks import contents_of, verify
from devin_async.lists.export.disk import Disk
from devin_async.lists.export.file import ExportFile, hold
from devin_async.lists.export.manifest import Manifest, RowBlock, Rows
from devin_async.lists.ranges.places import LONGEST_RANGE
from devin_async.lists.ranges.schedule import Schedule
from devin_async.lists.ranges.windows import Span, Window, cut_page, first_windows


def test_a_plain_file_is_read_to_its_end_however_long_it_is(tmp_path):
    path = tmp_path / "logs.jsonl"
    content = b"x" * ((1 << 20) + 1)
    path.write_bytes(content)
    assert b"".join(contents_of(path, len(content))) == content


def test_what_is_written_aside_takes_the_place_of_nothing(tmp_path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"of somebody")
    link.symlink_to(tmp_path / "missing")
    for path in (file, link):
        with pytest.raises(FileExistsError):
            Disk().write_aside(path, b"ours")
    assert file.read_bytes() == b"of somebody"
    assert not os.path.exists(tmp_path / "missing")  # noqa: PTH110 - not through a Path's cache


async def test_a_manifest_is_of_format_1_and_written_under_a_name_that_a_sweep_knows(
    devin, tmp_path, monkeypatch
):
    names = []
    write = Disk.write_aside

    def noting(disk, path, content):
        names.append(path)
        write(disk, path, content)

    monkeypatch.setattr(Disk, "write_aside", noting)
    await devin.enterprise.audit_logs.export(tmp_path / "logs.jsonl", **RANGE)
    assert json.loads((tmp_path / "logs.jsonl.manifest.json").read_text())["format"] == 1
    assert names
    pattern = r"\.logs\.jsonl\.manifest\.json-[0-9a-f]{16}\.tmp"
    assert [one.name for one in names if not re.fullmatch(pattern, one.name)] == []


def test_a_list_reaches_back_100_days():
    assert LONGEST_RANGE == 8_640_000


def test_a_schedule_begins_with_no_page():
    span = Span(after=0, before=999)
    windows = first_windows(span, Window(0, 1000), 4)
    assert Schedule("list", span, windows, width=4).pages == 0.0


def test_a_window_of_two_parts_is_cut_behind_its_page():
    cut = cut_page(Span(after=0, before=999), Window(0, 1000), 0, range(101), 2)
    assert (cut.last, len(cut.rest)) == (100, 2)


EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EMPTY_GZIP = 20  # bytes of a member that has nothing in it
PARTS = {"list": "logs", "after": 0, "before": 9, "at": None, "skip": 0}


def begun(path):
    checkpoint = {**PARTS, "done": False}
    manifest = Manifest(
        list="logs",
        file=path.name,
        after=0,
        before=9,
        order="asc",
        sha256=EMPTY_SHA256,
        checkpoint=checkpoint,
    )
    held = hold(path, Disk())
    return held, ExportFile.begin(held, manifest)


def test_an_end_without_rows_is_an_empty_member_only_where_there_is_nothing_before_it(tmp_path):
    path, sizes = tmp_path / "logs.jsonl.gz", []
    held, file = begun(path)
    for rows, done in [(0, False), (0, True), (1, False), (0, True)]:
        file.commit(Rows(b"{}\n" * rows, rows, 5, 5), {**PARTS, "done": done})
        sizes.append(path.stat().st_size)
    held.close(has_begun=True)
    assert sizes[:2] == [0, EMPTY_GZIP]
    assert sizes[2] > EMPTY_GZIP
    assert sizes[3] == sizes[2]


@pytest.mark.parametrize("digest", ["0" * 64, "f" * 64])
async def test_rows_whose_digest_is_another_are_refused(devin, tmp_path, digest):
    path, place = tmp_path / "logs.jsonl", tmp_path / "logs.jsonl.manifest.json"
    await devin.enterprise.audit_logs.export(path, **RANGE)
    place.write_text(json.dumps(json.loads(place.read_text()) | {"sha256": digest}))
    with pytest.raises(ExportError, match="was changed"):
        verify(path)
    held = hold(path, Disk())
    with pytest.raises(ExportError, match="its rows do not match the manifest's SHA-256"):
        ExportFile.go_on(held, held.manifest)
    held.close(has_begun=True)


def test_a_block_ends_with_the_row_that_fills_it_line_breaks_included(monkeypatch):
    for size, count in [(9, 2), (10, 2), (11, 3), (20, 4), (21, 4)]:
        monkeypatch.setattr(manifests, "BLOCK", size)
        block = RowBlock()
        assert block.fill([b"1234"] * 4, [5, 6, 7, 8]) == count
        assert block.is_full is (count * 5 >= size)
        assert block.take() == Rows(b"1234\n" * count, count, 5, 4 + count)
