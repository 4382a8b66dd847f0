"""A job over a thousand organizations that is killed and started again until it is done."""

import asyncio
import contextlib
import sys
from collections import Counter
from pathlib import Path

import pytest
from waiting import settled, until

from devin_async import Ledger
from devin_async.sandbox import Fault, Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

WORKER = Path(__file__).with_name("restarting_worker.py")
ORGANIZATIONS = 1000
CREATE = "POST /v3/organizations/{org_id}/sessions"


async def run_until(sandbox, path, way, outcomes=None):
    """Run the job; kill it after so many outcomes. Tell whether it came to its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(WORKER), sandbox.url, sandbox.token, str(path), way),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        seen = 0
        async for _ in process.stdout:
            seen += 1
            if seen == outcomes:
                return False
        return await process.wait() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def killed_while_held(sandbox, path, way):
    """Kill the job while the server has committed creates and holds their answers."""
    hold = asyncio.Event()
    fault = Fault(route=CREATE, at=tuple(range(5, 15)), hold=hold)
    sandbox.inject(fault)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(WORKER), sandbox.url, sandbox.token, str(path), way),
        stdout=asyncio.subprocess.DEVNULL,
    )
    await until(lambda: fault.seen >= 15)
    assert fault.hits >= 5  # some of the ten may have met the other fault
    await settled()
    process.kill()
    await process.wait()
    hold.set()


@pytest.fixture
async def sandbox():
    async with Sandbox(
        organizations=ORGANIZATIONS, sessions=0, seed=3, visibility_lag=1.0
    ) as running:
        yield running


def started(sandbox):
    """Count the sessions of each organization."""
    return Counter(one.org_id for one in sandbox._state.sessions.newest_first(None))


async def interrupted(sandbox, path, way):
    """Kill the job three times, under 5 % lost answers, and then let it come to its end."""
    sandbox.inject(Fault(route=CREATE, probability=0.05, reset="after"))
    assert not await run_until(sandbox, path, way, outcomes=300)
    await killed_while_held(sandbox, path, way)
    assert not await run_until(sandbox, path, way, outcomes=200)
    for _ in range(10):
        if await run_until(sandbox, path, way):
            return
    raise AssertionError("it never came to its end")


async def test_with_once_each_organization_has_one_session(sandbox, tmp_path):
    path = tmp_path / "daily.sqlite"
    await interrupted(sandbox, path, "once")
    counts = Ledger(path, run="today").report().counts
    assert counts["done"] == ORGANIZATIONS
    assert sum(counts.values()) == ORGANIZATIONS
    assert Counter(started(sandbox).values()) == {1: ORGANIZATIONS}


async def test_without_once_no_organization_has_two_and_the_unknown_ones_are_named(
    sandbox, tmp_path
):
    path = tmp_path / "daily.sqlite"
    await interrupted(sandbox, path, "plain")
    report = Ledger(path, run="today").report()
    sessions = started(sandbox)
    assert max(sessions.values()) == 1
    unknown = {item.key for item in report.items if item.state == "unknown"}
    done = {item.key for item in report.items if item.state == "done"}
    assert len(unknown) >= 5
    assert unknown | done == {item.key for item in report.items}
    assert len(report.items) == ORGANIZATIONS
    assert done <= sessions.keys() <= done | unknown
