"""Arguments of a wrong type, made from the annotations of each call: no request leaves."""

import types
import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import attrs
import pytest
from contract_calls import CALLS

from devin_async import InvalidArgumentError
from devin_async.base.markers import TAGGED_UNIONS, Unset

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as they should


class Stranger:
    """What no call takes."""

    def __repr__(self):
        return "<stranger>"


OF_EACH_KIND = {
    str: "2026",
    bytes: b"text",
    int: 7,
    bool: True,
    float: 1.5,
    list: [Stranger()],
    dict: {"brand_new": 1},
    types.NoneType: None,
    datetime: datetime(2026, 1, 1),  # noqa: DTZ001 - one of a wrong type has no zone to mind
    Stranger: Stranger(),
}
# What each annotation takes of these; what is named nowhere takes none of them.
TAKES = {
    str: {str},
    bytes: {bytes},
    int: {int},
    float: {float, int},
    bool: {bool},
    datetime: {datetime},
    date: set(),
    types.NoneType: {types.NoneType},
    Unset: set(),
}


def kinds_taken(hint):
    """Tell which of the kinds may be given for *hint*."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if hint is typing.Any:
        return set(OF_EACH_KIND)
    if origin is typing.Annotated:
        return kinds_taken(parts[0])
    if origin in {typing.Union, types.UnionType}:
        return set().union(*map(kinds_taken, parts))
    if origin is Mapping:
        return {dict} if parts[1] is typing.Any else set()
    return set(TAKES.get(hint, ()))


def wrong_values(hint):
    taken = kinds_taken(hint)
    return [value for kind, value in OF_EACH_KIND.items() if kind not in taken]


def models_in(hint):
    """Give the classes of which an argument may be made, or a list of which may be given."""
    if hint in TAGGED_UNIONS or (attrs.has(hint) and "models" in hint.__module__):
        return [hint]
    return [model for part in typing.get_args(hint) for model in models_in(part)]


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_an_argument_of_a_wrong_type_is_refused_before_a_request(call, server, clients):
    arguments = call.required_arguments()
    for name, parameter in call.parameters.items():
        for value in wrong_values(parameter.hint):
            with pytest.raises(InvalidArgumentError) as caught:
                await call.run(clients[call.api_version], {**arguments, name: value})
            assert caught.value.message.startswith((f"{name} is ", f"{name}[")), value
            assert "; allowed: " in caught.value.message
    assert server.requests == []


@pytest.mark.parametrize(
    ("call", "name"),
    [
        pytest.param(call, name, id=f"{call} {name}")
        for call in CALLS
        for name, one in call.parameters.items()
        if models_in(one.hint)
    ],
)
async def test_a_model_with_a_field_of_a_wrong_type_is_refused_by_its_path(
    call, name, server, clients
):
    arguments = {**call.required_arguments(), name: call.full_arguments(set())[name]}
    good = arguments[name]
    model = next(iter(good.values() if isinstance(good, dict) else good)) if is_many(good) else good
    for field in attrs.fields(type(model)):
        if field.init:
            broken = attrs.evolve(model, **{field.name: Stranger()})
            place = {next(iter(good)): broken} if isinstance(good, dict) else [broken]
            value = place if is_many(good) else broken
            with pytest.raises(InvalidArgumentError) as caught:
                await call.run(clients[call.api_version], {**arguments, name: value})
            assert f".{field.name} is " in caught.value.message
            assert caught.value.message.startswith(name)
    assert server.requests == []


def is_many(value):
    return isinstance(value, Sequence | dict)
