"""Start a session in every organization once a day, however often this is killed and restarted."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime

from devin_async import DevinClient, Ledger
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session


async def main(day: str) -> None:
    ledger = Ledger("daily.sqlite", run=f"health-{day}")
    async with DevinClient() as devin:

        def start_check(org: Organization) -> Awaitable[Session]:
            sessions = devin.organization(org.id).sessions
            prompt = f"Run daily health check for {org.name}"
            return sessions.create(prompt, once=f"health-{day}-{org.id}")

        organizations = devin.enterprise.organizations.list()
        # What ran at a kill may have been started: `once=` finds it instead of starting a second.
        job = devin.fan_out(
            organizations, start_check, concurrency=20, ledger=ledger, rerun_unknown=True
        )
        await job.collect()
    print(ledger.report().table())


asyncio.run(main(datetime.now(UTC).date().isoformat()))
