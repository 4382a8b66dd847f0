"""Lists: the next page is fetched while the caller works on this one."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, Generic, Protocol, TypeVar

from devin_async.codec import WirePage
from devin_async.cursors import Checkpoint, CursorWalk, Page, read_start
from devin_async.errors import ConfigurationError, DevinError, with_checkpoint
from devin_async.protocol import Paging
from devin_async.tasks import cancel_and_wait
from devin_async.values import check_count, check_page_size

__all__ = ["Checkpoint", "Page", "Pager"]

T = TypeVar("T")


class Spawn(Protocol):
    """Starts a task that belongs to the client."""

    def __call__(self, work: Coroutine[Any, Any, T], /) -> asyncio.Task[T]:
        """Start it."""
        ...


class Fetch(Protocol[T]):
    """Reads one page of a list."""

    def __call__(
        self, cursor: str | None, page_size: int | None, /
    ) -> Coroutine[Any, Any, WirePage[T]]:
        """Read the page after *cursor*."""
        ...

    def raw(self) -> "Fetch[dict[str, Any]]":
        """Give the reader of the same pages whose items stay plain."""
        ...


class Pager(Generic[T]):
    """A list that is read page by page while it is iterated; making one sends nothing.

    `async for item in pager` gives items, `pager.pages()` gives pages, `await pager.first()` the
    first item or None, `await pager.collect(limit=)` a list. Each iteration starts anew. While the
    caller works on a page the next one is already being fetched, unless `limit` is covered; leave
    by `contextlib.aclosing(aiter(pager))` to have that end before the next line.

    An error ends the iteration; its `checkpoint` resumes at the page that failed.
    """

    def __init__(
        self,
        fetch: Fetch[T],
        spawn: Spawn,
        *,
        name: str,
        paging: Paging,
        after: str | Checkpoint | None = None,
        page_size: int | None = None,
        limit: int | None = None,
    ) -> None:
        self._fetch = fetch
        self._spawn = spawn
        self._name = name
        self._paging: Paging = paging
        self._page_size = check_page_size(page_size)
        self._limit = check_count("limit", limit)
        self._after = after
        self._start = read_start(after, name, paging)

    def __repr__(self) -> str:
        return f"<Pager of {self._name}>"

    def __aiter__(self) -> AsyncGenerator[T, None]:  # noqa: PYI058 - `aclosing` needs its aclose
        """Iterate over the items, each once, in the server's order."""
        return self._items(self._limit)

    def pages(self) -> AsyncGenerator[Page[T], None]:
        """Iterate over the pages; `limit` cuts the last one short."""
        return self._pages(self._limit)

    async def first(self) -> T | None:
        """Read the first item, or None; reads no further than it has to."""
        found = await self.collect(limit=1)
        return found[0] if found else None

    async def collect(self, *, limit: int | None = None) -> list[T]:
        """Read the items into a list, at most *limit* and at most the list's own limit."""
        check_count("limit", limit)
        limits = [most for most in (limit, self._limit) if most is not None]
        collected: list[T] = []
        async with aclosing(self._pages(min(limits, default=None))) as pages:
            async for page in pages:
                collected.extend(page.items)
        return collected

    def raw(self) -> "Pager[dict[str, Any]]":
        """Give the same list as the server sends it: each item a plain dict, no field lost."""
        return Pager(
            self._fetch.raw(),
            self._spawn,
            name=self._name,
            paging=self._paging,
            after=self._after,
            page_size=self._page_size,
            limit=self._limit,
        )

    async def _items(self, limit: int | None) -> AsyncGenerator[T, None]:
        async with aclosing(self._pages(limit)) as pages:
            async for page in pages:
                for item in page.items:
                    yield item

    async def _pages(self, limit: int | None) -> AsyncGenerator[Page[T], None]:
        walk = CursorWalk[T](self._name, self._paging, self._start, limit)
        pending: asyncio.Task[WirePage[T]] | None = None
        try:
            while not walk.done:
                wire = await self._read(walk, pending)
                pending = None
                page = walk.take(wire)
                if not walk.done:
                    pending = self._spawn(self._fetch(walk.cursor, self._page_size))
                    # The task gets to send its request, even if the caller blocks the loop now.
                    await asyncio.sleep(0)
                yield page
                if walk.fault is not None:
                    raise with_checkpoint(walk.fault, page.checkpoint)
        finally:
            if pending is not None:
                await cancel_and_wait([pending])

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
