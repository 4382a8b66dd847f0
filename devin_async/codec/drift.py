"""Schema drift: answers that differ from the models, each difference told once.

What does not fit a model is always told, unless `strict=True` raises for it. Unknown fields, tags
and enum values never break a call; with `report_drift=True` they are logged, so that a deployment
that is newer than this package is noticed.
"""

import logging
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from devin_async.base.markers import TAGGED_UNIONS
from devin_async.base.plain_json import as_array, as_object
from devin_async.base.secret import Redactor
from devin_async.codec.differences import Difference
from devin_async.events import Event, EventHandler, emit

__all__ = ["DriftLog", "find_drift"]

logger = logging.getLogger("devin_async")

_UNIONS = (Union, types.UnionType)


class DriftLog:
    """What a client has told of drift, so that each thing is told once."""

    def __init__(self) -> None:
        self._logged: set[str] = set()

    def add_difference(
        self, difference: Difference, route: str, on_event: EventHandler | None
    ) -> None:
        """Tell of a field that does not fit its model, if it is the first time."""
        if self._is_new(difference.field):
            logger.warning("schema drift: %s", difference)
            event = Event(
                kind="drift",
                route=route,
                field=difference.field,
                json_path=difference.json_path,
                expected=difference.expected,
                actual=difference.actual,
            )
            emit(on_event, event)

    def add_unknown(self, model: Any, value: object, redactor: Redactor) -> None:
        """Tell what *value* has that *model* does not know, each thing the first time."""
        for unknown in map(redactor.line, find_drift(model, value)):
            if self._is_new(unknown):
                logger.warning("schema drift: %s", unknown)

    def _is_new(self, name: str) -> bool:
        is_new = name not in self._logged
        self._logged.add(name)
        return is_new


def find_drift(model: Any, value: object, where: str = "") -> Iterator[str]:
    """Yield each thing in *value* that *model* does not know, with its place.

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


def _unknown_word(hints: tuple[Any, ...], value: object, where: str) -> Iterator[str]:
    words = [word for hint in hints if get_origin(hint) is Literal for word in get_args(hint)]
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
