"""Lists in the envelope that the contract gives each: pages by cursor or offset, or all at once."""

from collections.abc import Callable, Iterable
from operator import gt, lt
from typing import Any, TypeVar

from devin_async.sandbox.contract.filling import shape
from devin_async.sandbox.contract.operations import Operation
from devin_async.sandbox.handlers.cursors import decode_cursor, page
from devin_async.sandbox.world.state import Call

ItemT = TypeVar("ItemT")


def listing(
    call: Call,
    positioned: Iterable[tuple[int, ItemT]],
    render: Callable[[ItemT], Any],
    *,
    newest_first: bool = False,
    ends_with_cursor: bool = False,
) -> Any:
    """Answer a list.

    Args:
        call: The call, whose operation says how the list is cut.
        positioned: All items with their positions, which never change, in any order.
        render: Turns an item into its JSON form.
        newest_first: Whether high positions come first.
        ends_with_cursor: Whether the last page names its end, too, as one list of the API does.
    """
    ordered = sorted(positioned, key=lambda pair: pair[0], reverse=newest_first)
    total = len(ordered)
    if "offset" in call.query:
        return _slice(call, [item for _, item in ordered], render)
    if "first" not in call.query:
        return _everything(call.operation, [render(item) for _, item in ordered])
    last = cursor_position(call)
    if last is not None:
        is_ahead = lt if newest_first else gt
        ordered = [pair for pair in ordered if is_ahead(pair[0], last)]
    return page(
        call.list_name,
        ordered,
        call.query["first"],
        render,
        total,
        ends_with_cursor=ends_with_cursor,
    )


def cursor_position(call: Call, name: str | None = None) -> int | None:
    """Return the position that the cursor of a call hides, or None where there is no cursor.

    Args:
        call: The call.
        name: The list that the cursor is of, that of the call when left out.

    Raises:
        Problem: With 400, when the cursor is not one of this list.
    """
    after: str | None = call.query.get("after")
    return None if after is None else decode_cursor(name or call.list_name, after)


def _slice(call: Call, items: list[ItemT], render: Callable[[ItemT], Any]) -> dict[str, Any]:
    begin, size = call.query["offset"], call.query["limit"]
    return {
        "items": [render(item) for item in items[begin : begin + size]],
        "end_cursor": None,
        "has_next_page": begin + size < len(items),
        "total": len(items),
    }


def _everything(operation: Operation, items: list[Any]) -> Any:
    schema = operation.resolve(operation.answer)
    if schema.get("type") == "array":
        return items
    if "data" in shape(operation.resolve, schema)[0]:
        return {"data": items}
    return {"items": items, "end_cursor": None, "has_next_page": False, "total": len(items)}
