"""Export: a list into a file, once, whatever ends the process in between."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from attrs import frozen
from msgspec.structs import replace

from devin_async.base.files import check_path, check_unicode
from devin_async.base.generators import closing
from devin_async.base.outages import Outage
from devin_async.base.tasks import in_thread
from devin_async.errors import DevinError, ExportError, InvalidArgumentError
from devin_async.lists.export.disk import Disk
from devin_async.lists.export.file import ExportFile, HeldFile, hold
from devin_async.lists.export.manifest import NO_ROWS, Manifest, RowBlock, Rows
from devin_async.lists.ranges.places import Place, Progress, read_place
from devin_async.lists.ranges.reading import SETTLED, TimeList

__all__ = ["ExportProgress", "OnProgress", "export"]

T = TypeVar("T")

logger = logging.getLogger("devin_async")

_MOST_SECONDS = 5.0
"""Seconds after which rows are committed though their block is not full."""

_LONGEST_WAIT = 2 * SETTLED
"""Seconds that an export waits for its end, as long as which events may still appear there."""

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
    outage: float = 0,
    disk: Disk | None = None,
) -> Manifest:
    """Write the list that *source* reads to *path*, or go on where an earlier run stopped.

    Args:
        source: The list, its items as `msgspec.Raw`.
        path: A new file, or one of the same export.
        on_progress: Called after each page; what it raises ends the run.
        outage: Seconds of failures in a row that it lives through.
        disk: Instead of the real one.

    Raises:
        InvalidArgumentError: The path cannot be used, or holds another list or range.
        ExportError: The file cannot be written, or is not ours; what was committed stays.
        DevinError: The list could not be read; the next run goes on.
    """
    check_unicode(check_path(path).name)  # its manifest names it
    held = await in_thread(partial(hold, path, disk or Disk()))
    has_begun = held.manifest is not None
    failing = Outage(source.fetch.clock, outage, f"the export of {source.fetch.name}")
    try:
        place = await _in_spite_of(failing, partial(_place, source, held))
        if held.manifest is not None and held.manifest.finished:
            return held.manifest
        until = await _in_spite_of(failing, partial(_until, source, place))
        if held.manifest is None:
            work = partial(ExportFile.begin, held, _new_manifest(source, held, place))
            file, rows = await in_thread(work), NO_ROWS
            has_begun = True
        else:
            file, rows = await in_thread(partial(ExportFile.go_on, held, held.manifest))
        run = _Run(
            source,
            file,
            RowBlock(rows),
            place=place,
            until=until,
            on_progress=on_progress,
            outage=failing,
        )
        return await run.carry_out()
    finally:
        held.close(has_begun=has_begun)


async def _in_spite_of(outage: Outage, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer, or the outage has lasted too long."""
    while True:
        try:
            answer = await ask()
        except DevinError as error:
            await outage.live_through(error)
        else:
            outage.end()
            return answer


async def _place(source: TimeList[Any], held: HeldFile) -> Place:
    """Find where the list goes on; a new export fixes its range."""
    if held.manifest is None:
        return await source.fixed()
    try:
        return read_place(held.manifest.checkpoint, source.fetch.name, source.asked)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(
            f"{str(held.path)!r} is an export of something else: {error}"
        ) from None


async def _until(source: TimeList[Any], place: Place) -> int:
    """Return the second up to which can be read: the end, once no more events can appear there.

    That is waited for if it is near.

    Raises:
        InvalidArgumentError: It is not, and the newest was to come first.
    """
    settled = await source.now() - SETTLED
    if 0 < place.before - settled <= _LONGEST_WAIT:
        seconds = place.before - settled
        logger.info("an export waits %d s until no event can appear before its end", seconds)
        await source.fetch.clock.sleep(seconds)
        settled = await source.now() - SETTLED
    if place.before <= settled:
        return place.before
    if source.asked.descending:
        raise InvalidArgumentError(
            f"{source.asked.names[1]} is {place.before}, which lies in the future, and order is "
            "'desc'; allowed: order='asc', or an end that has passed"
        )
    return settled


def _new_manifest(source: TimeList[Any], held: HeldFile, place: Place) -> Manifest:
    progress = Progress[Any](source.fetch.name, source.asked, place)
    return Manifest(
        list=source.fetch.name,
        file=held.path.name,
        after=place.after,
        before=place.before,
        order="desc" if source.asked.descending else "asc",
        sha256=_EMPTY_SHA256,
        checkpoint=progress.checkpoint(done=place.done),
    )


class _Run:
    """One run of an export: rows into blocks, blocks into the file.

    Whatever is read is committed: when a block is full, every few seconds, and at every end that
    leaves time for it, so that an export which is refused each hour gets to its end.
    """

    def __init__(
        self,
        source: TimeList[Any],
        file: ExportFile,
        block: RowBlock,
        *,
        place: Place,
        until: int,
        on_progress: OnProgress | None,
        outage: Outage,
    ) -> None:
        self._source = source
        self._outage = outage
        self._count = 0
        self._clock = source.fetch.clock
        self._file = file
        self._place = place
        self._until = until
        self._on_progress = on_progress
        self._progress = Progress[Any](source.fetch.name, source.asked, place)
        self._block = block
        self._is_new = False
        self._committed_at = self._clock.monotonic()
        self._pace = _Pace(
            place=place,
            descending=source.asked.descending,
            earlier=file.manifest.count,
            started=self._committed_at,
        )

    async def carry_out(self) -> Manifest:
        """Read to the end, commit as it goes, and finish."""
        await _in_spite_of(self._outage, self._read_and_keep)
        if self._until == self._place.before:
            return await self._commit(self._block.take(), done=True)
        logger.warning(
            "the end of the export of %s lies in the future: what is there is written, and the "
            "same export goes on with what comes",
            self._source.fetch.name,
        )
        return await self._commit(self._rest(), is_whole=False, ends_later=True)

    async def _read_and_keep(self) -> None:
        """Read on to the end; when that fails, keep what was read."""
        try:
            await self._read()
        except ExportError:
            raise  # it is the file that fails
        except (Exception, asyncio.CancelledError):
            await self._commit_rest()
            raise

    async def _read(self) -> None:
        self._progress.resume()
        place = replace(self._progress.place, before=self._until)
        if place.before < max(place.at or 0, place.after or 0):
            return
        async with closing(self._source.rows(place, self._progress)) as pages:
            async for page in pages:
                await self._add(page.items, page.seconds)
                self._outage.end()
                self._count += len(page.items)
                self._report(self._count, page.seconds[-1])
                if self._clock.monotonic() - self._committed_at >= _MOST_SECONDS:
                    await self._commit_rest()

    async def _add(self, lines: Sequence[Any], seconds: Sequence[int]) -> None:
        while lines:
            count = self._block.fill(lines, seconds)
            self._progress.give(seconds[:count])
            self._is_new = True
            lines, seconds = lines[count:], seconds[count:]
            if self._block.is_full:
                await self._commit(self._block.take())

    async def _commit_rest(self) -> None:
        """Commit the rows of a block that is not full, if there are new ones."""
        if self._is_new:
            await self._commit(self._rest(), is_whole=False)

    def _rest(self) -> Rows:
        # Compressed ones come again when their member is full.
        return self._block.rows() if self._file.is_compressed else self._block.take()

    async def _commit(
        self, rows: Rows, *, is_whole: bool = True, done: bool = False, ends_later: bool = False
    ) -> Manifest:
        commit = partial(
            self._file.commit,
            rows,
            self._progress.checkpoint(done=done),
            is_whole=is_whole,
            ends_later=ends_later,
        )
        self._is_new = False
        manifest = await in_thread(commit)
        self._committed_at = self._clock.monotonic()
        return manifest

    def _report(self, rows: int, second: int) -> None:
        if self._on_progress is not None:
            now = self._clock.monotonic()
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
