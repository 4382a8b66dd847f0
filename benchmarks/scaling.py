"""Rows about size: each ten times as much takes ten times as long, and no more memory."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import pairwise

from benchmarks.children import job
from benchmarks.measuring import Contestant, Row, Setting
from benchmarks.targets import Target, above, at_most

__all__ = ["ROWS"]

_QUICK_MOST = 100_000
_LINEAR = 1.15
_FLAT = 10  # MB


def _sizes(
    name: str, counts: Sequence[int], unit: str, quick_most: int
) -> Callable[[Setting], AbstractAsyncContextManager[dict[str, Contestant]]]:
    """Compare the same job over so many things each; `--quick` leaves the large ones out."""

    @asynccontextmanager
    async def contestants(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
        yield {
            _named(count, unit): job(name, setting.url, count=count)
            for count in counts
            if count <= quick_most or not setting.is_quick
        }

    return contestants


def _named(count: int, unit: str) -> str:
    return f"{count:,} {unit}"


def _is_linear(counts: Sequence[int], unit: str) -> list[Target]:
    """Demand that a thing costs no more among many than among the next fewer."""
    return [
        at_most(_LINEAR, _named(fewer, unit), who=_named(more, unit))
        for fewer, more in pairwise(counts)
    ]


def _is_flat(counts: Sequence[int], unit: str) -> list[Target]:
    return [above(_FLAT, _named(counts[0], unit), who=_named(more, unit)) for more in counts[1:]]


_LOGS = (10_000, 100_000, 1_000_000, 5_000_000)
_ORGANIZATIONS = (10, 100, 1000, 10_000)
_ITEMS = (1000, 10_000, 100_000)

ROWS = (
    Row(
        name="scale-audit-logs",
        work="read audit logs by the cursor",
        open=_sizes("read-audit-logs", _LOGS, "logs", _QUICK_MOST),
        targets=(*_is_linear(_LOGS, "logs"), *_is_flat(_LOGS, "logs")),
        measures=("wall", "memory"),
        rounds=3,
        quick_rounds=1,
        item="log",
    ),
    Row(
        name="scale-organizations",
        work="start a session in each organization, as their list is read",
        open=_sizes("start-in-organizations", _ORGANIZATIONS, "organizations", 1000),
        targets=(
            *_is_linear(_ORGANIZATIONS, "organizations"),
            *_is_flat(_ORGANIZATIONS, "organizations"),
        ),
        measures=("wall", "memory"),
        rounds=5,
        quick_rounds=2,
        item="organization",
    ),
    Row(
        name="fan-out-memory",
        work="fan_out over so many POSTs, 64 at once",
        open=_sizes("fan-out", _ITEMS, "items", 10_000),
        targets=_is_flat(_ITEMS, "items"),
        measures=("wall", "memory"),
        rounds=1,
        quick_rounds=1,
        item="POST",
    ),
)
