"""Start a session in every organization once, however often this is killed and started again."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime

from devin_async import DevinClient, Ledger
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session


async def main(ledger: Ledger) -> None:
    async with DevinClient() as devin:

        def start_check(organization: Organization) -> Awaitable[Session]:
            sessions = devin.organization(organization.id).sessions
            return sessions.create(f"Run daily health check for {organization.name}")

        organizations = devin.enterprise.organizations.list()
        job = devin.fan_out(organizations, start_check, concurrency=16, ledger=ledger)
        await job.collect()


today = Ledger("daily.sqlite", run=f"health-{datetime.now(UTC).date()}")
asyncio.run(main(today))
print(today.report().table())
