"""Checkpoints: a list goes on exactly where it stopped."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import answer
from things import Thing, Things, array, numbered, numbers_of, page, queries, read_into, things

from devin_async import ConnectionFailedError, InvalidArgumentError, PaginationError, ServerError
from devin_async.codec.decoding import WirePage
from devin_async.lists.cursors import CursorWalk, read_start


@pytest.fixture
def devin(scripted):
    """Here, a client of the scripted server."""
    return scripted


async def test_every_page_can_be_resumed_after(devin, server):
    server.script = numbered(7, 2)
    pages = [page async for page in things(devin).list().pages()]
    rests = [await numbers_of(things(devin).list(after=page.checkpoint)) for page in pages]
    assert rests == [[2, 3, 4, 5, 6], [4, 5, 6], [6], []]


async def test_a_page_that_a_limit_cut_is_resumed_inside(devin, server):
    server.script = numbered(7, 3)
    pages = [page async for page in things(devin).list(limit=4).pages()]
    assert [len(page.items) for page in pages] == [3, 1]
    assert await numbers_of(things(devin).list(after=pages[-1].checkpoint)) == [4, 5, 6]


async def test_a_resumed_list_can_be_cut_again(devin, server):
    server.script = numbered(7, 5)
    first = [page async for page in things(devin).list(limit=2).pages()][-1]
    second = [page async for page in things(devin).list(after=first.checkpoint, limit=2).pages()]
    assert [thing.n for thing in second[-1].items] == [2, 3]
    assert await numbers_of(things(devin).list(after=second[-1].checkpoint)) == [4, 5, 6]


async def test_a_limit_that_ends_with_a_page_is_resumed_at_the_next(devin, server):
    server.script = numbered(4, 2)
    last = [page async for page in things(devin).list(limit=2).pages()][-1]
    assert await numbers_of(things(devin).list(after=last.checkpoint)) == [2, 3]
    assert queries(server) == [None, "2"]


async def test_the_checkpoint_of_a_finished_list_yields_nothing(devin, server):
    server.script = numbered(2, 2)
    last = [page async for page in things(devin).list().pages()][-1]
    assert await numbers_of(things(devin).list(after=last.checkpoint)) == []
    assert len(server.requests) == 1


async def test_a_checkpoint_survives_json(devin, server):
    server.script = numbered(5, 2)
    first = await anext(things(devin).list(limit=2).pages())
    stored = json.loads(json.dumps(first.checkpoint))
    assert await numbers_of(things(devin).list(after=stored)) == [2, 3, 4]


async def test_a_checkpoint_of_another_list_is_refused(devin, server):
    server.script = numbered(5, 2)
    first = await anext(things(devin).list(limit=2).pages())
    with pytest.raises(InvalidArgumentError, match="the checkpoint is one of '/v3/things'"):
        things(devin).list(Things.OTHERS, after=first.checkpoint)


@pytest.mark.parametrize("after", ["", {}, {"list": "/v3/others"}])
async def test_what_is_no_checkpoint_of_the_list_is_refused(devin, after):
    with pytest.raises(InvalidArgumentError, match="allowed"):
        things(devin).list(after=after)


async def test_a_cursor_of_the_server_resumes_too(devin, server):
    server.script = numbered(5, 2)
    assert await numbers_of(things(devin).list(after="2")) == [2, 3, 4]


async def test_a_page_that_failed_is_resumed_by_the_checkpoint_of_the_error(connect, server):
    devin = connect(server.url, max_attempts=1)
    server.script = [page([1, 2], "a"), answer(503), page([3], None)]
    seen = []
    with pytest.raises(ServerError) as caught:
        await read_into(seen, things(devin).list())
    assert seen == [1, 2]
    assert await numbers_of(things(devin).list(after=caught.value.checkpoint)) == [3]
    assert queries(server) == [None, "a", "a"]


async def test_a_first_page_that_failed_is_resumed_from_the_start(connect, unused):
    devin = connect(unused.url, max_attempts=1)
    unused.script = numbered(3, 2)
    with pytest.raises(ConnectionFailedError) as caught:
        await things(devin).list().collect()
    await unused.start()
    assert await numbers_of(things(devin).list(after=caught.value.checkpoint)) == [0, 1, 2]


async def test_a_page_that_failed_inside_a_resumed_one_keeps_its_place(connect, server):
    devin = connect(server.url, max_attempts=1)
    server.script = numbered(5, 5)
    cut = [page async for page in things(devin).list(limit=2).pages()][-1]
    server.script = [answer(503)]
    with pytest.raises(ServerError) as caught:
        await things(devin).list(after=cut.checkpoint).collect()
    server.script = numbered(5, 5)
    assert await numbers_of(things(devin).list(after=caught.value.checkpoint)) == [2, 3, 4]


async def test_after_a_fault_of_the_cursors_no_item_comes_twice(devin, server):
    server.script = [page([1], "a"), page([2, 3], None, more=True), page([2, 3, 4], None)]
    with pytest.raises(PaginationError) as caught:
        await things(devin).list().collect()
    assert await numbers_of(things(devin).list(after=caught.value.checkpoint)) == [4]
    assert queries(server) == [None, "a", "a"]


async def test_a_bare_array_that_a_limit_cut_is_resumed_inside(devin, server):
    server.script = [array([1, 2, 3])]
    cut = [page async for page in things(devin).list(Things.WHOLE, limit=2).pages()][-1]
    assert await numbers_of(things(devin).list(Things.WHOLE, after=cut.checkpoint)) == [3]


async def test_an_offset_list_is_resumed_by_its_offset(devin, server):
    server.script = numbered(5, 2)
    first = await anext(things(devin).list(Things.OFFSET, limit=2).pages())
    assert await numbers_of(things(devin).list(Things.OFFSET, after=first.checkpoint)) == [2, 3, 4]


def walk(sizes, start, limit):
    """Read a list with pages of *sizes* from *start*: its numbers, and the last checkpoint."""
    walked = CursorWalk("/v3/x", "cursor", read_start(start, "/v3/x"), limit)
    numbers, checkpoint = [], start
    while not walked.done:
        place = int(walked.cursor or 0)
        begin, more = sum(sizes[:place]), place + 1 < len(sizes)
        items = [Thing(n=begin + number) for number in range(sizes[place])]
        page = walked.take(WirePage(items, str(place + 1) if more else None, more))
        numbers += [thing.n for thing in page.items]
        checkpoint = page.checkpoint
    return numbers, checkpoint


@given(
    sizes=st.lists(st.integers(0, 5), min_size=1, max_size=8),
    limits=st.lists(st.integers(1, 7), max_size=6),
)
def test_a_list_read_in_parts_of_any_size_is_the_whole_list(sizes, limits):
    whole, checkpoint = [], None
    for limit in [*limits, None]:
        part, checkpoint = walk(sizes, checkpoint, limit)
        whole += part
    assert whole == list(range(sum(sizes)))
