"""Neither the key nor a session's secret comes out by any way that a failure opens."""

import asyncio
import logging
from base64 import b64decode
from urllib.parse import quote

import pytest
from inside import transport_of
from scripted_server import answer, cut_off, drop, outlast, raw, reset
from showing import shown
from things import things

from devin_async import (
    ConfigurationError,
    DevinClient,
    DevinError,
    InvalidArgumentError,
    ResponseDecodeError,
)
from devin_async.models.sessions import SessionSecret

MARK = "MARKEDmarkedMARKED"
KEY = f"cog_{MARK}key"
HIDDEN = f"{MARK}secret"


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.fixture
def marked(connect, server):
    return connect(server.url, key=KEY, max_attempts=2, attempt_timeout=50)


async def create(devin):
    secret = SessionSecret(key="PASSWORD", value=HIDDEN)
    return await devin.organization("org-1").sessions.create("do it", session_secrets=[secret])


ECHO = {"detail": f"Bearer {KEY} with {HIDDEN} is wrong"}
LISTED = {"detail": [{"loc": ["body", "value"], "msg": f"no {HIDDEN}", "input": HIDDEN}]}
FAILURES = {
    "reset": [reset],
    "drop": [drop],
    "hang": [outlast(51)],
    "cut off": [cut_off()],
    "not HTTP": [raw(b"SSH-2.0\r\n\r\n")],
    "not JSON": [answer(200, b"<html>")],
    "wrong shape": [answer(200, {"session_id": 5})],
    "redirect": [answer(302, b"", Location="https://elsewhere.example/x?signature=1")],
    **{str(status): [answer(status, ECHO)] for status in (400, 401, 403, 404, 409, 500, 503)},
    "422": [answer(422, LISTED)],
    "429": [answer(429, ECHO, Retry_After="4000")],
    "encoding": [answer(200, ECHO, Content_Encoding=KEY)],
    "text": [answer(502, f"<p>{KEY} {HIDDEN}</p>".encode())],
}


@pytest.mark.parametrize("script", FAILURES.values(), ids=FAILURES.keys())
async def test_a_failed_write_shows_no_secret(marked, server, events, log, script):
    server.script = list(script)
    with pytest.raises(DevinError) as caught:
        await create(marked)
    assert HIDDEN.encode() in server.requests[0].body
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert MARK not in shown(caught.value)
    assert MARK not in repr(events)
    assert MARK not in log.text


@pytest.mark.parametrize("script", FAILURES.values(), ids=FAILURES.keys())
async def test_a_failed_list_shows_no_key(marked, server, events, log, script):
    server.script = list(script)
    with pytest.raises(DevinError) as caught:
        await things(marked).list().collect()
    assert KEY not in shown(caught.value)
    assert KEY not in repr(events)
    assert KEY not in log.text


async def test_an_answer_that_cannot_be_read_shows_nothing_of_what_it_holds(connect, server):
    """It may be a new key, or one of ours that a login page repeats."""
    devin = connect(server.url, strict=False)
    calls = [
        lambda: devin.organization("org-1").sessions.create("x"),
        lambda: devin.enterprise.organizations.list().collect(),
        lambda: devin.enterprise.acu_limits.delete("org-1"),
        devin.whoami,
    ]
    beginning = "-" * 300  # of which an error shows 100 characters
    bodies = [
        f'{{"detail": "no", "pad": "{beginning}", "new": "{HIDDEN}"}}',
        f"<p>{beginning}{HIDDEN}</p>",
        f'{{"pad": "{beginning}", "new": "{HIDDEN}"',
    ]
    for call in calls:
        for body in bodies:
            server.script = [answer(200, body.encode())]
            with pytest.raises(ResponseDecodeError) as caught:
                await call()
            assert MARK not in shown(caught.value)


async def test_a_cursor_that_is_the_key_shows_no_key(marked, server):
    page = {"items": [{"id": KEY}], "has_next_page": True, "end_cursor": KEY}
    server.script = [answer(200, page)] * 2
    with pytest.raises(DevinError) as caught:
        await things(marked).list().collect()
    assert KEY not in shown(caught.value)


async def test_a_refused_connection_shows_no_secret(connect, unused, log):
    with pytest.raises(DevinError) as caught:
        await create(connect(unused.url, key=KEY, max_attempts=2))
    assert MARK not in shown(caught.value)
    assert MARK not in log.text


async def test_a_body_that_cannot_be_written_shows_no_secret(marked):
    secret = SessionSecret(key="PASSWORD", value=HIDDEN)
    sessions = marked.organization("org-1").sessions
    with pytest.raises(InvalidArgumentError) as caught:
        await sessions.create("x", session_secrets=[secret], tags=[object()])
    assert MARK not in shown(caught.value)


async def test_an_argument_that_is_refused_shows_no_secret(marked):
    secret = SessionSecret(key="PASSWORD", value=HIDDEN)
    sessions = marked.organization("org-1").sessions
    with pytest.raises(InvalidArgumentError) as caught:
        await sessions.create("x", session_secrets=[secret], max_acu_limit=0)
    assert MARK not in shown(caught.value)


async def test_a_fan_out_that_failed_shows_no_secret(marked, server):
    server.script = [answer(400, ECHO)]
    fan_out = marked.fan_out([1], lambda item: create(marked), concurrency=1, errors="raise")
    with pytest.raises(DevinError) as caught:
        await fan_out.collect()
    assert MARK not in shown(caught.value)


async def test_a_deadline_shows_no_secret(connect, server):
    server.script = [answer(503, ECHO, Retry_After="31")]
    with pytest.raises(DevinError) as caught:
        await create(connect(server.url, key=KEY, deadline=30))
    assert MARK not in shown(caught.value)


@pytest.mark.parametrize("key", [f"{KEY} two", f"{KEY}\n{KEY}", f"{KEY}\u2713"])
async def test_a_key_that_cannot_be_one_is_not_shown(server, connect, key):
    with pytest.raises(DevinError) as caught:
        DevinClient(key, base_url=server.url)
    assert MARK not in shown(caught.value)


@pytest.mark.parametrize("key", [f"{KEY} two", f"{KEY}\n{KEY}", f"{KEY}\u2713"])
async def test_a_key_from_a_callable_that_cannot_be_one_is_not_shown(server, connect, key):
    async def ask():
        return key

    for source in (ask, lambda: key):
        with pytest.raises(DevinError) as caught:
            await connect(server.url, key=source).request("GET", "/v3/self")
        assert MARK not in shown(caught.value)


async def test_a_key_that_was_replaced_meanwhile_is_not_shown(connect, server):
    keys = [f"{KEY}1", f"{KEY}2"]
    devin = connect(server.url, key=lambda: keys.pop(0))
    server.script = lambda request: _echo_the_old_key(request, devin)
    with pytest.raises(DevinError) as caught:
        await devin.request("GET", "/v3/self")
    assert MARK not in shown(caught.value)


def _echo_the_old_key(request, devin):
    keys = transport_of(devin)._shared.keys
    keys.header = type(keys.header)("Bearer cog_other")  # as another task would have by now
    return answer(400, {"detail": request.headers["authorization"]})


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": f"https://user:{MARK}@api.example"},
        {"base_url": f"user:{MARK}@api.example"},
        {"base_url": f"https://api.example?token={MARK}"},
        {"base_url": f"https://api.example#{MARK}"},
        {"proxy": f"http://user:{MARK}@proxy:1", "max_attempts": 0},
        {"ssl": False, "proxy": MARK},
        {"headers": {"X-Api-Token": MARK, "bad name": MARK}},
        {"headers": {"X-Api-Token": f"{MARK}\n"}},
        {"headers": {"Authorization": MARK}},
        {"headers": {"X-Api-Token": MARK}, "org_id": " "},
    ],
)
async def test_options_that_are_refused_show_no_secret(options):
    with pytest.raises((DevinError, TypeError)) as caught:
        DevinClient(KEY, **options)
    assert MARK not in shown(caught.value)


@pytest.mark.parametrize("more", [{"max_attempts": 0}, {"nonsense": 1}, {}])
async def test_headers_of_a_copy_show_no_token(marked, server, more):
    server.script = [answer(400)]

    async def call():
        copy = marked.with_options(headers={"X-Anything": MARK}, **more)
        assert MARK not in repr(copy._options)
        await copy.whoami()

    with pytest.raises((DevinError, TypeError)) as caught:
        await call()
    assert MARK not in shown(caught.value)
    assert [one.headers["x-anything"] for one in server.requests] == ([] if more else [MARK])


async def test_a_body_that_the_caller_wrote_shows_no_secret(marked, server):
    server.script = [answer(400)]
    with pytest.raises(DevinError) as caught:
        await marked.request("POST", "/v3/x", json={"value": f"{MARK} of a body"})
    assert f"{MARK} of" not in shown(caught.value)


async def test_the_client_and_its_parts_show_no_key(marked):
    await asyncio.sleep(0)
    parts = (
        marked,
        marked._config,
        transport_of(marked)._shared.keys,
        marked.enterprise,
        vars(marked),
    )
    assert MARK not in repr(parts)


@pytest.mark.parametrize(
    "proxy", [f"http://user:{MARK}@[::", f"user:{MARK}@", f"socks5://user:{MARK}@proxy"]
)
async def test_a_proxy_that_is_none_is_refused_and_not_shown(connect, server, proxy):
    with pytest.raises(ConfigurationError, match="the proxy of proxy= cannot be used") as caught:
        await connect(server.url, proxy=proxy).whoami()
    assert MARK not in shown(caught.value)
    assert server.requests == []


def test_the_check_of_certificates_is_not_switched_off_by_a_bool():
    with pytest.raises(InvalidArgumentError, match=r"ssl is False; allowed: an ssl\.SSLContext"):
        DevinClient(KEY, ssl=False)


async def test_a_proxy_that_echoes_its_password_does_not_get_it_shown(connect, server, events, log):
    password = f"{MARK} of the proxy"
    proxy = server.url.replace("//", f"//user:{quote(password)}@")
    server.script = lambda request: answer(
        403,
        {"detail": f"{request.headers['proxy-authorization']} {password} {quote(password)}"},
        X_Echo=request.headers["proxy-authorization"],
    )
    devin = connect("http://api.example", proxy=proxy, allow_http=True, key=KEY)
    with pytest.raises(DevinError) as caught:
        await devin.whoami()
    sent = server.requests[0].headers["proxy-authorization"]
    assert b64decode(sent.removeprefix("Basic ")).decode() == f"user:{password}"
    texts = (shown(caught.value), repr(events), log.text)
    assert caught.value.message == "*** *** ***"
    assert not any(one in text for one in (MARK, sent[-12:]) for text in texts)
