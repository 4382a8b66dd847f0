"""What stands beside the items of a page under other names than the documented ones.

Servers that change how they spell their answers would else end each list after its first page, and
nobody would notice.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from devin_async.base.plain_json import as_object
from devin_async.codec.differences import Difference, Tell

__all__ = ["OtherFrame", "find_frame"]

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
