"""By what an item of a list is known again: its id, or all that it says."""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any

import attrs
import msgspec

from devin_async.base.plain_json import as_object
from devin_async.errors import InvalidArgumentError

__all__ = ["digest_of", "id_field_of", "identity_of", "ids_of", "keys_of"]

_DIGEST = 24
_QUERY_DIGEST = 16


def id_field_of(model: Any) -> str | None:
    """Tell which field of a model holds its id: the first one, if it is one at all."""
    if not (isinstance(model, type) and attrs.has(model)):
        return None
    first = next(iter(attrs.fields(model)), None)
    return first.name if first is not None and first.name.endswith("_id") else None


def ids_of(items: Sequence[Any], field: str) -> list[str | None]:
    """Return the id of each item, be it a model, plain or raw JSON; None where it has none."""
    if items and isinstance(items[0], msgspec.Raw):
        rows = _raw_ids(field)(b"\n".join(items))
        return [_text(row.id) for row in rows]
    return [_id(item, field) for item in items]


def keys_of(items: Sequence[Any], field: str) -> set[str]:
    """Return the ids of *items*, as far as they have one."""
    with suppress(AttributeError, TypeError):
        keys: set[Any] = set(map(attrgetter(field), items))
        if "" not in keys and set(map(type, keys)) == {str}:  # as nearly all do, page after page
            return keys
    return set(filter(None, ids_of(items, field)))


@functools.cache
def _raw_ids(field: str) -> Callable[[bytes], list[Any]]:
    row = msgspec.defstruct("Row", [("id", Any, None)], rename={"id": field})
    return msgspec.json.Decoder(row).decode_lines


def identity_of(item: Any, field: str | None) -> str:
    """Return the id of an item; where it has none, a digest of what it says."""
    own = None if field is None else _id(item, field)
    if own is not None:
        return own
    content = msgspec.json.encode(item, order="deterministic")
    return "sha256:" + hashlib.sha256(content).hexdigest()[:_DIGEST]


def digest_of(query: Mapping[str, Any]) -> str:
    """Return what tells one query from another, whatever the order of its parameters."""
    parameters = {name: query[name] for name in sorted(query) if query[name] is not None}
    try:  # a text of a class of its own, such as numpy's, is written as it is sent
        content = msgspec.json.encode(parameters, enc_hook=str)
    except UnicodeEncodeError:
        raise InvalidArgumentError(
            f"a filter among {', '.join(parameters)} has half a character; allowed: a str of whole "
            "characters"
        ) from None
    return hashlib.sha256(content).hexdigest()[:_QUERY_DIGEST]


def _id(item: Any, field: str) -> str | None:
    fields = as_object(item)
    value = getattr(item, field, None) if fields is None else fields.get(field)
    return _text(value)


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
