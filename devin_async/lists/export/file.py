"""The file of an export and its manifest on disk: locked, committed step by step.

A commit appends rows, syncs them, writes the manifest aside, syncs that, and renames it into place.
Whenever it ends in between, what the manifest says is in the file, and the rest is cut off by the
next run.

Compressed rows are cut into gzip members by their size alone, so that the file does not depend on
when it was written. A commit before a member is full is provisional: its member is taken back, by a
commit of what was before, and written again when it is full.
"""

import contextlib
import hashlib
import os
import stat
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from devin_async.base.files import path_aside, remove_left_aside
from devin_async.base.locks import close_locked
from devin_async.errors import ExportError
from devin_async.lists.export.checks import contents_of, explained, load
from devin_async.lists.export.disk import Disk
from devin_async.lists.export.manifest import Manifest, Rows, is_compressed, manifest_path

__all__ = ["ExportFile", "HeldFile", "hold"]

_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 6


@frozen
class HeldFile:
    """The file of one export, locked by this process.

    Attributes:
        path: Where it lies.
        disk: What it is written by.
        handle: The open file.
        is_new: Whether it was made for this.
        manifest: What is committed; None if the export has not begun.
    """

    path: Path
    disk: Disk
    handle: int
    is_new: bool
    manifest: Manifest | None

    def close(self, *, has_begun: bool) -> None:
        """Let go of the file; of an export that has not begun nothing is left."""
        if self.is_new and not has_begun and self.disk.is_in_place(self.handle, self.path):
            with contextlib.suppress(OSError):
                self.path.unlink()
        close_locked(self.handle)


def hold(path: Path, disk: Disk) -> HeldFile:
    """Lock the file of an export, and read how far it goes.

    Raises:
        ExportError: It is not ours, was changed, or is in use.
    """
    with explained(path):
        manifest = load(path)
        if manifest is not None and manifest.size and not path.exists():
            raise ExportError(f"{str(path)!r} is missing, though its manifest is there")
        is_new = not path.exists()
        handle = disk.open(path)
        try:
            _lock(path, disk, handle)
            manifest = load(path)  # again: who held the lock until now may have gone on
            _check_size(path, os.fstat(handle), manifest)
            disk.make_private(handle)
            remove_left_aside(manifest_path(path))
        except BaseException:
            close_locked(handle)
            raise
    return HeldFile(path, disk, handle, is_new, manifest)


def _lock(path: Path, disk: Disk, handle: int) -> None:
    try:
        disk.lock(handle)
        # Who held the lock may have taken the file away before it let go.
        is_ours = disk.is_in_place(handle, path)
    except (BlockingIOError, PermissionError):
        is_ours = False
    if not is_ours:
        raise ExportError(f"{str(path)!r} is being written by another process; wait for its end")


def _check_size(path: Path, status: os.stat_result, manifest: Manifest | None) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ExportError(f"{str(path)!r} is no regular file")
    if manifest is None:
        if status.st_size:
            raise ExportError(
                f"{str(path)!r} exists already and is no export of ours; it was left as it is"
            )
    elif status.st_size < manifest.size or (manifest.finished and status.st_size > manifest.size):
        raise ExportError(
            f"{str(path)!r} has {status.st_size} bytes, but its manifest says {manifest.size}; it "
            "was changed, so start anew under another name"
        )


class ExportFile:
    """The file of an export that has begun.

    Attributes:
        manifest: What is committed.
    """

    def __init__(self, held: HeldFile, manifest: Manifest) -> None:
        self.manifest = manifest
        self._held = held
        self._size = manifest.size
        self._hash = hashlib.sha256()
        # Before the provisional member, if there is one.
        self._whole: tuple[Manifest, Any] | None = None

    @classmethod
    def begin(cls, held: HeldFile, manifest: Manifest) -> "ExportFile":
        """Fix the range of a new export on the disk."""
        file = cls(held, manifest)
        with explained(held.path):
            file._write_manifest(manifest)
            held.disk.truncate(held.handle, 0)
        return file

    @classmethod
    def go_on(cls, held: HeldFile, manifest: Manifest) -> tuple["ExportFile", Rows]:
        """Check what was committed, and cut off what was not; give the provisional rows.

        Raises:
            ExportError: The committed rows are not those that the manifest tells of.
        """
        file, whole = cls(held, manifest), manifest.before_provisional()
        provisional = b""
        with explained(held.path):
            for content in contents_of(held.path, whole.size):
                file._hash.update(content)
            if whole is not manifest:
                file._whole = (whole, file._hash.copy())
                provisional = b"".join(contents_of(held.path, manifest.size, whole.size))
                file._hash.update(provisional)
            # Only now: a file that was put in its place is not ours to cut.
            if file._hash.hexdigest() != manifest.sha256:
                raise ExportError(
                    f"{str(held.path)!r} was changed: its rows do not match the manifest's SHA-256"
                )
            held.disk.truncate(held.handle, manifest.size)
        count = manifest.count - whole.count
        return file, Rows(provisional, count, manifest.first, manifest.last)

    @property
    def is_compressed(self) -> bool:
        """Whether its rows are compressed."""
        return is_compressed(self._held.path)

    def commit(
        self,
        rows: Rows,
        checkpoint: Mapping[str, Any],
        *,
        is_whole: bool = True,
        ends_later: bool = False,
    ) -> Manifest:
        """Add rows for good.

        Args:
            rows: Those behind what is committed; of a compressed file, all of the member.
            checkpoint: Where the list goes on behind them.
            is_whole: Whether a member is full; else it is provisional.
            ends_later: Whether events may still appear at the end of the range.

        Raises:
            ExportError: They cannot be written, or the file is not in its place any more.
        """
        held = self._held
        with explained(held.path):
            self._check_place()
            if self._whole is not None:
                self._take_back(*self._whole)
            before, before_hash = self.manifest, self._hash.copy()
            content = self._encoded(rows, is_end=bool(checkpoint["done"]))
            self._hash.update(rows.content)
            if content:
                held.disk.append(held.handle, content)
                held.disk.sync(held.handle)
            advanced = before.advanced(
                rows,
                sha256=self._hash.hexdigest(),
                size=before.size + len(content),
                checkpoint=checkpoint,
                ends_later=ends_later,
            )
            self._size = advanced.size
            if not is_whole and self.is_compressed:
                self._whole = (before, before_hash)
                advanced = advanced.with_provisional(before)
            self._check_place()
            self._write_manifest(advanced)
        return advanced

    def _check_place(self) -> None:
        held = self._held
        if not held.disk.is_in_place(held.handle, held.path):
            if not held.path.parent.is_dir():
                raise FileNotFoundError(str(held.path))
            raise ExportError(
                f"{str(held.path)!r} was deleted, moved or replaced while it was written",
                hint="What was committed is in the file that was there.",
            )
        size = os.fstat(held.handle).st_size
        if size != self._size:
            raise ExportError(
                f"{str(held.path)!r} has {size} bytes, but {self._size} were written; it was "
                "changed meanwhile, so start anew under another name"
            )

    def _take_back(self, whole: Manifest, whole_hash: Any) -> None:
        """Take the provisional member back; its rows come again in the one that follows."""
        self._write_manifest(whole)
        self._held.disk.truncate(self._held.handle, whole.size)
        self._size = whole.size
        self._hash, self._whole = whole_hash, None

    def _encoded(self, rows: Rows, *, is_end: bool) -> bytes:
        is_empty_end = is_end and not rows.content and not self.manifest.size
        if not self.is_compressed or not (rows.content or is_empty_end):
            return rows.content
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        return packer.compress(rows.content) + packer.flush()

    def _write_manifest(self, manifest: Manifest) -> None:
        place, disk = manifest_path(self._held.path), self._held.disk
        # Under a name of its own: whatever has that of another file is not ours to write.
        aside = path_aside(place)
        try:
            disk.write_aside(aside, manifest.encoded())
            disk.rename(aside, place)
        except OSError:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise
        disk.sync_folder(place.parent)
        self.manifest = manifest
