"""Rows about starting: each run is a fresh interpreter, whose own start is counted for both."""

import compileall
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import devin_async
from benchmarks.children import program
from benchmarks.fixtures import ORG_ID, SESSION_ID
from benchmarks.measuring import Contestant, Row, Setting
from benchmarks.peers import KEY, need
from benchmarks.targets import at_most, goal

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


def _compile() -> None:
    """Compile the package, as installers do, for Python may be told to write nothing.

    A fresh checkout would else be compiled anew by each run, which is a third of a first call.
    """
    compileall.compile_dir(Path(devin_async.__file__).parent, quiet=2)


@asynccontextmanager
async def _imports(_: Setting) -> AsyncIterator[dict[str, Contestant]]:
    need("devin_sdk", "devinai")
    _compile()
    yield {
        "devinai": program("import devin_sdk"),
        "devin_async": program("import devin_async"),
        "bare python": program("pass"),
    }


@asynccontextmanager
async def _versions(_: Setting) -> AsyncIterator[dict[str, Contestant]]:
    _compile()
    command = (
        "import sys; sys.argv = ['devin-async', {!r}]; from devin_async.cli import main; main()"
    )
    yield {
        "bare python": program("pass"),
        "devin-async --version": program(command.format("--version")),
        "devin-async --help": program(command.format("--help")),
    }


@asynccontextmanager
async def _first_answers(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    need("devin_sdk", "devinai")
    need("orjson")
    _compile()
    variables = {"key": KEY, "url": setting.url, "org": ORG_ID, "session": SESSION_ID}
    yield {name: program(code.format(**variables)) for name, code in _FIRST_ANSWER.items()}


ROWS = (
    Row(
        name="import",
        work="import the package in a fresh interpreter, its start included",
        open=_imports,
        targets=(at_most(0.5, "devinai"),),
        rounds=15,
    ),
    Row(
        name="command",
        work="start of the command line",
        open=_versions,
        targets=(
            at_most(3, "bare python", who="devin-async --version"),
            at_most(10, "bare python", who="devin-async --help"),
        ),
        rounds=15,
    ),
    Row(
        name="first-answer",
        work="fresh interpreter, import, open a client, read one session",
        open=_first_answers,
        targets=(at_most(0.9, "devinai"), goal(at_most(1.15, "aiohttp and orjson"))),
        rounds=10,
    ),
)
