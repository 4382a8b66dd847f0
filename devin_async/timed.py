"""What lists of events by time can do besides being read: be exported, and be followed."""

import os
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from devin_async.calling import Resource
from devin_async.cursors import Checkpoint
from devin_async.errors import InvalidArgumentError
from devin_async.export import OnProgress, export
from devin_async.manifest import Manifest
from devin_async.places import EVENT_TIMES, LONGEST_RANGE, TimeFilter, time_filter
from devin_async.protocol import Endpoint
from devin_async.ranges import TimeList
from devin_async.tailing import Tail, TailState, check_tail, read_tail
from devin_async.values import When, check_choice, check_page_size, check_time_range, to_seconds

__all__ = ["EXPORT_PAGE", "EXPORT_PARALLEL", "TimedResource", "event_filter", "event_query"]

T = TypeVar("T")

EXPORT_PAGE = 200
EXPORT_PARALLEL = 8


def event_query(
    time_after: When | None, time_before: When | None, order: str | None
) -> dict[str, Any]:
    """Check the range and the order of a list of events and write them as the API wants them."""
    since, until = check_time_range(time_after, time_before, most_days=None)
    order = check_choice("order", order, ("asc", "desc"))
    return {"time_after": since, "time_before": until, "order": order}


def event_filter(query: dict[str, Any], parallel: int | None) -> TimeFilter:
    """Read the range that a list of events can be cut by."""
    return time_filter(query, names=EVENT_TIMES, longest=LONGEST_RANGE, parallel=parallel)


class TimedResource(Resource):
    """A family whose list is one of events by time."""

    async def _export(
        self,
        endpoint: Endpoint[Any],
        query: dict[str, Any],
        path: str | os.PathLike[str],
        *,
        page_size: int,
        parallel: int,
        on_progress: OnProgress | None,
    ) -> Manifest:
        reader = self._reader(endpoint, query=query)
        source = TimeList(
            fetch=reader.reading(msgspec.Raw),
            spawn=self._caller.transport.spawn,
            name=reader.name,
            asked=event_filter(query, parallel),
            page_size=check_page_size(page_size),
        )
        return await export(source, Path(path), on_progress=on_progress)

    def _tail(
        self,
        endpoint: Endpoint[T],
        query: dict[str, Any],
        *,
        id_field: str,
        since: When | None,
        settle: int,
        interval: float,
        resume: Checkpoint | None,
    ) -> Tail[T]:
        check_tail(settle, interval)
        reader = self._reader(endpoint, query=query)
        times = dict.fromkeys((*EVENT_TIMES, "order"))
        digest = event_filter({**query, **times}, None).digest
        if since is not None and resume is not None:
            raise InvalidArgumentError("since and resume are both given; allowed: one of them")
        start = None if resume is None else read_tail(resume, reader.name, digest)
        moment = to_seconds("since", since)
        if moment is not None:
            start = TailState(since=moment, seen={})
        return Tail(
            reader,
            self._caller.transport.spawn,
            name=reader.name,
            digest=digest,
            id_field=id_field,
            start=start,
            settle=settle,
            interval=interval,
        )
