"""Which window is read next, and which page is handed over next, decided without I/O.

Windows stand in the order of the list. The earliest one that waits is read first, by as many
workers as there are; pages are handed over in order. What was read too early waits, and is bounded:
two pages for each worker are read or wait. The window at the head may always go on, so nothing
blocks; where it turns out to be crowded, what waits furthest behind it makes room.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import Generic, NamedTuple, TypeVar

from attrs import evolve

from devin_async.codec.decoding import WirePage
from devin_async.errors import PaginationError
from devin_async.lists.cursors import CursorWalk, Start
from devin_async.lists.ranges.moments import ends_of
from devin_async.lists.ranges.windows import (
    Ask,
    Span,
    Window,
    cut_off,
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
# Of so many requests one may be for what was given up before, so that crowds cost little more.
_DISCARD_SHARE = 8
# How many windows on each side tell how dense one is.
_NEIGHBOURS = 16
_MOST_AHEAD = 16
# A window is long if so many pages are expected of it: some windows of two pages each.
_LONG = 10
_USUAL_MEMORY = 64


class Batch(NamedTuple, Generic[T]):
    """Items in order, the second of each, and how many full pages of the server they are."""

    items: list[T]
    seconds: list[int]
    pages: float


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
        begin: The second from which on the next page tells how dense it is.
        rate: Items a second, as far as they are known.
        arrived: How many items came by its cursors.
    """

    __slots__ = (
        "arrived",
        "ask",
        "begin",
        "error",
        "has_delivered",
        "held",
        "rate",
        "ready",
        "state",
        "walk",
        "window",
    )

    def __init__(self, window: Window, ask: Ask, walk: CursorWalk[T], begin: int) -> None:
        self.window = window
        self.begin = begin
        self.rate: float | None = None
        self.error: Exception | None = None
        self.restart(ask, walk)

    def restart(self, ask: Ask, walk: CursorWalk[T]) -> None:
        """Begin with the window as if nothing of it had been read."""
        self.ask = ask
        self.walk = walk
        self.arrived = 0
        self.has_delivered = False
        self.held: Batch[T] = Batch([], [], 0)
        self.ready: deque[Batch[T]] = deque()
        self.state = _State.WAITING


class Schedule(Generic[T]):
    """The windows of a range, from the first request to the last page.

    Args:
        name: The list, for errors.
        span: The range.
        windows: How it is cut at first, in reading order.
        width: How many pages may be read at once; where it is 1, windows are not cut again.
        is_sorted: Whether the server gives items in the order of *span*.
        page_size: Items a request; None for the server's default.
        id_field: The field by which an item is known again that is on two pages of a window.
    """

    def __init__(
        self,
        name: str,
        span: Span,
        windows: Iterable[Window],
        *,
        width: int,
        is_sorted: bool = True,
        page_size: int | None = None,
        id_field: str | None = None,
    ) -> None:
        self._name = name
        self._page_size = page_size
        self._id_field = id_field
        self._span = span
        self._width = width
        self._most_pages = _most_pages(width)
        self._is_sorted = is_sorted
        self._requests = 0
        self._discarded = 0.0
        self._largest = 0
        self._pages = 0.0
        self._slots = [self._slot(window) for window in windows]

    def _walk(self) -> CursorWalk[T]:
        return CursorWalk(
            self._name, "cursor", Start(), None, id_field=self._id_field, page_size=self._page_size
        )

    def _slot(self, window: Window) -> Slot[T]:
        begin = self._span.first_second(window)
        return Slot(window, self._span.ask(window), self._walk(), begin)

    @property
    def pages(self) -> float:
        """How many pages are being read or wait; what waits counts by its items."""
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
        """Return the slot to read one page of now, or None if there is none."""
        if self.is_over:
            return None
        for index, slot in enumerate(self._slots):
            if slot.error is not None:
                return None  # nobody gets what lies behind it
            if slot.state is _State.WAITING:
                is_head = index == 0 and not slot.ready
                is_full = self._pages >= self._most_pages
                if is_full and not is_head and not self._make_room(index):
                    return None
                self._cut_unread(index)
                slot.state = _State.READING
                self._pages += 1
                self._requests += 1
                return slot
        return None

    def _cut_unread(self, index: int) -> None:
        """Cut a long window of which nothing was read, if those around it are equally dense.

        To read a page of it first, to learn that, would leave the other workers nothing to read but
        what lies far behind it.
        """
        slot = self._slots[index]
        if slot.rate is None or index + 1 == len(self._slots):
            return
        if slot.walk.cursor is not None:  # it belongs to the bounds that it was given for
            return
        if slot.window.seconds * slot.rate < _LONG * self._largest:
            return
        beside = self._slots[max(0, index - _NEIGHBOURS) : index]
        before = next((one for one in reversed(beside) if one.state is _State.OVER), None)
        after = self._slots[index + 1].rate
        if before is None or not before.arrived or not after:
            return
        rates = (before.arrived / before.window.seconds, after)
        windows = cut_off(self._span, slot.window, rates, self._largest, self._most_parts())
        if len(windows) > 1:
            self._insert(slot, windows[1:], rates[0])
            slot.window, slot.ask = windows[0], self._span.ask(windows[0])

    def _make_room(self, index: int) -> bool:
        """Give up what waits furthest behind the window at *index*, to be read again later.

        A window that turns out to be crowded would else be read by its cursor alone, page after
        page, while what was read behind it fills the memory. Where a page can be handed over, it is
        the reader who is slow, and room comes by itself.
        """
        most = self._width + self._requests // _DISCARD_SHARE
        if self._discarded >= most or self._slots[0].ready:
            return False
        for slot in reversed(self._slots[index + 1 :]):
            if slot.ready and slot.state in (_State.WAITING, _State.OVER):
                pages = sum(batch.pages for batch in slot.ready)
                self._pages -= pages
                self._discarded += pages
                slot.begin = self._span.first_second(slot.window)
                slot.restart(self._span.ask(slot.window), self._walk())
                return True
        return False

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
        slot.arrived += len(wire.items)
        self._largest = max(self._largest, len(wire.items))
        fresh = slot.walk.take(wire, moments).items
        if len(fresh) < len(wire.items):
            kept = set(map(id, fresh))
            moments = [at for item, at in zip(wire.items, moments, strict=True) if id(item) in kept]
            wire = evolve(wire, items=fresh)
        seconds = self._span.seconds(moments)
        slot.state = _State.OVER if slot.walk.done else _State.WAITING
        if slot.state is _State.WAITING and self._is_outside(slot, seconds):
            narrower = self._span.narrower(slot.window, slot.ask, moments)
            if narrower != slot.ask:
                self._pages -= 1 + slot.held.pages
                slot.restart(narrower, self._walk())
                return
        fault = slot.walk.fault
        if self._is_sorted or slot.window.seconds == 1:
            self._take_in_order(slot, wire, seconds)
        elif fault is None:
            self._hold(slot, wire, seconds)
        if fault is not None:
            slot.error, slot.state = fault, _State.FAILED

    def _is_outside(self, slot: Slot[T], seconds: Sequence[int]) -> bool:
        has_some = slot.has_delivered or slot.held.items
        return not has_some and not any(map(slot.window.holds, seconds))

    def _take_in_order(self, slot: Slot[T], wire: WirePage[T], seconds: Sequence[int]) -> None:
        in_order = self._is_sorted and is_in_order(self._span, seconds)
        if self._is_sorted and self._width > 1 and not in_order:
            slot.error, slot.state = self._out_of_order(), _State.FAILED
            self._pages -= 1
            return
        last: int | None = None
        if in_order and slot.state is _State.WAITING:
            last = self._cut(slot, seconds, wire.total)
        self._give(slot, _kept(slot.window, wire.items, seconds, last), 1)

    def _cut(self, slot: Slot[T], seconds: Sequence[int], total: int | None) -> int | None:
        """Decide how *slot* goes on; give the second whose items new windows bring."""
        left = None
        if total is not None and seconds:
            left = max(0, total - slot.arrived) / len(seconds)
        cut = cut_page(
            self._span,
            slot.window,
            slot.begin,
            seconds,
            self._most_parts(),
            left=left,
            near=self._rates_near(slot),
        )
        slot.rate = cut.rate or slot.rate
        if cut.is_over:
            slot.state = _State.OVER
        elif cut.last is not None:
            slot.state = _State.OVER
            self._insert(slot, cut.rest, cut.rest_rate)
            slot.window = self._span.before_second(slot.window, cut.last)
        elif seconds:
            slot.begin = seconds[-1]
        return cut.last

    def _most_parts(self) -> int:
        """Tell how many windows may take the place of one."""
        # As many as can be read at once: what a longer row of them costs in vain where a crowd
        # ends, it gains nowhere.
        if self._width == 1:
            return 1
        return max(1, min(self._width, _MOST_WINDOWS - len(self._slots)))

    def _rates_near(self, slot: Slot[T]) -> list[float]:
        """Tell how dense the windows beside *slot* are."""
        place = self._slots.index(slot)
        beside = self._slots[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS + 1]
        return [one.rate for one in beside if one is not slot and one.rate]

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
            slot.state = _State.OVER
            self._insert(slot, split(slot.window, min(room, parts_for(expected))))
            slot.held = Batch([], [], 0)
            self._pages -= pages

    def _insert(self, slot: Slot[T], windows: Sequence[Window], rate: float | None = None) -> None:
        """Put *windows*, expected to be as dense as *rate*, behind *slot*."""
        place = self._slots.index(slot) + 1
        added = [self._slot(window) for window in windows]
        for one in added:
            one.rate = rate
        self._slots[place:place] = added

    def _give(self, slot: Slot[T], batch: Batch[T], pages: float) -> None:
        weight = len(batch.items) / max(1, self._largest)
        self._pages += weight - pages
        if batch.items:
            slot.ready.append(batch._replace(pages=weight))
            slot.has_delivered = True

    def _out_of_order(self) -> PaginationError:
        return PaginationError(
            f"{self._name}: the server does not give its items in the order of created_at, so the "
            "range cannot be cut; read it without parallel="
        )


def _most_pages(width: int) -> int:
    """Tell how many pages may be read or wait: two for each worker, fewer where there are many."""
    if width == 1:
        return 1
    return min(2 * width, max(_USUAL_MEMORY, width + _MOST_AHEAD))


def _kept(
    window: Window, items: Sequence[T], seconds: Sequence[int], dropped: int | None
) -> Batch[T]:
    """Return what belongs to *window*, without the second that is *dropped*."""
    is_inside = seconds and all(map(window.holds, ends_of(seconds)))
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
