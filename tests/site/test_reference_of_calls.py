"""The reference that is built: each parameter is described, each signature fits."""

import importlib.util
import re
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "site"

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def package():
    """Load the package as the site's build does."""
    griffe = pytest.importorskip("griffe")
    sections, calls = (ROOT / "docs" / "site" / f"{name}.py" for name in ("sections", "calls"))
    extensions = griffe.load_extensions(str(sections), str(calls))
    search_paths = [str(ROOT)]
    return griffe.load(
        "devin_async", extensions=extensions, docstring_parser="google", search_paths=search_paths
    )


@pytest.fixture(scope="module")
def calls():
    """Load the module that knows the calls."""
    spec = importlib.util.spec_from_file_location("site_calls", ROOT / "docs" / "site" / "calls.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_parameter_of_each_call_is_described(package, calls):
    kind = "parameters"
    missing = []
    for function in calls.methods_of(package["resources"]):
        sections = function.docstring.parsed if function.docstring else []
        rows = [one for section in sections if section.kind.value == kind for one in section.value]
        described = {one.name.lstrip("*") for one in rows if one.description}
        names = {one.name for one in function.parameters} - {"self"}
        missing += [f"{function.path}: {name}" for name in sorted(names - described)]
    assert missing == []


def test_no_signature_is_one_long_line():
    signature = re.compile(r'<div class="[^"]*doc-signature[^"]*">(.*?)</div>', re.DOTALL)
    long = [
        f"{page.relative_to(SITE)}: {line}"
        for page in SITE.rglob("*.html")
        for block in signature.findall(page.read_text())
        for line in unescape(re.sub(r"<[^>]*>", "", block)).splitlines()
        if len(line) > 90
    ]
    assert long == []
