import asyncio
import contextlib
import gc
import io
import socket
import sys
import time
import warnings
from urllib.parse import urlsplit

import aiohttp
import pytest
import requests
from clocks import stop_loop

from devin_async import sandbox as package
from devin_async.sandbox import ManualClock, Sandbox, WallClock


async def test_requests_are_recorded_without_the_token(api, sandbox, org):
    path = f"/v3/organizations/{org}/sessions"
    await api.post(f"{path}?a=1&a=%7C", {"prompt": "x"}, headers={"X-Mine": "1"})
    recorded = sandbox.requests[-1]
    assert (recorded.method, recorded.path, recorded.status) == ("POST", path, 200)
    assert recorded.query == [("a", "1"), ("a", "|")]
    assert recorded.json == {"prompt": "x"}
    assert recorded.operation == "POST /v3/organizations/{org_id}/sessions"
    assert (recorded.headers["x-mine"], recorded.headers["authorization"]) == ("1", "***")
    assert sandbox.token not in repr(recorded)


async def test_the_record_is_bounded_and_the_count_is_not(connect):
    sandbox = Sandbox(request_limit=2)
    api = await connect(sandbox)
    for _ in range(5):
        await api.get("/v3/self")
    await api.get("/v3/nothing")
    assert [item.path for item in sandbox.requests] == ["/v3/self", "/v3/nothing"]
    assert sandbox.requests[1].operation is None
    assert sandbox.count("GET /v3/self") == 5
    assert sandbox.count("GET /v3/nothing") == 1
    assert sandbox.count() == 6


async def test_a_client_of_another_kind_works(sandbox):
    def call():
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {sandbox.token}"
            listed = session.get(sandbox.url + "/v3/enterprise/organizations", timeout=60)
            made = session.post(
                sandbox.url + "/v3/enterprise/organizations", json={"name": "é"}, timeout=60
            )
        return listed.json()["items"], made.json()["name"]

    items, name = await asyncio.to_thread(call)
    assert (len(items), name) == (5, "é")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system allows fewer")
async def test_many_connections_are_accepted_at_once(sandbox):
    address = urlsplit(sandbox.url).hostname, urlsplit(sandbox.url).port
    with contextlib.ExitStack() as stack:
        for _ in range(400):  # the server cannot accept them meanwhile: this blocks its loop
            stack.enter_context(socket.create_connection(address, timeout=30))


async def test_a_body_of_several_megabytes_is_read(api, org):
    path = f"/v3/organizations/{org}/sessions"
    body = io.BytesIO(b'{"prompt": "%s"}' % (b"x" * 3_000_000))
    headers = {"Content-Type": "application/json"}
    assert (await api.call("POST", path, data=body, headers=headers)).status == 200


async def test_a_head_request_is_refused_without_a_body(api):
    reply = await api.call("HEAD", "/v3/self")
    assert (reply.status, reply.body) == (405, b"")


async def test_closing_leaves_no_task_and_no_open_transport():
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    before = asyncio.all_tasks()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with aiohttp.ClientSession() as session:
            async with Sandbox() as sandbox, session.get(sandbox.url + "/v3/self") as response:
                assert response.status == 401
            assert asyncio.all_tasks() == before
        gc.collect()


async def test_closing_is_prompt_with_idle_connections(client):
    sandbox = Sandbox()
    await sandbox.start()
    async with client.get(sandbox.url + "/v3/self") as response:
        await response.read()
    stop_loop()
    await sandbox.close()


async def test_a_closed_sandbox_keeps_its_memory_and_starts_again(client):
    sandbox = Sandbox()
    async with sandbox, client.get(sandbox.url + "/v3/self"):
        pass
    async with sandbox:
        async with client.get(sandbox.url + "/v3/self"):
            pass
        assert sandbox.count("GET /v3/self") == 2


def test_the_url_exists_only_while_it_runs():
    with pytest.raises(RuntimeError, match="not running"):
        _ = Sandbox().url


async def test_a_second_start_is_refused(sandbox):
    with pytest.raises(RuntimeError, match="already running"):
        await sandbox.start()


async def test_a_taken_port_is_reported(sandbox):
    port = int(sandbox.url.rpartition(":")[2])
    other = Sandbox(port=port)
    with pytest.raises(OSError, match=str(port)):
        await other.start()


@pytest.mark.parametrize(
    "options",
    [
        {"host": "0.0.0.0"},
        {"clock": ManualClock(), "speed": 2.0},
        {"speed": 0},
        {"organizations": -1},
        {"organizations": 1, "failing_organizations": 2},
        {"bounds": "open"},
    ],
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ValueError, match=r"allow_remote|clock|speed|organizations|bounds"):
        Sandbox(**options)


def test_a_manual_clock_moves_forward_only():
    clock = ManualClock(100)
    assert clock.advance(1.5) == clock.now() == 101.5
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_a_wall_clock_follows_real_time():
    before = time.time()
    now = WallClock().now()
    assert before - 0.1 <= now <= time.time() + 0.1


def test_the_public_names_exist():
    assert sorted(package.__all__) == package.__all__
    assert all(hasattr(package, name) for name in package.__all__)
