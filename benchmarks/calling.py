"""Rows about calls on loopback: one at a time, page after page, many at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.fixtures import ORG_ID, PAGE_SIZE, PAGES
from benchmarks.measuring import Contestant, Row
from benchmarks.peers import KEY, Floor
from devin_async import DevinClient

__all__ = ["ROWS"]

_GETS = 200
_POSTS = 1000
_WIDTH = 64
_PROMPT = "Write a script that analyses CSV data"
_SESSIONS = f"/v3/organizations/{ORG_ID}/sessions"
_ORGANIZATION = f"/v3/enterprise/organizations/{ORG_ID}"


@asynccontextmanager
async def _self(url: str) -> AsyncIterator[dict[str, Contestant]]:
    async with Floor(url) as floor, DevinClient(KEY, base_url=url) as devin:
        yield {
            "floor": Contestant(lambda: floor.get("/v3/self"), _GETS),
            "devin_async": Contestant(devin.whoami, _GETS),
        }


@asynccontextmanager
async def _organization(url: str) -> AsyncIterator[dict[str, Contestant]]:
    async with Floor(url) as floor, DevinClient(KEY, base_url=url) as devin:
        yield {
            "floor": Contestant(lambda: floor.get(_ORGANIZATION), _GETS),
            "devin_async": Contestant(lambda: devin.enterprise.organizations.get(ORG_ID), _GETS),
        }


@asynccontextmanager
async def _pages(url: str) -> AsyncIterator[dict[str, Contestant]]:
    async with Floor(url) as floor, DevinClient(KEY, base_url=url) as devin:

        async def by_floor() -> None:
            _expect(await floor.read_all(_SESSIONS, PAGE_SIZE), PAGES * PAGE_SIZE)

        async def by_us() -> None:
            count = 0
            async for _ in devin.organization(ORG_ID).sessions.list(page_size=PAGE_SIZE):
                count += 1
            _expect(count, PAGES * PAGE_SIZE)

        yield {"floor": Contestant(by_floor), "devin_async": Contestant(by_us)}


@asynccontextmanager
async def _posts(url: str) -> AsyncIterator[dict[str, Contestant]]:
    slow = f"{url}/wait-50"
    async with Floor(slow) as floor, DevinClient(KEY, base_url=slow) as devin:
        sessions = devin.organization(ORG_ID).sessions

        async def by_floor() -> None:
            width = asyncio.Semaphore(_WIDTH)

            async def post(_: int) -> Any:
                async with width:
                    return await floor.post(_SESSIONS, {"prompt": _PROMPT})

            _expect(len(await asyncio.gather(*map(post, range(_POSTS)))), _POSTS)

        async def by_us() -> None:
            count = 0
            fan_out = devin.fan_out(
                range(_POSTS), lambda _: sessions.create(_PROMPT), concurrency=_WIDTH
            )
            async with fan_out as outcomes:
                async for outcome in outcomes:
                    count += outcome.ok
            _expect(count, _POSTS)

        yield {"floor": Contestant(by_floor), "devin_async": Contestant(by_us)}


def _expect(count: int, expected: int) -> None:
    if count != expected:
        raise RuntimeError(f"{count} were done; expected: {expected}")


ROWS = (
    Row(
        name="get-self",
        work="one small GET, /v3/self",
        open=_self,
        targets={("devin_async", "wall"): 1.3},
    ),
    Row(
        name="get-organization",
        work="one small GET, an organization",
        open=_organization,
        targets={("devin_async", "wall"): 1.3},
    ),
    Row(
        name="pages",
        work=f"{PAGES} pages x {PAGE_SIZE} sessions, one after the other, 0 ms",
        open=_pages,
        targets={},
        measures=("wall", "CPU"),
    ),
    Row(
        name="posts",
        work=f"{_POSTS} POSTs, {_WIDTH} at once, 50 ms",
        open=_posts,
        targets={("devin_async", "wall"): 1.2},
        measures=("wall", "CPU"),
        share=0.6,
    ),
)
