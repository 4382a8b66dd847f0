"""Rehearse a job over all organizations, then run it within a budget."""

import asyncio
from collections.abc import Awaitable, Callable

from devin_async import Budget, BudgetExceededError, DevinClient
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session


def check_with(devin: DevinClient) -> Callable[[Organization], Awaitable[Session]]:
    def start(organization: Organization) -> Awaitable[Session]:
        sessions = devin.organization(organization.id).sessions
        return sessions.create(f"Check the health of {organization.name}", max_acu_limit=5)

    return start


async def main() -> None:
    async with DevinClient() as devin:
        organizations = devin.enterprise.organizations.list()

        dry = devin.with_options(dry_run=True)
        for planned in await dry.fan_out(organizations, check_with(dry), concurrency=8).plan():
            print(f"{planned.item.name}: would send {planned.request}")

        worker = check_with(devin.with_options(budget=Budget(acus=15)))
        run = devin.fan_out(organizations, worker, concurrency=8, probe_first=True)
        for outcome in await run.collect():
            if outcome.ok:
                print(f"{outcome.item.name}: {outcome.value.url}")
            elif isinstance(outcome.error, BudgetExceededError):
                print(f"{outcome.item.name}: left out, {outcome.error.message}")
            else:
                print(f"{outcome.item.name}: FAILED, {outcome.error}")


asyncio.run(main())
