"""A fan-out with a ledger: a worker that wrote something before it failed is not called failed."""

import asyncio
import pickle

import pytest
from clocks import Outlasting
from ledger_jobs import states

from devin_async import (
    DevinClient,
    Ledger,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
)
from devin_async.sandbox import Fault, Sandbox

CREATE = "POST /v3/organizations/{org_id}/sessions"


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=1) as sandbox:
        yield sandbox


@pytest.fixture
async def devin(sandbox):
    async with DevinClient(sandbox.token, base_url=sandbox.url, api_version="v3") as devin:
        yield devin


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "daily.sqlite", run="2026-11-22")


async def run(devin, ledger, worker, **options):
    """Run the worker for the only organization."""
    org_ids = [one.org_id async for one in devin.enterprise.organizations.list()]
    job = devin.fan_out(org_ids, worker, concurrency=2, ledger=ledger, **options)
    return await job.collect()


async def count(devin):
    return len([one async for one in devin.enterprise.sessions.list()])


def refused(devin, org_id):
    return devin.organization(org_id).sessions.get("devin-unknown")


async def test_a_worker_that_was_refused_after_its_create_does_not_run_as_failed(devin, ledger):
    async def check(org_id):
        await devin.organization(org_id).sessions.create("Check the health")
        await refused(devin, org_id)

    before = await count(devin)
    (outcome,) = await run(devin, ledger, check)
    assert isinstance(outcome.error, NotFoundError)
    assert set(states(ledger).values()) == {"unknown"}
    assert await run(devin, ledger, check, retry_failed=True) == []
    assert await count(devin) == before + 1


async def test_a_worker_that_only_read_before_it_was_refused_has_failed(devin, ledger):
    async def check(org_id):
        await devin.enterprise.organizations.get(org_id)
        await refused(devin, org_id)

    (outcome,) = await run(devin, ledger, check)
    assert not outcome.error.after_write
    assert set(states(ledger).values()) == {"failed"}


async def test_a_write_that_was_refused_is_none(devin, ledger, sandbox):
    sandbox.inject(Fault(route=CREATE, status=409))

    async def check(org_id):
        with pytest.raises(Exception, match="409"):
            await devin.organization(org_id).sessions.create("Check the health")
        await refused(devin, org_id)

    await run(devin, ledger, check)
    assert set(states(ledger).values()) == {"failed"}


async def test_a_write_whose_outcome_is_unknown_counts_also_when_the_worker_goes_on(
    devin, ledger, sandbox
):
    sandbox.inject(Fault(route=CREATE, reset="after"))

    async def check(org_id):
        with pytest.raises(OutcomeUnknownError):
            await devin.organization(org_id).sessions.create("Check the health")
        await refused(devin, org_id)

    await run(devin, ledger, check)
    assert set(states(ledger).values()) == {"unknown"}


async def test_a_write_that_the_worker_gave_up_waiting_for_counts(devin, ledger, sandbox):
    sandbox.inject(Fault(route=CREATE, hold=Outlasting(51)))

    async def check(org_id):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(50):
                await devin.organization(org_id).sessions.create("Check the health")
        await refused(devin, org_id)

    await run(devin, ledger, check)
    assert set(states(ledger).values()) == {"unknown"}


async def test_the_writes_of_a_workers_tasks_and_of_its_own_fan_out_count(devin, ledger):
    async def check(org_id):
        sessions = devin.organization(org_id).sessions
        asked = devin.fan_out(["Check the health"], sessions.create, concurrency=1)
        await asyncio.gather(asyncio.create_task(asked.collect()))
        await refused(devin, org_id)

    await run(devin, ledger, check)
    assert set(states(ledger).values()) == {"unknown"}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_what_may_be_sent_twice_is_a_write_all_the_same(devin, ledger, method):
    (org_id,) = [one.org_id async for one in devin.enterprise.organizations.list()]
    sessions = devin.organization(org_id).sessions
    session = await sessions.create("Check the health")

    async def change(org_id):
        if method == "PUT":
            await sessions.replace_tags(session.session_id, ["seen"])
        else:
            await sessions.terminate(session.session_id)
        await refused(devin, org_id)

    (outcome,) = await run(devin, ledger, change)
    assert outcome.error.after_write
    assert set(states(ledger).values()) == {"unknown"}


async def test_what_one_item_wrote_is_not_told_of_another(devin):
    (org_id,) = [one.org_id async for one in devin.enterprise.organizations.list()]
    sessions = devin.organization(org_id).sessions

    async def work(name):
        await (sessions.create("Check the health") if name == "writer" else asyncio.sleep(0))
        await refused(devin, org_id)

    outcomes = await devin.fan_out(["writer", "reader"], work, concurrency=2).collect()
    assert [outcome.error.after_write for outcome in outcomes] == [True, False]


def test_another_process_is_told_of_the_write():
    error = PermissionDeniedError("no", status=403)
    error.after_write = True
    assert pickle.loads(pickle.dumps(error)).after_write
