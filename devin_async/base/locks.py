"""Locks of the operating system on files: they end with the process that took them.

The system gives a lock up when the last copy of its handle is closed. A forked child has a copy, by
which a lock would live on in what a killed program had started, so a child lets go of all at once.
What is made by `exec` gets none (PEP 446).
"""

import contextlib
import errno
import os
import re
import secrets
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Self

from devin_async.base.processes import has_ended, mark_of_process

__all__ = [
    "OwnerLock",
    "close_locked",
    "held_alone",
    "is_locked_in_place",
    "is_owned",
    "lock_file",
    "lock_for_process",
    "remove_leftovers",
    "remove_unlocked",
]

_PRIVATE = 0o600
_SUFFIX = ".lock"
_NAME_BYTES = 8
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_LONGEST_MARK = 200
_FAR = 1 << 40  # behind any content: Windows locks bytes, and nobody could read locked ones

_locked: dict[int, tuple[int, int]] = {}
"""The handles that this process has locked, with the device and inode of each."""


def lock_file(handle: int) -> None:
    """Lock an open file until it is closed here and in each child, or the process ends.

    Raises:
        OSError: It is locked already, or this Python cannot lock files.
    """
    _lock(handle, shared=False)


def lock_for_process(handle: int) -> None:
    """Lock an open file for this process alone, until `close_locked`.

    Raises:
        OSError: It is locked already, or this Python cannot lock files.
    """
    lock_file(handle)
    held = os.fstat(handle)
    _locked[handle] = held.st_dev, held.st_ino


def close_locked(handle: int) -> None:
    """Close a file that `lock_for_process` locked."""
    _locked.pop(handle, None)
    os.close(handle)


def _let_go_in_child() -> None:
    """Close what a child has of its parent's locks.

    What the child has of its parent's objects may close the handles once more, so that each stays
    one, of nothing.
    """
    locked = tuple(_locked.items())
    _locked.clear()
    for handle, inode in locked:
        with contextlib.suppress(OSError):  # closed by somebody else
            held = os.fstat(handle)
            if (held.st_dev, held.st_ino) == inode:
                nothing = os.open(os.devnull, os.O_RDWR)
                os.dup2(nothing, handle, inheritable=False)
                os.close(nothing)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)


@contextlib.contextmanager
def held_alone(path: Path) -> Generator[None]:
    """Hold a file beside *path* that one block holds at a time, of all processes; then it is gone.

    Where no file can be locked, nobody is kept out.

    Raises:
        BlockingIOError: Another block holds it.
        OSError: It cannot be made.
    """
    place, process = path.with_name(f".{path.name}{_SUFFIX}"), os.getpid()
    handle = _lock_place(place)
    try:
        yield
    finally:
        if process == os.getpid():
            if os.fstat(handle).st_size == 0:  # else it is somebody's file, which only has the name
                with contextlib.suppress(OSError):  # Windows keeps what is open
                    place.unlink()
            close_locked(handle)


def _lock_place(place: Path) -> int:
    while True:
        handle = os.open(place, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, _PRIVATE)
        try:
            lock_for_process(handle)
        except (BlockingIOError, PermissionError) as error:
            os.close(handle)
            raise BlockingIOError(errno.EWOULDBLOCK, "it is held by another one") from error
        except OSError:
            return handle
        if _is_in_place(handle, place):
            return handle
        close_locked(handle)  # who held it has taken it away


class OwnerLock:
    """A file beside another that is locked while its maker lives, under a name of its own.

    Attributes:
        owner: The name, by which `is_owned` tells whether the maker lives.
    """

    def __init__(self, path: Path, owner: str, handle: int) -> None:
        self.owner = owner
        self._place = _place_of(path, owner)
        self._handle: int | None = handle
        self._process = os.getpid()

    @classmethod
    def acquire(cls, path: Path) -> Self:
        """Make a file beside *path* and lock it.

        Raises:
            OSError: It cannot be made.
        """
        while True:
            owner = secrets.token_hex(_NAME_BYTES)
            place = _place_of(path, owner)
            handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE)
            # Who removes what others left behind may have come between the two.
            if is_locked_in_place(handle, place):
                lock_for_process(handle)
                os.write(handle, mark_of_process().encode())
                return cls(path, owner, handle)
            os.close(handle)

    def release(self) -> None:
        """Take the file away; a second call does nothing, nor does one in a forked child."""
        handle, self._handle = self._handle, None
        if handle is not None and self._process == os.getpid():
            close_locked(handle)
            self._place.unlink(missing_ok=True)


def is_owned(path: Path, owner: str) -> bool:
    """Tell whether the maker of an `OwnerLock` still holds it; several may ask at once.

    One that this user may not look at counts as held.

    Raises:
        OSError: It cannot be told.
    """
    try:
        handle = os.open(_place_of(path, owner), os.O_RDWR)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True
    try:
        _lock(handle, shared=True)
    except OSError:
        # What its maker had started may hold it still: by a fork that Python does not know of.
        mark = os.read(handle, _LONGEST_MARK)
        return not has_ended(mark.decode("ascii", "replace"))
    finally:
        os.close(handle)
    return False


def remove_leftovers(path: Path) -> None:
    """Take away the files of makers that have ended without doing so, and nobody else's."""
    ours = re.compile(rf"{re.escape(path.name)}\.[0-9a-f]{{{2 * _NAME_BYTES}}}{re.escape(_SUFFIX)}")
    remove_unlocked(path.parent, ours)


def remove_unlocked(folder: Path, ours: re.Pattern[str]) -> None:
    """Take away the files in *folder* that are called as *ours* are and that nobody locks."""
    for place in list(folder.iterdir()):
        if ours.fullmatch(place.name):
            with contextlib.suppress(OSError):  # it is held, or another one was quicker
                _remove(place)


def _remove(place: Path) -> None:
    handle = os.open(place, os.O_RDWR | _NO_FOLLOW)
    try:
        lock_file(handle)  # held to the end: its maker may be about to lock it
        place.unlink()
    finally:
        os.close(handle)


def _place_of(path: Path, owner: str) -> Path:
    return path.with_name(f"{path.name}.{owner}{_SUFFIX}")


def is_locked_in_place(handle: int, place: Path) -> bool:
    """Lock an open file; tell whether it is still the one at *place*, which others may remove."""
    try:
        lock_file(handle)
    except (BlockingIOError, PermissionError):
        return False
    return _is_in_place(handle, place)


def _is_in_place(handle: int, place: Path) -> bool:
    try:
        here, held = place.stat(), os.fstat(handle)
    except FileNotFoundError:
        return False
    return (here.st_dev, here.st_ino) == (held.st_dev, held.st_ino)


def _lock(handle: int, *, shared: bool) -> None:
    """Lock a file now, or fail; on Windows nothing can be locked for several at once."""
    # Loaded here: a Python without them (Emscripten, WASI) has everything else of this package.
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415

            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except ModuleNotFoundError as error:
        raise OSError(errno.ENOLCK, f"this Python has no module {error.name} to lock it") from error
