"""The file of a checkpoint: the old one or the new one, and on the disk before it is there."""

import errno
import os

import pytest

from devin_async import FileError, InvalidArgumentError
from devin_async.base.checkpoint_file import CheckpointFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "place.json"


def test_a_checkpoint_is_on_the_disk_before_it_is_in_its_place(path, monkeypatch):
    file, sync, synced = CheckpointFile(path, "sessions"), os.fsync, []
    file.write({"page": 1})

    def note_sync(handle):
        sync(handle)
        held = os.fstat(handle)
        synced.append((held.st_ino, held.st_size, file.read()))

    monkeypatch.setattr(os, "fsync", note_sync)
    file.write({"page": 22})
    assert synced == [(path.stat().st_ino, path.stat().st_size, {"page": 1})]
    assert file.read() == {"page": 22}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(path, monkeypatch):
    file = CheckpointFile(path, "sessions")
    file.write({"page": 1})

    def refuse(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FileError, match=r"place\.json' cannot be written: No space left on device"):
        file.write({"page": 2})
    assert file.read() == {"page": 1}
    assert [one.name for one in path.parent.iterdir()] == ["place.json"]


def test_a_link_in_the_place_of_a_checkpoint_is_replaced_and_not_followed(path):
    other = path.with_name("other")
    other.write_bytes(b"mine")
    file = CheckpointFile(path, "sessions")
    path.symlink_to(other)
    file.write({"page": 1})
    assert other.read_bytes() == b"mine"
    assert not path.is_symlink()


def test_a_file_that_is_none_or_of_another_work_is_refused(path):
    CheckpointFile(path, "sessions").write({"page": 1})
    with pytest.raises(
        InvalidArgumentError, match="is the checkpoint of 'sessions', not of 'tail'"
    ):
        CheckpointFile(path, "tail").read()
    for content in (
        b"",
        b"{",
        b"[]",
        b'{"work": "tail"}',
        b'{"checkpoint": {}}',
        b"\xff",
        b"[" * 100_000,
    ):
        path.write_bytes(content)
        with pytest.raises(InvalidArgumentError, match="is no checkpoint"):
            CheckpointFile(path, "tail").read()


def test_a_full_disk_is_an_error_of_ours_and_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    file = CheckpointFile(tmp_path / "checkpoint.json", "work")
    file.write({"at": 1})

    def refuse(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FileError, match=r"cannot be written: No space left on device"):
        file.write({"at": 2})
    assert file.read() == {"at": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["checkpoint.json"]
