"""The guide, docs/long-lists.md: its programs run."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "long-lists.md").read_text(), re.DOTALL
)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
async def test_a_program_of_the_guide_runs_against_the_sandbox(number, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAMS[number])
    sandbox = (sys.executable, "-m", "devin_async.sandbox", "--")
    process = await asyncio.create_subprocess_exec(
        *sandbox,
        *(sys.executable, "-W", "error", str(program)),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")
    assert output
