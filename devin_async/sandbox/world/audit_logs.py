"""Audit logs that are computed from their index, and the real ones that follow them.

Entry *i* of *n* lies at `start + i * span // n`. Its organization is `i % groups`, the last group
being the account itself, and its action `i // groups % actions`. What a filter selects is therefore
a repeating block of indexes, and any page of any filter is arithmetic: millions cost nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from devin_async.sandbox.base.bounds import Bounds
from devin_async.sandbox.base.clock import Clock
from devin_async.sandbox.base.randomness import hex_id, mix
from devin_async.sandbox.contract.operations import operations
from devin_async.sandbox.world.access import Principal
from devin_async.sandbox.world.timeline import Timeline, in_order

_MOST_KEPT = 5000  # computed entries, for who reads the same again; a few MB


def actions() -> Sequence[str]:
    """Return the actions that the contract names."""
    components = next(item for item in operations() if item.scope == "enterprise").components
    names: Sequence[str] = components["schemas"]["AuditLogAction"]["enum"]
    return names


@attrs.frozen
class Query:
    """Say which entries are wanted.

    Attributes:
        org_id: The organization, or None for all of them and the account.
        action: The action, or None for all.
        after: The lower bound of time, in unix seconds, or None.
        before: The upper bound of time, in unix seconds, or None.
        descending: Whether the newest come first.
        position: The last position already seen, or None to begin.
    """

    org_id: str | None = None
    action: str | None = None
    after: int | None = None
    before: int | None = None
    descending: bool = True
    position: int | None = None


@attrs.frozen
class Block:
    """Select *width* indexes from *base* on, again after every *period*."""

    base: int
    width: int
    period: int

    def rank(self, index: int) -> int:
        """Count the selected indexes below *index*."""
        if index <= self.base:
            return 0
        rounds, rest = divmod(index - self.base, self.period)
        return rounds * self.width + min(rest, self.width)

    def at(self, rank: int) -> int:
        """Return the selected index with *rank* selected ones below it."""
        rounds, rest = divmod(rank, self.width)
        return self.base + rounds * self.period + rest


class AuditLogs:
    """Serve computed and real audit logs as one list.

    Args:
        count: How many computed entries there are.
        span: The seconds they are spread over, up to the start of the clock.
        org_ids: The organizations they speak of.
        user_ids: The people they speak of.
        service_user: The service user they speak of.
        seed: Makes ids and actors repeat.
        clock: Dates the real entries.
        bounds: Says which ends of a time range count.
    """

    def __init__(
        self,
        *,
        count: int,
        span: int,
        org_ids: Sequence[str],
        user_ids: Sequence[str],
        service_user: Principal,
        seed: int,
        clock: Clock,
        bounds: Bounds,
    ) -> None:
        self._count = count
        self._timeline = Timeline(count, span, int(clock.now()) - span, bounds)
        self._org_ids: tuple[str | None, ...] = (*org_ids, None)
        self._groups = {org_id: index for index, org_id in enumerate(org_ids)}
        self._user_ids = user_ids
        self._service_user = service_user
        self._actions = actions()
        self._seed = seed
        self._clock = clock
        self._bounds = bounds
        self._kept: dict[int, dict[str, Any]] = {}
        self._real: list[dict[str, Any]] = []
        self._written_at: list[float] = []

    def append(
        self, action: str, org_id: str | None, actor: Principal, data: dict[str, Any]
    ) -> None:
        """Write a real entry now."""
        now = self._clock.now()
        index = self._count + len(self._real)
        entry = self._entry(index, action, int(now), org_id)
        entry["data"] = data
        if actor.is_service_user:
            entry["service_user_id"] = actor.principal_id
            entry["service_user_name"] = actor.name
        else:
            entry["user_id"] = actor.principal_id
            entry["user_email"] = email_of(actor.principal_id)
        self._real.append(entry)
        self._written_at.append(now)

    def select(self, query: Query, written_until: float) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield positions and entries in the order wanted, lazily.

        Args:
            query: Which entries are wanted.
            written_until: The newest time of writing that shows, in unix seconds.
        """
        parts = [self._computed(query), self._appended(query, written_until)]
        for part in reversed(parts) if query.descending else parts:
            yield from part

    def _appended(self, query: Query, written_until: float) -> Iterator[tuple[int, dict[str, Any]]]:
        for offset in in_order(range(len(self._real)), descending=query.descending):
            position, entry = self._count + offset, self._real[offset]
            if (
                self._written_at[offset] <= written_until
                and _is_ahead(position, query)
                and query.org_id in (None, entry["org_id"])
                and query.action in (None, entry["action"])
                and self._bounds.contain(entry["created_at"], query.after, query.before)
            ):
                yield position, entry

    def _computed(self, query: Query) -> Iterator[tuple[int, dict[str, Any]]]:
        block = self._block(query)
        if block is None:
            return
        low, high = self._timeline.ahead(
            query.after, query.before, query.position, descending=query.descending
        )
        ranks = range(block.rank(low), block.rank(high))
        for rank in in_order(ranks, descending=query.descending):
            index = block.at(rank)
            yield index, self._entry_at(index)

    def _block(self, query: Query) -> Block | None:
        groups = len(self._org_ids)
        group = None if query.org_id is None else self._groups.get(query.org_id)
        if query.org_id is not None and group is None:
            return None
        if query.action is None:
            return Block(0, 1, 1) if group is None else Block(group, 1, groups)
        if query.action not in self._actions:
            return None
        base = groups * self._actions.index(query.action)
        period = groups * len(self._actions)
        return Block(base, groups, period) if group is None else Block(base + group, 1, period)

    def _entry_at(self, index: int) -> dict[str, Any]:
        entry = self._kept.get(index)
        if entry is None:
            if len(self._kept) == _MOST_KEPT:
                self._kept.clear()
            entry = self._kept[index] = self._compute(index)
        return entry

    def _compute(self, index: int) -> dict[str, Any]:
        groups = len(self._org_ids)
        time = self._timeline.time_of(index)
        action = self._actions[index // groups % len(self._actions)]
        entry = self._entry(index, action, time, self._org_ids[index % groups])
        entry["data"] = {"number": index, "source": "sandbox"}
        scrambled = mix(self._seed, index)
        match scrambled % 10:
            case 0:
                pass  # the system itself acted
            case 1 | 2 | 3:
                entry["service_user_id"] = self._service_user.principal_id
                entry["service_user_name"] = self._service_user.name
            case _:
                user_id = self._user_ids[(scrambled >> 8) % len(self._user_ids)]
                entry["user_id"] = user_id
                entry["user_email"] = email_of(user_id)
        return entry

    def _entry(self, index: int, action: str, time: int, org_id: str | None) -> dict[str, Any]:
        return {
            "audit_log_id": "audit-" + hex_id(self._seed, "audit", index, length=24),
            "action": action,
            "created_at": time,
            "data": {},
            "org_id": org_id,
            "user_id": None,
            "user_email": None,
            "service_user_id": None,
            "service_user_name": None,
        }


def email_of(user_id: str) -> str:
    """Return the address of a person."""
    return f"{user_id.rpartition('|')[2]}@example.com"


def _is_ahead(position: int, query: Query) -> bool:
    if query.position is None:
        return True
    return position < query.position if query.descending else position > query.position
