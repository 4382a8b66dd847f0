"""Text of others is text: no character that acts reaches an output, whatever its form."""

import csv
import io
import json
import sys
import unicodedata

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from integration_commands import command
from integration_programs import all_in_a_terminal, environment, plain

from devin_async.cli.text import csv_cell, escaped, escaped_json, escaped_lines, json_text, shown
from devin_async.sandbox import Sandbox

ACTING = [
    one
    for one in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"} and one not in "\n\t"
]
HALVES = ["\ud800", "\udbff", "\udc00", "\udfff"]  # of surrogate pairs, as JSON may have them
HOSTILE = "Q" + "Q".join([*ACTING, *HALVES]) + "Q"
# What a program can be given as a word: no NUL, and no half that is not of a byte.
TYPED = "=1+Q" + "Q".join(one for one in ACTING if one != "\0") + "Q"
# What HTTP lets a header hold.
HEADER = "Q\u0085Q\u009bQ\u200bQ\u202eQ\u2028Q"
# The commands that show no text: what is there, the count of a file, an option with no name.
SILENT = ["doctor", "audit-logs", "orgs"]
# The action that only the tail of the sweep asks for.
FOLLOWED = "create_session"
# What a command reads, and what the next request is made with.
MEANT = {
    *("end_cursor", "session_id", "org_id", "event_id", "status", "status_detail", "source"),
    *("principal_type", "user_id", "service_user_id", "default_org_id"),
    *("created_at", "updated_at", "date", "start", "end"),
}


def spoiled(value, name=""):
    """Put every character that acts into each text that is only shown."""
    if isinstance(value, dict):
        return {key: spoiled(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [spoiled(part, name) for part in value]
    if isinstance(value, str) and name not in MEANT:
        return f"=1+{HOSTILE}{value}"
    return value


class Spoiler:
    """A server that answers as the sandbox does, with every text spoiled."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.token = sandbox.token
        self.organization_ids = sandbox.organization_ids
        self.url = ""
        self.session = None
        self.tails = 0

    async def answer(self, request):
        if request.query.get("action") == FOLLOWED:
            self.tails += 1
            if self.tails % 3 == 0:  # a tail has no other end
                return self.respond({"detail": "enough"}, 403)
        url = f"{self.sandbox.url}{request.raw_path}"
        headers = {"Authorization": request.headers.get("Authorization", "")}
        if "Content-Type" in request.headers:
            headers["Content-Type"] = request.headers["Content-Type"]
        body = await request.read()
        async with self.session.request(request.method, url, data=body, headers=headers) as answer:
            content = await answer.json(content_type=None)
        return self.respond(content, answer.status)

    def respond(self, content, status):
        return web.json_response(spoiled(content), status=status, headers={"X-Request-Id": HEADER})


@pytest.fixture
async def spoiler():
    async with Sandbox(organizations=2, audit_logs=20, speed=1000) as sandbox:
        server = Spoiler(sandbox)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", server.answer)
        async with TestServer(app) as serving, aiohttp.ClientSession() as server.session:
            server.url = str(serving.make_url("")).rstrip("/")
            yield server


async def session_ids(spoiler, count=1):
    org = {"DEVIN_ORG_ID": spoiler.organization_ids[0]}
    ends = [await command("sessions", "create", "x", sandbox=spoiler, **org) for _ in range(count)]
    return [end.output.split("\t")[0] for end in ends]


def commands_of(ids, tmp_path):
    soon = ("--interval", "0.05")
    yield ("whoami",)
    yield ("orgs",)
    yield ("doctor",)
    yield ("consumption",)
    yield ("consumption", "--by", "user")
    yield ("consumption", "--csv")
    yield ("sessions", "list")
    yield ("sessions", "list", "--all-orgs")
    yield ("sessions", "get", ids[0])
    yield ("sessions", "messages", ids[0])
    yield ("sessions", "open", ids[0], "--print")
    yield ("sessions", "create", "x")
    yield ("sessions", "create", TYPED, "--dry-run")
    yield ("sessions", "get", TYPED)
    yield ("sessions", "run", "x", *soon)
    yield ("sessions", "wait", ids[0], *soon)
    yield ("sessions", "follow", ids[0], *soon)
    yield ("sessions", "watch", ids[0], *soon)
    yield ("sessions", "message", ids[0], "x", "--wait", *soon)
    yield ("sessions", "get", "devin-none")
    yield ("sessions", "archive", ids[0])
    yield ("sessions", "terminate", ids[0])
    yield ("fan-out", "Check {org_name}", "--dry-run")
    yield ("fan-out", "Check {org_name}", "--yes", "--no-limit", "--out", str(tmp_path / "out"))
    yield ("audit-logs", "list")
    yield ("audit-logs", "export", str(tmp_path), "--each-organization")
    yield ("audit-logs", "tail", "--since", "90d", "--action", FOLLOWED, *soon)
    yield ("audit-logs", "tail", "--checkpoint", str(tmp_path / "c"), "--action", FOLLOWED, *soon)
    yield ("api", "GET", "/v3/enterprise/organizations")
    yield ("api", "GET", "/v3/enterprise/organizations", "--paginate")
    yield ("api", "GET", "/v3/nothing")
    yield ("api", TYPED, TYPED)
    yield (f"orgs{TYPED}",)
    yield ("orgs", f"--{TYPED}")
    yield ("sessions", "list", "--since", TYPED, "--limit", TYPED)
    yield ("sessions", "list", "--org", TYPED)
    yield ("whoami", "--profile", TYPED)
    yield ("sessions", "list", "--org", "Amber")


def acting_in(text):
    return [f"U+{ord(one):04X}" for one in ACTING if f"Q{one}Q" in text]


def acting_on_a_terminal(shown):
    """Tell what acts besides colours and the cursor of progress."""
    return [one for one in plain(shown).replace("\r", "") if one in ACTING]


@pytest.mark.parametrize("form", ["lines", pytest.param("json", marks=pytest.mark.slow)])
async def test_no_command_lets_a_character_of_others_act_in_a_pipe(spoiler, tmp_path, form):
    ids = await session_ids(spoiler)
    org = {"DEVIN_ORG_ID": spoiler.organization_ids[0], "XDG_STATE_HOME": str(tmp_path)}
    failures = {}
    harmless = []
    for words in commands_of(ids, tmp_path):
        more = ("--json",) if form == "json" and "--csv" not in words else ()
        end = await command(*words, *more, sandbox=spoiler, **org)
        text = end.output + end.errors
        assert "internal error" not in text, (words, text[-2000:])
        if "=1+Q" not in text:
            harmless.append(words[0])
        if acting := [one for one in text if one in ACTING]:
            failures[words] = acting
    assert failures == {}
    assert harmless == SILENT


async def test_no_command_lets_a_character_of_others_act_on_a_terminal(spoiler, tmp_path):
    ids = await session_ids(spoiler)
    where = environment(
        spoiler,
        DEVIN_ORG_ID=spoiler.organization_ids[0],
        XDG_STATE_HOME=str(tmp_path),
        COLUMNS="100",
    )
    all_words = list(commands_of(ids, tmp_path))
    ends = await all_in_a_terminal(all_words, **where)
    failures = {}
    harmless = []
    for words, end in zip(all_words, ends, strict=True):
        assert "internal error" not in end.output, (words, end.output[-2000:])
        if "=1+Q" not in end.output:
            harmless.append(words[0])
        if acting := acting_on_a_terminal(end.output):
            failures[words] = acting
    assert failures == {}
    assert harmless == SILENT


async def test_the_picture_of_a_chart_holds_no_character_that_acts(spoiler, tmp_path):
    path = tmp_path / "used.svg"
    await command("consumption", "--svg", path, sandbox=spoiler)
    assert acting_in(path.read_text()) == []
    assert r"\x00" in path.read_text()


async def test_cells_of_csv_are_no_formulas_unless_they_are_wanted_raw(spoiler):
    quoted = await command("consumption", "--csv", sandbox=spoiler)
    raw = await command("consumption", "--csv", "--raw", sandbox=spoiler)
    names = [row["name"] for row in csv.DictReader(io.StringIO(quoted.output))]
    assert len(names) == 2
    assert all(name.startswith("'=1+Q") for name in names)
    assert ",=1+Q" in raw.output or ',"=1+Q' in raw.output
    assert "Q\x1bQ" in raw.output


async def test_a_body_that_goes_to_a_pipe_keeps_its_value(spoiler):
    end = await command("api", "GET", "/v3/self", sandbox=spoiler)
    assert json.loads(end.output)["service_user_name"].startswith(f"=1+{HOSTILE}")


@given(st.text())
def test_what_is_shown_has_one_line_and_nothing_that_acts(text):
    assert shown(text).isprintable() or set(shown(text)) & set("\u00a0\u3000\u2000\u1680")
    assert [one for one in shown(text) if unicodedata.category(one) in {"Cc", "Cf", "Zl"}] == []


@given(st.text(), st.text())
def test_lines_stay_lines_and_nothing_in_them_acts(one, other):
    lines = escaped_lines(f"{one}\n{other}x").split("\n")
    assert len(lines) == f"{one}\n{other}".replace("\r\n", "\n").count("\n") + 1
    assert all(unicodedata.category(each) not in {"Cc", "Cf"} for line in lines for each in line)


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists))
def test_json_keeps_its_value_however_it_is_escaped(value):
    assert json.loads(json_text(value)) == value
    written = json.dumps(value, ensure_ascii=False)
    assert json.loads(escaped_json(written)) == value
    assert acting_in(escaped_json(written)) == []


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        ("Amber - 1", "Amber - 1"),
        (-1.5, -1.5),
        (None, None),
        ("a\x1bb\u202e", r"a\x1bb\u202e"),
    ],
)
def test_a_cell_is_no_formula(cell, written):
    assert csv_cell(cell) == written


def test_wide_spaces_and_letters_of_all_scripts_stay_as_they_are():
    text = "修复　naïve 🚀\u00a0ñ"
    assert escaped(text) == text
