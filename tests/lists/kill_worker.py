"""Export from the sandbox of another process, in small blocks, until done or killed."""

import asyncio
import sys

from devin_async import DevinClient
from devin_async.lists.export import manifest


async def main(url, token, path, since, before):
    manifest.BLOCK = 20_000
    async with DevinClient(token, base_url=url, max_attempts=20) as devin:
        logs = devin.enterprise.audit_logs
        exported = await logs.export(
            path, time_after=int(since), time_before=int(before), page_size=50, parallel=4
        )
    sys.stdout.write(exported.sha256)


asyncio.run(main(*sys.argv[1:]))
