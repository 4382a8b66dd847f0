"""Starting our programs as a user does: the installed command, a terminal, a web server."""

import asyncio
import json
import os
import pty
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import uvicorn
import warning_filters
from fastapi import FastAPI
from forked import Program, start_python
from waiting import until

from devin_async.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
INSTALLED = Path(sys.executable).with_name("devin-async")
# From a plain checkout, where nothing is installed, the module is the same program.
DEVIN_ASYNC = [str(INSTALLED)] if INSTALLED.exists() else [sys.executable, "-m", "devin_async.cli"]
# The same for a process that is forked from one which has loaded what it loads.
COMMAND = str(INSTALLED if INSTALLED.exists() else ROOT / "devin_async" / "__main__.py")
# Gives several commands in one process: to start one takes longer than what it does. The sign
# between them is no text of a command, for commands write every control as an escape.
ONE_AFTER_ANOTHER = """
import json, os, sys
import devin_async.cli
for words in json.loads(os.environ.pop("COMMANDS")):
    sys.argv[1:] = words
    try:
        devin_async.cli.main()
    except SystemExit as end:
        sys.stderr.flush()
        print(f"\\x1e{end.code}\\x1e", flush=True)
"""
PIPE = asyncio.subprocess.PIPE


class Ended(NamedTuple):
    code: int | None
    output: str
    errors: str


def environment(sandbox: Sandbox | None = None, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DEVIN_")}
    kept |= {
        "PYTHONWARNINGS": warning_filters.PYTHONWARNINGS,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    if sandbox is not None:
        kept |= {"DEVIN_API_KEY": sandbox.token, "DEVIN_BASE_URL": sandbox.url}
    return kept | more


async def start(*command: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


async def fork(*command: str, stdout: int = PIPE, **environment: str) -> Program:
    """Start a Python program, or `COMMAND`, with what it imports loaded already."""
    return await start_python(*command, folder=ROOT, environment=environment, stdout=stdout)


async def ended(process: asyncio.subprocess.Process | Program, stdin: bytes = b"") -> Ended:
    output, errors = await process.communicate(stdin)
    return Ended(process.returncode, output.decode(), errors.decode())


async def run(*command: str, **environment: str) -> Ended:
    return await ended(await start(*command, **environment))


async def devin_async(*words: str, sandbox: Sandbox | None = None, **more: str) -> Ended:
    return await ended(await fork(COMMAND, *words, **environment(sandbox, **more)))


def plain(shown: str) -> str:
    """Leave out what moves the cursor and colours the text."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)


def type_ctrl_c(terminal: int) -> None:
    os.write(terminal, b"\x03")


async def in_a_terminal(
    *words: str, when: tuple[str, Callable[[int], object]] | None = None, **more: str
) -> Ended:
    """Run `devin-async` on a terminal of 80 columns.

    Args:
        words: Its arguments.
        when: A pattern, and what is done with the terminal once it shows that.
        more: The environment, besides the usual one.
    """
    return await _on_a_terminal([COMMAND, *words], when, more)


async def all_in_a_terminal(commands: Sequence[Sequence[str]], **more: str) -> list[Ended]:
    """Run `devin-async` with the words of each of *commands*, in one process on one terminal."""
    variables = {"COMMANDS": json.dumps([[*words] for words in commands])}
    end = await _on_a_terminal(["-c", ONE_AFTER_ANOTHER], None, variables | more)
    parts = end.output.split("\x1e")
    assert len(parts) == 2 * len(commands) + 1, end.output[-3000:]
    return [
        Ended(int(code), output.removeprefix("\n"), "")
        for output, code in zip(parts[:-1:2], parts[1::2], strict=True)
    ]


async def _on_a_terminal(
    program: Sequence[str],
    when: tuple[str, Callable[[int], object]] | None,
    more: Mapping[str, str],
) -> Ended:
    ours, theirs = pty.openpty()
    process = await start_python(
        *program,
        folder=ROOT,
        environment=environment(
            **{"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "50"} | more
        ),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        on_terminal=True,
    )
    os.close(theirs)
    shown = bytearray()
    while chunk := await asyncio.to_thread(_read, ours):
        shown += chunk
        if when is not None and re.search(when[0], plain(shown.decode(errors="ignore"))):
            when[1](ours)
            when = None
    os.close(ours)
    return Ended(await process.wait(), shown.decode().replace("\r\n", "\n"), "")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other end is closed
        return b""


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Serve *app* by uvicorn in this loop, and give a client of it."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started or serving.done())
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        server.should_exit = True
        await serving
