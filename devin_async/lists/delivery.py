"""Delivery: a list that is followed for months, brought to a sink in batches, at least once."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from attrs import define, field, frozen

from devin_async.base.arguments import check_count, check_seconds, is_async
from devin_async.base.checkpoint_file import CheckpointFile
from devin_async.base.clock import Clock
from devin_async.base.outages import Outage
from devin_async.base.tasks import cancel_and_wait, in_thread
from devin_async.base.text import class_name
from devin_async.errors import ConfigurationError, DevinError, InvalidArgumentError
from devin_async.lists.cursors import Checkpoint, Page
from devin_async.lists.fetching import Spawn

__all__ = ["Batches", "Deliverer", "Delivery", "Sink", "check_sink"]

T = TypeVar("T")


@frozen
class Delivery(Generic[T]):
    """A batch on its way to a sink.

    Attributes:
        items: In the order in which they came.
        ids: By which each is known again, in the same order. A batch that was not confirmed comes
            again, perhaps cut otherwise: a sink that keeps the ids gets each item once.
    """

    items: Sequence[T] = field(repr=False)
    ids: Sequence[str]

    def __len__(self) -> int:
        return len(self.ids)


Sink = Callable[[Delivery[T]], Awaitable[object]]
"""Takes a batch: once it returns, the batch is never sent again; what it raises has it retried."""


def check_sink(sink: object, batch_items: int, batch_seconds: float, stop: object) -> None:
    """Check what a list is to be delivered to, in what batches, and what ends it.

    Raises:
        InvalidArgumentError: The sink is not async, a batch would hold nothing, or it is no event.
    """
    if not isinstance(stop, asyncio.Event | None):
        raise InvalidArgumentError(
            f"is {class_name(stop)}; allowed: an asyncio.Event or None", argument="stop"
        )
    if not is_async(sink):
        raise InvalidArgumentError(
            f"sink is {sink!r}; allowed: an async function that takes a Delivery"
        )
    check_count("batch_items", batch_items, smallest=1)
    check_seconds("batch_seconds", batch_seconds)


class Batches(Generic[T]):
    """Items on their way, until there are enough of them or the first one has waited enough.

    Attributes:
        delivered: How many items were taken by the sink.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self.delivered = 0
        self._most = most
        self._seconds = seconds
        self._items: list[T] = []
        self._ids: list[str] = []
        self._since = 0.0
        # Where the list goes on behind so many items.
        self._marks: deque[tuple[int, Checkpoint]] = deque()

    def add(self, page: Page[T], ids: Sequence[str], now: float) -> None:
        """Take the items of a page."""
        if not self._items:
            self._since = now
        self._items += page.items
        self._ids += ids
        self._marks.append((self.delivered + len(self._items), page.checkpoint))

    def seconds_left(self, now: float) -> float | None:
        """Tell how long the first item may still wait; None if there is none."""
        return max(0.0, self._since + self._seconds - now) if self._items else None

    def next(self, *, whole: bool) -> Delivery[T] | None:
        """Return what is to be sent next: a *whole* batch, or whatever there is."""
        if not self._items or (whole and len(self._items) < self._most):
            return None
        # It ends with a page where one can: only there is a checkpoint, so that what was taken does
        # not come again after a kill.
        ends = (mark - self.delivered for mark, _ in self._marks)
        size = max((end for end in ends if 0 < end <= self._most), default=self._most)
        return Delivery(tuple(self._items[:size]), tuple(self._ids[:size]))

    def confirm(self, batch: Delivery[T], now: float) -> None:
        """Note that the sink has taken what `next` gave."""
        del self._items[: len(batch)], self._ids[: len(batch)]
        self.delivered += len(batch)
        self._since = now

    def checkpoint(self) -> Checkpoint | None:
        """Return the last place behind which nothing waits, once."""
        place: Checkpoint | None = None
        while self._marks and self._marks[0][0] <= self.delivered:
            place = self._marks.popleft()[1]
        return place


@define(kw_only=True)
class Deliverer(Generic[T]):
    """Brings the pages of a list that is followed to a sink, and keeps how far it is.

    Attributes:
        sink: Where to.
        file: Where the checkpoint lies.
        name_of: By what an item is known again.
        clock: Tells the time, and sleeps.
        spawn: Starts tasks.
        outage: How long the sink may fail.
        stop: Once set, what waits is delivered, and that is all.
    """

    sink: Sink[T]
    file: CheckpointFile
    name_of: Callable[[T], str]
    clock: Clock
    spawn: Spawn
    outage: Outage
    stop: asyncio.Event
    batches: Batches[T]

    async def run(self, pages: AsyncIterator[Page[T]]) -> int:
        """Deliver until *pages* end, or the stop; give how many items the sink has taken.

        Raises:
            DevinError: The list could not be read; what was read before is delivered.
            Exception: What the sink raised last, when it has failed for too long.
        """
        reading: asyncio.Task[Page[T]] | None = None
        try:
            while not self.stop.is_set():
                reading = reading or self.spawn(_next(pages))
                if not await self._wait(reading):
                    await self._send(whole=False)
                    continue
                finished, reading = reading, None
                try:
                    page = finished.result()
                except DevinError:
                    await self._send(whole=False)
                    raise
                except asyncio.CancelledError:  # not ours: that would have been raised above
                    raise ConfigurationError(
                        "the client was closed while a list was delivered"
                    ) from None
                ids = [self.name_of(item) for item in page.items]
                self.batches.add(page, ids, self.clock.monotonic())
                await self._send(whole=True)
        finally:
            if reading is not None:
                await cancel_and_wait([reading])
        await self._send(whole=False)
        return self.batches.delivered

    async def _wait(self, reading: "asyncio.Task[Page[T]]") -> bool:
        """Wait for a page, as long as what is there may wait; tell whether it came."""
        others: list[asyncio.Task[Any]] = [self.spawn(self.stop.wait())]
        left = self.batches.seconds_left(self.clock.monotonic())
        if left is not None:
            others.append(self.spawn(self.clock.sleep(left)))
        try:
            await asyncio.wait([reading, *others], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancel_and_wait(others)
        return reading.done()

    async def _send(self, *, whole: bool) -> None:
        """Send what there is, in *whole* batches or to the last item, and keep the checkpoint."""
        while (batch := self.batches.next(whole=whole)) is not None:
            if not await self._is_taken(batch):
                return
            self.batches.confirm(batch, self.clock.monotonic())
            await self._keep_checkpoint()
        await self._keep_checkpoint()  # of pages without items

    async def _keep_checkpoint(self) -> None:
        checkpoint = self.batches.checkpoint()
        if checkpoint is not None:
            await in_thread(partial(self.file.write, checkpoint))

    async def _is_taken(self, batch: Delivery[T]) -> bool:
        """Send a batch until the sink takes it; a stop ends that, too."""
        while True:
            try:
                await self.sink(batch)
            except Exception as error:  # noqa: BLE001 - whatever a sink raises may pass
                if self.stop.is_set():
                    return False
                await self.outage.live_through(error)
            else:
                self.outage.end()
                return True


async def _next(pages: AsyncIterator[Page[T]]) -> Page[T]:
    return await anext(pages)
