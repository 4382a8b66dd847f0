"""What an export does to the disk."""

import os
import sys
from pathlib import Path

from devin_async.base.locks import lock_for_process

__all__ = ["Disk"]

_PRIVATE = 0o600
# No line break is changed, and no symbolic link is followed: it may lead to a file of others.
_AS_IT_IS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class Disk:
    """What is done to the disk, a method for each step; tests end the world before and after."""

    def open(self, path: Path) -> int:
        """Open the file of the rows, made if it is missing, for its owner alone."""
        return os.open(path, os.O_RDWR | os.O_CREAT | _AS_IT_IS, _PRIVATE)

    def is_in_place(self, handle: int, path: Path) -> bool:
        """Tell whether *path* still leads to the open file."""
        try:
            here, held = path.lstat(), os.fstat(handle)
        except FileNotFoundError:
            return False
        return (here.st_dev, here.st_ino) == (held.st_dev, held.st_ino)

    def make_private(self, handle: int) -> None:
        """Let its owner alone read and write it, where the system knows such a thing."""
        if sys.platform != "win32":
            os.fchmod(handle, _PRIVATE)

    def lock(self, handle: int) -> None:
        """Lock the file until it is closed, which the end of the process does, too."""
        lock_for_process(handle)

    def truncate(self, handle: int, size: int) -> None:
        """Cut off what was not committed."""
        os.ftruncate(handle, size)
        os.lseek(handle, size, os.SEEK_SET)

    def append(self, handle: int, content: bytes) -> None:
        """Write behind what is there."""
        left = memoryview(content)
        while left:
            left = left[os.write(handle, left) :]

    def sync(self, handle: int) -> None:
        """Wait until it is on the disk."""
        os.fsync(handle)

    def write_aside(self, path: Path, content: bytes) -> None:
        """Write a new file that is not in its place yet, and wait until it is on the disk."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _AS_IT_IS, _PRIVATE)
        try:
            Disk.append(self, handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)

    def rename(self, aside: Path, path: Path) -> None:
        """Put it into its place in one step."""
        aside.replace(path)

    def sync_folder(self, path: Path) -> None:
        """Wait until the rename is on the disk; where directories cannot be opened, do nothing."""
        if sys.platform != "win32":
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
