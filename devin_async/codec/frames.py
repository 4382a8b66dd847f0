"""What stands beside the items of a page under other names than the documented ones.

Servers that change how they spell their answers would else end each list after its first page, and
nobody would notice.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from devin_async.base.plain_json import as_object
from devin_async.codec.differences import Difference, Tell
from devin_async.codec.structuring import structure

__all__ = ["OtherFrame", "Page", "check_frame", "find_frame"]

_CURSORS = frozenset({"endcursor", "nextcursor", "nextpagecursor"})
_FLAGS = frozenset({"hasnextpage", "hasnext", "hasmore"})
_MARKS = re.compile("[^a-z]")


@frozen
class OtherFrame:
    """How a page says that another follows.

    Attributes:
        end_cursor: The cursor; None without one.
        has_next_page: Whether another page follows; None if it does not say so.
    """

    end_cursor: str | None = None
    has_next_page: bool | None = None


def find_frame(raw: Any, envelope: str, tell: Tell) -> OtherFrame:
    """Look for what a page lacks under the documented names: in other spellings, or a level deeper.

    Args:
        raw: The page as plain values.
        envelope: Name of the field that holds the items.
        tell: Takes each field that is found elsewhere.
    """
    page = as_object(raw)
    if page is None:
        return OtherFrame()
    cursor: str | None = None
    flag: bool | None = None
    for path, name, value in _fields(page, envelope):
        plain = _MARKS.sub("", name.lower())
        if cursor is None and plain in _CURSORS and "end_cursor" not in page:
            cursor = _text(value)
            if cursor is not None:
                tell(Difference("Page.end_cursor", path, "end_cursor", "another name"))
        elif flag is None and plain in _FLAGS and "has_next_page" not in page:
            flag = value if isinstance(value, bool) else None
            if flag is not None:
                tell(Difference("Page.has_next_page", path, "has_next_page", "another name"))
    return OtherFrame(cursor, flag)


def _fields(page: Mapping[str, Any], envelope: str) -> Iterator[tuple[str, str, Any]]:
    """Yield the path, the name and the value of each field that may tell of another page."""
    for name, value in page.items():
        if name == envelope:
            continue
        yield f"$.{name}", name, value
        for inner, deeper in (as_object(value) or {}).items():
            yield f"$.{name}.{inner}", inner, deeper


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    return str(value) if type(value) is int else None


@frozen(kw_only=True)
class Page:
    """What stands beside the items of a page."""

    end_cursor: str | None = field(default=None, repr=False)
    has_next_page: bool | None = None
    total: int | None = None


def check_frame(
    frame: tuple[Any, Any, Any], tell: Tell
) -> tuple[str | None, bool | None, int | None]:
    """Keep of another type nothing: lists go on by these, and count with them."""
    raw = {"end_cursor": frame[0], "has_next_page": frame[1], "total": frame[2]}
    page: Any = structure(raw, Page, tell)
    cursor = page.end_cursor
    if type(cursor) is int:  # what the server takes back as text; no other type could be sent
        cursor = str(cursor)
    has_more = page.has_next_page if type(page.has_next_page) is bool else None
    total = page.total if type(page.total) is int else None
    return cursor if isinstance(cursor, str) else None, has_more, total
