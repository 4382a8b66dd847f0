"""docs/how-to/fastapi.md: its app passes its own test."""

import os

import warning_filters
from doc_pages import DOCS, ROOT, blocks_of, run

LATER = """
from app import app

def test_the_app_is_as_it_was():
    assert app.dependency_overrides == {}
"""
PYTEST = ("-m", "pytest", "-q", *warning_filters.OPTIONS, "-o", "asyncio_mode=auto")
PLUGINS = ("-p", "devin_async.pytest_plugin", "-p", "pytest_asyncio.plugin")


async def test_the_app_passes_the_test_on_the_page(tmp_path):
    for block in blocks_of(DOCS / "how-to" / "fastapi.md"):
        (tmp_path / block.split()[1]).write_text(block)
    assert {path.name for path in tmp_path.iterdir()} == {"app.py", "test_app.py"}
    (tmp_path / "test_later.py").write_text(LATER)
    ended = await run(
        *(*PYTEST, *PLUGINS, "-o", "asyncio_default_fixture_loop_scope=function"),
        *("--rootdir", str(tmp_path), str(tmp_path)),
        folder=tmp_path,
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        PYTHONPATH=os.pathsep.join([str(ROOT), str(tmp_path)]),
    )
    assert "2 passed" in ended.output, ended.output + ended.errors
