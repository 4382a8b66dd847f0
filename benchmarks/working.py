"""Rows about what a job costs beside its requests: fan-out, ledger, loop, sandbox."""

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from benchmarks.fixtures import PAGE_SIZE, dump, session
from benchmarks.measuring import Contestant, Row, Setting, in_process
from benchmarks.paging import expect
from benchmarks.peers import KEY, OURS, Floor, many
from benchmarks.targets import above, at_most, faster, goal
from devin_async import DevinClient, Ledger
from devin_async.sandbox import Sandbox

__all__ = ["ROWS"]

_WIDTH = 64
_TASKS = 20_000
_NOTED = 4_000
_ITEMS = 1_000_000
_GETS = 200
_BY_HAND = "by hand"
_PAGES = "pages()"
_ITEM_BY_ITEM = "async for"
_BARE = "bare aiohttp.web"
_SANDBOX = "sandbox"


async def _nothing(_: object = None) -> None:
    """Work that costs nothing, so that only what surrounds it is measured."""


@asynccontextmanager
async def _fan_outs(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    async with DevinClient(KEY, base_url=setting.url) as devin:

        async def ours() -> None:
            count = 0
            async with devin.fan_out(range(_TASKS), _nothing, concurrency=_WIDTH) as outcomes:
                async for outcome in outcomes:
                    count += outcome.ok
            expect(count, _TASKS)

        yield {
            _BY_HAND: in_process(lambda: many(_nothing, _TASKS, _WIDTH), items=_TASKS),
            OURS: in_process(ours, items=_TASKS),
        }


@asynccontextmanager
async def _ledgers(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    async with DevinClient(KEY, base_url=setting.url) as devin:

        async def ours() -> None:
            with tempfile.TemporaryDirectory() as folder:
                job = devin.fan_out(
                    [f"item-{number}" for number in range(_NOTED)],
                    _nothing,
                    concurrency=_WIDTH,
                    ledger=Ledger(Path(folder, "ledger.sqlite"), run="benchmark"),
                )
                expect(len(await job.collect()), _NOTED)

        yield {
            _BY_HAND: in_process(lambda: asyncio.to_thread(_noted_by_hand), items=_NOTED),
            OURS: in_process(ours, items=_NOTED),
        }


def _noted_by_hand() -> None:
    """Note each item before it starts and when it is done, a commit for so many at once."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder, "by-hand.sqlite"), isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE items (key TEXT PRIMARY KEY, state TEXT, record TEXT)")
        keys = [f"item-{number}" for number in range(_NOTED)]
        for start in range(0, _NOTED, _WIDTH):
            part = keys[start : start + _WIDTH]
            _commit(connection, "INSERT INTO items (key, state) VALUES (?, 'started')", part)
            _commit(connection, "UPDATE items SET state = 'done' WHERE key = ?", part)
        connection.close()


def _commit(connection: sqlite3.Connection, statement: str, keys: Sequence[str]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for key in keys:
        connection.execute(statement, (key,))
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(FULL)").fetchall()  # into the file, as ledgers do


@asynccontextmanager
async def _loops(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    items = _ITEMS // 10 if setting.is_quick else _ITEMS
    async with DevinClient(KEY, base_url=f"{setting.url}/of-{items}") as devin:

        async def by_pages() -> None:
            count = 0
            async for page in devin.enterprise.audit_logs.list(page_size=PAGE_SIZE).pages():
                for _ in page.items:
                    count += 1
            expect(count, items)

        async def by_items() -> None:
            count = 0
            async for _ in devin.enterprise.audit_logs.list(page_size=PAGE_SIZE):
                count += 1
            expect(count, items)

        yield {
            _PAGES: in_process(by_pages, items=items),
            _ITEM_BY_ITEM: in_process(by_items, items=items),
        }


@asynccontextmanager
async def _servers(_: Setting) -> AsyncIterator[dict[str, Contestant]]:
    body = dump(session(0))

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    _, port = runner.addresses[0][:2]
    async with Sandbox() as sandbox:
        path = f"/v3/organizations/{sandbox.organization_ids[0]}/sessions"
        async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
            made = await devin.organization(sandbox.organization_ids[0]).sessions.create("Wait")
        one = f"{path}/devin-{made.session_id.removeprefix('devin-')}"
        async with (
            Floor(f"http://127.0.0.1:{port}") as bare,
            Floor(sandbox.url, key=sandbox.token) as served,
        ):
            yield {
                _BARE: in_process(lambda: bare.get(one), times=_GETS),
                _SANDBOX: in_process(lambda: served.get(one), times=_GETS),
            }
    await runner.cleanup()


ROWS = (
    Row(
        name="fan-out-own-cost",
        work=f"{_TASKS} tasks that do nothing, {_WIDTH} at once; by hand is gather and a semaphore",
        open=_fan_outs,
        targets=(
            above(6e-6, _BY_HAND, measure="wall"),
            goal(above(2e-6, _BY_HAND, measure="wall")),
        ),
        item="task",
    ),
    Row(
        name="ledger",
        work=f"{_NOTED} items noted in a ledger; by hand is sqlite3 with the same commits",
        open=_ledgers,
        targets=(faster(0.25, _BY_HAND), goal(faster(0.6, _BY_HAND))),
        item="item",
    ),
    Row(
        name="items-or-pages",
        work="read audit logs item by item, against page by page",
        open=_loops,
        targets=(at_most(1.3, _PAGES, who=_ITEM_BY_ITEM),),
        rounds=5,
        quick_rounds=5,
        item="log",
    ),
    Row(
        name="sandbox",
        work="one small GET of the sandbox, against a bare handler of aiohttp.web",
        open=_servers,
        targets=(faster(0.4, _BARE, who=_SANDBOX),),
        item="GET",
    ),
)
