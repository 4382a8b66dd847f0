"""Windows of time: how a range is cut into requests, decided without I/O.

A window owns the seconds from `start` until before `stop`. What it asks the server for is a second
wider below, because the documents do not say which ends of a time filter count; what it keeps lies
inside. At the ends of the whole range the caller's own bounds are sent and nothing is taken away,
so that the list is the server's own there, too.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, cast

from msgspec import Struct

from devin_async.lists.ranges.moments import ends_of

__all__ = [
    "Ask",
    "Cut",
    "Span",
    "Window",
    "cut_off",
    "cut_page",
    "first_windows",
    "is_in_order",
    "split",
]

# A window is to be a little shorter than a page, so that most are read by one request; where there
# are more than a few pages two of them make a window, as half-empty pages then cost more than
# waiting. These figures gave the fewest rounds and requests over a thousand random ranges.
_FILL = 0.88
_FILL_OF_MORE = 0.89
# Where items lie evenly, as pages nearby show, hardly a window needs more pages than expected.
_MOST_FILL = 0.98
_ONE_PAGE = 1.2
_MANY_PAGES = 8
# The second by which windows overlap is not to cost more than this share of what is read.
_LEAST_USE = 0.7
_LONGEST_CHAIN = 64
_MOST_PARTS = 64
# What is left of a window at the end is spread over the others if it is no more than this.
_SPARE = 0.1
# How far two densities of which each was measured on one page may differ by chance.
_CHANCE = 0.4
# No session is older. Were there one, the first window would find it all the same.
_USUAL_START = 1_704_067_200  # 2024-01-01


class Window(NamedTuple):
    """The seconds from *start* until before *stop*."""

    start: int
    stop: int

    @property
    def seconds(self) -> int:
        """How many there are."""
        return self.stop - self.start

    def holds(self, second: int) -> bool:
        """Tell whether *second* is one of its own."""
        return self.start <= second < self.stop


class Ask(Struct, frozen=True):
    """The bounds that a request sends; None leaves one out."""

    after: int | None
    before: int | None


class Span(Struct, frozen=True, kw_only=True):
    """The whole range of a list.

    Attributes:
        after: Lower bound as it is sent, unix seconds; None for a range that is open below.
        before: Upper bound as it is sent.
        descending: Whether the list begins with the newest.
        longest: Seconds that one request may span; None for any.
    """

    after: int | None
    before: int
    descending: bool = False
    longest: int | None = None

    @property
    def whole(self) -> Window:
        """All seconds that may belong to it, both ends included."""
        return Window(self.after or 0, self.before + 1)

    def seconds(self, moments: Sequence[float]) -> list[int]:
        """Return the second of each moment; what is counted in beyond an end belongs to it."""
        low, high = self.after or 0, self.before
        are_whole = set(map(type, moments)) == {int}
        whole = cast("list[int]", moments) if are_whole else list(map(math.floor, moments))
        if whole:
            first, last = ends_of(whole)
            if low <= first and last <= high:
                return whole
        return [min(max(second, low), high) for second in whole]

    def ask(self, window: Window) -> Ask:
        """Return the bounds that bring all of *window*, whichever ends the server counts."""
        after = max(window.start - 1, self.after if self.after is not None else -1)
        return Ask(None if after < 0 else after, min(window.stop, self.before))

    def narrower(self, window: Window, ask: Ask, moments: Sequence[float]) -> Ask:
        """Return bounds that spare what the server has shown to count below *window*.

        A page that holds nothing of its window shows that the lower bound counts. A dense second
        just below would otherwise be read to its end for nothing. The upper bound stays: between
        it and the second before it may lie times with fractions, and they belong to *window*.
        """
        after, before = ask.after, ask.before
        if after is None or after != window.start - 1 or after not in moments:
            return ask
        is_possible = before is None or window.start < before
        return Ask(window.start, before) if is_possible else ask

    def after_second(self, window: Window, second: int) -> Window:
        """Return what is left of *window* from *second* on, in reading order."""
        if self.descending:
            return Window(window.start, second + 1)
        return Window(second, window.stop)

    def before_second(self, window: Window, second: int) -> Window:
        """Return what lies before *second* of *window*, in reading order."""
        if self.descending:
            return Window(second + 1, window.stop)
        return Window(window.start, second)

    def first_second(self, window: Window) -> int:
        """Return the second that *window* begins with, in reading order."""
        return window.stop - 1 if self.descending else window.start

    def is_beyond(self, window: Window, second: int) -> bool:
        """Tell whether *second* comes behind *window* in reading order."""
        return second < window.start if self.descending else second >= window.stop


def first_windows(span: Span, window: Window, parts: int) -> list[Window]:
    """Cut *window* of *span* into at least *parts* windows, in reading order.

    None is longer than one request may span, and none shorter than a second.
    """
    if span.after is None and parts > 1 and window.start < _USUAL_START < window.stop:
        early = Window(window.start, _USUAL_START)
        return [early, *split(Window(_USUAL_START, window.stop), parts)]
    if span.longest is not None:
        parts = max(parts, math.ceil(window.seconds / (span.longest - 1)))
    windows = split(window, parts)
    return windows[::-1] if span.descending else windows


def split(window: Window, parts: int) -> list[Window]:
    """Cut *window* into *parts* even ones, fewer if it has fewer seconds."""
    parts = max(0, min(parts, window.seconds))
    cuts = [window.start + window.seconds * index // max(1, parts) for index in range(parts + 1)]
    return [Window(start, stop) for start, stop in pairwise(cuts)]


class Cut(Struct, frozen=True):
    """What follows from a page of a window whose items come in order.

    Attributes:
        last: Second that new windows begin with, so that its items on this page are dropped;
            None when all are kept.
        rest: New windows for what is left, in reading order; none if the page is read on.
        is_over: No item of the window can follow.
        rate: Items a second on this page; None where that cannot be told.
        rest_rate: Items a second that the new windows are expected to have.
    """

    last: int | None = None
    rest: Sequence[Window] = ()
    is_over: bool = False
    rate: float | None = None
    rest_rate: float | None = None


def cut_page(
    span: Span,
    window: Window,
    begin: int,
    seconds: Sequence[int],
    most_parts: int = _MOST_PARTS,
    *,
    left: float | None = None,
    near: Sequence[float] = (),
) -> Cut:
    """Decide how a window goes on after a page with more to come.

    Args:
        span: The whole range.
        window: The window that the page was read for.
        begin: The second from which on this page tells how dense the window is.
        seconds: Those of the page's items, in reading order.
        most_parts: How many new windows there may be at the most.
        left: How many pages follow this one, where the server tells.
        near: Items a second, as far as they are known, of windows beside this one.
    """
    if not seconds:
        return Cut()
    last = seconds[-1]
    if span.is_beyond(window, last):
        return Cut(is_over=True)
    own = seconds
    if not (window.holds(seconds[0]) and window.holds(last)):
        own = [one for one in seconds if window.holds(one)]
    counted = len(own) - own.count(last)
    if last == seconds[0] or not counted:
        return Cut()  # one second is never split
    rest = span.after_second(window, last)
    rate = counted / max(0.5, abs(last - begin))
    average = None if left is None else left * len(seconds) / rest.seconds
    alike = [rate, *(one for one in near if abs(rate / one - 1) < _CHANCE)]
    rest_rate = _likely_rate(alike, average)
    page_seconds = len(seconds) / rest_rate
    pages = rest.seconds / page_seconds
    if left is not None:
        pages = min(left, pages)
    if pages <= _ONE_PAGE or most_parts <= 1:
        return Cut(rate=rate)
    length = window_length(page_seconds, 1 if pages < _MANY_PAGES else 2, _fill_of_more(alike))
    parts = math.ceil(pages * page_seconds / length - _SPARE)
    if (parts + _SPARE) * length >= rest.seconds and parts <= most_parts:
        windows = split(rest, parts)
        windows = windows[::-1] if span.descending else windows
    else:
        windows = _begin(span, rest, length, min(parts + 1, most_parts))
    return Cut(last, windows, rate=rate, rest_rate=rest_rate)


def _likely_rate(rates: Sequence[float], average: float | None) -> float:
    """Return the density that is likely to go on: one page alone, the first, is a small sample."""
    if average and abs(rates[0] / average - 1) < _CHANCE:
        return average
    return sum(rates) / len(rates)


def _fill_of_more(rates: Sequence[float]) -> float:
    """Tell how full windows of several pages may be, by how little the densities nearby differ."""
    if len(rates) == 1:
        return _FILL_OF_MORE
    return min(_MOST_FILL, max(_FILL_OF_MORE, min(rates) / max(rates)))


def window_length(page_seconds: float, pages: int, fill_of_more: float = _FILL_OF_MORE) -> int:
    """Tell how many seconds a window of about so many *pages* has, or of more if those are short.

    Args:
        page_seconds: How many seconds a page is expected to reach.
        pages: How many pages it is to have at the least.
        fill_of_more: How full it may be expected to be if it has several.
    """
    while True:
        fill = _FILL if pages == 1 else pages * fill_of_more
        length = math.floor(fill * page_seconds) - 1  # each asks for a second more than its own
        if length >= _LEAST_USE * pages * page_seconds or pages >= _LONGEST_CHAIN:
            return max(1, length)
        pages += 1


def parts_for(pages: float) -> int:
    """Tell into how many windows what seems to be so many *pages* is best cut."""
    return max(1, min(_MOST_PARTS, math.ceil(pages / _FILL)))


def cut_off(
    span: Span, window: Window, around: tuple[float, float], page: int, most_parts: int
) -> list[Window]:
    """Cut windows of two pages off one of which nothing was read, if it seems to be even.

    Args:
        span: The whole range.
        window: The window.
        around: Items a second of what lies before it and behind it.
        page: How many items a page has.
        most_parts: How many windows there may be at the most; the last one is all that is left.
    """
    if abs(around[0] / around[1] - 1) >= _CHANCE:
        return [window]
    length = window_length(page / around[0], 2, _fill_of_more(around))
    return _begin(span, window, length, most_parts)


def _begin(span: Span, rest: Window, length: int, parts: int) -> list[Window]:
    """Cut windows of *length* seconds off *rest*; the last one is all that is left."""
    windows: list[Window] = []
    while rest.seconds > length and len(windows) < parts - 1:
        if span.descending:
            cut = rest.stop - length
            windows.append(Window(cut, rest.stop))
            rest = Window(rest.start, cut)
        else:
            cut = rest.start + length
            windows.append(Window(rest.start, cut))
            rest = Window(cut, rest.stop)
    return [*windows, rest]


def is_in_order(span: Span, seconds: Sequence[int]) -> bool:
    """Tell whether *seconds* go the way the list goes."""
    ordered = sorted(seconds, reverse=span.descending)
    return ordered == list(seconds)
