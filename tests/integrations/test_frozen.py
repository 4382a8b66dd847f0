"""A program that PyInstaller froze: the client, the command and the sandbox work in it."""

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, sys

from devin_async import DevinClient
from devin_async.cli.app import run
from devin_async.sandbox import Sandbox


async def main():
    async with Sandbox(organizations=2) as sandbox:
        async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
            organizations = await devin.enterprise.organizations.list().collect()
            sessions = devin.organization(organizations[0].org_id).sessions
            print(len(organizations), (await sessions.create("x")).status)


if len(sys.argv) == 1:
    asyncio.run(main())
    sys.exit(run(["sandbox", "--organizations", "2", "--", sys.executable, "child"]))
sys.exit(run(["orgs"]))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_frozen_program_has_the_client_the_command_and_the_sandbox(tmp_path):
    pytest.importorskip("PyInstaller")
    (tmp_path / "program.py").write_text(PROGRAM)
    pyinstaller = (sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR")
    subprocess.run(
        [*pyinstaller, "--onedir", "program.py"], cwd=tmp_path, check=True, capture_output=True
    )
    frozen = tmp_path / "dist" / "program" / "program"
    ended = subprocess.run([frozen], capture_output=True, text=True, check=False, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")
    first, *organizations = ended.stdout.splitlines()
    assert first == "2 new"
    assert [line.split("\t")[1] for line in organizations] == ["Amber Platform", "Birch Platform"]
