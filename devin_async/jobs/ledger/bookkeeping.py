"""How a fan-out keeps its ledger: what runs is on the disk before, how it ended right after.

The database is written by one thread. What waits for it while it writes, and some turns of the loop
longer, goes into its next transaction together, so that a hundred items cost as many syncs of the
disk as one.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Self, TypeVar

from attrs import field, frozen

from devin_async.base.tasks import wait_for_end
from devin_async.base.text import class_name
from devin_async.base.writes import NothingWrittenError
from devin_async.errors import InvalidArgumentError, LedgerError
from devin_async.jobs.ledger import Ledger
from devin_async.jobs.ledger.file import LedgerFile, Step
from devin_async.jobs.ledger.rules import (
    GIVE_KEY,
    Claim,
    State,
    check_distinct,
    default_record,
    encode_record,
    error_line,
    key_maker,
    name_of,
    state_after,
)
from devin_async.jobs.once import rerunning
from devin_async.jobs.outcomes import Failed, Outcome
from devin_async.jobs.sources import identity_of, is_collection

__all__ = ["Bookkeeper", "Books"]

T = TypeVar("T")

# From one note of an item to the first one of the item that takes its slot, and some to spare: the
# notes of all slots then share a transaction, where they would else go into two in turns.
_TURNS = 8

Attempt = Callable[[int, Any], Awaitable[Outcome[Any, Any] | None]]


class _Batch:
    """The steps of one transaction, and what became of them once `written` is set."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.answers: list[Any] = []
        self.failure: BaseException | None = None
        self.written = asyncio.Event()


@frozen(kw_only=True)
class Books:
    """How the books of a fan-out are kept, in one run of a ledger.

    Attributes:
        ledger: Where.
        key_of: Makes an item's key.
        record: Makes of a result what the ledger keeps of it.
        retry_failed: Whether failed items run again.
        rerun_unknown: Whether unknown ones do.
        left_out: How many items were not run, by the state of their rows.
        file_type: What opens the file.
    """

    ledger: Ledger
    key_of: Callable[[Any], str]
    record: Callable[[Any], Any]
    retry_failed: bool
    rerun_unknown: bool
    left_out: Counter[str] = field(factory=Counter[str])
    file_type: type[LedgerFile] = LedgerFile

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        *,
        key: Callable[[Any], str] | None,
        record: Callable[[Any], Any] | None,
        retry_failed: bool,
        rerun_unknown: bool,
    ) -> Self:
        """Say how they are kept: without *key* by the natural one, without *record* ids and url.

        Raises:
            InvalidArgumentError: *ledger* is none.
        """
        if not isinstance(ledger, Ledger):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgumentError(
                f"ledger is {class_name(ledger)}; allowed: a Ledger, such as "
                "Ledger('daily.sqlite', run='2026-11-22')"
            )
        return cls(
            ledger=ledger,
            key_of=key_maker(key),
            record=default_record if record is None else record,
            retry_failed=retry_failed,
            rerun_unknown=rerun_unknown,
        )

    async def open(self, source: Any) -> "Bookkeeper":
        """Open the run for *source*, or begin it.

        Raises:
            InvalidArgumentError: An item of a collection has no key.
            LedgerError: The ledger cannot be used, or the run is made from another source.
        """
        keys: Sequence[str] | None = None
        named: Sequence[tuple[str, str | None]] | None = None
        if is_collection(source):
            keys = self._keys_of(source)
            named = list(zip(keys, map(name_of, source), strict=True))
        open_file = partial(
            self.file_type.open,
            self.ledger.path,
            self.ledger.run,
            source=identity_of(source, keys),
            items=named,
            retry_failed=self.retry_failed,
            rerun_unknown=self.rerun_unknown,
        )
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        opening = _submit(thread, open_file)
        try:
            await wait_for_end([opening])
            return Bookkeeper(self, opening.result(), thread)
        except BaseException:
            if opening.exception() is None:  # only the waiting for it was cancelled
                await wait_for_end([_submit(thread, opening.result().close)])
            thread.shutdown(wait=False)
            raise

    def _keys_of(self, items: Iterable[Any]) -> Sequence[str]:
        keys = [self.key_of(item) for item in items]
        check_distinct(keys)
        return keys


class Bookkeeper:
    """The books of one fan-out while it runs; made by `Books.open`."""

    def __init__(self, books: Books, file: LedgerFile, thread: ThreadPoolExecutor) -> None:
        self._books = books
        self._file = file
        self._thread = thread
        self._waiting = _Batch()
        self._writing: asyncio.Future[list[Any]] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def run(self, index: int, item: Any, attempt: Attempt) -> Outcome[Any, Any] | None:
        """Run an item if its row lets it, and note how it ended; None if it has no outcome.

        Raises:
            InvalidArgumentError: The item has no key.
            LedgerError: The ledger cannot be written, so the item was not run.
        """
        key = self._books.key_of(item)
        state = self._file.settled.get(key)
        if state is not None:
            self._books.left_out[state] += 1
            return None
        claim, state = await self._claim(key, index, name_of(item))
        if claim == "skip":
            self._books.left_out[state] += 1
            return None
        if claim == "twice":
            error = LedgerError(
                f"the source has two items of the key {key!r}; this one did not run", hint=GIVE_KEY
            )
            return Failed(index=index, item=item, error=error)
        try:
            if claim == "rerun":
                with rerunning():  # a create with once= looks for as long as lists may lag behind
                    outcome = await attempt(index, item)
            else:
                outcome = await attempt(index, item)
        except NothingWrittenError:
            self._commit(_ending(key, index, None, error=None))
            raise
        except BaseException as error:
            is_cancelled = isinstance(error, asyncio.CancelledError)
            self._give_up(key, index, "it was cancelled" if is_cancelled else error_line(error))
            raise
        if outcome is None:
            self._give_up(key, index, "what the worker gave could not be awaited")
            return None
        return await self._settle(key, outcome, was_unknown=claim == "rerun")

    async def close(self) -> None:
        """Write what waits and let go of the ledger, also when the waiting for it is cancelled.

        Raises:
            LedgerError: The file could not be closed.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await wait_for_end([self._closing])
        self._closing.result()

    async def _close(self) -> None:
        try:
            self._write()
            while self._writing is not None:
                await wait_for_end([self._writing])
                self._write()
            await _submit(self._thread, self._file.close)
        finally:
            self._thread.shutdown(wait=False)

    async def _claim(self, key: str, index: int, name: str | None) -> tuple[Claim, State]:
        batch = self._commit(partial(LedgerFile.claim, key=key, place=index, name=name))
        number = len(batch.steps) - 1
        try:
            await batch.written.wait()
        except asyncio.CancelledError:
            self._commit(_ending(key, index, None, error=None))
            raise
        if batch.failure is not None:
            raise batch.failure
        claim: tuple[Claim, State] = batch.answers[number]
        return claim

    def _give_up(self, key: str, index: int, why: str) -> None:
        """Note, without waiting for it, that nobody knows what an item did."""
        self._commit(_ending(key, index, "unknown", error=why))

    async def _settle(
        self, key: str, outcome: Outcome[Any, Any], *, was_unknown: bool
    ) -> Outcome[Any, Any]:
        """Note how an item ended, and give its outcome with what went wrong at that."""
        state = state_after(outcome.error, was_unknown=was_unknown)
        recorded: str | None = None
        if outcome.error is None:
            try:
                recorded = self._recorded(outcome.result)
            except LedgerError as error:
                outcome = outcome.failed(error)
        line = None if outcome.error is None else error_line(outcome.error)
        batch = self._commit(_ending(key, outcome.index, state, recorded=recorded, error=line))
        while not batch.written.is_set():
            with contextlib.suppress(asyncio.CancelledError):  # too late: the work has ended
                await batch.written.wait()
        return _with_failure(outcome, batch.failure)

    def _recorded(self, result: Any) -> str:
        try:
            recorded = self._books.record(result)
        except Exception as error:
            raise LedgerError(
                f"record= raised {error_line(error)}",
                outcome="unknown",
                hint="The worker returned, and its result is on the outcome.",
            ) from error
        return encode_record(recorded)

    def _commit(self, step: Step) -> _Batch:
        """Have a step taken, as the last one of a batch; it is, even if nobody waits for it."""
        batch = self._waiting
        batch.steps.append(step)
        if self._writing is None and len(batch.steps) == 1:
            self._write_after(_TURNS)
        return batch

    def _write_after(self, turns: int) -> None:
        """Begin to write what waits after so many *turns* of the event loop."""
        if turns:
            asyncio.get_running_loop().call_soon(self._write_after, turns - 1)
        else:
            self._write()

    def _write(self) -> None:
        """Begin to write what waits, unless that is under way."""
        if self._writing is not None or not self._waiting.steps:
            return
        batch, self._waiting = self._waiting, _Batch()
        self._writing = _submit(self._thread, self._file.commit, batch.steps)
        self._writing.add_done_callback(partial(self._written, batch))

    def _written(self, batch: _Batch, writing: asyncio.Future[list[Any]]) -> None:
        self._writing = None
        if self._waiting.steps:
            self._write_after(_TURNS)
        batch.failure = writing.exception()
        if batch.failure is None:
            batch.answers = writing.result()
        batch.written.set()


def _ending(
    key: str, place: int, state: State | None, *, recorded: str | None = None, error: str | None
) -> Step:
    if state is None:
        return partial(LedgerFile.release, key=key, place=place)
    return partial(
        LedgerFile.finish, key=key, place=place, state=state, recorded=recorded, error=error
    )


def _submit(
    thread: ThreadPoolExecutor, work: Callable[..., T], *arguments: Any
) -> asyncio.Future[T]:
    return asyncio.get_running_loop().run_in_executor(thread, work, *arguments)


def _with_failure(outcome: Outcome[Any, Any], failure: BaseException | None) -> Outcome[Any, Any]:
    if failure is None:
        return outcome
    if outcome.error is not None:
        outcome.error.add_note(f"and the ledger could not note it: {failure}")
        return outcome
    error = LedgerError(
        f"the worker returned, but the ledger could not note it: {failure}", outcome="unknown"
    )
    error.__cause__ = failure
    return outcome.failed(error)
