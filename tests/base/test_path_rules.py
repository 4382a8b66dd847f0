"""Paths that callers give: what can be no file is refused by its name, before anything is done."""

import os

import pytest

from devin_async import DevinClient, FileError, InvalidArgumentError, Ledger
from devin_async.base.checkpoint_file import CheckpointFile
from devin_async.base.files import absolute_path, check_folder, choose_target, read_path

KEY = "cog_" + "k" * 20
NO_PATHS = {
    "a NoneType": None,
    "an int": 5,
    "a bool": True,
    "a bytes": b"file",
    "a dict": {},
    "'a\\x00b', which no file can be called": "a\x00b",
    "'\\ud800', which no file can be called": "\ud800",
}
TAKERS = {
    "read_path": lambda path: read_path("path", path),
    "ledger": lambda path: Ledger(path, run="r"),
    "checkpoint": lambda path: CheckpointFile(path, "work"),
    "folder": check_folder,
    "destination": lambda path: choose_target(path, "name", overwrite=False),
}


@pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS.keys())
def test_what_can_be_no_path_is_refused(take):
    for words, path in NO_PATHS.items():
        with pytest.raises(InvalidArgumentError) as caught:
            take(path)
        assert f" is {words}" in caught.value.message


async def test_an_export_and_a_delivery_refuse_it_too():
    async def sink(_):
        """Take nothing."""

    async with DevinClient(KEY, base_url="http://127.0.0.1:1") as devin:
        logs = devin.enterprise.audit_logs
        for path in NO_PATHS.values():
            with pytest.raises(InvalidArgumentError):
                await logs.export(path, time_after=1, time_before=2)
            with pytest.raises(InvalidArgumentError):
                logs.tail().deliver(sink, checkpoint=path)


FILES = {"ledger": TAKERS["ledger"], "checkpoint": TAKERS["checkpoint"]}


@pytest.mark.parametrize("take", FILES.values(), ids=FILES.keys())
def test_what_would_be_waited_for_or_cannot_be_is_no_file(take, tmp_path):
    pipe, loop = tmp_path / "pipe", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path in (pipe, os.devnull):
        with pytest.raises(InvalidArgumentError, match="which is no regular file"):
            take(path)
    for path in (loop, tmp_path / ("n" * 300)):
        with pytest.raises(FileError, match="cannot be used: "):
            take(path)


async def test_what_names_its_file_inside_takes_no_name_that_is_no_text(tmp_path):
    path = tmp_path / os.fsdecode(b"a\xff")
    with pytest.raises(InvalidArgumentError, match="which is no Unicode text"):
        Ledger(path, run="r")
    async with DevinClient(KEY, base_url="http://127.0.0.1:1") as devin:
        with pytest.raises(InvalidArgumentError, match="which is no Unicode text"):
            await devin.enterprise.audit_logs.export(path, time_after=1, time_before=2)
    assert list(tmp_path.iterdir()) == []


async def test_content_that_is_taken_for_a_path_is_refused_in_a_line():
    async with DevinClient(KEY, base_url="http://127.0.0.1:1") as devin:
        with pytest.raises(InvalidArgumentError, match="allowed: a file that exists") as caught:
            await devin.organization("org-1").attachments.upload("text " * 1_000, name="a.txt")
    assert len(caught.value.message) < 300


def test_a_name_that_is_no_unicode_is_one_all_the_same():
    assert os.fsencode(read_path("path", "a\udcff")) == b"a\xff"


def test_a_path_that_begins_in_a_directory_that_is_no_more_is_told(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(FileError, match="'file' cannot be used"):
        absolute_path("path", "file")
