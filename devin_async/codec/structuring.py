"""Plain values to models by cattrs, item by item and field by field, without coercion.

A value that fits its field is read as it always is. Where one does not, the difference is told and
the model is built all the same: null, or nothing, gives a field its default, or None where it has
none; a value of another type is kept as it came. Whoever takes no difference raises when told.

What has none of a model's required fields is not that model, nor is what has no id but tells of an
error: a field keeps it as it came, and as an answer it is refused.
"""

import functools
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs
import msgspec
from attrs import define, frozen

from devin_async.base.markers import TAGGED_UNIONS
from devin_async.base.plain_json import as_array, as_object
from devin_async.base.times import utc_time
from devin_async.codec.building import required_fields
from devin_async.codec.differences import (
    NO_FIELD,
    Difference,
    ForeignAnswerError,
    Tell,
    decode_fault,
)

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["describe_type", "describe_value", "structure", "structure_rows"]

Hook = Callable[[Any, Any], Any]

_UNIONS = (Union, types.UnionType)
_FAULTS = frozenset({"detail", "error", "error_code", "errors", "message"})


class _MisfitError(Exception):
    """A value is not of the type that is asked for; told by whoever holds the value."""

    def __init__(self, expected: str, actual: str) -> None:
        super().__init__(f"expected {expected}, got {actual}")
        self.expected = expected
        self.actual = actual


@define
class _Reading:
    """Where a reading is, and whom it tells.

    Attributes:
        tell: Takes each difference.
        path: The steps from the root.
        field: Model and field that hold what is read now.
    """

    tell: Tell
    path: list[str]
    field: str

    def step(self, step: str, hook: Hook, hint: Any, value: Any) -> Any:
        """Read one part; keep it as it came, and tell, if it is of another type."""
        self.path.append(step)
        try:
            return hook(value, hint)
        except _MisfitError as misfit:
            self.differs(misfit.expected, misfit.actual)
            return value
        finally:
            self.path.pop()

    def differs(self, expected: str, actual: str, step: str = "") -> None:
        """Tell that what is here, or one step on, is not what is expected."""
        self.tell(Difference(self.field, "".join((*self.path, step)), expected, actual))


_READING: ContextVar[_Reading] = ContextVar("reading")


def structure(raw: Any, model: Any, tell: Tell, path: str = "$") -> Any:
    """Build *model* from plain values.

    Raises:
        ResponseDecodeError: They are not that model.
    """
    if get_origin(model) is list:
        return structure_rows(raw, get_args(model)[0], tell, path)
    reading = _Reading(tell, [path], describe_type(model))
    token = _READING.set(reading)
    try:
        return _converter().structure(raw, model)
    except _MisfitError as misfit:
        if attrs.has(model) or model in TAGGED_UNIONS:
            if path == "$":
                raise ForeignAnswerError(str(misfit)) from None
            raise decode_fault(str(misfit), path) from None
        reading.differs(misfit.expected, misfit.actual)
        return raw
    finally:
        _READING.reset(token)


def structure_rows(raw: Any, model: Any, tell: Tell, path: str = "$") -> list[Any]:
    """Build a *model* from each row of an array.

    Raises:
        ResponseDecodeError: It is no array, or a row is not that model.
    """
    rows = as_array(raw)
    if rows is None:
        raise decode_fault(f"expected array, got {describe_value(raw)}", path)
    return [structure(row, model, tell, f"{path}[{index}]") for index, row in enumerate(rows)]


@functools.cache
def _converter() -> "Converter":
    import cattrs  # noqa: PLC0415 - most answers are read without it

    plain = cattrs.Converter()
    for kind in (str, int, float, bool, date):
        plain.register_structure_hook(kind, _structure_scalar)
    plain.register_structure_hook(datetime, _structure_time)
    plain.register_structure_hook_func(_is_literal, _structure_scalar)
    for is_kind, make in (
        (_is_list, _list_hook),
        (_is_mapping, _mapping_hook),
        (attrs.has, _class_hook),
        (TAGGED_UNIONS.__contains__, _union_hook),
    ):
        plain.register_structure_hook_factory(cast("Any", is_kind), cast("Any", make))
    return plain


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _is_list(kind: Any) -> bool:
    return get_origin(kind) in {list, Sequence}


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) in {dict, Mapping}


def _structure_scalar(value: Any, kind: Any) -> Any:
    if type(value) is kind:
        return value
    try:  # as lax as the decoder of bytes is, so that a field reads the same on either way
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        raise _MisfitError(describe_type(kind), describe_value(value)) from None


def _structure_time(value: Any, _: Any) -> datetime:
    if not isinstance(value, bool) and isinstance(value, int | float | str):
        try:
            return utc_time(value)
        except (ValueError, OverflowError):
            pass
    raise _MisfitError("time", describe_value(value))


def _list_hook(kind: Any, using: "Converter") -> Hook:
    (part,) = get_args(kind)
    hook = using.get_structure_hook(part)

    def structured(value: Any, _: Any) -> Any:
        if not isinstance(value, list):  # a str can be iterated over, too
            raise _MisfitError(describe_type(kind), describe_value(value))
        read = _READING.get().step
        return [read(f"[{index}]", hook, part, one) for index, one in enumerate(cast("Any", value))]

    return structured


def _mapping_hook(kind: Any, using: "Converter") -> Hook:
    part = get_args(kind)[1]
    hook = using.get_structure_hook(part)

    def structured(value: Any, _: Any) -> Any:
        fields = as_object(value)
        if fields is None:
            raise _MisfitError("object", describe_value(value))
        read = _READING.get().step
        # Its names are values of the server, which are not told.
        return {name: read(".*", hook, part, one) for name, one in fields.items()}

    return structured


@frozen
class _Field:
    """A field of a model, and how it is read.

    Attributes:
        hint: Its type, without None.
    """

    name: str
    label: str
    hint: Any
    hook: Hook
    is_nullable: bool
    has_default: bool


def _class_hook(model: Any, using: "Converter") -> Hook:
    is_other = _other_than(model)

    @functools.cache  # made when it is first needed, as a model may hold itself
    def parts() -> Sequence[_Field]:
        return list(_fields(model, using))

    def structured(value: Any, _: Any) -> Any:
        fields = as_object(value)
        if fields is None:
            raise _MisfitError(describe_type(model), describe_value(value))
        if is_other(fields):
            raise _MisfitError(describe_type(model), NO_FIELD)
        return model(**_arguments(fields, parts()))

    return structured


def _other_than(model: Any) -> Callable[[Mapping[str, Any]], bool]:
    """Return what tells objects that are something else from a model that lacks a field."""
    names, required = attrs.fields_dict(model).keys(), required_fields(model)
    first = next(filter(required.__contains__, names), None)  # which is the id, where there is one

    def is_other(fields: Mapping[str, Any]) -> bool:
        if first is None or first in fields:
            return False
        if required.isdisjoint(fields):
            return len(required) > 1 or names.isdisjoint(fields)
        # A gateway's error may have a `status` or a `title`, as a session has.
        return not _FAULTS.isdisjoint(fields.keys() - names)

    return is_other


def _arguments(fields: Mapping[str, Any], parts: Sequence[_Field]) -> dict[str, Any]:
    reading, arguments = _READING.get(), dict[str, Any]()
    outer = reading.field
    for part in parts:
        value = fields.get(part.name)
        if type(value) is part.hint:  # as most are, so that most need no more than this
            arguments[part.name] = value
            continue
        reading.field = part.label
        if value is not None:
            step = f".{part.name}"
            arguments[part.name] = reading.step(step, part.hook, part.hint, value)
        elif part.name in fields and part.is_nullable:
            arguments[part.name] = None
        else:
            is_there = part.name in fields
            if is_there or not part.has_default:
                actual = "null" if is_there else "missing"
                reading.differs(describe_type(part.hint), actual, f".{part.name}")
            if not part.has_default:
                arguments[part.name] = None
    reading.field = outer
    return arguments


def _fields(model: Any, using: "Converter") -> Iterable[_Field]:
    hints = get_type_hints(model)
    for one in attrs.fields(model):
        if one.init:
            hint, is_nullable = _without_none(hints[one.name])
            yield _Field(
                name=one.name,
                label=f"{model.__name__}.{one.name}",
                hint=hint,
                hook=using.get_structure_hook(hint),
                is_nullable=is_nullable,
                has_default=one.default is not attrs.NOTHING,
            )


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in _UNIONS:
        return hint, hint is Any
    parts = [part for part in get_args(hint) if part is not type(None)]
    return Union[tuple(parts)], len(parts) < len(get_args(hint))  # noqa: UP007 - made at run time


def _union_hook(base: Any, using: "Converter") -> Hook:
    tagged = TAGGED_UNIONS[base]
    telling = frozenset((tagged.field,)).union(*map(required_fields, tagged.members.values()))

    def structured(value: Any, _: Any) -> Any:
        fields = as_object(value)
        if fields is None:
            raise _MisfitError(describe_type(base), describe_value(value))
        member: Any = tagged.member_of(fields)
        if member is not None:
            return using.structure(fields, member)
        if tagged.field:
            if telling.isdisjoint(fields):
                raise _MisfitError(describe_type(base), NO_FIELD)
            _check_tag(base, tagged.field, fields)
        return tagged.unknown_of(fields)

    return structured


def _check_tag(base: type, name: str, fields: Mapping[str, Any]) -> None:
    """Tell of a tag that is none; one that is new is none of our business."""
    if not isinstance(fields.get(name), str):
        reading = _READING.get()
        outer, reading.field = reading.field, f"{base.__name__}.{name}"
        actual = describe_value(fields[name]) if name in fields else "missing"
        reading.differs("str", actual, f".{name}")
        reading.field = outer


def describe_type(hint: Any) -> str:
    """Name a type, in the words of JSON where it has some."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in {list, Sequence}:
        return f"array of {describe_type(parts[0])}"
    if hint is Any or origin in {dict, Mapping}:
        return "object" if origin else "JSON"
    if origin in _UNIONS:
        return " or ".join(map(describe_type, parts))
    if hint is type(None):
        return "null"
    if hint is datetime:
        return "time"
    return "str" if origin is Literal else getattr(hint, "__name__", repr(hint))


def describe_value(value: object) -> str:
    """Name the type of a value, in the same words."""
    if value is None:
        return "null"
    if as_object(value) is not None:
        return "object"
    return "array" if as_array(value) is not None else type(value).__name__
