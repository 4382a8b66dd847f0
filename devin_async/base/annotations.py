"""What annotations allow: one kind for each of them, by which a value is checked.

What fits by its class alone, as nearly all arguments do, costs one look; the rest is read part by
part. What does not fit is told by its path (`session_secrets[0].key`), with what was given and what
is allowed. Nothing is raised in here: frames of an error would hold the values, and their secrets.
"""

import functools
import io
import os
import reprlib
import types
import typing
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, cast

import attrs
from msgspec import Struct

from devin_async.base.arguments import is_async
from devin_async.base.markers import TAGGED_UNIONS, UNSET, Unset
from devin_async.base.secret import Secret
from devin_async.base.text import class_name, with_article
from devin_async.errors import InvalidArgumentError

__all__ = ["NOTHING", "Fault", "Kind", "kind_of"]

_SHORTENED = reprlib.Repr()
_SHORTENED.maxstring = _SHORTENED.maxother = 60  # a whole model would fill the screen
_MOST_CHOICES = 8
_NO_CLASS: frozenset[type] = frozenset()
_ARRAYS: frozenset[type] = frozenset({list, tuple})
_LISTS: frozenset[Any] = frozenset({list, Sequence})
_MAPPINGS: frozenset[Any] = frozenset({dict, Mapping})
_OTHER_CALLABLE: Any = Callable
_WORDS: Mapping[Any, str] = {
    os.PathLike: "a path",
    AsyncIterable: "an async iterable",
    io.BufferedIOBase: "a file that is open for reading bytes",
    io.RawIOBase: "an unbuffered one",
}


class Fault(Struct, frozen=True):
    """What is wrong with an argument; `value` never is that of a secret.

    Attributes:
        path: Which part of which argument.
        value: What was given.
        allowed: What fits.
        is_near: Whether it was meant to be this, so that nothing else that fits is told.
    """

    path: str
    value: str
    allowed: str
    is_near: bool = False

    def error(self) -> InvalidArgumentError:
        """Make the error that tells it."""
        return InvalidArgumentError(f"is {self.value}; allowed: {self.allowed}", argument=self.path)


class Kind(Struct, frozen=True):
    """What an annotation allows.

    Attributes:
        exact: What is of just these classes fits as it is.
        items: So does a list that holds nothing but these.
        read: Gives, of a value and its path, the value to go on with, or a `Fault`.
        allowed: What fits, in words.
        is_secret: Whether it holds a secret, so that no message may show a value.
    """

    exact: frozenset[type]
    read: Callable[[Any, str], Any]
    allowed: str
    is_secret: bool = False
    items: frozenset[type] = frozenset()

    def holds(self, value: Any) -> bool:
        """Tell whether it is a list that fits by the classes of its items alone."""
        return type(value) in _ARRAYS and self.items.issuperset(map(type, value))


def _shown(value: Any, *, is_secret: bool) -> str:
    if value is None:
        return "None"
    kind = class_name(value)
    return kind if is_secret else f"{_SHORTENED.repr(value)}, {kind}"


def _of_classes(classes: tuple[type, ...], allowed: str, *, but: tuple[type, ...] = ()) -> Kind:
    """Make the kind of what is an instance of *classes* and of none of *but*."""

    def read(value: Any, path: str) -> Any:
        if isinstance(value, classes) and not isinstance(value, but):
            return value
        return Fault(path, _shown(value, is_secret=False), allowed)

    return Kind(frozenset(classes), read, allowed)


NOTHING = Kind(_NO_CLASS, lambda _value, path: Fault(path, "", "nothing"), "nothing")
_ANYTHING = Kind(_NO_CLASS, lambda value, _path: value, "anything")
_SIMPLE: dict[Any, Kind] = {
    str: _of_classes((str,), "a str"),
    int: _of_classes((int,), "a whole number", but=(bool,)),
    float: _of_classes((float, int), "a number", but=(bool,)),
    bool: _of_classes((bool,), "True or False"),
    bytes: _of_classes((bytes,), "bytes"),
    types.NoneType: _of_classes((types.NoneType,), "None"),
    datetime: _of_classes((datetime,), "an aware datetime"),
    date: _of_classes((date,), "a date, such as date(2026, 1, 31)", but=(datetime,)),
    Unset: _of_classes((Unset,), "UNSET"),
}


@functools.cache
def kind_of(hint: Any, *, takes_mappings: bool = True) -> Kind:  # noqa: PLR0911 - one for each kind
    """Make the kind of an annotation; what it says nothing checkable of may be anything."""
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _annotated(parts)
    if origin is Literal:
        return _literal(parts)
    if origin in {typing.Union, types.UnionType}:
        return _union(parts)
    if origin in _LISTS:
        return _list(kind_of(parts[0]))
    if origin in _MAPPINGS:
        return _mapping(kind_of(parts[0]), kind_of(parts[1]))
    if origin is _OTHER_CALLABLE:
        return _callable(is_awaited=_is_awaited(parts))
    if _is_model(hint):
        return _model(hint, takes_mappings=takes_mappings)
    return _instance(origin or hint)


def _annotated(parts: tuple[Any, ...]) -> Kind:
    base, *notes = parts
    if Secret in notes:
        return _secret()
    choices = next((note for note in notes if typing.get_origin(note) is Literal), None)
    if choices is None:
        return kind_of(base)
    return _of_classes((str,), f"a str, such as {_listed(typing.get_args(choices))}")


def _secret() -> Kind:
    """Make the kind of a text that is masked from here on."""

    def read(value: Any, path: str) -> Any:
        if isinstance(value, str):
            return Secret(value)
        return Fault(path, _shown(value, is_secret=True), "a str")

    return Kind(frozenset({Secret}), read, "a str", is_secret=True)


def _listed(choices: Sequence[Any]) -> str:
    shown = ", ".join(map(repr, choices[:_MOST_CHOICES]))
    return shown if len(choices) <= _MOST_CHOICES else f"{shown} and others"


def _literal(choices: tuple[Any, ...]) -> Kind:
    allowed = ", ".join(map(repr, choices))

    def read(value: Any, path: str) -> Any:
        if isinstance(value, str | int | None) and value in choices:
            return value
        return Fault(path, _shown(value, is_secret=False), allowed)

    return Kind(_NO_CLASS, read, allowed)


def _union(parts: tuple[Any, ...]) -> Kind:
    # Where a mapping may be given as it is, it stays one.
    as_it_is = any(typing.get_origin(part) in _MAPPINGS for part in parts)
    kinds = [kind_of(part, takes_mappings=not as_it_is) for part in parts]
    allowed = _either(parts, kinds)
    is_secret = any(kind.is_secret for kind in kinds)

    def read(value: Any, path: str) -> Any:
        deepest: Fault | None = None
        for kind in kinds:
            result = kind.read(value, path)
            if not isinstance(result, Fault):
                return result
            if result.path != path or result.is_near:
                deepest = deepest or result  # it was meant to be this, and a part does not fit
        return deepest or Fault(path, _shown(value, is_secret=is_secret), allowed)

    exact = _NO_CLASS.union(*(kind.exact for kind in kinds))
    items = next((kind.items for kind in kinds if kind.items), _NO_CLASS)
    return Kind(exact, read, allowed, is_secret, items)


def _either(parts: tuple[Any, ...], kinds: Sequence[Kind]) -> str:
    words = [
        "int unix seconds" if part is int and datetime in parts else kind.allowed
        for part, kind in zip(parts, kinds, strict=True)
        if part is not Unset
    ]
    return " or ".join(words)


def _list(item: Kind) -> Kind:
    one = item.allowed.removeprefix("a ")
    allowed = f"a list, each item {item.allowed}" if " or " in one else f"a list of {one}"

    def read(value: Any, path: str) -> Any:
        if value.__class__ is not list and not _is_sequence(value):
            return Fault(path, _shown(value, is_secret=item.is_secret), allowed)
        items: Sequence[Any] = value
        if item.exact.issuperset(map(type, items)):
            return items if isinstance(items, list | tuple) else list(items)
        checked: list[Any] = []
        for place, one in enumerate(items):
            part = item.read(one, f"{path}[{place}]")
            if type(part) is Fault:
                return part
            checked.append(part)
        return checked

    return Kind(_NO_CLASS, read, allowed, item.is_secret, item.exact)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def _mapping(key: Kind, item: Kind) -> Kind:
    def read(value: Any, path: str) -> Any:
        if not isinstance(value, Mapping):
            return Fault(path, _shown(value, is_secret=item.is_secret), "a mapping")
        pairs = cast("Any", value)
        checked = {name: item.read(part, f"{path}[{name!r}]") for name, part in pairs.items()}
        for name, part in checked.items():
            fault = key.read(name, f"a key of {path}")
            if isinstance(fault, Fault) or isinstance(part, Fault):
                return fault if isinstance(fault, Fault) else part
        return checked

    return Kind(_NO_CLASS, read, "a mapping", item.is_secret)


def _is_awaited(parts: tuple[Any, ...]) -> bool:
    """Tell whether what a function gives may be something to await, by its annotation."""
    wanted: Any = parts[-1] if parts else Any
    origin = typing.get_origin(wanted)
    if origin in {typing.Union, types.UnionType}:
        return any(_is_awaited((one,)) for one in typing.get_args(wanted))
    of_class = origin or wanted
    return wanted is Any or (isinstance(of_class, type) and issubclass(of_class, Awaitable))


def _callable(*, is_awaited: bool) -> Kind:
    def read(value: Any, path: str) -> Any:
        if not callable(value):
            return Fault(path, _shown(value, is_secret=False), "a callable")
        if is_async(value) and not is_awaited:
            shown = f"{_SHORTENED.repr(value)}, an async function"
            return Fault(path, shown, "a callable that is not async", is_near=True)
        return value

    return Kind(_NO_CLASS, read, "a callable")


def _instance(wanted: Any) -> Kind:
    """Make the kind of a class that can tell its instances; of others nothing is known."""
    if not isinstance(wanted, type) or wanted in {Any, object, type}:
        return _ANYTHING
    if getattr(wanted, "_is_protocol", False):
        return _ANYTHING
    return _of_classes((wanted,), _WORDS.get(wanted) or with_article(wanted.__name__))


def _is_model(hint: Any) -> bool:
    if hint in TAGGED_UNIONS:
        return True
    return attrs.has(hint) and hint.__module__.startswith("devin_async.models.")


def _model(model: Any, *, takes_mappings: bool) -> Kind:
    tagged = TAGGED_UNIONS.get(model)
    members: set[Any] = {model} if tagged is None else set(tagged.members.values())
    is_secret = any(not field.repr for one in members for field in _init_fields(one))
    allowed = f"a {model.__name__}" + (" (or a mapping of its fields)" if takes_mappings else "")

    def read(value: Any, path: str) -> Any:
        if isinstance(value, model):
            return _checked(value, path)
        if not takes_mappings or not isinstance(value, Mapping):
            return Fault(path, _shown(value, is_secret=is_secret), allowed)
        pairs: dict[Any, Any] = dict(cast("Any", value))
        member = model if tagged is None else tagged.member_of(pairs)
        return pairs if member is None else _built(member, pairs, path)

    return Kind(_NO_CLASS, read, allowed, is_secret)


def _init_fields(model: Any) -> list["attrs.Attribute[Any]"]:
    return [field for field in attrs.fields(model) if field.init] if attrs.has(model) else []


@functools.cache
def _field_kinds(model: Any) -> dict[str, Kind]:
    hints = typing.get_type_hints(model, include_extras=True)
    if hasattr(model, "raw"):  # a kind that is newer than this package may hold anything
        return {}
    return {
        field.name: kind_of(hints[field.name]) if field.repr else _secret()
        for field in _init_fields(model)
    }


def _checked(value: Any, path: str) -> Any:
    """Check what the fields of a model hold."""
    model: Any = value.__class__
    parts: dict[str, Any] = {}
    is_changed = False
    for name, kind in _field_kinds(model).items():
        parts[name] = part = getattr(value, name)
        if type(part) in kind.exact or part is UNSET:
            continue
        parts[name] = result = kind.read(part, f"{path}.{name}")
        if isinstance(result, Fault):
            return result
        is_changed = is_changed or result is not part
    return model(**parts) if is_changed else value


def _built(model: Any, pairs: dict[Any, Any], path: str) -> Any:
    """Make *model* of a mapping; the tag of its kind may stand in it."""
    kinds = _field_kinds(model)
    tags = {field.name for field in attrs.fields(model) if not field.init}
    needed = {field.name for field in _init_fields(model) if field.default is attrs.NOTHING}
    fields = f"the fields {', '.join(kinds)}"
    for name in pairs:
        if name not in kinds and name not in tags:
            return Fault(path, f"a mapping with {name!r}", fields, is_near=True)
    for name in kinds:
        if name in needed and name not in pairs:
            return Fault(path, f"a mapping without {name!r}", fields, is_near=True)
    values = {
        name: kinds[name].read(part, f"{path}.{name}")
        for name, part in pairs.items()
        if name in kinds
    }
    return next((one for one in values.values() if isinstance(one, Fault)), None) or model(**values)
