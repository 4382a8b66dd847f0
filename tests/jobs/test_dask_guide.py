"""The guide, docs/how-to/cluster.md, and the example: they run, on processes of a local cluster."""

import asyncio
import re
import sys

import pytest
from doc_pages import DOCS, ROOT, blocks_of, in_sandbox, run

PROGRAMS = blocks_of(DOCS / "how-to/cluster.md")
EXAMPLE = ROOT / "examples/dask_fan_out.py"
# A heartbeat that is under way when a cluster ends is logged by Dask as an error.
QUIET = {"DASK_LOGGING__DISTRIBUTED": "critical"}


async def run_quietly(source, folder, *, sessions=3, **environment):
    (folder / "program.py").write_text(source)
    sandbox = in_sandbox("--organizations", "6", "--sessions", str(sessions))
    command = (*sandbox, sys.executable, "program.py")
    return await run(*command, folder=folder, **QUIET, **environment)


@pytest.mark.slow
async def test_the_programs_of_the_guide_run_and_print_each_organization(tmp_path_factory):
    counted, durable = await asyncio.gather(
        *(
            run_quietly(program, tmp_path_factory.mktemp("guide"), sessions=0)
            for program in PROGRAMS
        )
    )
    assert [(one.code, one.errors) for one in (counted, durable)] == [(0, "")] * 2
    assert re.findall(r"^\w+ \w+ (\[.*\])$", counted.output, re.MULTILINE) == ["[]"] * 6
    assert durable.output.endswith("\n6 items: 6 done\n")


@pytest.mark.parametrize("version", ["v3", pytest.param("v3beta1", marks=pytest.mark.slow)])
async def test_the_example_runs_in_either_dialect(version, tmp_path):
    ended = await run_quietly(EXAMPLE.read_text(), tmp_path, DEVIN_API_VERSION=version)
    assert (ended.code, ended.errors) == (0, "")
    lines = re.findall(r"^\w+ \w+ \[\('\w+', \d+\), \('\w+', \d+\)\]$", ended.output, re.MULTILINE)
    assert len(lines) == 6


def test_the_example_is_shorter_than_thirty_lines():
    assert len(EXAMPLE.read_text().splitlines()) < 30
