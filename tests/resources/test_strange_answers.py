"""Answers of 200 that are not the API's, in words that a user can act on."""

import json

import pytest
from scripted_server import answer

from devin_async import ResponseDecodeError

LOGIN = (
    b"<!DOCTYPE html><html><head><title>Sign in - Corp SSO</title></head>"
    b"<body>Please sign in</body></html>"
)


@pytest.fixture
def refused(server, connect):
    async def call(step, call):
        server.script = [step]
        with pytest.raises(ResponseDecodeError) as caught:
            await call(connect(server.url))
        return caught.value

    return call


CALLS = {
    "one": lambda devin: devin.enterprise.organizations.get("org-1"),
    "list": lambda devin: devin.enterprise.organizations.list().collect(),
    "write": lambda devin: devin.organization("org-1").sessions.create("x"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_login_page_is_told_as_what_it_may_be(refused, server, call):
    page = answer(200, LOGIN, Content_Type="text/html; charset=utf-8", Server="nginx")
    error = await refused(page, call)
    host = server.url.removeprefix("http://")
    assert error.message.startswith(
        f"text/html from {host} (nginx), not JSON: a login page or proxy? It begins with "
        "'<!DOCTYPE html><html><head><title>Sign in - Corp SSO</title></head>"
    )
    assert len(error.message) < 300


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_fault_that_is_told_with_200_is_told(refused, call):
    forms = {
        "the answer is empty": b"",
        "the answer tells of a fault: monthly quota exceeded": json.dumps(
            {"error": {"code": "quota", "message": "monthly quota exceeded"}}
        ).encode(),
        "the answer tells of a fault: Not authenticated": b'{"detail": "Not authenticated"}',
    }
    for message, body in forms.items():
        assert (await refused(answer(200, body), call)).message == message


async def test_what_is_wrong_with_json_is_said_beside_how_it_begins(refused, server):
    error = await refused(answer(200, b'{"items": '), CALLS["list"])
    host = server.url.removeprefix("http://")
    assert error.message.startswith(f"application/json from {host}, not JSON (")
    assert error.message.endswith("). It begins with '{\"items\":'")
