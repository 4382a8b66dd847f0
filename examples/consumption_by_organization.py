"""Show what each organization used in January 2024."""

import asyncio
from datetime import date

from devin_async import DevinClient


async def main() -> None:
    async with DevinClient() as devin:
        consumption = await devin.enterprise.consumption.by_organization(
            start=date(2024, 1, 1), end=date(2024, 1, 31)
        )
        for entry in consumption:
            print(f"{entry.organization_name}: {entry.acus_used:.2f} ACUs")


asyncio.run(main())
