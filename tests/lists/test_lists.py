"""Lists: every item once, whatever form the server gives them."""

import asyncio
import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import KEY, answer
from things import Thing, Things, array, numbered, numbers_of, page, queries, read_into, things

from devin_async import DevinClient, InvalidArgumentError, PaginationError, ResponseDecodeError
from devin_async.codec.decoding import WirePage
from devin_async.lists.pager import Pager


@pytest.fixture
def devin(scripted):
    """Here, a client of the scripted server."""
    return scripted


async def test_making_a_list_sends_nothing(devin, server):
    things(devin).list()
    assert server.requests == []


@pytest.mark.parametrize("name", ["path", "query", "times", "resume", "pagesize"])
async def test_a_keyword_that_no_list_takes_is_refused(devin, name):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        devin.enterprise.organizations.list(**{name: None})


async def test_items_come_once_and_in_order(devin, server):
    server.script = numbered(10, 3)
    assert await numbers_of(things(devin).list()) == list(range(10))
    assert queries(server) == [None, "3", "6", "9"]


async def test_a_list_can_be_iterated_twice_and_starts_anew(devin, server):
    server.script = numbered(5, 2)
    pager = things(devin).list()
    assert await numbers_of(pager) == await numbers_of(pager) == [0, 1, 2, 3, 4]
    assert queries(server) == [None, "2", "4"] * 2


@pytest.mark.parametrize(
    ("endpoint", "envelope"),
    [
        (Things.ITEMS, "items"),
        (Things.DATA, "data"),
        (Things.TAGS, "tags"),
        (Things.ORGANIZATIONS, "organizations"),
    ],
)
async def test_every_envelope_reads_the_same_way(devin, server, endpoint, envelope):
    server.script = numbered(5, 2, envelope)
    assert await numbers_of(things(devin).list(endpoint)) == [0, 1, 2, 3, 4]


async def test_a_list_by_offset_reads_the_same_way(devin, server):
    server.script = numbered(5, 2)
    assert await numbers_of(things(devin).list(Things.OFFSET, page_size=2)) == [0, 1, 2, 3, 4]
    assert queries(server, "offset") == [None, "2", "4"]
    assert queries(server, "limit") == ["2", "2", "2"]


@pytest.mark.parametrize("endpoint", [Things.WHOLE, Things.ITEMS, Things.DATA])
async def test_a_bare_array_reads_the_same_way(devin, server, endpoint):
    server.script = [array([1, 2, 3])]
    assert await numbers_of(things(devin).list(endpoint)) == [1, 2, 3]
    assert len(server.requests) == 1


async def test_a_page_tells_what_the_server_told(devin, server):
    server.script = [page([1, 2], "c", total=3), page([3], total=3)]
    first, last = [one async for one in things(devin).list().pages()]
    assert (first.end_cursor, first.has_next_page, first.total) == ("c", True, 3)
    assert (last.end_cursor, last.has_next_page, last.total) == (None, False, 3)


async def test_page_size_is_sent_only_when_given(devin, server):
    server.script = numbered(3, 3)
    await things(devin).list().collect()
    await things(devin).list(page_size=200).collect()
    assert queries(server, "first") == [None, "200"]


async def test_an_empty_page_is_not_the_end(devin, server):
    server.script = [page([], "a"), page([], "b"), page([1], "c"), page([])]
    assert await numbers_of(things(devin).list()) == [1]
    assert queries(server) == [None, "a", "b", "c"]


async def test_has_next_page_false_is_the_end_in_spite_of_a_cursor(devin, server):
    server.script = [page([1], "a", more=False)]
    assert await numbers_of(things(devin).list()) == [1]
    assert len(server.requests) == 1


async def test_first_of_an_empty_list_is_none(devin, server):
    server.script = [page([])]
    assert await things(devin).list().first() is None


async def test_first_skips_empty_pages(devin, server):
    server.script = [page([], "a"), page([7], "b")]
    assert (await things(devin).list().first()).n == 7


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 4, 5, 6])
async def test_limit_counts_items(devin, server, limit):
    server.script = numbered(5, 2)
    assert await numbers_of(things(devin).list(limit=limit)) == list(range(5))[:limit]


async def test_collect_takes_the_smaller_limit(devin, server):
    server.script = numbered(9, 2)
    assert len(await things(devin).list(limit=3).collect(limit=5)) == 3
    assert len(await things(devin).list(limit=5).collect(limit=3)) == 3


@pytest.mark.parametrize("options", [{"limit": -1}, {"page_size": 0}, {"page_size": 201}])
async def test_impossible_sizes_are_refused_before_anything_is_sent(devin, server, options):
    with pytest.raises(InvalidArgumentError, match="allowed: a whole number"):
        things(devin).list(**options)
    assert server.requests == []


async def test_a_missing_cursor_is_an_error_after_the_items_of_its_page(devin, server):
    server.script = [page([1], "a"), page([2, 3], None, more=True)]
    seen = []
    with pytest.raises(PaginationError, match="end_cursor is missing"):
        await read_into(seen, things(devin).list())
    assert seen == [1, 2, 3]
    assert len(server.requests) == 2


async def test_a_page_that_spells_its_end_otherwise_is_followed_and_told(server, caplog):
    server.script = [
        answer(200, {"items": [{"n": 1}, {"n": 2}], "endCursor": "a", "hasNextPage": True}),
        answer(200, {"items": [{"n": 3}], "page_info": {"end_cursor": "b", "has_next": True}}),
        page([4]),
    ]
    async with DevinClient(KEY, base_url=server.url) as devin:
        assert [thing.n for thing in await things(devin).list().collect()] == [1, 2, 3, 4]
    assert [dict(request.query).get("after") for request in server.requests] == [None, "a", "b"]
    end = "schema drift: Page.end_cursor at $.endCursor: expected end_cursor, got another name"
    flag = "schema drift: Page.has_next_page at $.hasNextPage: expected has_next_page, got another"
    assert caplog.messages == [end, f"{flag} name"]


async def test_a_full_page_that_tells_of_no_other_is_an_error_after_its_items(devin, server):
    server.script = [answer(200, {"items": [{"n": 1}, {"n": 2}], "next": "/v3/things?after=2"})] * 2
    seen = []
    with pytest.raises(PaginationError, match="what may follow cannot be asked for") as caught:
        await read_into(seen, things(devin).list(page_size=2))
    assert seen == [1, 2]
    assert caught.value.checkpoint["done"] is False
    assert len(await things(devin).list(page_size=2, limit=2).collect()) == 2


async def test_a_total_of_another_type_counts_for_nothing(server):
    async with DevinClient(KEY, base_url=server.url) as devin:
        for total in ("many", 3.5, True, [3], {"count": 3}):
            server.script = [answer(200, {"items": [{"n": 1}, {"n": 2}], "total": total})]
            (read,) = [one async for one in things(devin).list().pages()]
            assert (len(read.items), read.total) == (2, None)


async def test_a_repeated_cursor_is_an_error_after_the_items_of_its_page(devin, server):
    server.script = [page([1], "a"), page([2], "a")]
    seen = []
    with pytest.raises(PaginationError, match="the cursor of an earlier page again"):
        await read_into(seen, things(devin).list())
    assert seen == [1, 2]
    assert len(server.requests) == 2


async def test_a_cursor_that_leads_back_to_where_it_was_resumed_is_an_error(devin, server):
    server.script = [page([1], "a")]
    with pytest.raises(PaginationError):
        await things(devin).list(after="a").collect()
    assert len(server.requests) == 1


async def test_an_offset_that_does_not_move_is_an_error(devin, server):
    server.script = [page([1], more=True), page([], more=True)]
    with pytest.raises(PaginationError):
        await things(devin).list(Things.OFFSET).collect()
    assert len(server.requests) <= 3


async def test_a_limit_that_was_met_does_not_mind_where_the_cursor_leads(devin, server):
    server.script = [page([1], None, more=True)]
    assert (await things(devin).list().first()).n == 1


@given(before=st.integers(0, 30), length=st.integers(1, 20))
async def test_cursors_in_a_circle_end_after_a_bounded_number_of_requests(before, length):
    asked = []

    class Circle:
        name, paging, route, id_field = "/v3/things", "cursor", "GET /v3/things", None
        query = MappingProxyType({})

        async def __call__(self, cursor, page_size):
            asked.append(cursor)
            place = int(cursor or 0) + 1
            following = place if place < before + length else before
            return WirePage([Thing(n=place)], str(following), has_next_page=True)

    with pytest.raises(PaginationError):
        await numbers_of(Pager(fetch=Circle(), spawn=asyncio.ensure_future))
    assert len(asked) <= 4 * (before + length) + 4


async def test_what_is_no_page_says_where_it_is_wrong(devin, server):
    server.script = [answer(200, {"items": [{"n": 1}, {"n": "x"}]})]
    with pytest.raises(ResponseDecodeError, match=r"items\[1\]\.n") as caught:
        await things(devin).list().collect()
    assert caught.value.path == "/v3/things"


async def test_the_checkpoint_is_plain_json(devin, server):
    server.script = numbered(4, 2)
    pages = [one async for one in things(devin).list().pages()]
    assert json.loads(json.dumps(pages[0].checkpoint)) == pages[0].checkpoint


async def test_a_filter_with_half_a_character_is_refused_before_a_request(devin, server):
    with pytest.raises(InvalidArgumentError, match="half a character"):
        await devin.enterprise.audit_logs.list(action="\ud83d").collect()
    assert server.requests == []
