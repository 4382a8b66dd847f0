"""Plain values to models by cattrs, strict and without coercion.

It reads what msgspec cannot: tagged unions of attrs classes, and times that the server writes as
text or in milliseconds.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_origin

from devin_async.base.markers import TAGGED_UNIONS, Tagged
from devin_async.base.plain_json import as_object
from devin_async.base.times import utc_time
from devin_async.errors import ResponseDecodeError

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["converter", "structure"]

T = TypeVar("T")


def decode_fault(text: str, json_path: str) -> ResponseDecodeError:
    return ResponseDecodeError(
        f"the answer cannot be read at {json_path}: {text}", json_path=json_path
    )


def structure(using: "Converter", raw: Any, model: Any, *, path: str = "$") -> Any:
    """Build *model* from plain values.

    Raises:
        ResponseDecodeError: They are not of that shape; tells where.
    """
    import cattrs  # noqa: PLC0415

    try:
        return using.structure(raw, model)
    except (cattrs.BaseValidationError, TypeError, ValueError, KeyError, OverflowError) as error:
        first = cattrs.transform_error(error, path=path)[0]
        text, _, where = first.rpartition(" @ ")
        raise decode_fault(text or first, where or path) from None


@functools.cache
def converter() -> "Converter":
    """Make the strict converter: no coercion, times to aware UTC, unknown fields ignored."""
    import cattrs  # noqa: PLC0415

    strict = cattrs.Converter()
    for kind in (str, int, float, bool):
        strict.register_structure_hook(kind, _exactly)
    strict.register_structure_hook(datetime, lambda value, _: _moment(value))
    strict.register_structure_hook_factory(_is_list, cast("Any", _strict_list))
    strict.register_structure_hook_func(
        _is_tagged, lambda value, base: _structure_tagged(strict, TAGGED_UNIONS[base], value)
    )
    return strict


def _is_tagged(kind: Any) -> bool:
    return isinstance(kind, type) and kind in TAGGED_UNIONS


def _exactly(value: Any, kind: type) -> Any:
    allowed = (int, float) if kind is float else kind
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"Expected `{kind.__name__}`, got `{type(value).__name__}`")
    return value


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list


def _strict_list(kind: Any, strict: "Converter") -> Callable[[Any, Any], Any]:
    from cattrs.cols import list_structure_factory  # noqa: PLC0415

    lenient = list_structure_factory(kind, strict)

    def structured(value: Any, _: Any) -> Any:
        if not isinstance(value, list):  # a str and an object can be iterated over, too
            raise TypeError(f"Expected `array`, got `{type(value).__name__}`")
        return lenient(value, kind)

    return structured


def _moment(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"Expected a time, got `{type(value).__name__}`")
    return utc_time(value)


def _structure_tagged(strict: "Converter", tagged: Tagged, value: Any) -> Any:
    raw = as_object(value)
    if raw is None:
        raise TypeError(f"Expected `object`, got `{type(value).__name__}`")
    member: Any = tagged.member_of(raw)
    return tagged.unknown_of(raw) if member is None else strict.structure(raw, member)
