"""Opaque cursors, and pages cut by them: positions in a list that stay true while it grows."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from hashlib import blake2b
from itertools import islice
from typing import Any, TypeVar

from devin_async.sandbox.base.problems import Problem

ItemT = TypeVar("ItemT")

_CHECKSUM_BYTES = 6


def encode_cursor(name: str, position: int) -> str:
    """Hide a *position* in the list called *name*."""
    payload = str(position).encode()
    return urlsafe_b64encode(_checksum(name, payload) + payload).decode().rstrip("=")


def decode_cursor(name: str, cursor: str) -> int:
    """Return the position that a cursor of the list called *name* hides.

    Raises:
        Problem: With 400, when the cursor is not one of this list.
    """
    try:
        raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
    except (Base64Error, UnicodeEncodeError, ValueError):
        raw = b""
    checksum, payload = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:]
    if not payload or checksum != _checksum(name, payload):
        raise Problem(400, "The cursor is not one that this list gave out")
    return int(payload)


def _checksum(name: str, payload: bytes) -> bytes:
    return blake2b(name.encode() + b":" + payload, digest_size=_CHECKSUM_BYTES).digest()


def page(
    name: str,
    positioned: Iterable[tuple[int, ItemT]],
    first: int,
    render: Callable[[ItemT], Any],
    total: int | None = None,
    *,
    ends_with_cursor: bool = False,
) -> dict[str, Any]:
    """Cut one page from what follows the cursor.

    Args:
        name: The list, to which the end cursor is bound.
        positioned: Positions and items in the order of the list; one more than *first* is pulled.
        first: How many items the page holds at most.
        render: Turns an item into its JSON form.
        total: How many items the whole list has, when that is known.
        ends_with_cursor: Whether the last page names its end, too.
    """
    pulled = list(islice(positioned, first + 1))
    shown = pulled[:first]
    more = len(pulled) > first
    names_end = more or (ends_with_cursor and shown)
    return {
        "items": [render(item) for _, item in shown],
        "end_cursor": encode_cursor(name, shown[-1][0]) if names_end else None,
        "has_next_page": more,
        "total": total,
    }
