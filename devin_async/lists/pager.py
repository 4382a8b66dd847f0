"""Lists: the next page is fetched while the caller works on this one."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, Generic, TypeVar, cast

from attrs import define, evolve, field

from devin_async.base.arguments import check_count, check_page_size
from devin_async.base.generators import closing
from devin_async.base.tasks import cancel_and_wait
from devin_async.codec.decoding import WirePage
from devin_async.errors import (
    APIStatusError,
    ConfigurationError,
    DevinError,
    InvalidArgumentError,
    with_checkpoint,
)
from devin_async.events import EventHandler, traced
from devin_async.lists import ranges
from devin_async.lists.cursors import (
    After,
    Checkpoint,
    CursorWalk,
    Page,
    Start,
    is_of_cursor,
    read_start,
)
from devin_async.lists.fetching import Fetch, Spawn
from devin_async.lists.identity import digest_of
from devin_async.lists.perished import cursor_gone, is_refused

__all__ = ["Pager"]

T = TypeVar("T")


@define(eq=False, repr=False, kw_only=True)
class Pager(Generic[T]):
    """A list that is read page by page while it is iterated; making one sends nothing.

    `async for item in pager` gives items, `pager.pages()` gives pages, `await pager.first()` the
    first item or None, `await pager.collect(limit=)` a list. Each iteration starts anew. While the
    caller works on a page the next one is already being fetched, unless `limit` is covered; leave
    by `contextlib.aclosing(aiter(pager))` to have that end before the next line.

    An error ends the iteration; its `checkpoint` resumes at the page that failed.

    Each list takes `ListOptions`, and one that can be cut by time `RangeOptions`.
    """

    _fetch: Fetch[T] = field(alias="fetch")
    _spawn: Spawn = field(alias="spawn")
    _after: After = field(default=None, alias="after")
    _page_size: int | None = field(default=None, alias="page_size")
    _limit: int | None = field(default=None, alias="limit")
    _times: "ranges.places.TimeFilter | None" = field(default=None, alias="times")
    _resume: Checkpoint | None = field(default=None, alias="resume")
    _on_event: EventHandler | None = field(default=None, alias="on_event")
    _shows_repeats: bool = field(default=False, alias="shows_repeats")
    _start: "ranges.places.Place | Start" = field(init=False)

    def __attrs_post_init__(self) -> None:
        check_page_size(self._page_size)
        check_count("limit", self._limit)
        self._start = _read_start(self._after, self._resume, self._fetch, self._times)

    def __repr__(self) -> str:
        return f"<Pager of {self._fetch.name}>"

    @property
    def identity(self) -> str:
        """The list and its query; where it begins and ends is no part of it."""
        return self._fetch.identity

    @property
    def id_field(self) -> str | None:
        """The field by which an item is known again; None where it has no id."""
        return self._fetch.id_field

    def __aiter__(self) -> AsyncGenerator[T, None]:  # noqa: PYI058 - `aclosing` needs its aclose
        """Iterate over the items, each once, in the server's order."""
        return self._items(self._limit)

    def pages(self) -> AsyncGenerator[Page[T], None]:
        """Iterate over the pages; `limit` cuts the last one short."""
        return self._pages(self._limit)

    async def first(self) -> T | None:
        """Read the first item, or None; reads no further than it has to."""
        items = await self.collect(limit=1)
        return items[0] if items else None

    async def collect(self, *, limit: int | None = None) -> list[T]:
        """Read the items into a list, at most *limit* and at most the list's own limit."""
        check_count("limit", limit)
        limits = [most for most in (limit, self._limit) if most is not None]
        collected: list[T] = []
        async with closing(self._pages(min(limits, default=None))) as pages:
            async for page in pages:
                collected.extend(page.items)
        return collected

    def raw(self) -> "Pager[dict[str, Any]]":
        """Return the same list as the server sends it: each item a plain dict, no field lost."""
        fetch: Any = self._fetch.raw()
        return cast("Pager[Any]", evolve(self, fetch=fetch))

    def with_repeats(self) -> "Pager[T]":
        """Return the same list with a row on two pages twice, as the server may show it."""
        return evolve(self, shows_repeats=True)

    async def _items(self, limit: int | None) -> AsyncGenerator[T, None]:
        async with closing(self._pages(limit)) as pages:
            async for page in pages:
                for item in page.items:
                    yield item

    def _pages(self, limit: int | None) -> AsyncGenerator[Page[T], None]:
        return traced(
            self._on_event, "list", partial(self._read_pages, limit), route=self._fetch.route
        )

    def _read_pages(self, limit: int | None) -> AsyncGenerator[Page[T], None]:
        if self._times is None:
            return self._walk(cast("Start", self._start), limit, None)
        source = ranges.reading.TimeList(
            fetch=self._fetch, spawn=self._spawn, asked=self._times, page_size=self._page_size
        )
        if isinstance(self._start, Start) and not _takes_windows(self._times, self._start):
            return self._walk(self._start, limit, source)
        return source.pages(self._start, limit)

    async def _walk(
        self, start: Start, limit: int | None, source: "ranges.reading.TimeList[T] | None"
    ) -> AsyncGenerator[Page[T], None]:
        """Yield the pages by the server's cursor; *source* is the list as one cut by time."""
        fetch = self._fetch
        walk = CursorWalk[T](
            fetch.name,
            fetch.paging,
            start,
            limit,
            id_field=None if self._shows_repeats else fetch.id_field,
            is_by_time=source is not None and source.asked.is_sorted,
            page_size=self._page_size,
            origin=_origin_of(fetch, self._times),
        )
        began = fetch.clock.monotonic() if source is not None else 0.0
        pending: asyncio.Task[WirePage[T]] | None = None
        try:
            while not walk.done:
                try:
                    wire = await self._read(walk, pending)
                except APIStatusError as error:
                    if fetch.paging != "cursor" or not is_refused(error, walk.cursor):
                        raise
                    refusal = error
                    break
                pending = None
                if source is not None and walk.settled is None:
                    walk.settled = source.settled(fetch.clock.monotonic() - began)
                page = walk.take(wire)
                if not walk.done:
                    pending = self._spawn(self._fetch(walk.cursor, self._page_size))
                    # The task gets to send its request, even if the caller blocks the loop now.
                    await asyncio.sleep(0)
                yield page
                if walk.fault is not None:
                    raise with_checkpoint(walk.fault, page.checkpoint)
            else:
                return
        finally:
            if pending is not None:
                await cancel_and_wait([pending])
        async with closing(self._without_cursor(walk, source, refusal)) as pages:
            async for page in pages:
                yield page

    async def _without_cursor(
        self,
        walk: CursorWalk[T],
        source: "ranges.reading.TimeList[T] | None",
        refusal: APIStatusError,
    ) -> AsyncGenerator[Page[T], None]:
        """Go on by the time of the last item; a list that has none cannot.

        Raises:
            PaginationError: It cannot.
        """
        checkpoint = walk.checkpoint()
        if source is None or walk.mark is None:
            if refusal.status == HTTPStatus.NOT_FOUND:
                raise refusal
            gone = cursor_gone(self._fetch.name, refusal, walk.count)
            raise with_checkpoint(gone, checkpoint) from refusal
        start = Start(mark=walk.mark, settled=walk.settled)
        async with closing(source.pages(start, walk.left)) as pages:
            async for page in pages:
                yield page

    async def _read(
        self, walk: CursorWalk[T], pending: asyncio.Task[WirePage[T]] | None
    ) -> WirePage[T]:
        try:
            if pending is None:
                return await self._fetch(walk.cursor, self._page_size)
            return await pending
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if pending is None or not pending.cancelled() or (task and task.cancelling()):
                raise
            error = ConfigurationError("the client was closed while the list was being read")
            raise with_checkpoint(error, walk.checkpoint()) from None
        except DevinError as error:
            with_checkpoint(error, walk.checkpoint())
            raise


def _takes_windows(times: "ranges.places.TimeFilter", start: "ranges.places.Place | Start") -> bool:
    return times.parallel is not None or times.needs_windows or not isinstance(start, Start)


def _origin_of(fetch: Fetch[Any], times: "ranges.places.TimeFilter | None") -> Mapping[str, Any]:
    return {"filters": digest_of(fetch.query)} if times is None else times.origin


def _read_start(
    after: str | Checkpoint | None,
    resume: Checkpoint | None,
    fetch: Fetch[Any],
    times: "ranges.places.TimeFilter | None",
) -> "ranges.places.Place | Start":
    """Read where a list begins.

    Raises:
        InvalidArgumentError: It is no place in this list, or none that it can begin at.
    """
    if after is not None and resume is not None:
        raise InvalidArgumentError("after and resume are both given; allowed: one of them")
    if resume is not None and times is not None and not is_of_cursor(resume):
        return ranges.places.read_place(resume, fetch.name, times)
    if isinstance(after, Mapping) and not is_of_cursor(after):
        raise InvalidArgumentError("after is a checkpoint of a range of time; give it as resume=")
    began = after if resume is None else resume
    origin = _origin_of(fetch, times) if isinstance(began, Mapping) else None
    start = read_start(began, fetch.name, fetch.paging, origin)
    if times is None or start == Start() or not _takes_windows(times, start):
        return start
    if times.needs_windows:
        raise InvalidArgumentError(
            "a cursor was given to a list that takes several ranges; allowed: a checkpoint of it"
        )
    if not times.is_sorted:
        raise InvalidArgumentError(
            "a cursor was given with parallel=, which gives the list in another order than the "
            "cursor; go on without parallel="
        )
    return start
