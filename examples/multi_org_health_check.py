"""Start the same session in every organization, then read back the audit logs that this caused."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime

from devin_async import DevinClient
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session


async def main() -> None:
    began = datetime.now(UTC)
    async with DevinClient() as devin:

        def start_check(organization: Organization) -> Awaitable[Session]:
            sessions = devin.organization(organization.id).sessions
            return sessions.create(f"Run daily health check for {organization.name}")

        organizations = devin.enterprise.organizations.list()
        async with devin.fan_out(organizations, start_check, concurrency=16) as outcomes:
            async for outcome in outcomes:
                if outcome.ok:
                    print(f"{outcome.item.name}: started {outcome.value.session_id}")
                else:
                    print(f"{outcome.item.name}: FAILED, {outcome.error}")

        logs = devin.enterprise.audit_logs.list(
            time_after=began, action="create_session", page_size=20
        )
        number = 0
        async for page in logs.pages():
            number += 1
            print(f"audit logs of this job, page {number}: {len(page.items)} entries")


asyncio.run(main())
