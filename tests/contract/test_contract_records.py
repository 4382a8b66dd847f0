import inspect
import re

import contract_table as table
import pytest
from contract_answers import alternatives
from contract_calls import CALLS, COVERED
from contract_files import OPERATIONS

each_call = pytest.mark.parametrize("call", CALLS, ids=str)
each_call_of_today = pytest.mark.parametrize(
    "call", [call for call in CALLS if call.endpoint.dialect is None], ids=str
)
each_call_with_permission = pytest.mark.parametrize(
    "call",
    [
        pytest.param(call, id=str(call), marks=[pytest.mark.xfail] * (str(call) in table.REPORTED))
        for call in CALLS
        if call.endpoint.permission is not None
    ],
)

_ROUTE = re.compile(r"`(GET|HEAD|POST|PUT|PATCH|DELETE) ([^`\s]+)`")
_AS_FOR = re.compile(r"permission as for `(\w+)`")
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


@each_call
def test_each_endpoint_has_a_method_of_its_name(call):
    assert callable(call.function)


@each_call
def test_the_permission_is_the_contracts(call):
    assert call.endpoint.permission == call.operation.data["x-permission"]


@each_call
def test_paging_is_the_contracts(call):
    paging = call.operation.data.get("x-pagination", "none")
    assert (call.endpoint.paging or "none") == paging


@each_call
def test_the_envelope_is_the_contracts(call):
    is_list = call.endpoint.paging is not None
    schemas = alternatives(call.operation) if is_list else []
    parts = [call.operation.resolve(p) for one in schemas for p in one.get("allOf", [one])]
    names = {name for part in parts for name in part.get("properties", {})}
    is_bare = any(part.get("type") == "array" for part in parts)
    assert not is_list or is_bare or call.endpoint.envelope in names


@each_call
def test_the_kind_of_body_is_the_contracts(call):
    assert call.endpoint.body in _BODIES[call.operation.body_types]


@each_call
def test_the_kind_of_answer_is_the_contracts(call):
    kinds = {204: "empty", 307: "download"}
    assert call.endpoint.kind == kinds.get(call.operation.status, "model")


@each_call_of_today
def test_unconfirmed_and_deprecated_are_the_contracts(call):
    data, endpoint = call.operation.data, call.endpoint
    expected = (data.get("x-unconfirmed", False), data.get("deprecated", False))
    assert (endpoint.unconfirmed, endpoint.deprecated) == expected


def last_paragraph(function):
    return " ".join(inspect.getdoc(function).split("\n\n")[-1].split())


def names(route, endpoint):
    """Tell whether a docstring's route is the endpoint's; `...` stands for the path's beginning."""
    method, path = route
    beginning, dots, end = path.rpartition("...")
    is_path = endpoint.path.endswith(end) if dots else endpoint.path == path
    return method == endpoint.method and is_path and not beginning


@each_call_of_today
def test_the_docstring_ends_with_the_route(call):
    routes = _ROUTE.findall(last_paragraph(call.function))
    assert [route for route in routes if names(route, call.endpoint)] != []


@each_call_of_today
def test_the_docstring_ends_with_the_permission(call):
    text = last_paragraph(call.function)
    other = _AS_FOR.search(text)
    said = text if other is None else last_paragraph(getattr(call.owner, other[1]))
    named = {call.endpoint.permission} - {None}
    assert named <= set(re.findall(r"\w+", said))


@each_call_of_today
def test_the_docstring_says_what_is_beta_deprecated_or_unconfirmed(call):
    endpoint = call.endpoint
    words = {"beta": endpoint.beta, "deprecated": endpoint.deprecated}
    words["unconfirmed"] = endpoint.unconfirmed
    text = inspect.getdoc(call.function).lower()
    assert [word for word, holds in words.items() if holds and word not in text] == []
