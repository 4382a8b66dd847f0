"""The pytest plugin: a sandbox and a client for a test, whose waits take no time.

It comes with the package and is idle until a test asks for a fixture of it: `devin_sandbox`,
`devin_client`, `devin_clock`. They live in the event loop of the test, by pytest-asyncio (both
modes, all loop scopes) or anyio.
"""

import inspect
from collections.abc import AsyncGenerator, Generator
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from devin_async.client import DevinClient
    from devin_async.sandbox import Sandbox
    from devin_async.testing import VirtualClock

__all__ = ["devin_client", "devin_clock", "devin_sandbox", "pytest_configure"]

_MARKER = "devin_sandbox"
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
    found = ModuleType("devin_async_fixtures")  # what pytest looks for fixtures in
    vars(found).update(_anyio_fixtures())
    if _has_pytest_asyncio(config):
        vars(found).update(_asyncio_fixtures())
    config.pluginmanager.register(found, found.__name__)


@pytest.fixture
def devin_clock() -> Generator["VirtualClock", None]:
    """Have all clients of the test wait in virtual time, which passes only by waiting."""
    from devin_async.testing import virtual_time  # noqa: PLC0415 - loaded when it is used

    with virtual_time() as clock:
        yield clock


@pytest.fixture
def devin_sandbox(request: pytest.FixtureRequest) -> "Sandbox":
    """Give a running `Sandbox`, which `DevinClient()` without arguments reaches, too.

    `@pytest.mark.devin_sandbox(organizations=10)` says what it is made with; of the markers of
    test, class and module the nearest one decides about each argument. Waits take no time, unless
    it says `real_time=True`, or gives a `clock` or `speed` of its own.
    """
    sandbox: Sandbox = request.getfixturevalue(_fixture_of("sandbox", request))
    return sandbox


@pytest.fixture
def devin_client(request: pytest.FixtureRequest) -> "DevinClient":
    """Give an open `DevinClient` of the `devin_sandbox`, with every permission."""
    client: DevinClient = request.getfixturevalue(_fixture_of("client", request))
    return client


def _make_sandbox_fixture() -> Any:
    async def run_sandbox(
        request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncGenerator["Sandbox", None]:
        from devin_async.sandbox import Sandbox  # noqa: PLC0415 - loaded when it is used

        async with Sandbox(**_arguments(request)) as sandbox:
            for name in _VARIABLES:
                monkeypatch.delenv(name, raising=False)
            monkeypatch.setenv("DEVIN_BASE_URL", sandbox.url)
            monkeypatch.setenv("DEVIN_API_KEY", sandbox.token)
            for first in sandbox.organization_ids[:1]:
                monkeypatch.setenv("DEVIN_ORG_ID", first)
            yield sandbox

    return run_sandbox


def _make_client_fixture() -> Any:
    async def open_client(devin_sandbox: "Sandbox") -> AsyncGenerator["DevinClient", None]:
        from devin_async.client import DevinClient  # noqa: PLC0415 - loaded when it is used

        async with DevinClient(devin_sandbox.token, base_url=devin_sandbox.url) as client:
            yield client

    return open_client


_MAKERS = {"sandbox": _make_sandbox_fixture, "client": _make_client_fixture}


def _arguments(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Put together what the markers say, the nearest first."""
    found: dict[str, Any] = {}
    for marker in request.node.iter_markers(_MARKER):
        if marker.args:
            pytest.fail(f"the marker {_MARKER} takes arguments by name only", pytrace=False)
        found = {**marker.kwargs, **found}
    if not found.pop("real_time", False) and not found.keys() & {"clock", "speed"}:
        found["clock"] = request.getfixturevalue("devin_clock")
    return found


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
    """Name the fixture that lives in the loop of the test."""
    if not inspect.iscoroutinefunction(inspect.unwrap(request.function)):
        pytest.fail(
            f"devin_{what} lives in the event loop of its test, so the test has to be `async def`; "
            "other programs are served by `python -m devin_async.sandbox`",
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
