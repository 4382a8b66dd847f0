"""What becomes of the items of a fan-out."""

from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar, cast

from attrs import frozen

from devin_async.errors import DryRun
from devin_async.protocol.dry_run import PlannedRequest

__all__ = ["Failed", "Outcome", "PlannedItem", "Succeeded", "planned"]

ItemT_co = TypeVar("ItemT_co", covariant=True)
ResultT_co = TypeVar("ResultT_co", covariant=True)


@frozen(kw_only=True)
class Succeeded(Generic[ItemT_co, ResultT_co]):
    """An item whose worker returned.

    Attributes:
        index: Place of the item in the source, from 0.
        item: The item.
        result: What the worker returned.
        ok: True.
        error: None.
    """

    index: int
    item: ItemT_co
    result: ResultT_co
    ok: ClassVar[Literal[True]] = True
    error: ClassVar[None] = None

    @property
    def value(self) -> ResultT_co:
        """What the worker returned."""
        return self.result

    def failed(self, error: Exception) -> "Failed[ItemT_co, ResultT_co]":
        """Return the outcome of the same item that failed after its worker had returned."""
        return Failed(index=self.index, item=self.item, error=error, result=self.result)


@frozen(kw_only=True)
class Failed(Generic[ItemT_co, ResultT_co]):
    """An item whose worker raised, or whose end the ledger could not note.

    Attributes:
        index: Place of the item in the source, from 0.
        item: The item.
        error: What the worker raised: a `DevinError`, or what is the worker's own. A `LedgerError`
            when the worker returned but the ledger could not note that.
        result: What the worker returned, kept with a `LedgerError`; else None.
        ok: False.
    """

    index: int
    item: ItemT_co
    error: Exception
    result: ResultT_co | None = None
    ok: ClassVar[Literal[False]] = False

    @property
    def value(self) -> ResultT_co:
        """Nothing: it raises the error again."""
        raise self.error


Outcome: TypeAlias = Succeeded[ItemT_co, ResultT_co] | Failed[ItemT_co, ResultT_co]
"""What became of one item: `ok` and `value`, or not and `error`."""


@frozen(kw_only=True)
class PlannedItem(Generic[ItemT_co]):
    """What a worker would do with one item, as `FanOut.plan` found it.

    Attributes:
        index: Place of the item in the source, from 0.
        item: The item.
        request: The first write that it would send; None if it sends none, or failed before.
        error: What the worker raised before its first write, else None.
    """

    index: int
    item: ItemT_co
    request: PlannedRequest | None = None
    error: Exception | None = None


def planned(outcome: Outcome[ItemT_co, Any]) -> PlannedItem[ItemT_co]:
    """Read a plan from the outcome of a worker whose client sends no write."""
    write = _first_write(outcome.error)
    if write is not None:
        return PlannedItem(index=outcome.index, item=outcome.item, request=write.request)
    return PlannedItem(index=outcome.index, item=outcome.item, error=outcome.error)


def _first_write(error: Exception | None) -> DryRun | None:
    """Find what a rehearsal stopped at; a worker's task group or fan-out raises it in a group."""
    if isinstance(error, ExceptionGroup):
        several = cast("ExceptionGroup[Exception]", error).exceptions
        return next(filter(None, map(_first_write, several)), None)
    return error if isinstance(error, DryRun) else None
