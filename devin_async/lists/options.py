"""The options that each list takes."""

from collections.abc import Mapping
from typing import Any, TypedDict, TypeVar

from devin_async.lists.cursors import After, Checkpoint

__all__ = ["ListOptions", "RangeOptions", "split_options"]

T = TypeVar("T")


class ListOptions(TypedDict, total=False):
    """How each list is read, whatever it is of: `list(..., page_size=, limit=, after=)`.

    Attributes:
        page_size: Items a request, 1 to 200 unless the list's docstring says otherwise; the
            server's default is mostly 100.
        limit: Items in all; None for all that there are.
        after: Cursor or checkpoint to go on from.
    """

    page_size: int | None
    limit: int | None
    after: After


class RangeOptions(ListOptions, total=False):
    """How a list is read that can be cut by time.

    Attributes:
        resume: Checkpoint of any page of this list, however it was read, to go on from.
        parallel: Requests at once, 1 to 256: the range is cut into windows that are read side by
            side and given in order. Equal to the serial list of a range that does not change while
            it is read, the newest included; `page.range_end` tells up to where it is complete. At
            most 2 pages for each request at once are in memory.
    """

    resume: Checkpoint | None
    parallel: int | None


_OPTIONS = RangeOptions.__annotations__.keys()


def split_options(
    arguments: Mapping[str, Any], declared: type
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split the keywords of a list into its filters, None for those left out, and its options.

    *declared* is the TypedDict that they were declared by.
    """
    names = declared.__annotations__
    filters = {name: arguments.get(name) for name in names if name not in _OPTIONS}
    return filters, {name: value for name, value in arguments.items() if name in _OPTIONS}
