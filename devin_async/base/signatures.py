"""Arguments checked against the signature of the method that takes them, before anything is sent.

The signature is read when the method is first called. Nothing is raised in here: frames of an error
would hold the arguments, and so their secrets.
"""

import functools
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from devin_async.base.annotations import NOTHING, Fault, Kind, kind_of
from devin_async.base.arguments import hint_on
from devin_async.errors import InvalidArgumentError, UnexpectedArgumentError

__all__ = ["Checker"]


class _Signature(Struct, frozen=True):
    """What a method takes.

    Attributes:
        kinds: What each of its arguments may be, by its name.
        positional: The names of those that may be given by their place.
        by_place: What these may be.
        required: The keywords that it needs and Python does not know of.
    """

    kinds: Mapping[str, Kind]
    positional: Sequence[str]
    by_place: Sequence[Kind]
    required: frozenset[str]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "_Signature":
        """Read it of a method, whose first parameter is left out."""
        hints = typing.get_type_hints(function, include_extras=True)
        annotations: dict[str, Any] = {}
        positional: list[str] = []
        required: frozenset[str] = frozenset()
        for name, one in list(inspect.signature(function).parameters.items())[1:]:
            if one.kind is one.VAR_KEYWORD:
                (declared,) = typing.get_args(hints[name])  # the TypedDict in Unpack[...]
                required = declared.__required_keys__
                annotations |= typing.get_type_hints(declared, include_extras=True)
            else:
                annotations[name] = hints.get(name, Any)
                if one.kind is not one.KEYWORD_ONLY:
                    positional.append(name)
        kinds = {name: kind_of(hint) for name, hint in annotations.items()}
        return cls(kinds, positional, [kinds[name] for name in positional], required)


class Checker:
    """Checks the arguments of one method, whose signature is read when it is first called.

    Attributes:
        fitting: The classes of arguments, all by their place, that were seen to fit as they are.
    """

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method = method
        self.fitting: set[tuple[type, ...]] = set()

    @functools.cached_property
    def _signature(self) -> _Signature:
        return _Signature.of(self._method)

    def read(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[InvalidArgumentError | None, tuple[Any, ...], dict[str, Any]]:
        """Return what is wrong with the arguments, or None and those to go on with.

        Too many of them by their place, or too few, Python itself tells of.
        """
        signature = self._signature
        for kind, value in zip(signature.by_place, args):  # noqa: B905
            if type(value) not in kind.exact:
                return self._read_all(args, kwargs)
        if not kwargs and not signature.required:
            self.fitting.add(tuple(map(type, args)))
            return None, args, kwargs
        changes: dict[str, Any] = {}
        for name, value in kwargs.items():
            kind = signature.kinds.get(name, NOTHING)
            if type(value) in kind.exact or (kind.items and kind.holds(value)):
                continue
            changes[name] = result = kind.read(value, name)
            if type(result) is Fault:
                return self._read_all(args, kwargs)
        if not signature.required <= kwargs.keys():
            return self._read_all(args, kwargs)
        return None, args, {**kwargs, **changes} if changes else kwargs

    def _read_all(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[InvalidArgumentError | None, tuple[Any, ...], dict[str, Any]]:
        """Do the same part by part."""
        signature = self._signature
        kinds, names = signature.kinds, signature.positional[: len(args)]
        for name in kwargs:
            if name not in kinds:
                return self._unexpected(name), (), {}
        for name in sorted(signature.required - kwargs.keys()):
            return self._missing(name), (), {}
        placed = [kinds[name].read(value, name) for name, value in zip(names, args)]  # noqa: B905
        named = {name: kinds[name].read(value, name) for name, value in kwargs.items()}
        for value in (*placed, *named.values()):
            if isinstance(value, Fault):
                return value.error(), (), {}
        return None, (*placed, *args[len(names) :]), named

    def _unexpected(self, name: str) -> UnexpectedArgumentError:
        text = f"{self._method.__qualname__}() got an unexpected keyword argument {name!r}"
        return UnexpectedArgumentError(text + hint_on(name, self._signature.kinds))

    def _missing(self, name: str) -> UnexpectedArgumentError:
        text = f"{self._method.__qualname__}() is missing the required keyword argument {name!r}"
        return UnexpectedArgumentError(text)
