"""Rows about long ranges: windows against one chain of cursors, prefetch, and export."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from benchmarks.children import job
from benchmarks.fixtures import PAGE_SIZE
from benchmarks.measuring import Contestant, Row, Setting, in_process
from benchmarks.peers import KEY
from benchmarks.targets import above, at_most, faster, goal
from devin_async import DevinClient

__all__ = ["ROWS"]

_EVENTS = 20_000  # 200 pages of 100
_PAGES = 40
_EXPORTED = 1_000_000

SERIAL = "serial"
Work = Callable[[], Awaitable[None]]


@asynccontextmanager
async def _windows(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    """Compare windows with the server's cursor."""
    url = f"{setting.url}/wait-50/of-{_EVENTS}"
    yield {
        SERIAL: job("read-serial", url, count=_EVENTS),
        "parallel=16": job("read-16", url, count=_EVENTS),
        "parallel=64": job("read-64", url, count=_EVENTS),
    }


# Where in a range 90 % of its logs lie, in percent: which of them is read fast was once luck.
_CROWDS = (0, 30, 50, 77, 99)


@asynccontextmanager
async def _crowds(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    """Compare windows with the server's cursor where most logs lie in a short time."""
    url = f"{setting.url}/wait-50/of-{_EVENTS}"
    yield {
        SERIAL: job("read-serial", f"{url}/crowded-50", count=_EVENTS),
        **{
            _crowd(place): job("read-16", f"{url}/crowded-{place}", count=_EVENTS)
            for place in _CROWDS
        },
    }


def _crowd(place: int) -> str:
    return f"parallel=16, at {place} %"


async def _prefetched(devin: DevinClient, work: Work) -> None:
    """Work on each page while the next one is fetched."""
    logs = devin.enterprise.audit_logs.list(limit=PAGE_SIZE * _PAGES)
    async with contextlib.aclosing(logs.pages()) as pages:
        async for _ in pages:
            await work()


async def _one_after_the_other(devin: DevinClient, work: Work) -> None:
    """Fetch a page, then work on it, then fetch the next one."""
    place = None
    for _ in range(_PAGES):
        logs = devin.enterprise.audit_logs.list(limit=PAGE_SIZE, after=place)
        async with contextlib.aclosing(logs.pages()) as pages:
            place = (await anext(pages)).checkpoint
        await work()


async def _waits() -> None:
    await asyncio.sleep(0.05)


async def _blocks() -> None:
    time.sleep(0.05)  # noqa: ASYNC251 - blocking is what is measured


@asynccontextmanager
async def _prefetch(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    async with DevinClient(KEY, base_url=f"{setting.url}/wait-50") as devin:
        yield {
            "fetch, then wait": in_process(
                lambda: _one_after_the_other(devin, _waits), items=_PAGES
            ),
            "prefetch, wait": in_process(lambda: _prefetched(devin, _waits), items=_PAGES),
            "fetch, then block": in_process(
                lambda: _one_after_the_other(devin, _blocks), items=_PAGES
            ),
            "prefetch, block": in_process(lambda: _prefetched(devin, _blocks), items=_PAGES),
        }


@asynccontextmanager
async def _exports(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    yield {
        "by hand": job("export-by-hand", setting.url, count=_EXPORTED // 5),
        "devin_async": job("export", setting.url, count=_EXPORTED // 5),
    }


@asynccontextmanager
async def _large_exports(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    yield {
        "idle": job("idle", setting.url),
        "100,000 logs": job("export", setting.url, count=_EXPORTED // 10),
        "1,000,000 logs": job("export", setting.url, count=_EXPORTED),
    }


ROWS = (
    Row(
        name="windows-even",
        work="200 pages of a range of time, 50 ms a request",
        open=_windows,
        targets=(
            faster(11, SERIAL, who="parallel=16"),
            faster(15, SERIAL, who="parallel=64"),
            above(10, SERIAL, who="parallel=16"),
            above(10, SERIAL, who="parallel=64"),
        ),
        measures=("wall", "memory"),
        rounds=2,
        quick_rounds=0,
        item="log",
    ),
    Row(
        name="windows-crowded",
        work="the same, with 90 % of the logs in 1 % of the range, at five places of it",
        open=_crowds,
        targets=(
            *(faster(9, SERIAL, who=_crowd(place)) for place in _CROWDS),
            *(goal(faster(11, SERIAL, who=_crowd(place))) for place in _CROWDS),
            above(10, SERIAL, who=_crowd(50)),
        ),
        measures=("wall", "memory"),
        rounds=2,
        quick_rounds=0,
        item="log",
    ),
    Row(
        name="prefetch",
        work=f"{_PAGES} pages, 50 ms a request, 50 ms of work on each",
        open=_prefetch,
        targets=(
            faster(1.6, "fetch, then wait", who="prefetch, wait"),
            faster(1.6, "fetch, then block", who="prefetch, block"),
        ),
        rounds=2,
        quick_rounds=0,
        item="page",
    ),
    Row(
        name="export",
        work="export audit logs to a file; by hand is raw aiohttp writing what it reads",
        open=_exports,
        targets=(
            at_most(2.5, "by hand", measure="CPU"),
            goal(at_most(1.8, "by hand", measure="CPU")),
        ),
        measures=("CPU",),
        rounds=9,
        quick_rounds=0,
        item="log",
    ),
    Row(
        name="export-memory",
        work=f"export {_EXPORTED:,} audit logs to a file",
        open=_large_exports,
        targets=(
            above(60, "idle", who="1,000,000 logs"),
            above(3, "100,000 logs", who="1,000,000 logs"),
        ),
        measures=("CPU", "memory"),
        rounds=1,
        quick_rounds=0,
        item="log",
    ),
)
