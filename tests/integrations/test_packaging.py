"""What is released: built, checked, installed beside what one extra brings and nothing more."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import PathDistribution, distribution
from pathlib import Path

import pytest
import warning_filters
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MODULES_OF_EXTRAS = ("dask", "fastapi", "otel")
INTEGRATIONS = [
    name for name in MODULES_OF_EXTRAS if (ROOT / "devin_async" / f"{name}.py").exists()
]
PROGRAM = """
import asyncio
from devin_async import DevinClient

async def main():
    async with DevinClient() as devin:
        print((await devin.whoami()).name)

asyncio.run(main())
"""
TEST = """
async def test_it(devin_client, devin_sandbox):
    await devin_client.whoami()
    assert devin_sandbox.count("GET /v3/self") == 1
"""


def run(*command, cwd=None):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DEVIN_")}
    kept.pop("PYTHONPATH", None)
    return subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, check=False)


def succeeded(ran):
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build as a release does: the source distribution, and the wheel out of that."""
    folder = tmp_path_factory.mktemp("dist")
    ran = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def released(wheel):
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        (folder,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
    return PathDistribution(zipfile.Path(wheel, f"{folder}/"))


def needed_by(requirements, extras=frozenset({""})):
    """Give the distributions that *requirements* bring, those of their requirements included."""
    needs = {}
    waiting = [(Requirement(text), extras) for text in requirements]
    while waiting:
        requirement, asked = waiting.pop()
        marker = requirement.marker
        if marker is not None and not any(marker.evaluate({"extra": extra}) for extra in asked):
            continue
        name = canonicalize_name(requirement.name)
        if name in needs:
            continue
        needs[name] = distribution(name)
        own = frozenset({"", *requirement.extras})
        waiting += [(Requirement(text), own) for text in needs[name].requires or ()]
    return needs.values()


@pytest.fixture(scope="module")
def install(tmp_path_factory, wheel, released):
    """Give a function that makes an environment of the wheel and what some extras bring."""
    made = {}

    def make(extra="", *more):
        if (extra, more) not in made:
            needed = needed_by([*released.requires, *more], frozenset({"", extra}))
            made[extra, more] = environment(tmp_path_factory.mktemp("env"), needed, wheel)
        return made[extra, more]

    return make


def environment(folder, needed, wheel):
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    tops = {
        Path(dist.locate_file(file.parts[0]))
        for dist in needed
        for file in dist.files
        if file.parts[0] not in {"..", "__pycache__"}
    }
    for top in tops:
        (site / top.name).symlink_to(top)
    pip = (sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"))
    ran = run(*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    assert ran.returncode == 0, ran.stderr
    return folder / "bin"


def test_the_release_passes_the_check_of_the_index(built):
    files = sorted(map(str, built.iterdir()))
    assert len(files) == 2
    ran = run(sys.executable, "-m", "twine", "check", "--strict", *files)
    assert ran.returncode == 0, ran.stdout


def test_the_metadata_is_complete(released):
    metadata = released.metadata
    assert metadata["Name"] == "devin_async"
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "Typing :: Typed" in metadata.get_all("Classifier")
    assert {"cli", "dask", "dev", "fastapi", "otel"} <= set(metadata.get_all("Provides-Extra"))
    entry_points = {(entry.group, entry.name, entry.value) for entry in released.entry_points}
    assert entry_points == {
        ("console_scripts", "devin-async", "devin_async.cli:main"),
        ("pyinstaller40", "hook-dirs", "devin_async.base.pyinstaller:hook_folders"),
        ("pytest11", "devin_async", "devin_async.pytest_plugin"),
    }


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "devin_async/py.typed" in names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"devin_async"}
    assert [name for name in names if "__pycache__" in name or name.endswith(".pyc")] == []


def test_the_wheel_is_small_but_for_the_sandbox(wheel):
    with zipfile.ZipFile(wheel) as archive:
        files = archive.infolist()
    client = [file for file in files if not file.filename.startswith("devin_async/sandbox/")]
    assert sum(file.compress_size for file in client) < 480_000


def test_the_source_distribution_can_be_tested(built):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert {"devin_async", "tests", "docs", "examples", "README.md", "CHANGELOG.md"} <= tops
    assert tops.isdisjoint({".git", ".venv", ".mypy_cache", ".hypothesis"})


def test_the_package_alone_calls_the_sandbox_alone(install, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    python = str(install() / "python")
    sandbox = (python, *warning_filters.OPTIONS, "-m", "devin_async.sandbox", "--")
    ran = run(*sandbox, python, *warning_filters.OPTIONS, "program.py", cwd=tmp_path)
    assert succeeded(ran).strip()


@pytest.mark.parametrize("extra", INTEGRATIONS)
def test_a_door_opens_with_its_own_extra_alone(install, extra, tmp_path):
    python = str(install(extra) / "python")
    assert succeeded(run(python, "-c", f"import devin_async.{extra}", cwd=tmp_path)) == ""


@pytest.mark.parametrize("extra", INTEGRATIONS)
def test_a_door_without_its_extra_says_in_one_line_what_to_install(install, extra, tmp_path):
    ran = run(str(install() / "python"), "-c", f"import devin_async.{extra}", cwd=tmp_path)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == (
        f"ImportError: devin_async.{extra} needs its extra: in a clone, pip install '.[{extra}]'"
    )
    assert "During handling" not in ran.stderr


COMMANDS = {"script": ("devin-async",), "module": ("python", "-m", "devin_async.cli")}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_the_command_runs_with_its_own_extra_alone(install, command, tmp_path):
    folder = install("cli")
    ran = run(str(folder / command[0]), *command[1:], "--help", cwd=tmp_path)
    assert "audit-logs" in succeeded(ran)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_the_command_without_its_extra_says_in_one_line_what_to_install(install, command, tmp_path):
    ran = run(str(install() / command[0]), *command[1:], "orgs", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "devin-async needs its extra: in a clone, pip install '.[cli]'\n"


def test_pytest_finds_the_plugin_by_itself(install, tmp_path):
    (tmp_path / "test_it.py").write_text(TEST)
    python = str(install("", "pytest", "pytest-asyncio") / "python")
    ran = run(python, "-m", "pytest", "-q", *warning_filters.OPTIONS, *MODE, cwd=tmp_path)
    assert "1 passed" in ran.stdout, ran.stdout + ran.stderr


MODE = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")
