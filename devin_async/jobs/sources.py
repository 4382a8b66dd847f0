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

import attrs

from devin_async.errors import InvalidArgumentError
from devin_async.lists.pager import Pager

__all__ = ["Repeats", "check_source", "id_of", "identity_of", "is_collection", "pull"]

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
            f"source is a {type(source).__name__}; allowed: an iterable or an async iterable of "
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
    try:
        async for item in iterator:
            yield item
    finally:
        if iterator is not source and isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


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
        if identity in self._seen:
            return True
        self._seen.add(identity)
        return False


def id_of(item: Any) -> str:
    """Give what tells an item of a list from the others: its id, or all of it if it has none.

    A model's id is its first field. The fields of a plain dict come in the server's order, so that
    none of them can be taken for its id.
    """
    if isinstance(item, str):
        return item
    kind = cast("Any", type(item))
    if attrs.has(kind):
        name = attrs.fields(kind)[0].name
        found = getattr(item, name)
        if name.endswith("_id") and isinstance(found, str):
            return found
    return hashlib.sha256(repr(item).encode(errors="surrogatepass")).hexdigest()
