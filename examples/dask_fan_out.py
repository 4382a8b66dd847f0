"""Find what happens most in each organization, on the processors of a Dask cluster."""

import asyncio
from collections import Counter

from distributed import Client

from devin_async import DevinClient
from devin_async.dask import fan_out
from devin_async.models.organizations import Organization


async def count_actions(devin: DevinClient, organization: Organization) -> Counter[str]:
    logs = devin.enterprise.organization(organization.id).audit_logs.list()
    return Counter([log.action async for log in logs])


async def main() -> None:
    local = Client(n_workers=2, dashboard_address=":0", asynchronous=True)
    async with DevinClient() as devin, local as cluster:
        organizations = devin.enterprise.organizations.list()
        job = fan_out(cluster, organizations, count_actions, concurrency=8)
        for outcome in await job.collect():
            most = outcome.value.most_common(2) if outcome.ok else outcome.error
            print(outcome.item.name, most)


if __name__ == "__main__":  # the processes of a local cluster import this file
    asyncio.run(main())
