"""A list that changes while it is read shows rows twice; a fan-out over it runs each once."""

import asyncio
from collections import Counter

import pytest
from scripted_server import answer
from things import page, things

from devin_async import InvalidArgumentError
from devin_async.jobs.fan_out import FanOut


def organization(number, name="Org"):
    return {"org_id": f"org-{number}", "name": name}


def organizations(*pages):
    """Answer with pages of organizations, one after the other."""
    last = len(pages) - 1
    return [
        answer(
            200,
            {
                "items": [organization(*row) for row in rows],
                "end_cursor": None if at == last else str(at),
                "has_next_page": at < last,
            },
        )
        for at, rows in enumerate(pages)
    ]


TWICE = (((1,), (2,), (3,)), ((3, "Renamed"), (2,), (4,)))


class Calls(Counter):
    async def __call__(self, item):
        self[item.org_id] += 1
        await asyncio.sleep(0)
        return item.org_id


async def test_each_id_of_a_list_runs_once_and_the_others_are_counted(devin, server):
    server.script = organizations(*TWICE)
    calls = Calls()
    job = devin.fan_out(devin.enterprise.organizations.list(), calls, concurrency=2)
    outcomes = await job.collect()
    assert calls == {"org-1": 1, "org-2": 1, "org-3": 1, "org-4": 1}
    assert [(outcome.index, outcome.value) for outcome in outcomes] == [
        (0, "org-1"),
        (1, "org-2"),
        (2, "org-3"),
        (5, "org-4"),
    ]
    assert job.left_out == {"repeated": 2}


async def test_a_list_runs_as_it_comes_when_it_is_said_to(devin, server):
    server.script = organizations(*TWICE)
    calls = Calls()
    source = devin.enterprise.organizations.list()
    job = devin.fan_out(source, calls, concurrency=2, distinct=False)
    assert len(await job.collect()) == 6
    assert calls == {"org-1": 1, "org-2": 2, "org-3": 2, "org-4": 1}
    assert job.left_out == {}


async def test_rows_without_an_id_are_the_same_when_all_of_them_is(devin, server):
    server.script = [page([1, 2], "next"), page([2, 3])]
    seen = Counter()

    async def note(item):
        seen[item.n] += 1

    job = devin.fan_out(things(devin).list(), note, concurrency=2)
    await job.collect()
    assert seen == {1: 1, 2: 1, 3: 1}
    assert job.left_out == {"repeated": 1}


async def test_plain_rows_are_known_by_their_ids_too(devin, server):
    server.script = organizations(*TWICE)
    seen = []

    async def note(item):
        seen.append((item["org_id"], item["name"]))

    job = devin.fan_out(devin.enterprise.organizations.list().raw(), note, concurrency=1)
    await job.collect()
    assert seen == [("org-1", "Org"), ("org-2", "Org"), ("org-3", "Org"), ("org-4", "Org")]
    assert job.left_out == {"repeated": 2}


async def test_a_row_that_comes_again_pages_later_runs_once(devin, server):
    server.script = organizations(((1,), (2,)), ((3,), (4,)), ((1,), (5,)))
    calls = Calls()
    job = devin.fan_out(devin.enterprise.organizations.list(), calls, concurrency=2)
    await job.collect()
    assert set(calls.values()) == {1}
    assert job.left_out == {"repeated": 1}


async def test_a_list_shows_its_repeats_when_it_is_asked_to(devin, server):
    server.script = organizations(*TWICE) * 2
    organizations_list = devin.enterprise.organizations.list()
    assert len(await organizations_list.collect()) == 4
    assert len(await organizations_list.with_repeats().collect()) == 6


async def test_what_cannot_be_told_apart_is_refused():
    job = FanOut([object()], double, concurrency=1, distinct=True)
    with pytest.raises(InvalidArgumentError, match="an item is an object, which has no id"):
        await job.collect()


async def double(item):
    await asyncio.sleep(0)
    return item * 2


async def test_what_the_caller_lists_twice_is_meant():
    outcomes = await FanOut([1, 1, 2], double, concurrency=2).collect()
    assert [outcome.value for outcome in outcomes] == [2, 2, 4]


async def test_any_source_can_be_made_distinct_by_a_key():
    job = FanOut(["a", "A", "b"], double, concurrency=2, distinct=True, key=str.lower)
    assert [outcome.value for outcome in await job.collect()] == ["aa", "bb"]
    assert job.left_out == {"repeated": 1}


async def test_texts_are_their_own_ids():
    job = FanOut(iter(["a", "b", "a"]), double, concurrency=2, distinct=True)
    assert [outcome.value for outcome in await job.collect()] == ["aa", "bb"]


def test_distinct_that_is_no_bool_is_refused():
    with pytest.raises(InvalidArgumentError, match="distinct is 'no'; allowed: True, False or"):
        FanOut([1], double, concurrency=1, distinct="no")


async def test_a_key_that_cannot_be_compared_ends_it_in_words(devin):
    job = devin.fan_out([1, 2], Calls(), concurrency=1, distinct=True, key=lambda one: [one])
    with pytest.raises(InvalidArgumentError, match="key= gave a list for an item; allowed: a str"):
        await job.collect()
