import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import typing
from pathlib import Path

import pytest
from offenders import offenders

import devin_async
from devin_async import scopes

PACKAGE = Path(devin_async.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(devin_async.__path__, "devin_async.")
    if not module.name.endswith("__main__") and ".cli" not in module.name
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
    assert {*seen, *devin_async.errors.__all__, "__version__"} == set(devin_async.__all__)
    homes = {name: f"devin_async.{home}" for name, home in devin_async._HOME_OF.items()}
    assert {name: module for name, (module, _) in seen.items()} == homes


def test_no_name_is_exported_twice():
    assert len(devin_async.__all__) == len(set(devin_async.__all__))


def test_a_name_that_there_is_not_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'devin_async' has no attribute 'Client'"):
        devin_async.Client  # noqa: B018 - the access is the point


def test_every_modules_all_is_true():
    def missing(name):
        module = importlib.import_module(name)
        return [one for one in getattr(module, "__all__", ()) if not hasattr(module, one)]

    assert offenders(MODULES, missing) == {}


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


def test_reading_a_session_loads_what_it_needs_and_no_more():
    loaded = modules_after(
        "import asyncio\n"
        "from devin_async import DevinClient\n"
        "from devin_async.sandbox import Sandbox\n"
        "async def main():\n"
        "    async with Sandbox() as sandbox:\n"
        "        async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:\n"
        "            sessions = devin.organization(sandbox.organization_ids[0]).sessions\n"
        "            await sessions.get((await sessions.create('x')).session_id)\n"
        "asyncio.run(main())"
    )
    needless = re.compile(
        r"backoff|cattrs|devin_async\.(jobs\.(fan_out|watching|changes|structured)"
        r"|lists\.(tail|export|ranges\.\w+)|models\.(identity|session_insights)"
        r"|codec\.(structuring|frames|near_json)|protocol\.(problems|raising|dry_run|redirects)"
        r"|transport\.downloads)"
    )
    assert {name for name in loaded if needless.fullmatch(name)} == set()


def test_a_package_that_loads_its_modules_when_used_knows_which_there_are():
    assert modules_after("from devin_async import models; models.members") >= {
        "devin_async.models.members"
    }
    with pytest.raises(AttributeError, match=r"module 'devin_async\.models' has no attribute 'no'"):
        devin_async.models.no  # noqa: B018 - the access is the point
    with pytest.raises(ImportError):
        importlib.import_module("devin_async.models.no")


def test_the_hints_of_every_public_method_can_be_read():
    owners = [devin_async.DevinClient, devin_async.FanOut, devin_async.Pager]
    for scope in vars(scopes).values():
        lazy = vars(scope).values() if isinstance(scope, type) else ()
        owners += [one.load() for one in lazy if isinstance(one, scopes.LazyResource)]
    methods = {
        getattr(owner, name)
        for owner in owners
        for name in dir(owner)
        if inspect.isfunction(getattr(owner, name)) and not name.startswith("_")
    }
    assert len(methods) > 200

    def unreadable(method):
        try:
            typing.get_type_hints(method, include_extras=True)
        except NameError as error:
            return str(error)
        return None

    assert offenders(methods, unreadable) == {}


INTEGRATIONS = {"cli", "dask", "fastapi", "otel", "pytest_plugin", "testing"}


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_only_the_transport_touches_the_network():
    users = {
        room_of(path)
        for path in SOURCES
        if re.search(r"^(import|from) aiohttp", path.read_text(), re.MULTILINE)
    }
    assert users <= {"transport", "sandbox", *INTEGRATIONS}
