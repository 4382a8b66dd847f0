"""The next page is asked for before the caller wants it, and what that leaves behind: nothing."""

import asyncio
import gc
import tracemalloc
from contextlib import aclosing

import pytest
from scripted_server import answer, hang, outlast
from things import numbered, numbers_of, page, queries, things
from waiting import settled, until

from devin_async import ConfigurationError, DevinClient, ServerError
from devin_async.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("debug_mode")


@pytest.fixture
def devin(scripted):
    """Here, a client of the scripted server."""
    return scripted


async def test_the_next_page_is_requested_before_the_caller_asks(devin, server):
    server.script = numbered(4, 2)
    async with aclosing(things(devin).list().pages()) as pages:
        await anext(pages)
        await server.received(2)
    assert queries(server) == [None, "2"]


async def test_the_page_after_the_next_one_is_not_requested(devin, server):
    server.script = numbered(9, 2)
    async with aclosing(things(devin).list().pages()) as pages:
        await anext(pages)
        await server.received(2)
        await settled()
        assert len(server.requests) == 2


@pytest.mark.parametrize("limit", [1, 2])
async def test_nothing_is_requested_once_limit_is_covered(devin, server, limit):
    server.script = numbered(9, 2)
    assert await numbers_of(things(devin).list(limit=limit)) == [0, 1][:limit]
    await settled()
    assert len(server.requests) == 1


async def test_nothing_is_requested_once_first_has_its_item(devin, server):
    server.script = numbered(9, 2)
    await things(devin).list().first()
    await settled()
    assert len(server.requests) == 1


async def test_nothing_is_requested_after_the_last_page(devin, server):
    server.script = numbered(4, 2)
    await things(devin).list().collect()
    assert len(server.requests) == 2


async def test_an_error_of_the_next_page_comes_after_the_items_of_this_one(connect, server):
    devin = connect(server.url, max_attempts=1)
    server.script = [page([1, 2, 3], "a"), answer(500)]
    items = aiter(things(devin).list())
    assert (await anext(items)).n == 1
    await server.received(2)
    await settled()
    assert [(await anext(items)).n, (await anext(items)).n] == [2, 3]
    with pytest.raises(ServerError):
        await anext(items)


async def test_an_error_of_the_next_page_is_not_raised_if_the_caller_leaves(connect, server, tasks):
    devin = connect(server.url, max_attempts=1)
    server.script = [page([1], "a"), answer(500)]
    async with aclosing(aiter(things(devin).list())) as items:
        await anext(items)
        await server.received(2)
        await settled()
    assert tasks() == set()


async def test_leaving_aclosing_leaves_no_task_at_once(devin, server, tasks):
    server.script = [page([1, 2], "a"), hang]
    async with aclosing(aiter(things(devin).list())) as items:
        await anext(items)
        await server.received(2)
        assert len(tasks()) == 1
    assert tasks() == set()


async def test_a_bare_break_leaves_no_task_within_a_second(devin, server, tasks):
    server.script = [page([1, 2], "a"), hang]
    async for _ in things(devin).list():
        break
    await until(lambda: tasks() == set())


async def test_an_error_in_the_loop_leaves_no_task_within_a_second(devin, server, tasks):
    server.script = [page([1, 2], "a"), hang]
    with pytest.raises(LookupError):
        await _fail_at_first(things(devin).list())
    await until(lambda: tasks() == set())


async def _fail_at_first(pager):
    async for _ in pager:
        raise LookupError


@pytest.mark.parametrize("requests", [1, 2])
async def test_cancelling_the_reader_leaves_no_task(devin, server, tasks, requests):
    server.script = [[hang], [page([1], "a"), hang]][requests - 1]
    reader = asyncio.create_task(things(devin).list().collect())
    await server.received(requests)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert tasks() == set()


async def test_a_timeout_around_the_reader_is_a_timeout(devin, server, tasks):
    server.script = [page([1], "a"), outlast(51)]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(50):
            await things(devin).list().collect()
    assert tasks() == set()


async def test_close_leaves_neither_task_nor_socket(devin, server, tasks):
    server.script = [page([1, 2], "a"), hang]
    items = aiter(things(devin).list())
    await anext(items)
    await server.received(2)
    await devin.close()
    assert tasks() == set()
    await until(lambda: server.connections == set())
    await items.aclose()


async def test_close_ends_a_reader_with_an_error_of_ours(devin, server, tasks):
    server.script = [page([1], "a"), hang]
    reader = asyncio.create_task(things(devin).list().collect())
    await server.received(2)
    await devin.close()
    with pytest.raises(ConfigurationError, match="closed") as caught:
        await reader
    assert caught.value.checkpoint["after"] == "a"
    assert tasks() == set()


async def test_two_iterations_of_one_list_do_not_disturb_each_other(devin, server):
    server.script = numbered(6, 2)
    pager = things(devin).list()
    both = [(a.n, b.n) async for a, b in _side_by_side(pager, pager)]
    assert both == [(n, n) for n in range(6)]


async def _side_by_side(left, right):
    async with aclosing(aiter(left)) as first, aclosing(aiter(right)) as second:
        async for item in first:
            yield item, await anext(second)


@pytest.fixture
async def sandbox_of_many():
    async with Sandbox(audit_logs=100_000, request_limit=10) as running:
        yield running


async def test_100_000_audit_logs_come_once_and_in_order(sandbox_of_many):
    asyncio.get_running_loop().set_debug(False)  # ten times slower otherwise
    many = sandbox_of_many
    async with DevinClient(many.token, base_url=many.url) as devin:
        logs = devin.enterprise.audit_logs.list(page_size=200)
        read = [(log.created_at, log.audit_log_id) async for log in logs]
    moments = [moment for moment, _ in read]
    assert len({name for _, name in read}) == len(read) == 100_000
    assert moments == sorted(moments, reverse=True)
    assert many.count() == 500


@pytest.mark.slow
async def test_memory_stays_flat_over_100_000_audit_logs(sandbox_of_many):
    asyncio.get_running_loop().set_debug(False)
    many = sandbox_of_many
    async with (
        DevinClient(many.token, base_url=many.url) as devin,
        aclosing(aiter(devin.enterprise.audit_logs.list(page_size=200))) as logs,
    ):
        first, second = await _peaks_of(logs, 50_000)
    assert second < first * 1.2 + 100_000


async def _peaks_of(items, count):
    """Tell the peaks of traced memory over the first *count*, and over the second."""
    gc.collect()
    tracemalloc.start()
    try:
        first = await _peak_of(items, count)
        tracemalloc.reset_peak()
        return first, await _peak_of(items, count)
    finally:
        tracemalloc.stop()


async def _peak_of(items, count):
    for _ in range(count):
        await anext(items)
    return tracemalloc.get_traced_memory()[1]
