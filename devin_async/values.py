"""Checks and conversions of argument values: ids, times, sizes."""

import re
import reprlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from devin_async.errors import InvalidArgumentError
from devin_async.markers import Unset

__all__ = [
    "FIRST_MILLISECOND",
    "When",
    "as_array",
    "as_object",
    "billing_days",
    "check_choice",
    "check_count",
    "check_filled",
    "check_header_text",
    "check_id",
    "check_ids",
    "check_keywords",
    "check_length",
    "check_limit",
    "check_page_size",
    "check_path",
    "check_query",
    "check_seconds",
    "check_text",
    "check_time_range",
    "check_urls",
    "devin_id",
    "to_billing_seconds",
    "to_iso",
    "to_seconds",
    "utc_time",
]

When = datetime | int
"""A moment: an aware datetime, or whole unix seconds (UTC)."""

# From here on a number cannot sensibly be seconds (year 5138): such servers mean milliseconds.
FIRST_MILLISECOND = 100_000_000_000
LARGEST_PAGE = 200
_LONGEST_URL = 2083
_HEADER_BREAK = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")  # RFC 9110, 5.5; UTF-8
_SHORTENED = reprlib.Repr()
_SHORTENED.maxother = 60  # a whole model given as an id would fill the screen
_SECONDS_A_DAY = 86_400
_FIRST_MOMENT = datetime.fromtimestamp(0, UTC)
_BILLING_DAY_STARTS = time(8, tzinfo=UTC)  # midnight PST, without daylight saving


def check_id(name: str, value: object) -> str:
    """Check an id that becomes a part of the path."""
    if not isinstance(value, str):
        raise InvalidArgumentError(
            f"{name} is {_SHORTENED.repr(value)}, a {type(value).__name__}; allowed: a str that is "
            "not empty"
        )
    if not value.strip() or value in {".", ".."}:
        raise InvalidArgumentError(f"{name} is {value!r}; allowed: the id of a thing, not empty")
    return value


def check_ids(**ids: str) -> dict[str, str]:
    """Check ids, each under the name that the path or the body has for it."""
    return {name: check_id(name, value) for name, value in ids.items()}


def check_keywords(given: Mapping[str, Any], known: type) -> dict[str, Any]:
    """Check the keywords that a method takes as *known*, a TypedDict; gives those that were given.

    Raises:
        TypeError: One is none of *known*, or one that it requires is missing.
    """
    names, required = known.__annotations__.keys(), vars(known)["__required_keys__"]
    if not given.keys() <= names:
        raise TypeError(f"unexpected keyword argument {min(given.keys() - names)!r}")
    if not required <= given.keys():
        raise TypeError(f"missing required keyword argument {min(required - given.keys())!r}")
    return dict(given)


def one_line(text: str) -> str:
    """Make one line of *text*, without what would move a cursor, hide text or forge a log."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def devin_id(name: str, value: object) -> str:
    """Check a session's id and give it the prefix that paths want and answers often leave out."""
    text = check_id(name, value)
    return text if text.startswith("devin-") else f"devin-{text}"


def check_path(name: str, value: object) -> str:
    """Check an id whose slashes stay slashes, such as `owner/name`."""
    text = check_id(name, value)
    if any(part in {"", ".", ".."} for part in text.split("/")):
        raise InvalidArgumentError(f"{name} is {text!r}; allowed: a path such as 'owner/name'")
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
    allowed = f"{smallest} to {largest}" if largest is not None else f"{smallest} or more"
    is_whole = isinstance(value, int) and not isinstance(value, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not is_whole or value < smallest or (largest is not None and value > largest):
        raise InvalidArgumentError(f"{name} is {value!r}; allowed: a whole number, {allowed}")
    return value


def check_seconds(name: str, value: float, *, may_be_zero: bool = False) -> float:
    """Check how long something is to take."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not is_number or not (value > 0 or (may_be_zero and value == 0)):
        allowed = "from 0" if may_be_zero else "above 0"
        raise InvalidArgumentError(f"{name} is {value!r}; allowed: a number of seconds {allowed}")
    return value


def check_limit(name: str, value: int | Unset | None) -> int | Unset | None:
    """Check an ACU limit that None clears and UNSET leaves as it is."""
    return value if isinstance(value, Unset) else check_count(name, value)


def check_choice(name: str, value: str | None, choices: Sequence[str]) -> str | None:
    """Check a word of a closed kind."""
    if value is not None and value not in choices:
        allowed = ", ".join(map(repr, choices))
        raise InvalidArgumentError(f"{name} is {value!r}; allowed: {allowed}")
    return value


def check_length(
    name: str, values: Sequence[Any] | None, largest: int | None = None, *, smallest: int = 0
) -> None:
    """Check the number of entries of a list; a bare str is refused, it would count as a list."""
    if isinstance(values, str):
        raise InvalidArgumentError(f"{name} is {values!r}, a str; allowed: a list of str")
    if values is not None and len(values) < smallest:
        raise InvalidArgumentError(f"{name} has {len(values)} entries; allowed: {smallest} or more")
    if values is not None and largest is not None and len(values) > largest:
        raise InvalidArgumentError(f"{name} has {len(values)} entries; allowed: at most {largest}")


def check_query(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check that no list of filters is empty: written as nothing, it would select everything."""
    for name, value in query.items():
        if as_array(value) is not None and not value:
            raise InvalidArgumentError(
                f"{name} is empty; allowed: one entry or more, or None, which selects everything"
            )
    return query


def check_text(name: str, value: str | None, *, smallest: int = 0, largest: int) -> None:
    """Check the number of characters of a text."""
    if value is not None and not smallest <= len(value) <= largest:
        raise InvalidArgumentError(
            f"{name} has {len(value)} characters; allowed: {smallest} to {largest}"
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
        raise InvalidArgumentError(f"{name} is empty or no text; allowed: a str that is not empty")
    return value


def check_header_text(name: str, value: object) -> None:
    """Check what stands in a header; the message does not repeat it, it may be a token."""
    if not isinstance(value, str) or _HEADER_BREAK.search(value):
        raise InvalidArgumentError(
            f"{name} is no text of one line; allowed: a str without control characters"
        )


def to_seconds(name: str, value: When | None) -> int | None:
    """Turn a moment into the unix seconds that the API wants."""
    if value is None:
        return None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidArgumentError(
                f"{name} is {value!r}, without a time zone; allowed: an aware datetime, such as "
                "datetime.now(UTC), or int unix seconds"
            )
        if value < _FIRST_MOMENT:
            raise InvalidArgumentError(f"{name} is {value!r}; allowed: a moment from 1970 on")
        return int(value.timestamp())
    if isinstance(value, bool) or not isinstance(value, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgumentError(
            f"{name} is {value!r}; allowed: an aware datetime or int unix seconds"
        )
    if not 0 <= value < FIRST_MILLISECOND:
        raise InvalidArgumentError(
            f"{name} is {value}; allowed: unix seconds from 0 (this looks like milliseconds)"
            if value > 0
            else f"{name} is {value}; allowed: unix seconds from 0"
        )
    return value


def to_iso(name: str, value: When | None) -> str | None:
    """Turn a moment into the ISO 8601 text that a few endpoints want."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    seconds = to_seconds(name, value)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def check_time_range(
    time_after: When | None, time_before: When | None, *, most_days: int | None
) -> tuple[int | None, int | None]:
    """Turn a range of moments into seconds, and check what the API asks of it.

    A range that has no *most_days* may be open at either end.
    """
    since, until = to_seconds("time_after", time_after), to_seconds("time_before", time_before)
    if until is None or (since is None and most_days is None):
        return since, until
    if since is None:
        raise InvalidArgumentError("time_before needs time_after as well")
    if since >= until:
        raise InvalidArgumentError(
            f"time_after is {time_after!r}, time_before {time_before!r}; allowed: a range that "
            "ends after it starts"
        )
    if most_days is not None and until - since > most_days * _SECONDS_A_DAY:
        raise InvalidArgumentError(
            f"time_after and time_before are {(until - since) / _SECONDS_A_DAY:.1f} days apart; "
            f"allowed: at most {most_days}"
        )
    return since, until


def to_billing_seconds(name: str, value: "When | date | None") -> int | None:
    """Turn a moment, or the start of a billing day, into unix seconds."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return int(datetime.combine(value, _BILLING_DAY_STARTS).timestamp())
    return to_seconds(name, value)


def billing_days(start: date, end: date) -> tuple[datetime, datetime]:
    """Give the moments between which the billing days *start* to *end*, both included, lie."""
    for name, value in (("start", start), ("end", end)):
        if isinstance(value, datetime) or not isinstance(value, date):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgumentError(
                f"{name} is {value!r}; allowed: a date, such as date(2026, 1, 31)"
            )
    if end < start:
        raise InvalidArgumentError(f"end is {end}, which lies before start, {start}")
    first = datetime.combine(start, _BILLING_DAY_STARTS)
    return first, datetime.combine(end + timedelta(days=1), _BILLING_DAY_STARTS)


def as_object(value: object) -> dict[str, Any] | None:
    """Give *value* if it is a JSON object, else None."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_array(value: object) -> Sequence[Any] | None:
    """Give *value* if it is a JSON array, else None."""
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else None


def utc_time(value: float | str | datetime) -> datetime:
    """Read a server's time: unix seconds, milliseconds from 1e11 on, or ISO 8601 (naive is UTC)."""
    if isinstance(value, int | float):
        seconds = value / 1000 if abs(value) >= FIRST_MILLISECOND else value
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
