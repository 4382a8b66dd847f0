"""Which window is read next, and which page is handed over next, decided without I/O.

Windows stand in the order of the list. The earliest one that waits is read first, by as many
workers as there are; pages are handed over in order. What was read too early waits, and is bounded:
`most_pages` pages are read or wait. The window at the head may always go on, so nothing blocks.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import Generic, NamedTuple, TypeVar

from devin_async.codec.decoding import WirePage
from devin_async.errors import PaginationError
from devin_async.lists.cursors import CursorWalk, Start
from devin_async.lists.ranges.windows import (
    Ask,
    Span,
    Window,
    cut_page,
    is_in_order,
    parts_for,
    split,
)

__all__ = ["Batch", "Schedule", "Slot"]

T = TypeVar("T")

_MOST_WINDOWS = 1024
# A window whose items come in no order is held whole, but never more pages of it than these.
_MOST_HELD = 4
_FEW_PAGES = 2


class Batch(NamedTuple, Generic[T]):
    """Items in order, the second of each, and how many pages of the server they stand for."""

    items: list[T]
    seconds: list[int]
    pages: int


class _State(Enum):
    WAITING = auto()
    READING = auto()
    OVER = auto()
    FAILED = auto()


class Slot(Generic[T]):
    """A window and what was read of it.

    Attributes:
        window: Its seconds.
        ask: The bounds to send.
        walk: Its cursors.
    """

    __slots__ = ("ask", "begin", "error", "has_given", "held", "ready", "state", "walk", "window")

    def __init__(self, window: Window, ask: Ask, walk: CursorWalk[T], begin: int) -> None:
        self.window = window
        self.ask = ask
        self.walk = walk
        self.begin = begin
        self.has_given = False
        self.held: Batch[T] = Batch([], [], 0)
        self.ready: deque[Batch[T]] = deque()
        self.state = _State.WAITING
        self.error: Exception | None = None


class Schedule(Generic[T]):
    """The windows of a range, from the first request to the last page.

    Args:
        name: The list, for errors.
        span: The range.
        windows: How it is cut at first, in reading order.
        most_pages: How many pages may be read or wait.
        is_sorted: Whether the server gives items in the order of *span*.
        may_split: Whether a window may be cut again; else it is read by cursor to its end.
    """

    def __init__(
        self,
        name: str,
        span: Span,
        windows: Iterable[Window],
        *,
        most_pages: int,
        is_sorted: bool = True,
        may_split: bool = True,
    ) -> None:
        self._name = name
        self._span = span
        self._most_pages = most_pages
        self._is_sorted = is_sorted
        self._may_split = may_split
        self._pages = 0
        self._slots = [self._slot(window) for window in windows]

    def _walk(self) -> CursorWalk[T]:
        return CursorWalk(self._name, "cursor", Start(), None)

    def _slot(self, window: Window) -> Slot[T]:
        begin = window.stop if self._span.descending else window.start
        return Slot(window, self._span.ask(window), self._walk(), begin)

    @property
    def pages(self) -> int:
        """How many pages are being read or wait."""
        return self._pages

    @property
    def is_over(self) -> bool:
        """Tell whether all pages have been handed over."""
        while self._slots and self._slots[0].state is _State.OVER and not self._slots[0].ready:
            del self._slots[0]
        return not self._slots

    @property
    def error(self) -> Exception | None:
        """What the page that is handed over next failed with, if it did."""
        if self.is_over or self._slots[0].ready:
            return None
        return self._slots[0].error

    def next_job(self) -> Slot[T] | None:
        """Give the slot to read one page of now, or None if there is none."""
        for index, slot in enumerate(self._slots):
            if slot.error is not None:
                return None  # nobody gets what lies behind it
            if slot.state is _State.WAITING:
                is_head = index == 0 and not slot.ready
                if self._pages >= self._most_pages and not is_head:
                    return None
                slot.state = _State.READING
                self._pages += 1
                return slot
        return None

    def take(self) -> Batch[T] | None:
        """Hand over the next page, or None if it is not there yet."""
        if self.is_over or not self._slots[0].ready:
            return None
        batch = self._slots[0].ready.popleft()
        self._pages -= batch.pages
        return batch

    def failed(self, slot: Slot[T], error: Exception) -> None:
        """Note that a page could not be read."""
        slot.error, slot.state = error, _State.FAILED
        self._pages -= 1

    def arrived(self, slot: Slot[T], wire: WirePage[T], moments: Sequence[float]) -> None:
        """Note a page and the *moments* of its items, unix seconds."""
        slot.walk.take(wire)
        seconds = self._span.seconds(moments)
        slot.state = _State.OVER if slot.walk.done else _State.WAITING
        if slot.state is _State.WAITING and self._is_outside(slot, seconds):
            narrower = self._span.narrower(slot.window, slot.ask, moments)
            if narrower != slot.ask:
                self._pages -= 1 + slot.held.pages
                slot.ask, slot.walk, slot.held = narrower, self._walk(), Batch([], [], 0)
                return
        fault = slot.walk.fault
        if self._is_sorted or slot.window.seconds == 1:
            self._take_in_order(slot, wire.items, seconds)
        elif fault is None:
            self._hold(slot, wire, seconds)
        if fault is not None:
            slot.error, slot.state = fault, _State.FAILED

    def _is_outside(self, slot: Slot[T], seconds: Sequence[int]) -> bool:
        has_some = slot.has_given or slot.held.items
        return not has_some and not any(map(slot.window.holds, seconds))

    def _take_in_order(self, slot: Slot[T], items: Sequence[T], seconds: Sequence[int]) -> None:
        in_order = self._is_sorted and is_in_order(self._span, seconds)
        if self._is_sorted and self._may_split and not in_order:
            slot.error, slot.state = self._out_of_order(), _State.FAILED
            self._pages -= 1
            return
        last: int | None = None
        if in_order and slot.state is _State.WAITING:
            last = self._cut(slot, seconds)
        self._give(slot, _kept(slot.window, items, seconds, last), 1)

    def _cut(self, slot: Slot[T], seconds: Sequence[int]) -> int | None:
        """Decide how *slot* goes on; give the second whose items new windows bring."""
        room = max(1, _MOST_WINDOWS - len(self._slots)) if self._may_split else 1
        cut = cut_page(self._span, slot.window, slot.begin, seconds, room)
        if cut.is_over:
            slot.state = _State.OVER
        elif cut.rest:
            self._replace(slot, cut.rest)
        elif seconds:
            slot.begin = seconds[-1]
        return cut.last

    def _hold(self, slot: Slot[T], wire: WirePage[T], seconds: Sequence[int]) -> None:
        items, own, _ = _kept(slot.window, wire.items, seconds, None)
        held, pages = slot.held, slot.held.pages + 1
        slot.held = Batch(held.items + items, held.seconds + own, pages)
        if slot.state is _State.OVER:
            self._give(slot, _sorted(slot.held), pages)
            slot.held = Batch([], [], 0)
            return
        expected = _expected_pages(slot.window, wire, seconds)
        if pages >= _MOST_HELD:
            expected = max(expected, 2.0 * pages)
        if expected > _FEW_PAGES:
            room = max(2, _MOST_WINDOWS - len(self._slots))
            self._replace(slot, split(slot.window, min(room, parts_for(expected))))
            slot.held = Batch([], [], 0)
            self._pages -= pages

    def _replace(self, slot: Slot[T], windows: Sequence[Window]) -> None:
        """Put *windows* behind *slot*, which is over."""
        slot.state = _State.OVER
        place = self._slots.index(slot) + 1
        self._slots[place:place] = [self._slot(window) for window in windows]

    def _give(self, slot: Slot[T], batch: Batch[T], pages: int) -> None:
        if batch.items:
            slot.ready.append(batch._replace(pages=pages))
            slot.has_given = True
        else:
            self._pages -= pages

    def _out_of_order(self) -> PaginationError:
        return PaginationError(
            f"{self._name}: the server does not give its items in the order of created_at, so the "
            "range cannot be cut; read it without parallel="
        )


def _kept(
    window: Window, items: Sequence[T], seconds: Sequence[int], dropped: int | None
) -> Batch[T]:
    """Give what belongs to *window*, without the second that is *dropped*."""
    is_inside = seconds and window.start <= min(seconds) and max(seconds) < window.stop
    if dropped is None and is_inside:
        return Batch(list(items), list(seconds), 1)
    chosen = [
        index
        for index, second in enumerate(seconds)
        if window.start <= second < window.stop and second != dropped
    ]
    return Batch([items[index] for index in chosen], [seconds[index] for index in chosen], 1)


def _sorted(batch: Batch[T]) -> Batch[T]:
    """Order by second, and leave the server's order within each."""
    order = sorted(range(len(batch.items)), key=batch.seconds.__getitem__)
    items, seconds = batch.items, batch.seconds
    return Batch([items[index] for index in order], [seconds[index] for index in order], 1)


def _expected_pages(window: Window, wire: WirePage[T], seconds: Sequence[int]) -> float:
    """Guess how many pages a window has, by its total or by how far this page reaches."""
    if not seconds:
        return 1.0
    if wire.total is not None:
        return wire.total / len(seconds)
    return window.seconds / (max(seconds) - min(seconds) + 1)
