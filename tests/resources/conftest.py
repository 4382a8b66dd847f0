import pytest

from devin_async import DevinClient
from devin_async.sandbox import ManualClock, Sandbox


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=2, audit_logs=10, sessions=0, clock=ManualClock()) as running:
        yield running


@pytest.fixture
async def devin(sandbox):
    async with DevinClient(sandbox.token, base_url=sandbox.url, strict=True) as client:
        yield client


@pytest.fixture
def organization(devin, sandbox):
    """Give the scope of an organization as its enterprise sees it."""
    return devin.enterprise.organization(sandbox.organization_ids[0])
