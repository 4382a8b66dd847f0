"""Every command on a real terminal of 80 and 200 columns, with colours and without."""

import re

import pytest
from integration_commands import command, rows
from integration_programs import all_in_a_terminal, environment, plain
from rich.cells import cell_len

from devin_async.cli.static.__main__ import commands
from devin_async.sandbox import Sandbox

PROMPT = "Find out why the nightly build of the payments service fails since Thursday"
SOON = ("--interval", "0.05")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|9[0-7])(?:;\d+)*m")
# Where a line ends: also where progress is drawn anew.
LINES = re.compile(r"\r|\n|\x1b\[\d*[AK]")
# What is left to the terminal to wrap, so that it can be copied whole: URLs, one-line records, and
# lines about the work.
FREE = re.compile(
    r"https?://|devin-async: |^each with its URL: |^[a-z]+  (GET|POST) |\d\d:\d\d(:\d\d)? \w+  "
    r"|^\s*[{\"}]"
)


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=3, audit_logs=20, speed=1000) as running:
        yield running


def of_every_command(session_id, org_id, tmp_path):
    """Give words for each command, and the code that it ends with."""
    logs = str(tmp_path / "logs.jsonl")
    yield 0, ("whoami",)
    yield 0, ("orgs",)
    yield 0, ("profile", "list")
    yield 0, ("completion", "bash")
    yield 1, ("doctor",)  # the sandbox's clock runs away
    yield 0, ("consumption",)
    yield 0, ("consumption", "--by", "day")
    yield 0, ("consumption", "--by", "user")
    yield 0, ("sessions", "create", PROMPT, "--title", PROMPT)
    yield 0, ("sessions", "create", PROMPT, "--dry-run")
    yield 0, ("sessions", "list")
    yield 0, ("sessions", "list", "--all-orgs")
    yield 0, ("sessions", "get", session_id)
    yield 0, ("sessions", "messages", session_id)
    yield 0, ("sessions", "open", session_id, "--print")
    yield 0, ("sessions", "run", PROMPT, *SOON)
    yield 0, ("sessions", "wait", session_id, *SOON)
    yield 0, ("sessions", "follow", session_id, *SOON)
    yield 0, ("sessions", "watch", session_id, *SOON)
    yield 0, ("sessions", "message", session_id, "Go on", "--wait", *SOON)
    yield 0, ("sessions", "archive", session_id)
    yield 0, ("sessions", "terminate", session_id)
    yield 0, ("fan-out", PROMPT, "--dry-run")
    yield 0, ("fan-out", PROMPT, "--yes", "--no-limit", "--ledger", str(tmp_path / "ledger"))
    yield 0, ("audit-logs", "list")
    yield 0, ("audit-logs", "export", logs, "--since", "90d")
    yield 0, ("audit-logs", "verify", logs)
    yield 0, ("api", "GET", "/v3/self")
    yield 0, ("api", "GET", f"/v3/organizations/{org_id}/sessions", "--paginate")
    yield 0, ("demo", "--organizations", "3", "--audit-logs", "50")
    yield 0, ("sandbox", "--", "true")
    yield 1, ("sessions", "get", "devin-none")
    yield 2, ("sessions", "list", "--limit", "1.5")


@pytest.mark.parametrize(
    ("width", "colour"),
    [
        pytest.param(80, {}, id="80-colour"),
        pytest.param(200, {"NO_COLOR": "1"}, id="200-none"),
        pytest.param(80, {"NO_COLOR": "1"}, id="80-none", marks=pytest.mark.slow),
        pytest.param(200, {}, id="200-colour", marks=pytest.mark.slow),
    ],
)
async def test_every_command_fits_its_terminal(sandbox, tmp_path, width, colour):
    org_id = sandbox.organization_ids[0]
    made = await command("sessions", "create", PROMPT, sandbox=sandbox, DEVIN_ORG_ID=org_id)
    session_id = rows(made)[0][0]
    codes, every = zip(*of_every_command(session_id, org_id, tmp_path), strict=True)
    where = {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)} | colour
    ends = await all_in_a_terminal(
        every, **environment(sandbox, DEVIN_ORG_ID=org_id, COLUMNS=str(width), **where)
    )
    assert [end.code for end in ends] == [*codes]
    for words, end in zip(every, ends, strict=True):
        lines = map(plain, LINES.split(end.output))
        assert "internal error" not in end.output, words
        assert "Traceback" not in end.output, words
        if words[0] != "completion":
            wide = [line for line in lines if cell_len(line) > width and not FREE.search(line)]
            assert wide == [], words
        if colour:
            assert COLOUR.search(end.output) is None, words
    assert bool(colour) is not any(COLOUR.search(end.output) for end in ends)


def test_the_grid_has_every_command(tmp_path):
    tried = {words for _, words in of_every_command("devin-1", "org-1", tmp_path)}
    groups = {command[:-1] for command in commands() if command}
    endless = {("audit-logs", "tail")}  # tried where it is stopped
    missed = {
        one
        for one in commands()
        if one not in groups | endless and not any(words[: len(one)] == one for words in tried)
    }
    assert missed == set()
