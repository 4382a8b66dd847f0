import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import devin_async

PACKAGE = Path(devin_async.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(devin_async.__path__, "devin_async.")
    if not found.name.endswith("__main__") and ".cli" not in found.name
)


def test_every_exported_name_can_be_imported():
    namespace = {}
    exec("from devin_async import *", namespace)
    assert set(devin_async.__all__) <= namespace.keys()


def test_dir_lists_every_exported_name():
    assert set(devin_async.__all__) <= set(dir(devin_async))


def test_what_type_checkers_see_is_what_is_exported():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    seen = {alias.asname: (node.module, alias.name) for node in imports for alias in node.names}
    assert {*seen, "__version__"} == set(devin_async.__all__)
    homes = {name: f"devin_async.{home}" for name, home in devin_async._HOME_OF.items()}
    assert {name: module for name, (module, _) in seen.items()} == homes


def test_no_name_is_exported_twice():
    assert len(devin_async.__all__) == len(set(devin_async.__all__))


def test_a_name_that_there_is_not_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'devin_async' has no attribute 'Client'"):
        devin_async.Client  # noqa: B018 - the access is the point


@pytest.mark.parametrize("name", MODULES)
def test_every_modules_all_is_true(name):
    module = importlib.import_module(name)
    assert [one for one in getattr(module, "__all__", ()) if not hasattr(module, one)] == []


def modules_after(code):
    script = f"{code}\nimport sys; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("heavy", ["aiohttp", "msgspec", "attrs", "cattrs", "asyncio", "backoff"])
def test_importing_the_package_loads_nothing_heavy(heavy):
    assert heavy not in modules_after("import devin_async")


def test_making_a_client_and_its_scopes_does_not_load_the_http_library():
    loaded = modules_after(
        "from devin_async import DevinClient\n"
        "client = DevinClient('cog_key')\n"
        "client.enterprise, client.organization('org-1')"
    )
    assert {"aiohttp", "backoff", "cattrs", "devin_async.transport"} & loaded == set()
    assert [name for name in loaded if name.startswith("devin_async.resources.se")] == []


# The house of design.md, section 3: a room imports only from its own floor and those below.
FLOORS = (
    (
        "_version",
        "budget",
        "clock",
        "config",
        "errors",
        "events",
        "locks",
        "markers",
        "models",
        "nesting",
        "secret",
        "tasks",
        "tries",
        "writes",
    ),
    ("bodies", "values"),
    ("codec", "dialect", "pacing", "planning", "problems", "protocol", "redirects", "response"),
    ("transport",),
    (
        "cursors",
        "drift",
        "export",
        "exportfile",
        "fanout",
        "fetching",
        "files",
        "ledger",
        "manifest",
        "once",
        "outcomes",
        "pagination",
        "places",
        "ranges",
        "schedule",
        "sources",
        "structured",
        "tailing",
        "waiting",
        "windows",
    ),
    ("calling", "resources", "session_jobs", "timed"),
    ("client", "scopes"),
    ("cli", "dask", "fastapi", "otel", "pytest_plugin", "testing"),
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
# Rooms that a lower one needs, and why.
ALLOWED = {
    ("config", "values"),  # numbers are checked there
    ("budget", "values"),
}


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path):
    """Give the rooms that a module imports when it runs; what only type checkers see is not."""
    tree = ast.parse(path.read_text())
    hidden = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in hidden:
            parts = (node.module or "").split(".")
            names = [alias.name for alias in node.names] if parts == ["devin_async"] else parts[1:2]
            found |= set(names) if parts[0] == "devin_async" else set()
        elif isinstance(node, ast.Import) and node not in hidden:
            parts = [alias.name.split(".") for alias in node.names]
            found |= {one[1] for one in parts if one[0] == "devin_async" and len(one) > 1}
    return found - {room_of(path), "__version__", *devin_async.__all__}


CLIENT_SOURCES = [
    path for path in SOURCES if room_of(path) not in {"__init__", "__main__", "sandbox"}
]
SANDBOX_SOURCES = [path for path in SOURCES if room_of(path) == "sandbox"]


def short(path):
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", CLIENT_SOURCES, ids=short)
def test_every_room_has_its_floor(path):
    assert room_of(path) in FLOOR_OF


@pytest.mark.parametrize("path", CLIENT_SOURCES, ids=short)
def test_a_room_imports_from_its_own_floor_and_those_below(path):
    own = room_of(path)
    is_door = own in FLOORS[-1]
    above = {room for room in imported_rooms(path) if FLOOR_OF.get(room, 99) > FLOOR_OF[own]}
    wrong = {room for room in above if (own, room) not in ALLOWED and not is_door}
    assert wrong == set()


@pytest.mark.parametrize(("room", "lower"), sorted(ALLOWED))
def test_an_exception_from_the_floors_is_still_needed(room, lower):
    paths = [path for path in CLIENT_SOURCES if room_of(path) == room]
    assert any(lower in imported_rooms(path) for path in paths)


@pytest.mark.parametrize("path", SANDBOX_SOURCES, ids=short)
def test_the_sandbox_imports_nothing_of_the_client(path):
    assert imported_rooms(path) == set()


def test_only_the_transport_touches_the_network():
    users = {
        room_of(path)
        for path in CLIENT_SOURCES
        if re.search(r"^(import|from) aiohttp", path.read_text(), re.MULTILINE)
    }
    assert users <= {"transport", *FLOORS[-1]}
