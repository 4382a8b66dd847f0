"""A program with a durable fan-out: notes each call of its worker, and hangs where it is told to.

Arguments: the ledger, the file of the calls, the number of keys, and the key to hang at.
"""

import asyncio
import os
import sys

from devin_async import Ledger
from devin_async.jobs.fan_out import FanOut

path, calls, count, hang_at = sys.argv[1:]


async def work(key: str) -> dict[str, str]:
    handle = os.open(calls, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{key}\n".encode())
    os.close(handle)
    await asyncio.sleep(0)
    if key == hang_at:
        sys.stdout.write("hangs\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    return {"session_id": f"devin-{key}"}


async def main() -> None:
    keys = [f"org-{number}" for number in range(int(count))]
    ledger = Ledger(path, run="daily")
    await FanOut(iter(keys), work, concurrency=4, ledger=ledger).collect()


asyncio.run(main())
