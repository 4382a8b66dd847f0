"""Runs: a session is started, waited for, and its structured output given as a class."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal, TypedDict
from uuid import UUID

import pytest
from attrs import field, frozen
from jsonschema import Draft7Validator
from msgspec import Meta
from session_world import CREATE, GET, edited, open_world

from devin_async import (
    APIStatusError,
    DryRun,
    InvalidArgumentError,
    SessionFailedError,
    StructuredOutputError,
    WaitTimeoutError,
)


class Severity(Enum):
    LOW = "low"
    HIGH = "high"


@frozen
class Finding:
    """A weakness of the code.

    Attributes:
        line: Where it is.
    """

    path: str
    line: Annotated[int, Meta(ge=1, description="From 1.")]
    severity: Severity
    kind: Literal["bug", "style"] = "bug"
    parts: list["Finding"] = field(factory=list)


@frozen
class Report:
    """What a health check found."""

    title: str
    findings: list[Finding]
    worst: Finding | None
    by_path: dict[str, Finding]
    span: tuple[int, str]
    checked_at: Annotated[datetime, Meta(tz=True)]
    day: date
    run: UUID
    cost: Annotated[Decimal, Meta(examples=["1.50"])]
    score: float | None = None


@dataclass
class Summary:
    passed: int
    names: list[str]


class Answer(TypedDict):
    passed: int
    note: str | None


@pytest.fixture
async def world():
    async with open_world() as running:
        yield running


async def test_a_run_gives_the_output_as_an_attrs_class(world):
    report = (await world.sessions.run("Check the code", result=Report)).output
    assert isinstance(report, Report)
    assert report.findings == [Finding("example", 1, Severity.HIGH)]
    assert report.span == (1, "example")
    assert report.checked_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert isinstance(report.day, date)
    assert isinstance(report.run, UUID)
    assert report.cost == Decimal("1.50")


async def test_the_session_of_a_run_is_beside_its_output(world):
    made = {"pr_url": "https://github.com/acme/app/pull/7", "pr_state": "open"}
    world.spoil(GET, edit=edited(pull_requests=[made]))
    done = await world.sessions.run("Check", result=Summary, title="Daily")
    session = await world.sessions.get(done.session.session_id)
    assert done.session == session
    assert (session.title, session.status_detail) == ("Daily", "finished")
    assert done.session.url.startswith("https://")
    assert done.session.acus_consumed > 0
    assert [one.pr_url for one in done.session.pull_requests] == [made["pr_url"]]


async def test_a_run_gives_the_output_as_a_dataclass(world):
    done = await world.sessions.run("Check", result=Summary)
    assert done.output == Summary(1, ["example"])


async def test_a_run_gives_the_output_as_a_typed_dict(world):
    answer = (await world.sessions.run("Check", result=Answer)).output
    assert answer["passed"] == 1
    assert answer.keys() == {"passed", "note"}


async def test_the_schema_of_the_class_goes_along(world):
    await world.sessions.run("Check", result=Report, title="Daily", tags=["health"])
    (request,) = (one for one in world.sandbox.requests if one.operation == CREATE)
    schema = request.json["structured_output_schema"]
    Draft7Validator.check_schema(schema)
    assert schema["description"].startswith("What a health check found.")
    assert (request.json["title"], request.json["tags"]) == ("Daily", ["health"])


async def test_output_that_comes_some_looks_later_is_read(world):
    hidden = []

    def hide_three_times(body, _):
        """Leave the output out of the first three answers that have it."""
        answer = json.loads(body)
        if answer["structured_output"] is not None and len(hidden) < 3:
            hidden.append(answer.pop("structured_output"))
        return json.dumps(answer).encode()

    world.spoil(GET, edit=hide_three_times)
    done = await world.sessions.run("Check", result=Summary)
    assert done.output == Summary(1, ["example"])
    assert len(hidden) == 3


async def test_an_output_that_does_not_fit_tells_where_and_what_came(world):
    output = {"passed": 3, "names": ["a", 5]}
    world.spoil(GET, edit=edited(structured_output=output))
    with pytest.raises(StructuredOutputError, match=r"is no Summary at \$.names\[1\]: ") as caught:
        await world.sessions.run("Check", result=Summary)
    error = caught.value
    assert (error.json_path, error.value) == ("$.names[1]", output)
    assert error.session.structured_output == output
    assert error.message.endswith("Expected `str`, got `int`")


async def test_a_session_that_rests_without_output_has_failed(world):
    world.spoil(GET, edit=edited(structured_output=None))
    with pytest.raises(SessionFailedError, match="is running, finished and has no struct") as it:
        await world.sessions.run("Check", result=Summary)
    assert it.value.session.status_detail == "finished"


@pytest.mark.parametrize(
    "fields",
    [{"status": "error", "status_detail": None}, {"status": "exit", "status_detail": None}],
    ids=["error", "exit"],
)
async def test_a_session_that_ended_without_output_has_failed_at_once(world, fields):
    world.spoil(GET, edit=edited(structured_output=None, **fields))
    with pytest.raises(SessionFailedError, match=f"is {fields['status']} and has"):
        await world.sessions.run("Check", result=Summary)
    assert world.sandbox.count(GET) == 1


async def test_a_suspended_session_tells_why_there_is_no_output(world):
    stopped = edited(structured_output=None, status="suspended", status_detail="out_of_credits")
    world.spoil(GET, edit=stopped)
    with pytest.raises(SessionFailedError, match="is suspended, out_of_credits and has no"):
        await world.sessions.run("Check", result=Summary)


async def test_a_run_that_takes_too_long_leaves_a_session_to_wait_for(world):
    with pytest.raises(WaitTimeoutError) as caught:
        await world.sessions.run("Check", result=Summary, timeout=5)
    done = await world.sessions.wait(caught.value.session.session_id, output=True)
    assert done.structured_output == {"passed": 1, "names": ["example"]}


@pytest.mark.parametrize("times", [{"timeout": -1}, {"timeout": "5"}, {"interval": 0}], ids=repr)
async def test_a_run_whose_times_mean_nothing_starts_no_session(world, times):
    with pytest.raises(InvalidArgumentError, match="allowed: a number"):
        await world.sessions.run("Check", result=Summary, **times)
    assert not world.sandbox.requests


async def test_a_run_whose_session_was_never_read_leaves_it_to_wait_for(world):
    world.spoil(GET, status=503)
    with pytest.raises(WaitTimeoutError) as caught:
        await world.hasty.run("Check", result=Summary, timeout=3)
    (started,) = await world.sessions.list().collect()
    assert caught.value.session.session_id == started.session_id
    assert caught.value.outcome == "unknown"


@pytest.mark.parametrize("status", [403, 503])
async def test_a_run_that_cannot_be_waited_for_does_not_say_that_nothing_was_done(world, status):
    world.spoil(GET, status=status)
    with pytest.raises(APIStatusError) as caught:
        await world.hasty.run("Check", result=Summary)
    (started,) = await world.sessions.list().collect()
    assert caught.value.outcome == "unknown"
    assert caught.value.__notes__ == [f"session {started.session_id} was started, and may run on"]


async def test_a_run_with_a_key_waits_for_the_session_that_is_there(world):
    for _ in range(2):
        done = await world.sessions.run("Check", result=Summary, once="k")
        assert done.output == Summary(1, ["example"])
    assert world.started == 1


@pytest.mark.parametrize("result", [int, dict[str, int], list[Summary], "Summary", 5])
async def test_what_is_no_class_of_fields_is_refused_before_a_request(world, result):
    with pytest.raises(InvalidArgumentError, match=r"result.*(allowed: an attrs class|no JSON S)"):
        await world.sessions.run("Check", result=result)
    assert not world.sandbox.requests


async def test_a_second_schema_is_refused_before_a_request(world):
    with pytest.raises(InvalidArgumentError, match="structured_output_schema is given, but result"):
        await world.sessions.run("Check", result=Summary, structured_output_schema={})
    assert not world.sandbox.requests


async def test_a_run_of_a_dry_client_starts_nothing(world):
    with pytest.raises(DryRun) as caught:
        await world.sessions_with(dry_run=True).run("Check", result=Summary)
    assert json.dumps(caught.value.request.json["structured_output_schema"])
    assert not world.sandbox.requests
