"""Lists that the fake server writes row by row: audit logs of a range of time, organizations."""

import functools
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from benchmarks import fixtures
from benchmarks.fixtures import START, dump

__all__ = ["END", "audit_logs", "organizations"]

_SPAN = 90 * 86_400
END = START + _SPAN
"""When the range ends in which all the logs lie; it begins at `START`."""

_LOG = dump(fixtures.audit_log(1)).replace(b"%", b"%%")
_LOG = _LOG.replace(b"%d" % fixtures.audit_log(1)["created_at"], b"%d")
_LOG = _LOG.replace(fixtures.audit_log(1)["audit_log_id"].encode(), b"log-%024d")


def audit_logs(many: int, query: Mapping[str, str], *, crowd: int | None) -> bytes:
    """Write a page of *many* logs; 90 % of them lie in 1 % of the range, at *crowd* percent."""
    seconds = _seconds(many, crowd)
    low = bisect_left(seconds, int(query["time_after"]))
    high = bisect_left(seconds, int(query["time_before"]))
    size = int(query["first"])
    numbers: Sequence[int]
    if query.get("order") == "asc":
        low = max(low, int(query.get("after", low)))
        cursor = low + size
        numbers, more = range(low, min(cursor, high)), cursor < high
    else:
        high = min(high, int(query.get("after", high)))
        cursor = high - size
        numbers, more = range(high - 1, max(cursor, low) - 1, -1), cursor > low
    return _page([_LOG % (number, seconds[number]) for number in numbers], cursor if more else None)


@functools.cache
def _seconds(many: int, crowd_at: int | None) -> "array[int]":
    """Give when the logs happened, in order."""
    if crowd_at is None:
        return array("q", (START + _SPAN * number // many for number in range(many)))
    dense, begin = many * 9 // 10, START + _SPAN * crowd_at // 100
    crowd = [begin + _SPAN // 100 * number // dense for number in range(dense)]
    rest = [START + _SPAN * number // (many - dense) for number in range(many - dense)]
    return array("q", sorted(crowd + rest))


def organizations(many: int, query: Mapping[str, str]) -> bytes:
    """Write a page of *many* organizations."""
    begin = int(query.get("after", 0))
    end = begin + int(query["first"])
    rows = [dump(fixtures.organization(number)) for number in range(begin, min(end, many))]
    return _page(rows, end if end < many else None)


def _page(rows: Sequence[bytes], cursor: int | None) -> bytes:
    meta = {
        "end_cursor": None if cursor is None else str(cursor),
        "has_next_page": cursor is not None,
        "total": None,
    }
    return b'{"items":[' + b",".join(rows) + b"]," + dump(meta)[1:]
