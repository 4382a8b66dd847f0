"""Create a service user, in the organization DEVIN_ORG_ID or else in the first one."""

import asyncio
import os

from devin_async import DevinClient


async def main() -> None:
    async with DevinClient() as devin:
        org_id = os.environ.get("DEVIN_ORG_ID")
        if org_id is None:  # only the key of an enterprise may list organizations
            org_id = (await devin.enterprise.organizations.list().collect(limit=1))[0].id
        organization = devin.organization(org_id)
        service_user = await organization.service_users.create("CI/CD Bot", role="developer")
        print(f"Created service user: {service_user.id}")
        print(f"API key: {service_user.api_key}")  # shown this once


asyncio.run(main())
