"""Tell who the key belongs to."""

import asyncio

from devin_async import DevinClient


async def main() -> None:
    async with DevinClient() as devin:
        me = await devin.whoami()
        print(f"Service user: {me.name}")
        print(f"Role: {me.role or 'not told by this version of the API'}")


asyncio.run(main())
