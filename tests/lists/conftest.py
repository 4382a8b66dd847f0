import pytest
from clocks import FakeClock
from inside import live_in

from devin_async import DevinClient
from devin_async.lists.export import manifest
from devin_async.sandbox import ManualClock, Sandbox


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Let exports commit every few hundred rows."""
    monkeypatch.setattr(manifest, "BLOCK", 40_000)


@pytest.fixture
async def open_world():
    """Give a function that starts a sandbox and a client that lives in its time."""
    opened = []

    async def start(**options) -> tuple[Sandbox, DevinClient]:
        settings = {"audit_logs": 3000, "audit_span": 40_000, "clock": ManualClock()} | options
        sandbox = Sandbox(**settings)
        await sandbox.start()
        devin = DevinClient(sandbox.token, base_url=sandbox.url, strict=True)
        live_in(devin, FakeClock(sandbox.clock))
        opened.append((sandbox, devin))
        return sandbox, devin

    yield start
    for sandbox, devin in opened:
        await devin.close()
        await sandbox.close()


@pytest.fixture
async def world(open_world):
    return await open_world()


@pytest.fixture
def sandbox(world):
    return world[0]


@pytest.fixture
def devin(world):
    return world[1]
