"""What tests of many rooms use: a server with a script, a client on a clock, and what they left."""

import asyncio
import gc
import os
import signal
import sys

import pytest
from clocks import FakeClock, SteppedClock
from hypothesis import HealthCheck, settings
from inside import live_in
from scripted_server import KEY, ScriptedServer

from devin_async import DevinClient
from devin_async.events import Event
from devin_async.sandbox import Fault, Sandbox

settings.register_profile(
    "tests", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("tests")

PROXIES = ("http_proxy", "https_proxy", "no_proxy")
BUNDLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

# Hundreds of processes are started by tests: a module is compiled by the first, not by each.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Started by nohup or with `&`, pytest ignores these, and so would the programs that tests end by
# them; one that is handled is back at its default there.
for _number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Start one worker more than there are processors: many tests wait for programs."""
    return (os.cpu_count() or 1) + 1


def pytest_addoption(parser):
    parser.addoption("--uvloop", action="store_true", help="run in uvloop")


def pytest_configure(config):
    if config.getoption("uvloop"):
        from other_loop import OnUvloop  # noqa: PLC0415 - Windows has no uvloop

        config.pluginmanager.register(OnUvloop(config))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Collect no garbage meanwhile: next to all that is made here lives until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what is quick: the first test of each file, and all that run the examples."""
    firsts = {}
    for item in items:
        if item.get_closest_marker("slow") or item.get_closest_marker("site"):
            continue
        if item.path.name == "test_examples.py":
            item.add_marker("quick")
        first = firsts.setdefault(item.path, item)
        if _place_of(item) < _place_of(first):
            firsts[item.path] = item
    for item in firsts.values():
        item.add_marker("quick")


def _place_of(item):
    return item.location[1], item.nodeid


@pytest.fixture(autouse=True, scope="session")
def _quick_collections():
    """Keep what the imports made out of every collection, and `debug_mode` what came before it."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    """Keep the tests apart from the key, settings, proxies and certificates this machine has."""
    for name in os.environ.copy():
        if name.startswith("DEVIN_") or name.lower() in PROXIES or name in BUNDLES:
            monkeypatch.delenv(name)


@pytest.fixture
def caplog(caplog):
    """Leave out what asyncio says of tasks that earlier tests left, whenever they are collected."""

    def is_of_this_test(record):
        return not record.getMessage().startswith("Task was destroyed but it is pending")

    caplog.handler.addFilter(is_of_this_test)
    yield caplog
    caplog.handler.removeFilter(is_of_this_test)


@pytest.fixture
async def server():
    server = ScriptedServer()
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=5, audit_logs=1000, sessions=0, seed=7) as running:
        yield running


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def frozen_clock():
    return FakeClock(still=True)


@pytest.fixture
def stepped_clock():
    return SteppedClock()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
async def connect(clock, events):
    """Give a function that makes a client on the fake clock, closed at the end."""
    made = []

    def make(url, *, key=KEY, clock=clock, **options) -> DevinClient:
        options = {"strict": True} | options
        client = DevinClient(key, base_url=url, on_event=events.append, **options)
        made.append(live_in(client, clock))
        return client

    yield make
    for client in made:
        await client.close()


@pytest.fixture
def scripted(server, connect):
    """A client of the scripted server."""
    return connect(server.url)


@pytest.fixture
def devin(scripted):
    return scripted


@pytest.fixture
def sandboxed(sandbox, connect):
    """A client of the sandbox."""
    return connect(sandbox.url, key=sandbox.token)


@pytest.fixture
async def debug_mode():
    """Run in asyncio's debug mode, and let what was left behind warn before the test ends."""
    gc.freeze()  # else the collection reads all that earlier tests imported, too
    asyncio.get_running_loop().set_debug(True)
    yield
    gc.collect()
    asyncio.get_running_loop().set_debug(False)


@pytest.fixture
def tasks():
    """Give a function that tells which tasks run besides those of the test and its servers."""
    before: set[asyncio.Task] = set()

    def others() -> set[asyncio.Task]:
        running = asyncio.all_tasks() - before
        return {task for task in running if not _is_of_test(task)}

    return others


def _is_of_test(task: asyncio.Task) -> bool:
    name = getattr(task.get_coro(), "__qualname__", "")
    servers = ("ScriptedServer.", "RequestHandler.", "Server.", "TCPSite.", "Event.wait")
    return name.startswith(("test_", *servers)) or task is asyncio.current_task()


@pytest.fixture
def spoil(sandbox):
    """Give a function that injects a fault into the sandbox."""

    def inject(route, **effects) -> Fault:
        return sandbox.inject(Fault(route=route, **effects))

    return inject


@pytest.fixture
async def unused():
    """A server that does not listen until it is started."""
    server = ScriptedServer()
    yield server
    await server.close()
