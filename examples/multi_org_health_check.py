"""Start the same session in every organization, then read back the audit logs that this caused.

With a ledger (`python multi_org_health_check.py daily.sqlite`) it may be killed and started again:
each organization gets one session a day.
"""

import asyncio
import sys
from collections.abc import Awaitable
from datetime import UTC, datetime

from devin_async import DevinClient, Ledger
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session


async def main(day: str, ledger: Ledger | None) -> None:
    began = datetime.now(UTC)
    async with DevinClient() as devin:

        def start_check(org: Organization) -> Awaitable[Session]:
            once = f"health-{day}-{org.id}" if ledger else None
            prompt = f"Run daily health check for {org.name}"
            return devin.organization(org.id).sessions.create(prompt, once=once)

        job = devin.fan_out(
            devin.enterprise.organizations.list(),
            start_check,
            concurrency=16,
            ledger=ledger,
            rerun_unknown=ledger is not None,
        )
        async with job as outcomes:
            async for outcome in outcomes:
                if outcome.ok:
                    print(f"{outcome.item.name}: started {outcome.value.session_id}")
                else:
                    print(f"{outcome.item.name}: FAILED, {outcome.error}")

        caused = devin.enterprise.audit_logs.list(
            time_after=began, action="create_session", page_size=20
        )
        number = 0
        async for page in caused.pages():
            number += 1
            print(f"audit logs of this job, page {number}: {len(page.items)} entries")


today = datetime.now(UTC).date().isoformat()
asyncio.run(main(today, Ledger(sys.argv[1], run=f"health-check-{today}") if sys.argv[1:] else None))
