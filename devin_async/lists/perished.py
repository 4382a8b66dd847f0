"""Cursors that the server does not take any more: how that is seen, and what is said of it."""

from devin_async.errors import APIStatusError, DevinError, PaginationError

__all__ = ["cursor_gone", "is_refused"]

# A cursor that has perished is no documented answer; servers use each of these for it.
_REFUSED = frozenset({400, 404, 410, 422})


def is_refused(error: DevinError, cursor: str | None) -> bool:
    """Tell whether a request that went on after *cursor* may have been refused because of it."""
    return cursor is not None and isinstance(error, APIStatusError) and error.status in _REFUSED


def cursor_gone(name: str, error: DevinError, count: int) -> PaginationError:
    """Say that a list cannot go on after its cursor, how much was given, and what to do."""
    return PaginationError(
        f"{name}: the server refused to go on after its cursor, which has probably perished; "
        f"{count} items were given since the list was begun or resumed ({error.message})",
        outcome="rejected",
        status=error.status,
        method=error.method,
        path=error.path,
        request_id=error.request_id,
        hint="Begin anew without after= and resume=, and leave out by their ids what you have.",
    )
