"""A fan-out that tries its first item alone, and one that only plans."""

import asyncio

import pytest
from ledger_jobs import KEYS, Work, lost, rejected, run, states

from devin_async import (
    AuthenticationError,
    ConfigurationError,
    DevinClient,
    DryRun,
    FanOutError,
    Ledger,
    PermissionDeniedError,
)
from devin_async.jobs.fan_out import FanOut
from devin_async.sandbox import Sandbox

NO_KEY = AuthenticationError("who?", status=401)
NOT_ALLOWED = PermissionDeniedError("no", status=403)


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "daily.sqlite", run="2026-11-22")


def probing(worker, **options):
    return FanOut(KEYS, worker, concurrency=4, probe_first=True, **options)


async def test_the_first_item_runs_alone_and_the_others_after_it():
    alone, started = asyncio.Event(), []

    async def wait(item):
        started.append(item)
        if item == KEYS[0]:
            await alone.wait()

    async with probing(wait) as outcomes:
        first = asyncio.ensure_future(anext(aiter(outcomes)))
        for _ in range(50):
            await asyncio.sleep(0)
        assert started == KEYS[:1]
        alone.set()
        assert (await first).item == KEYS[0]
        assert [outcome.item async for outcome in outcomes._reader] == KEYS[1:]


async def test_a_key_that_is_refused_stops_the_fan_out_after_its_first_outcome():
    work, seen = Work(org_1=NO_KEY), []
    with pytest.raises(FanOutError, match="were refused, as all would be") as caught:
        await read_into(seen, probing(work))
    assert [(outcome.item, outcome.error) for outcome in seen] == [("org-1", NO_KEY)]
    assert caught.value.exceptions == (NO_KEY,)
    assert work.calls == {"org-1": 1}


async def test_a_permission_that_two_items_in_a_row_miss_stops_the_fan_out():
    work, seen = Work(org_1=NOT_ALLOWED, org_2=NOT_ALLOWED), []
    with pytest.raises(FanOutError, match="were refused, as all would be") as caught:
        await read_into(seen, probing(work))
    assert [outcome.item for outcome in seen] == ["org-1", "org-2"]
    assert caught.value.exceptions == (NOT_ALLOWED, NOT_ALLOWED)
    assert work.calls == {"org-1": 1, "org-2": 1}


async def test_an_organization_that_is_not_the_keys_stops_nothing():
    outcomes = await probing(Work(org_1=NOT_ALLOWED)).collect()
    assert [outcome.ok for outcome in outcomes] == [False] + [True] * 7


@pytest.mark.parametrize(
    "refusal",
    [
        PermissionDeniedError("no", status=403, error_code="org_usage_limit_exceeded"),
        PermissionDeniedError("The organization has used up its quota", status=403),
        PermissionDeniedError("Out of credits", status=403),
    ],
)
async def test_quotas_of_the_first_organizations_stop_nothing_and_are_met_one_by_one(refusal):
    running, most = 0, []
    refused = {"org-1", "org-2", "org-3"}

    async def work(item):
        nonlocal running
        running += 1
        most.append(running)
        await asyncio.sleep(0)
        running -= 1
        if item in refused:
            raise refusal
        return item

    outcomes = await probing(work).collect()
    assert [outcome.ok for outcome in outcomes] == [False] * 3 + [True] * 5
    assert most[:4] == [1] * 4
    assert max(most) == 4


async def test_a_quota_between_two_refusals_keeps_them_from_being_everybodys():
    quota = PermissionDeniedError("no", status=403, error_code="org_usage_limit_exceeded")
    work = Work(org_1=NOT_ALLOWED, org_2=quota, org_3=NOT_ALLOWED)
    assert len(await probing(work).collect()) == len(KEYS)


async def read_into(seen, fan_out):
    async with fan_out as outcomes:
        async for outcome in outcomes:
            seen.append(outcome)


@pytest.mark.parametrize("fault", [rejected(), lost(), KeyError("x")], ids=["409", "lost", "other"])
async def test_another_failure_of_the_first_item_stops_nothing(fault):
    outcomes = await probing(Work(org_1=fault)).collect()
    assert [outcome.ok for outcome in outcomes] == [False] + [True] * 7


async def test_a_refusal_of_a_later_item_stops_nothing():
    outcomes = await probing(Work(org_2=NO_KEY)).collect()
    assert [outcome.ok for outcome in outcomes] == [True, False] + [True] * 6


async def test_a_refused_first_item_leaves_the_rest_of_the_ledger_pending(ledger):
    with pytest.raises(FanOutError):
        await probing(Work(org_1=NO_KEY), ledger=ledger).collect()
    assert states(ledger) == {**dict.fromkeys(KEYS, "pending"), "org-1": "failed"}


async def test_the_first_item_is_the_first_that_the_ledger_lets_run(ledger):
    await run(ledger, Work(org_3=rejected(), org_5=rejected()))
    work = Work(org_3=NO_KEY)
    with pytest.raises(FanOutError):
        await probing(work, ledger=ledger, retry_failed=True).collect()
    assert work.calls == {"org-3": 1}


async def test_a_probe_fails_as_any_item_does_with_errors_raise():
    with pytest.raises(FanOutError, match="stopped by its first failure"):
        await probing(Work(org_1=NO_KEY), errors="raise").collect()


async def test_a_missing_permission_costs_two_requests_in_the_sandbox():
    async with Sandbox(organizations=20, seed=7) as sandbox:
        key = sandbox.add_token(permissions=("ViewAccountOrganizations",))
        async with DevinClient(key, base_url=sandbox.url) as devin:
            ids = sandbox.organization_ids
            job = devin.fan_out(
                ids,
                lambda org_id: devin.organization(org_id).sessions.create("Check"),
                concurrency=10,
                probe_first=True,
            )
            with pytest.raises(FanOutError) as caught:
                await job.collect()
        sent = [request.method for request in sandbox.requests]
    assert sent == ["POST", "POST"]
    assert isinstance(caught.value.exceptions[0], PermissionDeniedError)


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=4, seed=7) as running:
        yield running


@pytest.fixture
async def rehearsal(sandbox):
    async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
        yield devin.with_options(dry_run=True)


async def test_a_plan_tells_in_order_what_each_worker_would_send_first(sandbox, rehearsal):
    ids = sandbox.organization_ids
    plan = await rehearsal.fan_out(
        ids,
        lambda org_id: rehearsal.organization(org_id).sessions.create(f"Check {org_id}"),
        concurrency=3,
    ).plan()
    assert [(one.index, one.item, one.error) for one in plan] == [
        (index, org_id, None) for index, org_id in enumerate(ids)
    ]
    assert [(one.request.method, one.request.path) for one in plan] == [
        ("POST", f"/v3/organizations/{org_id}/sessions") for org_id in ids
    ]
    assert [one.request.json["prompt"] for one in plan] == [f"Check {org_id}" for org_id in ids]
    assert not sandbox.requests


async def test_a_plan_shows_workers_that_write_nothing_and_those_that_fail(rehearsal):
    read, broken = await rehearsal.fan_out(
        ["org-1", "org-2"], Work(org_2=rejected()), concurrency=1, errors="raise", probe_first=True
    ).plan()
    assert (read.request, read.error) == (None, None)
    assert broken.request is None
    assert str(broken.error) == "the limit is reached"


async def test_a_plan_shows_the_first_of_the_writes_that_a_worker_sends_side_by_side(rehearsal):
    async def in_a_group(org_id):
        async with asyncio.TaskGroup() as group:
            for prompt in ("first", "second"):
                group.create_task(rehearsal.organization(org_id).sessions.create(prompt))

    async def in_a_fan_out(org_id):
        create = rehearsal.organization(org_id).sessions.create
        await rehearsal.fan_out(["first"], create, concurrency=1, errors="raise").collect()

    for worker in (in_a_group, in_a_fan_out):
        (one,) = await rehearsal.fan_out(["org-1"], worker, concurrency=1).plan()
        assert one.request is not None
        assert (one.request.json, one.error) == ({"prompt": "first"}, None)


async def test_a_plan_leaves_the_ledger_alone(rehearsal, ledger):
    plan = await rehearsal.fan_out(KEYS, Work(), concurrency=2, ledger=ledger).plan()
    assert len(plan) == len(KEYS)
    assert not ledger.path.exists()


async def test_a_rehearsal_that_is_collected_leaves_the_ledger_alone(rehearsal, ledger):
    await run(ledger, Work(org_2=rejected()), KEYS)
    before = ledger.report()
    several = ExceptionGroup("several writes", [DryRun("not sent"), DryRun("not sent")])
    job = rehearsal.fan_out(
        KEYS, Work(org_2=several), concurrency=2, ledger=ledger, retry_failed=True
    )
    assert len(await job.collect()) == len(KEYS)
    assert ledger.report() == before


async def test_a_plan_is_refused_to_a_client_that_would_send_it(sandbox):
    work = Work()
    async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
        job = devin.fan_out(KEYS, work, concurrency=2)
        with pytest.raises(ConfigurationError, match="dry_run=True"):
            await job.plan()
    assert work.calls == {}
