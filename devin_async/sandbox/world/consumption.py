"""Daily consumption, computed from organization and day: hundredths of ACUs, so that sums agree."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from devin_async.sandbox.base.randomness import hex_id, mix
from devin_async.sandbox.world.organizations import DAY
from devin_async.sandbox.world.session_life import Session, acus

DAY_STARTS = 8 * 3600  # billing days begin at 08:00 UTC
DEFAULT_DAYS = 30
CYCLES = 12

PRODUCTS = ("devin", "cascade", "terminal", "review")

_NOTHING = (0, 0, 0, 0)
_SHARE = 10  # one person uses a tenth of what an organization does

Hundredths = tuple[int, ...]
"""What was consumed of each product, in hundredths of an ACU, in the order of `PRODUCTS`."""


def day_of(time: float) -> int:
    """Return the number of the billing day that *time* lies in."""
    return int(time - DAY_STARTS) // DAY


def start_of(day: int) -> int:
    """Return when a billing day starts, in unix seconds."""
    return day * DAY + DAY_STARTS


def days_between(after: int | None, before: int | None, now: float, earliest: int) -> range:
    """Return the billing days that start in a range: the lower bound counts, the upper does not.

    Args:
        after: The lower bound in unix seconds, or None for 30 days before the upper one.
        before: The upper bound in unix seconds, or None for now.
        now: The current time in unix seconds; later days have not come.
        earliest: The first day on which anything can have been consumed.
    """
    tomorrow = day_of(now) + 1
    stop = tomorrow if before is None else min(_first_day(before), tomorrow)
    start = stop - DEFAULT_DAYS if after is None else _first_day(after)
    return range(max(start, earliest), max(stop, start, earliest))


def _first_day(time: float) -> int:
    """Return the first billing day that starts at *time* or later."""
    return -(-int(time - DAY_STARTS) // DAY)


def organization_day(seed: int, index: int, founded: int, day: int) -> Hundredths:
    """Return what one organization consumed on a day, nothing before it was *founded*."""
    if day < founded:
        return _NOTHING
    scrambled = mix(seed, index, day)
    return scrambled % 4001, (scrambled >> 1) % 901, (scrambled >> 2) % 301, (scrambled >> 3) % 201


def principal_day(seed: int, principal_id: str, share: str, day: int) -> Hundredths:
    """Return what one person or service user consumed on a day, in one organization or in all."""
    number = int(hex_id(seed, principal_id, share, length=12), 16)
    whole = organization_day(seed, number, 0, day)
    return tuple(amount // _SHARE for amount in whole)


def session_day(session: Session, now: float, day: int) -> Hundredths:
    """Return what one session consumed on a day."""
    until = min(now, start_of(day + 1))
    if until <= start_of(day):
        return _NOTHING
    amount = acus(session, until) - acus(session, min(now, start_of(day)))
    return (round(amount * 100), *_NOTHING[1:])


def total(parts: Iterable[Hundredths]) -> Hundredths:
    """Add up consumption by product."""
    return tuple(map(sum, zip(_NOTHING, *parts, strict=True)))


def report(by_day: Mapping[int, Hundredths]) -> dict[str, Any]:
    """Render consumption by day as the API does."""
    return {
        "total_acus": sum(map(sum, by_day.values())) / 100,
        "consumption_by_date": [
            {
                "date": start_of(day),
                "acus": sum(amounts) / 100,
                "acus_by_product": {
                    name: amount / 100 for name, amount in zip(PRODUCTS, amounts, strict=True)
                },
            }
            for day, amounts in by_day.items()
        ],
    }


def cycles(now: float) -> list[dict[str, int]]:
    """Return the last billing cycles, the current one first: calendar months from 08:00 UTC."""
    billing_time = datetime.fromtimestamp(now - DAY_STARTS, UTC)
    month = billing_time.year * 12 + billing_time.month - 1
    return [
        {"after": _start_of_month(month - back), "before": _start_of_month(month - back + 1)}
        for back in range(CYCLES)
    ]


def _start_of_month(month: int) -> int:
    first = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return int(first.timestamp()) + DAY_STARTS
