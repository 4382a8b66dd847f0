import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async import InvalidArgumentError, PaginationError
from devin_async.codec.decoding import WirePage
from devin_async.lists.cursors import CursorWalk, Start, read_start

NAME = "/v3/things"


def cursor_server(sizes, start=0):
    """Give the page after a cursor of a list whose pages have these sizes."""
    starts = [sum(sizes[:index]) for index in range(len(sizes))]

    def page(cursor):
        index = int(cursor.removeprefix("page-")) if cursor else 0
        items = list(range(starts[index], starts[index] + sizes[index]))
        more = index + 1 < len(sizes)
        return WirePage(items, f"page-{index + 1}" if more else None, more)

    return page


def offset_server(total, size):
    def page(cursor):
        first = int(cursor or 0)
        return WirePage(list(range(total))[first : first + size], None, first + size < total)

    return page


def pages_of(server, *, after=None, limit=None, paging="cursor"):
    walk = CursorWalk(NAME, paging, read_start(after, NAME), limit)
    pages = []
    while not walk.done:
        pages.append(walk.take(server(walk.cursor)))
    assert walk.fault is None
    return pages


def items_of(pages):
    return [item for page in pages for item in page.items]


page_sizes = st.lists(st.integers(0, 5), min_size=1, max_size=8)


@given(page_sizes)
def test_a_walk_gives_every_item_once_and_in_order(sizes):
    assert items_of(pages_of(cursor_server(sizes))) == list(range(sum(sizes)))


@given(page_sizes, st.integers(0, 50))
def test_a_limit_cuts_the_items_short(sizes, limit):
    read = items_of(pages_of(cursor_server(sizes), limit=limit))
    assert read == list(range(min(limit, sum(sizes))))


@given(page_sizes, st.lists(st.integers(0, 7), max_size=6))
def test_resumed_parts_put_together_are_the_whole(sizes, limits):
    server, checkpoint, read = cursor_server(sizes), None, []
    for limit in [*limits, None]:
        pages = pages_of(server, after=checkpoint, limit=limit)
        read += items_of(pages)
        checkpoint = json.loads(json.dumps(pages[-1].checkpoint)) if pages else checkpoint
    assert read == list(range(sum(sizes)))


@given(page_sizes, st.data())
def test_every_pages_checkpoint_resumes_right_behind_it(sizes, data):
    server = cursor_server(sizes)
    pages = pages_of(server)
    number = data.draw(st.integers(0, len(pages) - 1))
    rest = pages_of(server, after=pages[number].checkpoint)
    assert items_of(pages[: number + 1]) + items_of(rest) == list(range(sum(sizes)))


@given(st.integers(0, 40), st.integers(1, 9), st.lists(st.integers(0, 9), max_size=5))
def test_offsets_resume_as_cursors_do(total, size, limits):
    server, checkpoint, read = offset_server(total, size), None, []
    for limit in [*limits, None]:
        pages = pages_of(server, after=checkpoint, limit=limit, paging="offset")
        read += items_of(pages)
        checkpoint = pages[-1].checkpoint if pages else checkpoint
    assert read == list(range(total))


def test_an_empty_page_is_not_the_end():
    assert items_of(pages_of(cursor_server([2, 0, 0, 1]))) == [0, 1, 2]


def test_a_limit_of_0_asks_for_nothing():
    assert pages_of(cursor_server([3]), limit=0) == []


def test_a_finished_checkpoint_resumes_to_nothing():
    last = pages_of(cursor_server([3]))[-1]
    assert last.checkpoint["done"] is True
    assert pages_of(cursor_server([3]), after=last.checkpoint) == []


def test_a_list_that_is_not_paged_is_one_page():
    walk = CursorWalk(NAME, "none", Start(), None)
    page = walk.take(WirePage([1, 2], "ignored", has_next_page=True))
    assert (page.items, walk.done, walk.fault) == ([1, 2], True, None)


def test_a_page_tells_what_the_server_told():
    walk = CursorWalk(NAME, "cursor", Start(), None)
    page = walk.take(WirePage([1], "c1", has_next_page=True, total=9))
    assert (page.end_cursor, page.has_next_page, page.total) == ("c1", True, 9)
    assert page.checkpoint == {"list": NAME, "after": "c1", "skip": 0, "done": False}


@pytest.mark.parametrize("cursor", [None, ""])
def test_a_missing_cursor_is_a_fault_after_the_pages_items(cursor):
    walk = CursorWalk(NAME, "cursor", Start(), None)
    page = walk.take(WirePage([1], cursor, has_next_page=True))
    assert page.items == [1]
    assert isinstance(walk.fault, PaginationError)
    assert "has_next_page is true, but end_cursor is missing" in str(walk.fault)


UNCLEAR = [  # page size, pages before, items, total, why it is a fault
    (None, 0, 100, None, "it is full, with 100"),
    (None, 0, 99, None, None),
    (None, 0, 101, None, None),  # of a server that does not page
    (3, 0, 3, None, "it is full, with 3"),
    (3, 0, 2, None, None),
    (3, 2, 3, 9, None),
    (3, 2, 3, 10, "its total is 10, and 9 came"),
    (3, 0, 0, None, None),
]


def test_a_page_that_tells_of_no_other_though_there_seems_to_be_one_is_a_fault():
    for size, before, count, total, why in UNCLEAR:
        walk = CursorWalk(NAME, "cursor", Start(), None, page_size=size)
        for number in range(before):
            walk.take(WirePage([1] * size, f"c{number}", has_next_page=True))
        page = walk.take(WirePage([1] * count, None, None, total))
        assert len(page.items) == count
        assert page.has_next_page is False
        assert walk.done
        if why is None:
            assert walk.fault is None
        else:
            assert f"has neither has_next_page nor end_cursor, but {why}" in str(walk.fault)
            assert (page.checkpoint["skip"], page.checkpoint["done"]) == (count, False)


def test_a_list_that_is_not_paged_may_be_of_any_length():
    walk = CursorWalk(NAME, "none", Start(), None, page_size=3)
    walk.take(WirePage([1, 2, 3], None, None, 9))
    assert walk.fault is None


def test_a_total_says_nothing_of_a_list_that_was_begun_within():
    walk = CursorWalk(NAME, "cursor", Start("c1"), None, page_size=3)
    walk.take(WirePage([1, 2], None, None, 9))
    assert walk.fault is None


def test_a_cursor_that_does_not_move_is_a_fault():
    walk = CursorWalk(NAME, "cursor", Start("c1"), None)
    walk.take(WirePage([1], "c1", has_next_page=True))
    assert "the server gave the cursor of an earlier page again" in str(walk.fault)


def test_an_offset_that_does_not_move_is_a_fault():
    walk = CursorWalk(NAME, "offset", Start(), None)
    walk.take(WirePage([1], None, has_next_page=True))
    walk.take(WirePage([], None, has_next_page=True))
    assert isinstance(walk.fault, PaginationError)


@given(st.integers(0, 40), st.integers(1, 40))
def test_any_circle_of_cursors_ends(tail, length):
    walk = CursorWalk(NAME, "cursor", Start(), None)
    for step in range(4 * (tail + length) + 8):
        if not walk.done:
            place = step if step < tail else tail + (step - tail) % length
            walk.take(WirePage([step], f"c{place}", has_next_page=True))
    assert isinstance(walk.fault, PaginationError)


@given(st.integers(1, 300))
def test_no_list_without_a_circle_is_taken_for_one(count):
    assert len(pages_of(cursor_server([1] * count))) == count


@pytest.mark.parametrize("after", ["", {"list": "/v3/others", "after": "c1"}, {}])
def test_what_is_no_place_in_this_list_is_refused(after):
    with pytest.raises(InvalidArgumentError, match=r"after is |checkpoint"):
        read_start(after, NAME)


def test_a_cursor_and_a_checkpoint_are_both_places():
    assert read_start(None, NAME) == Start()
    assert read_start("c1", NAME) == Start("c1")
    checkpoint = {"list": NAME, "after": "c1", "skip": 2, "done": False}
    assert read_start(checkpoint, NAME) == Start("c1", 2, done=False)


@pytest.mark.parametrize(
    "wrong", [{"skip": "many"}, {"skip": -1}, {"skip": None}, {"after": 5}, {"skip": 1.5}]
)
def test_a_checkpoint_that_was_tampered_with_is_refused(wrong):
    with pytest.raises(InvalidArgumentError):
        read_start({"list": NAME, "after": "c1", "skip": 0, "done": False} | wrong, NAME)


def test_an_offset_that_is_no_number_is_refused():
    with pytest.raises(InvalidArgumentError, match="after is 'abc'"):
        CursorWalk(NAME, "offset", Start("abc"), None)


def test_what_is_no_checkpoint_is_refused_as_it_is():
    with pytest.raises(InvalidArgumentError, match=r"\{'a': 1\} is no checkpoint; allowed: one of"):
        read_start({"a": 1}, "/v3/things", "cursor")


class Unread(str):
    """An item whose id nobody may look for."""

    __slots__ = ()

    @property
    def thing_id(self):
        raise AssertionError("no page was to be asked for its ids")


def times_of_two_pages(items, first, second):
    """Walk over two pages of *items* whose moments are these; give what is left of the second."""
    walk = CursorWalk(NAME, "cursor", Start(), None, id_field="thing_id")
    walk.take(WirePage(items, "1", True), first)
    return walk.take(WirePage(items, None, False), second).items


def test_pages_whose_times_are_apart_are_not_asked_for_ids():
    items = [Unread("a"), Unread("b")]
    for first, second in (([1, 2], [3, 4]), ([4, 3], [2, 1])):
        assert times_of_two_pages(items, first, second) == items


def test_pages_that_share_a_time_are_compared_by_their_ids():
    items = [{"thing_id": "a"}, {"thing_id": "b"}]
    for first, second in (([1, 2], [2, 3]), ([3, 2], [2, 1]), ([1, 4], [2, 3]), ([], [])):
        assert times_of_two_pages(items, first, second) == []
