"""Schema drift: what a server sends that the models do not have. No I/O.

Unknown fields, tags and enum values never break a call; with `report_drift=True` they are logged,
each once, so that a deployment that is newer than this package is noticed.
"""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from devin_async.base.markers import TAGGED_UNIONS
from devin_async.base.plain_json import as_array, as_object

__all__ = ["find_drift"]

_UNIONS = (Union, types.UnionType)


def find_drift(model: Any, value: object, where: str = "") -> Iterator[str]:
    """Give each thing in *value* that *model* does not know, with its place.

    Args:
        model: The type that the value was decoded into, with its annotations.
        value: The plain value, as read from JSON.
        where: Place of the value, for the report.
    """
    origin, parts = get_origin(model), get_args(model)
    if value is None:
        return
    if origin is Annotated:
        yield from _unknown_word(parts[1:], value, where)
    elif origin in _UNIONS:
        chosen = [part for part in parts if part is not type(None)]
        if len(chosen) == 1:
            yield from find_drift(chosen[0], value, where)
    elif origin is list:
        for item in as_array(value) or ():
            yield from find_drift(parts[0], item, where and f"{where}[]")
    elif model in TAGGED_UNIONS:
        yield from _in_tagged(model, value, where)
    elif isinstance(model, type) and attrs.has(model):
        yield from _in_object(model, value, where)


def _unknown_word(known: tuple[Any, ...], value: object, where: str) -> Iterator[str]:
    words = [word for one in known if get_origin(one) is Literal for word in get_args(one)]
    if words and value not in words:
        yield f"{where}: the value {value!r} is new"


def _in_tagged(union: type, value: object, where: str) -> Iterator[str]:
    fields, tagged = as_object(value), TAGGED_UNIONS[union]
    if fields is None:
        return
    member = tagged.member_of(fields)
    if member is None:
        tag = tagged.tag_of(fields)
        yield f"{where or union.__name__}: the {tagged.field or 'kind'} {tag!r} is new"
    else:
        yield from _in_object(member, value, where)


def _in_object(model: Any, value: object, where: str) -> Iterator[str]:
    place = where or model.__name__
    hints = get_type_hints(model, include_extras=True)
    for name, part in (as_object(value) or {}).items():
        if name in hints:
            yield from find_drift(hints[name], part, f"{place}.{name}")
        else:
            yield f"{place}: the field {name!r} is new"
