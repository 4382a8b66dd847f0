"""The manifest beside an export: what the file holds and how far it goes, decided without I/O."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from attrs import asdict, evolve, frozen

from devin_async.base.plain_json import as_object
from devin_async.errors import ExportError

__all__ = [
    "NO_ROWS",
    "Manifest",
    "RowBlock",
    "Rows",
    "is_compressed",
    "manifest_path",
    "read_manifest",
]

FORMAT = 1
BLOCK = 4 << 20
"""Bytes of rows, uncompressed, after which the next row's end is a commit."""


# Bounds for what stands in a manifest, which anybody may have written.
_Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
_Second = Annotated[int, msgspec.Meta(ge=-62_135_596_800, le=253_402_300_799)]  # years 1 to 9999

_MOVING = ("count", "first", "last", "sha256", "size", "checkpoint", "finished", "ends_later")


@frozen
class Rows:
    """Rows on their way into a file.

    Attributes:
        content: Their lines.
        count: How many.
        first: When the first one was created, unix seconds; None without rows.
        last: When the last one was.
    """

    content: bytes
    count: int
    first: int | None
    last: int | None


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
        ends_later: Whether its end lies in the future, so that it cannot be finished yet: export it
            again after that.
        whole: The state before the last rows, where those are provisional: compressed rows that do
            not fill a member yet.
        format: Version of this form.
    """

    list: str
    file: str
    after: int | None
    before: _Second
    order: str
    count: _Count = 0
    first: _Second | None = None
    last: _Second | None = None
    sha256: str
    size: _Count = 0
    checkpoint: Mapping[str, Any]
    finished: bool = False
    ends_later: bool = False
    whole: Mapping[str, Any] | None = None
    format: int = FORMAT

    def encoded(self) -> bytes:
        """Write it as JSON."""
        return msgspec.json.format(msgspec.json.encode(asdict(self)), indent=2) + b"\n"

    def advanced(
        self,
        rows: "Rows",
        *,
        sha256: str,
        size: int,
        checkpoint: Mapping[str, Any],
        ends_later: bool = False,
    ) -> "Manifest":
        """Return it as it is after more rows."""
        return evolve(
            self,
            count=self.count + rows.count,
            first=rows.first if self.first is None else self.first,
            last=self.last if rows.last is None else rows.last,
            sha256=sha256,
            size=size,
            checkpoint=checkpoint,
            finished=bool(checkpoint["done"]),
            ends_later=ends_later,
            whole=None,
        )

    def with_provisional(self, before: "Manifest") -> "Manifest":
        """Return it as one whose rows behind *before* are provisional."""
        return evolve(self, whole={name: getattr(before, name) for name in _MOVING})

    def before_provisional(self) -> "Manifest":
        """Return it as it was before the provisional rows; itself without such."""
        return self if self.whole is None else evolve(self, whole=None, **self.whole)

    def __str__(self) -> str:
        state = "finished" if self.finished else "not finished"
        if self.ends_later:
            state += f", as its end, {_text(self.before)}, lies in the future"
        ends = f", {_text(self.first)} to {_text(self.last)}" if self.count else ""
        return f"{self.file}: {self.count} rows{ends}, {state}, SHA-256 {self.sha256}"


def _text(second: int | None) -> str:
    return "-" if second is None else datetime.fromtimestamp(second, UTC).isoformat()


def is_compressed(path: Path) -> bool:
    """Tell by its suffix whether a file is compressed."""
    return path.suffix.lower() == ".gz"


def manifest_path(path: Path) -> Path:
    """Return where the manifest of an export lies."""
    return path.with_name(f"{path.name}.manifest.json")


def read_manifest(path: Path, content: bytes) -> Manifest:
    """Read the manifest that lies at *path*.

    Raises:
        ExportError: It is none of ours.
    """
    try:
        fields = as_object(msgspec.json.decode(content))
        manifest = None if fields is None else _converted(fields)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ExportError(f"{str(path)!r} is no manifest of an export: {error}") from None
    if manifest is None or manifest.format != FORMAT:
        raise ExportError(f"{str(path)!r} is no manifest of an export of this version")
    return manifest


def _converted(fields: Mapping[str, Any]) -> Manifest:
    manifest = msgspec.convert(fields, Manifest)
    if manifest.whole is not None:
        if sorted(manifest.whole) != sorted(_MOVING):
            raise ValueError("the state before its last rows is not whole")
        whole = msgspec.convert({**fields, **manifest.whole}, Manifest)
        if whole.size > manifest.size or whole.count > manifest.count:
            raise ValueError("there was more before its last rows")
    return manifest


NO_ROWS = Rows(b"", 0, None, None)


class RowBlock:
    """Rows on their way to the file, cut into blocks by their size alone.

    A block ends with the row that fills it. Where it ends depends on nothing but the rows, so that
    an export that was resumed has the same blocks as one that was not.
    """

    def __init__(self, rows: Rows = NO_ROWS) -> None:
        self._begin(rows)

    def _begin(self, rows: Rows) -> None:
        self._parts = [rows.content]
        self._size = len(rows.content)
        self._count = rows.count
        self._first, self._last = (rows.first, rows.last) if rows.count else (None, None)

    def __len__(self) -> int:
        return self._count

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
        if not seconds:
            return
        self._parts.append(content)
        self._size += len(content)
        self._count += len(seconds)
        self._first = seconds[0] if self._first is None else self._first
        self._last = seconds[-1]

    @property
    def is_full(self) -> bool:
        """Tell whether the block is to be committed."""
        return self._size >= BLOCK

    def rows(self) -> Rows:
        """Return the block as it is so far."""
        self._parts = [b"".join(self._parts)]
        return Rows(self._parts[0], self._count, self._first, self._last)

    def take(self) -> Rows:
        """Return the block, and begin the next one."""
        rows = self.rows()
        self._begin(NO_ROWS)
        return rows


def _joined(lines: Sequence[Any]) -> bytes:
    return b"\n".join([*lines, b""])
