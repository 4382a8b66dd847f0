"""The jobs that people do, as programs: each against a sandbox, with what goes wrong on purpose."""

import asyncio
import csv
import io
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from test_examples import EXAMPLES, run
from waiting import until

from devin_async import DevinClient
from devin_async.sandbox import Fault, Sandbox

pytestmark = pytest.mark.slow


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".txt" if name == "secrets" else ".md").write_text(text)


async def test_a_folder_is_kept_in_step_plan_first_and_the_enterprises_is_left_alone(tmp_path):
    write(
        tmp_path,
        playbooks__Deploy="Deploy it.\n",
        notes__Style="When code is written\nUse tabs.\n",
        secrets="TOKEN\n",
    )
    async with Sandbox(organizations=1) as sandbox:
        org_id = sandbox.organization_ids[0]
        async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
            org = devin.organization(org_id)
            for one in [one async for one in org.playbooks.list()]:
                await org.playbooks.delete(one.playbook_id)
            for note in [one async for one in org.knowledge.list() if one.access_type == "org"]:
                await org.knowledge.delete(note.note_id)
            await devin.enterprise.playbooks.create("Ours", body="For all.")
            await org.playbooks.create("Old", body="Gone.")
            environment = {"DEVIN_ORG_ID": org_id, "TOKEN": "a value"}

            async def sync(*arguments: str) -> list[str]:
                code, output, errors = await run(
                    "folder_sync", sandbox, arguments=(str(tmp_path), *arguments), **environment
                )
                assert (code, errors) == (0, "")
                return output.splitlines()

            plan = ["create playbook Deploy", "delete playbook Old"]
            plan += ["create note Style", "create secret TOKEN"]
            for _ in range(2):  # the plan alone changes nothing
                assert await sync() == [f"would {step}" for step in plan]
            assert await sync("--apply") == plan
            assert await sync("--apply") == []
            write(tmp_path, playbooks__Deploy="Deploy it twice.\n")
            assert await sync("--apply") == ["change playbook Deploy"]
            titles = {one.title async for one in devin.enterprise.playbooks.list()}
            assert "Ours" in titles


async def test_two_hundred_organizations_get_a_session_each_though_the_job_is_killed(tmp_path):
    async with Sandbox(organizations=200) as sandbox:
        environment = os.environ | {
            "DEVIN_API_KEY": sandbox.token,
            "DEVIN_BASE_URL": sandbox.url,
            "PYTHONPATH": str(EXAMPLES.parent),
        }
        killed = await asyncio.create_subprocess_exec(
            sys.executable, str(EXAMPLES / "durable_fan_out.py"), env=environment, cwd=tmp_path
        )
        await until(lambda: sandbox.count("POST *") >= 60)
        killed.kill()
        await killed.wait()
        code, output, errors = await run("durable_fan_out", sandbox, folder=tmp_path)
        assert (code, errors) == (0, "")
        assert "200 done" in output
        async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
            once = [one async for one in devin.enterprise.sessions.list() if one.tags]
        started = Counter(one.org_id for one in once if one.tags[0].startswith("once:health-"))
        assert started == dict.fromkeys(sandbox.organization_ids, 1)


async def test_a_ci_job_prints_its_pull_request_and_starts_one_session_though_it_is_run_twice():
    async with Sandbox(organizations=1, speed=200) as sandbox:
        # A read that fails and a create whose answer is lost: neither starts a second session.
        sandbox.inject(Fault(route="POST *", at=1, status=502, committed=True))
        sandbox.inject(Fault(route="GET *", at=3, status=503))
        environment = {"DEVIN_ORG_ID": sandbox.organization_ids[0], "CI_COMMIT": "4f2a"}
        environment["CI_REPOSITORY"] = "acme/web"
        for _ in range(2):
            code, output, errors = await run("ci_job", sandbox, **environment)
            assert (code, errors) == (0, "")
            assert "https://github.com/" in output
            assert output.count("\n") == 2
        assert sandbox.count("POST /v3/organizations/{org_id}/sessions") == 1


async def test_a_report_of_acus_has_every_organization_and_tells_which_could_not_be_read():
    async with Sandbox(organizations=5) as sandbox:
        failing = sandbox.organization_ids[2]
        route = f"GET /v3/enterprise/consumption/daily/organizations/{failing}"
        sandbox.inject(Fault(route=route, status=403))
        code, output, errors = await run("acu_report", sandbox, arguments=["2026-01"])
    rows = list(csv.DictReader(io.StringIO(output)))
    assert code == 1
    assert {row["organization_id"] for row in rows} == {*sandbox.organization_ids} - {failing}
    assert {row["product"] for row in rows} >= {"devin"}
    assert all(float(row["acus"]) >= 0 for row in rows)
    assert "answered 403" in errors


async def test_hourly_sessions_are_in_the_database_once_each_with_their_newest_state(tmp_path):
    database = pytest.importorskip("duckdb")
    async with Sandbox(organizations=3, sessions=4) as sandbox:
        sandbox.inject(Fault(route="GET *", at=2, status=503))
        first = await run("hourly_sessions", sandbox, folder=tmp_path)
        assert first == (0, "12 sessions changed\n", "")
        async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
            org = devin.organization(sandbox.organization_ids[0])
            made = await org.sessions.create("One more")
        code, output, errors = await run("hourly_sessions", sandbox, folder=tmp_path)
    assert (code, errors) == (0, "")
    assert int(output.split()[0]) < 12
    with database.connect(str(tmp_path / "sessions.duckdb")) as opened:
        ids = [one for (one,) in opened.execute("SELECT session_id FROM sessions").fetchall()]
    assert len(ids) == len(set(ids)) == 13
    assert made.session_id in ids


async def test_two_years_of_audit_logs_reach_a_sink_that_fails_and_doubles_are_whole_batches(
    tmp_path, serve
):
    sink = FailingSink()
    application = web.Application()
    application.router.add_post("/", sink.handle)
    environment = {"SINK_URL": str(await serve(application))}
    async with Sandbox(organizations=3, audit_logs=3000) as sandbox:
        reached = (
            os.environ
            | environment
            | {
                "DEVIN_API_KEY": sandbox.token,
                "DEVIN_BASE_URL": sandbox.url,
                "PYTHONPATH": str(EXAMPLES.parent),
            }
        )
        program = (sys.executable, str(EXAMPLES / "audit_log_sink.py"))
        for batches in (3, 6, 9):
            killed = await asyncio.create_subprocess_exec(*program, env=reached, cwd=tmp_path)
            await until(lambda batches=batches: len(sink.batches) >= batches)
            killed.kill()
            await killed.wait()
            sink.unconfirmed |= sink.batches[-1]
        last = await asyncio.create_subprocess_exec(*program, env=reached, cwd=tmp_path)
        await until(lambda: len(sink.seen) >= 3000)
        last.send_signal(signal.SIGTERM)
        assert await last.wait() == 143
        async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
            since = datetime.now(UTC) - timedelta(days=730)
            logs = devin.enterprise.audit_logs.list(time_after=since, parallel=8)
            assert {log.audit_log_id async for log in logs} <= sink.seen
    # What came twice came in a batch that a failure or a kill had left unconfirmed.
    assert sink.doubles <= sink.unconfirmed


class FailingSink:
    """Takes batches of logs; one in five fails, before or after it was taken."""

    def __init__(self):
        self.batches, self.seen, self.doubles, self.unconfirmed = [], set(), set(), set()

    async def handle(self, request):
        ids = {log["audit_log_id"] for log in await request.json()}
        self.doubles |= ids & self.seen
        self.seen |= ids
        self.batches.append(ids)
        failed = len(self.batches) % 5 == 0
        self.unconfirmed |= ids if failed else set()
        return web.Response(status=500 if failed else 200)


@pytest.fixture
async def serve():
    """Give a function that serves an application."""
    servers = []

    async def start(application):
        server = TestServer(application)
        servers.append(server)
        await server.start_server()
        return server.make_url("/")

    yield start
    for server in servers:
        await server.close()
