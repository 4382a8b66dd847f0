"""When items of a list were created, read from models, plain objects and raw JSON alike."""

import math
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from devin_async.base.plain_json import as_object
from devin_async.base.times import FIRST_MILLISECOND, utc_time
from devin_async.errors import ResponseDecodeError

__all__ = ["ends_of", "moments_of", "second_of"]

N = TypeVar("N", int, float)

_UNREADABLE = (
    msgspec.MsgspecError,
    AttributeError,
    KeyError,
    OverflowError,  # a number, or a date with its offset, that no calendar has
    TypeError,
    ValueError,
)


def moments_of(items: Sequence[Any]) -> list[float]:
    """Read when each item was created, in unix seconds.

    Raises:
        ResponseDecodeError: One does not tell.
    """
    try:
        if items and isinstance(items[0], msgspec.Raw):
            with suppress(msgspec.ValidationError):  # then they are what the contract has not
                return [stamp.created_at for stamp in _seconds(b"\n".join(items))]
        created = _created(items)
        if set(map(type, created)) == {int} and max(created) < FIRST_MILLISECOND:
            return created
        return [
            (moment if _is_aware(moment) else utc_time(moment)).timestamp() for moment in created
        ]
    except _UNREADABLE:  # whose own texts repeat what came
        raise ResponseDecodeError(
            "an item of the list has no created_at that can be read", outcome="rejected"
        ) from None


def ends_of(moments: Sequence[N]) -> tuple[N, N]:
    """Return the earliest and the latest, faster than min and max where moments are in order."""
    ordered = sorted(moments)
    return ordered[0], ordered[-1]


def _is_aware(moment: Any) -> bool:
    # One without an offset is UTC, wherever this machine is.
    return isinstance(moment, datetime) and moment.tzinfo is not None


def second_of(item: Any) -> int:
    """Read in which unix second an item was created.

    Raises:
        ResponseDecodeError: It does not tell.
    """
    return math.floor(moments_of([item])[0])


def _created(items: Sequence[Any]) -> list[Any]:
    if items and isinstance(items[0], msgspec.Raw):
        return [stamp.created_at for stamp in _stamps(b"\n".join(items))]
    if items and as_object(items[0]) is not None:
        return [item["created_at"] for item in items]
    return [item.created_at for item in items]


class _Stamped(msgspec.Struct, gc=False):
    """What every item of a list by time has."""

    created_at: int | float | str


class _StampedBySecond(msgspec.Struct, gc=False):
    """What it has by the contract."""

    created_at: Annotated[int, msgspec.Meta(lt=FIRST_MILLISECOND)]


_stamps = msgspec.json.Decoder(_Stamped).decode_lines
_seconds = msgspec.json.Decoder(_StampedBySecond).decode_lines
