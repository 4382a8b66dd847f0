"""The lower bounds of what users install: each is installed together in a lane of `.ci/run`."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FOR_USERS = PROJECT["optional-dependencies"].keys() - {"bench", "dev", "docs"}
NAME = re.compile(r"[\w.-]+")


def names(requirements):
    return {NAME.match(one)[0] for one in requirements}


def oldest():
    program = [sys.executable, str(ROOT / ".ci" / "oldest.py")]
    printed = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    return dict(line.split("==") for line in printed.splitlines())


def test_the_oldest_lane_pins_whatever_a_user_may_install():
    extras = (PROJECT["optional-dependencies"][extra] for extra in FOR_USERS)
    assert oldest().keys() == names(PROJECT["dependencies"]).union(*map(names, extras))


def test_the_oldest_lane_pins_each_to_its_lower_bound():
    written = (ROOT / "pyproject.toml").read_text()
    pins = oldest()
    assert [name for name in pins if f'"{name}>={pins[name]}"' not in written] == []


def test_what_judges_types_and_style_has_one_version():
    judges = {"mypy", "pyright", "ruff", "zizmor"}
    pins = [one for one in PROJECT["optional-dependencies"]["dev"] if "==" in one]
    assert names(pins) == judges
    pinned = (ROOT / ".ci" / "typed.txt").read_text()
    ruff = next(one for one in pins if one.startswith("ruff=="))
    assert f"\n{ruff}\n" in pinned  # the documentation's extra leaves it free
    # The newest one needs a newer rich than the oldest that users may have.
    assert "\nimport-linter==" in pinned


def test_what_the_types_look_at_has_one_version():
    fixed = (ROOT / ".ci" / "typed.txt").read_text()
    pinned = {line.partition("==")[0] for line in fixed.splitlines() if "==" in line}
    assert oldest().keys() - pinned == set()
