"""`devin-async orgs` and `sessions`: what they print, send and exit with."""

import json
import signal

import pytest
from integration_commands import command, rows
from integration_programs import COMMAND, ended, environment, fork, in_a_terminal, plain

from devin_async.cli.errors import ExitCode
from devin_async.cli.views.session_view import settled_code, status_of
from devin_async.codec.decoding import decode
from devin_async.models.sessions import Session
from devin_async.sandbox import Fault, Sandbox
from devin_async.testing import virtual_time

SOON = ("--interval", "0.05")


@pytest.fixture
async def sandbox():
    with virtual_time() as clock:  # it moves by what the commands of a test wait
        async with Sandbox(organizations=3, audit_logs=0, sessions=0, clock=clock) as running:
            yield running


@pytest.fixture
def org_id(sandbox):
    return sandbox.organization_ids[0]


@pytest.fixture
def call(sandbox, org_id):
    async def run(*words, **more):
        return await command(*words, sandbox=sandbox, **({"DEVIN_ORG_ID": org_id} | more))

    return run


@pytest.fixture
def created(call):
    async def create(count=1):
        ends = [await call("sessions", "create", f"Work {number}") for number in range(count)]
        return [rows(end)[0][0] for end in ends]

    return create


def lines_of(plain):
    """Give the lines but for notes, such as that a fast sandbox's clock is another."""
    return [line for line in plain.splitlines() if not line.startswith("devin-async: ")]


async def test_orgs_prints_a_line_of_fields_for_each_organization(call, sandbox):
    end = await call("orgs")
    assert (end.code, end.errors) == (0, "")
    assert [row[0] for row in rows(end)] == sandbox.organization_ids
    assert rows(end)[0][1:4] == ["Amber Platform", "1000", ""]


async def test_orgs_prints_json_lines(call, sandbox):
    printed = [json.loads(line) for line in (await call("orgs", "--json")).output.splitlines()]
    assert {one["kind"] for one in printed} == {"organization"}
    assert [one["org_id"] for one in printed] == sandbox.organization_ids
    assert printed[0]["created_at"].endswith("+00:00")


async def test_orgs_on_a_narrow_terminal_cuts_no_id(sandbox):
    where = {"DEVIN_API_KEY": sandbox.token, "DEVIN_BASE_URL": sandbox.url}
    code, output, _ = await in_a_terminal("orgs", **where)
    shown = plain(output)
    assert code == 0
    assert all(org_id in shown for org_id in sandbox.organization_ids)
    assert "CREATED (UTC)" in shown
    assert max(map(len, lines_of(shown))) <= 80


async def test_create_starts_a_session_with_what_was_typed(call, sandbox, org_id):
    words = ("--title", "Build", "--tag", "ci", "--tag", "nightly", "--repo", "acme/api")
    end = await call("sessions", "create", "Fix the build", *words, "--max-acu-limit", "3")
    assert (end.code, end.errors) == (0, "")
    assert sandbox.requests[-1].json == {
        "prompt": "Fix the build",
        "title": "Build",
        "tags": ["ci", "nightly"],
        "repos": ["acme/api"],
        "max_acu_limit": 3,
    }
    session_id, status, _, _, _, where, url, title = rows(end)[0]
    assert session_id.startswith("devin-")
    assert (status, where, title) == ("new", org_id, "Build")
    assert url.startswith("https://")


async def test_a_prompt_that_is_left_out_is_read_from_stdin(call, sandbox):
    await call("sessions", "create", stdin="Fix the build\nand the tests\n")
    assert sandbox.requests[-1].json == {"prompt": "Fix the build\nand the tests"}


async def test_org_is_taken_before_the_environment(call, sandbox):
    other = sandbox.organization_ids[1]
    end = await call("sessions", "create", "Fix it", "--org", other)
    assert rows(end)[0][5] == other


async def test_without_an_organization_a_session_command_says_how_to_name_one(sandbox):
    end = await command("sessions", "list", sandbox=sandbox)
    assert (end.code, end.output, end.errors.count("\n")) == (2, "", 1)
    assert "pass --org with its id or name, or set DEVIN_ORG_ID; `devin-async orgs`" in end.errors
    assert sandbox.count() == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("create", " "), "PROMPT is empty"),
        (("create",), "PROMPT is empty; allowed: a text, also by --file or on stdin"),
        (("create", "x", "--max-acu-limit", "0"), "--max-acu-limit"),
        (("list", "--since", "soon"), "--since is 'soon'; allowed: 2026-01-31"),
        (("wait", "devin-1", "--timeout", "0"), "--timeout is '0'; allowed: seconds above 0"),
        (("wait",), "SESSION-ID"),
        (("run", "x", "--schema", "/nowhere.json"), "--schema cannot be read"),
    ],
)
async def test_what_cannot_be_meant_is_one_line_before_any_request(call, sandbox, words, message):
    end = await call("sessions", *words)
    assert (end.code, end.output, end.errors.count("\n")) == (2, "", 1)
    assert message in end.errors
    assert sandbox.count() == 0


async def test_once_given_again_shows_the_session_that_is_there(call, sandbox):
    first = await call("sessions", "create", "Fix it", "--once", "fix-1")
    second = await call("sessions", "create", "Fix it", "--once", "fix-1")
    assert rows(first)[0][0] == rows(second)[0][0]
    assert sandbox.count("POST *") == 1


async def test_a_dry_run_shows_the_request_and_sends_none(call, sandbox, org_id):
    end = await call("sessions", "create", "Fix it", "--tag", "ci", "--dry-run", "--json")
    assert end.code == 0
    assert json.loads(end.output) == {
        "kind": "planned",
        "method": "POST",
        "path": f"/v3/organizations/{org_id}/sessions",
        "json": {"prompt": "Fix it", "tags": ["ci"]},
    }
    assert sandbox.count("POST *") == 0


async def test_list_prints_the_fields_that_create_printed(call, created):
    ids = await created(3)
    end = await call("sessions", "list")
    assert (end.code, end.errors) == (0, "")
    assert {row[0] for row in rows(end)} == set(ids)
    assert {len(row) for row in rows(end)} == {8}


async def test_list_stops_at_its_limit(call, created):
    await created(3)
    assert len(rows(await call("sessions", "list", "--limit", "2"))) == 2
    assert len(rows(await call("sessions", "list", "--limit", "0"))) == 3


async def test_list_filters_by_time_and_tag(call, sandbox, created):
    await created()
    await call("sessions", "create", "Tagged", "--tag", "ci")
    assert len(rows(await call("sessions", "list", "--tag", "ci"))) == 1
    assert rows(await call("sessions", "list", "--until", "7d")) == []
    assert "created_before" in dict(sandbox.requests[-1].query)


async def test_list_of_all_organizations_asks_the_enterprise(call, sandbox, created):
    await created()
    await call("sessions", "create", "Elsewhere", "--org", sandbox.organization_ids[1])
    listed = rows(await call("sessions", "list", "--all-orgs"))
    assert {row[5] for row in listed} == set(sandbox.organization_ids[:2])
    assert sandbox.requests[-1].path == "/v3/enterprise/sessions"


async def test_run_prints_the_messages_and_how_the_session_settled(call):
    end = await call("sessions", "run", "Fix it", "--json", *SOON)
    printed = [json.loads(line) for line in end.output.splitlines()]
    assert (end.code, end.errors) == (0, "")
    assert [one["kind"] for one in printed] == ["started", "message", "message", "session"]
    assert [one["message"] for one in printed[1:3]] == ["Fix it", "The work is done."]
    assert (printed[-1]["status"], printed[-1]["status_detail"]) == ("running", "finished")


async def test_run_with_a_schema_gives_the_output_that_fits(call, sandbox, tmp_path):
    schema = {"type": "object", "properties": {"passed": {"type": "boolean"}}}
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(schema))
    end = await call("sessions", "run", "Test it", "--schema", path, "--json", *SOON)
    assert end.code == 0
    assert isinstance(json.loads(end.output.splitlines()[-1])["structured_output"]["passed"], bool)
    posted = next(one for one in sandbox.requests if one.method == "POST")
    assert posted.json["structured_output_schema"] == schema


@pytest.mark.parametrize("content", ["[1]", "{", ""])
async def test_a_schema_that_is_no_json_object_is_refused(call, sandbox, tmp_path, content):
    path = tmp_path / "schema.json"
    path.write_text(content)
    end = await call("sessions", "run", "Test it", "--schema", path)
    assert (end.code, end.errors.count("\n"), sandbox.count()) == (2, 1, 0)


async def test_a_session_that_waits_for_somebody_exits_with_1_and_says_how_to_answer(call, created):
    ids = await created(4)  # every fourth one asks
    end = await call("sessions", "wait", *ids, *SOON)
    assert end.code == 1
    assert [row[2] for row in rows(end)] == [*["finished"] * 3, "waiting_for_user"]
    assert end.errors.count("\n") == 1
    assert f"devin-async sessions message --org {rows(end)[3][5]} {ids[3]} TEXT" in end.errors


async def test_a_message_can_be_waited_for(call, sandbox, created):
    ids = await created(4)
    end = await call("sessions", "message", ids[3], "Go on", "--wait", *SOON)
    assert end.code == 0
    reply, session = rows(end)
    assert reply[1:] == ["devin", "The work is done."]
    assert session[:3] == [ids[3], "running", "finished"]
    posted = [one for one in sandbox.requests if one.method == "POST"]
    sent = [one.json for one in posted if one.path.endswith("/messages")]
    assert sent == [{"message": "Go on"}]


async def test_a_message_that_is_not_waited_for_is_done_when_it_was_sent(call, created):
    ids = await created(4)
    assert (await call("sessions", "message", ids[3], "Go on")).code == 0


async def test_follow_prints_each_message_in_one_line(call, created):
    (session_id,) = await created()
    end = await call("sessions", "follow", session_id, *SOON)
    assert (end.code, end.errors) == (0, "")
    assert [row[1:] for row in rows(end)] == [["user", "Work 0"], ["devin", "The work is done."]]


async def test_watch_prints_each_update_in_one_line(call, created):
    (session_id,) = await created()
    end = await call("sessions", "watch", session_id, *SOON)
    assert (end.code, end.errors) == (0, "")
    updates = [row[1:] for row in rows(end)]
    assert ["message", "devin: The work is done."] in updates
    assert ["status", "running, finished"] in updates
    assert updates[-1][0] == "settled"
    as_json = await call("sessions", "watch", session_id, *SOON, "--json")
    records = [json.loads(line) for line in as_json.output.splitlines()]
    assert {record["kind"] for record in records} == {"update"}
    assert records[-1]["what"] == "settled"
    assert records[-1]["session"]["status"] == "running"


async def test_a_wait_that_takes_too_long_exits_with_1():
    async with Sandbox(organizations=1, audit_logs=0, sessions=0) as slow:
        org = {"DEVIN_ORG_ID": slow.organization_ids[0]}
        start = await command("sessions", "create", "Fix it", sandbox=slow, **org)
        session_id = rows(start)[0][0]
        words = ("sessions", "wait", session_id, "--timeout", "0.1", "--interval", "0.05")
        end = await command(*words, sandbox=slow, **org)
    assert (end.code, end.output, end.errors.count("\n")) == (1, "", 1)
    assert "took longer than the timeout; it is new" in end.errors


async def test_sessions_that_settled_in_time_are_printed_when_others_did_not():
    async with Sandbox(organizations=1, audit_logs=0, sessions=0) as slow:
        org = {"DEVIN_ORG_ID": slow.organization_ids[0]}
        ends = [await command("sessions", "create", "x", sandbox=slow, **org) for _ in range(2)]
        ids = [rows(end)[0][0] for end in ends]
        await command("sessions", "terminate", ids[1], sandbox=slow, **org)
        words = ("sessions", "wait", *ids, "--timeout", "0.1", "--interval", "0.05")
        end = await command(*words, sandbox=slow, **org)
    assert (end.code, [row[:2] for row in rows(end)]) == (1, [[ids[1], "exit"]])
    assert f"1 of 2 sessions took longer than the timeout, the first is {ids[0]}" in end.errors


async def test_terminate_ends_what_it_can_and_exits_with_1_for_the_rest(call, created):
    ids = await created(2)
    end = await call("sessions", "terminate", ids[0], "devin-none", ids[1])
    assert end.code == 1
    assert {(row[0], row[1]) for row in rows(end)} == {(ids[0], "exit"), (ids[1], "exit")}
    assert end.errors.startswith("devin-async: devin-none: DELETE ")


async def test_a_missing_permission_exits_with_3(call, sandbox, created):
    ids = await created(2)
    weak = sandbox.add_token(permissions=("ViewOrgSessions",))
    end = await call("sessions", "terminate", *ids, DEVIN_API_KEY=weak)
    assert (end.code, end.errors.count("\n")) == (3, 2)
    assert all("ManageOrgSessions" in line for line in end.errors.splitlines())
    assert weak not in end.errors


async def test_an_api_that_is_down_exits_with_4(call, sandbox):
    sandbox.inject(Fault(route="GET *", status=429, headers={"Retry-After": "9999"}))
    assert (await call("sessions", "list")).code == 4


async def test_text_of_a_server_cannot_move_the_cursor(call):
    end = await call("sessions", "create", "x", "--title", "a\x1b[2Jb\tc")
    assert rows(end)[0][7] == r"a\x1b[2Jb c"


@pytest.mark.parametrize("is_typed", [False, True], ids=["DEVIN_ORG_ID", "--org"])
async def test_ctrl_c_tells_how_to_wait_on(is_typed):
    async with Sandbox(organizations=1, audit_logs=0, sessions=0) as sandbox:
        org_id = sandbox.organization_ids[0]
        where = environment(sandbox, **({} if is_typed else {"DEVIN_ORG_ID": org_id}))
        typed = ("--org", org_id) if is_typed else ()
        words = ("sessions", "run", "Fix it", "--json", *typed)
        process = await fork(COMMAND, *words, **where)
        printed = json.loads(await process.stdout.readline())
        process.send_signal(signal.SIGINT)
        code, _, errors = await ended(process)
    assert code == 130
    lines = errors.splitlines()
    assert lines[-1] == "devin-async: interrupted"
    again = " ".join(("devin-async sessions wait", *typed, printed["session_id"]))
    assert lines[0].endswith(f"goes on; wait for it by: {again}")
    assert len(lines) == 2


async def test_a_table_of_sessions_fits_the_terminal_it_is_on(sandbox, org_id, created):
    ids = await created(2)
    where = {"DEVIN_API_KEY": sandbox.token, "DEVIN_BASE_URL": sandbox.url, "DEVIN_ORG_ID": org_id}
    code, output, _ = await in_a_terminal("sessions", "list", **where)
    shown = plain(output)
    assert code == 0
    assert all(session_id.removeprefix("devin-") in shown for session_id in ids)
    assert shown.endswith("2 sessions\n")
    assert max(map(len, lines_of(shown))) <= 80


def session(status, detail=None):
    printed = {
        "session_id": "s",
        "org_id": "o",
        "url": "u",
        "status": status,
        "status_detail": detail,
        "tags": [],
        "created_at": 0,
        "updated_at": 0,
        "acus_consumed": 0,
        "pull_requests": [],
    }
    return decode(Session, json.dumps(printed).encode())


@pytest.mark.parametrize(
    ("status", "detail", "code", "word"),
    [
        ("exit", None, ExitCode.DONE, "exit"),
        ("running", "finished", ExitCode.DONE, "finished"),
        ("suspended", "inactivity", ExitCode.DONE, "suspended, inactivity"),
        ("suspended", "user_request", ExitCode.DONE, "suspended, user_request"),
        ("suspended", "out_of_credits", ExitCode.FAILED, "suspended, out_of_credits"),
        ("running", "waiting_for_user", ExitCode.FAILED, "waiting_for_user"),
        ("running", "waiting_for_approval", ExitCode.FAILED, "waiting_for_approval"),
        ("error", None, ExitCode.FAILED, "error"),
    ],
)
def test_how_a_session_settled_decides_the_exit_code(status, detail, code, word):
    assert settled_code(session(status, detail)) == code
    assert status_of(session(status, detail)) == word
