"""Deliver two years of audit logs, and then what comes, to an HTTP collector at SINK_URL."""

import asyncio
import os
from datetime import UTC, datetime, timedelta

import aiohttp

from devin_async import Delivery, DevinClient, shutdown
from devin_async.models.audit_logs import AuditLog


async def main(url: str) -> None:
    since, stop = datetime.now(UTC) - timedelta(days=730), asyncio.Event()
    async with DevinClient() as devin, aiohttp.ClientSession() as http:

        async def sink(batch: Delivery[AuditLog]) -> None:
            logs = [log.to_dict() for log in batch.items]
            async with http.post(url, json=logs) as answer:
                answer.raise_for_status()

        tail = devin.enterprise.audit_logs.tail(since=since)
        with shutdown(finish=stop.set):
            count = await tail.deliver(sink, checkpoint="audit-logs.json", stop=stop)
    print(count, "delivered")


asyncio.run(main(os.environ["SINK_URL"]))
