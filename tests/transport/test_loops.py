"""Event loops: one after the other, two at once, another library's, and none."""

import asyncio
import gc
import subprocess
import sys
import threading
import time
import warnings

import aiohttp
import pytest
from inside import transport_of
from scripted_server import KEY, ScriptedServer, answer

from devin_async import ConfigurationError, DevinClient, InvalidArgumentError

ELSEWHERE = "first used in another event loop"


@pytest.fixture
def served():
    """The URL of a server in a thread of its own, whose loop outlives those of the test."""
    ready, ended = threading.Event(), threading.Event()
    server = ScriptedServer()
    server.script = [answer()]

    async def serve():
        await server.start()
        ready.set()
        await asyncio.to_thread(ended.wait)
        await server.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    yield server
    ended.set()
    thread.join()


async def call(devin):
    return (await devin.request("GET", "/v3/self")).status


def test_a_client_opens_anew_in_the_next_loop(served, caplog):
    caplog.set_level("INFO", "devin_async")
    devin = DevinClient(KEY, base_url=served.url)
    assert [asyncio.run(call(devin)) for _ in range(3)] == [200] * 3
    asyncio.run(devin.close())
    assert sum("opens anew" in message for message in caplog.messages) == 2
    gc.collect()  # a socket that was left open would warn here


def test_a_key_that_is_asked_for_is_asked_in_the_next_loop_too(served):
    async def key():
        await asyncio.sleep(0)
        return KEY

    devin = DevinClient(key, base_url=served.url)
    assert [asyncio.run(call(devin)) for _ in range(2)] == [200] * 2
    asyncio.run(devin.close())


def test_a_client_whose_loop_has_ended_can_be_closed_in_another_one(served):
    devin = DevinClient(KEY, base_url=served.url)
    asyncio.run(call(devin))
    asyncio.run(devin.close())
    with pytest.raises(ConfigurationError, match="the client is closed"):
        asyncio.run(call(devin))


def test_a_client_whose_loop_has_ended_may_be_forgotten(served):
    devin = DevinClient(KEY, base_url=served.url)
    asyncio.run(call(devin))
    del devin
    gc.collect()


def test_lists_that_nobody_finished_end_with_their_loop_without_a_word(served, caplog):
    served.script = [
        answer(
            value={
                "items": [{"org_id": "org-1", "name": "One"}],
                "end_cursor": "next",
                "has_next_page": True,
            }
        )
    ]
    unfinished = []

    async def begin(devin):
        # Many, as the loop closes each with its inner ones in any order.
        for _ in range(10):
            unfinished.append(aiter(devin.enterprise.organizations.list(page_size=1)))
            await anext(unfinished[-1])

    devin = DevinClient(KEY, base_url=served.url)
    asyncio.run(begin(devin))
    assert caplog.messages == []
    assert asyncio.run(call(devin)) == 200
    asyncio.run(devin.close())


def in_another_loop(make):
    """Run what *make* makes in a thread with a loop of its own; give what it raised."""

    async def run():
        try:
            await make()
        except ConfigurationError as error:
            return error

    return asyncio.to_thread(lambda: asyncio.run(run()))


async def test_while_its_loop_runs_another_one_gets_a_clear_error(devin):
    await call(devin)
    assert ELSEWHERE in str(await in_another_loop(lambda: call(devin)))


async def test_closing_in_another_loop_is_that_error_at_once(devin):
    await call(devin)
    assert ELSEWHERE in str(await in_another_loop(devin.close))
    assert await call(devin) == 200


def test_of_two_threads_that_open_at_once_one_passes(served):
    devin = DevinClient(KEY, base_url=served.url)
    transport = transport_of(devin)
    open_wire = transport._wire.open
    both = threading.Barrier(2)

    def slow_open():
        time.sleep(0.05)
        open_wire()

    transport._wire.open = slow_open
    results = []

    async def use():
        both.wait()
        try:
            results.append(await call(devin))
        except ConfigurationError as error:
            results.append(str(error))
        await asyncio.to_thread(both.wait)  # no loop ends before the other one has tried

    threads = [threading.Thread(target=asyncio.run, args=(use(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(200) == 1
    assert sum(ELSEWHERE in str(one) for one in results) == 1
    asyncio.run(devin.close())


def test_a_borrowed_session_whose_loop_has_ended_is_told(served):
    async def borrow():
        session = aiohttp.ClientSession()
        devin = DevinClient(KEY, base_url=served.url, session=session)
        await call(devin)
        await session.close()
        return devin

    devin = asyncio.run(borrow())
    with pytest.raises(ConfigurationError, match="loop of the aiohttp session has ended"):
        asyncio.run(call(devin))


def test_outside_of_asyncio_it_is_told_what_is_missing():
    coroutine = DevinClient(KEY, base_url="http://127.0.0.1:1").whoami()
    with pytest.raises(ConfigurationError, match=r"no event loop of asyncio.*not in trio"):
        coroutine.send(None)


async def test_a_client_is_unclosed_once_its_last_scope_is_gone_and_no_sooner(server):
    scope = DevinClient(KEY, base_url=server.url).organization("org-1")
    server.script = [answer(value={"items": []})]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert await scope.sessions.list().collect() == []
        gc.collect()
        assert caught == []
        session = scope._caller.transport._wire._session
        del scope
        gc.collect()
    await session.close()
    assert [str(one.message)[:8] for one in caught] == ["unclosed"]


def test_the_same_id_gives_the_same_scope_and_a_copy_one_of_its_own():
    devin = DevinClient(KEY)
    copy = devin.with_options(deadline=5)
    scope = devin.organization("org-1")
    assert devin.organization("org-1") is scope
    assert copy.organization("org-1")._caller.options.deadline == 5
    assert devin.organization("org-2").org_id == "org-2"
    assert devin.organization("org-1").org_id == "org-1"


@pytest.mark.parametrize("is_debug", [False, True])
async def test_a_client_that_was_not_closed_names_itself(server, is_debug):
    asyncio.get_running_loop().set_debug(is_debug)
    devin = DevinClient(KEY, base_url=server.url)
    asyncio.get_running_loop().set_debug(False)
    await call(devin)
    session = transport_of(devin)._wire._session
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del devin
        gc.collect()
    await session.close()
    (message,) = (str(one.message) for one in caught if "DevinClient" in str(one.message))
    assert message.startswith(f"unclosed <DevinClient of {server.url}, v3>")
    assert ("test_loops.py" in message) is is_debug


@pytest.mark.parametrize("how", ["async with", "open"])
def test_what_a_call_needs_is_loaded_before_it_and_not_in_the_loop(how):
    """In a process of its own, for here aiohttp is loaded already."""
    program = f"""
import asyncio, sys, threading
from devin_async import DevinClient

class Loads:
    thread = None
    def find_spec(self, name, path=None, target=None):
        if name == "aiohttp":
            Loads.thread = threading.current_thread()

sys.meta_path.insert(0, Loads())

async def main():
    devin = DevinClient("{KEY}", base_url="http://127.0.0.1:1")
    assert "aiohttp" not in sys.modules
    {"await devin.open()" if how == "open" else "await devin.__aenter__()"}
    assert "aiohttp" in sys.modules
    assert Loads.thread is not threading.main_thread()
    await devin.close()

asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)


async def test_a_frozen_wall_clock_does_not_hold_waits_up(connect, server, monkeypatch):
    frozen = time.time()
    # As freezegun does it with real_asyncio=True: all but the loop's own clock stand.
    monkeypatch.setattr(asyncio.get_running_loop(), "time", time.monotonic)
    monkeypatch.setattr(time, "time", lambda: frozen)
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    server.script = [answer(429, Retry_After_Ms="20"), answer(503), answer()]
    async with DevinClient(KEY, base_url=server.url) as devin:
        assert await call(devin) == 200


WRONG = [
    ({"ssl": "/ca.pem"}, r"ssl is '/ca\.pem'; allowed: an ssl\.SSLContext, such as"),
    ({"ssl": False}, r"ssl is False; allowed: an ssl\.SSLContext or None"),
    ({"session": object()}, "allowed: an aiohttp.ClientSession or None"),
    ({"session": aiohttp.ClientSession}, "allowed: an aiohttp.ClientSession or None"),
    ({"trace_configs": object()}, "allowed: a list of aiohttp.TraceConfig"),
    ({"trace_configs": [object()]}, "allowed: a list of aiohttp.TraceConfig"),
    ({"trace_configs": "x"}, "allowed: a list of aiohttp.TraceConfig"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_what_is_no_object_of_its_kind_is_refused_by_the_constructor(options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        DevinClient(KEY, **options)
