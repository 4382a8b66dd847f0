"""Checkpoints of ranges of time: a list goes on exactly there, however it is read."""

import json
from contextlib import aclosing

import pytest
from clocks import START

from devin_async import InvalidArgumentError


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_every_page_can_be_resumed_after_serially_and_by_other_windows(devin, order):
    filters = {"time_after": START - 40_000, "time_before": START, "order": order}
    expected = await devin.enterprise.audit_logs.list(**filters).collect()
    pages = [page async for page in devin.enterprise.audit_logs.list(**filters, parallel=7).pages()]
    done = 0
    for number, page in enumerate(pages):
        done += len(page.items)
        if number % 9 and number < len(pages) - 2:
            continue
        checkpoint = json.loads(json.dumps(page.checkpoint))
        for parallel in (None, 1, 3):
            rest = devin.enterprise.audit_logs.list(**filters, resume=checkpoint, parallel=parallel)
            assert await rest.collect() == expected[done:]
    assert done == len(expected)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("span", [40_000, 40])
async def test_the_checkpoint_of_a_serial_list_goes_on_in_parallel(open_world, order, span):
    _, devin = await open_world(audit_span=span)
    filters = {"time_after": START - 40_000, "time_before": START, "order": order, "page_size": 30}
    expected = await devin.enterprise.audit_logs.list(**filters).collect()
    cut = devin.enterprise.audit_logs.list(**filters, limit=1234)
    checkpoint = [page async for page in cut.pages()][-1].checkpoint
    first = [
        page
        async for page in devin.enterprise.audit_logs.list(
            **filters, resume=checkpoint, parallel=5
        ).pages()
    ]
    assert [log for page in first for log in page.items] == expected[1234:]
    done = 1234
    for page in first[:4]:
        done += len(page.items)
        again = devin.enterprise.audit_logs.list(**filters, resume=page.checkpoint, parallel=3)
        assert await again.collect() == expected[done:]


async def test_a_limit_may_end_in_the_second_that_a_cursor_points_into(open_world):
    _, devin = await open_world(audit_span=40)
    filters = {"time_after": START - 50, "time_before": START, "page_size": 30, "order": "asc"}
    expected = await devin.enterprise.audit_logs.list(**filters).collect()
    checkpoint, read = None, []
    for limit in (45, 20, 1, 30, 7, 500):
        parallel = None if not read else 3
        cut = devin.enterprise.audit_logs.list(
            **filters, resume=checkpoint, parallel=parallel, limit=limit
        )
        pages = [page async for page in cut.pages()]
        read += [log for page in pages for log in page.items]
        checkpoint = pages[-1].checkpoint
    assert read == expected[:603]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("span", [20, 40])
async def test_a_cursor_into_the_newest_seconds_goes_on_in_parallel(open_world, order, span):
    _, devin = await open_world(audit_logs=300, audit_span=span)
    filters = {"order": order, "page_size": 30}
    expected = await devin.enterprise.audit_logs.list(**filters).collect()
    for limit in (5, 100, 250):
        cut = devin.enterprise.audit_logs.list(**filters, limit=limit)
        checkpoint = [page async for page in cut.pages()][-1].checkpoint
        again = devin.enterprise.audit_logs.list(**filters, resume=checkpoint, parallel=3)
        pages = [page async for page in again.pages()]
        read = [log for page in pages for log in page.items]
        assert read == expected[limit : limit + len(read)]
        assert order == "asc" or len(read) == 300 - limit
        last = pages[-1].checkpoint
        rest = devin.enterprise.audit_logs.list(**filters, resume=last, parallel=3)
        assert await rest.collect() == []


async def test_a_checkpoint_is_small_and_plain(devin):
    pages = devin.enterprise.audit_logs.list(time_after=START - 40_000, parallel=4).pages()
    async with aclosing(pages):
        checkpoint = (await anext(pages)).checkpoint
    assert json.loads(json.dumps(checkpoint)) == checkpoint
    assert len(json.dumps(checkpoint)) < 300


CHANGES = [
    {"time_after": START - 30_000},
    {"time_before": None},
    {"order": "asc"},
    {"action": "create_session"},
]


@pytest.mark.parametrize("parallel", [None, 4])
@pytest.mark.parametrize("change", CHANGES)
async def test_a_checkpoint_of_another_range_or_filter_is_refused(devin, change, parallel):
    filters = {"time_after": START - 40_000, "time_before": START, "parallel": parallel}
    pages = devin.enterprise.audit_logs.list(**filters).pages()
    async with aclosing(pages):
        checkpoint = (await anext(pages)).checkpoint
    for otherwise in (parallel, 3):
        asked = {**filters, **change, "parallel": otherwise}
        with pytest.raises(InvalidArgumentError, match="the checkpoint is of another range"):
            devin.enterprise.audit_logs.list(**asked, resume=checkpoint)


async def test_a_cursors_checkpoint_of_another_filter_is_refused(devin):
    users = devin.enterprise.service_users
    pages = users.list(include_inactive=True, page_size=1).pages()
    async with aclosing(pages):
        checkpoint = (await anext(pages)).checkpoint
    users.list(include_inactive=True, page_size=2, limit=5, after=checkpoint)
    with pytest.raises(InvalidArgumentError, match="the checkpoint is of another range or filter"):
        users.list(after=checkpoint)


class Text(str):
    """A text of a class of its own, as numpy, Django and others have."""

    __slots__ = ()


async def test_a_filter_of_a_class_of_its_own_is_the_text_that_it_is(devin):
    logs = devin.enterprise.audit_logs
    async with aclosing(logs.list(action=Text("create_session")).pages()) as pages:
        checkpoint = (await anext(pages)).checkpoint
    logs.list(action="create_session", resume=checkpoint)
    assert await devin.enterprise.sessions.list(tags=[Text("no-such-tag")]).collect() == []
    assert await devin.enterprise.knowledge.list(search=Text("no such note")).collect() == []


async def test_a_checkpoint_that_does_not_tell_its_filters_is_taken(devin):
    checkpoint = {"list": "/v3/enterprise/audit-logs", "after": None, "skip": 0, "done": True}
    assert await devin.enterprise.audit_logs.list(order="asc", after=checkpoint).collect() == []


@pytest.mark.parametrize(
    "change", [{"at": "x"}, {"skip": -1}, {"before": None}, {"at": 5}, {"after": "x"}]
)
async def test_a_checkpoint_that_was_changed_is_refused(devin, change):
    filters = {"time_after": START - 40_000, "time_before": START, "parallel": 4}
    pages = devin.enterprise.audit_logs.list(**filters).pages()
    async with aclosing(pages):
        checkpoint = (await anext(pages)).checkpoint
    with pytest.raises(InvalidArgumentError, match="allowed: an unchanged checkpoint"):
        devin.enterprise.audit_logs.list(**filters, resume={**checkpoint, **change})


@pytest.mark.parametrize("limit", [None, 10, 100, 1766])
async def test_a_checkpoint_that_tells_no_time_goes_on_in_parallel_behind_its_second(
    open_world, limit
):
    _, devin = await open_world(audit_span=40)
    filters = {"time_after": START - 50, "time_before": START, "page_size": 30, "order": "asc"}
    expected = await devin.enterprise.audit_logs.list(**filters).collect()
    cut = devin.enterprise.audit_logs.list(**filters, limit=1234)
    checkpoint = [page async for page in cut.pages()][-1].checkpoint
    untimed = {name: one for name, one in checkpoint.items() if name not in {"second", "count"}}
    assert len(untimed) == len(checkpoint) - 2
    again = devin.enterprise.audit_logs.list(**filters, resume=untimed, parallel=3, limit=limit)
    assert await again.collect() == expected[1234:][:limit]
