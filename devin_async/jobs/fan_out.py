"""Fan-out: one worker over many items, so many at a time, outcomes as they finish."""

import asyncio
import inspect
import warnings
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from contextlib import aclosing
from types import AsyncGeneratorType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from devin_async.base.arguments import check_choice
from devin_async.base.clock import clock_in_use
from devin_async.base.tasks import cancel_and_wait
from devin_async.base.writes import watch_writes
from devin_async.errors import (
    AuthenticationError,
    ConfigurationError,
    DevinError,
    FanOutError,
    InvalidArgumentError,
    PermissionDeniedError,
)
from devin_async.events import Event, EventHandler, emit, traced, tracing
from devin_async.jobs.outcomes import Outcome, PlannedItem, planned
from devin_async.jobs.sources import check_source, pull

if TYPE_CHECKING:
    from devin_async.jobs.ledger import Ledger
    from devin_async.jobs.ledger.bookkeeping import Bookkeeper

__all__ = ["ErrorMode", "FanOut", "Outcome"]

Item = TypeVar("Item")
Result = TypeVar("Result")

ErrorMode = Literal["collect", "raise"]
_MODES = ("collect", "raise")

# A shared semaphore does not tell how wide it is, so this bounds what waits for a slow reader.
_WINDOW_OF_SHARED = 100


class FanOut(Generic[Item, Result]):
    """One run of a worker over a source; it can be read once.

    `async with fan_out as outcomes: async for outcome in outcomes` gives each `Outcome` as it
    finishes and leaves no task behind; `await fan_out.collect()` gives them in the source's order.

    The source is pulled only as slots free up, so it may be endless. A slot is free again when its
    outcome was handed over: at most *concurrency* items run or wait for a slow reader. With a
    semaphore shared between jobs a slot is free when its worker has ended, one item is pulled
    ahead of it, and at most 100 outcomes wait.

    With a ledger an item that it does not let run has no outcome; `ledger.report()` tells of it.
    Made by a client with `dry_run=True`, it neither reads nor writes the ledger.
    """

    def __init__(
        self,
        source: Iterable[Item] | AsyncIterable[Item],
        worker: Callable[[Item], Awaitable[Result]],
        *,
        concurrency: int | asyncio.Semaphore,
        errors: ErrorMode = "collect",
        ledger: "Ledger | None" = None,
        key: Callable[[Item], str] | None = None,
        record: Callable[[Result], Any] | None = None,
        retry_failed: bool = False,
        rerun_unknown: bool = False,
        probe_first: bool = False,
        dry_run: bool = False,
        on_event: EventHandler | None = None,
    ) -> None:
        self._shared, width = _slots(concurrency)
        self._source = check_source(source)
        self._worker = _checked_worker(worker)
        self._fail_fast = check_choice("errors", errors, _MODES) == "raise"
        books = _books(
            ledger, key=key, record=record, retry_failed=retry_failed, rerun_unknown=rerun_unknown
        )
        self._books = None if dry_run else books  # what was rehearsed was not done
        self._probes = probe_first
        self._is_rehearsal = dry_run
        self._on_event = on_event
        self._window = asyncio.Semaphore(width)
        self._collected: list[Outcome[Item, Result]] = []
        self._finished: deque[Outcome[Item, Result]] = deque()
        self._running: dict[asyncio.Task[None], tuple[int, Item]] = {}
        self._driver: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._has_tried = False  # until then, a second item does not start
        self._progress = asyncio.Event()
        self._obstacle: Exception | None = None  # raised once what runs has settled
        self._fatal: BaseException | None = None  # raised at once
        self._stopping = False
        self._is_draining = False
        self._claimed = False
        self._is_entered = False
        self._reader: AsyncGenerator[Outcome[Item, Result], None] | None = None

    def __repr__(self) -> str:
        state = "started" if self._claimed else "not started"
        return f"<FanOut, {state}, {len(self._running)} running>"

    def __del__(self) -> None:
        if not getattr(self, "_claimed", True):
            warnings.warn(
                "a fan-out was made and never started: iterate over it, or await its collect()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )

    async def __aenter__(self) -> Self:
        self._is_entered = True
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._claimed = self._claimed or exc_type is not None
        reader, self._reader = self._reader, None
        if isinstance(reader, AsyncGeneratorType) and not reader.ag_running:
            await reader.aclose()
        await self._stop()

    def __aiter__(self) -> AsyncGenerator[Outcome[Item, Result], None]:
        """Start, and iterate over the outcomes as they finish.

        Raises:
            RuntimeError: It was started before.
        """
        self._check_unread()
        self._claimed = True
        reader = traced(self._on_event, "fan_out", self._outcomes)
        if self._is_entered:  # closed by the end of the block; else by whoever lets go of it
            self._reader = reader
        return reader

    async def collect(self) -> list[Outcome[Item, Result]]:
        """Run all items and give their outcomes in the order of the source.

        Raises:
            FanOutError: An item failed, with `errors="raise"`, or the first one was refused, with
                `probe_first=True`.
            LedgerError: The ledger cannot be used, or is of another source.
        """
        self._check_unread()  # before the block, whose end would stop whoever reads it
        found = self._collected
        async with self:
            async for outcome in self:
                found.append(outcome)  # one by one, so that a failure finds them
        found.sort(key=lambda outcome: outcome.index)
        return found

    async def plan(self) -> list[PlannedItem[Item]]:
        """Run the workers as a rehearsal, and tell in the order of the source what each would send.

        It is for workers that use a client with `dry_run=True`, which makes this fan-out, too. All
        items run, whatever fails.

        Raises:
            ConfigurationError: The fan-out was made by a client that would send what is planned.
        """
        if not self._is_rehearsal:
            self._claimed = True  # refused, not forgotten
            raise ConfigurationError(
                "plan() runs the workers, and this client sends what they write; make the fan-out "
                "and its workers' calls with devin.with_options(dry_run=True)"
            )
        self._check_unread()
        self._fail_fast = self._probes = False
        return [planned(outcome) for outcome in await self.collect()]

    def stop(self) -> None:
        """Start nothing new: what runs ends, its outcomes are given, then the iteration ends.

        Items that were not begun have no outcome; with a ledger the next start begins them. It is
        what `devin_async.shutdown(finish=fan_out.stop)` calls when the program is asked to end.
        """
        self._is_draining = True
        if self._driver is not None:
            self._driver.cancel()

    def _check_unread(self) -> None:
        if self._claimed:
            raise RuntimeError("a fan-out can be read once; make a new one to run it again")

    async def _outcomes(self) -> AsyncGenerator[Outcome[Item, Result], None]:
        try:
            if self._books is not None:
                await self._books.open(self._source)
            self._driver = asyncio.create_task(self._drive())
            # One that is cancelled before its first step tells nobody by itself.
            self._driver.add_done_callback(lambda _: self._news.set())
            while await self._has_news():
                outcome = self._finished.popleft()
                self._window.release()
                if self._fail_fast and not outcome.ok:
                    raise await self._give_up(outcome)
                yield outcome
            error = self._fatal or self._obstacle
            if error is None and self._stopping:
                error = RuntimeError("the block of a fan-out was left while another task read it")
            if error is not None:
                raise error
        finally:
            await self._stop()

    async def _has_news(self) -> bool:
        """Wait for an outcome; tell whether there is one, or all is over."""
        while self._fatal is None:
            if self._finished:
                return True
            if self._driver is not None and self._driver.done() and not self._running:
                return False
            self._news.clear()
            await self._news.wait()
        return False

    async def _give_up(self, first: Outcome[Item, Result]) -> FanOutError:
        """Cancel what runs, and tell what failed, what was done and what was left."""
        left = [item for task, item in self._running.items() if not task.done()]
        await self._stop()
        done = list(self._finished)
        ended = {outcome.index for outcome in done}
        return FanOutError(
            "a fan-out was stopped by its first failure",
            [outcome.error for outcome in (first, *done) if outcome.error is not None],
            outcomes=[*self._collected, *(outcome for outcome in done if outcome.ok)],
            cancelled=[item for index, item in left if index not in ended],
        )

    async def _drive(self) -> None:
        """Pull the source, and start an item for each slot."""
        try:
            async with aclosing(pull(self._source)) as items:
                index = 0
                while self._may_start and await self._start_next(items, index):
                    if not self._has_tried:
                        await self._progress.wait()
                        self._progress.clear()
                    index += 1
        except Exception as error:  # noqa: BLE001 - whatever the source raises is the reader's
            self._obstacle = error
        except BaseException as error:
            # The source cannot go on, and nobody here asked it to end.
            if not (self._stopping or self._is_draining):
                self._fatal = error
            raise
        finally:
            self._news.set()

    @property
    def _may_start(self) -> bool:
        has_failed = self._fatal is not None or self._obstacle is not None
        return not (has_failed or self._stopping or self._is_draining)

    async def _start_next(self, items: AsyncGenerator[Item, None], index: int) -> bool:
        """Wait for an item and a slot, and start it; tell whether there was one.

        A shared slot is taken last: a source that is slow, or that waits for another job of the
        semaphore, would hold it from the others.
        """
        await self._window.acquire()
        async for item in items:
            if not self._may_start:  # a source may have swallowed its cancellation
                break
            if self._shared is not None:
                await self._shared.acquire()
            if self._may_start:
                self._start(index, item)
                return True
            self._release_shared()
            break
        return False

    def _start(self, index: int, item: Item) -> None:
        task = asyncio.create_task(self._run(index, item))
        self._running[task] = (index, item)
        task.add_done_callback(self._ended)

    async def _run(self, index: int, item: Item) -> None:
        started = 0.0 if self._on_event is None else clock_in_use().monotonic()
        outcome: Outcome[Item, Result] | None = None
        if self._books is None:
            outcome = await self._attempt(index, item)
        else:
            try:
                outcome = await self._books.run(index, item, self._attempt)
            except Exception as error:  # noqa: BLE001 - the item has no key, or the ledger is broken
                self._obstacle = error
        if outcome is None:
            self._window.release()
            return
        self._finished.append(outcome)
        self._news.set()
        if self._probes and not self._has_tried:
            self._judge(outcome)
        if self._on_event is not None:
            self._report(outcome, clock_in_use().monotonic() - started)

    async def _attempt(self, index: int, item: Item) -> Outcome[Item, Result] | None:
        """Call the worker; None if what it gave cannot be awaited, which ends everything."""
        writes = watch_writes()
        try:
            with tracing(self._on_event, "item", index=index):
                pending: Any = self._worker(item)
                if not inspect.isawaitable(pending):
                    self._fatal = TypeError(
                        f"the worker gave a {type(pending).__name__}, which cannot be awaited; it "
                        "has to be an async function, or to return an awaitable"
                    )
                    return None
                if not self._has_tried and not self._probes:
                    self._let_others_start()
                return Outcome(index=index, item=item, result=await pending)
        except Exception as error:  # noqa: BLE001 - it is this item's outcome
            if writes and isinstance(error, DevinError):
                error.after_write = True
            return Outcome(index=index, item=item, error=error)

    def _let_others_start(self) -> None:
        self._has_tried = True
        self._progress.set()

    def _judge(self, probe: Outcome[Item, Result]) -> None:
        """Let the others start, unless the probe was refused as all of them would be."""
        if isinstance(probe.error, AuthenticationError | PermissionDeniedError):
            self._obstacle = FanOutError(
                "the first item of a fan-out was refused, so no other was started", [probe.error]
            )
        self._let_others_start()

    def _report(self, outcome: Outcome[Item, Result], seconds: float) -> None:
        reason = None if outcome.error is None else type(outcome.error).__name__
        event = Event(kind="outcome", index=outcome.index, seconds=seconds, reason=reason)
        emit(self._on_event, event)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._release_shared()
        if task.cancelled():
            if not self._stopping:  # somebody else cancelled it, so its item has no outcome
                self._fatal = asyncio.CancelledError("a worker of the fan-out was cancelled")
        elif (error := task.exception()) is not None:
            self._fatal = error  # not an Exception, so nobody's outcome
        self._progress.set()
        self._news.set()

    def _release_shared(self) -> None:
        if self._shared is not None:
            self._shared.release()

    async def _stop(self) -> None:
        self._stopping = True
        driver = () if self._driver is None else (self._driver,)
        try:
            await cancel_and_wait([*driver, *self._running])
        finally:
            self._news.set()  # a driver that never ran does not tell a reader in another task
            if self._books is not None:
                await self._books.close()


def _books(ledger: "Ledger | None", **told: Any) -> "Bookkeeper | None":
    """Give who keeps the ledger; loaded when there is one, since most fan-outs have none.

    Raises:
        InvalidArgumentError: There is none, but something is *told* about it.
    """
    for name in ("key", "record"):
        if told[name] is not None and not callable(told[name]):
            raise InvalidArgumentError(
                f"{name} is a {type(told[name]).__name__}; allowed: a callable"
            )
    if ledger is not None:
        from devin_async.jobs.ledger.bookkeeping import Bookkeeper  # noqa: PLC0415

        return Bookkeeper(ledger, **told)
    needless = ", ".join(f"{name}=" for name, value in told.items() if value not in (None, False))
    if needless:
        raise InvalidArgumentError(f"{needless} given without ledger=, which it is about")
    return None


def _slots(concurrency: object) -> tuple[asyncio.Semaphore | None, int]:
    if isinstance(concurrency, asyncio.Semaphore):
        return concurrency, _WINDOW_OF_SHARED
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
        raise InvalidArgumentError(
            f"concurrency is {concurrency!r}; allowed: a whole number from 1, or an "
            "asyncio.Semaphore"
        )
    return None, concurrency


def _checked_worker(worker: Any) -> Any:
    if not callable(worker):
        raise InvalidArgumentError(
            f"worker is a {type(worker).__name__}; allowed: a callable whose result can be awaited"
        )
    return worker
