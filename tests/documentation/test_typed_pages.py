"""The programs of the pages are typed: mypy --strict has nothing to say of them."""

import re
import subprocess
import sys

import pytest
from doc_pages import DOCS, PAGES, ROOT, blocks_of

pytestmark = pytest.mark.slow

SETTINGS = """
[mypy]
strict = True
mypy_path = {root}
# What other packages leave untyped is not a fault of a page.
ignore_missing_imports = True
disallow_subclassing_any = False
disallow_untyped_decorators = False
disallow_untyped_calls = False
# A test takes fixtures, a worker an item: their types are clear from where they stand.
disallow_untyped_defs = False
disallow_incomplete_defs = False
"""


def test_mypy_has_nothing_to_say_of_any_block(tmp_path):
    texts = {**{page: DOCS / page for page in PAGES}, "README.md": ROOT / "README.md"}
    texts["llms.txt"] = DOCS / "llms.txt"
    for page, path in texts.items():
        name = re.sub(r"\W", "_", page)
        for number, block in enumerate(blocks_of(path)):
            if not re.match(r"# notebook", block):  # its cells await without a function
                (tmp_path / f"{name}_{number}.py").write_text(block)
    settings = tmp_path / "mypy.ini"
    settings.write_text(SETTINGS.format(root=ROOT))
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(settings), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in ran.stdout.splitlines() if ": error:" in line]
    assert errors == [], "\n".join(errors)
