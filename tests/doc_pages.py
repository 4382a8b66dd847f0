"""The pages of the documentation: their blocks of code, and how a reader would run them."""

import asyncio
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import warning_filters
from forked import run_python

from devin_async.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


class Ended(NamedTuple):
    code: int | None
    output: str
    errors: str


def blocks_of(page: Path, language: str = "python") -> list[str]:
    """Give the blocks of a page that are in *language*, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def in_sandbox(*arguments: str) -> tuple[str, ...]:
    """Give the program that runs the command that follows it against a sandbox."""
    return ("-m", "devin_async.sandbox", *arguments, "--")


def _environment(**more: str) -> dict[str, str]:
    usual = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": warning_filters.PYTHONWARNINGS}
    return os.environ | usual | more


async def run(*command: str, folder: Path = ROOT, **environment: str) -> Ended:
    """Run a Python program in *folder*, with this checkout and warnings as errors."""
    variables = _environment(**environment)
    return Ended(*await run_python(*command, folder=folder, environment=variables))


async def run_apart(*command: str, folder: Path = ROOT, **environment: str) -> Ended:
    """Run a program in a process in which nothing is loaded yet."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=_environment(**environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return Ended(process.returncode, output.decode(), errors.decode())


async def run_program(source: str, folder: Path, **arguments: Any) -> Ended:
    """Run a program in *folder* against a sandbox that is made with *arguments*."""
    program = folder / "program.py"
    program.write_text(source)
    async with Sandbox(**arguments) as sandbox:
        reached = {
            "DEVIN_API_KEY": sandbox.token,
            "DEVIN_BASE_URL": sandbox.url,
            "DEVIN_ORG_ID": sandbox.organization_ids[0],
        }
        return await run(str(program), folder=folder, **reached)
