import inspect
import re

import pytest
from contract_answers import alternatives
from contract_calls import CALLS, COVERED
from contract_files import OPERATIONS
from offenders import offenders

_ROUTE = re.compile(r"`(GET|HEAD|POST|PUT|PATCH|DELETE) ([^`\s]+)`")
_AS_FOR = re.compile(r"permission as for `(\w+)`")
_FLAGS = (("x-", "unconfirmed"), ("", "deprecated"))
_ANSWERS = {204: "empty", 307: "download"}
_BODIES = {
    (): {"none"},
    ("application/json",): {"json", "merge_patch"},
    ("multipart/form-data",): {"multipart"},
}


def test_the_contract_has_all_of_its_operations():
    assert len(OPERATIONS) == 268


def test_no_call_is_outside_the_contract():
    assert OPERATIONS.keys() >= COVERED


def test_every_operation_has_a_method():
    assert OPERATIONS.keys() - COVERED == set()


def record(call):
    """Give what the client says of an endpoint; its envelope and its body apart."""
    endpoint = call.endpoint
    of_today = {"unconfirmed": endpoint.unconfirmed, "deprecated": endpoint.deprecated}
    return {
        "is callable": callable(call.function),
        "permission": endpoint.permission,
        "paging": endpoint.paging or "none",
        "answer": endpoint.kind,
        **(of_today if endpoint.dialect is None else {}),
    }


def record_in_the_contract(call):
    data = call.operation.data
    of_today = {name: data.get(f"{x}{name}", False) for x, name in _FLAGS}
    return {
        "is callable": True,
        "permission": data["x-permission"],
        "paging": data.get("x-pagination", "none"),
        "answer": _ANSWERS.get(call.operation.status, "model"),
        **(of_today if call.endpoint.dialect is None else {}),
    }


def envelopes_in_the_contract(call):
    """Give the names that the items of a list may have; None when the list is the answer."""
    schemas = alternatives(call.operation)
    parts = [call.operation.resolve(p) for one in schemas for p in one.get("allOf", [one])]
    if any(part.get("type") == "array" for part in parts):
        return None
    return {name for part in parts for name in part.get("properties", {})}


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_record_of_a_call_is_the_contracts(call):
    assert record(call) == record_in_the_contract(call)
    assert call.endpoint.body in _BODIES[call.operation.body_types]
    if call.endpoint.paging is not None:
        names = envelopes_in_the_contract(call)
        assert names is None or call.endpoint.envelope in names


def last_paragraph(function):
    return " ".join(inspect.getdoc(function).split("\n\n")[-1].split())


def names(route, endpoint):
    """Tell whether a docstring's route is the endpoint's; `...` stands for the path's beginning."""
    method, path = route
    beginning, dots, end = path.rpartition("...")
    is_path = endpoint.path.endswith(end) if dots else endpoint.path == path
    return method == endpoint.method and is_path and not beginning


def undocumented(call):
    """Give what the docstring of a call owes its reader: route, permission, and what is unsure."""
    endpoint, end = call.endpoint, last_paragraph(call.function)
    other = _AS_FOR.search(end)
    permissions = end if other is None else last_paragraph(getattr(call.owner, other[1]))
    text = inspect.getdoc(call.function).lower()
    owed = {
        f"{endpoint.method} {endpoint.path}": any(
            names(route, endpoint) for route in _ROUTE.findall(end)
        ),
        endpoint.permission: endpoint.permission in re.findall(r"\w+", permissions),
        "beta": "beta" in text or not endpoint.beta,
        "deprecated": "deprecated" in text or not endpoint.deprecated,
        "unconfirmed": "unconfirmed" in text or not endpoint.unconfirmed,
    }
    return [name for name, is_documented in owed.items() if name is not None and not is_documented]


def test_the_docstring_of_a_call_ends_with_its_route_and_its_permission_and_warns():
    of_today = [call for call in CALLS if call.endpoint.dialect is None]
    assert offenders(of_today, undocumented) == {}
