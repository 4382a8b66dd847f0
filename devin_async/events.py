"""What a client tells about its work, for logs, metrics and traces."""

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Literal, TypeVar

from attrs import frozen

from devin_async.base.generators import closing

__all__ = [
    "Event",
    "EventHandler",
    "EventKind",
    "Operation",
    "OperationKind",
    "OperationRecord",
    "Tracer",
    "emit",
    "traced",
    "tracing",
]

T = TypeVar("T")

logger = logging.getLogger("devin_async")

EventKind = Literal["request", "response", "retry", "page", "outcome", "drift"]
OperationKind = Literal["call", "list", "fan_out", "item", "export"]


@frozen(kw_only=True)
class Event:
    """One step of the client's work; only what *kind* has is set.

    Attributes:
        kind: "request" (an attempt starts), "response" (its answer came), "retry" (it will be
            repeated after `seconds`), "page" (a list's page was read), "outcome" (an item of a
            fan-out is done) or "drift" (a field of an answer does not fit its model; once each).
        route: HTTP method and path template, such as `GET /v3/enterprise/audit-logs`.
        attempt: Number of the attempt, from 1.
        status: HTTP status of the answer.
        headers: Headers of the answer; names match in any case.
        request_id: The server's id of the request.
        seconds: How long it took; for a retry, how long it will wait.
        reason: Why it is repeated, or how the item of a fan-out failed.
        failure: "connection" or "timeout" for a response that never came, "too_large" for one
            that was not read to its end.
        items: Number of items on the page.
        index: Number of the fan-out's item, from 0.
        field: Model and field that drifted, such as "Session.tags".
        json_path: Where it was met first, such as `$.items[3].tags`.
        expected: What the model says it is, such as "array of str".
        actual: What it was: "null", "missing", or its type; never its value.
    """

    kind: EventKind
    route: str = ""
    attempt: int = 1
    status: int | None = None
    headers: Mapping[str, str] | None = None
    request_id: str | None = None
    seconds: float = 0.0
    reason: str | None = None
    failure: str | None = None
    items: int | None = None
    index: int | None = None
    field: str | None = None
    json_path: str | None = None
    expected: str | None = None
    actual: str | None = None


EventHandler = Callable[[Event], object]


@frozen(kw_only=True)
class Operation:
    """Work with a beginning and an end, in which events and other operations happen.

    Attributes:
        kind: "call" (with all its attempts), "list" (one iteration), "fan_out", "item" (of a
            fan-out) or "export".
        route: HTTP method and path template; the method alone when there is no template.
        url: Where a call goes, without its query.
        index: Number of the fan-out's item, from 0.
    """

    kind: OperationKind
    route: str = ""
    url: str = ""
    index: int | None = None


class OperationRecord(ABC):
    """What a `Tracer` keeps of one operation."""

    @abstractmethod
    def entered(self) -> AbstractContextManager[object]:
        """Make it the current operation of this task; a list enters it again for each page."""

    @abstractmethod
    def end(self, error: BaseException | None) -> None:
        """End it; *error* is what it failed with."""


class Tracer(ABC):
    """An event handler that is also told where operations begin and end; it may not raise."""

    @abstractmethod
    def __call__(self, event: Event, /) -> object:
        """Take an event, in the task of the operation that it belongs to."""

    @abstractmethod
    def begin(self, operation: Operation) -> OperationRecord:
        """Begin an operation, inside the one that is current."""


def emit(handler: EventHandler | None, event: Event) -> None:
    """Hand *event* to the user's handler; what that raises is logged and ends nothing."""
    if handler is None:
        return
    try:
        handler(event)
    except Exception:
        logger.exception("the on_event handler failed on %s", event.kind)


_UNTRACED = nullcontext()


def tracing(
    handler: EventHandler | None, kind: OperationKind, **details: Any
) -> AbstractContextManager[object]:
    """Return the block of an operation that one task carries out.

    Args:
        handler: Whom to tell, if it is a `Tracer`.
        kind: Kind of operation.
        details: What else the `Operation` has.
    """
    if handler is None or not isinstance(handler, Tracer):
        return _UNTRACED
    return _traced_block(handler, Operation(kind=kind, **details))


@contextmanager
def _traced_block(tracer: Tracer, operation: Operation) -> Generator[None]:
    record = tracer.begin(operation)
    try:
        with record.entered():
            yield
    except BaseException as error:
        record.end(error)
        raise
    record.end(None)


def traced(
    handler: EventHandler | None,
    kind: OperationKind,
    make: Callable[[], AsyncGenerator[T, None]],
    **details: Any,
) -> AsyncGenerator[T, None]:
    """Return the generator that *make* makes, as an operation from its first step to its end."""
    if handler is None or not isinstance(handler, Tracer):
        return make()
    return _traced_steps(handler, Operation(kind=kind, **details), make)


async def _traced_steps(
    tracer: Tracer, operation: Operation, make: Callable[[], AsyncGenerator[T, None]]
) -> AsyncGenerator[T, None]:
    record = tracer.begin(operation)
    failed: BaseException | None = None
    try:
        async with closing(make()) as steps:
            while True:
                # Never over a yield: what the caller does meanwhile is not part of it.
                with record.entered():
                    try:
                        step = await anext(steps)
                    except StopAsyncIteration:
                        return
                yield step
    except BaseException as error:
        # One who leaves a list early has seen enough: that is no failure.
        failed = None if isinstance(error, GeneratorExit) else error
        raise
    finally:
        record.end(failed)
