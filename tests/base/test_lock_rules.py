"""Locks of files: who holds one, and what becomes of it."""

import errno
import os

import pytest

from devin_async.base import locks
from devin_async.base.locks import (
    OwnerLock,
    close_locked,
    held_alone,
    is_locked_in_place,
    is_owned,
    lock_file,
    lock_for_process,
    remove_leftovers,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rows"


def opened(path):
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def test_a_locked_file_is_refused_until_it_is_closed(path):
    first, second = opened(path), opened(path)
    lock_for_process(first)
    with pytest.raises(OSError, match="unavailable"):
        lock_file(second)
    close_locked(first)
    lock_file(second)
    os.close(second)
    assert locks._locked == {}


def test_an_owner_is_known_while_it_holds_its_lock(path):
    lock = OwnerLock.acquire(path)
    assert is_owned(path, lock.owner)
    lock.release()
    assert not is_owned(path, lock.owner)
    lock.release()
    assert list(path.parent.iterdir()) == []


def test_one_block_at_a_time_holds_a_path_and_nothing_is_left_of_it(path):
    for _ in range(2):
        with held_alone(path):
            with pytest.raises(BlockingIOError), held_alone(path):
                pass
            with held_alone(path.with_name("other")):
                pass
    assert list(path.parent.iterdir()) == []
    assert locks._locked == {}


def test_a_file_of_somebody_that_has_the_name_of_a_lock_is_kept(path):
    (notes := path.with_name(".rows.lock")).write_text("mine")
    with held_alone(path):
        pass
    assert notes.read_text() == "mine"


def test_a_lock_that_was_taken_away_while_it_was_waited_for_counts_for_nothing(path, monkeypatch):
    real, opened_first = locks.lock_for_process, []

    def lock(handle):
        if not opened_first:
            opened_first.append(handle)
            path.with_name(".rows.lock").unlink()
        real(handle)

    monkeypatch.setattr(locks, "lock_for_process", lock)
    with held_alone(path), pytest.raises(BlockingIOError), held_alone(path):
        pass
    assert list(path.parent.iterdir()) == []


def test_where_nothing_can_be_locked_nobody_is_kept_out(path, monkeypatch):
    def refuse(_):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(locks, "lock_for_process", refuse)
    with held_alone(path), held_alone(path):
        pass
    assert list(path.parent.iterdir()) == []


def test_a_lock_file_that_was_taken_away_before_it_was_locked_counts_for_nothing(path):
    handle, other = opened(path), path.with_name("other")
    path.rename(other)
    opened_anew = opened(path)
    assert not is_locked_in_place(handle, path)
    assert is_locked_in_place(opened_anew, path)
    os.close(handle)
    os.close(opened_anew)


def test_a_lock_file_that_is_not_there_any_more_counts_for_nothing(path):
    handle = opened(path)
    path.unlink()
    assert not is_locked_in_place(handle, path)
    os.close(handle)


def test_only_what_nobody_holds_is_removed(path):
    lock = OwnerLock.acquire(path)
    left = path.with_name(f"rows.{'0' * 16}.lock")
    left.touch()
    remove_leftovers(path)
    assert [one.name for one in path.parent.iterdir()] == [f"rows.{lock.owner}.lock"]
    lock.release()


def test_a_child_lets_go_of_what_its_parent_has_locked_and_of_nothing_else(path):
    handle, other = opened(path), opened(path.with_name("other"))
    lock_for_process(handle)
    os.write(other, b"kept")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        is_held = os.path.samestat(os.fstat(handle), path.stat())
        is_kept = os.path.samestat(os.fstat(other), path.with_name("other").stat())
        os.write(writing, f"{is_held} {is_kept} {len(locks._locked)}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"False True 0"
    again = opened(path)
    with pytest.raises(OSError, match="unavailable"):
        lock_file(again)
    close_locked(handle)
    for one in (again, other, reading, writing):
        os.close(one)


def test_a_handle_that_was_closed_and_used_again_is_left_to_the_child(path):
    handle = opened(path)
    lock_for_process(handle)
    os.close(handle)
    other = opened(path.with_name("other"))
    assert other == handle
    locks._let_go_in_child()
    assert os.path.samestat(os.fstat(other), path.with_name("other").stat())
    os.close(other)
