import json
import subprocess
import sys
from pathlib import Path

import pytest

FILES = [Path(__file__).with_name(f"{name}.py") for name in ("public_face", "resources")]
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def check(*command):
    return subprocess.run(
        [sys.executable, "-m", *command, *map(str, FILES)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def test_mypy_agrees_with_every_line_of_the_public_face():
    ran = check("mypy", "--strict", "--follow-imports=silent")
    assert (ran.returncode, ran.stdout) == (0, "Success: no issues found in 2 source files\n")


def test_pyright_agrees_with_every_line_of_the_public_face():
    # As text it also says when there is a newer pyright.
    ran = check("pyright", "--outputjson", "--pythonpath", sys.executable)
    told = json.loads(ran.stdout)
    assert told["generalDiagnostics"] == []
    assert (ran.returncode, told["summary"]["filesAnalyzed"]) == (0, len(FILES))
