"""The two examples that live long: the FastAPI app under uvicorn, and the worker at its queue."""

import asyncio
import json
import signal
import socket
import sys
from contextlib import asynccontextmanager

import aiohttp
import httpx
import pytest
from integration_programs import EXAMPLES, ended, environment, fork, start
from waiting import until

from devin_async.sandbox import Fault, Sandbox

UVICORN = ("-m", "uvicorn", "examples.fastapi_app:app", "--log-level", "warning")


@asynccontextmanager
async def uvicorn(sandbox, *, signalled=signal.SIGTERM, stopped_early=False):
    """Serve the example as a user does; it has to end cleanly, whatever happened.

    A second SIGINT makes uvicorn drop what it does, so a test that sends one itself says so.
    """
    with socket.socket() as reserving:  # a port that nobody else gets, and uvicorn may listen at
        reserving.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserving.bind(("127.0.0.1", 0))
        port = reserving.getsockname()[1]
        process = await fork(*UVICORN, "--port", str(port), **environment(sandbox))
        url = f"http://127.0.0.1:{port}"
        try:
            async with httpx.AsyncClient(base_url=url, timeout=60) as http:
                http.process = process
                await until(lambda: process.returncode is not None or not refuses(http.base_url))
                yield http
        finally:
            if not stopped_early and process.returncode is None:
                process.send_signal(signalled)
            code, output, errors = await ended(process)
    assert (output, errors) == ("", "")
    # Once all is closed it may give the signal to itself again.
    assert code in {0, -signalled}


def refuses(url):
    """Tell whether nobody listens there any more."""
    with socket.socket() as asking:
        return asking.connect_ex((url.host, url.port)) != 0


def read_event(text):
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    return fields["event"], json.loads(fields["data"])


async def events(response):
    """Give the events of a stream as they come."""
    text = ""
    async for chunk in response.aiter_text():
        text += chunk
        while "\n\n" in text:
            event, text = text.split("\n\n", 1)
            yield read_event(event)


async def test_two_hundred_requests_at_once_share_one_pool():
    hold = asyncio.Event()
    async with Sandbox(organizations=3) as sandbox, uvicorn(sandbox) as http:
        sandbox.inject(Fault(route="GET /v3/self", hold=hold))
        # httpx's pool takes seconds of CPU for so many connections, aiohttp's does not.
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(str(http.base_url), connector=connector) as session:

            async def ask():
                async with session.get("/whoami") as answer:
                    return answer.status, await answer.json()

            asking = [asyncio.create_task(ask()) for _ in range(200)]
            await until(lambda: sandbox.count("GET /v3/self") == 200)
            opened = len(sandbox._server._runner.server.connections)
            hold.set()
            answers = await asyncio.gather(*asking)
            answers += await asyncio.gather(*(ask() for _ in range(200)))
            kept = len(sandbox._server._runner.server.connections)
    assert answers == [(200, {"name": "Sandbox", "principal_type": "service_user"})] * 400
    assert opened == 200
    assert kept <= 200  # the second hundreds went over the first ones' connections


async def test_a_health_check_streams_its_outcomes_and_ends_with_the_count():
    sandboxed = Sandbox(organizations=20, failing_organizations=2)
    async with sandboxed as sandbox, uvicorn(sandbox) as http:
        before = await http.get("/health-check/events")
        started = await http.post("/health-check")
        async with http.stream("GET", started.json()["events"]) as response:
            received = [event async for event in events(response)]
        late = await http.get("/health-check/events", headers={"Last-Event-ID": "19"})
    assert (before.status_code, started.status_code) == (404, 202)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert [kind for kind, _ in received] == ["outcome"] * 20 + ["end"]
    assert received[-1][1] == {"started": 18, "failed": 2, "stopped": False}
    failed = [data for _, data in received[:-1] if "error" in data]
    assert {(one["error"], one["outcome"]) for one in failed} == {
        ("PermissionDeniedError", "rejected")
    }
    assert read_event(late.text.strip()) == received[-1]


@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGINT])
async def test_a_shutdown_in_mid_stream_finishes_what_has_begun_and_says_so(signalled):
    async with Sandbox(organizations=100) as sandbox:
        hold = asyncio.Event()
        sandbox.inject(Fault(route="POST *", at=tuple(range(21, 101)), hold=hold))
        async with uvicorn(sandbox, signalled=signalled, stopped_early=True) as http:
            await http.post("/health-check")
            async with http.stream("GET", "/health-check/events") as response:
                received = []
                async for event in events(response):
                    received.append(event)
                    if len(received) == 20:
                        http.process.send_signal(signalled)
                        await until(lambda: refuses(http.base_url))
                        hold.set()
        sent = sandbox.count("POST *")
    assert received[-1] == ("end", {"started": sent, "failed": 0, "stopped": True})
    assert 20 <= sent < 100
    assert len(received) == sent + 1


async def test_a_health_check_goes_on_without_its_reader_and_is_the_only_one_meanwhile():
    async with Sandbox(organizations=40) as sandbox:
        hold = asyncio.Event()
        sandbox.inject(Fault(route="POST *", at=tuple(range(2, 41)), hold=hold))
        async with uvicorn(sandbox) as http:
            await http.post("/health-check")
            async with http.stream("GET", "/health-check/events") as response:
                async for _ in events(response):
                    break
            second = await http.post("/health-check")
            hold.set()
            rest = await http.get("/health-check/events")
    assert second.status_code == 409
    assert rest.text.count("event: outcome\n") == 40


async def test_consumption_is_shown_by_organization_and_a_failure_of_the_api_is_told():
    async with Sandbox(organizations=3) as sandbox, uvicorn(sandbox) as http:
        shown = await http.get("/consumption", params={"days": 3})
        refused = await http.get("/consumption", params={"days": 0})
        assert shown.json().keys() == {"Amber Platform", "Birch Platform", "Cobalt Platform"}
        assert all(acus > 0 for acus in shown.json().values())
        assert refused.status_code == 422


def worker(sandbox):
    org_id = sandbox.organization_ids[0]
    program = str(EXAMPLES / "async_service.py")
    return fork(program, **environment(sandbox, DEVIN_ORG_ID=org_id))


async def test_the_worker_does_what_it_was_sent_and_ends_with_its_queue():
    async with Sandbox(organizations=1, failing_organizations=0) as sandbox:
        sandbox.inject(Fault(route="POST *", at=2, status=502, committed=True))
        code, output, errors = await ended(await worker(sandbox), b"one\n\ntwo\nthree\n")
        sent = sandbox.count("POST *")
    assert (code, errors, sent) == (0, "", 3)
    assert sorted(line.split()[0] for line in output.splitlines()) == [
        "FAILED",
        "started",
        "started",
    ]
    assert "FAILED (unknown)" in output


async def test_the_worker_finishes_what_has_begun_when_it_is_told_to_stop():
    async with Sandbox(organizations=1) as sandbox:
        hold = asyncio.Event()
        held = sandbox.inject(Fault(route="POST *", at=(5, 6, 7, 8), hold=hold))
        process = await worker(sandbox)
        process.stdin.write(b"".join(b"task %d\n" % number for number in range(12)))
        await process.stdin.drain()
        await until(lambda: held.hits == 4)
        process.terminate()
        lines = [(await process.stdout.readline()).decode() for _ in range(8)]
        hold.set()  # it has stopped by now: what it did not begin is told
        code, output, errors = await ended(process)
        sent = sandbox.count("POST *")
    lines += output.splitlines()
    assert (code, errors, sent) == (0, "", 8)
    assert sum(line.startswith("started task") for line in lines) == 8
    assert sum(line.startswith("not begun task") for line in lines) == 4


async def test_the_worker_without_an_organization_says_how_to_name_one():
    async with Sandbox(organizations=1) as sandbox:
        program = str(EXAMPLES / "async_service.py")
        code, _, errors = await ended(await fork(program, **environment(sandbox)), b"one\n")
    assert code == 1
    assert "set DEVIN_ORG_ID" in errors


@pytest.mark.parametrize("redirect", ["< /dev/null", "<&-", "< prompts.txt"])
async def test_the_worker_takes_any_stdin(tmp_path, redirect):
    (tmp_path / "prompts.txt").write_text("one\n\ntwo\n")
    async with Sandbox(organizations=1) as sandbox:
        where = environment(sandbox, DEVIN_ORG_ID=sandbox.organization_ids[0])
        worker = EXAMPLES / "async_service.py"
        shell = f"cd {tmp_path} && exec {sys.executable} {worker} {redirect}"
        end = await ended(await start("bash", "-c", shell, **where))
        started = sorted(one.json["prompt"] for one in sandbox.requests if one.method == "POST")
    assert (end.code, end.errors) == (0, "")
    assert started == (["one", "two"] if "prompts" in redirect else [])
