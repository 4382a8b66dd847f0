"""Plain JSON values: their kinds, and how deep a document is nested.

The depth is told from the bytes without recursion. The parser stops by itself, with an error,
between a thousand and some ten thousand levels, by the version of Python. A lower limit costs a
look through the bytes of each answer.
"""

import re
from collections.abc import Sequence
from typing import Any, cast

__all__ = ["as_array", "as_object", "is_deeper_than"]


def as_object(value: object) -> dict[str, Any] | None:
    """Return *value* if it is a JSON object, else None."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_array(value: object) -> Sequence[Any] | None:
    """Return *value* if it is a JSON array, else None."""
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else None


# Both kinds of brackets become one, and all but brackets and quotes goes away.
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_MARKS = bytes(set(range(256)) - set(b'"[]{}'))
_NO_OPENERS = bytes(set(range(256)) - set(b"[{"))
_STRING = re.compile(rb'"[^"]*"')
_RUN = re.compile(rb"\[+|\]+")
_PASSES = 8


def is_deeper_than(body: bytes, most: int) -> bool:
    """Tell whether *body*, if it is JSON, holds arrays and objects more than *most* levels deep."""
    # Almost all answers end here: who opens no more than so many brackets is not deeper either.
    if len(body) <= 2 * most or len(body.translate(None, _NO_OPENERS)) <= most:
        return False
    levels = _brackets(body)
    for passed in range(min(most, _PASSES)):
        inner_gone = levels.replace(b"[]", b"")
        if len(inner_gone) == len(levels):
            return _climbs_above(levels, most - passed)
        levels = inner_gone
    return _climbs_above(levels, most - min(most, _PASSES))


def _climbs_above(levels: bytes, most: int) -> bool:
    """Count the brackets up and down, run by run; few are left when this is called."""
    depth = 0
    for run in _RUN.finditer(levels):
        size = run.end() - run.start()
        depth += size if levels[run.start()] == ord("[") else -size
        if depth > most:
            return True
    return False


def _brackets(body: bytes) -> bytes:
    """Leave the brackets that stand outside of strings."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = body.translate(_ONE_KIND, _NO_MARKS).replace(b'""', b"")
    return _STRING.sub(b"", marks) if b'"' in marks else marks
