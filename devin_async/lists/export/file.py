"""The file of an export and its manifest on disk: locked, committed step by step, checked.

A commit appends rows, syncs them, writes the manifest aside, syncs that, and renames it into place.
Whenever it ends in between, what the manifest says is in the file, and the rest is cut off by the
next run.
"""

import contextlib
import errno
import hashlib
import os
import sys
import zlib
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

from devin_async.base.files import check_path
from devin_async.base.locks import close_locked, lock_for_process
from devin_async.errors import ExportError
from devin_async.lists.export.manifest import Manifest, is_compressed, manifest_path, read_manifest

__all__ = ["Disk", "ExportFile", "verify"]

_PRIVATE = 0o600
_CHUNK = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 6


class Disk:
    """What is done to the disk, a method for each step; tests end the world before and after."""

    def open(self, path: Path) -> int:
        """Open the file of the rows, made if it is missing, for its owner alone."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        return os.open(path, flags, _PRIVATE)

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
        """Write a file that is not in its place yet, and wait until it is on the disk."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags, _PRIVATE)
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


class ExportFile:
    """The file of one export, held by one process.

    Attributes:
        manifest: What is committed; None before `start`.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.manifest: Manifest | None = None
        self._disk = disk
        self._handle: int | None = None
        self._was_made = False
        self._hash = hashlib.sha256()

    def open(self) -> Manifest | None:
        """Lock the file and read how far it goes; None if it is new.

        Raises:
            ExportError: It is not ours, was changed, or is in use.
        """
        with _explained(self.path):
            self.manifest = _load(self.path)
            committed = 0 if self.manifest is None else self.manifest.size
            if committed and not self.path.exists():
                raise ExportError(f"{str(self.path)!r} is missing, though its manifest is there")
            is_new = not self.path.exists()
            self._handle = self._disk.open(self.path)
            self._lock()
            self._was_made = is_new
            # Read again: who held the lock until now may have gone on.
            self.manifest = _load(self.path)
            self._check_size(os.fstat(self._handle).st_size)
        return self.manifest

    def _lock(self) -> None:
        assert self._handle is not None  # noqa: S101 - it was just opened
        try:
            self._disk.lock(self._handle)
            # Who held the lock may have taken the file away before it let go.
            here, held = self.path.stat(), os.fstat(self._handle)
            is_ours = (here.st_dev, here.st_ino) == (held.st_dev, held.st_ino)
        except (BlockingIOError, PermissionError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            raise ExportError(
                f"{str(self.path)!r} is being written by another process; wait for its end"
            )

    def _check_size(self, size: int) -> None:
        if self.manifest is None:
            if size:
                raise ExportError(
                    f"{str(self.path)!r} exists already and is no export of ours; it was left as "
                    "it is"
                )
        elif size < self.manifest.size or (self.manifest.finished and size > self.manifest.size):
            raise ExportError(
                f"{str(self.path)!r} has {size} bytes, but its manifest says {self.manifest.size}; "
                "it was changed, so start anew under another name"
            )

    def start(self, manifest: Manifest) -> None:
        """Fix the range of a new export on the disk."""
        with _explained(self.path):
            self._write_manifest(manifest)

    def cut(self) -> None:
        """Check what was committed, and cut off what was not.

        Raises:
            ExportError: The committed rows are not those that the manifest tells of.
        """
        assert self.manifest is not None  # noqa: S101 - nothing is cut before the start
        assert self._handle is not None  # noqa: S101
        with _explained(self.path):
            for content in _contents(self.path, self.manifest.size):
                self._hash.update(content)
            # Only now: a file that was put in its place is not ours to cut.
            if self._hash.hexdigest() != self.manifest.sha256:
                raise ExportError(
                    f"{str(self.path)!r} was changed: its rows do not match the manifest's SHA-256"
                )
            self._disk.truncate(self._handle, self.manifest.size)

    def commit(self, rows: bytes, seconds: list[int], checkpoint: Mapping[str, Any]) -> Manifest:
        """Add rows, created in these *seconds*, for good; *checkpoint* goes on behind them."""
        assert self.manifest is not None  # noqa: S101 - nothing is committed before the start
        assert self._handle is not None  # noqa: S101
        is_empty_end = checkpoint["done"] and not rows and not self.manifest.size
        self._hash.update(rows)
        content = rows
        if is_compressed(self.path) and (rows or is_empty_end):
            content = _member(rows)
        with _explained(self.path):
            if content:
                self._disk.append(self._handle, content)
                self._disk.sync(self._handle)
            advanced = self.manifest.advanced(
                seconds,
                sha256=self._hash.hexdigest(),
                size=self.manifest.size + len(content),
                checkpoint=checkpoint,
            )
            self._write_manifest(advanced)
        return advanced

    def _write_manifest(self, manifest: Manifest) -> None:
        place, aside = manifest_path(self.path), self._aside
        self._disk.write_aside(aside, manifest.encoded())
        self._disk.rename(aside, place)
        self._disk.sync_folder(place.parent)
        self.manifest = manifest

    @property
    def _aside(self) -> Path:
        place = manifest_path(self.path)
        return place.with_name(f"{place.name}.tmp")

    def close(self) -> None:
        """Let go of the file; of an export that never started nothing is left."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        if self._was_made and self.manifest is None:
            with contextlib.suppress(OSError):
                self.path.unlink()
                self._aside.unlink()
        close_locked(handle)


def _load(path: Path) -> Manifest | None:
    place = manifest_path(path)
    try:
        manifest = read_manifest(place, place.read_bytes())
    except FileNotFoundError:
        return None
    if manifest.file != path.name:
        raise ExportError(f"{str(place)!r} is the manifest of {manifest.file!r}")
    return manifest


def _member(rows: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(rows) + packer.flush()


def _contents(path: Path, size: int) -> Iterator[bytes]:
    """Read the first *size* bytes of a file, uncompressed.

    Raises:
        zlib.error: They are no whole gzip members.
    """
    unpacker, is_within = zlib.decompressobj(_GZIP), False
    with path.open("rb") as file:
        while chunk := file.read(min(size, _CHUNK)):
            size -= len(chunk)
            if not is_compressed(path):
                yield chunk
                continue
            while chunk:
                yield unpacker.decompress(chunk)
                chunk, is_within = unpacker.unused_data, not unpacker.eof
                if unpacker.eof:
                    unpacker = zlib.decompressobj(_GZIP)
    if is_within:
        raise zlib.error("it ends within a member")


@contextlib.contextmanager
def _explained(path: Path) -> Generator[None]:
    """Tell in one line what an error of the disk means for an export."""
    try:
        yield
    except ExportError:
        raise
    except FileNotFoundError as error:
        where = str(path.parent)
        raise ExportError(f"the directory {where!r} is gone, and the export with it") from error
    except OSError as error:
        reason = "the disk is full" if error.errno in _FULL else (error.strerror or str(error))
        raise ExportError(
            f"{str(path)!r} cannot be written: {reason}",
            hint="What was committed stays; the same export goes on from there.",
        ) from error
    except zlib.error as error:
        raise ExportError(f"{str(path)!r} was changed: it is no gzip any more ({error})") from None


_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


def verify(path: Path) -> Manifest:
    """Check a finished export against its manifest, row by row.

    Raises:
        ExportError: There is none, it is not finished, or its file was changed.
        InvalidArgumentError: *path* is a directory, or in none.
    """
    check_path(path)
    with _explained(path):
        manifest = _load(path)
        if manifest is None:
            raise ExportError(
                f"{str(path)!r} has no manifest beside it: it is no export, or was moved alone"
            )
        if not manifest.finished:
            raise ExportError(
                f"{str(path)!r} is not finished ({manifest.count} rows so far); export it again"
            )
        if not path.exists():
            raise ExportError(f"{str(path)!r} is missing, though its manifest is there")
        size = path.stat().st_size
        if size != manifest.size:
            raise ExportError(
                f"{str(path)!r} has {size} bytes, but its manifest says {manifest.size}"
            )
        _check_rows(path, manifest)
    return manifest


def _check_rows(path: Path, manifest: Manifest) -> None:
    digest, count = hashlib.sha256(), 0
    for content in _contents(path, manifest.size):
        digest.update(content)
        count += content.count(b"\n")
    if digest.hexdigest() != manifest.sha256:
        raise ExportError(f"{str(path)!r} was changed: its SHA-256 is {digest.hexdigest()}")
    if count != manifest.count:
        raise ExportError(f"{str(path)!r} has {count} rows, but its manifest says {manifest.count}")
