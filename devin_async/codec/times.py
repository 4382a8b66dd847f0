"""Times that were decoded from bytes, and are not what they say.

The decoder takes numbers for seconds, and text as it is: without an offset, or with another than
UTC. Servers that write milliseconds, or such text, are noticed by each of the times on a page.
"""

import types
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

__all__ = ["find_odd_times"]

Check = Callable[[Any], bool]

_FIRST_MILLISECOND_YEAR = 5138  # 1e11 s; no server means that year


def find_odd_times(model: Any) -> Callable[[Sequence[Any]], bool] | None:
    """Return what tells whether items of *model* hold a time that has to be read anew.

    None if *model* has no times.
    """
    hints = get_type_hints(model) if attrs.has(model) else {}
    always = [name for name, hint in hints.items() if hint is datetime]
    has_odd = _loop_over(always)
    others = _check_fields({name: hint for name, hint in hints.items() if name not in always})
    if others is None:
        return has_odd if always else None

    def has_odd_times(items: Sequence[Any]) -> bool:
        return has_odd(items) or any(map(others, items))

    return has_odd_times


def _loop_over(names: Sequence[str]) -> Check:
    """Make the look at the times that every item has: all for their offset, one for milliseconds.

    It is written out, as attrs does with its methods, because it runs for each item of each page,
    and names that are looked up there would cost it twice the time.
    """
    tests = " or ".join(f"item.{name}.tzinfo is not UTC" for name in names) or "False"
    years = " or ".join(f"item.{name}.year >= MOST" for name in names) or "False"
    lines = [
        "def has_odd(items):",
        "    for item in items:",
        f"        if {tests}:",
        "            return True",
        "    item = items[0]",
        f"    return {years}",
    ]
    scope: dict[str, Any] = {"UTC": UTC, "MOST": _FIRST_MILLISECOND_YEAR}
    exec("\n".join(lines), scope)  # noqa: S102 - the names are those of our own models' fields
    check: Check = scope["has_odd"]
    return check


def _is_odd(moment: datetime) -> bool:
    return moment.tzinfo is not UTC or moment.year >= _FIRST_MILLISECOND_YEAR


def _check_of(hint: Any, around: frozenset[Any]) -> Check | None:
    """Return the check of a value of a type; None if it holds no times."""
    if hint is datetime:
        return _is_odd
    origin, parts = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        parts = tuple(part for part in parts if part is not type(None))
        return _if_any(_check_of(parts[0], around)) if len(parts) == 1 else None
    if origin is list:
        return _of_each(_check_of(parts[0], around), iter)
    if origin is dict:
        return _of_each(_check_of(parts[1], around), _values)
    if attrs.has(hint) and hint not in around:
        return _check_fields(get_type_hints(hint), around | {hint})
    return None


def _if_any(check: Check | None) -> Check | None:
    return None if check is None else lambda value: value is not None and check(value)


def _of_each(check: Check | None, values: Callable[[Any], Iterable[Any]]) -> Check | None:
    return None if check is None else lambda value: any(map(check, values(value)))


def _values(mapping: dict[str, Any]) -> Iterable[Any]:
    return mapping.values()


def _check_fields(hints: dict[str, Any], around: frozenset[Any] = frozenset()) -> Check | None:
    checks = [(attrgetter(name), _check_of(hint, around)) for name, hint in hints.items()]
    held = [(get, check) for get, check in checks if check is not None]
    return (lambda value: any(check(get(value)) for get, check in held)) if held else None
