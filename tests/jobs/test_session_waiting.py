"""Waiting for sessions: one by `wait`, many by `wait_all`."""

import asyncio
import json
from functools import partial

import pytest
from session_world import GET, LIST, edited, open_world
from waiting import until

from devin_async import (
    DevinClient,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    WaitTimeoutError,
)

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
MISSING = "devin-" + "0" * 32


@pytest.fixture
async def world():
    async with open_world() as running:
        yield running


def never(session):
    return False


async def test_a_session_that_finished_its_work_is_given_back_while_it_still_runs(world):
    made = await world.sessions.create("Fix the build")
    done = await world.sessions.wait(made.session_id)
    assert (done.status, done.status_detail) == ("running", "finished")


async def test_a_session_that_waits_for_somebody_has_settled(world):
    *_, asking = world.fill(4)
    done = await world.sessions.wait(asking)
    assert done.status_detail == "waiting_for_user"


async def test_a_suspended_session_tells_why(world):
    (one,) = world.fill(1)
    await world.sessions.archive(one)
    done = await world.sessions.wait(one)
    assert (done.status, done.status_detail) == ("suspended", "user_request")


async def test_an_ended_session_is_given_back_whatever_is_waited_for(world):
    (one,) = world.fill(1)
    await world.sessions.terminate(one)
    assert (await world.sessions.wait(one, until=never)).status == "exit"
    assert world.clock.sleeps == []


async def test_what_is_waited_for_cannot_be_told_by_an_async_function(world):
    async def never(session):
        return False

    (one,) = world.fill(1)
    for wait in (world.sessions.wait, world.sessions.wait_all):
        ids = one if wait == world.sessions.wait else [one]
        with pytest.raises(TypeError, match="until is an async function"):
            await wait(ids, until=lambda session: never(session))  # noqa: PLW0108 - it is not known to be async
    assert len(world.sandbox.requests) == 2


async def _never(session):
    return False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"until": "exit"}, "until is 'exit', a str; allowed: a function"),
        ({"until": None}, "until is None; allowed: a function"),
        ({"until": _never}, "an async function; allowed: one that is not async"),
        ({"since": "devin-1"}, "since is 'devin-1', a str; allowed: a Session or None"),
        ({"timeout": 0}, "timeout is 0; allowed: a number of seconds above 0"),
    ],
)
async def test_what_cannot_be_waited_for_is_refused_before_a_request(world, arguments, message):
    sessions = world.sessions
    waits = [partial(sessions.wait, "1")]
    if "since" not in arguments:
        waits.append(partial(sessions.wait_all, ["1"]))
    for wait in waits:
        with pytest.raises(InvalidArgumentError) as caught:
            await wait(**arguments)
        assert caught.value.message.endswith(message)
    for start in (sessions.follow, sessions.watch) if "until" not in arguments else ():
        with pytest.raises(InvalidArgumentError) as caught:
            start("1", **arguments)
        assert caught.value.message.endswith(message)
    assert len(world.sandbox.requests) == 0


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (None, "session_ids is None; allowed: a list of str"),
        (5, "session_ids is 5, an int; allowed: a list of str"),
        ("devin-1", "session_ids is 'devin-1', a str; allowed: a list of str"),
        (b"devin-1", "session_ids is b'devin-1', a bytes; allowed: a list of str"),
        (["devin-1", None], "session_ids[1] is None; allowed: a str that is not empty"),
    ],
)
async def test_ids_that_are_none_are_told_by_their_place(world, ids, message):
    with pytest.raises(InvalidArgumentError) as caught:
        await world.sessions.wait_all(ids)
    assert caught.value.message == message
    assert not world.sandbox.requests


async def test_what_is_followed_is_checked_when_it_is_asked_for(world):
    with pytest.raises(InvalidArgumentError, match="session_id is None"):
        world.sessions.follow(None)


async def test_an_id_may_lack_its_prefix(world):
    (one,) = world.fill(1)
    assert (await world.sessions.wait(one.removeprefix("devin-"))).session_id == one


async def test_looks_grow_rarer_up_to_every_thirty_seconds(world):
    (one,) = world.fill(1)
    with pytest.raises(WaitTimeoutError):
        await world.sessions.wait(one, until=never, interval=10, timeout=200)
    assert world.clock.sleeps == [10, 15, 22.5, 30, 30, 30, 30, 30, 2.5]


async def test_a_long_interval_stays_as_it_is(world):
    (one,) = world.fill(1)
    with pytest.raises(WaitTimeoutError):
        await world.sessions.wait(one, until=never, interval=60, timeout=180)
    assert world.clock.sleeps == [60, 60, 60]


async def test_a_wait_that_takes_too_long_has_the_session_as_it_was_read_last(world):
    (one,) = world.fill(1)
    with pytest.raises(WaitTimeoutError, match=f"session {one} took longer.*running, work") as it:
        await world.sessions.wait(one, timeout=10)
    assert it.value.session.session_id == one


async def test_a_timeout_shorter_than_the_first_pause_still_looks_twice(world):
    (one,) = world.fill(1)
    with pytest.raises(WaitTimeoutError, match="it is new"):
        await world.sessions.wait(one, timeout=0.5)
    assert world.sandbox.count(GET) == 2


async def test_a_look_that_hangs_ends_by_the_timeout_of_the_wait(world):
    (one,) = world.fill(1)
    world.spoil(GET, hold=asyncio.Event())
    async with DevinClient(world.sandbox.token, base_url=world.sandbox.url) as devin:
        with pytest.raises(WaitTimeoutError, match="it was never read") as caught:
            await devin.organization(world.org_id).sessions.wait(one, timeout=0.1)
    assert isinstance(caught.value.__cause__, TimeoutError)
    assert caught.value.session is None


@pytest.mark.parametrize(
    "effects",
    [
        {"status": 503},
        {"reset": "before"},
        {"cut_off": True},
        {"status": 429, "headers": {"Retry-After": "400"}},
    ],
    ids=["503", "reset", "cut off", "429"],
)
async def test_four_looks_in_a_row_may_fail_in_a_way_that_may_pass(world, effects):
    (one,) = world.fill(1)
    world.spoil(GET, at=(1, 2, 3, 4), **effects)
    done = await world.hasty.wait(one)
    assert done.status_detail == "finished"


async def test_a_server_that_wants_to_be_left_alone_is(world):
    (one,) = world.fill(1)
    world.spoil(GET, at=(1, 2, 3, 4), status=429, headers={"Retry-After": "9999"})
    began = world.clock.monotonic()
    done = await world.hasty.wait(one, timeout=None)
    assert done.status_detail == "inactivity"  # it finished, and went to sleep meanwhile
    assert world.clock.monotonic() - began >= 4 * 9999
    assert world.sandbox.count(GET) == 5


async def test_the_fifth_failure_in_a_row_is_raised(world):
    (one,) = world.fill(1)
    world.spoil(GET, status=503)
    with pytest.raises(ServerError):
        await world.hasty.wait(one)
    assert world.sandbox.count(GET) == 5


async def test_failures_count_anew_after_a_look_that_went_well(world):
    (one,) = world.fill(1)
    world.spoil(GET, at=(1, 2, 3, 4, 6, 7, 8, 9), status=503)
    assert (await world.hasty.wait(one, interval=1)).status_detail == "finished"


async def test_a_timeout_after_a_failed_look_names_the_failure_as_its_cause(world):
    (one,) = world.fill(1)
    world.spoil(GET, status=503)
    with pytest.raises(WaitTimeoutError) as caught:
        await world.hasty.wait(one, timeout=1)
    assert isinstance(caught.value.__cause__, ServerError)


async def test_a_session_that_is_not_there_is_told_at_once(world):
    with pytest.raises(NotFoundError):
        await world.sessions.wait(MISSING)
    assert world.sandbox.count(GET) == 1


async def test_a_missing_permission_is_told_at_once(world):
    (one,) = world.fill(1)
    token = world.sandbox.add_token(["UseDevinSessions"])
    async with DevinClient(token, base_url=world.sandbox.url) as devin:
        sessions = devin.organization(world.org_id).sessions
        with pytest.raises(PermissionDeniedError, match="ViewOrgSessions"):
            await sessions.wait(one)
        with pytest.raises(PermissionDeniedError, match="ViewOrgSessions"):
            await sessions.wait_all([one])
    assert (world.sandbox.count(GET), world.sandbox.count(LIST)) == (1, 1)


async def test_output_that_lags_behind_is_waited_for(world):
    (one,) = world.fill(1, structured_output_schema=SCHEMA)
    world.sandbox.clock.advance(100)
    world.spoil(GET, at=(1, 2, 3), edit=edited(structured_output=None))
    done = await world.sessions.wait(one, output=True)
    assert done.structured_output == {"n": 1}


async def test_output_that_never_comes_is_looked_for_three_times_more(world):
    (one,) = world.fill(1)
    world.sandbox.clock.advance(100)
    done = await world.sessions.wait(one, output=True)
    assert done.structured_output == "null"
    assert world.sandbox.count(GET) == 4


async def test_output_of_an_ended_session_is_not_waited_for(world):
    (one,) = world.fill(1)
    await world.sessions.terminate(one)
    await world.sessions.wait(one, output=True)
    assert world.sandbox.count(GET) == 1


@pytest.mark.parametrize("options", ["before", "sent"])
async def test_what_was_read_before_a_message_arrived_does_not_count(world, options):
    (one,) = world.fill(1)
    before = await world.sessions.wait(one)
    world.sandbox.clock.advance(10)
    sent = await world.sessions.send_message(one, "And the tests")
    stale = edited(
        status=before.status,
        status_detail=before.status_detail,
        updated_at=int(before.updated_at.timestamp()),
    )
    seen = world.sandbox.count(GET)
    world.spoil(GET, at=(1, 2), edit=stale)
    done = await world.sessions.wait(one, since={"before": before, "sent": sent}[options])
    assert done.updated_at > sent.updated_at > before.updated_at
    assert world.sandbox.count(GET) > seen + 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": 0}, "timeout is 0; allowed: a number of seconds above 0"),
        ({"timeout": True}, "timeout is True"),
        ({"interval": 0}, "interval is 0; allowed: a number of seconds above 0"),
        ({"interval": float("nan")}, "interval is nan"),
    ],
)
async def test_times_that_mean_nothing_are_refused_before_a_request(world, options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        await world.sessions.wait("devin-1", **options)
    with pytest.raises(InvalidArgumentError, match=message):
        await world.sessions.wait_all(["devin-1"], **options)
    with pytest.raises(InvalidArgumentError, match=message):
        await anext(world.sessions.follow("devin-1", **options))
    assert not world.sandbox.requests


async def test_many_are_given_in_the_order_of_their_ids_each_as_often_as_asked(world):
    first, second, third = world.fill(3)
    bare = first.removeprefix("devin-")
    done = await world.sessions.wait_all(iter([third, bare, second, first]))
    assert [one.session_id for one in done] == [third, first, second, first]
    assert {one.status_detail for one in done} == {"finished"}


async def test_a_thousand_sessions_cost_ten_requests_a_round(world):
    ids = world.fill(1000)
    done = await world.sessions.wait_all(ids)
    rounds = len(world.clock.sleeps) + 1
    assert len(done) == 1000
    assert rounds > 2
    assert world.sandbox.count("GET *") <= 10 * rounds


async def test_a_round_asks_only_for_those_that_have_not_settled(world):
    world.fill(150)
    world.sandbox.clock.advance(100)
    settled = [one.session_id for one in await world.sessions.list().collect()]
    asked = world.sandbox.count(LIST)
    await world.sessions.wait_all([*settled, *world.fill(10)])
    rounds = len(world.clock.sleeps) + 1
    assert world.sandbox.count(LIST) - asked == 2 + rounds - 1


async def test_the_enterprise_waits_for_sessions_of_all_organizations_at_once(world):
    ids = [*world.fill(60, organization=0), *world.fill(40, organization=1)]
    done = await world.devin.enterprise.sessions.wait_all(ids)
    assert [one.session_id for one in done] == ids
    assert {one.org_id for one in done} == set(world.sandbox.organization_ids)
    assert world.sandbox.count("GET *") == len(world.clock.sleeps) + 1


async def test_an_organization_as_the_enterprise_sees_it_waits_for_its_own(world):
    ids = world.fill(3, organization=1)
    org_id = world.sandbox.organization_ids[1]
    sessions = world.devin.enterprise.organization(org_id).sessions
    done = await sessions.wait_all(ids)
    assert [one.session_id for one in done] == ids
    assert (await sessions.wait(ids[0])).org_id == org_id
    assert [message.source async for message in sessions.follow(ids[0])] == ["user", "devin"]
    asked = {value for one in world.sandbox.requests for name, value in one.query if "org" in name}
    assert asked == {org_id}


async def test_sessions_that_lists_do_not_show_yet_are_read_one_by_one():
    async with open_world(visibility_lag=1000) as world:
        ids = world.fill(3)
        done = await world.sessions.wait_all(ids)
        assert [one.session_id for one in done] == ids
        assert all(one.status_detail == "finished" for one in done)


async def test_an_id_that_does_not_exist_is_told_after_three_rounds(world):
    with pytest.raises(NotFoundError):
        await world.sessions.wait_all([*world.fill(1), MISSING])
    assert world.sandbox.count(LIST) == 3
    assert world.sandbox.count(GET) == 1


async def test_rounds_that_fail_do_not_make_a_session_unlisted(world):
    ids = world.fill(250)
    world.spoil(LIST, times=4, status=503)
    assert len(await world.hasty.wait_all(ids)) == 250
    assert world.sandbox.count(GET) == 0


async def test_five_failed_rounds_are_too_many(world):
    world.spoil(LIST, status=503)
    with pytest.raises(ServerError):
        await world.hasty.wait_all(world.fill(1))
    assert world.sandbox.count(LIST) == 5


async def test_a_wait_for_many_that_takes_too_long_tells_the_settled_from_the_others(world):
    early = world.fill(2)
    world.sandbox.clock.advance(100)
    late = world.fill(3)
    message = f"3 of 5 sessions took longer than the timeout, the first is {late[0]}"
    with pytest.raises(WaitTimeoutError, match=message) as caught:
        await world.sessions.wait_all([late[0], *early, *late[1:]], timeout=5)
    assert [one.session_id for one in caught.value.settled] == early
    assert [one.session_id for one in caught.value.waiting] == late


async def test_to_wait_for_none_asks_nothing(world):
    assert await world.sessions.wait_all([]) == []
    assert not world.sandbox.requests


async def test_a_bare_text_is_no_list_of_ids(world):
    with pytest.raises(InvalidArgumentError, match="session_ids is 'devin-1', a str; allowed: a"):
        await world.sessions.wait_all("devin-1")


async def test_a_wait_that_is_cancelled_leaves_no_task(world):
    (one,) = world.fill(1)
    hold = world.spoil(LIST, hold=asyncio.Event())
    waiting = asyncio.create_task(world.sessions.wait_all([one]))
    await until(lambda: hold.hits)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not [task for task in asyncio.all_tasks() if "FanOut" in repr(task.get_coro())]


async def test_a_row_without_an_id_is_read_by_its_id(world):
    ids = world.fill(2)

    def nameless(body, _):
        page = json.loads(body)
        page["items"][0]["session_id"] = None
        return json.dumps(page).encode()

    world.spoil(LIST, edit=nameless)
    sessions = world.devin.with_options(strict=False).organization(world.org_id).sessions
    assert [one.session_id for one in await sessions.wait_all(ids)] == [
        one.session_id for one in [await world.sessions.get(name) for name in ids]
    ]
