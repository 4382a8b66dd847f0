"""What runs a fan-out: it pulls the source, starts an item for each slot, and keeps what ended."""

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from devin_async.base.clock import clock_in_use
from devin_async.base.generators import closing
from devin_async.base.tasks import cancel_and_wait
from devin_async.base.text import class_name
from devin_async.base.writes import NothingWrittenError, Writes, watch_writes
from devin_async.errors import DevinError, FanOutError, InvalidArgumentError, OutcomeUnknownError
from devin_async.events import Event, EventHandler, emit, tracing
from devin_async.jobs.outcomes import Failed, Outcome, Succeeded
from devin_async.jobs.probe import Probe
from devin_async.jobs.sources import pull

if TYPE_CHECKING:
    from devin_async.jobs.ledger.bookkeeping import Bookkeeper, Books

__all__ = ["Executor", "LocalExecutor", "Runner"]

Item = TypeVar("Item")
Result = TypeVar("Result")

# A shared semaphore does not tell how wide it is, so this bounds what waits for a slow reader.
_WINDOW_OF_SHARED = 100

_held: ContextVar[tuple[asyncio.Semaphore, ...]] = ContextVar("devin_async_held", default=())


class Executor(ABC, Generic[Item, Result]):
    """Where the items of a fan-out run: in this event loop, or on other machines.

    Attributes:
        shared: Semaphore of which each item takes a slot; None when `open` bounds them alone.
        obstacle: What keeps further items from being started; raised when those that run have
            ended.
        fatal: What ends the fan-out at once.
    """

    shared: asyncio.Semaphore | None = None
    obstacle: Exception | None = None
    fatal: Exception | None = None

    @abstractmethod
    async def open(self) -> int:
        """Make ready; tell how many items may run or wait for a slow reader."""

    @abstractmethod
    def run(self, item: Item) -> Awaitable[Result]:
        """Start an item, and give what waits for its result."""

    async def close(self) -> None:
        """Let go of everything; a second call does nothing."""


class LocalExecutor(Executor[Item, Result]):
    """Runs items in this event loop.

    Args:
        worker: Called with each item; its result is awaited.
        concurrency: How many run at the most, or a semaphore shared with other jobs.

    Raises:
        InvalidArgumentError: *worker* cannot be called, or *concurrency* is outside what is
            allowed.
    """

    def __init__(
        self, worker: Callable[[Item], Awaitable[Result]], concurrency: int | asyncio.Semaphore
    ) -> None:
        if not callable(worker):
            raise InvalidArgumentError(
                f"worker is {class_name(worker)}; allowed: a callable whose result can be awaited"
            )
        self._worker = worker
        self._width = _width(concurrency)
        self.shared = concurrency if isinstance(concurrency, asyncio.Semaphore) else None

    async def open(self) -> int:
        """Tell how many items may run.

        Raises:
            InvalidArgumentError: The item of another fan-out, in which this one is run, holds a
                slot of the same semaphore: with no slot left, both would wait for ever.
        """
        if self.shared is not None and self.shared in _held.get():
            raise InvalidArgumentError(
                "concurrency is the semaphore of which the worker that runs this fan-out holds a "
                "slot, so both could wait for ever; allowed: a number, or another semaphore"
            )
        return self._width

    def run(self, item: Item) -> Awaitable[Result]:
        """Call the worker.

        Raises:
            TypeError: What it gave cannot be awaited, which ends everything.
        """
        pending: Any = self._worker(item)
        if not inspect.isawaitable(pending):
            self.fatal = TypeError(
                f"the worker gave {class_name(pending)}, which cannot be awaited; it has to "
                "be an async function, or to return an awaitable"
            )
            raise self.fatal
        return pending


class Runner(Generic[Item, Result]):
    """One run of the items of a source.

    Args:
        source: What is pulled, as slots free up.
        executor: Where the items run.
        books: How the ledger is kept; None without one.
        is_repeat: Tells of an item whether it came before, and is to be left out.
        probe: Decides by the first outcomes whether others are started; None starts them at once.
        on_event: Called with an `Event` for each outcome.

    Attributes:
        running: The items that run.
        finished: The outcomes that nobody has taken yet.
        left_out: How many items were not run, or stopped before they had written, by the reason.
        tried: How many items were run.
        books: How the ledger is kept.
        probe: What decides whether others are started; may be taken away before the run.
    """

    def __init__(
        self,
        source: Iterable[Item] | AsyncIterable[Item],
        executor: Executor[Item, Result],
        *,
        books: "Books | None",
        is_repeat: Callable[[Item], bool] | None,
        probe: Probe | None,
        on_event: EventHandler | None,
    ) -> None:
        self.running: dict[asyncio.Task[None], tuple[int, Item]] = {}
        self.finished: deque[Outcome[Item, Result]] = deque()
        self.left_out: Counter[str] = Counter() if books is None else books.left_out
        self.tried = 0
        self.probe = probe
        self._source = source
        self._executor = executor
        self.books = books
        self._bookkeeper: Bookkeeper | None = None
        self._is_repeat = is_repeat
        self._on_event = on_event
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = 0  # how many more may run, or wait for a slow reader
        self._freed = asyncio.Event()
        self._driver: asyncio.Task[None] | None = None
        self._pulled = 0
        self._news = asyncio.Event()
        self._is_alone = True  # until something was tried, a second item does not start
        self._progress = asyncio.Event()
        self._writes: dict[int, Writes] = {}  # of the workers that run, by the item's index
        self._obstacle: Exception | None = None  # raised once what runs has settled
        self._fatal: BaseException | None = None  # raised at once
        self._stopping = False
        self._draining = False

    async def open(self) -> None:
        """Make ready what the items need, and begin to start them."""
        self._loop = asyncio.get_running_loop()
        self._slots = await self._executor.open()
        if self.books is not None:
            self._bookkeeper = await self.books.open(self._source)
        self._driver = asyncio.create_task(self._drive())
        # One that is cancelled before its first step tells nobody by itself.
        self._driver.add_done_callback(lambda _: self._news.set())

    async def next(self) -> Outcome[Item, Result] | None:
        """Wait for an outcome, and free its slot; None when all is over."""
        while self._fatal is None:
            if self.finished:
                self._free_slot()
                return self.finished.popleft()
            if self._driver is not None and self._driver.done() and not self.running:
                return None
            self._news.clear()
            await self._news.wait()
        return None

    def check_end(self) -> None:
        """Raise what ended the run before all of the source was read and run."""
        error = self._fatal or self._obstacle
        if error is None and self._stopping:
            error = RuntimeError("the block of a fan-out was left, and no more of it is read")
        if error is not None:
            raise error

    def drain(self) -> None:
        """Start nothing new, and let what runs end."""
        self._draining = True
        if self._driver is not None:
            self._driver.cancel()
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        """Cancel those that only wait to send their first write: nothing of them is under way."""
        for task, (index, _) in self.running.items():
            if index in self._writes:
                self._writes[index].stop(task.cancel)

    async def stop(self) -> None:
        """Cancel what runs, and let go of everything; a second call does nothing more."""
        self._stopping = True
        self._stop_waiting()
        driver = () if self._driver is None else (self._driver,)
        try:
            await cancel_and_wait([*driver, *self.running])
        finally:
            self._news.set()  # a driver that never ran does not tell a reader in another task
            try:
                if self._bookkeeper is not None:
                    await self._bookkeeper.close()
            finally:
                await self._executor.close()

    async def _drive(self) -> None:
        """Pull the source, and start an item for each slot."""
        try:
            async with closing(pull(self._source)) as items:
                while self._may_start and await self._start_next(items):
                    if self._is_alone:
                        await self._progress.wait()
                        self._progress.clear()
        except Exception as error:  # noqa: BLE001 - whatever the source raises is the reader's
            self._obstacle = error
        except asyncio.CancelledError as error:
            if not (self._stopping or self._draining):
                self._end_by_cancellation(error)
            raise
        except BaseException as error:
            self._fatal = error  # the source cannot go on, and nobody here asked it to end
            raise
        finally:
            self._news.set()

    def _end_by_cancellation(self, error: asyncio.CancelledError) -> None:
        """Tell a source that awaited what others cancelled from a driver that they cancelled."""
        if _is_cancelled():
            self._fatal = error
        else:
            self._obstacle = DevinError(
                "the source of a fan-out awaited something that was cancelled elsewhere"
            )

    def _free_slot(self) -> None:
        self._slots += 1
        self._freed.set()

    @property
    def _may_start(self) -> bool:
        if self._fatal is not None or self._obstacle is not None:
            return False
        return not (self._stopping or self._draining)

    async def _start_next(self, items: AsyncIterator[Item]) -> bool:
        """Wait for an item and a slot, and start it; tell whether there was one.

        A shared slot is taken last: a source that is slow, or that waits for another job of the
        semaphore, would hold it from the others.
        """
        while not self._slots:
            self._freed.clear()
            await self._freed.wait()
        self._slots -= 1
        async for item in items:
            index, self._pulled = self._pulled, self._pulled + 1
            if not self._may_start:  # a source may have swallowed its cancellation
                break
            if self._is_repeat is not None and self._is_repeat(item):
                self.left_out["repeated"] += 1
                continue
            if self._executor.shared is not None:
                await self._executor.shared.acquire()
                if not self._may_start:
                    self._executor.shared.release()
                    break
            self._start(index, item)
            return True
        return False

    def _start(self, index: int, item: Item) -> None:
        assert self._loop is not None  # noqa: S101 - it was opened
        task = self._loop.create_task(self._run(index, item))
        self.running[task] = (index, item)
        task.add_done_callback(self._ended)

    async def _run(self, index: int, item: Item) -> None:
        started = 0.0 if self._on_event is None else clock_in_use().monotonic()
        if self._executor.shared is not None:
            _held.set((*_held.get(), self._executor.shared))
        attempt = self._attempt if self._bookkeeper is None else self._noted
        try:
            outcome = await attempt(index, item)
        except NothingWrittenError:
            outcome = None
        if outcome is None:
            self._free_slot()
            return
        self.finished.append(outcome)
        self._news.set()
        if self.probe is not None and self._is_alone:
            self._judge(self.probe, outcome)
        if self._on_event is not None:
            self._report(outcome, clock_in_use().monotonic() - started)

    async def _noted(self, index: int, item: Item) -> Outcome[Item, Result] | None:
        """Run an item, and keep its ledger."""
        assert self._bookkeeper is not None  # noqa: S101 - else there is none to keep
        try:
            return await self._bookkeeper.run(index, item, self._attempt)
        except Exception as error:  # noqa: BLE001 - the item has no key, or the ledger is broken
            self._obstacle = error
            return None

    async def _attempt(self, index: int, item: Item) -> Outcome[Item, Result] | None:
        """Run an item; None if the executor ends everything."""
        if self._draining:  # since it was pulled: it is not begun
            raise NothingWrittenError
        self.tried += 1
        writes = self._writes[index] = watch_writes()
        outcome: Outcome[Item, Result]
        try:
            with tracing(self._on_event, "item", index=index):
                pending = self._executor.run(item)
                if self._is_alone and self.probe is None:
                    self._let_others_start()
                outcome = Succeeded(index=index, item=item, result=await pending)
        except Exception as error:  # noqa: BLE001 - it is this item's outcome
            if writes and isinstance(error, DevinError):
                error.after_write = True
            outcome = Failed(index=index, item=item, error=error)
        except asyncio.CancelledError as error:
            if writes.is_stopped:
                self.left_out["stopped"] += 1
                raise NothingWrittenError from error
            if _is_cancelled():
                raise
            # Raised here it would end all items for one that awaited what somebody else cancelled.
            unknown = OutcomeUnknownError(
                "the worker awaited something that was cancelled elsewhere"
            )
            unknown.__cause__, unknown.after_write = error, bool(writes)
            outcome = Failed(index=index, item=item, error=unknown)
        finally:
            del self._writes[index]
        self._obstacle = self._obstacle or self._executor.obstacle
        if self._executor.fatal is None:
            return outcome
        self._fatal = self._executor.fatal
        return None

    def _let_others_start(self) -> None:
        self._is_alone = False
        self._progress.set()

    def _judge(self, probe: Probe, outcome: Outcome[Item, Result]) -> None:
        """Let the others start, try one more alone, or end it."""
        verdict = probe.judge(outcome.error)
        if verdict == "stop":
            self._obstacle = FanOutError(
                "the first items of a fan-out were refused, as all would be: no other was started",
                probe.refusals,
            )
        if verdict != "again":
            self._let_others_start()

    def _report(self, outcome: Outcome[Item, Result], seconds: float) -> None:
        reason = None if outcome.error is None else type(outcome.error).__name__
        event = Event(kind="outcome", index=outcome.index, seconds=seconds, reason=reason)
        emit(self._on_event, event)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self.running[task]
        if self._executor.shared is not None:
            self._executor.shared.release()
        if task.cancelled():
            if not self._stopping:  # somebody else cancelled it, so its item has no outcome
                self._fatal = asyncio.CancelledError("a worker of the fan-out was cancelled")
        elif (error := task.exception()) is not None:
            self._fatal = error  # not an Exception, so nobody's outcome
        if self._is_alone:
            self._progress.set()
        if not self.running or self._fatal is not None:  # an outcome has told of itself
            self._news.set()


def _is_cancelled() -> bool:
    """Tell whether this task is asked to end, and not only something that it awaits."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _width(concurrency: object) -> int:
    if isinstance(concurrency, asyncio.Semaphore):
        return _WINDOW_OF_SHARED
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
        raise InvalidArgumentError(
            f"concurrency is {concurrency!r}; allowed: a whole number from 1, or an "
            "asyncio.Semaphore"
        )
    return concurrency
