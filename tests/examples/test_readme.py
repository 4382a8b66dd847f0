"""The README as a user meets it: its blocks run, and it stays short."""

import sys
from pathlib import Path

import pytest
from doc_pages import ROOT, blocks_of, run_apart, run_program

README = ROOT / "README.md"
PYTHON_BLOCKS = blocks_of(README)
COMMANDS = [line for block in blocks_of(README, "sh") for line in block.splitlines()]


@pytest.mark.parametrize("number", range(len(PYTHON_BLOCKS)))
async def test_a_python_block_of_the_readme_runs_against_the_sandbox(number, tmp_path):
    ended = await run_program(PYTHON_BLOCKS[number], tmp_path)
    assert (ended.code, ended.errors) == (0, "")
    assert ended.output


def test_the_readme_has_three_programs_and_three_commands():
    assert (len(PYTHON_BLOCKS), len(COMMANDS)) == (3, 3)


def test_each_command_of_the_readme_sets_up_all_that_it_needs():
    set_up = "python3 -m venv .venv && .venv/bin/pip install -q -e '.["
    assert [command for command in COMMANDS if not command.startswith(set_up)] == []
    quick, whole = (command.split(" && ")[-1].strip() for command in COMMANDS[1:])
    assert (quick, whole) == (f"{whole} -m quick", ".venv/bin/pytest -q -n auto --dist worksteal")


async def test_the_first_command_of_the_readme_runs_the_job_once_it_is_installed():
    _, _, job = COMMANDS[0].strip().partition("pip install -q -e '.[cli]' && ")
    assert job == ".venv/bin/devin-async demo"
    code, output, errors = await run_apart(
        str(Path(sys.executable).with_name("devin-async")), "demo"
    )
    assert (code, errors) == (0, "")
    assert output.count(": started devin-") == 47
    assert output.count(": FAILED (rejected), ") == 2
    assert output.count(": FAILED (unknown), ") == 1


def test_the_readme_is_shorter_than_a_hundred_and_fifty_lines():
    assert len(README.read_text().splitlines()) < 150
