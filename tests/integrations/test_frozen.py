"""A program that PyInstaller froze: the client, the command and the sandbox work in it."""

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, os, sys, typing

import devin_async
from devin_async.cli import main as command
from devin_async.sandbox import Sandbox


async def main():
    async with Sandbox(organizations=2) as sandbox:
        async with devin_async.DevinClient(sandbox.token, base_url=sandbox.url) as devin:
            organizations = await devin.enterprise.organizations.list().collect()
            sessions = devin.organization(organizations[0].org_id).sessions
            print(len(organizations), (await sessions.create("x")).status)

            async def name(organization):
                return organization.name

            async with devin.fan_out(organizations, name, concurrency=2) as outcomes:
                print(sorted([outcome.result async for outcome in outcomes]))
    assert all(hasattr(devin_async, name) for name in devin_async.__all__)
    assert typing.get_type_hints(devin_async.DevinClient.__init__)


if len(sys.argv) == 1:
    asyncio.run(main())
    sys.argv[1:] = ["sandbox", "--organizations", "2", "--", os.path.abspath(sys.argv[0]), "orgs"]
command()
"""


def check(program):
    """Run what was frozen, and hold what it prints."""
    ended = run(program)
    assert (ended.returncode, ended.stderr) == (0, "")
    first, second, *organizations = ended.stdout.splitlines()
    assert first == "2 new"
    assert second == "['Amber Platform', 'Birch Platform']"
    assert [line.split("\t")[1] for line in organizations] == ["Amber Platform", "Birch Platform"]
    for words in (["--version"], ["fan-out", "--help"], ["completion", "zsh"], ["nosuch"]):
        frozen, usual = run(program, *words), run(sys.executable, "-m", "devin_async", *words)
        assert (frozen.returncode, frozen.stdout) == (usual.returncode, usual.stdout)
        assert frozen.stderr == usual.stderr


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_frozen_program_has_the_client_the_command_and_the_sandbox(tmp_path):
    pytest.importorskip("PyInstaller")
    (tmp_path / "program.py").write_text(PROGRAM)
    pyinstaller = (sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR")
    subprocess.run(
        [*pyinstaller, "--onedir", "program.py"], cwd=tmp_path, check=True, capture_output=True
    )
    check(tmp_path / "dist" / "program" / "program")
