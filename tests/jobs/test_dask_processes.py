"""Fan-outs on a Dask cluster of processes that are killed: nothing is lost, nothing is doubled."""

import asyncio
from collections import Counter
from functools import partial

import pytest
from dask_jobs import Killer, create, create_once, die, fail, look_slowly, two_workers
from distributed import Client
from distributed.protocol import pickle
from ledger_jobs import states

from devin_async import DevinClient, Ledger, OutcomeUnknownError
from devin_async.dask import chunks, fan_out
from devin_async.sandbox import Sandbox

CREATE = "POST /v3/organizations/{org_id}/sessions"

pytestmark = pytest.mark.slow


@pytest.fixture
async def sandbox(monkeypatch):
    for name in ("DEVIN_SERVICE_USER_TOKEN", "DEVIN_ORG_ID", "DEVIN_API_VERSION"):
        monkeypatch.delenv(name, raising=False)
    async with Sandbox(organizations=1000, sessions=0, visibility_lag=0.4) as running:
        monkeypatch.setenv("DEVIN_API_KEY", running.token)
        monkeypatch.setenv("DEVIN_BASE_URL", running.url)
        yield running


@pytest.fixture
async def local(sandbox):
    async with two_workers(threads=1, processes=True) as running:
        yield running


@pytest.fixture
async def cluster(local):
    async with Client(local, asynchronous=True) as client:
        yield client


def started(sandbox):
    """Count the sessions of each organization."""
    return Counter(one.org_id for one in sandbox._state.sessions._all)


async def test_a_thousand_organizations_end_as_in_a_local_fan_out(cluster, sandbox):
    ids = sandbox.organization_ids
    async with DevinClient() as devin:
        source = devin.enterprise.organizations.list()
        local = await devin.fan_out(source, partial(look_slowly, devin), concurrency=32).collect()
        outcomes = await fan_out(cluster, source, look_slowly, concurrency=16).collect()
    assert outcomes == local
    assert [outcome.item.org_id for outcome in outcomes] == ids


async def test_errors_of_other_processes_are_those_of_this_one(cluster):
    outcomes = await fan_out(cluster, range(6), fail, concurrency=6).collect()
    assert [type(outcome.error).__name__ for outcome in outcomes] == [
        "ConflictError",
        "KeyError",
        "OutcomeUnknownError",
        "OutcomeUnknownError",
        "ExceptionGroup",
        "NoneType",
    ]


async def test_a_killed_process_costs_no_second_session_with_once(cluster, sandbox, tmp_path):
    ids = sandbox.organization_ids
    ledger = Ledger(tmp_path / "daily.sqlite", run="daily")
    worker = Killer(create_once, ids[300], tmp_path / "killed")
    job = fan_out(
        cluster, ids, worker, concurrency=8, chunk_size=25, ledger=ledger, rerun_unknown=True
    )
    outcomes = await job.collect()
    assert [outcome.item for outcome in outcomes if not outcome.ok] == []
    assert (tmp_path / "killed").exists()
    assert started(sandbox) == dict.fromkeys(ids, 1)
    assert ledger.report().counts["done"] == len(outcomes) == 1000
    assert ledger.report().table().endswith("\n1000 items: 1000 done")


async def test_a_killed_process_doubles_nothing_without_once_and_what_is_unknown_is_named(
    cluster, sandbox, tmp_path, monkeypatch
):
    monkeypatch.setattr(chunks, "_MOMENT", 5.0)  # on a slow disk each chunk is whole all the same
    ids = sandbox.organization_ids
    ledger = Ledger(tmp_path / "daily.sqlite", run="daily")
    worker = Killer(create, ids[300], tmp_path / "killed")
    job = fan_out(cluster, ids, worker, concurrency=8, chunk_size=25, ledger=ledger)
    outcomes = await job.collect()
    unknown = {outcome.item for outcome in outcomes if not outcome.ok}
    assert {type(one.error) for one in outcomes if not one.ok} == {OutcomeUnknownError}
    assert ids[300] in unknown
    assert len(unknown) in {25, 50}  # with the chunk before, if its outcomes were not handed over
    assert {key for key, state in states(ledger).items() if state == "unknown"} == unknown
    assert set(started(sandbox).values()) == {1}
    assert set(ids) - set(started(sandbox)) <= unknown


async def test_a_chunk_that_kills_too_many_processes_is_unknown(cluster, local):
    local.scheduler.allowed_failures = 1
    outcomes = await fan_out(cluster, [7], die, concurrency=1, rerun_unknown=True).collect()
    assert isinstance(outcomes[0].error, OutcomeUnknownError)


async def watched(local, running):
    """Gather all that the scheduler holds of a job, as long as it runs."""
    seen = set()
    while not running.done():
        for task in local.scheduler.tasks.values():
            seen.add(pickle.dumps((task.run_spec, task.exception_text, task.metadata)))
        seen.update(local.scheduler.worker_plugins.values())
        await asyncio.sleep(0.002)
    return b"".join(seen)


async def test_the_key_is_in_no_task_no_plugin_and_no_log(cluster, local, sandbox, caplog):
    caplog.set_level("DEBUG")
    ids = [*sandbox.organization_ids[:200], "org-unknown"]
    running = asyncio.create_task(
        fan_out(cluster, ids, create, concurrency=4, chunk_size=10).collect()
    )
    held = await watched(local, running)
    logs = f"{await cluster.get_worker_logs()} {await cluster.get_scheduler_logs()} {caplog.text}"
    assert b"dask_jobs" in held
    assert b"run_chunk" in held
    assert "Starting Worker plugin devin_async" in logs
    assert sandbox.token.encode() not in held
    assert sandbox.token not in logs
    assert sandbox.token not in f"{await running}"
