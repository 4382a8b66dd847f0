"""`devin-async fan-out`: a session in each organization, never two for one."""

import asyncio
import json
import os
import re
import signal
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from integration_commands import command, rows
from integration_programs import (
    COMMAND,
    devin_async,
    ended,
    environment,
    fork,
    in_a_terminal,
    plain,
)
from waiting import until

from devin_async import Ledger
from devin_async.sandbox import Fault, Sandbox

SESSION = {
    "session_id": "devin-1",
    "org_id": "org-1",
    "url": "https://app.devin.ai/sessions/1",
    "status": "new",
    "tags": [],
    "created_at": 1760000000,
    "updated_at": 1760000000,
    "acus_consumed": 0,
    "pull_requests": [],
}


@pytest.fixture
async def sandbox():
    async with Sandbox(
        organizations=6, audit_logs=0, sessions=0, failing_organizations=1
    ) as running:
        yield running


@pytest.fixture
def call(sandbox):
    async def run(*words, **more):
        """Start what is meant: no sessions without a limit, or without a yes."""
        limit = () if "--max-acu-limit" in words else ("--no-limit",)
        return await command("fan-out", *words, "--yes", *limit, sandbox=sandbox, **more)

    return run


GO = ("--yes", "--no-limit")


def well(sandbox):
    failing = sandbox.failing_organization_ids
    return [org_id for org_id in sandbox.organization_ids if org_id not in failing]


def prompts(sandbox):
    return sorted(one.json["prompt"] for one in sandbox.requests if one.method == "POST")


def reported(end):
    return [json.loads(line) for line in end.output.splitlines()]


async def test_it_starts_a_session_in_each_and_exits_with_1_if_one_refused(call, sandbox):
    end = await call("Check {org_name}, {org_id}")
    assert (end.code, end.errors) == (1, "")
    results = {row[0]: row[1] for row in rows(end)}
    assert results == dict.fromkeys(well(sandbox), "started") | {
        sandbox.failing_organization_ids[0]: "rejected"
    }
    assert f"Check Amber Platform, {sandbox.organization_ids[0]}" in prompts(sandbox)


async def test_chosen_organizations_are_started_once_each(call, sandbox):
    first, second = well(sandbox)[:2]
    end = await call("Check", "--org", first, "--org", second, "--org", first)
    assert end.code == 0
    assert {row[0] for row in rows(end)} == {first, second}
    assert sandbox.count("POST *") == 2
    assert sandbox.count("GET *") == 0


async def test_a_chosen_organization_s_name_is_looked_up_if_the_prompt_has_it(call, sandbox):
    org_id = well(sandbox)[0]
    await call("Check {org_name}", "--org", org_id)
    assert sandbox.count("GET *") == 1
    assert "{" not in prompts(sandbox)[0]


async def test_braces_that_stand_for_nothing_are_said_to_be_sent_as_they_are(call, sandbox):
    end = await call("Check {org} {org_name} { 1 }", "--dry-run")
    assert end.errors == (
        "devin-async: sent as it is: {org}; {org_name} and {org_id} stand for the organization's\n"
    )
    assert sandbox.count("POST *") == 0


async def test_a_job_that_is_done_says_that_nothing_was_left(call, sandbox, tmp_path):
    words = ["--ledger", tmp_path / "jobs.sqlite", "--run", "monday", "--org", well(sandbox)[0]]
    first = await call("Check", *words)
    second = await call("Another prompt", *words)
    assert (first.code, first.errors) == (0, "")
    assert (second.code, second.output, sandbox.count("POST *")) == (0, "", 1)
    assert "nothing was left to do in run 'monday'; --run NAME begins another" in second.errors


async def test_json_lines_end_with_a_summary(call):
    lines = reported(await call("Check", "--json"))
    assert [one["kind"] for one in lines] == [*["outcome"] * 6, "summary"]
    assert lines[-1]["counts"] == {"started": 5, "rejected": 1}
    assert all(one["url"] for one in lines[:-1] if one["result"] == "started")


async def test_a_budget_starts_what_it_has_room_for(call, sandbox):
    chosen = [word for org_id in well(sandbox) for word in ("--org", org_id)]
    end = await call("Check", *chosen, "--budget", "10", "--max-acu-limit", "4")
    assert (end.code, sandbox.count("POST *")) == (1, 2)
    assert sorted(row[1] for row in rows(end)) == [*["not_sent"] * 3, *["started"] * 2]


async def test_a_dry_run_shows_each_request_and_sends_none(call, sandbox):
    end = await call("Check {org_name}", "--tag", "daily", "--dry-run", "--json")
    assert end.code == 0
    assert [one["org_id"] for one in reported(end)] == sandbox.organization_ids
    assert reported(end)[0]["json"] == {"prompt": "Check Amber Platform", "tags": ["daily"]}
    assert sandbox.count("POST *") == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--once", ""], "--once is ''; allowed: 1 to 200 printable characters"),
        (["--once", " "], "--once is ' '; allowed: 1 to 200 printable characters"),
        (["--ledger", "jobs.sqlite", "--run", ""], "--run is ''; allowed: a name that is not"),
    ],
)
async def test_a_name_that_a_script_left_empty_is_refused(call, sandbox, words, message):
    end = await call("Check", *words)
    assert (end.code, end.output) == (2, "")
    assert message in end.errors
    assert sandbox.count() == 0


async def test_an_outcome_names_a_mistake_by_what_was_typed(call):
    end = await call("Check", "--org", "")
    assert end.code == 2
    assert rows(end)[0][4] == "--org is ''; allowed: the id of a thing, not empty"


async def test_a_line_of_a_dry_run_has_what_would_be_sent(call, sandbox):
    end = await call("Check {org_name}", "--dry-run")
    first = sandbox.organization_ids[0]
    path = f"/v3/organizations/{first}/sessions"
    assert rows(end)[0] == [first, "POST", path, '{"prompt": "Check Amber Platform"}', ""]


async def test_once_lets_no_organization_have_two(call, sandbox):
    first = await call("Check", "--once", "check-1")
    second = await call("Check", "--once", "check-1")
    ids = {row[0]: row[2] for row in rows(first)}
    assert {row[0]: row[2] for row in rows(second)} == ids
    tags = [one.json["tags"] for one in sandbox.requests if one.method == "POST"]
    assert [f"once:check-1-{well(sandbox)[0]}"] in tags


async def test_a_ledger_leaves_out_what_was_started(call, sandbox, tmp_path):
    ledger = ("--ledger", tmp_path / "jobs.sqlite")
    first = await call("Check", *ledger)
    second = await call("Check", *ledger)
    assert (first.code, len(rows(first))) == (1, 6)
    assert (second.code, second.output) == (1, "")
    assert second.errors == (
        "devin-async: in the ledger: 5 done, 1 failed; --retry-failed starts these again\n"
    )
    assert sandbox.count("POST *") == 6


async def test_failed_ones_are_started_again_when_asked_for(call, sandbox, tmp_path):
    ledger = ("--ledger", tmp_path / "jobs.sqlite", "--run", "monday", "--json")
    fault = sandbox.inject(Fault(route="POST *", at=1, status=422))
    words = ["Check", *(word for org_id in well(sandbox) for word in ("--org", org_id))]
    await call(*words, *ledger)
    end = await call(*words, *ledger, "--retry-failed")
    assert (fault.hits, end.code) == (1, 0)
    assert [one["kind"] for one in reported(end)] == ["outcome", "summary", "ledger"]
    assert reported(end)[-1]["run"] == "monday"
    assert reported(end)[-1]["counts"]["done"] == 5


async def test_the_first_refusals_end_it_if_they_are_probes(call, sandbox):
    weak = sandbox.add_token(permissions=("ManageOrganizations",))
    end = await call("Check", "--probe-first", DEVIN_API_KEY=weak)
    assert (end.code, sandbox.count("POST *")) == (3, 2)
    assert "UseDevinSessions" in end.errors


@pytest.fixture
async def shifting():
    """Serve two pages of organizations, the last of the first again at the head of the second."""
    started = []

    async def organizations(request):
        is_first = "after" not in request.query
        rows = ("org-1", "org-2") if is_first else ("org-2", "org-3")
        page = {
            "items": [{"org_id": row, "name": row} for row in rows],
            "end_cursor": "next" if is_first else None,
            "has_next_page": is_first,
        }
        return web.json_response(page)

    async def create(request):
        started.append(request.match_info["org_id"])
        return web.json_response(SESSION)

    app = web.Application()
    app.router.add_get("/v3/enterprise/organizations", organizations)
    app.router.add_post("/v3/organizations/{org_id}/sessions", create)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        yield SimpleNamespace(url=url, token="cog_" + "a" * 40, started=started)


@pytest.mark.parametrize(
    ("words", "sessions", "note"),
    [
        ((), ["org-1", "org-2", "org-3"], "1 row of the list came again and got no second session"),
        (("--repeats",), ["org-1", "org-2", "org-2", "org-3"], ""),
    ],
)
async def test_an_organization_on_two_pages_gets_one_session(shifting, words, sessions, note):
    end = await command("fan-out", "Check", *words, *GO, sandbox=shifting)
    assert (end.code, sorted(shifting.started)) == (0, sessions)
    assert note in end.errors
    assert len(rows(end)) == len(sessions)


async def test_what_is_refused_everywhere_exits_with_its_own_code(call, sandbox):
    weak = sandbox.add_token(permissions=("ManageOrganizations",))
    end = await call("Check", DEVIN_API_KEY=weak)
    assert (end.code, sandbox.count("POST *")) == (3, 6)


async def test_a_lost_answer_is_unknown_and_not_sent_again(call, sandbox):
    org_id = well(sandbox)[0]
    sandbox.inject(Fault(route="POST *", status=502, committed=True))
    end = await call("Check", "--org", org_id)
    assert (end.code, rows(end)[0][1], sandbox.count("POST *")) == (1, "unknown", 1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "PROMPT is empty"),
        (("x", "--budget", "9"), "--budget needs --max-acu-limit"),
        (("x", "--budget", "5.9"), "--budget: '5.9'; allowed: a whole number from 1"),
        (("x", "--max-acu-limit", "2.9"), "--max-acu-limit: '2.9'; allowed: a whole number from 1"),
        (("x", "--devin-mode", "turbo"), "--devin-mode is 'turbo'; allowed: normal, fast,"),
        (("x", "--retry-failed", "--run", "a"), "--run, --retry-failed given without --ledger"),
        (("x", "--ledger", "l", "--rerun-unknown"), "--rerun-unknown needs --once KEY"),
        (("x", "--ledger", "/nowhere/l.sqlite"), "--ledger: path is '/nowhere/l.sqlite'"),
        (("x", "--concurrency", "0"), "--concurrency"),
    ],
)
async def test_what_cannot_be_meant_is_one_line_before_any_request(call, sandbox, words, message):
    end = await call(*words)
    assert (end.code, end.output, end.errors.count("\n")) == (2, "", 1)
    assert message in end.errors
    assert sandbox.count("POST *") == 0


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "hung up"),
    ],
)
async def test_a_signal_lets_end_what_began_and_says_what_was_done(
    sandbox, tmp_path, number, code, word
):
    go_on = asyncio.Event()
    held = sandbox.inject(Fault(route="POST *", at=(3, 4), hold=go_on))
    ledger = ("--ledger", str(tmp_path / "l.sqlite"))
    words = ("fan-out", "Check", "--concurrency", "2", *GO, *ledger)
    process = await fork(COMMAND, *words, **environment(sandbox))
    await until(lambda: held.hits == 2)
    process.send_signal(number)
    first = await process.stderr.readline()
    go_on.set()
    end = await ended(process)
    assert end.code == code
    assert first == b"devin-async: stopping: 2 requests may end, nothing new is started\n"
    last, word_of_end = end.errors.splitlines()
    assert re.fullmatch(r"devin-async: \d started.*; the same command goes on", last)
    assert word_of_end == f"devin-async: {word}"
    assert sandbox.count("POST *") == 4
    counts = Ledger(tmp_path / "l.sqlite", run="fan-out").report().counts
    assert counts["done"] + counts["failed"] == 4
    assert counts["unknown"] == counts["started"] == 0


async def test_a_signal_leaves_undone_what_waits_for_the_rate_limit(sandbox, tmp_path):
    limit = Fault(route="POST *", at=(3,), status=429, headers={"Retry-After": "25"})
    limited = sandbox.inject(limit)
    path = tmp_path / "l.sqlite"
    words = ("fan-out", "Check", "--concurrency", "2", *GO, "--ledger", str(path))
    process = await fork(COMMAND, *words, **environment(sandbox))
    await until(lambda: limited.hits)
    process.send_signal(signal.SIGTERM)
    end = await ended(process)
    assert end.code == 143
    assert "cut off" not in end.errors
    assert re.search(r"devin-async: \d started.*; the same command goes on\n", end.errors)
    counts = Ledger(path, run="fan-out").report().counts
    # One of the organizations refuses by itself, and may have had its turn.
    assert counts["done"] + counts["failed"] == sandbox.count("POST *") - 1
    assert counts["unknown"] == counts["started"] == 0


async def test_a_second_ctrl_c_cuts_off_what_runs(sandbox, tmp_path):
    held = sandbox.inject(Fault(route="POST *", at=(3, 4), hold=asyncio.Event()))
    ledger = ("--ledger", str(tmp_path / "l.sqlite"))
    words = ("fan-out", "Check", "--concurrency", "2", *GO, *ledger)
    process = await fork(COMMAND, *words, **environment(sandbox))
    await until(lambda: held.hits == 2)
    process.send_signal(signal.SIGINT)
    first = await process.stderr.readline()
    process.send_signal(signal.SIGINT)
    code, _, errors = await ended(process)
    assert first.startswith(b"devin-async: stopping: 2 requests may end")
    assert code == 130
    assert re.search(
        r"started.*2 cut off, their outcome is unknown; .* the same command goes", errors
    )
    assert errors.endswith("devin-async: interrupted\n")
    assert sandbox.count("POST *") == 4


async def test_a_reader_that_leaves_ends_it_and_is_told_apart(sandbox):
    gone = asyncio.Event()
    sandbox.inject(Fault(route="POST *", at=(2, 3, 4, 5, 6), hold=gone))
    reading, writing = os.pipe()
    words = ("fan-out", "Check", "--concurrency", "1", *GO)
    process = await fork(COMMAND, *words, **environment(sandbox), stdout=writing)
    os.close(writing)
    await asyncio.to_thread(os.read, reading, 5)
    os.close(reading)
    gone.set()
    _, errors = await process.communicate()
    assert process.returncode == 141
    assert b"started" in errors
    assert errors.count(b"\n") == 1


async def test_a_terminal_shows_each_with_its_url_and_says_which_file_has_all(sandbox, tmp_path):
    where = {"DEVIN_API_KEY": sandbox.token, "DEVIN_BASE_URL": sandbox.url}
    drawn = asyncio.Event()
    sandbox.inject(Fault(route="POST *", hold=drawn))
    when = ("fan-out: 0 ended, 6 running", lambda _: drawn.set())
    words = ("fan-out", "Check", *GO)
    where["XDG_STATE_HOME"] = str(tmp_path)
    code, output, _ = await in_a_terminal(*words, when=when, **where)
    shown = plain(output)
    after = shown[shown.rindex("A session in all organizations, 16 at a time") :]
    assert code == 1
    assert drawn.is_set()
    urls = re.findall(r"started +\S.* (https://\S+/sessions/\w+)$", shown, re.MULTILINE)
    assert len(set(urls)) == 5
    assert re.search(r"rejected +\S.* 403 The organization has reached its usage limit", shown)
    assert re.search(r"^5 started, 1 rejected; \d", after, re.MULTILINE)
    (file,) = (tmp_path / "devin-async").iterdir()
    assert f"each with its URL: {file}" in after.replace("\n", "")
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert {one["url"] for one in kept if one["url"]} == set(urls)
    assert len(kept) == 6
    assert file.stat().st_mode & 0o777 == 0o600


async def test_no_output_holds_the_key(sandbox):
    end = await devin_async("fan-out", "Check", "--dry-run", "--debug", sandbox=sandbox)
    assert end.code == 0
    assert sandbox.token not in end.output + end.errors
