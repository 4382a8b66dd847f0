"""Budgets: a session is started only while the limits of all that were started fit."""

import asyncio
from typing import TypedDict

import pytest
from session_world import CREATE, open_world
from waiting import until

from devin_async import (
    Budget,
    BudgetExceededError,
    ConflictError,
    DevinClient,
    DryRun,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
)


@pytest.fixture
async def world():
    async with open_world() as running:
        yield running


@pytest.fixture
def budget():
    return Budget(acus=10)


@pytest.fixture
def sessions(world, budget):
    return world.sessions_with(budget=budget)


async def test_sessions_are_started_while_their_limits_fit(world, sessions, budget):
    await sessions.create("a", max_acu_limit=4)
    await sessions.create("b", max_acu_limit=6)
    assert (budget.reserved, budget.left, world.started) == (10, 0, 2)


async def test_one_that_does_not_fit_is_refused_before_a_request(world, sessions, budget):
    await sessions.create("a", max_acu_limit=7)
    message = "max_acu_limit is 4; the budget of 10 ACUs has 3 left, and nothing was sent"
    with pytest.raises(BudgetExceededError, match=message) as caught:
        await sessions.create("b", max_acu_limit=4)
    assert caught.value.outcome == "not_sent"
    assert (world.sandbox.count(CREATE), budget.left) == (1, 3)


async def test_a_smaller_one_still_fits_after_that(world, sessions):
    with pytest.raises(BudgetExceededError):
        await sessions.create("a", max_acu_limit=11)
    await sessions.create("b", max_acu_limit=10)
    assert world.started == 1


async def test_one_without_a_limit_is_refused(world, sessions, budget):
    with pytest.raises(BudgetExceededError, match="without max_acu_limit can use any number"):
        await sessions.create("a")
    assert (world.sandbox.count(CREATE), budget.left) == (0, 10)


async def test_a_run_is_guarded_too(world, sessions):
    with pytest.raises(BudgetExceededError):
        await sessions.run("a", result=TypedDict("Answer", {"passed": bool}), max_acu_limit=11)
    assert world.sandbox.count(CREATE) == 0


async def test_many_at_once_never_exceed_it(world, sessions, budget):
    creates = (sessions.create(str(number), max_acu_limit=3) for number in range(20))
    results = await asyncio.gather(*creates, return_exceptions=True)
    refused = [one for one in results if isinstance(one, BudgetExceededError)]
    assert (len(refused), world.started, budget.reserved) == (17, 3, 9)


async def test_a_session_that_certainly_was_not_started_counts_no_more(sessions, budget):
    with pytest.raises(NotFoundError):
        await sessions.create("a", max_acu_limit=10, create_as_user_id="user-0")
    assert budget.left == 10


async def test_a_session_that_may_have_been_started_counts(world, sessions, budget):
    world.spoil(CREATE, status=502)
    with pytest.raises(OutcomeUnknownError):
        await sessions.create("a", max_acu_limit=10)
    assert budget.left == 0


async def test_a_cancelled_create_counts(world, sessions, budget):
    held = world.spoil(CREATE, hold=asyncio.Event())
    creating = asyncio.create_task(sessions.create("a", max_acu_limit=10))
    await until(lambda: held.hits)
    creating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await creating
    assert budget.left == 0


async def test_a_session_that_was_found_by_its_key_does_not_count(world, sessions, budget):
    world.fill(1, tags=["once:k"])
    await sessions.create("a", once="k", max_acu_limit=10)
    assert budget.left == 10


async def test_a_create_that_is_tried_again_counts_once(world, sessions, budget):
    world.spoil(CREATE, at=(1, 2), status=502)
    await sessions.create("a", once="k", max_acu_limit=6)
    assert (world.sandbox.count(CREATE), budget.reserved) == (3, 6)


async def test_a_refusal_after_an_unknown_outcome_does_not_free_what_may_run(
    world, sessions, budget
):
    world.spoil(CREATE, at=1, status=502)
    world.spoil(CREATE, at=2, status=409)
    with pytest.raises(ConflictError):
        await sessions.create("a", once="k", max_acu_limit=6)
    assert budget.reserved == 6


async def test_clients_and_jobs_can_share_one(world, budget):
    first, second = (world.sessions_with(budget=budget) for _ in range(2))
    await first.create("a", max_acu_limit=6)
    with pytest.raises(BudgetExceededError):
        await second.create("b", max_acu_limit=6)


async def test_a_copy_of_the_client_can_go_without(world, sessions, budget):
    guarded = world.devin.with_options(budget=budget)
    free = guarded.with_options(budget=None).organization(world.org_id).sessions
    await free.create("a")
    assert (world.started, budget.left) == (1, 10)


async def test_a_fan_out_collects_what_the_budget_refuses(world, sessions):
    async def start(number):
        return await sessions.create(str(number), max_acu_limit=4)

    outcomes = await world.devin.fan_out(range(5), start, concurrency=5).collect()
    assert [outcome.ok for outcome in outcomes] == [True, True, False, False, False]
    assert {type(one.error) for one in outcomes if not one.ok} == {BudgetExceededError}


async def test_a_rehearsal_uses_nothing_of_it(world, budget):
    sessions = world.sessions_with(budget=budget, dry_run=True)
    with pytest.raises(DryRun):
        await sessions.create("a", max_acu_limit=10)
    assert budget.left == 10


@pytest.mark.parametrize("acus", [0, -1, 1.5, True, "5"])
def test_a_budget_is_a_whole_number_of_acus(acus):
    with pytest.raises(InvalidArgumentError, match=r"acus is .*; allowed: a whole number, 1 or"):
        Budget(acus)


def test_what_is_no_budget_is_refused():
    client = DevinClient("cog_key")
    with pytest.raises(InvalidArgumentError, match=r"budget is 10; allowed: a Budget, such as"):
        client.with_options(budget=10)


def test_a_budget_shows_what_is_used(budget):
    budget.reserve(4)
    assert repr(budget) == "<Budget, 4 of 10 ACUs>"
