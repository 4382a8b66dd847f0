"""The organizations of the enterprise, in the order they were made."""

from collections.abc import Iterator
from random import Random
from typing import Any

import attrs

from devin_async.sandbox.base.clock import Clock
from devin_async.sandbox.base.randomness import between, hex_id, mix

DAY = 86_400
LATEST_FOUNDING = 1_767_225_600  # 2026-01-01: dates then repeat under a wall clock too

_FIRST_NAMES = (
    "Amber",
    "Birch",
    "Cobalt",
    "Delta",
    "Ember",
    "Fjord",
    "Granite",
    "Harbor",
    "Indigo",
)
_LAST_NAMES = (
    "Platform",
    "Payments",
    "Research",
    "Mobile",
    "Data",
    "Security",
    "Web",
    "Operations",
)


@attrs.define
class Organization:
    """Hold one organization.

    Attributes:
        index: Its place in the order of creation.
        org_id: Its id.
        name: Its name.
        created_at: When it was made, in unix seconds.
        updated_at: When it last changed, in unix seconds.
        max_session_acu_limit: The cap of one session, or None.
        max_cycle_acu_limit: The cap of one billing cycle, or None.
    """

    index: int
    org_id: str
    name: str
    created_at: float
    updated_at: float
    max_session_acu_limit: int | None = None
    max_cycle_acu_limit: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Render it as the API does."""
        return {
            "org_id": self.org_id,
            "name": self.name,
            "created_at": int(self.created_at),
            "updated_at": int(self.updated_at),
            "max_session_acu_limit": self.max_session_acu_limit,
            "max_cycle_acu_limit": self.max_cycle_acu_limit,
        }


class Organizations:
    """Keep the organizations.

    Args:
        count: How many there are from the start.
        seed: Makes names, ids and limits repeat.
        clock: Dates changes.
        failing: How many of them refuse to create sessions, chosen by the seed.
    """

    def __init__(self, count: int, seed: int, clock: Clock, failing: int = 0) -> None:
        self._seed = seed
        self._clock = clock
        self._made = 0
        self._by_id: dict[str, Organization] = {}
        latest = min(int(clock.now()), LATEST_FOUNDING)
        for index in range(count):
            age = between(800, 1200, mix(seed, index)) * DAY
            self._add(_name(index), float(latest - age), cycle_limit=1000 + 100 * (index % 10))
        self.initial_ids = tuple(self._by_id)
        self.failing_ids = tuple(Random(seed).sample(self.initial_ids, failing))

    def __contains__(self, org_id: object) -> bool:
        return org_id in self._by_id

    def __iter__(self) -> Iterator[Organization]:
        return iter(self._by_id.values())

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of all organizations, in the order they were made."""
        return tuple(self._by_id)

    def get(self, org_id: str) -> Organization:
        """Return an organization that is known to exist."""
        return self._by_id[org_id]

    def create(self, name: str, session_limit: int | None, cycle_limit: int | None) -> Organization:
        """Make an organization now."""
        return self._add(name, self._clock.now(), session_limit, cycle_limit)

    def update(self, org_id: str, changes: dict[str, Any]) -> Organization:
        """Apply a merge patch: a name of null changes nothing, a limit of null lifts it."""
        organization = self._by_id[org_id]
        organization.name = changes.get("name") or organization.name
        for limit in ("max_session_acu_limit", "max_cycle_acu_limit"):
            if limit in changes:
                setattr(organization, limit, changes[limit])
        organization.updated_at = self._clock.now()
        return organization

    def delete(self, org_id: str) -> Organization:
        """Take an organization away and return it."""
        return self._by_id.pop(org_id)

    def _add(
        self,
        name: str,
        created_at: float,
        session_limit: int | None = None,
        cycle_limit: int | None = None,
    ) -> Organization:
        index = self._made
        self._made += 1
        organization = Organization(
            index=index,
            org_id="org-" + hex_id(self._seed, "organization", index),
            name=name,
            created_at=created_at,
            updated_at=created_at,
            max_session_acu_limit=session_limit,
            max_cycle_acu_limit=cycle_limit,
        )
        self._by_id[organization.org_id] = organization
        return organization


def _name(index: int) -> str:
    rounds, rest = divmod(index, len(_FIRST_NAMES) * len(_LAST_NAMES))
    first = _FIRST_NAMES[rest % len(_FIRST_NAMES)]
    last = _LAST_NAMES[rest // len(_FIRST_NAMES)]
    return f"{first} {last}" + (f" {rounds + 1}" if rounds else "")
