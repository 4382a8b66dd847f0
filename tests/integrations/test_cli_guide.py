"""The page docs/command-line.md: its examples run, those of long-lists.md too; it names all."""

import os
import re
import shlex
import sys

import pytest
from doc_pages import DOCS, blocks_of
from integration_commands import command
from integration_programs import INSTALLED, environment, run

from devin_async.cli.app import app
from devin_async.cli.errors import ExitCode
from devin_async.sandbox import Sandbox

PAGE = (DOCS / "command-line.md").read_text()
BLOCKS = [
    block for page in ("command-line.md", "long-lists.md") for block in blocks_of(DOCS / page, "sh")
]
SCRIPTS = [
    block for block in BLOCKS if re.search(r"[|$<>]|^(?!devin-async ).", block, re.MULTILINE)
]
PLAIN = [block for block in BLOCKS if block not in SCRIPTS]
DOCTOR = [block for block in PLAIN if block.startswith("devin-async doctor")]


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=4, audit_logs=20, speed=1000) as running:
        yield running


@pytest.fixture
def where(sandbox, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return {"DEVIN_ORG_ID": sandbox.organization_ids[0]}


@pytest.mark.parametrize("block", PLAIN, ids=range(len(PLAIN)))
async def test_the_commands_of_an_example_are_done(sandbox, where, block):
    if block in DOCTOR:
        pytest.skip("a sandbox whose time flies has another clock, as the doctor says: see below")
    await run_lines(block, sandbox, where)


async def test_the_doctor_finds_nothing_wrong(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with Sandbox(organizations=2) as sandbox:
        for block in DOCTOR:
            await run_lines(block, sandbox, {})


async def run_lines(block, sandbox, where):
    for line in block.splitlines():
        program, *words = shlex.split(line)
        if words[:2] == ["audit-logs", "tail"]:  # it never ends: that it is understood is enough
            app.parse_args(words, print_error=False, exit_on_error=False)
            continue
        end = await command(*words, sandbox=sandbox, **where)
        errors = re.sub(r".*nothing was left to do.*\n", "", end.errors)  # of a job given twice
        assert (program, end.code, errors) == ("devin-async", 0, ""), line


@pytest.mark.slow
@pytest.mark.parametrize("block", SCRIPTS, ids=range(len(SCRIPTS)))
async def test_an_example_of_several_programs_is_done(sandbox, where, block, tmp_path):
    program = tmp_path / "devin-async"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m devin_async.cli "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), str(INSTALLED.parent), os.environ["PATH"]])
    variables = environment(sandbox, PATH=path, **where)
    script = f"cd {shlex.quote(str(tmp_path))}\nset -eo pipefail\n{block}"
    end = await run("bash", "-c", script, **variables)
    # The sandbox's time flies, so that its clock is another, and the command says so.
    errors = re.sub(r"devin-async: this machine's clock is .*\n", "", end.errors)
    assert (end.code, errors) == (0, "")


def test_the_page_names_every_command():
    names = {name for name in app if not name.startswith("-")}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_the_page_explains_every_exit_code():
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    assert explained == {code.value for code in ExitCode}


def test_the_pictures_of_the_page_are_there_and_load_nothing():
    for name in re.findall(r"!\[[^]]+\]\((images/[^)]+)\)", PAGE):
        picture = (DOCS / name).read_text()
        assert len(picture) < 100_000
        assert "url(http" not in picture
        assert "@font-face" not in picture
