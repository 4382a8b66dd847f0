"""Contestants that run in a process of their own: what starts afresh, or whose memory counts."""

import asyncio
import json
import sys
import time
from pathlib import Path

from benchmarks.measuring import Contestant
from benchmarks.targets import Sample

__all__ = ["job", "program"]

_ROOT = Path(__file__).parent.parent


def program(code: str) -> Contestant:
    """Make the contestant that runs *code* in a fresh interpreter; its start counts."""

    async def run(number: int) -> Sample:
        started = time.perf_counter()
        for _ in range(number):
            await _output("-c", code)
        return {"wall": (time.perf_counter() - started) / number}

    return Contestant(run=run)


def job(name: str, url: str, *, count: int = 0) -> Contestant:
    """Make the contestant that does a job of `benchmarks.jobs`, which measures itself."""

    async def run(_: int) -> Sample:
        sample: Sample = json.loads(await _output("-m", "benchmarks.jobs", name, url, str(count)))
        return sample

    return Contestant(run=run)


async def _output(*arguments: str) -> bytes:
    """Run Python.

    Raises:
        RuntimeError: It failed, so its time means nothing.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=_ROOT, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"this ended with {process.returncode}: python {' '.join(arguments)}")
    return output
