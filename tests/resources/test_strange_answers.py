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


async def test_a_page_or_a_fault_is_no_answer_of_a_call_that_answers_nothing(
    refused, server, connect
):
    def call(devin):
        return devin.enterprise.acu_limits.replace("org-1", cycle_acu_limit=100)

    page = await refused(answer(200, LOGIN, Content_Type="text/html"), call)
    assert page.message.startswith("text/html from ")
    assert page.outcome == "unknown"
    fault = await refused(answer(200, {"error": {"message": "quota exceeded"}}), call)
    assert fault.message == "the answer tells of a fault: quota exceeded"
    for step in (answer(200, b""), answer(200, b" \n"), answer(200, {"limit": 100}), answer(202)):
        server.script = [step]
        assert await call(connect(server.url)) is None


async def test_what_a_change_did_is_unknown_when_its_answer_cannot_be_read(refused):
    calls = {
        "POST": CALLS["write"],
        "DELETE": lambda devin: devin.organization("org-1").sessions.terminate("devin-1"),
        "PUT": lambda devin: devin.organization("org-1").playbooks.replace(
            "p", title="t", body="b"
        ),
        "PATCH": lambda devin: devin.enterprise.organizations.update("org-1", name="n"),
    }
    for call in calls.values():
        error = await refused(answer(200, LOGIN), call)
        assert (error.outcome, error.hint) == (
            "unknown",
            "It may have been done: look before repeating it.",
        )
    for name in ("one", "list"):
        assert (await refused(answer(200, LOGIN), CALLS[name])).outcome == "rejected"


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


@pytest.mark.parametrize("date", ["soon", "Sat, 28 Nov 2026 09:00:00 +99999999999999999999"])
async def test_a_session_is_not_lost_to_a_date_that_cannot_be_read(server, connect, date):
    body = {"session_id": "devin-1", "url": "https://example.com/1"}
    server.script = [answer(200, body, Date=date)]
    devin = connect(server.url, api_version="v3beta1")
    session = await devin.organization("org-1").sessions.create("x")
    assert (session.session_id, session.created_at.timestamp()) == ("devin-1", 0.0)
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"null", b"true", b'"x"', b"7", b"{}"])
async def test_a_list_of_the_older_dialect_is_not_made_of_what_is_no_page(server, connect, body):
    server.script = [answer(200, body)]
    devin = connect(server.url, api_version="v3beta1", strict=False)
    with pytest.raises(ResponseDecodeError):
        await devin.enterprise.organizations.list().collect()
