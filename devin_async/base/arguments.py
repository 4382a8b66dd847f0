"""Checks of argument values: ids, texts, counts, lists."""

import inspect
import re
import reprlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from devin_async.base.markers import Unset
from devin_async.base.plain_json import as_array
from devin_async.base.text import class_name, is_unicode, with_article
from devin_async.errors import InvalidArgumentError, UnexpectedArgumentError

__all__ = [
    "check_choice",
    "check_count",
    "check_filled",
    "check_function",
    "check_header_text",
    "check_id",
    "check_ids",
    "check_instance",
    "check_keywords",
    "check_length",
    "check_limit",
    "check_page_size",
    "check_path",
    "check_query",
    "check_seconds",
    "check_switch",
    "check_text",
    "check_urls",
    "devin_id",
    "hint_on",
    "is_async",
    "shown",
]
LARGEST_PAGE = 200
_LONGEST_URL = 2083
_HEADER_BREAK = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110, 5.5
_SHORTENED = reprlib.Repr()
_SHORTENED.maxother = 60  # a whole model given as an id would fill the screen


def shown(value: object) -> str:
    """Show a value that is refused, shortened, and of which class it is."""
    return "None" if value is None else f"{_SHORTENED.repr(value)}, {class_name(value)}"


def check_id(name: str, value: object) -> str:
    """Check an id that becomes a part of the path."""
    if not isinstance(value, str):
        raise InvalidArgumentError(
            f"is {shown(value)}; allowed: a str that is not empty", argument=name
        )
    if not value.strip() or value in {".", ".."}:
        raise InvalidArgumentError(
            f"is {value!r}; allowed: the id of a thing, not empty", argument=name
        )
    return value


def check_ids(**ids: str) -> dict[str, str]:
    """Check ids, each under the name that the path or the body has for it."""
    return {name: check_id(name, value) for name, value in ids.items()}


def check_keywords(keywords: Mapping[str, Any], allowed: type) -> dict[str, Any]:
    """Check the keywords of a call against *allowed*, a TypedDict, and copy them.

    Raises:
        UnexpectedArgumentError: One is none of *allowed*.
    """
    names = allowed.__annotations__.keys()
    if not keywords.keys() <= names:
        unexpected = min(keywords.keys() - names)
        raise UnexpectedArgumentError(
            f"unexpected keyword argument {unexpected!r}{hint_on(unexpected, names)}"
        )
    return dict(keywords)


def hint_on(name: str, taken: Collection[str]) -> str:
    """Tell what to write instead of *name* where the arguments *taken* may be given."""
    import difflib  # noqa: PLC0415 - only for who needs it

    from devin_async.base.older_names import advice_on  # noqa: PLC0415 - likewise

    advice = advice_on(name, taken)
    if advice is not None:
        return f": {advice}"
    near = difflib.get_close_matches(name, taken, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def devin_id(name: str, value: object) -> str:
    """Check a session's id and give it the prefix that paths want and answers often leave out."""
    text = check_id(name, value)
    return text if text.startswith("devin-") else f"devin-{text}"


def check_path(name: str, value: object) -> str:
    """Check an id whose slashes stay slashes, such as `owner/name`."""
    text = check_id(name, value)
    if any(part in {"", ".", ".."} for part in text.split("/")):
        raise InvalidArgumentError(
            f"is {text!r}; allowed: a path such as 'owner/name'", argument=name
        )
    return text


def check_page_size(value: int | None, *, largest: int = LARGEST_PAGE) -> int | None:
    """Check a page size (the API's `first`)."""
    return check_count("page_size", value, smallest=1, largest=largest)


def check_count(
    name: str, value: int | None, *, smallest: int = 0, largest: int | None = None
) -> int | None:
    """Check a whole number against what the API allows."""
    if value is None:
        return None
    is_whole = isinstance(value, int) and not isinstance(value, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not is_whole or value < smallest or (largest is not None and value > largest):
        allowed = f"{smallest} to {largest}" if largest is not None else f"{smallest} or more"
        raise InvalidArgumentError(
            f"is {value!r}; allowed: a whole number, {allowed}", argument=name
        )
    return value


def check_seconds(name: str, value: float, *, may_be_zero: bool = False) -> float:
    """Check how long something is to take."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not is_number or not (value > 0 or (may_be_zero and value == 0)):
        allowed = "from 0" if may_be_zero else "above 0"
        raise InvalidArgumentError(
            f"is {value!r}; allowed: a number of seconds {allowed}", argument=name
        )
    return value


def check_limit(name: str, value: int | Unset | None) -> int | Unset | None:
    """Check an ACU limit that None clears and UNSET leaves as it is."""
    return value if isinstance(value, Unset) else check_count(name, value)


def check_choice(name: str, value: str | None, choices: Sequence[str]) -> str | None:
    """Check a word of a closed kind."""
    if value is not None and value not in choices:
        allowed = ", ".join(map(repr, choices))
        raise InvalidArgumentError(f"is {value!r}; allowed: {allowed}", argument=name)
    return value


def check_length(
    name: str, values: Sequence[Any] | None, largest: int | None = None, *, smallest: int = 0
) -> None:
    """Check the number of entries of a list; a bare str is refused, it would count as a list."""
    if isinstance(values, str):
        raise InvalidArgumentError(f"is {values!r}, a str; allowed: a list of str", argument=name)
    if values is not None and len(values) < smallest:
        raise InvalidArgumentError(
            f"has {len(values)} entries; allowed: {smallest} or more", argument=name
        )
    if values is not None and largest is not None and len(values) > largest:
        raise InvalidArgumentError(
            f"has {len(values)} entries; allowed: at most {largest}", argument=name
        )


def check_query(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check that no list of filters is empty: written as nothing, it would select everything."""
    for name, value in query.items():
        if as_array(value) is not None and not value:
            raise InvalidArgumentError(
                "is empty; allowed: one entry or more, or None, which selects everything",
                argument=name,
            )
    return query


def check_text(name: str, value: str | None, *, smallest: int = 0, largest: int) -> None:
    """Check the number of characters of a text."""
    if value is not None and not smallest <= len(value) <= largest:
        raise InvalidArgumentError(
            f"has {len(value)} characters; allowed: {smallest} to {largest}", argument=name
        )


def check_urls(
    name: str, urls: Sequence[str] | None, largest: int | None = None
) -> Sequence[str] | None:
    """Check a list of urls, each as long as the API takes."""
    check_length(name, urls, largest)
    for url in urls or ():
        check_text(name, url, smallest=1, largest=_LONGEST_URL)
    return urls


def check_filled(name: str, value: str) -> str:
    """Check a text that the API needs; the message does not repeat it."""
    if not isinstance(value, str) or not value.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgumentError(
            "is empty or no text; allowed: a str that is not empty", argument=name
        )
    return value


def check_instance(name: str, value: object, wanted: type) -> None:
    """Check that a value is of a class, or None."""
    if value is not None and not isinstance(value, wanted):
        raise InvalidArgumentError(
            f"is {shown(value)}; allowed: {with_article(wanted.__name__)} or None", argument=name
        )


def is_async(function: object) -> bool:
    """Tell whether calling *function* gives a coroutine."""
    if isinstance(function, type):  # it gives an instance
        return False
    called = getattr(function, "__call__", None)  # noqa: B004 - whether calling it is async
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)


def check_function(name: str, value: object) -> None:
    """Check that a value can be called, and that nobody has to await what it gives."""
    if not callable(value):
        raise InvalidArgumentError(f"is {shown(value)}; allowed: a function", argument=name)
    if is_async(value):
        raise InvalidArgumentError(
            f"is {_SHORTENED.repr(value)}, an async function; allowed: one that is not async",
            argument=name,
        )


def check_switch(name: str, value: object) -> None:
    """Check what is on or off: a text such as "no" would count as on."""
    if not isinstance(value, bool):
        raise InvalidArgumentError(f"is {shown(value)}; allowed: True or False", argument=name)


def check_header_text(name: str, value: object) -> None:
    """Check what stands in a header; the message does not repeat it, it may be a token."""
    if not isinstance(value, str) or not is_unicode(value) or _HEADER_BREAK.search(value):
        raise InvalidArgumentError(
            "is no text of one line; allowed: a str without control characters", argument=name
        )
