"""Models and plain values to JSON."""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import attrs
import msgspec

from devin_async.base.markers import UNSET
from devin_async.errors import InvalidArgumentError

__all__ = ["encode", "encode_raw", "plain"]

T = TypeVar("T")

_WRITTEN_AS_IS = frozenset({str, int, float, bool, type(None)})
_ENCODER = msgspec.json.Encoder()
_UNWRITABLE = (TypeError, ValueError, RecursionError)


def encode(values: Mapping[str, Any], *, null_clears: bool = False) -> bytes:
    """Encode a body; what is UNSET is left out, and None too unless *null_clears*.

    Attrs classes inside become objects: whole ones if *null_clears*, so that None clears inside
    them too, else without the fields that have their default.

    Raises:
        InvalidArgumentError: It holds something that JSON has no form for.
    """
    body: dict[str, Any] = {}
    try:
        for name, value in values.items():
            kind: Any = value.__class__
            if kind in _WRITTEN_AS_IS:
                if value is not None or null_clears:
                    body[name] = value
            elif value is not UNSET:
                body[name] = _writer(kind)(value, null_clears)
        return _written(body)
    except _UNWRITABLE as error:
        raise _encode_fault(error) from None


def encode_raw(value: Any) -> bytes:
    """Encode plain values as they are.

    Raises:
        InvalidArgumentError: They hold something that JSON has no form for.
    """
    try:
        return _written(value)
    except _UNWRITABLE as error:
        raise _encode_fault(error) from None


def _written(value: Any) -> bytes:
    written = _ENCODER.encode(value)
    if b"null" in written:  # msgspec writes infinity and NaN so, and null may clear what is there
        _check_numbers(value)
    return written


def _check_numbers(value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"there is no number {value}")
    if isinstance(value, dict | list | tuple | set | frozenset):
        parts = cast("Any", value)
        for part in parts.values() if isinstance(value, dict) else parts:
            _check_numbers(part)


def _encode_fault(error: Exception) -> InvalidArgumentError:
    return InvalidArgumentError(f"the body cannot be written as JSON: {error}")


def plain(value: Any, *, whole: bool = False) -> Any:
    """Return what JSON writes of *value*; attrs classes become objects.

    What has its default was left out by the caller, and is left out here unless *whole*. A tag is
    always there; what only the server fills never is.
    """
    kind: Any = value.__class__
    return value if kind in _WRITTEN_AS_IS else _writer(kind)(value, whole)


@functools.lru_cache(maxsize=512)  # by the class, which is looked at once
def _writer(kind: Any) -> Callable[[Any, bool], Any]:
    """Return what makes plain values of those of a class; the second argument is *whole*."""
    if issubclass(kind, str):  # msgspec takes no subclass, such as a Secret
        return _text
    if issubclass(kind, list | tuple):
        return _array
    if issubclass(kind, dict):
        return _mapping
    if not attrs.has(kind):
        return lambda value, _: value
    # An `Unknown...` is what the server sent, and goes back as that.
    return (lambda value, _: dict(value.raw)) if hasattr(kind, "raw") else _object


def _text(value: str, _: bool) -> str:  # noqa: FBT001 - as all of these
    return str.__str__(value)  # its own text: str() would write an enum's `Mode.FAST`


def _array(value: Sequence[Any], whole: bool) -> Sequence[Any]:  # noqa: FBT001
    if _WRITTEN_AS_IS.issuperset(map(type, value)):
        return value
    return [plain(part, whole=whole) for part in value]


def _mapping(value: Mapping[str, Any], whole: bool) -> dict[str, Any]:  # noqa: FBT001
    return {name: plain(part, whole=whole) for name, part in value.items()}


def _object(value: Any, whole: bool) -> dict[str, Any]:  # noqa: FBT001
    sent: dict[str, Any] = {}
    for name, default in _sent_fields(value.__class__):
        part = getattr(value, name)
        if (whole or part != default) and part is not UNSET:
            kind: Any = part.__class__
            sent[name] = part if kind in _WRITTEN_AS_IS else _writer(kind)(part, whole)
    return sent


@functools.cache
def _sent_fields(model: Any) -> list[tuple[str, Any]]:
    """Return the fields to send, with what need not be: a default, never that of a tag."""
    return [
        (one.name, _default(one) if one.init else attrs.NOTHING)
        for one in attrs.fields(model)
        if not one.metadata.get("read_only")
    ]


def _default(attribute: "attrs.Attribute[Any]") -> Any:
    """Return the default of an attribute, or NOTHING, which equals no value."""
    default: Any = attribute.default
    return default.factory() if hasattr(default, "factory") else default
