"""Tailing: a list that is followed as it grows, each item once."""

import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Generic, TypeVar, cast

from attrs import define, evolve, field, frozen

from devin_async.base.arguments import check_count, check_seconds
from devin_async.base.plain_json import as_object
from devin_async.errors import (
    DevinError,
    InvalidArgumentError,
    ResponseDecodeError,
    with_checkpoint,
)
from devin_async.lists.cursors import Checkpoint, Page
from devin_async.lists.fetching import Fetch, Spawn
from devin_async.lists.pager import Pager
from devin_async.lists.ranges.moments import moments_of
from devin_async.lists.ranges.places import check_list

__all__ = ["Tail", "TailState", "check_tail", "read_tail"]

T = TypeVar("T")


@frozen(kw_only=True)
class TailState:
    """How far a list was followed.

    Attributes:
        since: All before this second was given, and nothing can come any more.
        seen: What was given from that second on: the second of each, by its id.
    """

    since: int
    seen: Mapping[str, int]

    def advanced(self, given: Mapping[str, int], settled: int, last: int) -> "TailState":
        """Give it as it is after items up to the second *last*.

        Args:
            given: The second of each item that was met, by its id.
            settled: The second before which nothing arrives any more.
            last: The second of the last item.
        """
        since = max(self.since, min(settled, last))
        seen = {**self.seen, **given}
        kept = {name: second for name, second in seen.items() if second >= since}
        return TailState(since=since, seen=kept)


@define(eq=False, repr=False, kw_only=True)
class Tail(Generic[T]):
    """A list that is followed forever; making one sends nothing.

    `async for item in tail` gives items, `tail.pages()` pages with a `checkpoint`. It ends by
    `contextlib.aclosing(aiter(tail))`, by an error or with the client.
    """

    _fetch: Fetch[T] = field(alias="fetch")
    _spawn: Spawn = field(alias="spawn")
    _digest: str = field(alias="digest")
    _id_field: str = field(alias="id_field")
    _start: TailState | None = field(alias="start")
    _settle: int = field(alias="settle")
    _interval: float = field(alias="interval")

    def __repr__(self) -> str:
        return f"<Tail of {self._fetch.name}>"

    def __aiter__(self) -> AsyncGenerator[T, None]:  # noqa: PYI058 - `aclosing` needs its aclose
        """Iterate over the items, each once, as they appear."""
        return self._items()

    def raw(self) -> "Tail[dict[str, Any]]":
        """Give the same as the server sends it: each item a plain dict, no field lost."""
        fetch: Any = self._fetch.raw()
        return cast("Tail[Any]", evolve(self, fetch=fetch))

    async def _items(self) -> AsyncGenerator[T, None]:
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for item in page.items:
                    yield item

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Iterate over what is new, page by page; process a page, then store its checkpoint."""
        clock = self._fetch.clock
        state = self._start or TailState(since=math.floor(clock.time()), seen={})
        while True:
            settled = math.floor(clock.time() - self._settle)
            async with aclosing(self._poll(state.since)) as pages:
                while True:
                    try:
                        page = await anext(pages, None)
                        if page is None:
                            break
                        fresh, state = self._fresh(page.items, state, settled)
                    except DevinError as error:
                        with_checkpoint(error, self._checkpoint(state))
                        raise
                    if fresh:
                        checkpoint = self._checkpoint(state)
                        yield evolve(page, items=fresh, has_next_page=True, checkpoint=checkpoint)
            # All that is older was there when this round began.
            state = state.advanced({}, settled, settled)
            await clock.sleep(self._interval)

    def _poll(self, since: int) -> AsyncGenerator[Page[T], None]:
        query = {"time_after": max(0, since - 1), "order": "asc"}
        fetch = self._fetch.narrowed(query)
        return Pager(fetch=fetch, spawn=self._spawn).pages()

    def _fresh(
        self, items: Sequence[T], state: TailState, settled: int
    ) -> tuple[list[T], TailState]:
        """Give what was not given before, and the state behind it."""
        if not items:
            return [], state
        seconds = [math.floor(moment) for moment in moments_of(items)]
        met = {
            self._id(item): (item, second)
            for item, second in zip(items, seconds, strict=True)
            if second >= state.since
        }
        fresh = [item for name, (item, _) in met.items() if name not in state.seen]
        given = {name: second for name, (_, second) in met.items()}
        return fresh, state.advanced(given, settled, seconds[-1])

    def _id(self, item: Any) -> str:
        fields = as_object(item)
        found = getattr(item, self._id_field) if fields is None else fields.get(self._id_field)
        if found is None:
            raise ResponseDecodeError(
                f"an item of the list has no {self._id_field}", outcome="rejected"
            )
        return str(found)

    def _checkpoint(self, state: TailState) -> Checkpoint:
        return {
            "list": self._fetch.name,
            "filters": self._digest,
            "since": state.since,
            "seen": dict(state.seen),
        }


def check_tail(settle: int, interval: float) -> None:
    """Check how a list is to be followed."""
    check_count("settle", settle)
    check_seconds("interval", interval)


def read_tail(resume: Checkpoint, name: str, digest: str) -> TailState:
    """Read the checkpoint of a tail.

    Raises:
        InvalidArgumentError: It is of another list or other filters, or was changed.
    """
    check_list(resume, name)
    if "seen" not in resume or resume.get("filters") != digest:
        raise InvalidArgumentError(
            "resume is a checkpoint of other filters or of no tail; allowed: one of this tail"
        )
    since, seen = resume.get("since"), as_object(resume["seen"])
    if type(since) is not int or since < 0 or seen is None:
        raise InvalidArgumentError(f"resume is {dict(resume)!r}; allowed: an unchanged checkpoint")
    if not all(type(second) is int for second in seen.values()):
        raise InvalidArgumentError(f"resume is {dict(resume)!r}; allowed: an unchanged checkpoint")
    return TailState(since=since, seen=seen)
