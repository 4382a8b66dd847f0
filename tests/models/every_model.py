"""Every model of the package, and an instance of each that leaves no field out."""

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import attrs

from devin_async import models
from devin_async.base.markers import TAGGED_UNIONS
from devin_async.models.model import Model

MOMENT = datetime(2026, 1, 31, 8, 30, 1, tzinfo=UTC)


def _modules():
    for module in pkgutil.iter_modules(models.__path__):
        if module.name != "pydantic_schema":
            yield importlib.import_module(f"devin_async.models.{module.name}")


MODELS = sorted(
    {
        one
        for module in _modules()
        for _, one in inspect.getmembers(module, inspect.isclass)
        if attrs.has(one) and one.__module__ == module.__name__ and one not in TAGGED_UNIONS
    },
    key=lambda one: f"{one.__module__}.{one.__qualname__}",
)


def full(model):
    """Make a *model* that leaves no field out."""
    hints = typing.get_type_hints(model)
    values = {
        field.name: value_of(hints[field.name], field.name)
        for field in attrs.fields(model)
        if field.init
    }
    return model(**values)


def value_of(hint, name):  # noqa: PLR0911 - one for each kind
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return value_of(next(part for part in parts if part is not types.NoneType), name)
    if origin is typing.Literal:
        return parts[0]
    if origin in {list, Sequence}:
        return [value_of(parts[0], name)]
    if origin in {dict, Mapping}:
        return {"key": value_of(parts[1], name)}
    if hint in TAGGED_UNIONS:
        return full(next(iter(TAGGED_UNIONS[hint].members.values())))
    if attrs.has(hint):
        return full(hint)
    simple = {
        str: f"{name} ü",
        int: 7,
        float: 1.5,
        bool: True,
        datetime: MOMENT,
        date: MOMENT.date(),
        typing.Any: {"any": [1, None]},
    }
    return simple.get(hint, ValueError("no"))


assert all(issubclass(one, Model) for one in MODELS)
