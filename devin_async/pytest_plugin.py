"""The pytest plugin: a sandbox and a client for a test, whose waits take no time.

It comes with the package and is idle until a test asks for a fixture of it: `devin_sandbox`,
`devin_client`, `devin_clock`. They live in the event loop of the test, by pytest-asyncio (both
modes, all loop scopes) or anyio. A test that is not async, such as one with the test client of
FastAPI or Django, has its sandbox in a thread of its own.
"""

import inspect
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from devin_async.client import DevinClient
    from devin_async.sandbox import Sandbox
    from devin_async.testing import VirtualClock

__all__ = ["devin_client", "devin_clock", "devin_sandbox", "pytest_configure"]

_MARKER = "devin_sandbox"
_IN_THREAD = "_devin_sandbox_in_thread"
_LoopScope = Literal["function", "class", "module", "package", "session"]
_LOOP_SCOPES: tuple[_LoopScope, ...] = ("function", "class", "module", "package", "session")
_TEST_LOOP_SCOPE = "asyncio_default_test_loop_scope"
_VARIABLES = ("DEVIN_SERVICE_USER_TOKEN", "DEVIN_API_VERSION", "DEVIN_ORG_ID")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and the fixtures as each async plugin wants them."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(real_time=False, **arguments): what the fixture devin_sandbox is made with, by "
        "the arguments of devin_async.sandbox.Sandbox",
    )
    fixtures = ModuleType("devin_async_fixtures")  # what pytest looks for fixtures in
    vars(fixtures).update(_anyio_fixtures())
    vars(fixtures)[_IN_THREAD] = pytest.fixture(name=_IN_THREAD)(_serve_sandbox)
    if _has_pytest_asyncio(config):
        vars(fixtures).update(_asyncio_fixtures())
    config.pluginmanager.register(fixtures, fixtures.__name__)


@pytest.fixture
def devin_clock() -> Generator["VirtualClock", None]:
    """Have all clients of the test wait in virtual time, which passes only by waiting."""
    from devin_async.testing import virtual_time  # noqa: PLC0415 - loaded when it is used

    with virtual_time() as clock:
        yield clock


@pytest.fixture
def devin_sandbox(request: pytest.FixtureRequest) -> "Sandbox":
    """Return a running `Sandbox`, which `DevinClient()` without arguments reaches, too.

    `@pytest.mark.devin_sandbox(organizations=10)` says what it is made with; of the markers of
    test, class and module the nearest one decides about each argument. Waits take no time, unless
    it says `real_time=True`, or gives a `clock` or `speed` of its own. A test that is not `async`
    is served from another thread.
    """
    sandbox: Sandbox = request.getfixturevalue(_fixture_of("sandbox", request))
    return sandbox


@pytest.fixture
def devin_client(request: pytest.FixtureRequest) -> "DevinClient":
    """Return an open `DevinClient` of the `devin_sandbox`, with every permission."""
    client: DevinClient = request.getfixturevalue(_fixture_of("client", request))
    return client


def _make_sandbox_fixture() -> Any:
    async def run_sandbox(
        request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncGenerator["Sandbox", None]:
        from devin_async.sandbox import Sandbox  # noqa: PLC0415 - loaded when it is used

        # Each test begins with an empty enterprise, unless its marker asks for sessions.
        arguments: dict[str, Any] = {"sessions": 0, **_arguments(request)}
        async with Sandbox(**arguments) as sandbox:
            _point_at(sandbox, monkeypatch)
            yield sandbox

    return run_sandbox


def _serve_sandbox(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Generator["Sandbox", None, None]:
    """Serve one from a thread, for a test that has no loop of its own or blocks it."""
    import asyncio  # noqa: PLC0415 - projects that do not use this have no time for it

    arguments = _arguments(request)
    started: queue.SimpleQueue[tuple[Sandbox, Callable[[], object]] | BaseException]
    started = queue.SimpleQueue()

    async def serve() -> None:
        from devin_async.sandbox import Sandbox  # noqa: PLC0415 - loaded when it is used

        ending, loop = asyncio.Event(), asyncio.get_running_loop()
        async with Sandbox(**arguments) as sandbox:
            started.put((sandbox, lambda: loop.call_soon_threadsafe(ending.set)))
            await ending.wait()

    def work() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - raised where the test waits for it
            started.put(error)

    thread = threading.Thread(target=work, name="devin_sandbox", daemon=True)
    thread.start()
    result = started.get()
    if isinstance(result, BaseException):
        raise result
    sandbox, end = result
    try:
        _point_at(sandbox, monkeypatch)
        yield sandbox
    finally:
        end()
        thread.join()


def _point_at(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the environment name the sandbox, so that a client without arguments reaches it."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DEVIN_BASE_URL", sandbox.url)
    monkeypatch.setenv("DEVIN_API_KEY", sandbox.token)
    for first in sandbox.organization_ids[:1]:
        monkeypatch.setenv("DEVIN_ORG_ID", first)


def _make_client_fixture() -> Any:
    async def open_client(devin_sandbox: "Sandbox") -> AsyncGenerator["DevinClient", None]:
        from devin_async.client import DevinClient  # noqa: PLC0415 - loaded when it is used

        async with DevinClient(
            devin_sandbox.token, base_url=devin_sandbox.url, strict=True
        ) as client:
            yield client

    return open_client


_MAKERS = {"sandbox": _make_sandbox_fixture, "client": _make_client_fixture}


def _arguments(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Put together what the markers say, the nearest first."""
    arguments: dict[str, Any] = {}
    for marker in request.node.iter_markers(_MARKER):
        if marker.args:
            pytest.fail(f"the marker {_MARKER} takes arguments by name only", pytrace=False)
        arguments = {**marker.kwargs, **arguments}
    if not arguments.pop("real_time", False) and not arguments.keys() & {"clock", "speed"}:
        arguments["clock"] = request.getfixturevalue("devin_clock")
    return arguments


# An async fixture belongs either to pytest-asyncio, and there to one scope of loops, or to anyio.
# Both may be installed, so there is one of each, and the test that asks decides.
def _anyio_fixtures() -> dict[str, Any]:
    return {
        name: pytest.fixture(name=name)(make())
        for name, make in ((_name(what, "anyio"), make) for what, make in _MAKERS.items())
    }


def _asyncio_fixtures() -> dict[str, Any]:
    import pytest_asyncio  # noqa: PLC0415 - only where it is installed and in use

    return {
        _name(what, scope): pytest_asyncio.fixture(
            make(), loop_scope=scope, name=_name(what, scope)
        )
        for what, make in _MAKERS.items()
        for scope in _LOOP_SCOPES
    }


def _has_pytest_asyncio(config: pytest.Config) -> bool:
    """Tell whether it is in use, in a version that lets a fixture choose its loop (0.26)."""
    try:
        config.getini(_TEST_LOOP_SCOPE)
    except ValueError:  # an option that no plugin has
        return False
    return True


def _name(what: str, loop: str) -> str:
    return f"_devin_{what}_in_{loop}_loop"


def _fixture_of(what: str, request: pytest.FixtureRequest) -> str:
    """Name the fixture that lives in the loop of the test, or the one of a thread."""
    if not _is_async(request.function):
        if what == "sandbox":
            return _IN_THREAD
        pytest.fail(
            f"devin_{what} lives in the event loop of its test, so the test has to be `async def`; "
            "one that is not takes devin_sandbox, and what it tests makes its own client",
            pytrace=False,
        )
    if "anyio_backend" in request.fixturenames:
        if request.getfixturevalue("anyio_backend_name") != "asyncio":
            pytest.skip("devin_async runs on asyncio only")
        return _name(what, "anyio")
    if not _has_pytest_asyncio(request.config):
        needed = f"devin_{what} needs pytest-asyncio 0.26 or newer, or anyio"
        pytest.fail(needed, pytrace=False)
    marker = request.node.get_closest_marker("asyncio")
    own_scope = marker.kwargs.get("loop_scope") if marker is not None else None
    return _name(what, own_scope or request.config.getini(_TEST_LOOP_SCOPE))


def _is_async(function: Any) -> bool:
    """Tell whether a test is `async def`, also under hypothesis' `@given`, which wraps it."""
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    return inspect.iscoroutinefunction(inspect.unwrap(inner))
