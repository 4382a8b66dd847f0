"""What becomes of the items of a fan-out."""

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from attrs import frozen

from devin_async.errors import DryRun

if TYPE_CHECKING:
    from devin_async.protocol.dry_run import PlannedRequest

__all__ = ["Outcome", "PlannedItem", "planned"]

ItemT_co = TypeVar("ItemT_co", covariant=True)
ResultT_co = TypeVar("ResultT_co", covariant=True)


@frozen(kw_only=True)
class Outcome(Generic[ItemT_co, ResultT_co]):
    """What became of one item.

    Attributes:
        index: Place of the item in the source, from 0.
        item: The item.
        error: What the worker raised, None when all went well. A `LedgerError` when the worker
            returned but the ledger could not note that.
        result: What the worker returned; kept with a `LedgerError`, too.
    """

    index: int
    item: ItemT_co
    error: Exception | None = None
    result: Any = None

    @property
    def ok(self) -> bool:
        """Tell whether the worker returned, and the ledger noted it."""
        return self.error is None

    @property
    def value(self) -> ResultT_co:
        """What the worker returned; raises again what it raised."""
        if self.error is not None:
            raise self.error
        return cast("ResultT_co", self.result)


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
    request: "PlannedRequest | None" = None
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
