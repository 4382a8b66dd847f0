"""What goes over the wire, and what is told about it."""

import copy
import gzip
import json
import logging
import pickle

import pytest
from scripted_server import answer, reset
from things import numbered, things

from devin_async import (
    ConnectionFailedError,
    InvalidArgumentError,
    ResponseDecodeError,
    ServerError,
)


async def test_a_request_without_a_method_gives_the_whole_answer(devin, server):
    server.script = [answer(201, {"a": [1]}, X_Request_Id="req-7", X_Other="y")]
    response = await devin.request("POST", "/v3/new/thing", json={"b": None})
    assert (response.status, response.request_id, response.json()) == (201, "req-7", {"a": [1]})
    assert (response.headers["x-other"], response.bytes) == ("y", b'{"a": [1]}')
    assert json.loads(server.requests[0].body) == {"b": None}
    assert server.requests[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
)
async def test_a_response_can_be_copied_and_pickled(devin, server, duplicate):
    server.script = [answer(200, {"a": 1}, X_Request_Id="req-7")]
    response = await devin.request("GET", "/v3/x")
    again = duplicate(response)
    assert (again.status, again.request_id, again.json()) == (200, "req-7", {"a": 1})
    assert again.headers["x-request-id"] == response.headers["X-REQUEST-ID"] == "req-7"


async def test_parameters_repeat_their_key_and_none_is_left_out(devin, server):
    params = {"tags": ["a b", "c&d"], "flag": True, "none": None, "n": 5, "empty": []}
    await devin.request("GET", "/v3/thing", params=params)
    assert server.requests[0].query == [
        ("tags", "a b"),
        ("tags", "c&d"),
        ("flag", "true"),
        ("n", "5"),
    ]


async def test_a_path_that_is_encoded_is_sent_as_it_is(devin, server):
    await devin.request("GET", "/v3/a%2Fb/c|d e")
    assert server.requests[0].path == "/v3/a%2Fb/c%7Cd%20e"


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/v3/self",
        "v3/self",
        "",
        "/v3/a?b=1",
        "/a#b",
        "/v3/organizations/../self",
        "/v3/%2E%2e/self",
        "/v3/.",
        None,
        b"/v3/self",
    ],
)
async def test_what_is_no_path_is_refused(devin, server, path):
    with pytest.raises(InvalidArgumentError, match="path is"):
        await devin.request("GET", path)
    assert server.requests == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("params", [("a", "b")]),
        ("params", "a=b"),
        ("params", {1: 2}),
        ("json", '{"a": 1}'),
        ("json", b'{"a": 1}'),
    ],
)
async def test_content_of_another_kind_is_refused_by_its_name(devin, server, name, value):
    with pytest.raises(InvalidArgumentError, match=f"^{name} is a") as caught:
        await devin.request("POST", "/v3/x", **{name: value})
    assert "1" not in str(caught.value)
    assert server.requests == []


async def test_a_number_that_there_is_not_is_no_parameter(devin, server):
    with pytest.raises(InvalidArgumentError, match=r"^a is nan; allowed: a finite number"):
        await devin.request("GET", "/v3/x", params={"a": [1.5, float("nan")]})
    assert server.requests == []


@pytest.mark.parametrize("method", ["get", "TRACE", "CONNECT", ""])
async def test_an_unknown_method_is_refused(devin, server, method):
    with pytest.raises(InvalidArgumentError, match="method is"):
        await devin.request(method, "/v3/self")
    assert server.requests == []


async def test_an_answer_that_is_not_json_says_so(devin, server):
    server.script = [answer(200, b"<html>")]
    response = await devin.request("GET", "/v3/self")
    with pytest.raises(ResponseDecodeError) as caught:
        response.json()
    assert (type(caught.value), caught.value.status) == (ResponseDecodeError, 200)


async def test_headers_tell_who_sends(connect, server):
    await connect(server.url, user_agent="mine/1").request("GET", "/v3/self")
    headers = server.requests[0].headers
    assert headers["authorization"] == "Bearer cog_" + "t" * 20
    assert (headers["user-agent"], headers["accept"]) == ("mine/1", "application/json")


async def test_a_connection_that_is_refused_is_told_in_words_alone(connect, server):
    await server.close()
    devin = connect(server.url, max_attempts=1)
    with pytest.raises(ConnectionFailedError) as caught:
        await devin.request("GET", "/v3/self")
    host = server.url.removeprefix("http://")
    assert caught.value.message.startswith(f"no connection ({host}: ")
    assert "object at" not in caught.value.message


async def test_no_cookie_is_sent_back(devin, server):
    server.script = [answer(200, Set_Cookie="session=1; Path=/")]
    await devin.request("GET", "/v3/self")
    await devin.request("GET", "/v3/self")
    assert "cookie" not in server.requests[1].headers


async def test_every_attempt_is_told_as_request_response_and_retry(devin, server, events, clock):
    server.script = [answer(503), answer(200, X_Request_Id="req-2")]
    await devin.request("GET", "/v3/thing")
    assert [(event.kind, event.attempt, event.status) for event in events] == [
        ("request", 1, None),
        ("response", 1, 503),
        ("retry", 1, None),
        ("request", 2, None),
        ("response", 2, 200),
    ]
    assert {event.route for event in events} == {"GET /v3/thing"}
    assert (events[2].reason, events[2].seconds) == ("status 503", 0.5)
    assert events[4].request_id == "req-2"
    assert events[4].headers["X-Request-Id"] == "req-2"


async def test_a_broken_connection_is_told_as_a_response_without_status(devin, server, events):
    server.script = [reset]
    with pytest.raises(Exception, match="broke"):
        await devin.request("POST", "/v3/thing")
    assert [(event.kind, event.status) for event in events] == [
        ("request", None),
        ("response", None),
    ]
    assert "the connection broke" in events[1].reason


async def test_the_route_of_an_event_is_the_template(devin, server, events):
    server.script = [answer(501)]
    with pytest.raises(ServerError):
        await devin.enterprise.organizations.get("org-1")
    assert events[0].route == "GET /v3/enterprise/organizations/{org_id}"


async def test_every_page_is_told(devin, server, events):
    server.script = numbered(5, 2)
    await things(devin).list().collect()
    pages = [event for event in events if event.kind == "page"]
    assert [(event.route, event.items) for event in pages] == [
        ("GET /v3/things", 2),
        ("GET /v3/things", 2),
        ("GET /v3/things", 1),
    ]


async def test_every_outcome_is_told(devin, events):
    async def fail_odd(item):
        if item % 2:
            raise LookupError

    await devin.fan_out(range(3), fail_odd, concurrency=1).collect()
    assert [(event.kind, event.index, event.reason) for event in events] == [
        ("outcome", 0, None),
        ("outcome", 1, "LookupError"),
        ("outcome", 2, None),
    ]


async def test_a_handler_that_fails_breaks_nothing(devin, server, caplog):
    def broken(event):
        raise LookupError(event.kind)

    server.script = [answer(503), answer(200, {"items": []})]
    copied = devin.with_options(on_event=broken)
    lists = copied.fan_out([1], lambda item: things(copied).list().collect(), concurrency=1)
    assert [outcome.value for outcome in await lists.collect()] == [[]]
    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [str(record.exc_info[1]) for record in failures] == [
        "request",
        "response",
        "retry",
        "request",
        "response",
        "page",
        "outcome",
    ]


@pytest.mark.parametrize("members", [1, 2, 5])
async def test_an_answer_in_several_gzip_members_is_read_to_its_end(devin, server, members):
    rows = json.dumps([f"row {number}" for number in range(10_000)]).encode()
    size = -(-len(rows) // members)
    parts = (rows[start : start + size] for start in range(0, len(rows), size))
    packed = b"".join(map(gzip.compress, parts))
    server.script = [answer(200, packed, Content_Encoding="gzip")]
    assert (await devin.request("GET", "/v3/thing")).bytes == rows
