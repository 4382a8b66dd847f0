"""Fan-out: one worker over many items, so many at a time, outcomes as they finish."""

import asyncio
import logging
import warnings
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from types import AsyncGeneratorType, MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypedDict, TypeVar, Unpack

from devin_async.base.arguments import check_choice, check_function, check_keywords, check_switch
from devin_async.base.writes import plan_writes
from devin_async.errors import ConfigurationError, DevinError, FanOutError, InvalidArgumentError
from devin_async.events import EventHandler, traced
from devin_async.jobs.outcomes import Outcome, PlannedItem, planned
from devin_async.jobs.probe import Probe
from devin_async.jobs.runner import Executor, LocalExecutor, Runner
from devin_async.jobs.sources import Repeats, check_source, identifier_of
from devin_async.lists.pager import Pager

if TYPE_CHECKING:
    from devin_async.jobs.ledger import Ledger
    from devin_async.jobs.ledger.bookkeeping import Books

__all__ = ["ErrorMode", "FanOut", "FanOutOptions", "Outcome"]

Item = TypeVar("Item")
Result = TypeVar("Result")

logger = logging.getLogger("devin_async")

ErrorMode = Literal["collect", "raise"]
_MODES = ("collect", "raise")
_OF_A_LEDGER = ("record", "retry_failed", "rerun_unknown")
_REASONS = {
    "repeated": "repeated",
    "stopped": "stopped before they had written anything",
    "done": "done",
    "failed": "failed (retry_failed= runs them again)",
    "unknown": "unknown (rerun_unknown= runs them again)",
    "started": "run by another job now",
}


class FanOutOptions(TypedDict, Generic[Item, Result], total=False):
    """How a fan-out is run, besides how many items at once.

    Attributes:
        errors: "collect", the default, makes an item's error its outcome; "raise" cancels the rest.
        distinct: Whether an item that comes again is left out, which `left_out` counts. Left out or
            None, it is for a list of the API, which can show a row on two pages when it changes
            while it is read, and is not for other sources, whose maker may mean it. An item is
            known by its id, the first field of its model if that is named `*_id`, else by all that
            it holds; by *key*, if that is given without a ledger. What was run is kept in memory.
        ledger: Where to note what is started and how it ends.
        key: Makes the str that the ledger knows an item by. Left out: its `org_id`, or the item
            itself if it is a str. An item of a key that another one had is not run: its outcome is
            a `LedgerError`, or that is raised at once if the source is a collection.
        record: Makes of a result what the ledger keeps of it, as JSON. Left out: its `url` without
            a query, and its ids, which are its str attributes named `*_id`.
        retry_failed: Run failed items of the ledger again, none of which had written anything.
            Default False.
        rerun_unknown: Run items of the ledger again that may have been done, in part or whole;
            right for workers that find what they did before, such as a create with `once=`. One
            that is rejected then stays unknown. Default False.
        probe_first: Run the first item alone. If the key is refused (401), or two items in a row
            are (403) without a reason of their own such as a used-up quota, as all would be, the
            iteration ends with a `FanOutError` after their outcomes, and no other is started. A
            403 with a reason of its own has the next item run alone. Default False.
    """

    errors: ErrorMode
    distinct: bool | None
    ledger: "Ledger | None"
    key: Callable[[Item], str] | None
    record: Callable[[Result], Any] | None
    retry_failed: bool
    rerun_unknown: bool
    probe_first: bool


class FanOut(Generic[Item, Result]):
    """One run of a worker over a source; it can be read once.

    `async with fan_out as outcomes: async for outcome in outcomes` gives each `Outcome` as it
    finishes and leaves no task behind; `await fan_out.collect()` gives them in the source's order.

    The source is pulled only as slots free up, so it may be endless. A slot is free again when its
    outcome was handed over: at most *concurrency* items run or wait for a slow reader. With a
    semaphore shared between jobs a slot is free when its worker has ended, one item is pulled
    ahead of it, and at most 100 outcomes wait.

    An item that was not run, since it came before or since its ledger does not let it, has no
    outcome; `left_out` counts them. Made by a client with `dry_run=True`, it neither reads nor
    writes the ledger.
    """

    def __init__(
        self,
        source: Iterable[Item] | AsyncIterable[Item],
        worker: Callable[[Item], Awaitable[Result]] | Executor[Item, Result],
        *,
        concurrency: int | asyncio.Semaphore = 1,
        dry_run: bool = False,
        on_event: EventHandler | None = None,
        **options: Unpack[FanOutOptions[Item, Result]],
    ) -> None:
        check_keywords(options, FanOutOptions)
        _check_uses(options)
        self._fail_fast = check_choice("errors", options.get("errors"), _MODES) == "raise"
        books = _books(options)
        self._runner = Runner(
            # A list leaves repeats out by itself; here they are counted, or run.
            source.with_repeats() if isinstance(source, Pager) else check_source(source),
            _executor(worker, concurrency),
            books=None if dry_run else books,  # what was rehearsed was not done
            is_repeat=_repeats(source, options),
            probe=Probe() if options.get("probe_first") else None,
            on_event=on_event,
        )
        self._is_rehearsal = dry_run
        self._on_event = on_event
        self._collected: list[Outcome[Item, Result]] = []
        self._claimed = False
        self._is_entered = False
        self._reader: AsyncGenerator[Outcome[Item, Result], None] | None = None

    def __repr__(self) -> str:
        state = "started" if self._claimed else "not started"
        return f"<FanOut, {state}, {len(self._runner.running)} running>"

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
        await self._runner.stop()

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

    @property
    def collected(self) -> Sequence[Outcome[Item, Result]]:
        """What `collect()` has so far, in the order of the source; kept when it fails."""
        return sorted(self._collected, key=lambda outcome: outcome.index)

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many items were not run so far, by the reason.

        "repeated": it came before. "stopped": it was cancelled before it had written anything,
        while a call of it waited for the rate limit or for its next attempt. The others are states
        of its row in the ledger: "done", "failed", "unknown", or "started", which another process
        runs now.
        """
        return MappingProxyType(self._runner.left_out)

    async def collect(self) -> list[Outcome[Item, Result]]:
        """Run all items and give their outcomes in the order of the source.

        When it fails, `collected` has what had ended before; so has `outcomes` of our errors.

        Raises:
            FanOutError: An item failed, with `errors="raise"`, or the first ones were refused, with
                `probe_first=True`.
            LedgerError: The ledger cannot be used, or is of another source.
        """
        self._check_unread()  # before the block, whose end would stop whoever reads it
        try:
            async with self:
                async for outcome in self:
                    self._collected.append(outcome)  # one by one, so that a failure finds them
        except DevinError as error:
            error.outcomes = error.outcomes or self.collected
            raise
        return [*self.collected]

    async def plan(self) -> list[PlannedItem[Item]]:
        """Run the workers as a rehearsal, and tell in the order of the source what each would send.

        It is for a fan-out of a client with `dry_run=True`. No write of a worker is sent, whichever
        client it is made with. All items run, whatever fails.

        Raises:
            ConfigurationError: The fan-out was made by a client that would send what is planned.
        """
        if not self._is_rehearsal:
            self._claimed = True  # refused, not forgotten
            raise ConfigurationError(
                "plan() is for a fan-out of a client that sends no writes, and this one does; make "
                "it with devin.with_options(dry_run=True)"
            )
        self._check_unread()
        self._fail_fast, self._runner.probe = False, None
        with plan_writes():
            return [planned(outcome) for outcome in await self.collect()]

    def stop(self) -> None:
        """Start nothing new: what runs ends, its outcomes are given, then the iteration ends.

        An item that has written nothing, and a call of which waits for the rate limit or for its
        next attempt, is cancelled, which `left_out` counts as "stopped"; it sends nothing more.

        Items that were stopped or not begun have no outcome; with a ledger the next start begins
        them. It is what `devin_async.shutdown(finish=fan_out.stop)` calls when the program is asked
        to end.
        """
        self._runner.drain()

    def _check_unread(self) -> None:
        if self._claimed:
            raise RuntimeError("a fan-out can be read once; make a new one to run it again")

    async def _outcomes(self) -> AsyncGenerator[Outcome[Item, Result], None]:
        runner = self._runner
        try:
            await runner.open()
            while (outcome := await runner.next()) is not None:
                if self._fail_fast and not outcome.ok:
                    raise await self._give_up(outcome)
                yield outcome
            runner.check_end()
            _warn_of_no_items(runner)
        finally:
            await runner.stop()

    async def _give_up(self, first: Outcome[Item, Result]) -> FanOutError:
        """Cancel what runs, and tell what failed, what was done and what was left."""
        runner = self._runner
        left = [item for task, item in runner.running.items() if not task.done()]
        await runner.stop()
        done = list(runner.finished)
        ended = {outcome.index for outcome in done}
        return FanOutError(
            "a fan-out was stopped by its first failure",
            [outcome.error for outcome in (first, *done) if outcome.error is not None],
            outcomes=[*self._collected, *(outcome for outcome in done if outcome.ok)],
            cancelled=[item for index, item in left if index not in ended],
        )


def _executor(worker: Any, concurrency: int | asyncio.Semaphore) -> Executor[Any, Any]:
    return worker if isinstance(worker, Executor) else LocalExecutor(worker, concurrency)  # pyright: ignore[reportUnknownVariableType]


def _check_uses(options: FanOutOptions[Any, Any]) -> None:
    """Check that each option has something that it is about."""
    for name in ("key", "record"):
        if options.get(name) is not None:
            check_function(name, options.get(name))
    for name in ("retry_failed", "rerun_unknown", "probe_first"):
        if options.get(name) is not None:
            check_switch(name, options.get(name))
    distinct: object = options.get("distinct")
    if distinct not in (None, True, False):
        raise InvalidArgumentError(f"distinct is {distinct!r}; allowed: True, False or None")
    if options.get("ledger") is not None:
        return
    needless = [f"{name}=" for name in _OF_A_LEDGER if options.get(name) not in (None, False)]
    if options.get("key") is not None and not distinct:
        needless.insert(0, "key=")
    if needless:
        raise InvalidArgumentError(
            f"{', '.join(needless)} given without ledger=, which it is about"
        )


def _books(options: FanOutOptions[Item, Result]) -> "Books | None":
    """Say how the ledger is kept; loaded when there is one, since most fan-outs have none."""
    ledger = options.get("ledger")
    if ledger is None:
        return None
    from devin_async.jobs.ledger.bookkeeping import Books  # noqa: PLC0415

    return Books.of(
        ledger,
        key=options.get("key"),
        record=options.get("record"),
        retry_failed=options.get("retry_failed", False),
        rerun_unknown=options.get("rerun_unknown", False),
    )


def _repeats(source: object, options: FanOutOptions[Item, Result]) -> Callable[[Item], bool] | None:
    """Return what tells of an item whether it came before, if such are to be left out."""
    distinct = options.get("distinct")
    if distinct is None:
        distinct = isinstance(source, Pager)
    if not distinct:
        return None
    key = options.get("key") if options.get("ledger") is None else None
    return Repeats(identifier_of(source) if key is None else key)


def _warn_of_no_items(runner: Runner[Any, Any]) -> None:
    """Say of a fan-out that ran nothing, though it had items, why that is."""
    if runner.tried or not runner.left_out:
        return
    reasons = ", ".join(
        f"{count} {_REASONS[reason]}" for reason, count in sorted(runner.left_out.items())
    )
    is_expected = not runner.left_out.keys() - {"done", "repeated"}
    level = logging.INFO if is_expected else logging.WARNING
    logger.log(level, "a fan-out ran none of its items: %s", reasons)
