"""docs/testing.md and docs/telemetry.md: their blocks run as a reader would run them."""

import os

import pytest
import warning_filters
from doc_pages import DOCS, blocks_of
from integration_programs import ended, environment, fork

from devin_async.sandbox import Sandbox

PLUGINS = ("-p", "devin_async.pytest_plugin", "-p", "pytest_asyncio.plugin")
OPTIONS = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")


TESTING = blocks_of(DOCS / "testing.md")
TESTS = [block for block in TESTING if "def test_" in block]
PROGRAMS = [block for block in TESTING if "asyncio.run" in block and block not in TESTS]
MODULES = [block for block in TESTING if block not in {*TESTS, *PROGRAMS}]
TELEMETRY = blocks_of(DOCS / "telemetry.md")


async def test_the_tests_of_the_testing_guide_pass(tmp_path):
    (job,) = MODULES
    assert job.startswith("# jobs.py\n")
    (tmp_path / "jobs.py").write_text(job)
    for number, block in enumerate(TESTS):
        (tmp_path / f"test_block_{number}.py").write_text(block)
    pytest_command = ("-m", "pytest", "-q", *warning_filters.OPTIONS, *PLUGINS, *OPTIONS)
    process = await fork(
        *(*pytest_command, "--rootdir", str(tmp_path), str(tmp_path)),
        **environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
    )
    end = await ended(process)
    count = sum(block.count("def test_") for block in TESTS)
    assert f"{count} passed" in end.output, end.output + end.errors
    assert count == 6


def test_the_first_test_of_the_guide_has_fifteen_lines_at_the_most():
    written = [line for line in TESTS[0].splitlines() if line.strip()]
    assert "Fault(" in TESTS[0]
    assert len(written) <= 15


async def test_the_program_without_pytest_runs(tmp_path):
    (program,) = PROGRAMS
    (tmp_path / "program.py").write_text(program)
    end = await ended(await fork(str(tmp_path / "program.py"), **environment()))
    assert (end.code, end.errors) == (0, "")
    assert end.output


@pytest.mark.parametrize("number", range(len(TELEMETRY)))
async def test_a_program_of_the_telemetry_guide_runs_against_the_sandbox(number, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(TELEMETRY[number])
    async with Sandbox() as sandbox:
        end = await ended(await fork(str(program), **environment(sandbox)))
    assert (end.code, end.errors) == (0, "")
    assert end.output
    assert os.fspath(tmp_path) not in end.output
