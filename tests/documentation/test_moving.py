"""docs/how-to/from-devinai.md: its tables name calls and errors that are there, on both sides."""

import re
from collections.abc import Iterator
from functools import reduce

import devin_sdk
import pytest
from doc_pages import DOCS

import devin_async
from devin_async import DevinClient

PAGE = (DOCS / "how-to" / "from-devinai.md").read_text()
ROWS = re.findall(r"^\| `([\w.]+)` \| `([\w.]+)` \|$", PAGE, re.MULTILINE)
CALLS = [row for row in ROWS if row[1].startswith("org.")]
ERRORS = [row for row in ROWS if not row[1].startswith("org.")]


def calls_of(resource, prefix="") -> Iterator[str]:
    """Give the calls of a resource of devinai, and of the resources in it."""
    for name in vars(type(resource)):
        if name.startswith(("_", "with_")):
            continue
        member = getattr(resource, name)
        if callable(member):
            yield prefix + name
        else:
            yield from calls_of(member, f"{prefix}{name}.")


def test_each_call_of_devinai_is_in_the_table_once():
    client = devin_sdk.AsyncDevinSDK(api_key="key", base_url="http://127.0.0.1:1")
    assert sorted(old for old, _ in CALLS) == sorted(calls_of(client.organizations))


@pytest.mark.parametrize(("old", "new"), CALLS)
def test_a_call_of_devinai_has_one_of_ours(old, new):
    organization = DevinClient("cog_key").organization("org-1")
    assert callable(reduce(getattr, new.split(".")[1:], organization))


@pytest.mark.parametrize(("old", "new"), ERRORS)
def test_an_error_of_devinai_has_one_of_ours(old, new):
    assert issubclass(getattr(devin_sdk, old), Exception)
    assert issubclass(getattr(devin_async, new), devin_async.DevinError)


def test_each_error_of_devinai_is_in_the_table():
    error_names = {name for name in devin_sdk.__all__ if name.endswith("Error")}
    assert error_names - {old for old, _ in ERRORS} <= {"APIError"}
