"""A ledger of fan-outs: what was started, and what became of it, beyond the end of a process."""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from attrs import asdict, frozen

from devin_async.base.files import absolute_path, check_path, check_unicode
from devin_async.base.plain_json import as_object
from devin_async.base.text import is_unicode, printable
from devin_async.errors import InvalidArgumentError
from devin_async.jobs.ledger.rules import STATES, State

__all__ = ["Ledger", "LedgerItem", "LedgerReport"]

_HEAD = ("KEY", "NAME", "STATE", "STARTED", "ENDED", "RECORDED", "ERROR")
_TIMES = ("STARTED", "ENDED")


class Ledger:
    """A file that remembers the items of fan-outs, so that no restart runs one twice.

    It is an SQLite database of mode 0600, on a local disk. A row says that its item is started
    before the worker is called, and how it ended before the outcome is handed over. Each commit is
    synced to the disk (WAL, `synchronous=FULL`), so both hold after a kill, and after a loss of
    power as far as the disk keeps what it says it has written. The file alone holds it then: a copy
    of it, without what lies beside it, is a ledger.

    A row is "pending"; "started" by a process that lives; "done", when the worker returned;
    "failed", when our error says that the request was not sent or was rejected; else "unknown":
    it was cancelled, its process ended, its request may have been done, or what it raised does not
    tell. One that is cancelled before it has written anything, while a call of it waits for the
    rate limit or for its next attempt, is what it was before. Several processes may work on one run
    at once; each key is run by one of them.

    An error tells of one request. A worker that sends several writes may have done the first when
    the second is rejected, so give its create `once=` before its failed items are run again.

    The object holds nothing open: it can be used by one fan-out after another, and pickled.

    Args:
        path: The file; made by the first fan-out that uses it.
        run: Name of a set of rows, such as the day of a daily job.

    Raises:
        InvalidArgumentError: *path* is a directory or in none, or *run* is empty.
    """

    def __init__(self, path: str | os.PathLike[str], *, run: str) -> None:
        if not isinstance(run, str) or not run.strip() or not is_unicode(run):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgumentError(
                f"run is {run!r}; allowed: a str of whole characters that is not empty"
            )
        self.path = check_path(absolute_path("path", path))
        check_unicode(str(self.path))  # it is noted in the file, so that others find it
        self.run = run

    def __repr__(self) -> str:
        return f"<Ledger {str(self.path)!r}, run {self.run!r}>"

    def report(self) -> "LedgerReport":
        """Read what became of the items; needs no client, and may be asked while others write.

        It may be read where nothing may be written, too; an item whose process this user may not
        look at counts as started. It reads the disk, so a program that serves others meanwhile
        calls it by `asyncio.to_thread`.

        Raises:
            LedgerError: There is no such file or run, or it cannot be read.
        """
        # Loaded here: a Python without SQLite has everything else of this package.
        from devin_async.jobs.ledger.file import read_run  # noqa: PLC0415

        source, rows = read_run(self.path, self.run)
        items = [_item(self.path, row) for row in rows]
        return LedgerReport(run=self.run, source=source, items=items)


@frozen(kw_only=True)
class LedgerItem:
    """What a ledger knows of one item.

    Attributes:
        key: Its key, such as the organization's id.
        state: "pending", "started", "done", "failed" or "unknown"; one that was started by a
            process which has ended is unknown.
        index: Place of the item in the source, from 0, as it was seen last.
        name: Its name, where items have one, such as the organization's.
        recorded: What `record=` made of the result; None without one.
        error: Why it is failed or unknown, in one line.
        started_at: When it was started last, UTC.
        ended_at: When it ended, UTC.
    """

    key: str
    state: State
    index: int
    name: str | None = None
    recorded: Any = None
    error: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@frozen(kw_only=True)
class LedgerReport:
    """What became of the items of a run.

    Attributes:
        run: Name of the run.
        source: What it was made from.
        items: Its items, in the order of the source.
    """

    run: str
    source: str
    items: Sequence[LedgerItem]

    @property
    def counts(self) -> Mapping[State, int]:
        """How many items have each state; together they are all."""
        counts = dict.fromkeys(STATES, 0)
        for item in self.items:
            counts[item.state] += 1
        return counts

    def table(self, *, width: int | None = None) -> str:
        """Write it as text: a line for each item, with its name if items have one, and a sum.

        Args:
            width: Characters that a line has at the most; times are left out first. Left out: those
                of the terminal that stdout is, and elsewhere any number.
        """
        if width is None and sys.stdout is not None and sys.stdout.isatty():
            width = shutil.get_terminal_size().columns
        rows = [_HEAD, *(_cells(item) for item in self.items)]
        columns = [c for c in zip(*rows, strict=True) if c[0] != "NAME" or any(c[1:])]
        widths = [max(map(len, column)) for column in columns]
        if width is not None and sum(widths) + 2 * len(widths) > width:
            # What an item is called and why it failed says more than when.
            columns = [column for column in columns if column[0] not in _TIMES]
            widths = [max(map(len, column)) for column in columns]
        lines = [
            "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
            for row in zip(*columns, strict=True)
        ]
        lines = [line if width is None else _cut(line, width) for line in lines]
        counts = ", ".join(f"{count} {state}" for state, count in self.counts.items() if count)
        return "\n".join([*lines, f"{len(self.items)} items: {counts or 'none'}"])

    def json(self) -> str:
        """Write it as JSON: run, source, counts and items; times in ISO 8601."""
        items = [asdict(item, value_serializer=_plain) for item in self.items]
        whole = {"run": self.run, "source": self.source, "counts": self.counts, "items": items}
        return json.dumps(whole, indent=2)


def _plain(_item: object, _field: object, value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _cells(item: LedgerItem) -> tuple[str, ...]:
    kept = as_object(item.recorded) or {}
    name = item.name if item.name is not None else kept.get("name")
    is_repeated = "name" in kept and str(kept["name"]) == name  # in a column of its own
    rest = {k: v for k, v in kept.items() if k != "name"} if is_repeated else item.recorded
    recorded = "" if item.recorded is None else json.dumps(rest)
    times = (_short(item.started_at), _short(item.ended_at))
    names = (printable(item.key), "" if name is None else printable(str(name)))
    return *names, item.state, *times, recorded, printable(item.error or "")


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: max(width - 1, 0)]}\N{HORIZONTAL ELLIPSIS}"


def _short(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(timespec="seconds")


def _item(path: Path, row: Mapping[str, Any]) -> LedgerItem:
    """Read a row.

    Raises:
        LedgerError: It holds what no fan-out writes.
    """
    try:
        return msgspec.convert(
            {
                "key": row["key"],
                "state": row["state"],
                "index": row["place"],
                "name": row.get("name"),  # a file of before items had names may only be read
                "recorded": None if row["recorded"] is None else json.loads(row["recorded"]),
                "error": row["error"],
                "started_at": _moment(row["started"]),
                "ended_at": _moment(row["ended"]),
            },
            LedgerItem,
        )
    except (TypeError, ValueError, OverflowError, OSError, RecursionError) as error:
        from devin_async.jobs.ledger.database import corrupt  # noqa: PLC0415 - as in `report`

        raise corrupt(path, f"the row of {row['key']!r} is none of a fan-out: {error}") from None


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
