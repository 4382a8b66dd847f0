"""What lists of events by time can do besides being read: be exported, and be followed."""

import os
from collections.abc import Mapping
from typing import Any, Generic, Literal, TypedDict, TypeVar, Unpack

import msgspec
from attrs import frozen

from devin_async import lists
from devin_async.base.arguments import check_choice, check_keywords, check_page_size, check_seconds
from devin_async.base.files import read_path
from devin_async.base.times import When, check_time_range, to_seconds
from devin_async.errors import InvalidArgumentError
from devin_async.events import EventHandler, tracing
from devin_async.lists import ranges
from devin_async.lists.cursors import Checkpoint
from devin_async.lists.fetching import Fetch, Spawn
from devin_async.lists.identity import digest_of
from devin_async.lists.options import ListOptions, RangeOptions
from devin_async.lists.pager import Pager
from devin_async.lists.ranges.places import EVENT_TIMES, LONGEST_RANGE, TimeFilter, time_filter

__all__ = [
    "EXPORT_PAGE",
    "EXPORT_PARALLEL",
    "EventList",
    "EventOptions",
    "EventOrder",
    "ExportOptions",
    "TailOptions",
    "check_export",
    "event_filter",
    "event_query",
]

T = TypeVar("T")
EventOrder = Literal["asc", "desc"]

EXPORT_PAGE = 200
EXPORT_PARALLEL = 8


class EventOptions(RangeOptions, total=False):
    """Which events a list gives, and how it is read.

    Attributes:
        time_after: Start of the range, an aware datetime or unix seconds (UTC).
        time_before: End of the range. One of more than 100 days, or without *time_after*, is read
            as consecutive ones.
        order: "asc" or "desc", by time; the server's default is "desc".
    """

    time_after: When | None
    time_before: When | None
    order: EventOrder | None


class ExportOptions(TypedDict, total=False):
    """Which events an export writes, and how they are read.

    Attributes:
        time_after: Start of the range; None begins with the first event.
        time_before: End of the range; None is 30 s before the export was started first, by the
            server's clock. One in the future is reached by exporting again after it.
        order: "asc" or "desc", by time; "asc" when left out.
        page_size: Items a request, 1 to 200; 200 when left out.
        parallel: Requests at once, 1 to 256; 8 when left out.
        on_progress: Called with an `ExportProgress` after each page.
        outage: Seconds of failures in a row that it lives through, 0 when left out: a request that
            fails, for all its repeats, then ends it. What was read is kept.
    """

    time_after: When | None
    time_before: When | None
    order: EventOrder
    page_size: int
    parallel: int
    on_progress: "lists.export.run.OnProgress | None"
    outage: float


class TailOptions(TypedDict, total=False):
    """Where a tail begins, and how long it waits.

    Attributes:
        since: Where to begin, an aware datetime or unix seconds; now when left out.
        settle: Seconds that an event may be late, 30 when left out; so long are ids remembered.
        interval: Seconds between two rounds, 10 when left out.
        heartbeat: Seconds after which `pages()` gives an empty page if nothing is new, so that its
            checkpoint moves; 60 when left out.
        outage: Seconds of failures in a row that it lives through, 3,600 when left out; then the
            last one is raised. What can never succeed, such as a 403, is raised at once.
        resume: Checkpoint of a page of this tail, instead of *since*.
    """

    since: When | None
    settle: int
    interval: float
    heartbeat: float
    outage: float
    resume: Checkpoint | None


def event_query(
    time_after: When | None, time_before: When | None, order: str | None
) -> dict[str, Any]:
    """Check the range and the order of a list of events and write them as the API wants them."""
    since, until = check_time_range(time_after, time_before, most_days=None)
    order = check_choice("order", order, ("asc", "desc"))
    return {"time_after": since, "time_before": until, "order": order}


def event_filter(query: Mapping[str, Any], parallel: int | None) -> TimeFilter:
    """Read the range that a list of events can be cut by."""
    return time_filter(query, names=EVENT_TIMES, longest=LONGEST_RANGE, parallel=parallel)


def check_export(options: Mapping[str, Any]) -> None:
    """Check the `ExportOptions` that several exports are to be given, before the first one."""
    values = check_keywords(options, ExportOptions)
    query = event_query(values.get("time_after"), values.get("time_before"), values.get("order"))
    event_filter(query, values.get("parallel"))
    check_page_size(values.get("page_size"))
    check_seconds("outage", values.get("outage", 0), may_be_zero=True)


@frozen(kw_only=True)
class EventList(Generic[T]):
    """A list of events by time, which can be read, exported and followed."""

    fetch: Fetch[T]
    spawn: Spawn
    on_event: EventHandler | None

    def list(
        self,
        *,
        time_after: When | None = None,
        time_before: When | None = None,
        order: EventOrder | None = None,
        resume: Checkpoint | None = None,
        parallel: int | None = None,
        **options: Unpack[ListOptions],
    ) -> Pager[T]:
        """Make the list of a range; nothing is sent before it is iterated."""
        fetch = self.fetch.narrowed(event_query(time_after, time_before, order))
        return Pager(
            fetch=fetch,
            spawn=self.spawn,
            times=event_filter(fetch.query, parallel),
            resume=resume,
            on_event=self.on_event,
            **check_keywords(options, ListOptions),
        )

    async def export(
        self,
        path: str | os.PathLike[str],
        *,
        time_after: When | None = None,
        time_before: When | None = None,
        order: EventOrder = "asc",
        page_size: int = EXPORT_PAGE,
        parallel: int = EXPORT_PARALLEL,
        on_progress: "lists.export.run.OnProgress | None" = None,
        outage: float = 0,
    ) -> "lists.export.manifest.Manifest":
        """Write a range to a file, or go on with it."""
        check_seconds("outage", outage, may_be_zero=True)
        fetch = self.fetch.narrowed(event_query(time_after, time_before, order))
        source = ranges.reading.TimeList(
            fetch=fetch.reading(msgspec.Raw),
            spawn=self.spawn,
            asked=event_filter(fetch.query, parallel),
            page_size=check_page_size(page_size),
            is_to_now=False,
        )
        with tracing(self.on_event, "export", route=fetch.route):
            return await lists.export.run.export(
                source, read_path("path", path), on_progress=on_progress, outage=outage
            )

    def tail(
        self,
        *,
        since: When | None = None,
        settle: int = 30,
        interval: float = 10,
        heartbeat: float = 60,
        outage: float = 3600,
        resume: Checkpoint | None = None,
    ) -> "lists.tail.Tail[T]":
        """Follow the list; nothing is sent before it is iterated."""
        lists.tail.check_tail(settle, interval, heartbeat, outage)
        digest = digest_of(self.fetch.query)
        if since is not None and resume is not None:
            raise InvalidArgumentError("since and resume are both given; allowed: one of them")
        start = None if resume is None else lists.tail.read_tail(resume, self.fetch.name, digest)
        moment = to_seconds("since", since)
        if moment is not None:
            start = lists.tail.TailState(since=moment, seen={})
        return lists.tail.Tail(
            fetch=self.fetch,
            spawn=self.spawn,
            digest=digest,
            start=start,
            settle=settle,
            interval=interval,
            heartbeat=heartbeat,
            outage=outage,
        )
