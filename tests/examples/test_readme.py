"""The README as a user meets it: its blocks run, and it stays short."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PYTHON_BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


async def run(*command: str, **environment: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


@pytest.mark.parametrize("number", range(len(PYTHON_BLOCKS)))
async def test_a_python_block_of_the_readme_runs_against_the_sandbox(number, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PYTHON_BLOCKS[number])
    code, output, errors = await run(
        *(sys.executable, "-m", "devin_async.sandbox", "--organizations", "3", "--"),
        *(sys.executable, "-W", "error", str(program)),
    )
    assert (code, errors) == (0, "")
    assert output


def test_the_readme_has_three_programs_and_two_commands():
    assert (len(PYTHON_BLOCKS), len(COMMANDS)) == (3, 2)


async def test_the_first_command_of_the_readme_runs_the_job_once_it_is_installed():
    _, _, job = COMMANDS[0].strip().partition("pip install -q -e '.[cli]' && ")
    assert job == ".venv/bin/devin-async demo"
    code, output, errors = await run(str(Path(sys.executable).with_name("devin-async")), "demo")
    assert (code, errors) == (0, "")
    assert output.count(": started devin-") == 47
    assert output.count(": FAILED (rejected), ") == 2
    assert output.count(": FAILED (unknown), ") == 1


def test_the_readme_is_shorter_than_a_hundred_and_fifty_lines():
    assert len(README.splitlines()) < 150
