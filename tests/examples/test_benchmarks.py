"""The benchmarks run, on the peers of the extra `bench`; their figures are not judged."""

import asyncio
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
async def test_a_benchmark_prints_its_row_with_target_and_verdict():
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks", "--quick", "--only", "decode-sessions"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode in {0, 1}
    row = next(line for line in output.decode().splitlines() if "devin_async" in line)
    assert row.split()[-1] in {"met", "unclear", "missed"}
