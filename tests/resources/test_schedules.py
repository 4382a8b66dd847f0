"""Schedules of an organization through the client, against the sandbox."""

import asyncio
import warnings
from datetime import UTC, datetime, timedelta, timezone

import pytest

from devin_async import InvalidArgumentError, NotFoundError

pytestmark = pytest.mark.filterwarnings("ignore:schedules are deprecated:DeprecationWarning")

MONDAYS = "0 9 * * 1"
THEN = datetime(2030, 1, 31, 8, tzinfo=UTC)


@pytest.fixture
def schedules(devin, sandbox):
    return devin.organization(sandbox.organization_ids[0]).schedules


async def test_a_schedule_is_created_read_listed_and_deleted(schedules):
    made = await schedules.create("weekly", prompt="Check.", frequency=MONDAYS)
    assert (made.schedule_type, made.frequency, made.enabled) == ("recurring", MONDAYS, True)
    assert await schedules.get(made.schedule_id) == made
    assert await schedules.list().collect() == [made]
    assert (await schedules.delete(made.schedule_id)).schedule_id == made.schedule_id
    assert await schedules.list().collect() == []
    with pytest.raises(NotFoundError):
        await schedules.get(made.schedule_id)


async def test_times_are_sent_and_read_as_iso_text(schedules, sandbox):
    then = THEN.astimezone(timezone(timedelta(hours=2)))
    made = await schedules.create("once", prompt="p", schedule_type="one_time", scheduled_at=then)
    assert sandbox.requests[-1].json["scheduled_at"] == "2030-01-31T10:00:00+02:00"
    assert made.scheduled_at == THEN
    assert made.created_at.tzinfo is UTC


async def test_unix_seconds_are_sent_as_iso_text_too(schedules, sandbox):
    seconds = int(THEN.timestamp())
    await schedules.create("once", prompt="p", schedule_type="one_time", scheduled_at=seconds)
    assert sandbox.requests[-1].json["scheduled_at"] == "2030-01-31T08:00:00+00:00"


async def test_a_change_sends_what_is_given_and_null_where_it_clears(schedules, sandbox):
    made = await schedules.create("a", prompt="p", frequency=MONDAYS, tags=["x"])
    changed = await schedules.update(made.schedule_id, enabled=False, tags=None)
    assert sandbox.requests[-1].json == {"enabled": False, "tags": None}
    assert (changed.enabled, changed.name, changed.frequency) == (False, "a", MONDAYS)
    assert changed.tags is None


async def test_a_change_keeps_an_empty_list(schedules, sandbox):
    made = await schedules.create("a", prompt="p", frequency=MONDAYS)
    await schedules.update(made.schedule_id, tags=[])
    assert sandbox.requests[-1].json == {"tags": []}


async def test_a_session_is_named_with_its_prefix(schedules, sandbox):
    made = await schedules.create(
        "a", prompt="p", schedule_type="one_time", scheduled_at=THEN, target_devin_id="abc"
    )
    assert made.target_devin_id == "devin-abc"
    await schedules.update(made.schedule_id, target_devin_id="def")
    assert sandbox.requests[-1].json == {"target_devin_id": "devin-def"}


async def test_a_list_of_schedules_follows_its_offsets(schedules, sandbox):
    for name in ("a", "b", "c"):
        await schedules.create(name, prompt="p", frequency=MONDAYS)
    sandbox.requests.clear()
    assert [one.name async for one in schedules.list(page_size=2)] == ["a", "b", "c"]
    assert [dict(request.query) for request in sandbox.requests] == [
        {"limit": "2"},
        {"limit": "2", "offset": "2"},
    ]


@pytest.mark.filterwarnings("default")
async def test_each_method_warns_at_the_line_that_calls_it(schedules):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        schedules.list()
        made = await schedules.create("a", prompt="p", frequency=MONDAYS)
        await schedules.get(made.schedule_id)
        await schedules.update(made.schedule_id, name="b")
        await schedules.delete(made.schedule_id)
    message = [(one.category, one.filename) for one in caught]
    assert message == [(DeprecationWarning, __file__)] * 5


async def test_what_a_kind_of_schedule_needs_is_refused_before_a_request(schedules, sandbox):
    refused = {
        "frequency is missing": {},
        "frequency is missing; a recurring": {"schedule_type": "recurring"},
        "scheduled_at is missing": {"schedule_type": "one_time", "frequency": MONDAYS},
        "target_devin_id is 'd'": {"frequency": MONDAYS, "target_devin_id": "d"},
        "interval_count is 0": {"frequency": MONDAYS, "interval_count": 0},
        "tags is 'x', a str": {"frequency": MONDAYS, "tags": "x"},
        "without a time zone": {
            "schedule_type": "one_time",
            "scheduled_at": THEN.replace(tzinfo=None),
        },
    }
    for message, arguments in refused.items():
        with pytest.raises(InvalidArgumentError, match=message):
            await schedules.create("a", prompt="p", **arguments)
    assert list(sandbox.requests) == []


async def test_an_id_that_is_none_is_refused_before_a_request(schedules, sandbox):
    for refused in (schedules.get(""), schedules.update(""), schedules.delete("")):
        with pytest.raises(InvalidArgumentError, match="schedule_id is ''"):
            await refused
    assert list(sandbox.requests) == []


async def test_a_task_warns_too(schedules):
    with pytest.warns(DeprecationWarning, match="use an automation"):
        await asyncio.create_task(schedules.create("a", prompt="p", frequency=MONDAYS))
