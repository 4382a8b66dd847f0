"""What a fan-out reads: any iterable, and by what it and its items are known again."""

import hashlib
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Callable,
    Hashable,
    Iterable,
    Sequence,
    Sized,
)
from typing import Any, TypeVar, cast

from devin_async.base.generators import closing
from devin_async.base.text import class_name
from devin_async.errors import InvalidArgumentError
from devin_async.lists.identity import id_field_of
from devin_async.lists.identity import identity_of as identity_of_item
from devin_async.lists.pager import Pager

__all__ = ["Repeats", "check_source", "identifier_of", "identity_of", "is_collection", "pull"]

Item = TypeVar("Item")

_DIGEST = 16


def check_source(source: Any) -> Any:
    """Check what is to be read.

    Raises:
        InvalidArgumentError: It cannot be iterated over, or is a text, which nobody means letter by
            letter.
    """
    if isinstance(source, str | bytes) or not isinstance(source, Iterable | AsyncIterable):
        raise InvalidArgumentError(
            f"source is {class_name(source)}; allowed: an iterable or an async iterable of "
            "items, such as a list"
        )
    return source  # pyright: ignore[reportUnknownVariableType]


async def pull(source: Iterable[Item] | AsyncIterable[Item]) -> AsyncGenerator[Item, None]:
    """Read any source; an iterator that was made here is closed here, a given one is not."""
    if not isinstance(source, AsyncIterable):
        for item in source:
            yield item
        return
    iterator = aiter(source)
    if iterator is source or not isinstance(iterator, AsyncGenerator):
        async for item in iterator:
            yield item
        return
    async with closing(cast("AsyncGenerator[Item]", iterator)) as items:
        async for item in items:
            yield item


def is_collection(source: object) -> bool:
    """Tell whether a source is all there, and can be read more than once."""
    return isinstance(source, Iterable) and isinstance(source, Sized)


def identity_of(source: object, keys: Sequence[str] | None) -> str:
    """Describe a source so that another job's differs: by its list and query, its keys or its kind.

    Args:
        source: The source.
        keys: Those of a collection, in any order; None for what can be read once.
    """
    if isinstance(source, Pager):
        return source.identity
    if keys is not None:
        return f"a collection of {len(keys)} keys, digest {_digest(keys)}"
    return f"a source of the kind {type(source).__name__}"


def _digest(keys: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for key in sorted(keys):
        content = key.encode()
        digest.update(b"%d:%b" % (len(content), content))
    return digest.hexdigest()[:_DIGEST]


class Repeats:
    """Tells of each item whether one of the same identity came before.

    Args:
        identify: Gives an item's identity.
    """

    def __init__(self, identify: Callable[[Any], Hashable]) -> None:
        self._identify = identify
        self._seen: set[Hashable] = set()

    def __call__(self, item: Any) -> bool:
        """Tell it, and know the item from now on."""
        identity = self._identify(item)
        if not isinstance(identity, Hashable):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgumentError(
                f"key= gave {class_name(identity)} for an item; allowed: a str"
            )
        if identity in self._seen:
            return True
        self._seen.add(identity)
        return False


def identifier_of(source: Any) -> Callable[[Any], str]:
    """Return what identifies an item of a source: its id, or all of it if it has none."""
    of_list: str | None = source.id_field if isinstance(source, Pager) else None

    def identify(item: Any) -> str:
        try:
            return identity_of_item(item, of_list or id_field_of(type(item)))
        except (TypeError, ValueError, RecursionError):
            raise InvalidArgumentError(
                f"an item is {class_name(item)}, which has no id and is no JSON; give key=, "
                "a function that makes a str of an item"
            ) from None

    return identify
