"""Times on the command line. All of them are UTC, unless one that is typed has an offset."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from devin_async.cli.errors import UsageError

__all__ = ["iso_time", "read_billing_day", "read_range", "read_seconds", "read_time", "short_time"]

Moment: TypeAlias = datetime | int | None
"""A moment, or an open end."""

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_UNIX = re.compile(r"[0-9]{10}")  # seconds of 2001 to 2286
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SPAN = re.compile(r"([0-9]+)([smhdw])")
_DAYS = re.compile(r"([0-9]+)d")


def read_time(name: str, text: str | None, *, now: datetime | None = None) -> Moment:
    """Read a moment: so long ago, a date, a time (UTC without an offset), unix seconds.

    Raises:
        UsageError: It is none.
    """
    if text is None:
        return None
    if _UNIX.fullmatch(text):
        return int(text)
    try:
        if span := _SPAN.fullmatch(text):
            moment = (now or datetime.now(UTC)) - timedelta(seconds=_in_seconds(span))
        else:  # with its hyphens: 20260131 may be a day, or a moment of August 1970
            moment = datetime.fromisoformat(text if _DATE.match(text) else "")
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        if moment < _FIRST:
            raise ValueError  # noqa: TRY301 - as what is no moment at all
    except (ValueError, OverflowError):
        raise UsageError(
            f"{name} is {text!r}; allowed: 2026-01-31, 2026-01-31T08:00:00Z, 7d (7 days ago; also "
            "s, m, h, w) or unix seconds, such as 1790000000; from 1970 on"
        ) from None
    return moment


def read_range(since: str | None, until: str | None) -> tuple[Moment, Moment]:
    """Read `--since` and `--until`, either of which may be left open.

    Raises:
        UsageError: One is no moment, or they are no range.
    """
    first, last = read_time("--since", since), read_time("--until", until)
    if first is not None and last is not None and _unix(first) >= _unix(last):
        raise UsageError(
            f"--since is {since!r}, --until {until!r}; allowed: a range that ends after it starts"
        )
    return first, last


def read_billing_day(name: str, text: str, *, today: date) -> date:
    """Read a billing day: a date, or `7d` for the first of the seven that end with *today*.

    Raises:
        UsageError: It is none.
    """
    try:
        if days := _DAYS.fullmatch(text):
            day = today - timedelta(days=max(int(days[1]), 1) - 1)
        else:
            day = date.fromisoformat(text if _DATE.match(text) else "")
        if day < _FIRST.date():
            raise ValueError  # noqa: TRY301 - as what is no day at all
    except (ValueError, OverflowError):
        raise UsageError(
            f"{name} is {text!r}; allowed: 2026-01-31, or 7d for the last seven billing days; from "
            "1970 on"
        ) from None
    return day


def read_seconds(name: str, text: str) -> float:
    """Read how long: seconds, or a number with its unit, such as 90s, 30m, 2h.

    Raises:
        UsageError: It is neither, or not above 0.
    """
    span = _SPAN.fullmatch(text)
    try:
        seconds = float(_in_seconds(span)) if span else float(text)
    except (ValueError, OverflowError):
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"{name} is {text!r}; allowed: seconds above 0, or 90s, 30m, 2h, 1d")
    return seconds


def short_time(moment: object) -> str:
    """Write a moment for a column that says UTC; what is none, as the server sent it."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    return "" if moment is None else str(moment)


def iso_time(moment: object) -> str:
    """Write a moment for machines; what is none, as the server sent it."""
    if isinstance(moment, datetime):
        return moment.isoformat()
    return "" if moment is None else str(moment)


def _unix(moment: datetime | int) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else moment


def _in_seconds(span: re.Match[str]) -> int:
    return int(span[1]) * _SECONDS[span[2]]
