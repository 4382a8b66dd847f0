"""What a command loads: most of the time of a short one goes there."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from integration_programs import DEVIN_ASYNC, environment, in_a_terminal, plain, run

import devin_async.cli.static
from devin_async.cli.static import completion_script, read_pages
from devin_async.cli.static.__main__ import SHELLS, commands, help_of, script_for
from devin_async.sandbox import Sandbox

FOLDER = Path(devin_async.cli.static.__file__).parent
# Prints what a command has loaded, after all that it prints itself.
PROGRAM = """
import json, sys
from devin_async.cli import main
sys.argv[1:] = {words!r}
try:
    main()
except SystemExit:
    print("\\n" + json.dumps(sorted(sys.modules)))
"""


async def loaded_by(*words, sandbox=None):
    end = await run(sys.executable, "-c", PROGRAM.format(words=[*words]), **environment(sandbox))
    assert end.errors == ""
    return set(json.loads(end.output.splitlines()[-1]))


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=3) as running:
        yield running


HEAVY = {"attrs", "asyncio", "cyclopts", "devin_async.cli.app", "inspect", "logging", "rich"}


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("--help",),
        ("-h",),
        ("sessions", "--help"),
        ("audit-logs", "tail", "--help"),
        ("completion", "bash"),
    ],
    ids=" ".join,
)
async def test_what_is_the_same_for_everybody_loads_no_command_line_and_no_client(words):
    loaded = await loaded_by(*words)
    assert loaded & HEAVY == set()


def words_of(text):
    return re.findall(r"[A-Za-z0-9][\w'-]*", re.sub(r"\x1b\[[0-9;]*m", "", text))


def test_the_help_that_is_stored_is_what_the_commands_say():
    """Where this fails, `python -m devin_async.cli.static` writes the answers anew."""
    stored = read_pages((FOLDER / "help.txt").read_text(encoding="utf-8"))
    made = {" ".join(command): help_of(command) for command in commands()}
    assert list(stored) == list(made)
    differing = {name for name in made if words_of(stored[name]) != words_of(made[name])}
    assert differing == set()
    assert "sessions create" in made


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_completes_every_command_and_option(shell):
    """Where this fails, `python -m devin_async.cli.static` writes the answers anew."""
    made = set(re.findall(r"[a-z][\w-]+", script_for(shell)))
    assert made - set(re.findall(r"[a-z][\w-]+", completion_script(shell))) == set()
    assert {"fan-out", "terminate", "doctor", "all-orgs", "no-limit"} <= made


@pytest.mark.parametrize("words", ["--help", "sessions list --help"])
async def test_help_looks_the_same_stored_or_made(words):
    stored = await in_a_terminal(*words.split(), COLUMNS="200")
    narrow = await in_a_terminal(*words.split(), COLUMNS="79")
    assert words_of(stored.output) == words_of(narrow.output)
    assert max(map(len, plain(stored.output).splitlines())) == 80
    assert max(map(len, plain(narrow.output).splitlines())) == 79
    assert "\x1b[36m" in stored.output
    assert (stored.code, narrow.code) == (0, 0)


async def test_help_that_nobody_colours_is_plain():
    piped = await run(*DEVIN_ASYNC, "orgs", "--help", **environment())
    no_color = await in_a_terminal("orgs", "--help", NO_COLOR="1")
    dumb = await in_a_terminal("orgs", "--help", TERM="dumb")
    assert piped.output == no_color.output == dumb.output
    assert "\x1b" not in piped.output


async def test_the_help_of_no_command_is_a_mistake():
    end = await run(*DEVIN_ASYNC, "sessionz", "--help", **environment())
    assert (end.code, end.output) == (2, "")
    assert 'Did you mean "sessions"?' in end.errors


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["completion", "zsh"], ["orgz"]])
async def test_a_reader_that_has_gone_is_no_error(words):
    script = f"{shlex.join([*DEVIN_ASYNC, *words])} | true; exit ${{PIPESTATUS[0]}}"
    end = await run("bash", "-c", script, **environment())
    assert end.code in {0, 2, 141}
    assert "Traceback" not in end.errors
    assert "Exception ignored" not in end.errors


FULL = "devin-async: stdout cannot be written: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has it")
@pytest.mark.parametrize("words", [["--version"], ["--help"], ["completion", "bash"], ["orgs"]])
async def test_a_full_disk_behind_stdout_is_one_line_and_a_failure(sandbox, words):
    script = f"{shlex.join([*DEVIN_ASYNC, *words])} >/dev/full"
    assert await run("bash", "-c", script, **environment(sandbox)) == (1, "", FULL)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has it")
async def test_where_stderr_cannot_be_written_a_command_ends_as_it_would(sandbox):
    for words, code, lines in ((["orgs"], 0, 3), (["orgz"], 2, 0), (["orgs", "--debug"], 3, 0)):
        key = {"DEVIN_API_KEY": "cog_wrong"} if code == 3 else {}
        for place in ("2>/dev/full", "2> >(true)"):
            script = f"{shlex.join([*DEVIN_ASYNC, *words])} {place}"
            end = await run("bash", "-c", script, **environment(sandbox, **key))
            assert (end.code, len(end.output.splitlines()), end.errors) == (code, lines, "")


async def test_a_command_loads_what_it_uses_and_no_other_command():
    async with Sandbox(organizations=1) as sandbox:
        loaded = await loaded_by("orgs", sandbox=sandbox)
    assert "devin_async.cli.commands.orgs" in loaded
    unused = {
        *("devin_async.cli.commands.sessions", "devin_async.sandbox", "devin_async.jobs.ledger"),
        *("devin_async.doctor", "markdown_it", "sqlite3"),
    }
    assert loaded & unused == set()
