"""The row about the size of the wheel."""

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.measuring import Contestant, Row, Setting
from benchmarks.peers import need
from benchmarks.targets import Sample, below

__all__ = ["ROWS"]

_ROOT = Path(__file__).parent.parent
_DATA = "devin_async/sandbox/contract/"
_WITHOUT_DATA = "without the sandbox's data"


def _is_data(name: str) -> bool:
    return name.startswith(_DATA) and name.endswith(".json")


def _sizes() -> tuple[float, float]:
    """Build the wheel; give its size in kB, and what of it the sandbox's data takes."""
    with tempfile.TemporaryDirectory() as folder:
        build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
        subprocess.run(build, cwd=_ROOT, check=True, capture_output=True, env=environment)
        wheel = next(Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            data = [one.compress_size for one in archive.infolist() if _is_data(one.filename)]
        if not data:
            raise RuntimeError(f"the wheel has nothing in {_DATA}, so its data cannot be told")
        return wheel.stat().st_size / 1000, sum(data) / 1000


@asynccontextmanager
async def _wheel(_: Setting) -> AsyncIterator[dict[str, Contestant]]:
    need("hatchling")
    whole, data = _sizes()

    async def is_whole(_: int) -> Sample:
        return {"size": whole}

    async def is_without_data(_: int) -> Sample:
        return {"size": whole - data}

    yield {"wheel": Contestant(run=is_whole), _WITHOUT_DATA: Contestant(run=is_without_data)}


ROWS = (
    Row(
        name="wheel",
        work="size of the wheel; the sandbox's data is the API's contract as JSON",
        open=_wheel,
        targets=(below(150, measure="size", who=_WITHOUT_DATA),),
        measures=("size",),
        rounds=1,
        quick_rounds=1,
    ),
)
