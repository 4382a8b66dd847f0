"""By what an item of a list is known again: its id, or all that it says."""

import hashlib
from collections.abc import Sequence
from typing import Any

import attrs
import msgspec

from devin_async.base.plain_json import as_object

__all__ = ["id_field_of", "identity_of", "ids_of"]

_DIGEST = 24


def id_field_of(model: Any) -> str | None:
    """Tell which field of a model holds its id: the first one, if it is one at all."""
    if not (isinstance(model, type) and attrs.has(model)):
        return None
    first = next(iter(attrs.fields(model)), None)
    return first.name if first is not None and first.name.endswith("_id") else None


def ids_of(items: Sequence[Any], field: str) -> list[str | None]:
    """Give the id of each item, None where it has none."""
    return [_id(item, field) for item in items]


def identity_of(item: Any, field: str | None) -> str:
    """Give the id of an item; where it has none, a digest of what it says."""
    own = None if field is None else _id(item, field)
    if own is not None:
        return own
    content = msgspec.json.encode(item, order="deterministic")
    return "sha256:" + hashlib.sha256(content).hexdigest()[:_DIGEST]


def _id(item: Any, field: str) -> str | None:
    fields = as_object(item)
    value = getattr(item, field, None) if fields is None else fields.get(field)
    return str(value) if value not in (None, "") else None
