"""The row about a long list, read page by page with the server's cursor."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.fixtures import ORG_ID, PAGE_SIZE, PAGES
from benchmarks.measuring import Contestant, Row, Setting, in_process
from benchmarks.peers import (
    DEVINAI,
    DEVINAI_AIOHTTP,
    FLOOR,
    HTTPX,
    OURS,
    REQUESTS,
    SESSIONS,
    all_clients,
)
from benchmarks.targets import at_most, faster, goal

__all__ = ["ROWS"]

_EVERY = 2
_PAGES_OF_DEVINAI = 20  # it takes 50 times as long, and time per item is what is compared

ReadPage = Callable[[str], Awaitable[Any]]


def _by_cursor(read_page: ReadPage, pages: int = PAGES, every: int = 1) -> Contestant:
    """Follow the cursor by hand, over so many pages of dicts."""

    async def work() -> None:
        count, cursor = 0, ""
        for _ in range(pages):
            page = await read_page(cursor)
            for _ in page["items"]:
                count += 1
            cursor = page["end_cursor"]
        expect(count, pages * PAGE_SIZE)

    return in_process(work, items=pages * PAGE_SIZE, every=every)


def _by_devinai(client: Any) -> Contestant:
    """Follow the cursor by hand, since devinai does not."""

    async def work() -> None:
        count = 0
        place: dict[str, str] = {}
        for _ in range(_PAGES_OF_DEVINAI):
            page = await client.organizations.sessions.list(ORG_ID, first=PAGE_SIZE, **place)
            for _ in page.items:
                count += 1
            place = {"after": page.end_cursor}
        expect(count, _PAGES_OF_DEVINAI * PAGE_SIZE)

    return in_process(work, items=_PAGES_OF_DEVINAI * PAGE_SIZE, every=_EVERY)


def expect(count: int, expected: int) -> None:
    """Check that the work was done.

    Raises:
        RuntimeError: It was not, so its time means nothing.
    """
    if count != expected:
        raise RuntimeError(f"{count} were done; expected: {expected}")


def _target(cursor: str) -> str:
    return f"{SESSIONS}?first={PAGE_SIZE}{f'&after={cursor}' if cursor else ''}"


@asynccontextmanager
async def _pages(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    async with all_clients(setting.url) as clients:
        floor, ours = await clients.floor(), await clients.ours()
        httpx, requests = await clients.httpx(), clients.requests()

        async def by_us() -> None:
            count = 0
            async for _ in ours.organization(ORG_ID).sessions.list(page_size=PAGE_SIZE):
                count += 1
            expect(count, PAGES * PAGE_SIZE)

        async def by_httpx(cursor: str) -> Any:
            return (await httpx.get(_target(cursor))).raise_for_status().json()

        async def by_requests(cursor: str) -> Any:
            response = requests.get(setting.url + _target(cursor))
            response.raise_for_status()
            return response.json()

        yield {
            FLOOR: _by_cursor(lambda cursor: floor.get(_target(cursor))),
            OURS: in_process(by_us, items=PAGES * PAGE_SIZE),
            DEVINAI: _by_devinai(await clients.devinai()),
            DEVINAI_AIOHTTP: _by_devinai(await clients.devinai(aiohttp=True)),
            HTTPX: _by_cursor(by_httpx, every=_EVERY),
            REQUESTS: _by_cursor(by_requests, every=_EVERY),
        }


ROWS = (
    Row(
        name="pages",
        work=f"{PAGES} pages x {PAGE_SIZE} sessions, one after the other, 0 ms",
        open=_pages,
        targets=(
            faster(0.8, FLOOR),
            goal(faster(0.92, FLOOR)),
            faster(20, DEVINAI, DEVINAI_AIOHTTP),
            faster(2, REQUESTS),
            at_most(1.35, FLOOR, measure="CPU"),
        ),
        measures=("wall", "CPU"),
        item="session",
    ),
)
