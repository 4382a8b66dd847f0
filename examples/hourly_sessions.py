"""Bring the sessions that changed into a DuckDB file, for example every hour by cron."""

import asyncio

import duckdb

from devin_async import DevinClient


async def main() -> None:
    count = 0
    with duckdb.connect("sessions.duckdb") as database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS sessions"
            " (session_id TEXT PRIMARY KEY, updated_at TIMESTAMPTZ, acus DOUBLE, session JSON)"
        )
        async with DevinClient() as devin:
            async for one in devin.enterprise.sessions.changes(checkpoint="sessions.json"):
                row = [one.session_id, one.updated_at, one.acus_consumed, one.to_json()]
                database.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?)", row)
                count += 1
    print(count, "sessions changed")


asyncio.run(main())
