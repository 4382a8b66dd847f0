"""Create an organization that may use 500 ACUs in a billing cycle."""

import asyncio

from devin_async import DevinClient


async def main() -> None:
    async with DevinClient() as devin:
        organization = await devin.enterprise.organizations.create("Data science", acu_limit=500)
        print(f"Created organization: {organization.id}")


asyncio.run(main())
