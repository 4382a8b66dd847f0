"""How far a list has been read: cursors, limits and checkpoints, decided without I/O."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from attrs import field, frozen
from msgspec import Struct

from devin_async.codec.decoding import WirePage
from devin_async.errors import InvalidArgumentError, PaginationError, ResponseDecodeError
from devin_async.lists import ranges
from devin_async.lists.identity import ids_of, keys_of
from devin_async.protocol.endpoints import Paging

__all__ = [
    "USUAL_PAGE",
    "After",
    "Checkpoint",
    "CursorWalk",
    "Page",
    "Start",
    "TimeMark",
    "check_origin",
    "is_of_cursor",
    "moment_of",
    "read_start",
]

USUAL_PAGE = 100
"""Items of a page whose size the caller leaves to the server, by its documents."""

_NO_ORIGIN: Mapping[str, Any] = MappingProxyType({})
_PARTS = {"order": "order is", "asked": "range in seconds is", "filters": "filters' digest is"}

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Checkpoint = Mapping[str, Any]
"""Where a list can be resumed (`after=`, and `resume=` where a list has it): plain, a few hundred
bytes of JSON."""

After = str | Checkpoint | None
"""What `after=` takes: the server's cursor or a checkpoint to go on from; None is the start."""


@frozen(kw_only=True)
class Page(Generic[T_co]):
    """One page of a list.

    Attributes:
        items: The items.
        end_cursor: The server's cursor after its last item; None on a last page, and where a range
            of time is read by windows.
        has_next_page: Whether the server has more.
        total: Items in all, where the server tells.
        checkpoint: Resumes after this page: process the page, then store this.
        range_end: Of a list by time, up to where it is complete: its end, or 30 s before the
            server's now when reading began, if that is earlier, as what is newer may still appear.
            What is newer is in the list as well, as far as it is visible; to lose nothing, begin
            the next list there and leave out the ids that come again. None for other lists.
    """

    items: list[T_co]
    end_cursor: str | None
    has_next_page: bool
    total: int | None
    checkpoint: Checkpoint = field(repr=False)
    range_end: datetime | None = None


class Start(Struct, frozen=True):
    """Where an iteration begins: after a cursor, without the first *skip* items.

    Attributes:
        after: The cursor.
        skip: Items after it that were given.
        done: Whether the list was read to its end.
        mark: Where that is in time, for a list that is sorted by it.
        settled: The second up to which the list is complete.
    """

    after: str | None = None
    skip: int = 0
    done: bool = False
    mark: "TimeMark | None" = None
    settled: int | None = None


class TimeMark(Struct, frozen=True):
    """A place in a list that is sorted by time, which no cursor is needed for.

    Attributes:
        second: The second of the last item that was given.
        count: How many items of it were given.
    """

    second: int
    count: int


def read_start(
    after: str | Checkpoint | None,
    name: str,
    paging: Paging = "cursor",
    origin: Mapping[str, Any] | None = None,
) -> Start:
    """Read what a caller gave as `after=`; *origin* is what the list's own checkpoints say of it.

    Raises:
        InvalidArgumentError: It is empty, or a checkpoint of another list, range or filter.
    """
    if after is None:
        return Start()
    if isinstance(after, str):
        if not after or (paging == "offset" and not after.isdecimal()):
            allowed = "an offset" if paging == "offset" else "an end_cursor"
            raise InvalidArgumentError(f"after is {after!r}; allowed: {allowed} or a checkpoint")
        return Start(after)
    if "list" not in after:
        raise InvalidArgumentError(f"{dict(after)!r} is no checkpoint; allowed: one of {name!r}")
    if after["list"] != name:
        raise InvalidArgumentError(
            f"the checkpoint is one of {after['list']!r}; allowed: one of {name!r}"
        )
    check_origin(after, origin or {})
    cursor, skip, done = after.get("after"), after.get("skip", 0), after.get("done", False)
    if not isinstance(cursor, str | None) or type(skip) is not int or skip < 0:
        raise InvalidArgumentError(f"after is {dict(after)!r}; allowed: an unchanged checkpoint")
    return Start(cursor, skip, bool(done), _read_mark(after), _whole(after.get("settled")))


def is_of_cursor(resume: Checkpoint) -> bool:
    """Tell whether *resume* is a checkpoint of a list that is read by its cursor."""
    return "at" not in resume


def check_origin(
    checkpoint: Checkpoint, origin: Mapping[str, Any], *, is_whole: bool = False
) -> None:
    """Refuse a checkpoint of a list that was asked for otherwise.

    Args:
        checkpoint: What a caller gave.
        origin: How this list was asked for.
        is_whole: Whether one that does not say it is refused, too.

    Raises:
        InvalidArgumentError: It is one of another range, order or filter.
    """
    for key, value in origin.items():
        if checkpoint.get(key) != value and (is_whole or key in checkpoint):
            raise InvalidArgumentError(
                f"the checkpoint is of another range or filter: its {_PARTS[key]} "
                f"{checkpoint.get(key)!r}, this list's {value!r}; give the range and filters that "
                "it was made with"
            )


def _read_mark(checkpoint: Checkpoint) -> TimeMark | None:
    second, count = _whole(checkpoint.get("second")), _whole(checkpoint.get("count"))
    return None if second is None or count is None else TimeMark(second, count)


def _whole(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def moment_of(second: int | None) -> datetime | None:
    """Return the moment of a second."""
    return None if second is None else datetime.fromtimestamp(second, UTC)


class CursorWalk(Generic[T]):
    """One walk along a list: takes the server's pages, gives the caller's.

    The guard against cursors that run in a circle is Brent's: a landmark that moves at each power
    of two meets any circle, so a list of any length costs no memory.

    Args:
        name: The list.
        paging: How it goes on after a page.
        start: Where to begin.
        limit: Items in all; None for all.
        id_field: The field by which an item is known again, so that one that is on two pages, as
            happens where a list changes while it is read, is given once.
        is_by_time: Whether the list is sorted by `created_at`; it can then be resumed without its
            cursor.
        page_size: Items a request; None for the server's default.
        origin: How the list was asked for, which its checkpoints say.

    Attributes:
        cursor: After which the next page begins.
        done: No page is left, or the limit is covered.
        fault: Why the server's cursors lead nowhere, once they do.
        mark: Where the walk is in time, if that can be told.
        settled: The second up to which the list is complete, for its checkpoints.
        count: How many items were given.
        left: What is left of the limit; None without one.
    """

    def __init__(
        self,
        name: str,
        paging: Paging,
        start: Start,
        limit: int | None,
        *,
        id_field: str | None = None,
        is_by_time: bool = False,
        page_size: int | None = None,
        origin: Mapping[str, Any] = _NO_ORIGIN,
    ) -> None:
        if paging == "offset" and not (start.after or "0").isdecimal():
            raise InvalidArgumentError(f"after is {start.after!r}; allowed: an offset, such as '0'")
        self.cursor = start.after
        self.done = start.done or limit == 0
        self.fault: PaginationError | None = None
        self.mark = start.mark
        self.settled = start.settled
        self.count = 0
        self.left = limit
        self._name = name
        self._origin = origin
        self._paging = paging
        self._exhausted = start.done
        self._skip = start.skip
        self._id_field = id_field
        # After a bare cursor nobody knows how many items of its second came before.
        self._is_by_time = is_by_time
        self._is_counted = start.mark is not None or start == Start()
        self._page_before: Sequence[T] = ()
        self._times_before: Sequence[float] = ()
        self._shown: set[str] | None = None  # its ids, once they were needed
        self._full_page = USUAL_PAGE if page_size is None else page_size
        self._arrived = 0 if start.after is None else None
        self._landmark: str | None = start.after
        self._steps: int = 0
        self._reach: int = 1

    def checkpoint(self) -> Checkpoint:
        """Tell where the page that comes next begins."""
        return self._at(self.cursor, self._skip, done=self._exhausted)

    def take(self, wire: WirePage[T], moments: Sequence[float] = ()) -> Page[T]:
        """Move behind *wire* and give what the caller sees of it.

        *moments* are when its items were created, where the caller knows.
        """
        start, skipped = self.cursor, min(self._skip, len(wire.items))
        self._skip -= skipped
        available = wire.items[skipped:] if skipped else wire.items
        fresh = self._fresh(available, moments)
        kept = fresh if self.left is None else fresh[: self.left]
        used = len(available)
        if len(kept) < len(fresh):
            used = next(place for place, item in enumerate(available) if item is fresh[len(kept)])
        self._count(kept)
        self._exhausted = not self._advance(wire)
        self.done = self._exhausted or self.left == 0
        is_cut = used < len(available) or self.fault is not None
        checkpoint = self._at(start, skipped + used) if is_cut else self.checkpoint()
        if self.left == 0:
            self.fault = None  # nobody goes where the cursor leads
        return Page(
            items=kept,
            end_cursor=wire.end_cursor,
            has_next_page=bool(wire.has_next_page),
            total=wire.total,
            checkpoint=checkpoint,
            range_end=moment_of(self.settled),
        )

    def _fresh(self, items: list[T], moments: Sequence[float]) -> list[T]:
        """Leave out what was on the page before."""
        before, self._page_before = self._page_before, items
        times, self._times_before = self._times_before, moments
        shown, self._shown = self._shown, None
        if self._id_field is None or not before or not items or _are_apart(times, moments):
            return items
        if shown is None:  # a list of one page, as most windows are, is never asked for its ids
            shown = keys_of(before, self._id_field)
        self._shown = keys_of(items, self._id_field)
        if shown.isdisjoint(self._shown):
            return items
        ids = ids_of(items, self._id_field)
        return [item for item, own in zip(items, ids, strict=True) if own not in shown]

    def _count(self, items: Sequence[T]) -> None:
        """Note that *items* are given."""
        self.count += len(items)
        if self.left is not None:
            self.left -= len(items)
        if not self._is_by_time or not items:
            return
        try:
            self._move_mark(items)
        except ResponseDecodeError:  # such a list cannot be resumed by its time
            self._is_by_time, self.mark = False, None

    def _move_mark(self, items: Sequence[T]) -> None:
        second = ranges.moments.second_of(items[-1])
        count = 1
        while count < len(items) and ranges.moments.second_of(items[-1 - count]) == second:
            count += 1
        if count < len(items):
            self._is_counted = True
        elif self.mark is not None and self.mark.second == second:
            count += self.mark.count
        self.mark = TimeMark(second, count) if self._is_counted else None

    def _at(self, cursor: str | None, skip: int, *, done: bool = False) -> Checkpoint:
        place = {"list": self._name, **self._origin, "after": cursor, "skip": skip, "done": done}
        if self.mark is not None:
            place |= {"second": self.mark.second, "count": self.mark.count}
        if self.settled is not None:
            place["settled"] = self.settled
        return place

    def _advance(self, wire: WirePage[T]) -> bool:
        """Move the cursor; tell whether there is another page."""
        if self._paging == "none":
            return False
        if self._arrived is not None:
            self._arrived += len(wire.items)
        if wire.has_next_page is None and (why := self._may_go_on(wire)):
            self.fault = PaginationError(
                f"{self._name}: a page has neither has_next_page nor end_cursor, but {why}; what "
                "may follow cannot be asked for"
            )
        if not wire.has_next_page:
            return False
        following = self._following(wire)
        if following is None:
            self.fault = PaginationError(
                f"{self._name}: has_next_page is true, but end_cursor is missing"
            )
            return False
        if following in (self.cursor, self._landmark):
            self.fault = PaginationError(
                f"{self._name}: the server gave the cursor of an earlier page again, so going on "
                "would never end"
            )
            return False
        self.cursor = following
        self._steps += 1
        if self._steps == self._reach:
            self._landmark, self._steps, self._reach = following, 0, self._reach * 2
        return True

    def _may_go_on(self, wire: WirePage[T]) -> str:
        """Say why more may follow a page that does not tell; nothing if that is its end."""
        if wire.total is not None and self._arrived is not None:
            is_all = wire.total <= self._arrived
            return "" if is_all else f"its total is {wire.total}, and {self._arrived} came"
        return f"it is full, with {len(wire.items)}" if len(wire.items) == self._full_page else ""

    def _following(self, wire: WirePage[T]) -> str | None:
        if self._paging == "offset":
            return str(int(self.cursor or 0) + len(wire.items))
        return wire.end_cursor or None


def _are_apart(some: Sequence[float], others: Sequence[float]) -> bool:
    """Tell whether no moment of *some* lies between those of *others*: no item is in both."""
    if not some or not others:
        return False
    (first, last), (other_first, other_last) = map(ranges.moments.ends_of, (some, others))
    return last < other_first or other_last < first
