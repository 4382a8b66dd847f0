"""Traces by OpenTelemetry (extra `otel`): a span for each operation, and for each attempt in it.

    from devin_async.otel import Tracing

    async with DevinClient(on_event=Tracing()) as devin:
        ...

    devin.fan_out                               operations: INTERNAL spans, nested as they run
      devin.list GET /v3/...                    devin.pages, devin.items
        devin.call GET /v3/...                  devin.attempts
          GET /v3/...                           one attempt: a CLIENT span, by the HTTP conventions
      devin.item                                devin.index; the worker's own spans nest here
      devin.export GET /v3/...                  devin.pages, devin.items

HTTP conventions: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

from devin_async._version import __version__, needs_extra
from devin_async.errors import DevinError, DryRun
from devin_async.events import Event, EventHandler, Operation, OperationRecord, Tracer, emit

try:
    from opentelemetry import trace
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider
    from opentelemetry.util.types import AttributeValue
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "opentelemetry":
        raise
    raise ImportError(needs_extra("devin_async.otel", "otel")) from None

__all__ = ["Tracing"]

_FIRST_ERROR = 400
_PORTS = {"http": 80, "https": 443}


class Tracing(Tracer):
    """Make spans of what a client does; given to it as `on_event=`.

    One serves any number of clients and tasks. Spans hold no key, no body, no query and no text of
    the caller's own exceptions.

    Args:
        tracer_provider: Where spans go; the global provider when left out.
        on_event: Another handler, which gets each event as well.
    """

    def __init__(
        self, tracer_provider: TracerProvider | None = None, *, on_event: EventHandler | None = None
    ) -> None:
        self._tracer = trace.get_tracer("devin_async", __version__, tracer_provider)
        self._current: ContextVar[_Record | None] = ContextVar("devin_async_record", default=None)
        self._on_event = on_event

    def __call__(self, event: Event, /) -> None:
        """Take an event, in the task of the operation that it belongs to."""
        record = self._current.get()
        if record is not None:
            record.take(event)
        emit(self._on_event, event)

    def begin(self, operation: Operation) -> "OperationRecord":
        """Begin the span of *operation* inside the current one, the caller's own included."""
        return _Record(self._tracer, self._current, operation)


class _Record(OperationRecord):
    """The span of one operation, and what is counted in it."""

    def __init__(
        self, tracer: trace.Tracer, current: "ContextVar[_Record | None]", operation: Operation
    ) -> None:
        self._tracer = tracer
        self._current = current
        self._operation = operation
        self._attempt: Span | None = None
        self._attempts = self._pages = self._items = self._outcomes = self._failed = 0
        self._span = tracer.start_span(
            f"devin.{operation.kind} {operation.route}".rstrip(), attributes=_attributes(operation)
        )

    @contextmanager
    def entered(self) -> Generator[None]:
        """Make it the current operation of this task."""
        token = self._current.set(self)
        try:
            with trace.use_span(self._span, record_exception=False, set_status_on_exception=False):
                yield
        finally:
            self._current.reset(token)

    def take(self, event: Event) -> None:
        """Note what happened in it."""
        if event.kind == "request":
            self._begin_attempt()
        elif event.kind == "response":
            self._end_attempt(event)
        elif event.kind == "page":
            self._pages += 1
            self._items += event.items or 0
        elif event.kind == "outcome":
            self._outcomes += 1
            self._failed += event.reason is not None

    def end(self, error: BaseException | None) -> None:
        """End it; *error* is what it failed with."""
        if self._attempt is not None:  # cancelled under way
            _fail(self._attempt, type(error).__name__)
            self._attempt.end()
        self._span.set_attributes(self._counts())
        if isinstance(error, DryRun):
            self._span.set_attribute("devin.dry_run", value=True)
        elif error is not None:
            text = error.message if isinstance(error, DevinError) else None
            _fail(self._span, type(error).__name__, text)
        self._span.end()

    def _counts(self) -> dict[str, AttributeValue]:
        kind = self._operation.kind
        if kind == "call":
            return {"devin.attempts": self._attempts}
        if kind == "fan_out":
            return {"devin.items": self._outcomes, "devin.items.failed": self._failed}
        if kind == "item":
            return {}
        return {"devin.pages": self._pages, "devin.items": self._items}

    def _begin_attempt(self) -> None:
        self._attempts += 1
        span = self._tracer.start_span(
            self._operation.route,
            kind=SpanKind.CLIENT,
            attributes=_http_attributes(self._operation),
        )
        if self._attempts > 1:
            span.set_attribute("http.request.resend_count", self._attempts - 1)
        self._attempt = span

    def _end_attempt(self, event: Event) -> None:
        span, self._attempt = self._attempt, None
        if span is None:
            return
        if event.request_id is not None:
            span.set_attribute("http.response.header.x-request-id", [event.request_id])
        if event.status is None:
            _fail(span, event.failure or "_OTHER", event.reason)
        else:
            span.set_attribute("http.response.status_code", event.status)
            if event.status >= _FIRST_ERROR:
                _fail(span, str(event.status))
        span.end()


def _fail(span: Span, kind: str, text: str | None = None) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR, text))


def _attributes(operation: Operation) -> dict[str, AttributeValue]:
    return {} if operation.index is None else {"devin.index": operation.index}


def _http_attributes(operation: Operation) -> dict[str, AttributeValue]:
    method, _, template = operation.route.partition(" ")
    parts = urlsplit(operation.url)
    attributes: dict[str, AttributeValue] = {
        "http.request.method": method,
        "server.address": parts.hostname or "",
        "server.port": parts.port or _PORTS.get(parts.scheme, 0),
        "url.full": operation.url,
        "url.scheme": parts.scheme,
    }
    return {**attributes, "url.template": template} if template else attributes
