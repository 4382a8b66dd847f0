"""Start a session, in the organization DEVIN_ORG_ID or else in the first one."""

import asyncio
import os

from devin_async import DevinClient


async def main() -> None:
    async with DevinClient() as devin:
        org_id = os.environ.get("DEVIN_ORG_ID")
        if org_id is None:  # only the key of an enterprise may list organizations
            org_id = (await devin.enterprise.organizations.list().collect(limit=1))[0].id
        organization = devin.organization(org_id)
        session = await organization.sessions.create("Write a Python script that analyses CSV data")
        print(f"Created session: {session.session_id}")
        print(f"URL: {session.url}")


asyncio.run(main())
