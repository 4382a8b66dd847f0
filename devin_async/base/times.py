"""Moments, as callers give them and as the API writes them."""

import re
from datetime import UTC, date, datetime, time, timedelta

from devin_async.errors import InvalidArgumentError

__all__ = [
    "FIRST_MILLISECOND",
    "When",
    "billing_day",
    "billing_days",
    "billing_range",
    "check_time_range",
    "seconds_of",
    "to_billing_seconds",
    "to_iso",
    "to_seconds",
    "utc_time",
]

When = datetime | int
"""A moment: an aware datetime, or whole unix seconds (UTC)."""

# From here on a number cannot sensibly be seconds (year 5138): such servers mean milliseconds.
FIRST_MILLISECOND = 100_000_000_000
_SECONDS_A_DAY = 86_400
# Shorter numbers are dates of ISO 8601, such as 20260131.
_NUMBER = re.compile(r"[+-]?\d{9,}(\.\d+)?")
_FIRST_MOMENT = datetime.fromtimestamp(0, UTC)
_DAY_STARTS = timedelta(hours=8)
_BILLING_DAY_STARTS = time(8, tzinfo=UTC)  # midnight PST, without daylight saving


def to_seconds(name: str, value: When | None) -> int | None:
    """Turn a moment into the unix seconds that the API wants."""
    if value is None:
        return None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidArgumentError(
                f"is {value!r}, without a time zone; allowed: an aware datetime, such as "
                "datetime.now(UTC), or int unix seconds",
                argument=name,
            )
        if value < _FIRST_MOMENT:
            raise InvalidArgumentError(
                f"is {value!r}; allowed: a moment from 1970 on", argument=name
            )
        return int(value.timestamp())
    if isinstance(value, bool) or not isinstance(value, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgumentError(
            f"is {value!r}; allowed: an aware datetime or int unix seconds", argument=name
        )
    if not 0 <= value < FIRST_MILLISECOND:
        doubt = " (this looks like milliseconds)" if value > 0 else ""
        raise InvalidArgumentError(
            f"is {value}; allowed: unix seconds from 0{doubt}", argument=name
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
        raise InvalidArgumentError("needs time_after as well", argument="time_before")
    if since >= until:
        raise _backwards(time_after, time_before)
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


def billing_query(
    time_after: "When | date | None", time_before: "When | date | None"
) -> dict[str, int | None]:
    """Turn a range of moments or billing days into the parameters that ask for it."""
    since = to_billing_seconds("time_after", time_after)
    until = to_billing_seconds("time_before", time_before)
    if since is not None and until is not None and since >= until:
        raise _backwards(time_after, time_before)
    return {"time_after": since, "time_before": until}


def _backwards(time_after: object, time_before: object) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"is {time_after!r}, time_before {time_before!r}; allowed: a range that ends after it "
        "starts",
        argument="time_after",
    )


def billing_day(moment: When) -> date:
    """Tell in which billing day a moment lies.

    A billing day starts at 08:00 UTC, midnight PST, all the year.

    Args:
        moment: An aware datetime, or unix seconds (UTC).

    Raises:
        InvalidArgumentError: It is none.
    """
    seconds = to_seconds("moment", moment)
    if seconds is None:
        raise InvalidArgumentError("moment is None; allowed: an aware datetime or int unix seconds")
    return (datetime.fromtimestamp(seconds, UTC) - _DAY_STARTS).date()


def billing_days(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the moments between which billing days lie: their start, and the end, not part of it.

    Args:
        first: The first billing day.
        last: The last one, included.

    Raises:
        InvalidArgumentError: One is no date, or *last* lies before *first*.
    """
    return billing_range("first", first, "last", last)


def billing_range(
    first_name: str, first: date, last_name: str, last: date
) -> tuple[datetime, datetime]:
    """Do what `billing_days` does, of days that the caller calls something else."""
    for name, value in ((first_name, first), (last_name, last)):
        if isinstance(value, datetime) or not isinstance(value, date):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgumentError(
                f"is {value!r}; allowed: a date, such as date(2026, 1, 31)", argument=name
            )
    if last < first:
        raise InvalidArgumentError(
            f"{last_name} is {last}, which lies before {first_name}, {first}"
        )
    end = datetime.combine(last + timedelta(days=1), _BILLING_DAY_STARTS)
    return datetime.combine(first, _BILLING_DAY_STARTS), end


def utc_time(value: float | str | datetime) -> datetime:
    """Read a server's time into UTC.

    A number is unix seconds; from 1e11 on milliseconds, and by steps of a thousand micro- and
    nanoseconds. A text is ISO 8601, UTC where it has no offset, or such a number.

    Raises:
        ValueError: The text is none of these.
        OverflowError: No calendar has it.
    """
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, int | float):
        return _FIRST_MOMENT + timedelta(seconds=_to_plain_seconds(value))
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def seconds_of(moment: object) -> float:
    """Return the unix seconds of a model's time; 0 for what a drifted field holds instead."""
    return moment.timestamp() if isinstance(moment, datetime) else 0.0


def _to_plain_seconds(value: float) -> float:
    for scale in (1, 10**3, 10**6, 10**9):
        if abs(value) < FIRST_MILLISECOND * scale:
            return value / scale
    return value
