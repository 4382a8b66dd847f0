"""Export: a list into a file, once, whatever ends the process in between."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen

from devin_async.base.files import check_path
from devin_async.base.tasks import in_thread
from devin_async.errors import InvalidArgumentError
from devin_async.lists.export.file import Disk, ExportFile, verify
from devin_async.lists.export.manifest import Manifest, RowBlock, lines_of
from devin_async.lists.ranges.places import Place, Progress, read_place
from devin_async.lists.ranges.reading import TimeList

__all__ = ["ExportProgress", "OnProgress", "export", "verify"]

_EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@frozen(kw_only=True)
class ExportProgress:
    """How far an export is.

    Attributes:
        items: Rows in all, those of earlier runs included.
        rate: Rows a second in this run.
        at: When the last row was created, UTC; None before the first one.
        time_done: Share of the range of time that is done, 0 to 1.
        eta: Seconds until the end at this pace; None before the first row.
    """

    items: int
    rate: float
    at: datetime | None
    time_done: float
    eta: float | None


OnProgress = Callable[[ExportProgress], object]


async def export(
    source: TimeList[Any],
    path: Path,
    *,
    on_progress: OnProgress | None = None,
    disk: Disk | None = None,
) -> Manifest:
    """Write the list that *source* reads to *path*, or go on where an earlier run stopped.

    Args:
        source: The list, its items as `msgspec.Raw`.
        path: A new file, or one of the same export.
        on_progress: Called after each page; what it raises ends the run.
        disk: Instead of the real one.

    Raises:
        InvalidArgumentError: The path cannot be used, or holds another list or range.
        ExportError: The file cannot be written, or is not ours; what was committed stays.
        DevinError: The list could not be read; the next run goes on.
    """
    file = ExportFile(check_path(path), disk or Disk())
    try:
        found = await in_thread(file.open)
        place = await _begin(source, file, found)
        if found is not None and found.finished:
            return found
        await in_thread(file.cut)
        return await _Run(source, file, place, on_progress).carry_out()
    finally:
        file.close()


async def _begin(source: TimeList[Any], file: ExportFile, found: Manifest | None) -> Place:
    """Find where the list goes on; a new export fixes its range first."""
    if found is not None:
        try:
            return read_place(found.checkpoint, source.fetch.name, source.asked)
        except InvalidArgumentError as error:
            raise InvalidArgumentError(
                f"{str(file.path)!r} is an export of something else: {error}"
            ) from None
    place = await source.fixed()
    manifest = Manifest(
        list=source.fetch.name,
        file=file.path.name,
        after=place.after,
        before=place.before,
        order="desc" if source.asked.descending else "asc",
        sha256=_EMPTY_SHA256,
        checkpoint=Progress[Any](source.fetch.name, source.asked, place).checkpoint(
            done=place.done
        ),
    )
    await in_thread(partial(file.start, manifest))
    return place


class _Run:
    """One run of an export: rows into blocks, blocks into the file."""

    def __init__(
        self, source: TimeList[Any], file: ExportFile, place: Place, on_progress: OnProgress | None
    ) -> None:
        assert file.manifest is not None  # noqa: S101 - the export has begun
        self._source = source
        self._file = file
        self._place = place
        self._on_progress = on_progress
        self._progress = Progress[Any](source.fetch.name, source.asked, place)
        self._block = RowBlock()
        self._pace = _Pace(
            place=place,
            descending=source.asked.descending,
            earlier=file.manifest.count,
            started=source.fetch.clock.monotonic(),
        )

    async def carry_out(self) -> Manifest:
        """Read to the end, commit each full block, and finish."""
        rows = 0
        async with aclosing(self._source.rows(self._place, self._progress)) as pages:
            async for page in pages:
                await self._add(lines_of(page.items), page.seconds)
                rows += len(page.items)
                self._report(rows, page.seconds[-1])
        content, seconds = self._block.take()
        checkpoint = self._progress.checkpoint(done=True)
        return await in_thread(partial(self._file.commit, content, seconds, checkpoint))

    async def _add(self, lines: Sequence[Any], seconds: Sequence[int]) -> None:
        while lines:
            count = self._block.fill(lines, seconds)
            self._progress.give(seconds[:count])
            lines, seconds = lines[count:], seconds[count:]
            if self._block.is_full:
                content, own = self._block.take()
                checkpoint = self._progress.checkpoint()
                await in_thread(partial(self._file.commit, content, own, checkpoint))

    def _report(self, rows: int, second: int) -> None:
        if self._on_progress is not None:
            now = self._source.fetch.clock.monotonic()
            self._on_progress(self._pace.progress(rows, second, now))


@frozen(kw_only=True)
class _Pace:
    """From where and when a run has begun, by which it tells how long it will take."""

    place: Place
    descending: bool
    earlier: int
    started: float

    def progress(self, rows: int, second: int, now: float) -> ExportProgress:
        """Tell how far the run is at *second*, after so many *rows*."""
        seconds = now - self.started
        done, before = self._share(second), self._share(self.place.at)
        left = None if done <= before else seconds * (1 - done) / (done - before)
        return ExportProgress(
            items=self.earlier + rows,
            rate=rows / seconds if seconds > 0 else 0.0,
            at=datetime.fromtimestamp(second, UTC),
            time_done=done,
            eta=left,
        )

    def _share(self, second: int | None) -> float:
        """Tell which share of the range lies before *second*, in reading order."""
        if second is None:
            return 0.0
        first = self.place.after or 0
        share = (second - first) / max(1, self.place.before - first)
        share = 1 - share if self.descending else share
        return min(1.0, max(0.0, share))
