"""Where the key comes from, and how often it is asked for."""

import asyncio

import pytest
from clocks import advance_loop
from scripted_server import after, answer
from waiting import settled

from devin_async import AuthenticationError, ConfigurationError, DevinClient, RequestTimeoutError


class Source:
    """Gives `cog_1`, `cog_2` and so on, or always the same."""

    def __init__(self, *keys):
        self.keys = list(keys)
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return self.keys.pop(0) if len(self.keys) > 1 else self.keys[0]


def only(key):
    """Answer 200 to *key*, and 401 to any other."""

    def step(request):
        return answer() if request.headers["authorization"] == f"Bearer {key}" else answer(401)

    return step


async def test_a_callable_key_is_asked_once_for_many_calls(connect, server):
    source = Source("cog_1")
    devin = connect(server.url, key=source)
    await asyncio.gather(*[devin.request("GET", "/v3/self") for _ in range(10)])
    assert source.asked == 1


async def test_a_callable_key_is_asked_again_after_a_401(connect, server):
    source = Source("cog_1", "cog_2")
    devin = connect(server.url, key=source)
    server.script = only("cog_2")
    response = await devin.request("POST", "/v3/thing")
    assert response.status == 200
    assert source.asked == 2
    assert len(server.requests) == 2


async def test_an_async_callable_key_is_awaited(connect, server):
    source = Source("cog_1", "cog_2")

    async def ask():
        await asyncio.sleep(0)
        return source()

    devin = connect(server.url, key=ask)
    server.script = only("cog_2")
    assert (await devin.request("GET", "/v3/self")).status == 200


async def never():
    await asyncio.Event().wait()


async def outlast():
    advance_loop(31)
    await never()


async def test_a_key_that_never_comes_ends_at_the_deadline(connect, server):
    devin = connect(server.url, key=outlast, deadline=30)
    with pytest.raises(RequestTimeoutError, match="API key was not given") as caught:
        await devin.request("GET", "/v3/self")
    assert caught.value.outcome == "not_sent"


async def test_a_new_key_that_never_comes_ends_at_the_deadline(connect, server):
    answers = ["cog_1"]
    devin = connect(server.url, key=lambda: answers.pop() if answers else outlast(), deadline=30)
    server.script = [answer(401)]
    with pytest.raises(RequestTimeoutError, match="API key was not given"):
        await devin.request("GET", "/v3/self")


async def test_a_timeout_of_the_callable_is_the_callers(connect, server):
    async def slow():
        raise TimeoutError("the vault is slow")

    with pytest.raises(TimeoutError, match="the vault is slow"):
        await connect(server.url, key=slow).request("GET", "/v3/self")


async def test_close_ends_a_call_whose_key_never_comes(connect, server, tasks):
    devin = connect(server.url, key=never)
    calls = [asyncio.create_task(devin.request("GET", "/v3/self")) for _ in range(3)]
    await settled()
    await devin.close()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [ConfigurationError] * 3
    assert [result.outcome for result in results] == ["not_sent"] * 3
    assert tasks() == set()


async def test_a_call_that_gives_up_waiting_for_the_key_leaves_it_to_the_next(connect, server):
    release = asyncio.Event()

    async def ask():
        await release.wait()
        return "cog_1"

    devin = connect(server.url, key=ask)
    first = asyncio.create_task(devin.request("GET", "/v3/first"))
    second = asyncio.create_task(devin.request("GET", "/v3/second"))
    await settled()
    first.cancel()
    release.set()
    assert (await second).status == 200
    assert [request.path for request in server.requests] == ["/v3/second"]


async def test_a_callable_key_is_asked_again_only_once_a_call(connect, server):
    source = Source("cog_1", "cog_2", "cog_3", "cog_4")
    devin = connect(server.url, key=source)
    server.script = [answer(401, {"detail": "expired"})]
    with pytest.raises(AuthenticationError, match="expired"):
        await devin.request("GET", "/v3/self")
    assert source.asked == 2
    assert len(server.requests) == 2


async def test_a_callable_that_gives_the_refused_key_again_is_not_tried_again(connect, server):
    source = Source("cog_1")
    devin = connect(server.url, key=source)
    server.script = [answer(401)]
    with pytest.raises(AuthenticationError):
        await devin.request("GET", "/v3/self")
    assert source.asked == 2
    assert len(server.requests) == 1


async def test_many_calls_that_meet_a_401_together_ask_once(connect, server):
    source = Source("cog_1", "cog_2", "cog_3", "cog_4")
    devin = connect(server.url, key=source)
    server.script = only("cog_2")
    await asyncio.gather(*[devin.request("GET", "/v3/self") for _ in range(20)])
    assert source.asked == 2


async def test_a_401_that_comes_after_the_new_key_asks_no_more(connect, server):
    source = Source("cog_1", "cog_2", "cog_3")
    devin = connect(server.url, key=source)
    release = asyncio.Event()
    server.script = lambda request: _late_401(request, release)
    late = asyncio.create_task(devin.request("GET", "/v3/late"))
    await server.received(1)
    await devin.request("GET", "/v3/early")
    release.set()
    await late
    assert source.asked == 2


def _late_401(request, release):
    if request.headers["authorization"] == "Bearer cog_2":
        return answer()
    return after(release, answer(401)) if request.path == "/v3/late" else answer(401)


async def test_a_fixed_key_that_is_refused_raises(devin, server):
    server.script = [answer(401, {"detail": "expired"})]
    with pytest.raises(AuthenticationError, match="Check that the key"):
        await devin.request("GET", "/v3/self")
    assert len(server.requests) == 1


async def test_what_a_key_callable_raises_is_the_callers(connect, server):
    def broken():
        raise LookupError("the vault is sealed")

    with pytest.raises(LookupError, match="the vault is sealed"):
        await connect(server.url, key=broken).request("GET", "/v3/self")
    assert server.requests == []


@pytest.mark.parametrize("key", ["", "cog_a b", "cog_\u2713", None, 5, b"cog_x"])
async def test_a_callable_that_gives_no_key_is_a_configuration_error(connect, server, key):
    with pytest.raises(ConfigurationError, match="key"):
        await connect(server.url, key=lambda: key).request("GET", "/v3/self")
    assert server.requests == []


async def test_the_environment_gives_the_key(server, monkeypatch):
    monkeypatch.setenv("DEVIN_SERVICE_USER_TOKEN", "cog_second")
    monkeypatch.setenv("DEVIN_API_KEY", "cog_first")
    async with DevinClient(base_url=server.url) as devin:
        await devin.request("GET", "/v3/self")
    assert server.requests[0].headers["authorization"] == "Bearer cog_first"
