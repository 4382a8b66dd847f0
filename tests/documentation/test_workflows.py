"""How a release is made: from pinned parts alone, in jobs that may do no more than they need."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.name: path.read_text() for path in (ROOT / ".github/workflows").iterdir()}
PINNED = (ROOT / ".github" / "requirements-build.txt").read_text()


def jobs_of(workflow):
    _, _, jobs = workflow.partition("\njobs:\n")
    parts = re.split(r"^  (\w+):\n", jobs, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_each_action_is_pinned_by_the_hash_of_a_commit():
    uses = [line for text in WORKFLOWS.values() for line in re.findall(r"uses: (.*)", text)]
    assert len(uses) > 8
    pin = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [one for one in uses if not pin.fullmatch(one)] == []


def test_only_the_jobs_that_need_an_identity_get_one_and_they_run_nothing_of_ours():
    release = jobs_of(WORKFLOWS["release.yml"])
    assert list(release) == ["test", "build", "attest", "publish"]
    named = [name for name, job in release.items() if "id-token: write" in job]
    assert named == ["attest", "publish"]
    assert not any("run:" in release[name] for name in named)
    others = [job for text in WORKFLOWS.values() for job in jobs_of(text).values()]
    assert sum("id-token" in job for job in others) == 2


def test_a_release_is_built_of_what_is_pinned_by_its_hash_alone():
    build = jobs_of(WORKFLOWS["release.yml"])["build"]
    assert "pip install --require-hashes --only-binary :all: -r" in build
    assert "PIP_CONSTRAINT: .github/requirements-build.txt" in build
    assert "--no-isolation" not in build
    entries = re.sub(r"^#.*\n", "", PINNED, flags=re.MULTILINE)
    pins = re.findall(r"^\S.*\n(?:    .*\n)*", entries, re.MULTILINE)
    assert len(pins) > 5
    assert all(re.match(r"[\w-]+==[\w.]+ \\\n    --hash=sha256:[0-9a-f]{64}", pin) for pin in pins)


def test_the_pinned_builder_is_one_that_the_package_takes():
    system = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]
    versions = dict(re.findall(r"^([\w-]+)==([\w.]+)", PINNED, re.MULTILINE))
    for requirement in map(Requirement, system["requires"]):
        assert requirement.specifier.contains(versions[requirement.name])


def test_the_workflows_pass_their_audit():
    command = [Path(sys.executable).parent / "zizmor", "--offline", "--no-progress", ".github"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
