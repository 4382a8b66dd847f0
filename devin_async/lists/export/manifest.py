"""The manifest beside an export: what the file holds and how far it goes, decided without I/O."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from attrs import asdict, evolve, frozen

from devin_async.base.plain_json import as_object
from devin_async.errors import ExportError

__all__ = ["Manifest", "RowBlock", "is_compressed", "lines_of", "manifest_path", "read_manifest"]

FORMAT = 1
BLOCK = 2 << 20
"""Bytes of rows, uncompressed, after which the next row's end is a commit."""


@frozen(kw_only=True)
class Manifest:
    """What an export holds so far, or in all once it is `finished`.

    Attributes:
        list: Path of the list.
        file: Name of the file.
        after: Lower bound of the range, unix seconds; None when there is nothing before its end.
        before: Upper bound, fixed when the export was started first.
        order: "asc" or "desc".
        count: Rows.
        first: When the first row was created, unix seconds; None without rows.
        last: When the last one was.
        sha256: Of the rows, uncompressed.
        size: Bytes of the file that are committed.
        checkpoint: Where the list goes on.
        finished: Whether the range was read to its end.
        format: Version of this form.
    """

    list: str
    file: str
    after: int | None
    before: int
    order: str
    count: int = 0
    first: int | None = None
    last: int | None = None
    sha256: str
    size: int = 0
    checkpoint: Mapping[str, Any]
    finished: bool = False
    format: int = FORMAT

    def encoded(self) -> bytes:
        """Write it as JSON."""
        return msgspec.json.format(msgspec.json.encode(asdict(self)), indent=2) + b"\n"

    def advanced(
        self, seconds: Sequence[int], *, sha256: str, size: int, checkpoint: Mapping[str, Any]
    ) -> "Manifest":
        """Give it as it is after more rows, created in these *seconds*."""
        return evolve(
            self,
            count=self.count + len(seconds),
            first=seconds[0] if self.first is None and seconds else self.first,
            last=seconds[-1] if seconds else self.last,
            sha256=sha256,
            size=size,
            checkpoint=checkpoint,
            finished=bool(checkpoint["done"]),
        )

    def __str__(self) -> str:
        state = "finished" if self.finished else "not finished"
        ends = f", {_text(self.first)} to {_text(self.last)}" if self.count else ""
        return f"{self.file}: {self.count} rows{ends}, {state}, SHA-256 {self.sha256}"


def _text(second: int | None) -> str:
    return "-" if second is None else datetime.fromtimestamp(second, UTC).isoformat()


def is_compressed(path: Path) -> bool:
    """Tell by its suffix whether a file is compressed."""
    return path.suffix.lower() == ".gz"


def manifest_path(path: Path) -> Path:
    """Give where the manifest of an export lies."""
    return path.with_name(f"{path.name}.manifest.json")


def read_manifest(path: Path, content: bytes) -> Manifest:
    """Read the manifest that lies at *path*.

    Raises:
        ExportError: It is none of ours.
    """
    try:
        fields = as_object(msgspec.json.decode(content))
        found = msgspec.convert(fields, Manifest) if fields is not None else None
    except (msgspec.MsgspecError, ValueError) as error:
        raise ExportError(f"{str(path)!r} is no manifest of an export: {error}") from None
    if found is None or found.format != FORMAT:
        raise ExportError(f"{str(path)!r} is no manifest of an export of this version")
    return found


class RowBlock:
    """Rows on their way to the file, cut into blocks by their size alone.

    A block ends with the row that fills it. Where it ends depends on nothing but the rows, so that
    an export that was resumed has the same blocks as one that was not.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._seconds: list[int] = []
        self._size = 0

    def __len__(self) -> int:
        return len(self._seconds)

    def fill(self, lines: Sequence[Any], seconds: Sequence[int]) -> int:
        """Take rows, bytes without a line break, until the block is full; tell how many."""
        whole = _joined(lines)
        if self._size + len(whole) < BLOCK:
            self._add(whole, seconds)
            return len(lines)
        size, count = self._size, 0
        while size < BLOCK and count < len(lines):
            size += len(bytes(lines[count])) + 1
            count += 1
        self._add(_joined(lines[:count]), seconds[:count])
        return count

    def _add(self, content: bytes, seconds: Sequence[int]) -> None:
        self._parts.append(content)
        self._seconds += seconds
        self._size += len(content)

    @property
    def is_full(self) -> bool:
        """Tell whether the block is to be committed."""
        return self._size >= BLOCK

    def take(self) -> tuple[bytes, list[int]]:
        """Give the block and the seconds of its rows, and begin the next one."""
        content, seconds = b"".join(self._parts), self._seconds
        self._parts, self._seconds, self._size = [], [], 0
        return content, seconds


def lines_of(items: Sequence[Any]) -> Sequence[Any]:
    """Give each item, as the server sent it, without line breaks.

    A line break in JSON is never part of a value, so it may become a space.
    """
    whole = b"".join(items)
    if b"\n" not in whole and b"\r" not in whole:
        return items
    return [bytes(item).replace(b"\r", b" ").replace(b"\n", b" ") for item in items]


def _joined(lines: Sequence[Any]) -> bytes:
    return b"\n".join([*lines, b""])
