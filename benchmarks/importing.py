"""Rows about starting: each run is a fresh interpreter, whose own start is counted for both."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.fixtures import ORG_ID, SESSION_ID
from benchmarks.measuring import Contestant, Row
from benchmarks.peers import KEY, need

__all__ = ["ROWS"]

_FIRST_ANSWER = {
    "devinai": """
import asyncio
from devin_sdk import AsyncDevinSDK
async def main():
    async with AsyncDevinSDK(api_key={key!r}, base_url={url!r}) as devin:
        await devin.organizations.sessions.retrieve({session!r}, org_id={org!r})
asyncio.run(main())
""",
    "aiohttp and orjson": """
import asyncio, aiohttp, orjson
async def main():
    async with aiohttp.ClientSession(headers={{"Authorization": "Bearer " + {key!r}}}) as session:
        async with session.get({url!r} + "/v3/organizations/" + {org!r} + "/sessions/" + {session!r}
        ) as response:
            orjson.loads(await response.read())
asyncio.run(main())
""",
    "devin_async": """
import asyncio
from devin_async import DevinClient
async def main():
    async with DevinClient({key!r}, base_url={url!r}) as devin:
        await devin.organization({org!r}).sessions.get({session!r})
asyncio.run(main())
""",
}


def _program(code: str) -> Contestant:
    async def run() -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, cwd=Path(__file__).parent.parent
        )
        if await process.wait() != 0:
            raise RuntimeError(f"this program failed: {code}")

    return Contestant(run)


@asynccontextmanager
async def _imports(_: str) -> AsyncIterator[dict[str, Contestant]]:
    need("devin_sdk", "devinai")
    yield {
        "devinai": _program("import devin_sdk"),
        "devin_async": _program("import devin_async"),
        "bare python": _program("pass"),
    }


@asynccontextmanager
async def _first_answers(url: str) -> AsyncIterator[dict[str, Contestant]]:
    need("devin_sdk", "devinai")
    need("orjson")
    given = {"key": KEY, "url": url, "org": ORG_ID, "session": SESSION_ID}
    yield {name: _program(code.format(**given)) for name, code in _FIRST_ANSWER.items()}


ROWS = (
    Row(
        name="import",
        work="import the package in a fresh interpreter, its start included",
        open=_imports,
        targets={("devin_async", "wall"): 0.6},
        share=0.6,
    ),
    Row(
        name="first-answer",
        work="fresh interpreter, import, open a client, read one session",
        open=_first_answers,
        targets={},
        share=0.4,
    ),
)
