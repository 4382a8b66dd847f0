import sys
from pathlib import Path

import pytest
from inside import live_in

from devin_async import DevinClient
from devin_async.sandbox import Sandbox, make_fault

# What the tests run small, `python -m benchmarks.soak` runs large.
sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=2, audit_logs=300, seed=7) as running:
        yield running


@pytest.fixture
async def connect(sandbox):
    """Give a function that makes a client of the sandbox, on a quick clock unless told."""
    from benchmarks.chaos.running import QuickClock  # noqa: PLC0415 - behind the path above

    made = []

    def make(*, quick=True, **options) -> DevinClient:
        settings = {"max_attempts": 2, "base_url": sandbox.url, "strict": True} | options
        client = DevinClient(settings.pop("api_key", sandbox.token), **settings)
        if quick:
            live_in(client, QuickClock())
        made.append(client)
        return client

    yield make
    for client in made:
        await client.close()


@pytest.fixture
def devin(connect):
    return connect()


@pytest.fixture
def strike(sandbox):
    """Give a function that injects a fault of a known kind."""

    def inject(kind, **when):
        return sandbox.inject(make_fault(kind, **when))

    return inject


@pytest.fixture
async def attachments(connect, sandbox):
    return connect().organization(sandbox.organization_ids[0]).attachments
