"""How far a time range has been read: checkpoints that name a second, decided without I/O."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from devin_async.base.arguments import check_count
from devin_async.errors import InvalidArgumentError
from devin_async.lists.cursors import Checkpoint, check_origin
from devin_async.lists.identity import digest_of
from devin_async.lists.ranges.schedule import Batch
from devin_async.lists.ranges.windows import Span, Window

__all__ = [
    "CREATION_TIMES",
    "EVENT_TIMES",
    "LONGEST_RANGE",
    "Place",
    "Progress",
    "TimeFilter",
    "check_list",
    "read_place",
    "time_filter",
]

T = TypeVar("T")

EVENT_TIMES = ("time_after", "time_before")
CREATION_TIMES = ("created_after", "created_before")
LONGEST_RANGE = 100 * 86_400
MOST_PARALLEL = 256


class TimeFilter(Struct, frozen=True, kw_only=True):
    """The range that a list was asked for, and how it is read.

    Attributes:
        names: The parameters of its two ends.
        after: Lower bound, unix seconds; None for an open one.
        before: Upper bound.
        descending: Whether the list begins with the newest.
        is_sorted: Whether the server documents the order, and takes `order`.
        longest: Seconds that one request may span; None for any.
        parallel: Requests at once; None for a list that is read by its cursor if it can be.
        digest: Of the other filters.
    """

    names: tuple[str, str]
    after: int | None
    before: int | None
    descending: bool
    is_sorted: bool
    longest: int | None
    parallel: int | None
    digest: str

    @property
    def origin(self) -> Mapping[str, Any]:
        """What the checkpoints of the list say of how it was asked for."""
        return {
            "order": "desc" if self.descending else "asc",
            "asked": [self.after, self.before],
            "filters": self.digest,
        }

    @property
    def needs_windows(self) -> bool:
        """Tell whether the API takes the range in no single request."""
        if self.longest is None or self.before is None:
            return False
        return self.after is None or self.before - self.after > self.longest


def time_filter(
    query: Mapping[str, Any],
    *,
    names: tuple[str, str],
    longest: int | None,
    parallel: int | None,
    is_sorted: bool = True,
) -> TimeFilter:
    """Read the range from the *query* of a list.

    Raises:
        InvalidArgumentError: *parallel* is outside 1..256, or the range ends before it starts.
    """
    check_count("parallel", parallel, smallest=1, largest=MOST_PARALLEL)
    since, until = (query[name] for name in names)
    if since is not None and until is not None and since > until:
        raise InvalidArgumentError(
            f"{names[0]} is {since}, {names[1]} {until}; allowed: a range that ends after it starts"
        )
    others = {name: value for name, value in query.items() if name not in (*names, "order")}
    return TimeFilter(
        names=names,
        after=since,
        before=until,
        descending=is_sorted and query["order"] != "asc",
        is_sorted=is_sorted,
        longest=longest,
        parallel=parallel,
        digest=digest_of(others),
    )


class Place(Struct, frozen=True):
    """How far a list was read: all before second *at*, and *skip* items of it.

    Attributes:
        after: Lower bound of the range, as it was fixed.
        before: Upper bound.
        at: The second that is under way; None before the first item.
        skip: Items of it that were given.
        done: Whether the list was read to its end.
        settled: The second up to which it is complete, as nothing older can appear any more.
    """

    after: int | None
    before: int
    at: int | None = None
    skip: int = 0
    done: bool = False
    settled: int | None = None

    def window(self, span: Span) -> Window:
        """Return what is left of *span*."""
        return span.whole if self.at is None else span.after_second(span.whole, self.at)


def check_list(resume: Checkpoint, name: str) -> None:
    """Refuse a checkpoint that is of another list than *name*.

    Raises:
        InvalidArgumentError: It is.
    """
    if resume.get("list") != name:
        raise InvalidArgumentError(
            f"resume is a checkpoint of {resume.get('list')!r}; allowed: one of {name!r}"
        )


def read_place(resume: Checkpoint, name: str, asked: TimeFilter) -> Place:
    """Read a checkpoint of a time range.

    Raises:
        InvalidArgumentError: It is of another list or another range, or was changed.
    """
    check_list(resume, name)
    check_origin(resume, asked.origin, is_whole=True)
    fixed: Sequence[Any] = [resume.get(key) for key in ("after", "before", "at", "skip")]
    after, before, at, skip = fixed
    lowest = -1 if after is None else after
    whole = _is_whole(before) and (after is None or _is_whole(after)) and _is_whole(skip)
    if not whole or not (at is None or (_is_whole(at) and max(lowest, 0) <= at <= before)):
        raise InvalidArgumentError(f"resume is {dict(resume)!r}; allowed: an unchanged checkpoint")
    settled = resume.get("settled")
    if not (settled is None or _is_whole(settled)):
        raise InvalidArgumentError(f"resume is {dict(resume)!r}; allowed: an unchanged checkpoint")
    return Place(after, before, at, skip, bool(resume.get("done")), settled)


def _is_whole(value: object) -> bool:
    return type(value) is int and value >= 0


class Progress(Generic[T]):
    """What was given of a range, item by item.

    Args:
        name: The list.
        asked: The range as asked.
        place: Where to begin; the items that were given before are left out.
    """

    def __init__(self, name: str, asked: TimeFilter, place: Place) -> None:
        self._fixed = {"list": name, "after": place.after, "before": place.before}
        self._fixed |= asked.origin
        if place.settled is not None:
            self._fixed["settled"] = place.settled
        self._place = place
        self._at, self._skip = place.at, place.skip
        self.resume()

    def resume(self) -> None:
        """Leave out, from now on, what was given of the second that is under way."""
        self._pending = self._skip if self._at is not None else 0
        self._first = self._at

    def checkpoint(self, *, done: bool = False) -> Checkpoint:
        """Return the checkpoint of what has been given so far."""
        return {**self._fixed, "at": self._at, "skip": self._skip, "done": done}

    @property
    def place(self) -> Place:
        """How far the list was given."""
        return replace(self._place, at=self._at, skip=self._skip)

    def fresh(self, batch: Batch[T]) -> Batch[T]:
        """Leave out what was given before the list was resumed."""
        count = 0
        for second in batch.seconds[: self._pending]:
            if second != self._first:
                self._pending = count  # some are gone; the next second was never begun
                break
            count += 1
        self._pending -= count
        return Batch(batch.items[count:], batch.seconds[count:], batch.pages) if count else batch

    def give(self, seconds: Sequence[int]) -> None:
        """Note that items of these *seconds*, in order, were handed over."""
        if not seconds:
            return
        last, count = seconds[-1], 0
        for second in reversed(seconds):
            if second != last:
                break
            count += 1
        if count == len(seconds) and last == self._at:
            count += self._skip
        self._at, self._skip = last, count
