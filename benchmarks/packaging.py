"""Rows about what is downloaded and installed."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.measuring import Contestant, Row, Setting
from benchmarks.peers import DEVINAI, DEVINAI_AIOHTTP, OURS, need
from benchmarks.targets import Sample, at_most, goal

__all__ = ["ROWS"]

_ROOT = Path(__file__).parent.parent
# What each client has a method for.
_OPERATIONS = {OURS: 261, DEVINAI: 50}


def _wheel_size() -> float:
    """Build our wheel; give its size in kB."""
    with tempfile.TemporaryDirectory() as folder:
        build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
        subprocess.run(build, cwd=_ROOT, check=True, capture_output=True, env=environment)
        return next(Path(folder).glob("*.whl")).stat().st_size / 1000


def _packed_size(distribution: str) -> float:
    """Give in kB what the wheel of an installed distribution takes: its files, packed again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "packed.whl")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, file in _files(distribution).items():
                archive.write(file, name)
        return path.stat().st_size / 1000


def _files(distribution: str) -> dict[str, Path]:
    """Give the files of a distribution by their names, without what Python compiled."""
    listed = importlib.metadata.files(distribution) or []
    paths = {str(file): Path(str(file.locate())) for file in listed if file.suffix != ".pyc"}
    return {name: path for name, path in paths.items() if path.is_file()}


def _installed_size(*distributions: str, own: Iterable[Path] = ()) -> float:
    """Give in kB what distributions and all that they require take on the disk."""
    total = sum(file.stat().st_size for file in own)
    waiting, seen = [*distributions], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        total += sum(file.stat().st_size for file in _files(name).values())
        for requirement in importlib.metadata.requires(name) or []:
            required, _, marker = requirement.partition(";")
            other = re.match(r"[\w.-]+", required)
            if "extra ==" not in marker and other is not None and _is_installed(other[0]):
                waiting.append(re.sub(r"[-_.]+", "-", other[0]).lower())
    return total / 1000


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _sized(size: float) -> Contestant:
    async def run(_: int) -> Sample:
        return {"size": size}

    return Contestant(run=run)


@asynccontextmanager
async def _wheels(_: Setting) -> AsyncIterator[dict[str, Contestant]]:
    need("hatchling")
    need("devin_sdk", "devinai")
    sizes = {DEVINAI: _packed_size("devinai"), OURS: _wheel_size()}
    yield {name: _sized(size / _OPERATIONS[name]) for name, size in sizes.items()}


@asynccontextmanager
async def _installed(_: Setting) -> AsyncIterator[dict[str, Contestant]]:
    need("devin_sdk", "devinai")
    package = _ROOT / "devin_async"  # it may be installed as a link to this folder
    own = [path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    yield {
        DEVINAI: _sized(_installed_size("devinai")),
        OURS: _sized(_installed_size("devin-async", own=own)),
        DEVINAI_AIOHTTP: _sized(_installed_size("devinai", "httpx-aiohttp")),
    }


ROWS = (
    Row(
        name="wheel",
        work="size of the wheel for each operation of the API that it has a method for",
        open=_wheels,
        targets=(
            at_most(0.9, DEVINAI, measure="size"),
            goal(at_most(0.6, DEVINAI, measure="size")),
        ),
        measures=("size",),
        rounds=1,
        quick_rounds=1,
        item="operation",
    ),
    Row(
        name="installed",
        work="size on the disk, with everything that is required",
        open=_installed,
        # aiohttp alone is most of it; httpx, which devinai is on, has no compiled parts.
        targets=(
            at_most(1.0, DEVINAI_AIOHTTP, measure="size"),
            goal(at_most(1.0, DEVINAI, measure="size")),
        ),
        measures=("size",),
        rounds=1,
        quick_rounds=1,
    ),
)
