"""A daily job over all organizations, as a process that is killed: url, token, ledger, way."""

import asyncio
import sys

from devin_async import DevinClient, Ledger

SETTLE = 4


async def main(url, token, path, way):
    with_key = way == "once"
    async with DevinClient(token, base_url=url, deadline=300) as devin:

        async def start(organization):
            key = {"once": f"health-{organization.org_id}", "settle": SETTLE} if with_key else {}
            await devin.organization(organization.org_id).sessions.create("Check it", **key)

        job = devin.fan_out(
            devin.enterprise.organizations.list(),
            start,
            concurrency=32,
            ledger=Ledger(path, run="today"),
            rerun_unknown=with_key,
            retry_failed=True,
        )
        async with job as outcomes:
            async for _ in outcomes:
                print("outcome", flush=True)  # noqa: T201 - who kills it counts these


asyncio.run(main(*sys.argv[1:]))
