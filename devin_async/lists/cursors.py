"""Where a list stands: cursors, limits and checkpoints, decided without I/O."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from attrs import field, frozen

from devin_async.codec.decoding import WirePage
from devin_async.errors import InvalidArgumentError, PaginationError
from devin_async.protocol.endpoints import Paging

__all__ = ["After", "Checkpoint", "CursorWalk", "Page", "Start", "read_start"]

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
    """

    items: list[T_co]
    end_cursor: str | None
    has_next_page: bool
    total: int | None
    checkpoint: Checkpoint = field(repr=False)


@frozen
class Start:
    """Where an iteration begins: after a cursor, without the first *skip* items."""

    after: str | None = None
    skip: int = 0
    done: bool = False


def read_start(after: str | Checkpoint | None, name: str, paging: Paging = "cursor") -> Start:
    """Read what a caller gave as `after=`.

    Raises:
        InvalidArgumentError: It is empty, or a checkpoint of another list.
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
    cursor, skip, done = after.get("after"), after.get("skip", 0), after.get("done", False)
    if not isinstance(cursor, str | None) or type(skip) is not int or skip < 0:
        raise InvalidArgumentError(f"after is {dict(after)!r}; allowed: an unchanged checkpoint")
    return Start(cursor, skip, bool(done))


class CursorWalk(Generic[T]):
    """One walk along a list: takes the server's pages, gives the caller's.

    The guard against cursors that run in a circle is Brent's: a landmark that moves at each power
    of two meets any circle, so a list of any length costs no memory.

    Attributes:
        cursor: After which the next page begins.
        done: No page is left, or the limit is covered.
        fault: Why the server's cursors lead nowhere, once they do.
    """

    def __init__(self, name: str, paging: Paging, start: Start, limit: int | None) -> None:
        if paging == "offset" and not (start.after or "0").isdecimal():
            raise InvalidArgumentError(f"after is {start.after!r}; allowed: an offset, such as '0'")
        self.cursor = start.after
        self.done = start.done or limit == 0
        self.fault: PaginationError | None = None
        self._name = name
        self._paging = paging
        self._exhausted = start.done
        self._skip = start.skip
        self._remaining = limit
        self._landmark: str | None = start.after
        self._steps: int = 0
        self._reach: int = 1

    def checkpoint(self) -> Checkpoint:
        """Tell where the page that comes next begins."""
        return self._at(self.cursor, self._skip, done=self._exhausted)

    def take(self, wire: WirePage[T]) -> Page[T]:
        """Move behind *wire* and give what the caller sees of it."""
        start, skipped = self.cursor, min(self._skip, len(wire.items))
        self._skip -= skipped
        available = wire.items[skipped:] if skipped else wire.items
        kept = available if self._remaining is None else available[: self._remaining]
        if self._remaining is not None:
            self._remaining -= len(kept)
        self._exhausted = not self._advance(wire)
        self.done = self._exhausted or self._remaining == 0
        is_cut = len(kept) < len(available) or self.fault is not None
        checkpoint = self._at(start, skipped + len(kept)) if is_cut else self.checkpoint()
        if self._remaining == 0:
            self.fault = None  # nobody goes where the cursor leads
        return Page(
            items=kept,
            end_cursor=wire.end_cursor,
            has_next_page=wire.has_next_page,
            total=wire.total,
            checkpoint=checkpoint,
        )

    def _at(self, cursor: str | None, skip: int, *, done: bool = False) -> Checkpoint:
        return {"list": self._name, "after": cursor, "skip": skip, "done": done}

    def _advance(self, wire: WirePage[T]) -> bool:
        """Move the cursor; tell whether there is another page."""
        if not wire.has_next_page or self._paging == "none":
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

    def _following(self, wire: WirePage[T]) -> str | None:
        if self._paging == "offset":
            return str(int(self.cursor or 0) + len(wire.items))
        return wire.end_cursor or None
