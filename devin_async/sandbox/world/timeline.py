"""Numbered entries spread evenly over a span: times from indexes, and indexes from times."""

import attrs

from devin_async.sandbox.base.bounds import Bounds


@attrs.frozen
class Timeline:
    """Place entry *i* of *count* at `start + i * span // count`.

    Attributes:
        count: How many entries there are.
        span: The seconds they are spread over.
        start: When the first one is, in unix seconds.
        bounds: Says which ends of a time range count.
    """

    count: int
    span: int
    start: int
    bounds: Bounds

    def time_of(self, index: int) -> int:
        """Return when an entry is, in unix seconds."""
        return self.start + index * self.span // self.count

    def indexes(self, after: int | None, before: int | None) -> tuple[int, int]:
        """Return the first index in a range of time, and the first behind it."""
        low, high = 0, self.count
        if after is not None:
            low = self._first_at(after + (not self.bounds.lower))
        if before is not None:
            high = min(high, self._first_at(before + self.bounds.upper))
        return low, max(low, high)

    def ahead(
        self, after: int | None, before: int | None, position: int | None, *, descending: bool
    ) -> tuple[int, int]:
        """Narrow `indexes` to what follows the last index already seen."""
        low, high = self.indexes(after, before)
        if position is not None and descending:
            high = min(high, position)
        elif position is not None:
            low = max(low, position + 1)
        return low, max(low, high)

    def _first_at(self, time: int) -> int:
        """Return the first index whose time is at least *time*."""
        index = -(-(time - self.start) * self.count // self.span)
        return min(max(index, 0), self.count)


def in_order(numbers: range, *, descending: bool) -> range:
    """Return the numbers forwards or backwards."""
    return numbers[::-1] if descending else numbers
