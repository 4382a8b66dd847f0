"""Print the oldest versions that `pyproject.toml` allows users to install, as constraints of pip.

The tools of the tests are left free: what they need is theirs to say.
"""

import re
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
EXTRAS = ("cli", "dask", "fastapi", "otel")
_BOUND = re.compile(r"(?P<name>[\w.-]+)(?:\[[\w,]+\])?>=(?P<oldest>[\w.]+)")


def constraints() -> list[str]:
    """Pin each dependency and each one of the extras to its lower bound.

    Raises:
        ValueError: One has no lower bound.
    """
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    needed = [*project["dependencies"]]
    needed += (one for extra in EXTRAS for one in project["optional-dependencies"][extra])
    pins: list[str] = []
    for requirement in needed:
        bound = _BOUND.fullmatch(requirement)
        if bound is None:
            raise ValueError(f"{requirement} has no lower bound alone, such as name>=1.2")
        pins.append(f"{bound['name']}=={bound['oldest']}")
    return pins


if __name__ == "__main__":
    sys.stdout.writelines(f"{pin}\n" for pin in constraints())
