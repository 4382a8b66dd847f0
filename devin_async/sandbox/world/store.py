"""What calls create, kept by kind and owner: an organization, or None for the enterprise."""

from collections.abc import Iterator
from typing import Any

import attrs

from devin_async.sandbox.base.clock import Clock
from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.base.randomness import hex_id


@attrs.define
class Record:
    """Hold one thing.

    Attributes:
        position: Its place in the order of creation.
        record_id: Its id.
        owner: The organization it belongs to, or None for the enterprise.
        created_at: When it was made, in unix seconds.
        updated_at: When it last changed, in unix seconds.
        fields: What answers show of it.
        hidden: What no answer shows.
    """

    position: int
    record_id: str
    owner: str | None
    created_at: float
    updated_at: float
    fields: dict[str, Any]
    hidden: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


class Collection:
    """Keep all things of one kind.

    Args:
        kind: What they are called in ids.
        seed: Makes ids repeat.
        clock: Dates them.
    """

    def __init__(self, kind: str, seed: int, clock: Clock) -> None:
        self._kind = kind
        self._seed = seed
        self._clock = clock
        self._made = 0
        self._by_id: dict[str, Record] = {}

    def __iter__(self) -> Iterator[Record]:
        return iter(self._by_id.values())

    def add(
        self,
        owner: str | None,
        fields: dict[str, Any],
        hidden: dict[str, Any] | None = None,
        record_id: str | None = None,
    ) -> Record:
        """Make a thing now, with an id of the usual form unless one is given."""
        position, now = self._made, self._clock.now()
        self._made += 1
        record = Record(
            position=position,
            record_id=record_id or f"{self._kind}-{hex_id(self._seed, self._kind, position)}",
            owner=owner,
            created_at=now,
            updated_at=now,
            fields=fields,
            hidden=hidden or {},
        )
        self._by_id[record.record_id] = record
        return record

    def of(self, owner: str | None) -> list[Record]:
        """Return what belongs to one owner, oldest first."""
        return [record for record in self if record.owner == owner]

    def find(self, record_id: str) -> Record | None:
        """Find a thing, whoever owns it."""
        return self._by_id.get(record_id)

    def get(self, owner: str | None, record_id: str) -> Record:
        """Return what belongs to *owner*.

        Raises:
            Problem: With 404, when there is no such thing.
        """
        record = self._by_id.get(record_id)
        if record is None or record.owner != owner:
            raise Problem(404, f"There is no such {self._kind}")
        return record

    def touch(self, record: Record) -> None:
        """Note that a thing changed now."""
        record.updated_at = self._clock.now()

    def remove(self, record: Record) -> None:
        """Take a thing away."""
        del self._by_id[record.record_id]


class Store:
    """Keep collections by their kind, and single values by name and owner.

    Args:
        seed: Makes ids repeat.
        clock: Dates what is made.
    """

    def __init__(self, seed: int, clock: Clock) -> None:
        self._seed = seed
        self._clock = clock
        self._collections: dict[str, Collection] = {}
        self._values: dict[tuple[str, str | None], Any] = {}

    def collection(self, kind: str) -> Collection:
        """Return the collection of a kind."""
        if kind not in self._collections:
            self._collections[kind] = Collection(kind, self._seed, self._clock)
        return self._collections[kind]

    def read(self, name: str, owner: str | None, default: Any = None) -> Any:
        """Return a single value."""
        return self._values.get((name, owner), default)

    def write(self, name: str, owner: str | None, value: Any) -> None:
        """Keep a single value in place of the one before."""
        self._values[name, owner] = value
