"""What a client makes of answers that do not fit, from the call to the log line."""

import itertools
import json
import logging
import time
from contextlib import aclosing
from datetime import UTC, datetime

import pytest
from scripted_server import answer

from devin_async import ResponseDecodeError

SECONDS = 1_769_846_400
SESSION = {
    "session_id": "devin-1",
    "org_id": "org-1",
    "url": "https://app.devin.ai/sessions/1",
    "status": "new",
    "tags": [],
    "created_at": SECONDS,
    "updated_at": SECONDS,
    "acus_consumed": 0.0,
    "pull_requests": [],
    "title": "Fix the login",
    "is_archived": False,
}
WAYS = {"null": None, "a number": 7, "a text": "marked", "an object": {"no": 1}, "an array": [1]}


@pytest.fixture
def tolerant(server, connect):
    """A client as users have it."""
    return connect(server.url, strict=False)


def drifts(events):
    return [
        (one.route, one.field, one.json_path, one.expected, one.actual)
        for one in events
        if one.kind == "drift"
    ]


async def test_a_session_is_given_back_whatever_its_answer_has_but_its_id(tolerant, server):
    sessions = tolerant.organization("org-1").sessions
    names = [name for name in SESSION if name != "session_id"]
    bodies = [
        *({**SESSION, name: value} for name in names for value in WAYS.values()),
        *({one: SESSION[one] for one in SESSION if one != name} for name in names),
        {"session_id": "devin-1"},
    ]
    server.script = [answer(200, body) for body in bodies]
    made = [await sessions.create("Work") for _ in bodies]
    assert {one.session_id for one in made} == {"devin-1"}


async def test_a_difference_is_told_once_by_type_and_place_never_by_value(
    tolerant, server, events, caplog
):
    body = {"items": [SESSION, SESSION | {"tags": "marked"}, SESSION | {"tags": 5}]}
    server.script = [answer(200, body)] * 2
    with caplog.at_level(logging.WARNING, "devin_async"):
        for _ in range(2):
            listed = await tolerant.organization("org-1").sessions.list().collect()
            assert [one.tags for one in listed] == [[], "marked", 5]
    assert caplog.messages == [
        "schema drift: Session.tags at $.items[1].tags: expected array of str, got str"
    ]
    route = "GET /v3/organizations/{org_id}/sessions"
    assert drifts(events) == [(route, "Session.tags", "$.items[1].tags", "array of str", "str")]
    assert "marked" not in str(drifts(events))


async def test_a_strict_client_raises_where_another_tells(connect, server):
    devin = connect(server.url, strict=True)
    server.script = [answer(200, SESSION | {"tags": None})]
    with pytest.raises(ResponseDecodeError) as caught:
        await devin.organization("org-1").sessions.get("devin-1")
    assert caught.value.json_path == "$.tags"


async def test_a_copy_may_be_strict(tolerant, server):
    server.script = [answer(200, SESSION | {"tags": None})] * 2
    strict = tolerant.with_options(strict=True)
    assert (await tolerant.organization("org-1").sessions.get("devin-1")).tags is None
    with pytest.raises(ResponseDecodeError):
        await strict.organization("org-1").sessions.get("devin-1")


FOREIGN = {
    "monthly quota exceeded": {"error": {"message": "monthly quota exceeded"}},
    "Not authenticated": {"detail": "Not authenticated"},
    "text/html": b"<html><title>Sign in</title></html>",
    "Sign in": b"<html><title>Sign in</title></html>",
    "empty": b"",
}


@pytest.mark.parametrize("is_strict", [False, True])
async def test_what_is_something_else_raises_with_the_servers_words(connect, server, is_strict):
    devin = connect(server.url, strict=is_strict)
    calls = (
        devin.whoami,
        lambda: devin.enterprise.organizations.list().collect(),
        lambda: devin.organization("org-1").sessions.create("Work"),
    )
    for (words, body), call in itertools.product(FOREIGN.items(), calls):
        kind = "text/html" if isinstance(body, bytes) else "application/json"
        server.script = [answer(200, body, Content_Type=kind)]
        with pytest.raises(ResponseDecodeError) as caught:
            await call()
        assert words in str(caught.value)


def log(number, created_at):
    return {"audit_log_id": f"log-{number}", "action": "login", "created_at": created_at}


ODD_TEXT = rb'"cut \ud83d"'


def odd_page():
    rows = [json.dumps(log(number, SECONDS + number)).encode() for number in range(5)]
    rows[2] = rows[2].replace(b'"login"', ODD_TEXT)
    page = b'\xef\xbb\xbf{"items": [' + b", ".join(rows) + b'], "has_next_page": false}\n'
    return page, rows


async def test_nearly_json_is_read_by_lists_raw_and_side_by_side(tolerant, server):
    page, _ = odd_page()
    server.script = [answer(200, page)]
    logs, span = tolerant.enterprise.audit_logs, (SECONDS - 1, SECONDS + 10)
    whole = dict(zip(("time_after", "time_before"), span, strict=True))
    lists = [
        logs.list(order="asc"),
        logs.list(order="asc").raw(),
        logs.list(order="asc", parallel=2, **whole),
    ]
    read = [await one.collect() for one in lists]
    assert [one.action for one in read[0]] == ["login", "login", "cut \ufffd", "login", "login"]
    assert [one["audit_log_id"] for one in read[1]] == [f"log-{one}" for one in range(5)]
    assert read[2] == read[0]


async def test_an_export_keeps_every_other_row_byte_for_byte(tolerant, server, tmp_path):
    page, rows = odd_page()
    server.script = [answer(200, page)]
    path = tmp_path / "logs.jsonl"
    await tolerant.enterprise.audit_logs.export(
        path, time_after=SECONDS - 1, time_before=SECONDS + 10, parallel=1
    )
    rows[2] = rows[2].replace(rb"\ud83d", rb"\ufffd")
    assert path.read_bytes().splitlines() == rows


async def test_who_asks_for_reports_of_drift_reads_nearly_json_too(connect, server):
    devin = connect(server.url, strict=False, report_drift=True)
    page, _ = odd_page()
    server.script = [
        answer(200, page),
        answer(200, b'\xef\xbb\xbf{"org_id": "org-1", "name": NaN}'),
    ]
    logs = await devin.enterprise.audit_logs.list(order="asc").collect()
    assert [one.audit_log_id for one in logs] == [f"log-{number}" for number in range(5)]
    assert (await devin.enterprise.organizations.get("org-1")).org_id == "org-1"


async def test_a_plain_request_reads_nearly_json_too(tolerant, server):
    server.script = [answer(200, b'\xef\xbb\xbf{"a": NaN, "b": "\\ud83d"}')]
    value = (await tolerant.request("GET", "/v3/any")).json()
    assert value["a"] != value["a"]
    assert value["b"] == "\ufffd"


@pytest.fixture(params=["America/New_York", "Asia/Tokyo"])
def zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


async def test_no_local_zone_loses_an_event(tolerant, server, zone):
    moments = [datetime.fromtimestamp(SECONDS + number, UTC) for number in range(6)]
    forms = (
        lambda moment: moment.isoformat(),
        lambda moment: moment.isoformat().removesuffix("+00:00"),
        lambda moment: moment.timestamp() * 1000,
    )
    rows = [log(number, forms[number % 3](moment)) for number, moment in enumerate(moments)]

    def within(received):
        query = dict(received.query)
        lower, upper = int(query.get("time_after", 0)), int(query.get("time_before", 1 << 40))
        return answer(200, {"items": rows[max(0, lower - SECONDS) : max(0, upper - SECONDS + 1)]})

    server.script = within
    logs = tolerant.enterprise.audit_logs
    span = {"time_after": SECONDS - 10, "time_before": SECONDS + 10}
    for parallel in (None, 2, 4):
        listed = await logs.list(order="asc", parallel=parallel, **span).collect()
        assert [one.created_at for one in listed] == moments, (zone, parallel)
    async with aclosing(aiter(logs.tail(since=SECONDS - 5))) as items:
        tailed = [await anext(items) for _ in rows]
    assert [one.created_at for one in tailed] == moments
    assert {one.created_at.tzinfo for one in tailed} == {UTC}
