"""`devin-async whoami` and `api`, run as a user does, and how errors end a command."""

import asyncio
import json
import sys

import pytest
from integration_commands import command
from integration_programs import devin_async, environment, in_a_terminal, run

from devin_async import (
    AuthenticationError,
    ConfigurationError,
    ConnectionFailedError,
    FanOutError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    ServerOutcomeUnknownError,
)
from devin_async.base.text import one_line
from devin_async.cli.app import app
from devin_async.cli.commands.api import read_body, read_params
from devin_async.cli.errors import CredentialsError, UsageError, exit_code
from devin_async.sandbox import Fault, Sandbox


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=2, audit_logs=10, sessions=0) as running:
        yield running


async def test_whoami_prints_plain_lines_where_there_is_no_terminal(sandbox):
    code, output, errors = await devin_async("whoami", sandbox=sandbox)
    assert (code, errors) == (0, "")
    assert output.splitlines()[0] == "name: Sandbox"
    assert "\x1b" not in output


async def test_whoami_of_no_identity_prints_none(sandbox):
    sandbox.inject(Fault(route="GET /v3/self", status=200, body={"error": "no such tenant"}))
    end = await command("whoami", sandbox=sandbox)
    assert (end.code, end.output, end.errors.count("\n")) == (1, "", 1)
    assert "no such tenant" in end.errors


async def test_whoami_prints_one_json_object_for_machines(sandbox):
    code, output, _ = await devin_async("whoami", "--json", sandbox=sandbox)
    answer = json.loads(output)
    assert code == 0
    assert (answer["kind"], answer["name"], answer["default_org_id"]) == (
        "identity",
        "Sandbox",
        None,
    )


async def test_a_terminal_gets_a_table_with_colours(sandbox):
    code, output, _ = await in_a_terminal(
        "whoami", DEVIN_API_KEY=sandbox.token, DEVIN_BASE_URL=sandbox.url
    )
    assert code == 0
    assert "\x1b[1mname" in output


async def test_colours_forced_by_the_environment_do_not_reach_a_pipe(sandbox):
    _, output, _ = await devin_async("whoami", sandbox=sandbox, FORCE_COLOR="1")
    assert "\x1b" not in output


async def test_api_prints_the_body_as_it_came(sandbox):
    path = "/v3/enterprise/organizations"
    code, output, errors = await devin_async("api", "get", path, "--param=first=1", sandbox=sandbox)
    assert (code, errors) == (0, "")
    assert json.loads(output)["items"][0]["org_id"] == sandbox.organization_ids[0]
    assert dict(sandbox.requests[-1].query) == {"first": "1"}


async def test_api_sends_a_json_body(sandbox):
    path = f"/v3/organizations/{sandbox.organization_ids[0]}/sessions"
    code, output, _ = await devin_async(
        "api", "POST", path, "--input", '{"prompt": "Fix it"}', sandbox=sandbox
    )
    assert code == 0
    assert json.loads(output)["org_id"] == sandbox.organization_ids[0]
    assert sandbox.requests[-1].json == {"prompt": "Fix it"}


async def test_a_body_that_does_not_parse_tells_the_position_and_not_the_content(sandbox):
    body = '{"token": "hunter2",\n "prompt" "x"}'
    code, output, errors = await devin_async(
        "api", "POST", "/v3/x", "--input", body, sandbox=sandbox
    )
    assert (code, output) == (2, "")
    assert errors == (
        "devin-async: --input is not JSON: Expecting ':' delimiter at line 2, column 11\n"
    )
    assert sandbox.count() == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--input is not JSON: Expecting value at line 1, column 1"),
        ('[1, {"a": NaN}]', "--input is not JSON that can be sent: it holds NaN"),
        ("[" * 200_000, "--input is not JSON that can be sent: maximum recursion depth"),
        ("3", "--input is a single int; allowed: an object or an array"),
        ("null", "--input is a single NoneType; allowed: an object or an array"),
    ],
)
def test_what_is_no_json_body_is_refused(text, message):
    with pytest.raises(UsageError) as caught:
        read_body(text.encode())
    assert str(caught.value).startswith(message)


def test_a_parameter_that_comes_again_has_several_values():
    assert read_params(["a=1", "b=x=y", "a=2"]) == {"a": ["1", "2"], "b": ["x=y"]}


@pytest.mark.parametrize("pair", ["first", "=1", ""])
def test_a_parameter_without_name_or_sign_is_refused(pair):
    with pytest.raises(UsageError, match="allowed: name=value"):
        read_params([pair])


async def test_usage_errors_are_one_line_and_exit_with_2(sandbox):
    ends = [
        await devin_async("whoam", sandbox=sandbox),
        await command("api", "GET", sandbox=sandbox),
        await command("api", "FETCH", "/v3/self", sandbox=sandbox),
        await command("api", "GET", "v3/self", sandbox=sandbox),
        await command("sandbox", "--port", "70000", sandbox=sandbox),
        await command("sandbox", "--speed", "0", sandbox=sandbox),
        await command("whoami", sandbox=sandbox, DEVIN_BASE_URL="nowhere"),
    ]
    assert [(end.code, end.output, end.errors.count("\n")) for end in ends] == [(2, "", 1)] * 7
    assert all(end.errors.startswith("devin-async: ") for end in ends)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("sessions", "wait", "x", "--timout", "5"),
            "Did you mean --timeout? See `devin-async ses",
        ),
        (("sessions", "list", "--limt", "5"), "See `devin-async sessions list --help`"),
        (
            ("whoami", "more", "words"),
            "Unexpected: 'more' 'words'. See `devin-async whoami --help`",
        ),
        (("session", "list"), 'Did you mean "sessions"?'),
        (("sessions", "follow", ""), "SESSION_ID is ''; allowed: the id"),
        (("audit-logs", "verify", "/"), "PATH is '/', a directory; allowed: a file's name"),
        (("api", "GET", "/v3/self?x=1"), "such as '/v3/self'. The query belongs in --param\n"),
        (
            ("audit-logs", "export", "nowhere", "--each-organization"),
            "PATH is 'nowhere'; allowed: a directory that is there",
        ),
        (("sessions", "list", "--org", ""), "--org is ''; allowed: the id"),
        (("sessions", "create", "x", "--once", ""), "--once is ''; allowed: 1 to 200"),
        (("sessions", "list", "--since", "1767225600000"), "--since is '1767225600000'; allowed: "),
        (
            ("sessions", "list", "--since", "2026-11-02", "--until", "2026-11-01"),
            "--since is '2026-11-02', --until '2026-11-01'; allowed: a range that ends after",
        ),
        (
            ("audit-logs", "export", "x", "--since", "2026-11-02", "--until", "2026-11-01"),
            "--since is '2026-11-02', --until '2026-11-01'; allowed: a range that ends after",
        ),
        (
            ("consumption", "--since", "2026-11-02", "--until", "2026-11-01"),
            "--until is 2026-11-01, which lies before --since, 2026-11-02",
        ),
    ],
)
async def test_a_mistake_is_named_by_what_was_typed(sandbox, words, message):
    end = await command(*words, sandbox=sandbox, DEVIN_ORG_ID=sandbox.organization_ids[0])
    assert (end.code, end.output, end.errors.count("\n")) == (2, "", 1)
    assert message in end.errors


async def test_a_text_that_a_closed_stdin_cannot_give_is_missing(sandbox):
    words = ("sessions", "create", "--org", sandbox.organization_ids[0])
    end = await command(*words, sandbox=sandbox, stdin=None)
    assert (end.code, end.output, end.errors.count("\n")) == (2, "", 1)
    assert "PROMPT is missing; allowed: a text, or one by --file or on stdin" in end.errors


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://api.example", "would send the key unencrypted. Use https://\n"),
        ("https://me@api.example", "or a fragment. The key belongs in DEVIN_API_KEY\n"),
    ],
)
async def test_advice_is_what_can_be_done_on_a_command_line(sandbox, url, message):
    end = await command("whoami", sandbox=sandbox, DEVIN_BASE_URL=url)
    assert (end.code, end.output, end.errors.count("\n")) == (2, "", 1)
    assert end.errors.endswith(message)


async def test_the_sandbox_of_a_command_is_as_fast_as_it_is_told():
    program = (
        "import asyncio, devin_async\n"
        "async def main():\n"
        "    async with devin_async.DevinClient() as devin:\n"
        "        sessions = devin.organization().sessions\n"
        "        made = await sessions.create('Work')\n"
        "        print((await sessions.get(made.session_id)).status)\n"
        "asyncio.run(main())"
    )
    end = await devin_async("sandbox", "--speed", "1e9", "--", sys.executable, "-c", program)
    assert (end.code, end.output) == (0, "suspended\n")
    assert "clock is" in end.errors  # its time runs ahead of this machine's, and the client says so


async def test_bad_credentials_exit_with_3(sandbox):
    weak = sandbox.add_token(permissions=())
    path = "/v3/enterprise/audit-logs"
    missing = await devin_async("whoami")
    wrong = await command("whoami", sandbox=sandbox, DEVIN_API_KEY="cog_wrong")
    denied = await command("api", "GET", path, sandbox=sandbox, DEVIN_API_KEY=weak)
    assert [end.code for end in (missing, wrong, denied)] == [3, 3, 3]
    assert [end.errors.count("\n") for end in (missing, wrong, denied)] == [1, 1, 1]
    assert (
        "no API key. Set DEVIN_API_KEY (or DEVIN_SERVICE_USER_TOKEN), or choose a" in missing.errors
    )
    assert "answered 401" in wrong.errors
    assert "answered 403" in denied.errors
    message = wrong.errors + denied.errors
    assert not any(key in message for key in ("cog_wrong", weak, sandbox.token))


@pytest.mark.slow  # it waits between its attempts
async def test_an_api_that_is_down_exits_with_4(sandbox):
    end = await devin_async("whoami", sandbox=sandbox, DEVIN_BASE_URL="http://127.0.0.1:9")
    assert (end.code, end.errors.count("\n")) == (4, 1)
    assert sandbox.token not in end.errors


async def test_a_write_with_an_unknown_outcome_exits_with_1_and_is_sent_once(sandbox):
    sandbox.inject(Fault(route="POST *", status=502, committed=True))
    path = f"/v3/organizations/{sandbox.organization_ids[0]}/sessions"
    words = ("api", "POST", path, "--input", '{"prompt": "x"}')
    code, _, errors = await devin_async(*words, sandbox=sandbox)
    assert (code, sandbox.count("POST *")) == (1, 1)
    assert "answered 502" in errors


async def test_debug_adds_the_traceback_to_the_line(sandbox):
    wrong = {"DEVIN_API_KEY": "cog_wrong"}
    code, _, errors = await devin_async("whoami", "--debug", sandbox=sandbox, **wrong)
    assert code == 3
    assert errors.startswith("Traceback (most recent call last)")
    assert errors.splitlines()[-1].startswith("devin-async: GET /v3/self answered 401")
    assert "cog_wrong" not in errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError(""), 2),
        (InvalidArgumentError(""), 2),
        (ConfigurationError(""), 2),
        (CredentialsError(""), 3),
        (AuthenticationError(""), 3),
        (PermissionDeniedError(""), 3),
        (RateLimitedError(""), 4),
        (ServerError(""), 4),
        (ConnectionFailedError(""), 4),
        (RequestTimeoutError(""), 4),
        (OutcomeUnknownError(""), 1),
        (ServerOutcomeUnknownError(""), 1),
        (NotFoundError(""), 1),
        (FanOutError("", [RateLimitedError(""), ServerError("")]), 4),
        (FanOutError("", [RateLimitedError(""), NotFoundError("")]), 1),
        (KeyError(""), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_has_its_exit_code(error, code):
    assert exit_code(error) == code


def test_what_a_server_sent_becomes_one_line_without_escapes():
    assert one_line("a\x1b[2J\r\nb\u202e  ü 🙂") == "a [2J b ü 🙂"


@pytest.mark.parametrize("missing", ["cyclopts", "rich"])
async def test_without_the_extra_the_command_says_what_to_install(missing):
    program = f"import sys; sys.modules[{missing!r}] = None; import devin_async.cli as c; c.main()"
    end = await run(sys.executable, "-c", program, **environment())
    assert end == (2, "", "devin-async needs its extra: in a clone, pip install '.[cli]'\n")


async def test_help_names_every_command_and_version_is_the_package_s():
    from devin_async import __version__  # noqa: PLC0415

    overview, version = await asyncio.gather(devin_async("--help"), devin_async("--version"))
    assert (overview.code, version) == (0, (0, f"{__version__}\n", ""))
    names = {name for name in app if not name.startswith("-")}
    assert {"consumption", "fan-out", "orgs", "sessions", "whoami"} < names
    assert {name for name in names if name not in overview.output} == set()


def commands_of(group):
    commands = [group[name] for name in group if not name.startswith("-")]
    return [command for one in commands for command in (commands_of(one) or [one])]


def test_the_help_of_every_command_explains_all_that_it_takes():
    unexplained = [
        (command.name, argument.name)
        for command in commands_of(app)
        for argument in command.assemble_argument_collection(parse_docstring=True)
        if argument.show and not argument.parameter.help
    ]
    assert unexplained == []
