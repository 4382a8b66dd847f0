"""The page about frameworks: each of its programs runs in its framework, against the sandbox."""

import ast
import asyncio
import inspect
import re
import signal
import sys

import pytest
from doc_pages import DOCS, ROOT, blocks_of, run_apart

from devin_async.sandbox import Sandbox

BLOCKS = {re.match(r"# (\S+)", block)[1]: block for block in blocks_of(DOCS / "frameworks.md")}
SETTINGS = """
import django
from django.conf import settings
settings.configure(ROOT_URLCONF="urls", SECRET_KEY="s", ALLOWED_HOSTS=["testserver"])
django.setup()
"""
RUNS = {
    "script.py": ("import runpy; runpy.run_path('script.py')", "Sandbox"),
    "fastapi_app.py": (
        (
            "from fastapi.testclient import TestClient\n"
            "from fastapi_app import app\n"
            "with TestClient(app) as client: print(client.get('/me').text)"
        ),
        "Sandbox",
    ),
    "django_views.py": (
        (
            f"{SETTINGS}\n"
            "from asgiref.sync import async_to_sync\n"
            "from django.test import RequestFactory\n"
            "import asyncio, django_views\n"
            "request = RequestFactory().get('/me')\n"
            "for _ in range(2):\n"
            "    print(async_to_sync(django_views.me)(request).content.decode())\n"
            "    print(django_views.me_sync(request).content.decode())\n"
            "asyncio.run(django_views.devin.close())"
        ),
        "Sandbox",
    ),
    "celery_tasks.py": (
        (
            "from celery_tasks import start_session\n"
            "urls = {start_session.apply(args=['Fix it', 'key-1']).get() for _ in range(2)}\n"
            "assert len(urls) == 1, urls\n"
            "print(urls)"
        ),
        "http",
    ),
    "lambda_function.py": (
        (
            "from lambda_function import handler\n"
            "event = {'prompt': 'Fix it', 'id': 'event-1'}\n"
            "answers = [handler(event, None) for _ in range(2)]\n"
            "assert answers[0] == answers[1], answers\n"
            "print(answers)"
        ),
        "http",
    ),
    "threads.py": ("import runpy; runpy.run_path('threads.py')", "Sandbox"),
    "processes.py": (None, "1: "),
}
NEEDS = {"fastapi_app.py": "fastapi", "django_views.py": "django", "celery_tasks.py": "celery"}


@pytest.fixture
async def reached():
    """Give the environment of a program that reaches a sandbox."""
    async with Sandbox() as sandbox:
        yield {
            "DEVIN_API_KEY": sandbox.token,
            "DEVIN_BASE_URL": sandbox.url,
            "DEVIN_ORG_ID": sandbox.organization_ids[0],
            "PYTHONWARNINGS": "ignore",  # of the frameworks, which warn of each other
        }


def test_each_block_is_run_by_a_test():
    assert set(BLOCKS) == {*RUNS, "notebook", "service.py"}


@pytest.mark.parametrize("name", RUNS)
async def test_a_block_runs_in_its_framework(name, reached, tmp_path):
    pytest.importorskip(NEEDS.get(name, "sys"))
    (tmp_path / name).write_text(BLOCKS[name])
    source, expected = RUNS[name]
    command = [str(tmp_path / name)] if source is None else ["-c", source]
    paths = f"{tmp_path}:{ROOT}"
    reached |= {"PYTHONPATH": paths}
    ended = await run_apart(sys.executable, *command, folder=tmp_path, **reached)
    assert (ended.code, ended.errors) == (0, "")
    assert expected in ended.output


async def test_the_cells_of_a_notebook_run_where_a_loop_is_running(reached, monkeypatch, capsys):
    for name, value in reached.items():
        monkeypatch.setenv(name, value)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    cell = eval(compile(BLOCKS["notebook"], "cell", "exec", flags=flags), {})
    assert inspect.iscoroutine(cell)
    await cell
    assert capsys.readouterr().out


async def test_a_service_stops_at_sigterm(reached, tmp_path):
    (tmp_path / "service.py").write_text(BLOCKS["service.py"])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(tmp_path / "service.py"),
        env={"PYTHONPATH": str(ROOT), **reached},
        stdout=asyncio.subprocess.PIPE,
    )
    await process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    output, _ = await process.communicate()
    assert (process.returncode, output.decode()) == (0, "stopped\n")
