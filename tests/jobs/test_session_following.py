"""Following a session: each message once, as it comes, until it has settled."""

from contextlib import aclosing

import pytest
from inside import transport_of
from reading import read_into
from session_world import GET, MESSAGES, edited, open_world

from devin_async import NotFoundError, ServerError, WaitTimeoutError


@pytest.fixture
async def world():
    async with open_world() as running:
        yield running


async def talk(world, session_id, *texts):
    """Have a conversation; each text is answered."""
    for text in texts:
        world.sandbox.clock.advance(100)
        await world.sessions.send_message(session_id, text)


async def test_a_session_is_followed_to_its_last_message(world):
    (one,) = world.fill(1)
    texts = [message.message async for message in world.sessions.follow(one)]
    assert texts == ["Work 0", "The work is done."]


async def test_messages_that_are_sent_meanwhile_come_too(world):
    (one,) = world.fill(1)
    texts = []
    async for message in world.sessions.follow(one):
        texts.append(message.message)
        if message.message == "Work 0":
            await world.sessions.send_message(one, "And the tests")
    assert texts == ["Work 0", "And the tests", "The work is done."]


async def test_each_message_comes_once_across_pages(world):
    (one,) = world.fill(1)
    await talk(world, one, "a", "b", "c")
    world.spoil(MESSAGES, query={"first": "3"})
    messages = [message async for message in world.sessions.follow(one)]
    assert [message.source for message in messages] == ["user", "devin"] * 4
    assert len({message.event_id for message in messages}) == 8


async def test_only_the_last_page_is_read_again(world):
    (one,) = world.fill(1)
    await talk(world, one, "a", "b", "c")
    world.spoil(MESSAGES, query={"first": "3"})
    async for _ in world.sessions.follow(one):
        pass
    cursors = [
        dict(request.query).get("after")
        for request in world.sandbox.requests
        if request.operation == MESSAGES
    ]
    first_round, later = cursors[:3], cursors[3:]
    assert len(set(first_round)) == 3
    assert set(later) == {first_round[-1]}


async def test_a_page_that_fails_loses_nothing_of_those_before_it(world):
    (one,) = world.fill(1)
    await talk(world, one, "a", "b", "c")
    world.spoil(MESSAGES, at=2, status=503)
    world.spoil(MESSAGES, query={"first": "3"})
    messages = [message async for message in world.hasty.follow(one)]
    assert len({message.event_id for message in messages}) == len(messages) == 8


async def test_looks_come_often_again_after_news(world):
    (one,) = world.fill(1)
    world.spoil(GET, edit=edited(status_detail="working"))
    with pytest.raises(WaitTimeoutError):
        await read_into([], world.sessions.follow(one, interval=1, timeout=100))
    assert world.clock.sleeps[:3] == [1, 1.5, 2.25]
    assert world.clock.sleeps.count(1) == 2


async def test_a_session_that_cannot_be_read_ends_it_though_its_messages_can(world):
    (one,) = world.fill(1)
    world.spoil(GET, status=503)
    with pytest.raises(ServerError):
        await anext(world.hasty.follow(one))
    assert world.sandbox.count(GET) == 5


async def test_following_what_is_not_there_is_told_at_once(world):
    with pytest.raises(NotFoundError):
        await anext(world.sessions.follow("devin-0"))


async def test_a_follower_whose_time_is_over_has_the_session(world):
    (one,) = world.fill(1)
    messages = []
    with pytest.raises(WaitTimeoutError, match="it is running, working") as caught:
        await read_into(messages, world.sessions.follow(one, timeout=8))
    assert [message.message for message in messages] == ["Work 0"]
    assert caught.value.session.session_id == one


async def test_the_answer_to_a_message_is_followed_though_the_session_still_shows_its_rest(world):
    (one,) = world.fill(1)
    before = await world.sessions.wait(one)
    world.sandbox.clock.advance(10)
    sent = await world.sessions.send_message(one, "More")
    stale = edited(status_detail="finished", updated_at=int(before.updated_at.timestamp()))
    world.spoil(GET, at=(1, 2), edit=stale)
    messages = [message.message async for message in world.sessions.follow(one, since=sent)]
    assert messages == ["Work 0", "The work is done.", "More", "The work is done."]


async def test_leaving_early_leaves_no_task(world):
    (one,) = world.fill(1)
    world.spoil(MESSAGES, query={"first": "1"})
    await talk(world, one, "a", "b")
    async with aclosing(world.sessions.follow(one)) as messages:
        await anext(messages)
    assert not transport_of(world.devin).lifetime._tasks
