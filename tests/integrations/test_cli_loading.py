"""What a command loads: most of the time of a short one goes there."""

import json
import sys

import pytest
from door_programs import environment, run

from devin_async.sandbox import Sandbox

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


async def test_the_version_loads_neither_the_command_line_nor_the_client():
    loaded = await loaded_by("--version")
    assert loaded & {"cyclopts", "rich", "attrs", "asyncio", "logging", "inspect"} == set()


@pytest.mark.parametrize("words", [("--help",), ("completion", "bash")], ids=" ".join)
async def test_help_and_completion_load_no_client_and_no_event_loop(words):
    loaded = await loaded_by(*words)
    heavy = {"asyncio", "aiohttp", "msgspec", "cattrs", "devin_async.client", "markdown_it"}
    assert loaded & heavy == set()
    commands = {one for one in loaded if one.startswith("devin_async.cli.commands.")}
    assert commands == {f"devin_async.cli.commands.{one}" for one in words[:1] if one[0] != "-"}


async def test_a_command_loads_what_it_uses_and_no_other_command():
    async with Sandbox(organizations=1) as sandbox:
        loaded = await loaded_by("orgs", sandbox=sandbox)
    assert "devin_async.cli.commands.orgs" in loaded
    unused = {
        *("devin_async.cli.commands.sessions", "devin_async.sandbox", "devin_async.jobs.ledger"),
        *("devin_async.doctor", "markdown_it", "sqlite3"),
    }
    assert loaded & unused == set()
