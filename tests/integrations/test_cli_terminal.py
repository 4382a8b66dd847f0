"""The installed command on a real terminal: widths, colours, questions, bad input, ends."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys

import pytest
from integration_commands import command, rows
from integration_programs import (
    COMMAND,
    DEVIN_ASYNC,
    devin_async,
    ended,
    environment,
    fork,
    in_a_terminal,
    plain,
    run,
    start,
    type_ctrl_c,
)

from devin_async.sandbox import Fault, Sandbox

WRITTEN = "cog_" + "0" * 40
TITLE = "Find out why the nightly build of the payments service fails"


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=3, audit_logs=20) as running:
        yield running


@pytest.fixture
def where(sandbox, tmp_path):
    return {
        "DEVIN_API_KEY": sandbox.token,
        "DEVIN_BASE_URL": sandbox.url,
        "DEVIN_ORG_ID": sandbox.organization_ids[0],
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }


def typing(text):
    return lambda terminal: os.write(terminal, text)


@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}], ids=["colour", "none"])
@pytest.mark.parametrize("width", [80, 200])
async def test_sessions_have_status_title_acus_and_url_in_the_width_there_is(
    sandbox, where, width, colour
):
    await command("sessions", "create", "x", "--title", TITLE, sandbox=sandbox, **where)
    end = await in_a_terminal("sessions", "list", COLUMNS=str(width), **where, **colour)
    shown = plain(end.output)
    lines = shown[shown.index("STATUS") :].splitlines()  # before it stood the progress
    assert end.code == 0
    assert lines[0].split()[:3] == ["STATUS", "TITLE", "ACUS"]
    assert max(map(len, lines)) <= width
    assert TITLE[:30] in plain(end.output)
    assert re.search(r"https://app\.devin\.ai/sessions/[0-9a-f]{32}", plain(end.output))
    assert ("\x1b[3" in end.output) is not bool(colour)
    is_one_line = "URL" in lines[0]
    assert is_one_line == (width == 200)


@pytest.mark.parametrize("width", ["0", "1", "19"])
async def test_a_terminal_of_no_width_is_taken_for_80_columns(sandbox, where, width):
    end = await in_a_terminal("--help", COLUMNS=width)
    listed = await in_a_terminal("orgs", COLUMNS=width, **where)
    assert (end.code, listed.code) == (0, 0)
    assert max(map(len, plain(end.output).splitlines())) == 80
    assert all(org_id in plain(listed.output) for org_id in sandbox.organization_ids)


async def test_a_fan_out_says_what_it_can_cost_and_starts_after_a_yes(sandbox, where):
    words = ("fan-out", "Check", "--max-acu-limit", "5")
    end = await in_a_terminal(*words, when=(r"\[y/N\]", typing(b"y\n")), **where)
    shown = plain(end.output)
    assert "start 3 sessions in 3 organizations, 5 ACUs each, 15 ACUs at the most? [y/N]" in shown
    assert (end.code, sandbox.count("POST *")) == (0, 3)
    assert shown.count("https://app.devin.ai/sessions/") == 3


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"\x04", b"what?\n"])
async def test_anything_but_a_yes_starts_nothing(sandbox, where, answer):
    words = ("fan-out", "Check", "--no-limit")
    end = await in_a_terminal(*words, when=(r"\[y/N\]", typing(answer)), **where)
    assert "without a limit of ACUs? [y/N]" in plain(end.output)
    assert (end.code, sandbox.count("POST *")) == (1, 0)
    assert "nothing was started" in plain(end.output)


async def test_ctrl_c_at_the_question_starts_nothing(sandbox, where):
    end = await in_a_terminal(
        "fan-out", "Check", "--no-limit", when=(r"\[y/N\]", type_ctrl_c), **where
    )
    assert (end.code, sandbox.count("POST *")) == (130, 0)
    assert plain(end.output).endswith("devin-async: interrupted\n")


async def test_the_budget_is_told_with_the_question(sandbox, where):
    words = ("fan-out", "Check", "--max-acu-limit", "5", "--budget", "12", "--once", "a")
    end = await in_a_terminal(*words, when=(r"\[y/N\]", typing(b"n\n")), **where)
    shown = " ".join(plain(end.output).split())
    assert (
        "start up to 3 sessions in 3 organizations, 5 ACUs each, 15 ACUs at the most; the " in shown
    )
    assert "the budget of 12 lets 2 of them start? [y/N]" in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("fan-out", "x", "--no-limit"), "there is no terminal to ask on; allowed: --yes"),
        (("fan-out", "x", "--yes"), "allowed: --max-acu-limit ACUS, or --no-limit"),
        (("sessions", "create", "x", "--max-acu-limit", "2.9"), "'2.9'; allowed: a whole number"),
        (("sessions", "create", "x", "--devin-mode", "turbo"), "or another one with --allow-un"),
        (("sessions", "list", "--limit", "1.5"), "'1.5'; allowed: a whole number from 0"),
        (("sessions", "list", "--since", "20260131"), "'20260131'; allowed: 2026-01-31, 2026-"),
        (("consumption", "--since", "20260131"), "'20260131'; allowed: 2026-01-31, or 7d"),
        (("audit-logs", "list", "--since", "1"), "'1'; allowed: 2026-01-31"),
        (("sessions", "create", "- fix the build"), "as in: -- '- fix the build'"),
    ],
)
async def test_what_could_cost_by_mistake_is_refused_with_what_is_allowed(
    sandbox, where, words, message
):
    end = await devin_async(*words, sandbox=sandbox, **where)
    assert (end.code, end.output, end.errors.count("\n")) == (2, "", 1)
    assert message in end.errors
    assert sandbox.count() == 0


async def test_an_unknown_mode_is_sent_if_that_is_meant(sandbox, where):
    words = ("sessions", "create", "x", "--devin-mode", "turbo", "--allow-unknown", "--dry-run")
    end = await command(*words, "--json", sandbox=sandbox, **where)
    assert json.loads(end.output)["json"]["devin_mode"] == "turbo"


@pytest.mark.parametrize(
    ("content", "prompt"),
    [(b"\xef\xbb\xbfFix it\n", "Fix it"), ("Füge es ein\n".encode(), "Füge es ein")],
)
async def test_a_prompt_is_read_from_a_file_with_or_without_a_mark(
    sandbox, where, tmp_path, content, prompt
):
    path = tmp_path / "prompt.txt"
    path.write_bytes(content)
    await command("sessions", "create", "--file", path, sandbox=sandbox, **where)
    assert sandbox.requests[-1].json == {"prompt": prompt}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\nb\xfcc", "which is not UTF-8: byte 0xfc at line 2, byte 2 of it (position 3)"),
        ("Fix it".encode("utf-16"), "which is UTF-16; allowed: UTF-8"),
        ("Fix it".encode("utf-16-le"), "which has a NUL at position 1, as UTF-16 without a byte"),
    ],
)
async def test_another_encoding_is_told_with_its_file_and_place(
    sandbox, where, tmp_path, content, message
):
    path = tmp_path / "prompt.txt"
    path.write_bytes(content)
    end = await command("sessions", "create", "--file", path, sandbox=sandbox, **where)
    piped = await ended(
        await fork(COMMAND, "sessions", "create", **environment(sandbox, **where)), content
    )
    assert (end.code, piped.code, sandbox.count()) == (2, 2, 0)
    assert f"PROMPT is read from {path}, {message}" in end.errors
    assert f"PROMPT is read from stdin, {message}" in piped.errors


async def test_a_key_in_quotes_is_said_to_be(sandbox, where):
    end = await devin_async("whoami", **where | {"DEVIN_API_KEY": f'"{sandbox.token}"'})
    assert (end.code, sandbox.count()) == (3, 0)
    assert "the API key stands in quotes" in end.errors
    assert sandbox.token not in end.errors


async def test_an_organization_is_named_by_its_name(sandbox, where):
    second = sandbox.organization_ids[1]
    end = await command("sessions", "create", "x", "--org", "Birch Platform", sandbox=sandbox)
    other = await command("sessions", "create", "x", "--org", "birch  platform", sandbox=sandbox)
    assert [rows(one)[0][5] for one in (end, other)] == [second, second]


async def test_a_name_that_says_none_or_several_is_refused_with_the_choices(sandbox):
    none = await command("sessions", "list", "--org", "Brich Platform", sandbox=sandbox)
    sandbox.inject(
        Fault(
            route="GET /v3/enterprise/organizations",
            body={
                "items": [{"org_id": f"org-{n}", "name": "Amber"} for n in (1, 2)],
                "has_next_page": False,
                "end_cursor": None,
            },
        )
    )
    several = await command("sessions", "list", "--org", "Amber", sandbox=sandbox)
    assert (none.code, several.code) == (2, 2)
    assert "the id or name of no organization; allowed: 'Birch Platform' (org-" in none.errors
    assert "the name of 2 organizations; allowed: the id of one, 'Amber' (org-1)" in several.errors


async def test_a_profile_names_the_place_the_organization_and_where_the_key_is(
    sandbox, where, tmp_path
):
    folder = tmp_path / "config" / "devin-async"
    folder.mkdir(parents=True)
    script = f"print('{sandbox.token}')"
    (folder / "profiles.toml").write_text(
        f"""
        [profiles.env]
        base_url = "{sandbox.url}"
        organization = "Birch Platform"
        key_env = "OTHER_KEY"

        [profiles.program]
        base_url = "{sandbox.url}"
        organization = "{sandbox.organization_ids[2]}"
        key_command = ["{sys.executable}", "-c", "{script}"]
        """
    )
    here = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "OTHER_KEY": sandbox.token}
    words = ("sessions", "create", "x")
    by_option = await devin_async(*words, "--profile", "env", **environment(**here))
    by_variable = await devin_async(*words, **environment(**here, DEVIN_PROFILE="program"))
    listed = await devin_async("profile", "list", **environment(**here, DEVIN_PROFILE="env"))
    wrong = await devin_async("whoami", "--profile", "x", **environment(**here))
    assert [end.code for end in (by_option, by_variable, listed, wrong)] == [0, 0, 0, 2]
    assert [rows(end)[0][5] for end in (by_option, by_variable)] == sandbox.organization_ids[1:]
    assert [row[0] for row in rows(listed)] == ["env", "program"]
    assert rows(listed)[0][3] == "variable OTHER_KEY"
    assert rows(listed)[1][3].startswith("command ")
    assert sandbox.token not in listed.output
    assert [row[4] for row in rows(listed)] == ["used", ""]
    assert "--profile is 'x'; allowed: 'env', 'program'" in wrong.errors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[profiles.a]\napi_key = "cog_x"', "holds a key, which no file should; allowed: key_env"),
        (f'[profiles.a]\nkey_env = "{WRITTEN}"', "holds a key, which no file should; allowed: key"),
        ("[profiles.a]\nkey_command = \"printf 'a b'\"", "some of which no key has"),
        ('[profiles.a]\nkey_env = "A"\nkey_command = "b"', "has both key_env and key_command"),
        ('[profiles.a]\nurl = "x"', "holds url; allowed: base_url, organization"),
        ("[profiles.a", "cannot be read"),
        ('default = "b"\n[profiles.a]', "default is 'b'"),
        ('[profiles.a]\nkey_command = "/nowhere/at/all"', "cannot be run: No such file"),
        ('[profiles.a]\nkey_command = "false"', "exited with 1 instead of printing the key"),
        ('[profiles.a]\nkey_env = "NOT_SET"', "NOT_SET is not set, from which the profile 'a'"),
    ],
)
async def test_a_profile_that_cannot_be_used_says_why(sandbox, tmp_path, text, message):
    folder = tmp_path / "devin-async"
    folder.mkdir()
    (folder / "profiles.toml").write_text(text)
    where = {"XDG_CONFIG_HOME": str(tmp_path), "DEVIN_PROFILE": "a"}
    end = await command("whoami", sandbox=sandbox, **where)
    assert end.code in {2, 3}
    assert message in end.errors
    assert "cog_" not in end.errors
    assert sandbox.count() == 0


async def test_the_key_of_the_environment_does_not_go_to_the_place_of_a_profile(sandbox, tmp_path):
    folder = tmp_path / "devin-async"
    folder.mkdir()
    (folder / "profiles.toml").write_text('[profiles.a]\nkey_env = "OTHER_KEY"')
    where = {"XDG_CONFIG_HOME": str(tmp_path), "OTHER_KEY": "cog_" + "o" * 40}
    end = await command(
        "doctor", "--profile", "a", sandbox=sandbox, **where, HTTPS_PROXY="http://127.0.0.1:9"
    )
    assert end.code == 1
    assert sandbox.count() == 0  # DEVIN_BASE_URL is another account's


async def test_errors_go_nowhere_when_stderr_is_closed_and_not_to_stdout(sandbox, where):
    shell = '"$@" 2>&-'
    end = await run("bash", "-c", shell, "bash", *DEVIN_ASYNC, "whoam", **environment(sandbox))
    listed = await run("bash", "-c", shell, "bash", *DEVIN_ASYNC, "orgs", **environment(sandbox))
    assert (end.code, end.output) == (2, "")
    assert (listed.code, len(listed.output.splitlines())) == (0, 3)
    unlisted = await run(
        *("bash", "-c", shell, "bash", *DEVIN_ASYNC, "orgs", "--debug"),
        **environment(sandbox, DEVIN_API_KEY="cog_wrong"),
    )
    assert (unlisted.code, unlisted.output) == (3, "")


async def test_no_file_takes_the_number_of_a_stream_that_is_closed():
    program = (
        "import os, sys, tempfile\n"
        "from devin_async.cli import _hold_closed_streams\n"
        "_hold_closed_streams()\n"
        "own = tempfile.TemporaryFile()\n"
        "print('stray', file=sys.stderr, flush=True)\n"
        "print('stray', file=sys.stdout, flush=True)\n"
        "os._exit(own.fileno() * 10 + os.fstat(own.fileno()).st_size)\n"
    )
    codes = [
        (await run("bash", "-c", f'"$@" {closed}', "bash", sys.executable, "-c", program)).code
        for closed in ("2>&-", ">&- 2>&-", "<&- 2>&-", "<&- >&- 2>&-")
    ]
    assert codes == [30] * 4  # the first number after the streams', and nothing in the file


async def test_ctrl_c_while_it_loads_is_quiet():
    program = (
        "import sys, builtins\n"
        "real = builtins.__import__\n"
        "def interrupt(name, *more):\n"
        "    if name == 'cyclopts':\n"
        "        raise KeyboardInterrupt\n"
        "    return real(name, *more)\n"
        "builtins.__import__ = interrupt\n"
        "from devin_async.cli import main\n"
        "main()\n"
    )
    end = await run(sys.executable, "-c", program, **environment())
    assert end == (130, "", "")


async def test_the_package_is_the_command():
    module, command_ = await asyncio.gather(
        run(sys.executable, "-m", "devin_async", "--version", **environment()),
        devin_async("--version"),
    )
    assert module == command_
    assert module.code == 0


async def test_a_session_is_opened_by_the_browser_and_its_url_is_printed(sandbox, where, tmp_path):
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    made = await command("sessions", "create", "x", sandbox=sandbox, **where)
    url = rows(made)[0][6]
    end = await devin_async("sessions", "open", url, **environment(**where, BROWSER=str(browser)))
    only = await devin_async(
        "sessions", "open", rows(made)[0][0], "--print", **environment(**where)
    )
    assert (end.code, end.output, only.output) == (0, f"{url}\n", f"{url}\n")
    assert opened.read_text() == f"{url}\n"


async def test_the_tail_on_a_terminal_is_readable_with_the_local_time(sandbox, where):
    end = await in_a_terminal(
        *("audit-logs", "tail", "--since", "30d", "--interval", "0.1"),
        when=("JST", type_ctrl_c),
        TZ="Asia/Tokyo",
        COLUMNS="200",
        **where,
    )
    assert end.code == 130
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d JST  \w+", plain(end.output), re.MULTILINE)


async def test_logs_are_listed_the_newest_first(sandbox, where):
    end = await command("audit-logs", "list", "--limit", "5", sandbox=sandbox, **where)
    times = [row[1] for row in rows(end)]
    assert (end.code, len(times)) == (0, 5)
    assert times == sorted(times, reverse=True)


async def test_api_follows_the_cursors_of_a_list(sandbox, where):
    words = ("api", "GET", "/v3/enterprise/organizations", "--param", "first=1", "--paginate")
    end = await command(*words, sandbox=sandbox, **where)
    ids = [json.loads(line)["org_id"] for line in end.output.splitlines()]
    assert ids == sandbox.organization_ids
    as_json = await command(*words, "--json", sandbox=sandbox, **where)
    assert {json.loads(line)["kind"] for line in as_json.output.splitlines()} == {"item"}


@pytest.mark.parametrize("source", ["@{}", "-"])
async def test_api_reads_its_body_from_a_file_or_stdin(sandbox, where, tmp_path, source):
    path = tmp_path / "body.json"
    path.write_text('{"prompt": "Fix it"}')
    to = f"/v3/organizations/{sandbox.organization_ids[0]}/sessions"
    words = ("api", "POST", to, "--input", source.format(path), "--json")
    end = await command(*words, sandbox=sandbox, stdin=path.read_text(), **where)
    answer = json.loads(end.output)
    assert (end.code, answer["kind"], answer["status"]) == (0, "response", 200)
    assert answer["body"]["org_id"] == sandbox.organization_ids[0]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize(
    "words",
    [
        ("sessions", "run", "x"),
        ("audit-logs", "tail", "--interval", "0.1"),
        ("demo", "--organizations", "400"),
    ],
    ids=lambda words: words[0],
)
async def test_a_signal_ends_each_long_command_with_its_code(sandbox, where, words, number, code):
    process = await fork(COMMAND, *words, **environment(sandbox, **where))
    if words[0] == "demo":
        await process.stdout.readline()
    else:
        while not sandbox.count("GET *"):  # noqa: ASYNC110 - the sandbox tells nobody
            await asyncio.sleep(0.01)
    process.send_signal(number)
    end = await ended(process)
    assert end.code == code
    assert end.errors.splitlines()[-1] in {"devin-async: terminated", "devin-async: hung up"}
    assert "Traceback" not in end.errors


@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=str)
async def test_a_signal_while_a_command_is_ending_changes_nothing(sandbox, where, again):
    process = await start(
        *DEVIN_ASYNC, "audit-logs", "tail", "--interval", "0.1", **environment(sandbox, **where)
    )
    while not sandbox.count("GET *"):  # noqa: ASYNC110 - the sandbox tells nobody
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    while await process.stderr.readline() != b"devin-async: terminated\n":
        pass
    with contextlib.suppress(ProcessLookupError):  # it was quicker
        process.send_signal(again)
    assert (await ended(process)).code == 143


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces of processes are Linux's")
async def test_as_process_1_of_a_container_a_fan_out_stops_at_sigterm(sandbox, where):
    probe = subprocess.run(["unshare", "-rpf", "true"], capture_output=True, check=False)  # noqa: ASYNC221
    if probe.returncode:
        pytest.skip("this machine lets nobody make a namespace")
    held = sandbox.inject(Fault(route="POST *", hold=(go_on := asyncio.Event())))
    words = ("fan-out", "Check", "--yes", "--no-limit", "--concurrency", "1")
    process = await start(
        *("unshare", "-rpf", *DEVIN_ASYNC, *words), **environment(sandbox, **where)
    )
    while not held.hits:  # noqa: ASYNC110 - the sandbox tells nobody
        await asyncio.sleep(0.01)
    children = subprocess.run(  # noqa: ASYNC221
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True
    )
    os.kill(int(children.stdout.split()[0]), signal.SIGTERM)
    first = await process.stderr.readline()
    go_on.set()
    end = await ended(process)
    assert first.startswith(b"devin-async: stopping: 1 request may end")
    assert end.errors.endswith("devin-async: terminated\n")
    assert sandbox.count("POST *") == 1
