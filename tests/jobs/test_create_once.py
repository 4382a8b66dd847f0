"""Creating once: one session for a key, whatever happened to the first try."""

import asyncio
import pickle

import pytest
from clocks import Outlasting
from inside import caller_of
from session_world import CREATE, LIST, open_world
from waiting import until

from devin_async import (
    DevinClient,
    InvalidArgumentError,
    Ledger,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ServerError,
    ServerOutcomeUnknownError,
    ValidationFailedError,
)
from devin_async.jobs.once import rerunning

KEY = "health-2026-11-22-org-7"
UNKNOWN = [
    {"status": 502, "committed": True},
    {"status": 408, "committed": True},
    {"reset": "after"},
    {"cut_off": True},
    {"body": "<html>not the answer</html>"},
]
NAMES = ["502", "408", "reset", "cut off", "not JSON"]


@pytest.fixture
async def world():
    async with open_world() as running:
        yield running


@pytest.fixture
async def lagging():
    """Lists show a session after a minute."""
    async with open_world(visibility_lag=60) as running:
        yield running


async def test_a_key_travels_as_a_tag_behind_the_callers_own(world):
    made = await world.sessions.create("Check", tags=["health"], once=KEY)
    assert made.tags == ["health", f"once:{KEY}"]
    assert (world.sandbox.count(LIST), world.sandbox.count(CREATE)) == (1, 1)


async def test_a_session_of_the_key_is_given_back_and_none_is_started(world):
    (there,) = world.fill(1, tags=[f"once:{KEY}"])
    existing = await world.sessions.create("Check", once=KEY)
    assert existing.session_id == there
    assert world.sandbox.count(CREATE) == 0


async def test_of_two_sessions_of_a_key_the_older_one_is_given_back(world):
    (first,) = world.fill(1, tags=[f"once:{KEY}"])
    world.sandbox.clock.advance(10)
    world.fill(1, tags=[f"once:{KEY}"])
    assert (await world.sessions.create("Check", once=KEY)).session_id == first


async def test_a_tag_that_only_begins_with_the_key_is_another_piece_of_work(world):
    world.fill(1, tags=[f"once:{KEY}0"])
    await world.sessions.create("Check", once=KEY)
    assert world.started == 2


async def test_a_session_without_the_tag_is_none_of_the_key_whatever_the_list_gives(world):
    world.fill(1, tags=["health"])
    world.spoil(LIST, query={"tags": "health"})
    await world.sessions.create("Check", once=KEY)
    assert world.started == 2


async def test_the_same_key_in_another_organization_is_another_piece_of_work(world):
    await world.sessions.create("Check", once=KEY)
    other = world.devin.organization(world.sandbox.organization_ids[1])
    await other.sessions.create("Check", once=KEY)
    assert world.started == 2


@pytest.mark.parametrize("effects", UNKNOWN, ids=NAMES)
async def test_a_session_whose_answer_was_lost_is_found_though_lists_show_it_late(lagging, effects):
    lagging.spoil(CREATE, at=1, **effects)
    existing = await lagging.sessions.create("Check", once=KEY)
    assert existing.tags == [f"once:{KEY}"]
    assert (lagging.started, lagging.sandbox.count(CREATE)) == (1, 1)


async def test_a_session_whose_answer_is_held_is_found(lagging):
    lagging.spoil(CREATE, at=1, hold=Outlasting(51))
    sessions = lagging.sessions_with(attempt_timeout=50)
    existing = await sessions.create("Check", once=KEY)
    assert existing.tags == [f"once:{KEY}"]
    assert lagging.started == 1


@pytest.mark.parametrize("effects", [{"status": 502}, {"reset": "before"}], ids=["502", "reset"])
async def test_what_was_not_started_is_started_again_once_settle_has_passed(world, effects):
    world.spoil(CREATE, at=1, **effects)
    await world.sessions.create("Check", once=KEY, settle=90)
    assert sum(world.clock.sleeps) == 90
    assert (world.started, world.sandbox.count(CREATE)) == (1, 2)


async def test_a_strict_create_is_not_tried_again(world):
    world.spoil(CREATE, at=1, status=502)
    with pytest.raises(OutcomeUnknownError, match="was not found within 120 s") as caught:
        await world.sessions.create("Check", once=KEY, once_strict=True)
    assert isinstance(caught.value.__cause__, ServerOutcomeUnknownError)
    assert caught.value.outcome == "unknown"
    assert f"'once:{KEY}'" in caught.value.hint
    assert world.sandbox.count(CREATE) == 1


async def test_tries_end_with_the_attempts_of_the_client(world):
    world.spoil(CREATE, status=502)
    with pytest.raises(OutcomeUnknownError, match="was not found"):
        await world.sessions_with(max_attempts=3).create("Check", once=KEY)
    assert world.sandbox.count(CREATE) == 3


async def test_a_rerun_looks_for_as_long_as_lists_may_lag(lagging):
    (there,) = lagging.fill(1, tags=[f"once:{KEY}"])
    existing = await lagging.sessions.create("Check", once=KEY, rerun=True)
    assert existing.session_id == there
    assert lagging.sandbox.count(CREATE) == 0


async def test_a_rerun_that_finds_nothing_creates_after_settle(world):
    await world.sessions.create("Check", once=KEY, rerun=True, settle=30)
    assert sum(world.clock.sleeps) == 30
    assert world.started == 1


async def test_a_context_can_say_of_all_creates_inside_that_they_are_reruns(lagging):
    (there,) = lagging.fill(1, tags=[f"once:{KEY}"])
    with rerunning():
        existing = await lagging.sessions.create("Check", once=KEY)
    assert existing.session_id == there
    other = await lagging.sessions.create("Check", once="another")
    assert lagging.clock.sleeps
    assert other.session_id != there


async def test_an_unknown_item_of_a_ledger_is_looked_for_before_it_is_created_again(
    lagging, tmp_path
):
    """By another process, so that nothing but the ledger knows of the first try."""
    ledger = Ledger(tmp_path / "daily.sqlite", run="today")

    async def start(devin, **options):
        def create(org_id):
            return devin.organization(org_id).sessions.create("Check", once=KEY)

        arguments = {"concurrency": 1, "ledger": ledger, **options}
        return await devin.fan_out([lagging.org_id], create, **arguments).collect()

    lagging.spoil(CREATE, at=1, status=502, committed=True)
    lagging.spoil(LIST, at=2, status=403)
    (lost,) = await start(lagging.devin)
    assert isinstance(lost.error, OutcomeUnknownError)
    async with lagging.another_client() as devin:
        (existing,) = await start(devin, rerun_unknown=True)
    assert existing.value.tags == [f"once:{KEY}"]
    assert lagging.started == 1


async def test_a_second_create_of_the_client_finds_what_lists_do_not_show_yet(lagging):
    first = await lagging.sessions.create("Check", once=KEY)
    again = await lagging.sessions.create("Check", once=KEY)
    assert again.session_id == first.session_id
    assert lagging.started == 1


async def test_tasks_that_create_the_same_thing_at_once_share_one_session(lagging):
    creates = (lagging.sessions.create("Check", once=KEY) for _ in range(5))
    made = await asyncio.gather(*creates)
    assert len({one.session_id for one in made}) == 1
    assert lagging.started == 1


async def test_a_create_that_was_cancelled_is_looked_for_by_the_next_one(lagging):
    held = lagging.spoil(CREATE, at=1, hold=asyncio.Event())
    creating = asyncio.create_task(lagging.sessions.create("Check", once=KEY))
    await until(lambda: held.hits)
    creating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await creating
    existing = await lagging.sessions.create("Check", once=KEY)
    assert existing.tags == [f"once:{KEY}"]
    assert lagging.started == 1


async def test_a_create_that_was_refused_is_not_looked_for_again(world):
    with pytest.raises(NotFoundError):
        await world.sessions.create("Check", once=KEY, create_as_user_id="user-0")
    await world.sessions.create("Check", once=KEY)
    assert world.clock.sleeps == []
    assert world.started == 1


async def test_a_list_that_is_refused_means_no_create(world):
    token = world.sandbox.add_token(["UseDevinSessions"])
    async with DevinClient(token, base_url=world.sandbox.url) as devin:
        with pytest.raises(PermissionDeniedError, match="ViewOrgSessions"):
            await devin.organization(world.org_id).sessions.create("Check", once=KEY)
    assert world.sandbox.count(CREATE) == 0


async def test_a_list_that_fails_before_the_first_try_means_no_create(world):
    world.spoil(LIST, status=503)
    with pytest.raises(ServerError) as caught:
        await world.hasty.create("Check", once=KEY)
    assert caught.value.outcome == "rejected"
    assert world.sandbox.count(CREATE) == 0


@pytest.mark.parametrize(
    ("status", "looks"), [(403, 1), (503, 12)], ids=["for good", "until settle has passed"]
)
async def test_looks_that_fail_after_an_unknown_outcome_leave_it_unknown(world, status, looks):
    world.spoil(CREATE, at=1, status=502, committed=True)
    world.spoil(LIST, at=tuple(range(2, 99)), status=status)
    with pytest.raises(OutcomeUnknownError, match="cannot be looked for") as caught:
        await world.hasty.create("Check", once=KEY)
    assert isinstance(caught.value.__cause__, ServerOutcomeUnknownError)
    assert world.sandbox.count(CREATE) == 1
    assert world.sandbox.count(LIST) == 1 + looks


async def test_looks_that_fail_for_a_while_are_repeated(world):
    world.spoil(CREATE, at=1, status=502, committed=True)
    world.spoil(LIST, at=(2, 3, 4), status=503)
    await world.hasty.create("Check", once=KEY)
    assert world.started == 1


async def test_a_look_that_fails_just_before_settle_has_passed_is_repeated(world):
    world.spoil(CREATE, at=1, status=502, committed=True)
    world.spoil(LIST, at=2, status=503)
    await world.hasty.create("Check", once=KEY, settle=0.5)
    assert world.started == 1


async def test_an_organization_that_refuses_the_tag_says_so_and_starts_nothing(world):
    world.sandbox._state.store.write("tags", world.org_id, ["health"])
    with pytest.raises(ValidationFailedError, match="Nothing was started") as caught:
        await world.sessions.create("Check", tags=["health"], once=KEY)
    assert f"once= travels as the tag 'once:{KEY}'" in caught.value.hint
    assert world.started == 0


async def test_another_refusal_says_nothing_of_the_tag(world):
    refusal = {"detail": [{"loc": ["body", "platform"], "msg": "no such platform"}]}
    world.spoil(CREATE, status=422, body=refusal)
    with pytest.raises(ValidationFailedError) as caught:
        await world.sessions.create("Check", once=KEY)
    assert "once" not in caught.value.hint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"once": ""}, "once is ''; allowed: 1 to 200 printable characters, without spaces at"),
        ({"once": "  "}, "once is '  '; allowed"),
        ({"once": 7}, "once is 7, an int; allowed"),
        ({"once": "k" * 201}, "once is 'k*'; allowed: 1 to 200"),
        ({"once": " k"}, "once is ' k'; allowed"),
        ({"once": "a\nb"}, "once is 'a.*b'; allowed"),
        ({"once": "k", "settle": -1}, "settle is -1; allowed: a number of seconds from 0"),
        ({"once": "k", "settle": float("nan")}, "settle is nan"),
        ({"once_strict": True}, "once_strict given without once="),
        ({"rerun": True, "once_strict": True}, "once_strict, rerun given without once="),
        ({"once": "k", "tags": ["t"] * 50}, r"tags \(once= adds one\) has 51 entries; allowed: at"),
    ],
)
async def test_a_key_that_cannot_be_used_is_refused_before_a_request(world, options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        await world.sessions.create("Check", **options)
    assert not world.sandbox.requests


async def test_forty_nine_tags_leave_room_for_the_key(world):
    made = await world.sessions.create("Check", tags=[f"t{n}" for n in range(49)], once=KEY)
    assert len(made.tags) == 50


async def test_the_older_dialect_creates_once_too(world):
    world.spoil(CREATE.replace("v3", "v3beta1"), at=1, status=502, committed=True)
    async with world.another_client(api_version="v3beta1") as devin:
        existing = await devin.organization(world.org_id).sessions.create("Check", once=KEY)
    assert existing.tags == [f"once:{KEY}"]
    assert (world.started, world.sandbox.count("POST *")) == (1, 1)


async def test_a_job_over_many_organizations_under_faults_starts_one_session_in_each():
    async with open_world(organizations=100, visibility_lag=60) as world:
        world.spoil(CREATE, probability=0.05, reset="after")
        world.spoil(CREATE, probability=0.05, status=502, committed=True)
        world.spoil(CREATE, probability=0.05, status=503)
        world.spoil(LIST, probability=0.05, reset="before")

        def start(org_id):
            return world.devin.organization(org_id).sessions.create("Check", once=KEY)

        source = world.sandbox.organization_ids
        outcomes = await world.devin.fan_out(source, start, concurrency=16).collect()
        assert [outcome.value.org_id for outcome in outcomes] == source
        assert world.started == 100
        assert world.sandbox.count(CREATE) > 100


async def test_what_was_tried_long_ago_is_forgotten(world):
    for number in range(5):
        await world.sessions.create("Check", once=f"key-{number}", settle=10)
        world.sandbox.clock.advance(11)
    assert len(caller_of(world.devin).tries._fresh_until) == 1


async def test_the_error_of_an_unknown_outcome_can_be_pickled(world):
    world.spoil(CREATE, status=502)
    with pytest.raises(OutcomeUnknownError) as caught:
        await world.sessions.create("Check", once=KEY, once_strict=True)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
