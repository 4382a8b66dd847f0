"""The guide, docs/jobs.md: its programs run, in virtual time against a sandbox in the same loop."""

import asyncio

import pytest
from doc_pages import DOCS, blocks_of

from devin_async.sandbox import Sandbox
from devin_async.testing import virtual_time

PROGRAMS = blocks_of(DOCS / "jobs.md")
run_for_real = asyncio.run
EXPECTED = [
    ["running finished []"],
    [
        "Update the dependencies finished",
        "Write the changelog finished",
        "devin: The work is done.",
    ],
    ["running working", "user Update the dependencies", "devin The work is done."],
    [" suspended ", " exit "],
    ["example 1"],
    ["True"],
    ["3 items: 3 done"],
    ["would start 3 sessions, the first: {", "left out"],
]


@pytest.mark.parametrize("number", range(len(EXPECTED)))
def test_a_program_of_the_guide_runs_and_prints_what_it_is_about(
    number, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DEVIN_API_VERSION", raising=False)
    with virtual_time() as clock:

        async def beside_a_sandbox(main):
            async with Sandbox(clock=clock, audit_logs=10) as sandbox:
                monkeypatch.setenv("DEVIN_BASE_URL", sandbox.url)
                monkeypatch.setenv("DEVIN_API_KEY", sandbox.token)
                monkeypatch.setenv("DEVIN_ORG_ID", sandbox.organization_ids[0])
                await main

        monkeypatch.setattr(asyncio, "run", lambda main: run_for_real(beside_a_sandbox(main)))
        exec(compile(PROGRAMS[number], f"program {number}", "exec"), {"__name__": "guide"})
    printed = capsys.readouterr().out
    assert [one for one in EXPECTED[number] if one not in printed] == []


def test_every_program_of_the_guide_is_run():
    assert len(PROGRAMS) == len(EXPECTED)
