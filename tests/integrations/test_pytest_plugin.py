"""The plugin in a project of a user: each test here runs pytest on a project of its own."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import warning_filters
from forked import run_python

ROOT = Path(__file__).parents[2]
OURS = ("-p", "devin_async.pytest_plugin")
SCOPE = ("-o", "asyncio_default_fixture_loop_scope=function")
ASYNCIO = (*OURS, "-p", "pytest_asyncio.plugin", *SCOPE, "-o", "asyncio_mode=auto")
STRICT = (*OURS, "-p", "pytest_asyncio.plugin", *SCOPE, "-o", "asyncio_mode=strict")
ANYIO = (*OURS, "-p", "anyio.pytest_plugin")
ALL = (*STRICT, "-p", "anyio.pytest_plugin")


@pytest.fixture
def project(tmp_path):
    """Give a function that runs pytest on a test file, with just the plugins it names."""

    def run(plugins, text, *more, nothing_is_loaded=False):
        (tmp_path / "test_it.py").write_text(text)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DEVIN_")}
        kept |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
        command = ("-m", "pytest", "-q", *warning_filters.OPTIONS, *plugins, *more)
        if nothing_is_loaded:
            return subprocess.run(
                [sys.executable, *command],
                cwd=tmp_path,
                env=kept,
                capture_output=True,
                text=True,
                check=False,
            )
        running = run_python(*command, folder=tmp_path, environment=kept)
        return subprocess.CompletedProcess(command, *asyncio.run(running))

    return run


def passed(ran, count=1):
    assert f"{count} passed" in ran.stdout, ran.stdout + ran.stderr
    assert ran.returncode == 0, ran.stdout
    return True


FIXTURES = """
import asyncio
import pytest
from devin_async import DevinClient, DevinError
from devin_async.sandbox import Fault

pytestmark = [pytest.mark.devin_sandbox(organizations=4, seed=7)]


async def test_the_client_is_of_the_sandbox(devin_client, devin_sandbox):
    organizations = await devin_client.enterprise.organizations.list().collect()
    assert [one.org_id for one in organizations] == devin_sandbox.organization_ids
    assert devin_client.organization().org_id == devin_sandbox.organization_ids[0]


async def test_code_that_makes_its_own_client_reaches_the_sandbox(devin_sandbox):
    async with DevinClient() as devin:
        await devin.whoami()
    assert devin_sandbox.count("GET /v3/self") == 1


@pytest.mark.devin_sandbox(organizations=2)
async def test_the_nearest_marker_decides_about_each_argument(devin_sandbox):
    assert len(devin_sandbox.organization_ids) == 2


async def test_waits_take_no_time(devin_client, devin_sandbox, devin_clock):
    began = devin_clock.now()
    limited = Fault(route="GET /v3/self", at=1, status=429, headers={"Retry-After": "50"})
    devin_sandbox.inject(limited)
    await asyncio.gather(*(devin_client.whoami() for _ in range(20)))
    assert 50 <= devin_clock.now() - began < 60


async def test_a_deadline_ends_by_the_clock(devin_client, devin_sandbox, devin_clock):
    devin_sandbox.inject(Fault(route="GET /v3/self", status=429))
    began = devin_clock.now()
    with pytest.raises(DevinError):
        await devin_client.with_options(deadline=1000).whoami()
    assert 900 < devin_clock.now() - began <= 1000


@pytest.mark.devin_sandbox(real_time=True)
async def test_real_time_is_there_for_the_asking(devin_sandbox):
    assert type(devin_sandbox.clock).__name__ == "WallClock"
"""


def test_the_fixtures_work_in_the_auto_mode_of_pytest_asyncio(project):
    passed(project(ASYNCIO, FIXTURES), 6)


def test_the_fixtures_work_in_the_strict_mode_of_pytest_asyncio(project):
    text = FIXTURES.replace("pytestmark = ", "pytestmark = [pytest.mark.asyncio] + ")
    passed(project(STRICT, text), 6)


@pytest.mark.slow
@pytest.mark.parametrize("plugins", [ANYIO, ALL], ids=["alone", "beside pytest-asyncio"])
def test_the_fixtures_work_with_anyio(project, plugins):
    backend = "@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    text = FIXTURES.replace("pytestmark = ", backend + "pytestmark = [pytest.mark.anyio] + ")
    passed(project(plugins, text), 6)


@pytest.mark.slow
def test_the_fixtures_live_in_the_loop_of_the_test_whatever_its_scope(project):
    text = """
import pytest

@pytest.mark.asyncio(loop_scope="session")
async def test_in_the_loop_of_the_session(devin_client):
    await devin_client.whoami()

@pytest.mark.asyncio
class TestInTheLoopOfTheOption:
    async def test_it(self, devin_client):
        await devin_client.whoami()
"""
    passed(project(STRICT, text, "-o", "asyncio_default_test_loop_scope=module"), 2)


LEFT_ALONE = """
import sys

import pytest

@pytest.mark.devin_sandbox(seed=1)
def test_nothing_was_loaded():
    heavy = {"aiohttp", "attrs", "msgspec", "devin_async.sandbox", "devin_async.client"}
    assert heavy & set(sys.modules) == set()
    assert [name for name in sys.modules if name.startswith("devin_async.")] == [
        "devin_async.errors", "devin_async._version", "devin_async.pytest_plugin"
    ]
"""


def test_a_strict_project_that_does_not_use_it_is_not_disturbed_and_loads_nothing_more(project):
    plugins = (*OURS, "--strict-markers", "--strict-config")
    passed(project(plugins, LEFT_ALONE, nothing_is_loaded=True))


OLD_PYTEST_ASYNCIO = """
import pytest

def fixture(*arguments, **options):
    return pytest.fixture(*arguments, **options)  # which knows no loop_scope
"""


def test_a_project_with_an_older_pytest_asyncio_is_not_disturbed(project, tmp_path):
    older = tmp_path / "pytest_asyncio"
    older.mkdir()
    (older / "__init__.py").write_text(OLD_PYTEST_ASYNCIO)
    (older / "plugin.py").write_text("")
    plugins = (*OURS, "-p", "pytest_asyncio.plugin")
    passed(project(plugins, "def test_it(): ..."))
    ran = project(plugins, "async def test_it(devin_client): ...")
    assert "devin_client needs pytest-asyncio 0.26 or newer, or anyio" in ran.stdout


WRONG = """
import pytest

def test_no_async_test(devin_client): ...

@pytest.mark.devin_sandbox(3)
async def test_positional_arguments(devin_sandbox): ...
"""


@pytest.mark.parametrize(
    ("plugins", "messages"),
    [
        (
            ASYNCIO,
            (
                "devin_client lives in the event loop of its test, so the test has to be",
                "the marker devin_sandbox takes arguments by name only",
            ),
        ),
        (OURS, ("devin_sandbox needs pytest-asyncio 0.26 or newer, or anyio",)),
    ],
    ids=["with pytest-asyncio", "with no async plugin"],
)
def test_what_cannot_work_is_said_in_one_line(project, plugins, messages):
    ran = project(plugins, WRONG)
    assert ran.returncode == 1
    assert [message for message in messages if message not in ran.stdout] == []
    assert "Traceback" not in ran.stdout


NOT_ASYNC = """
import asyncio

import warnings

import pytest
from fastapi import FastAPI

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of starlette, about the library below its client
    from fastapi.testclient import TestClient

from devin_async import DevinClient
from devin_async.fastapi import Devin, devin_lifespan
from devin_async.sandbox import Fault

app = FastAPI(lifespan=devin_lifespan())


@app.get("/me")
async def me(devin: Devin):
    return {"name": (await devin.whoami()).name}


@app.get("/blocking")
def blocking():
    async def ask():
        async with DevinClient() as devin:
            return (await devin.whoami()).name

    return {"name": asyncio.run(ask())}


@pytest.mark.devin_sandbox(organizations=2)
def test_an_app_meets_the_sandbox_through_the_test_client(devin_sandbox):
    with TestClient(app) as client:
        assert client.get("/me").json() == {"name": "Sandbox"}
        assert client.get("/blocking").json() == {"name": "Sandbox"}
    assert devin_sandbox.count("GET /v3/self") == 2
    assert len(devin_sandbox.organization_ids) == 2


def test_its_waits_take_no_time(devin_sandbox, devin_clock):
    devin_sandbox.inject(Fault(times=2, status=429, headers={"Retry-After": "60"}))
    began = devin_clock.now()
    with TestClient(app) as client:
        assert client.get("/me").status_code == 200
    assert devin_clock.now() - began >= 120


def test_a_program_with_a_loop_of_its_own_meets_it_too(devin_sandbox):
    async def main():
        async with DevinClient() as devin:
            sessions = devin.organization().sessions
            made = await sessions.create("Check it")
            return (await sessions.wait(made.session_id)).status_detail

    assert asyncio.run(main()) in {"finished", "waiting_for_user"}
"""


@pytest.mark.parametrize("plugins", [OURS, ASYNCIO], ids=["alone", "beside pytest-asyncio"])
def test_a_test_that_is_not_async_is_served_from_a_thread(project, plugins):
    passed(project(plugins, NOT_ASYNC), 3)


OPTIONS_TEST = """
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(title=st.sampled_from(["a", "b"]))
async def test_a_property(title, devin_client, devin_sandbox):
    session = await devin_client.organization().sessions.create("x", title=title)
    assert session.title == title
"""


def test_a_property_test_that_is_async_has_the_fixtures(project):
    hypothesis = ("-p", "_hypothesis_pytestplugin")
    passed(project((*ASYNCIO, *hypothesis), OPTIONS_TEST))
