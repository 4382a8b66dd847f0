"""The reference: each public name, each resource and each module of models has its place."""

import importlib.util
import pkgutil
import re

from doc_pages import DOCS

import devin_async
from devin_async import models
from devin_async.sandbox import __all__ as sandbox_names

MENTIONED = set(
    re.findall(
        r"^::: (\S+)$",
        "\n".join(page.read_text() for page in (DOCS / "reference").rglob("*.md")),
        re.MULTILINE,
    )
)


def hook():
    """Load the module of the site's build that makes pages."""
    spec = importlib.util.spec_from_file_location("site_pages", DOCS / "site" / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_public_name_is_documented():
    homes = {name: f"devin_async.{home}" for name, home in devin_async._HOME_OF.items()}
    homes |= dict.fromkeys(devin_async.errors.__all__, "devin_async.errors")
    missing = {
        name
        for name, home in homes.items()
        if not home.startswith("devin_async.models.")  # pages of their own are made for these
        and not {f"devin_async.{name}", home, f"{home}.{name}"} & MENTIONED
    }
    assert missing == set()
    assert {*homes, "__version__"} == set(devin_async.__all__)


def test_each_name_of_the_sandbox_is_documented():
    assert {f"devin_async.sandbox.{name}" for name in sandbox_names} <= MENTIONED


def test_what_is_documented_is_public():
    named = {name for name in MENTIONED if re.fullmatch(r"devin_async\.[A-Z]\w*", name)}
    assert {name.partition(".")[2] for name in named} <= set(devin_async.__all__)


def test_each_resource_of_each_scope_has_its_section():
    pages = hook()
    made = "".join(text for _, _, _, text in pages.pages())
    for scope in pages.SCOPES.values():
        for resource in vars(scope).values():
            if isinstance(resource, pages.scopes.LazyResource):
                owner = resource.load()
                assert f"::: {owner.__module__}.{owner.__qualname__}\n" in made


def test_each_module_of_models_has_its_page():
    made = "".join(text for _, _, _, text in hook().pages())
    names = [module.name for module in pkgutil.iter_modules(models.__path__)]
    assert [name for name in names if f"::: devin_async.models.{name}\n" not in made] == []
