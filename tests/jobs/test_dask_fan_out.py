"""Fan-outs on a Dask cluster end as local ones do; here its workers share the test's process."""

import asyncio
import threading
from functools import partial
from types import NoneType

import dask_jobs
import pytest
from dask_jobs import create, create_once, fail, give_no_awaitable, hang, hang_at_first, note
from distributed import Client, Future, LocalCluster
from ledger_jobs import KEYS, item_of, states
from waiting import until

from devin_async import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    DevinClient,
    FanOutError,
    InvalidArgumentError,
    Ledger,
    OutcomeUnknownError,
    PermissionDeniedError,
)
from devin_async.dask import fan_out, member
from devin_async.dask.member import Member
from devin_async.jobs.once import is_rerunning, rerunning
from devin_async.sandbox import Sandbox

KEY = "cog_0123456789abcdef0123456789abcdef"
CREATE = "POST /v3/organizations/{org_id}/sessions"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("DEVIN_SERVICE_USER_TOKEN", "DEVIN_ORG_ID", "DEVIN_API_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DEVIN_API_KEY", KEY)
    monkeypatch.setenv("DEVIN_BASE_URL", "http://127.0.0.1:9")  # nobody is there


@pytest.fixture(autouse=True)
def notes(monkeypatch):
    monkeypatch.setattr(dask_jobs, "NOTES", dask_jobs.Notes())
    return dask_jobs.NOTES


@pytest.fixture
async def local():
    async with dask_jobs.two_workers(threads=2, processes=False) as running:
        yield running


@pytest.fixture
async def cluster(local):
    async with Client(local, asynchronous=True) as client:
        yield client


@pytest.fixture
async def sandbox(monkeypatch):
    async with Sandbox(organizations=12) as running:
        monkeypatch.setenv("DEVIN_API_KEY", running.token)
        monkeypatch.setenv("DEVIN_BASE_URL", running.url)
        yield running


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "daily.sqlite", run="daily")


async def replace_workers(local):
    """End the Dask workers in the middle of their work, once others are there."""
    old = list(local.workers.values())
    local.scale(2 * len(old))
    await until(lambda: len(local.scheduler.workers) == 2 * len(old))
    for worker in old:
        await worker.close(nanny=False)


async def test_outcomes_are_those_of_a_local_fan_out(cluster, sandbox):
    ids = [*sandbox.organization_ids, "org-unknown"]
    async with DevinClient() as devin:
        local = await devin.fan_out(ids, partial(create_once, devin), concurrency=4).collect()
    ended = await fan_out(cluster, ids, create_once, concurrency=4, chunk_size=3).collect()
    assert [outcome.ok for outcome in ended] == [True] * 12 + [False]
    assert [outcome.result for outcome in ended] == [outcome.result for outcome in local]
    assert type(ended[12].error) is type(local[12].error) is PermissionDeniedError
    assert sandbox.count(CREATE) == 12


async def test_outcomes_come_as_their_chunks_end_and_are_collected_in_order(cluster):
    async with fan_out(cluster, range(9), note, concurrency=1, chunk_size=2) as outcomes:
        indexes = [outcome.index async for outcome in outcomes]
    assert sorted(indexes) == list(range(9))
    collected = await fan_out(cluster, range(9), note, concurrency=1, chunk_size=2).collect()
    assert [outcome.result for outcome in collected] == [f"{number} done" for number in range(9)]


async def test_an_asynchronous_source_is_read_here(cluster, sandbox):
    async def name(devin, organization):
        return organization.name

    async with DevinClient() as devin:
        source = devin.enterprise.organizations.list(page_size=5)
        outcomes = await fan_out(cluster, source, name, concurrency=2, chunk_size=4).collect()
    assert [outcome.result for outcome in outcomes] == [one.item.name for one in outcomes]
    assert len(outcomes) == 12


async def test_each_dask_worker_has_one_client_and_runs_so_many_items_at_once(cluster, notes):
    await fan_out(cluster, range(60), note, concurrency=3, chunk_size=10).collect()
    assert sorted(len(clients) for clients in notes.clients.values()) == [1, 1]
    assert set(notes.peaks.values()) == {3}
    assert set(notes.calls.values()) == {1}


async def test_the_clients_are_closed_with_the_job_and_the_cluster_is_not(cluster, local, notes):
    await fan_out(cluster, range(60), note, concurrency=3, chunk_size=10).collect()
    for (client,) in notes.clients.values():
        with pytest.raises(ConfigurationError, match="the client is closed"):
            await client.whoami()
    assert not [name for one in local.workers.values() for name in one.plugins if "devin" in name]
    assert await cluster.submit(sum, [1, 2]) == 3


async def test_a_client_that_is_a_copy_with_options_is_closed_too(cluster, notes):
    job = fan_out(
        cluster, range(4), note, concurrency=1, make_client=dask_jobs.make_limited, chunk_size=2
    )
    await job.collect()
    for (client,) in notes.clients.values():
        assert client._options.max_attempts == 1
        with pytest.raises(ConfigurationError, match="the client is closed"):
            await client.whoami()


async def test_errors_and_results_travel_and_those_that_cannot_are_told(cluster):
    ended = await fan_out(cluster, range(6), fail, concurrency=6).collect()
    assert isinstance(ended[0].error, ConflictError)
    assert (ended[0].error.status, ended[0].error.request_id) == (409, "req-7")
    assert repr(ended[1].error) == "KeyError(1)"
    assert str(ended[2].error) == (
        "the worker raised an UnloadableError, which cannot be pickled: this and that"
    )
    assert "the worker returned a lock, which cannot be pickled" in str(ended[3].error)
    assert [type(error) for error in ended[4].error.exceptions] == [ValueError, TypeError]
    assert {type(ended[2].error), type(ended[3].error)} == {OutcomeUnknownError}
    assert ended[5].value == 5


async def test_the_first_failure_ends_the_job_if_so_asked(cluster):
    job = fan_out(cluster, range(6), fail, concurrency=1, errors="raise", chunk_size=1)
    with pytest.raises(FanOutError, match="stopped by its first failure"):
        await job.collect()


async def test_a_ledger_is_kept_as_by_a_local_fan_out(cluster, sandbox, ledger):
    ids = [*sandbox.organization_ids, "org-unknown"]
    await fan_out(cluster, ids, create, concurrency=4, ledger=ledger).collect()
    assert states(ledger) == dict.fromkeys(ids, "done") | {"org-unknown": "failed"}
    assert item_of(ledger, ids[0]).recorded["session_id"].startswith("devin-")
    again = fan_out(cluster, ids, create, concurrency=4, ledger=ledger, retry_failed=True)
    assert [outcome.item for outcome in await again.collect()] == ["org-unknown"]
    assert sandbox.count(CREATE) == 14


async def test_refused_probes_cost_two_requests(cluster, sandbox, monkeypatch):
    monkeypatch.setenv("DEVIN_API_KEY", sandbox.add_token(permissions=()))
    ids = sandbox.organization_ids
    job = fan_out(cluster, ids, create, concurrency=4, probe_first=True)
    with pytest.raises(FanOutError, match="the first items of a fan-out were refused"):
        await job.collect()
    assert len(sandbox.requests) == 2


async def test_leaving_early_ends_what_runs_on_the_dask_workers(cluster, local, notes):
    before = asyncio.all_tasks()
    async with fan_out(cluster, range(8), hang, concurrency=2, chunk_size=2) as outcomes:
        reading = asyncio.create_task(anext(aiter(outcomes)))
        await until(lambda: len(notes.calls) == 4)
        reading.cancel()
        await asyncio.wait([reading])
    assert notes.cancelled == notes.calls
    await until(lambda: not local.scheduler.tasks)
    names = {task.get_name() for task in asyncio.all_tasks() - before}
    assert not [name for name in names if "devin" in name]
    assert await cluster.submit(sum, [1, 2]) == 3


async def test_nothing_of_a_job_is_left_on_the_scheduler(cluster, local, notes):
    await fan_out(cluster, range(20), note, concurrency=2, chunk_size=4).collect()
    async with fan_out(cluster, range(8), hang, concurrency=2, chunk_size=2) as outcomes:
        reading = asyncio.create_task(anext(aiter(outcomes)))
        await until(lambda: sum(notes.calls.values()) == 24)
        reading.cancel()
        await asyncio.wait([reading])
    assert not local.scheduler.extensions["events"]._events
    assert not [name for name in local.scheduler.worker_plugins if "devin" in name]


async def test_a_dask_client_that_is_closed_meanwhile_costs_no_outcome(local, notes):
    client = await Client(local, asynchronous=True)
    ended = []
    async with fan_out(client, range(6), hang_at_last, concurrency=2, chunk_size=2) as outcomes:
        async for outcome in outcomes:
            ended.append(outcome)
            if len(ended) == 2:
                await client.close()
    kinds = [type(outcome.error) for outcome in sorted(ended, key=lambda one: one.index)]
    assert kinds == [NoneType, NoneType, *[OutcomeUnknownError] * 4]


async def test_a_cluster_that_is_gone_ends_the_job_and_leaves_the_rest_pending(
    cluster, local, ledger
):
    items = [str(number) for number in range(60)]
    job = fan_out(cluster, items, note, concurrency=1, chunk_size=2, ledger=ledger)

    async def read():
        async with job as outcomes:
            async for _ in outcomes:
                await local.close()

    with pytest.raises(ConfigurationError, match="no more items were sent: its scheduler"):
        await read()
    assert {"done", "pending"} <= set(states(ledger).values())


async def hang_at_last(devin, item):
    return await (note if item < 2 else hang)(devin, item)


async def test_a_synchronous_client_will_do(sandbox):
    ids = sandbox.organization_ids

    def start():
        local = LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
        )
        return local, Client(local)

    local, client = await asyncio.to_thread(start)
    try:
        outcomes = await fan_out(client, ids, create, concurrency=4, chunk_size=4).collect()
        assert all(outcome.ok for outcome in outcomes)
        assert client.submit(sum, [1, 2]).result() == 3
    finally:
        await asyncio.to_thread(client.close)
        await asyncio.to_thread(local.close)


async def test_a_chunk_whose_dask_worker_ends_is_unknown(cluster, local, ledger, notes):
    job = fan_out(cluster, KEYS, hang_at_first, concurrency=8, chunk_size=4, ledger=ledger)
    running = asyncio.create_task(job.collect())
    await until(lambda: len(notes.calls) == 8)
    await replace_workers(local)
    outcomes = await running
    assert {type(outcome.error) for outcome in outcomes} == {OutcomeUnknownError}
    assert "its Dask worker died. Look what was done" in str(outcomes[0].error)
    assert set(states(ledger).values()) == {"unknown"}
    assert set(notes.calls.values()) == {1}


async def test_a_chunk_whose_dask_worker_ends_runs_again_if_so_asked(
    cluster, local, sandbox, notes
):
    ids = sandbox.organization_ids
    job = fan_out(cluster, ids, hang_at_first, concurrency=12, chunk_size=6, rerun_unknown=True)
    running = asyncio.create_task(job.collect())
    await until(lambda: len(notes.calls) == 12)
    await replace_workers(local)
    assert all(outcome.ok for outcome in await running)
    assert sandbox.count(CREATE) == 12


async def test_a_chunk_that_was_begun_is_unknown_where_it_cannot_run_again(
    cluster, local, ledger, notes, monkeypatch
):
    job = fan_out(
        cluster, KEYS, hang_at_first, concurrency=8, chunk_size=4, ledger=ledger, rerun_unknown=True
    )
    running = asyncio.create_task(job.collect())
    await until(lambda: len(notes.calls) == 8)
    monkeypatch.delenv("DEVIN_API_KEY")
    await replace_workers(local)
    outcomes = await running
    assert "a chunk on the Dask cluster was lost: the Dask worker inproc" in str(outcomes[0].error)
    assert set(states(ledger).values()) == {"unknown"}


async def test_a_chunk_that_somebody_cancels_on_the_cluster_is_unknown(cluster, notes):
    job = fan_out(cluster, KEYS, hang, concurrency=8, chunk_size=4)
    running = asyncio.create_task(job.collect())
    await until(lambda: len(notes.calls) == 8)
    await cluster.cancel([Future(key, cluster) for key in list(cluster.futures)], force=True)
    outcomes = await running
    assert {type(outcome.error) for outcome in outcomes} == {OutcomeUnknownError}
    assert "a chunk on the Dask cluster was lost" in str(outcomes[0].error)
    assert notes.cancelled == notes.calls


async def test_a_rerun_looks_before_it_creates(cluster, local, sandbox, notes):
    """Its first look finds nothing, so it looks once more before `settle` ends, and creates."""
    (org_id, *_) = sandbox.organization_ids
    job = fan_out(cluster, [org_id], hang_at_first, concurrency=1, rerun_unknown=True)
    running = asyncio.create_task(job.collect())
    await until(lambda: notes.calls)
    (busy,) = [one for one in local.workers.values() if one.state.executing]
    await busy.close(nanny=False)
    await running
    assert sandbox.count("GET /v3/organizations/{org_id}/sessions") > 1
    assert sandbox.count(CREATE) == 1


async def test_what_the_program_calls_a_rerun_is_one_on_the_dask_workers(cluster):
    async def is_rerun(devin, item):
        return is_rerunning()

    with rerunning():
        again = await fan_out(cluster, KEYS, is_rerun, concurrency=2, chunk_size=3).collect()
    first = await fan_out(cluster, KEYS, is_rerun, concurrency=2, chunk_size=3).collect()
    assert [{outcome.result for outcome in one} for one in (again, first)] == [{True}, {False}]


def bound(devin):
    return lambda _, item: devin.organization(item).sessions.create("Check")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"worker": bound(DevinClient("cog_key"))}, "worker cannot be pickled.*Use the client"),
        ({"worker": partial(note, threading.Lock())}, "worker cannot be pickled.*cannot pickle"),
        ({"make_client": partial(DevinClient, KEY)}, "make_client holds an API key"),
        ({"make_client": lambda: DevinClient(KEY[::-1][::-1])}, "make_client holds an API key"),
        ({"worker": "note"}, "worker is a str; allowed: a callable"),
        ({"make_client": DevinClient("cog_key")}, "make_client is a DevinClient; allowed: a"),
        ({"chunk_size": 0}, "chunk_size is 0; allowed: a whole number, 1 or more"),
        ({"concurrency": 0}, "concurrency is 0; allowed: a whole number, 1 or more"),
        ({"key": str}, "key= given without ledger="),
        ({"source": 7}, "source is an int; allowed: an iterable"),
    ],
)
async def test_what_cannot_be_used_is_refused_at_once(cluster, arguments, message):
    usual = {"source": KEYS, "worker": note, "concurrency": 1}
    with pytest.raises(InvalidArgumentError, match=f"(?s){message}"):
        fan_out(cluster, **(usual | arguments))


OTHER_KEY = "not-shaped-as-a-key-of-a-service-user"


def key_of():
    return OTHER_KEY


@pytest.mark.parametrize("key", [OTHER_KEY, key_of])
async def test_the_key_of_any_client_of_the_program_is_refused(cluster, sandbox, key):
    async with DevinClient(key) as devin:
        with pytest.raises(AuthenticationError):  # it was asked for and sent
            await devin.whoami()
        with pytest.raises(InvalidArgumentError, match="worker holds an API key"):
            fan_out(cluster, KEYS, partial(note, OTHER_KEY), concurrency=1)


async def test_passwords_of_proxies_and_secret_headers_are_refused(cluster, monkeypatch):
    devin = DevinClient(proxy="http://me:pass%20word%20one@proxy.example:3128")
    copy = devin.with_options(headers={"X-Api-Token": "the token of a gateway"})
    monkeypatch.setenv("https_proxy", "http://me:password-two@proxy.example:3128")
    for secret in ("pass word one", "pass%20word%20one", "the token of a gateway", "password-two"):
        with pytest.raises(InvalidArgumentError, match="worker holds an API key"):
            fan_out(cluster, KEYS, partial(note, secret), concurrency=1)
    assert copy is not devin


async def test_a_cluster_without_a_client_is_refused(local):
    with pytest.raises(InvalidArgumentError, match="cluster is a LocalCluster; allowed: a client"):
        fan_out(local, KEYS, note, concurrency=1)


@pytest.mark.parametrize(
    ("item", "message"),
    [(threading.Lock(), "cannot be pickled"), ((KEY, "org-1"), "holds an API key")],
)
async def test_an_item_that_may_not_travel_ends_the_job_before_anything_is_submitted(
    cluster, local, item, message
):
    job = fan_out(cluster, [item] * 5, note, concurrency=1)
    with pytest.raises(InvalidArgumentError, match=f"an item of the source {message}"):
        await job.collect()
    assert [outcome.index for outcome in job._collected] == [0]
    assert not local.scheduler.task_prefixes


async def test_an_item_that_dask_workers_cannot_load_ends_the_job(cluster):
    with pytest.raises(ConfigurationError, match="cannot take part: an item cannot be loaded"):
        await fan_out(cluster, [dask_jobs.Outside()] * 5, note, concurrency=1).collect()


async def test_what_cannot_be_awaited_ends_the_job_at_its_first_item(cluster, notes):
    with pytest.raises(TypeError, match="the worker gave an int, which cannot be awaited"):
        await fan_out(cluster, range(9), give_no_awaitable, concurrency=4).collect()
    assert notes.calls == {0: 1}


async def test_a_cluster_without_workers_is_told(sandbox):
    async with (
        LocalCluster(
            n_workers=0, processes=False, asynchronous=True, dashboard_address=":0"
        ) as empty,
        Client(empty, asynchronous=True) as cluster,
    ):
        with pytest.raises(ConfigurationError, match="the Dask cluster has no workers"):
            await fan_out(cluster, KEYS, note, concurrency=1).collect()


async def test_a_client_that_is_not_running_is_told(cluster):
    closed = Client(cluster.scheduler.address, asynchronous=True)
    with pytest.raises(ConfigurationError, match="an asynchronous one is made by `async with"):
        await fan_out(closed, KEYS, note, concurrency=1).collect()
    await closed
    await closed.close()


async def test_dask_workers_without_a_key_are_told_once(cluster, local, monkeypatch):
    monkeypatch.delenv("DEVIN_API_KEY")
    with pytest.raises(ConfigurationError, match="cannot take part: there is no API key") as caught:
        await fan_out(cluster, KEYS, note, concurrency=1).collect()
    assert any(worker.address in str(caught.value) for worker in local.workers.values())
    assert not [name for one in local.workers.values() for name in one.plugins if "devin" in name]


async def test_dask_workers_of_another_version_are_told(cluster, monkeypatch):
    job = fan_out(cluster, KEYS, note, concurrency=1)
    monkeypatch.setattr(member, "__version__", "9.9")
    with pytest.raises(ConfigurationError, match=r"it has devin_async 9\.9, and the program "):
        await job.collect()


@pytest.mark.parametrize(
    ("make_client", "message"),
    [
        (lambda: 7, "make_client gave an int, no DevinClient"),
        (lambda: 1 / 0, "cannot take part: ZeroDivisionError"),
    ],
)
async def test_a_client_that_cannot_be_made_is_told(cluster, make_client, message):
    with pytest.raises(ConfigurationError, match=message):
        await fan_out(cluster, KEYS, note, concurrency=1, make_client=make_client).collect()


async def test_a_job_that_dask_workers_cannot_load_is_told(cluster):
    worker = partial(note, dask_jobs.Outside())
    with pytest.raises(ConfigurationError, match="it cannot load the job: there is no such module"):
        await fan_out(cluster, KEYS, worker, concurrency=1).collect()


async def test_a_dask_worker_that_joins_and_cannot_take_part_ends_the_job(
    cluster, local, monkeypatch, notes
):
    job = fan_out(cluster, iter(range(10_000)), hang, concurrency=1, chunk_size=1)
    running = asyncio.create_task(job.collect())
    await until(lambda: len(notes.calls) == 2)
    monkeypatch.delenv("DEVIN_API_KEY")
    local.scale(3)
    await until(lambda: job._runner._obstacle is not None)
    notes.release.set()
    with pytest.raises(ConfigurationError, match="cannot take part: there is no API key"):
        await running
    assert len(notes.calls) < 10


def test_a_member_holds_neither_client_nor_key_when_it_travels():
    assert "_devin" not in vars(Member(b"job", concurrency=1, rerun_unknown=False))
