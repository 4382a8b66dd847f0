"""Print the audit logs of the last seven days, every page of them."""

import asyncio
from datetime import UTC, datetime, timedelta

from devin_async import DevinClient


async def main() -> None:
    now = datetime.now(UTC)
    async with DevinClient() as devin:
        logs = devin.enterprise.audit_logs.list(
            time_after=now - timedelta(days=7), time_before=now, page_size=100
        )
        async for log in logs:
            actor = log.service_user_id or log.user_id or "system"
            print(f"{log.created_at.isoformat()} - {log.action} (org={log.org_id}, actor={actor})")


asyncio.run(main())
