"""Watching a session: all that happens in it, each once, from any checkpoint on."""

import json

import pytest
from reading import read_into
from session_world import GET, MESSAGES, open_world

from devin_async import (
    InvalidArgumentError,
    MessageAdded,
    NotFoundError,
    OutputChanged,
    PullRequestChanged,
    ServerError,
    SessionSettled,
    StatusChanged,
    WaitTimeoutError,
)

SCHEMA = {"type": "object", "properties": {"passed": {"type": "boolean"}}}


@pytest.fixture
async def world():
    async with open_world() as running:
        yield running


def described(update):
    """Give an update as a pair of its kind and what tells it from others."""
    match update:
        case StatusChanged():
            before = (update.previous_status, update.previous_detail)
            return ("status", (before, (update.status, update.status_detail)))
        case MessageAdded():
            return ("message", update.message.message)
        case PullRequestChanged():
            return ("pull request", (update.is_new, update.previous_state))
        case OutputChanged():
            return ("output", update.output)
        case SessionSettled():
            return ("settled", update.session.status_detail)


async def all_of(updates):
    return [update async for update in updates]


async def test_a_session_is_told_from_its_beginning_to_its_end(world):
    (one,) = world.fill(1, structured_output_schema=SCHEMA)
    updates = await all_of(world.sessions.watch(one))
    kinds = [kind for kind, _ in map(described, updates)]
    assert kinds[0] == "status"
    assert kinds[-2:] == ["status", "settled"]
    assert [text for kind, text in map(described, updates) if kind == "message"] == [
        "Work 0",
        "The work is done.",
    ]
    assert kinds.count("output") == 1
    changes = [change for kind, change in map(described, updates) if kind == "status"]
    assert changes[0][0] == (None, None)
    assert [before for before, _ in changes[1:]] == [after for _, after in changes[:-1]]
    assert changes[-1][1] == ("running", "finished")
    assert {update.session_id for update in updates} == {one}
    assert all(update.at.utcoffset() is not None for update in updates)


async def test_a_session_that_had_settled_is_told_whole_in_one_look(world):
    (one,) = world.fill(1)
    await world.sessions.wait(one)
    before = len(world.sandbox.requests)
    kinds = [described(update)[0] for update in await all_of(world.sessions.watch(one))]
    assert kinds == ["message", "message", "status", "settled"]
    assert len(world.sandbox.requests) - before == 2


async def test_any_checkpoint_goes_on_behind_its_update(world):
    (one,) = world.fill(1, structured_output_schema=SCHEMA)
    for text in ("a", "b"):
        await world.sessions.wait(one)
        world.sandbox.clock.advance(100)
        await world.sessions.send_message(one, text)
    await world.sessions.wait(one)
    world.spoil(MESSAGES, query={"first": "3"})
    whole = await all_of(world.sessions.watch(one))
    assert [described(update)[0] for update in whole].count("message") == 6
    for number, update in enumerate(whole):
        checkpoint = json.loads(json.dumps(update.checkpoint))
        rest = await all_of(world.sessions.watch(one, after=checkpoint))
        assert rest == whole[number + 1 :]


async def test_what_came_after_the_end_is_told_to_who_goes_on(world):
    (one,) = world.fill(1)
    last = (await all_of(world.sessions.watch(one)))[-1]
    sent = await world.sessions.send_message(one, "And the tests")
    more = await all_of(world.sessions.watch(one, after=last.checkpoint, since=sent))
    assert [described(update) for update in more if isinstance(update, MessageAdded)] == [
        ("message", "And the tests"),
        ("message", "The work is done."),
    ]
    assert isinstance(more[-1], SessionSettled)


async def test_a_pull_request_is_told_again_when_its_state_is_another(world):
    (one,) = world.fill(1)
    states = iter([None, "open", "open", "merged"])
    url = "https://github.com/acme/app/pull/7"

    def with_state(body, _):
        answer = json.loads(body)
        state = next(states)
        over = state == "merged"
        answer |= {
            "status": "running",
            "status_detail": "finished" if over else "working",
            "pull_requests": [{"pr_url": url, "pr_state": state}],
        }
        return json.dumps(answer).encode()

    world.spoil(GET, edit=with_state)
    updates = await all_of(world.sessions.watch(one))
    assert [described(one)[1] for one in updates if isinstance(one, PullRequestChanged)] == [
        (True, None),
        (False, None),
        (False, "open"),
    ]


async def test_output_that_comes_late_is_waited_for_when_it_is_asked_for(world):
    (one,) = world.fill(1, structured_output_schema=SCHEMA)
    await world.sessions.wait(one)
    hidden = []

    def hide_twice(body, _):
        answer = json.loads(body)
        if len(hidden) < 2:
            hidden.append(answer.pop("structured_output"))
        return json.dumps(answer).encode()

    world.spoil(GET, edit=hide_twice)
    updates = await all_of(world.sessions.watch(one, output=True))
    assert [kind for kind, _ in map(described, updates)][-2:] == ["output", "settled"]
    assert len(hidden) == 2


async def test_an_output_is_told_again_only_when_it_is_another(world):
    (one,) = world.fill(1)
    outputs = iter([{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 2}])

    def with_output(body, _):
        answer = json.loads(body)
        output = next(outputs)
        detail = "finished" if output == {"a": 2} else "working"
        answer |= {"status": "running", "status_detail": detail, "structured_output": output}
        return json.dumps(answer).encode()

    world.spoil(GET, edit=with_output)
    updates = await all_of(world.sessions.watch(one))
    assert [one.output for one in updates if isinstance(one, OutputChanged)] == [
        {"a": 1, "b": 2},
        {"a": 2},
    ]


async def test_a_look_that_fails_loses_and_doubles_nothing(world):
    (one,) = world.fill(1)
    await world.sessions.wait(one)
    whole = await all_of(world.sessions.watch(one))
    world.spoil(MESSAGES, at=1, status=503)
    world.spoil(GET, at=2, status=503)
    assert await all_of(world.hasty.watch(one)) == whole


async def test_one_that_takes_too_long_tells_where_to_go_on(world):
    (one,) = world.fill(1)
    seen = []
    with pytest.raises(WaitTimeoutError, match="took longer than the timeout") as caught:
        await read_into(seen, world.sessions.watch(one, timeout=1, interval=1))
    assert caught.value.session.session_id == one
    assert caught.value.checkpoint == seen[-1].checkpoint | {
        "cursor": caught.value.checkpoint["cursor"]
    }
    rest = await all_of(world.sessions.watch(one, after=caught.value.checkpoint))
    assert isinstance(rest[-1], SessionSettled)
    assert not {described(update) for update in seen} & {described(update) for update in rest}


async def test_an_outage_ends_it_at_the_fifth_look_with_the_checkpoint(world):
    (one,) = world.fill(1)
    world.spoil(MESSAGES, status=503)
    with pytest.raises(ServerError) as caught:
        await all_of(world.hasty.watch(one))
    assert caught.value.checkpoint["session_id"] == one


async def test_a_session_that_there_is_not_is_an_error(world):
    with pytest.raises(NotFoundError):
        await all_of(world.sessions.watch("devin-unknown"))


@pytest.mark.parametrize(
    ("after", "message"),
    [
        ({}, "after is no checkpoint of a watched session"),
        ("\ud800", "after is no checkpoint of a watched session"),
        ({"session_id": 5}, "after is no checkpoint of a watched session"),
        ({"session_id": "devin-1", "messages": [5]}, "after is no checkpoint of a watched session"),
        ({"session_id": "devin-2"}, "a checkpoint of session devin-2, not of devin-1"),
    ],
)
async def test_a_checkpoint_of_something_else_is_refused_at_once(world, after, message):
    with pytest.raises(InvalidArgumentError, match=message):
        world.sessions.watch("devin-1", after=after)
    assert not world.sandbox.requests


async def test_times_that_mean_nothing_are_refused_at_once(world):
    with pytest.raises(InvalidArgumentError, match="interval is 0"):
        world.sessions.watch("devin-1", interval=0)
