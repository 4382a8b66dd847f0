"""Locks of the operating system on files: they end with the process, however it ends."""

import contextlib
import os
import re
import secrets
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = [
    "OwnerLock",
    "is_locked_in_place",
    "is_owned",
    "lock_file",
    "remove_leftovers",
    "remove_unlocked",
]

_PRIVATE = 0o600
_SUFFIX = ".lock"
_NAME_BYTES = 8
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FAR = 1 << 40  # behind any content: Windows locks bytes, and nobody could read locked ones


def lock_file(handle: int) -> None:
    """Lock an open file until it is closed, which the end of the process does, too.

    Raises:
        OSError: It is locked already.
    """
    if sys.platform == "win32":
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class OwnerLock:
    """A file beside *path* that is locked while its maker lives, under a name of its own.

    Attributes:
        owner: The name, by which `is_owned` tells whether the maker lives.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        self.owner = ""

    def acquire(self) -> None:
        """Make the file and lock it.

        Raises:
            OSError: It cannot be made.
        """
        while self._handle is None:
            self.owner = secrets.token_hex(_NAME_BYTES)
            place = _place_of(self._path, self.owner)
            handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE)
            # Who removes what others left behind may have come between the two.
            if is_locked_in_place(handle, place):
                self._handle = handle
            else:
                os.close(handle)

    def release(self) -> None:
        """Take the file away; a second call does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)
            _place_of(self._path, self.owner).unlink(missing_ok=True)


def is_owned(path: Path, owner: str) -> bool:
    """Tell whether the maker of an `OwnerLock` still holds it; several may ask at once.

    Raises:
        OSError: It cannot be told.
    """
    try:
        handle = os.open(_place_of(path, owner), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        _try_shared(handle)
    except OSError:
        return True
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
        here, held = place.stat(), os.fstat(handle)
    except (BlockingIOError, PermissionError, FileNotFoundError):
        return False
    return (here.st_dev, here.st_ino) == (held.st_dev, held.st_ino)


def _try_shared(handle: int) -> None:
    if sys.platform == "win32":
        lock_file(handle)
    else:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
