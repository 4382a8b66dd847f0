"""A worker that lives long: it starts a session for each line that it is sent.

    tail -f prompts.txt | python examples/async_service.py

The lines stand for your queue, and come by any stdin: a pipe, a file, a terminal, or none. The key
comes from DEVIN_API_KEY and the organization from DEVIN_ORG_ID. At the end of the lines it finishes
what it was sent. At SIGTERM or Ctrl-C it finishes the calls that have begun, whose outcome would be
unknown otherwise, and tells what it took and did not begin; what is still in the pipe, a real queue
would keep.
"""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from devin_async import DevinClient, DevinError

WORKERS = 4
LONGEST_LINE = 1 << 20

Prompts = asyncio.Queue[str | None]
"""What is to be done; None ends the worker that gets it."""


def comes_piece_by_piece() -> bool:
    """Tell whether stdin has to be waited for; a file or /dev/null has all that it will have."""
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or sys.stdin.isatty()


async def read_stdin() -> AsyncIterator[bytes]:
    if not sys.stdin:  # None, where whoever started the program has closed it
        return
    if not comes_piece_by_piece():
        for line in sys.stdin.buffer:
            yield line
        return
    stream = asyncio.StreamReader(limit=LONGEST_LINE)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), sys.stdin
    )
    try:
        async for line in stream:
            yield line
    finally:
        transport.close()


async def read_lines() -> AsyncGenerator[str, None]:
    async for line in read_stdin():
        if prompt := line.decode().strip():
            yield prompt


async def fill(prompts: Prompts) -> None:
    async with aclosing(read_lines()) as lines:
        async for prompt in lines:
            try:
                await prompts.put(prompt)  # waits when the workers cannot keep up
            except asyncio.CancelledError:
                print(f"not begun {prompt}", flush=True)
                raise


async def work(devin: DevinClient, prompts: Prompts) -> None:
    sessions = devin.organization().sessions
    while (prompt := await prompts.get()) is not None:
        try:
            session = await sessions.create(prompt)
        except DevinError as error:
            print(f"FAILED ({error.outcome}) {prompt}: {error}", flush=True)
        else:
            print(f"started {prompt}: {session.url}", flush=True)


def take_all(prompts: Prompts) -> list[str]:
    """Take what no worker has begun."""
    taken: list[str] = []
    while not prompts.empty():
        if (prompt := prompts.get_nowait()) is not None:
            taken.append(prompt)
    return taken


async def main() -> None:
    prompts: Prompts = asyncio.Queue(maxsize=100)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    async with DevinClient() as devin, asyncio.TaskGroup() as tasks:
        workers = [tasks.create_task(work(devin, prompts)) for _ in range(WORKERS)]
        filling = tasks.create_task(fill(prompts))
        stopped = tasks.create_task(stopping.wait())
        await asyncio.wait((filling, stopped), return_when=asyncio.FIRST_COMPLETED)
        filling.cancel()
        stopped.cancel()
        for prompt in take_all(prompts) if stopping.is_set() else ():
            print(f"not begun {prompt}", flush=True)
        for _ in workers:
            await prompts.put(None)


asyncio.run(main())
