"""List every organization of the enterprise."""

import asyncio

from devin_async import DevinClient


async def main() -> None:
    async with DevinClient() as devin:
        async for organization in devin.enterprise.organizations.list():
            print(f"{organization.name} ({organization.id})")


asyncio.run(main())
