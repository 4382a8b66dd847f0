"""The life of a client: where it is made, who owns what, and how it ends."""

import asyncio
import copy
import inspect
import pickle
import warnings
from typing import get_type_hints

import aiohttp
import pytest
from clocks import FakeClock, advance_loop, stop_loop
from inside import live_in, transport_of
from scripted_server import KEY, answer, hang
from waiting import until

from devin_async import (
    APIStatusError,
    ConfigurationError,
    ConnectionFailedError,
    DevinClient,
    DevinError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PlannedItem,
    PlannedRequest,
)
from devin_async.doctor import examine
from devin_async.models.identity import Identity


def test_a_client_may_be_made_outside_an_event_loop():
    devin = DevinClient(KEY, base_url="http://127.0.0.1:1", max_attempts=1)
    assert repr(devin) == "<DevinClient of http://127.0.0.1:1, v3>"
    with asyncio.Runner() as runner:
        with pytest.raises(ConnectionFailedError):
            runner.run(devin.whoami())
        runner.run(devin.close())


def test_the_hints_of_each_method_can_be_looked_up():
    methods = inspect.getmembers(DevinClient, inspect.isfunction)
    public = {name: one for name, one in methods if not name.startswith("_")}
    hints = {name: get_type_hints(one) for name, one in public.items()}
    assert hints["whoami"] == {"return": Identity}
    assert "api_key" in get_type_hints(DevinClient.__init__)


def test_the_hints_of_what_a_plan_and_an_examination_give_can_be_looked_up():
    assert get_type_hints(PlannedItem)["request"] == PlannedRequest | None
    assert get_type_hints(examine)["devin"] is DevinClient


def test_a_second_event_loop_gets_a_clear_error():
    devin = DevinClient(KEY, base_url="http://127.0.0.1:1", max_attempts=1)
    with asyncio.Runner() as first, asyncio.Runner() as second:
        with pytest.raises(ConnectionFailedError):
            first.run(devin.whoami())
        with pytest.raises(ConfigurationError, match="another event loop"):
            second.run(devin.whoami())
        first.run(devin.close())


async def test_a_closed_client_cannot_be_used(devin, server):
    await devin.close()
    with pytest.raises(ConfigurationError, match="the client is closed"):
        await devin.request("GET", "/v3/self")
    assert server.requests == []


async def test_closing_twice_does_nothing(devin):
    await devin.request("GET", "/v3/self")
    await devin.close()
    await devin.close()


async def test_a_client_that_was_never_used_can_be_closed():
    async with DevinClient(KEY):
        pass


@pytest.mark.usefixtures("debug_mode")
async def test_close_leaves_no_socket(devin, server):
    await asyncio.gather(*[devin.request("GET", "/v3/self") for _ in range(10)])
    assert len(server.connections) == 10
    await devin.close()
    await until(lambda: server.connections == set())


@pytest.mark.usefixtures("debug_mode")
@pytest.mark.parametrize(
    ("method", "error"), [("GET", ConnectionFailedError), ("POST", OutcomeUnknownError)]
)
async def test_close_ends_what_is_in_flight_with_our_errors(devin, server, tasks, method, error):
    server.script = [hang]
    call = asyncio.create_task(devin.request(method, "/v3/thing"))
    await server.received(1)
    await devin.close()
    with pytest.raises(error) as caught:
        await call
    assert caught.value.outcome == "unknown"
    assert tasks() == set()
    await until(lambda: server.connections == set())


@pytest.mark.usefixtures("debug_mode")
async def test_close_ends_what_waits_for_a_connection_with_our_errors(connect, server, narrow):
    devin = connect(server.url)
    server.script = [hang]
    calls = [asyncio.create_task(devin.request("POST", "/v3/thing")) for _ in range(3)]
    await server.received(1)
    await devin.close()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(result, DevinError) for result in results] == [True] * 3
    assert sorted(result.outcome for result in results) == ["not_sent", "not_sent", "unknown"]


@pytest.mark.parametrize(
    ("method", "error"), [("GET", ConnectionFailedError), ("POST", OutcomeUnknownError)]
)
async def test_close_between_the_head_and_the_body_gives_our_error(connect, server, method, error):
    async def begin(connection):
        await connection.write(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n")
        await hang(connection)

    async def close(*_):
        await devin.close()

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(close)
    server.script = [begin]
    devin = connect(server.url, trace_configs=[trace])
    with pytest.raises(error, match="the connection broke") as caught:
        await devin.request(method, "/v3/thing")
    assert caught.value.outcome == "unknown"


async def test_close_in_the_middle_of_a_body_gives_our_error(devin, server):
    async def begin(connection):
        await connection.write(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{")
        await hang(connection)

    server.script = [begin]
    call = asyncio.create_task(devin.request("POST", "/v3/thing"))
    await until(lambda: transport_of(devin)._wire._reading)
    await devin.close()
    with pytest.raises(OutcomeUnknownError, match="the connection broke"):
        await call


@pytest.mark.usefixtures("debug_mode")
async def test_close_that_is_cancelled_closes_all_the_same(devin, server):
    await devin.request("GET", "/v3/self")
    stubborn = asyncio.Event()

    async def end_slowly():
        try:
            await asyncio.sleep(60)
        finally:
            await stubborn.wait()

    transport_of(devin).spawn(end_slowly())
    closing = asyncio.create_task(devin.close())
    for _ in range(3):
        await asyncio.sleep(0)
    closing.cancel()
    await asyncio.sleep(0)
    stubborn.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await until(lambda: server.connections == set())


async def test_close_ends_what_is_done_with_many_calls(connect, sandbox, stepped_clock):
    devin = connect(sandbox.url, key=sandbox.token, clock=stepped_clock)
    sessions = devin.organization(sandbox.organization_ids[0]).sessions
    session = await sessions.create("Work")
    waiting = asyncio.create_task(sessions.wait(session.session_id))
    following = asyncio.create_task(
        anext(devin.enterprise.audit_logs.tail(since=9_999_999_999).pages())
    )
    await until(lambda: len(stepped_clock.sleepers) == 2)
    await devin.close()
    for task in (waiting, following):
        with pytest.raises(ConfigurationError, match="the client is closed"):
            await task
    assert stepped_clock.sleepers == []


@pytest.fixture
def narrow(monkeypatch):
    """Make pools of a single connection."""
    monkeypatch.setattr("devin_async.transport.session._CONNECTIONS", 1)


async def test_a_timeout_in_the_pool_was_not_sent(connect, server, narrow):
    devin = connect(server.url, attempt_timeout=1000, deadline=None, max_attempts=1)
    server.script = [hang]
    calls = [asyncio.create_task(devin.request("POST", "/v3/thing")) for _ in range(2)]
    await server.received(1)
    advance_loop(950)  # the time in the pool ends before that of the attempt
    await until(lambda: any(call.done() for call in calls))
    advance_loop(100)
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(result.outcome for result in results) == ["not_sent", "unknown"]
    assert len(server.requests) == 1


@pytest.mark.parametrize("part_of_a_second", [0.2, 0.8])
async def test_a_timeout_in_the_pool_comes_before_that_of_the_attempt(
    connect, server, narrow, part_of_a_second
):
    loop = asyncio.get_running_loop()
    server.script = [hang]
    devin = connect(server.url, attempt_timeout=6, max_attempts=1)
    holding = devin.with_options(attempt_timeout=60).request("GET", "/v3/thing")
    holding = asyncio.create_task(holding)
    await server.received(1)
    stop_loop()  # it passes by the steps below alone
    advance_loop((part_of_a_second - loop.time()) % 1)
    waiting = asyncio.create_task(devin.request("POST", "/v3/thing"))
    while not waiting.done():
        advance_loop(0.1)
        for _ in range(10):
            await asyncio.sleep(0)
    holding.cancel()
    assert waiting.exception().outcome == "not_sent"


@pytest.mark.usefixtures("debug_mode")
async def test_cancelling_a_call_is_a_cancellation(devin, server, tasks):
    server.script = [hang]
    call = asyncio.create_task(devin.request("GET", "/v3/thing"))
    await server.received(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert tasks() == set()
    await until(lambda: server.connections == set())


async def test_a_copy_with_options_shares_the_pool(devin, server):
    copied = devin.with_options(headers={"X-Team": "a"})
    await devin.request("GET", "/v3/one")
    await copied.request("GET", "/v3/two")
    assert server.accepted == 1
    assert [request.headers.get("x-team") for request in server.requests] == [None, "a"]


async def test_a_copy_made_before_the_first_call_shares_the_pool_too(server):
    async with DevinClient(KEY, base_url=server.url) as devin:
        copied = devin.with_options(max_attempts=1).with_options(deadline=None)
        await copied.request("GET", "/v3/one")
        await devin.request("GET", "/v3/two")
    assert server.accepted == 1


@pytest.mark.usefixtures("debug_mode")
async def test_closing_a_copy_does_nothing(devin, server):
    async with devin.with_options(max_attempts=1) as copied:
        await copied.request("GET", "/v3/one")
    assert (await devin.request("GET", "/v3/two")).status == 200
    assert server.accepted == 1


async def test_options_of_a_copy_hold_for_its_scopes(devin, server):
    server.script = [answer(503)]
    with pytest.raises(APIStatusError):
        await devin.with_options(max_attempts=2).enterprise.organizations.get("org-1")
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"deadline": 0},
        {"max_attempts": 0},
        {"max_attempts": 1.5},
        {"deadline": "1"},
        {"attempt_timeout": -1},
        {"max_attempts": True},
    ],
)
async def test_impossible_options_are_refused(devin, options):
    with pytest.raises(InvalidArgumentError, match="allowed"):
        devin.with_options(**options)


async def test_headers_may_not_hold_the_key(devin):
    with pytest.raises(InvalidArgumentError, match="api_key="):
        devin.with_options(headers={"authorization": "Bearer x"})


async def test_a_borrowed_session_is_not_closed(server):
    async with aiohttp.ClientSession() as session:
        async with DevinClient(KEY, base_url=server.url, session=session) as devin:
            await devin.request("GET", "/v3/self")
        assert not session.closed


@pytest.mark.parametrize(
    ("method", "error"), [("GET", ConnectionFailedError), ("POST", OutcomeUnknownError)]
)
async def test_close_ends_what_is_in_flight_in_a_borrowed_session(server, method, error):
    server.script = [hang]
    async with aiohttp.ClientSession() as session:
        devin = DevinClient(KEY, base_url=server.url, session=session)
        call = asyncio.create_task(devin.request(method, "/v3/thing"))
        await server.received(1)
        await devin.close()
        with pytest.raises(error, match="the client was closed") as caught:
            await call
        assert caught.value.outcome == "unknown"
        assert not session.closed


async def test_a_borrowed_session_that_would_replace_the_key_is_refused(server):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer ones of aiohttp tell that they take it for now
        session = aiohttp.ClientSession(auth=aiohttp.BasicAuth("user", "hunter2"))
    async with session:
        with pytest.raises(InvalidArgumentError, match="session has auth=") as caught:
            DevinClient(KEY, base_url=server.url, session=session)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_borrowed_session_that_was_closed_sends_nothing(server, method):
    session = aiohttp.ClientSession()
    await session.close()
    async with DevinClient(KEY, base_url=server.url, session=session) as devin:
        live_in(devin, FakeClock())
        with pytest.raises(ConfigurationError, match="session is closed") as caught:
            await devin.request(method, "/v3/self")
    assert caught.value.outcome == "not_sent"


async def test_a_borrowed_session_that_raises_by_itself_leaves_the_errors_to_us(server):
    server.script = [answer(404, {"detail": "no such thing"})]
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        DevinClient(KEY, base_url=server.url, session=session) as devin,
    ):
        with pytest.raises(NotFoundError, match="no such thing"):
            await devin.request("GET", "/v3/thing")
    assert len(server.requests) == 1


async def test_the_middlewares_of_a_borrowed_session_see_every_method(server):
    seen = []

    async def note(request, handler):
        seen.append(request.method)
        return await handler(request)

    async with (
        aiohttp.ClientSession(middlewares=[note]) as session,
        DevinClient(KEY, base_url=server.url, session=session) as devin,
    ):
        await devin.request("GET", "/v3/self")
        await devin.request("DELETE", "/v3/self")
    assert seen == ["GET", "DELETE"]


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy])
async def test_a_client_refuses_to_be_pickled(devin, way):
    with pytest.raises(TypeError, match="not pickled"):
        way(devin)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY"])
async def test_a_proxy_of_the_environment_is_not_used_for_loopback(
    server, unused, monkeypatch, name
):
    monkeypatch.setenv(name, unused.url)
    async with DevinClient(KEY, base_url=server.url, max_attempts=1) as devin:
        assert (await devin.request("GET", "/v3/self")).status == 200


async def test_a_given_proxy_is_used(server, unused):
    await unused.start()
    async with DevinClient(KEY, base_url=server.url, proxy=unused.url) as devin:
        await devin.request("GET", "/v3/self")
    assert [request.path for request in unused.requests] == ["/v3/self"]
    assert server.requests == []


async def test_a_proxy_that_cannot_be_used_is_never_passed_by(server):
    async with aiohttp.ClientSession() as session:
        devin = DevinClient(KEY, base_url=server.url, session=session, proxy="ftp://proxy.example")
        for _ in range(2):
            with pytest.raises(ConfigurationError, match="the proxy of proxy= cannot be used"):
                await devin.request("GET", "/v3/self")
    assert server.requests == []


async def test_a_proxy_gets_its_password_and_the_api_gets_the_key(server, unused):
    await unused.start()
    proxy = unused.url.replace("//", "//me:sesame@")
    async with DevinClient(KEY, base_url=server.url, proxy=proxy) as devin:
        await devin.request("GET", "/v3/self")
    headers = unused.requests[0].headers
    assert headers["proxy-authorization"] == "Basic bWU6c2VzYW1l"
    assert headers["authorization"] == f"Bearer {KEY}"


async def test_a_tunnel_is_asked_for_with_the_password_and_without_the_key(unused):
    await unused.start()
    unused.script = [answer(407, b"")]
    proxy = unused.url.replace("//", "//me:sesame@")
    async with DevinClient(KEY, base_url="https://a.example", proxy=proxy) as devin:
        with pytest.raises(ConnectionFailedError, match=r"proxy= answered 407") as caught:
            await devin.request("GET", "/v3/self")
    assert caught.value.outcome == "not_sent"
    assert "wants a user and a password" in str(caught.value)
    assert [request.method for request in unused.requests] == ["CONNECT"]  # once: it is final
    assert unused.requests[0].headers["proxy-authorization"] == "Basic bWU6c2VzYW1l"
    assert KEY not in repr(unused.requests)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_of_an_api_call_is_raised_and_not_followed(devin, server, status):
    server.script = [answer(status, b"", Location=f"{server.url}/elsewhere")]
    with pytest.raises(APIStatusError) as caught:
        await devin.request("GET", "/v3/self")
    assert caught.value.status == status
    assert [request.path for request in server.requests] == ["/v3/self"]
