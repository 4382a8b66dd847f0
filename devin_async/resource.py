"""What every resource does: turn a method's arguments into a call or a list."""

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

import attrs
from msgspec import Struct
from msgspec.structs import replace

from devin_async import jobs
from devin_async.base.arguments import check_query
from devin_async.base.clock import Clock
from devin_async.base.secret import Redactor, Secret, password_of, secret_headers
from devin_async.base.signatures import Checker
from devin_async.base.tasks import stack_in_debug_mode
from devin_async.codec import encoding
from devin_async.codec.answers import AnswerReader
from devin_async.codec.decoding import WirePage
from devin_async.config import Config, KeySource, Options
from devin_async.errors import PaginationError
from devin_async.events import Event, emit
from devin_async.jobs.tries import Tries
from devin_async.lists import ranges
from devin_async.lists.cursors import Checkpoint
from devin_async.lists.fetching import Fetch
from devin_async.lists.identity import digest_of, id_field_of
from devin_async.lists.pager import Pager
from devin_async.protocol.bodies import Body, JSONBody
from devin_async.protocol.endpoints import Endpoint, Paging
from devin_async.protocol.requests import Request, build_request

if TYPE_CHECKING:
    from devin_async.lists.events import EventList
    from devin_async.transport import Transport
    from devin_async.transport.downloads import Download

__all__ = ["Caller", "Pool", "Resource"]

T = TypeVar("T")

_NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})


class Pool:
    """The way to the transport of a client, its copies and their scopes; made on first use.

    They hold it, and it holds none of them, so its end is the end of them all.

    Attributes:
        owner: What a warning calls the client.
        key: Its key, or what gives it.
        session_arguments: What its HTTP session is made with, or the session itself.
    """

    def __init__(
        self, owner: str, config: Config, key: KeySource, session_arguments: Mapping[str, Any]
    ) -> None:
        self.owner = owner
        self.key = key
        self.session_arguments = session_arguments
        self._config = config
        self._transport: Transport | None = None
        self._made_at = stack_in_debug_mode()

    def __del__(self) -> None:
        transport = vars(self).get("_transport")
        if transport is None:
            return
        if not transport.is_open:
            transport.abandon()
            return
        place = f"; made here:\n{self._made_at}" if self._made_at else ""
        warnings.warn(
            f"unclosed {self.owner}: use `async with`, or await its close(){place}",
            ResourceWarning,
            stacklevel=2,
            source=self,
        )

    def transport(self) -> "Transport":
        """Return the transport; nothing is opened before a call opens it."""
        if self._transport is None:
            # Loaded on first use: aiohttp is most of the import time.
            from devin_async.transport import Transport  # noqa: PLC0415

            self._transport = Transport(self._config, self.key, **self.session_arguments)
        return self._transport

    def redactor(self, options: Options, request: Request | None = None) -> Redactor:
        """Return what strikes secrets, of a client and of *request*, out of a server's words."""
        return self.transport().redactor(options, request)

    def secrets(self) -> Iterator[str]:
        """Yield what is sent through it and nobody else may see."""
        if isinstance(self.key, str):
            yield self.key
        if self._config.proxy is not None:
            yield from password_of(self._config.proxy)
        if self._transport is not None:
            yield from self._transport.issued_keys


class Caller(Struct, frozen=True, eq=False, weakref=True):
    """What a resource needs to call: what the clients of a pool share, and this one's options."""

    pool: Pool
    config: Config
    options: Options
    reader: AnswerReader
    tries: Tries
    budget: "jobs.budget.Budget | None" = None

    @property
    def transport(self) -> "Transport":
        """The shared transport, which is loaded when it is first needed."""
        return self.pool.transport()

    def redactor(self, request: Request | None = None) -> Redactor:
        """Return what strikes this client's secrets, and those of *request*, out of texts."""
        return self.pool.redactor(self.options, request)

    def secrets(self) -> Iterator[str]:
        """Yield what is sent by it and nobody else may see."""
        yield from self.pool.secrets()
        yield from secret_headers(self.options.headers)

    @property
    def speaks_v3beta1(self) -> bool:
        """Tell whether calls that have a twin in the v3beta1 dialect use it."""
        return self.config.api_version == "v3beta1"


class Resource:
    """The endpoints of one resource in one scope; each method is beside its `Endpoint`.

    In a docstring `...` is the beginning of a path, which differs from scope to scope.
    """

    __slots__ = ("_caller", "_scope")

    DEPRECATION: ClassVar[str] = ""
    """What calls of deprecated endpoints warn of: what to use instead."""

    def __init_subclass__(cls) -> None:
        """Let each public method check its arguments by its annotations before it runs."""
        super().__init_subclass__()
        for name, member in list(vars(cls).items()):
            if inspect.isfunction(member) and not name.startswith("_"):
                setattr(cls, name, _checking(member))

    def __init__(self, caller: Caller, **scope: str) -> None:
        self._caller = caller
        self._scope = scope

    def __repr__(self) -> str:
        scope = ", ".join(self._scope.values())
        return f"<{type(self).__name__}{' of ' if scope else ''}{scope}>"

    def _with_deadline(self, seconds: float) -> Self:
        """Return the same resource, whose calls take no longer than *seconds*."""
        options = self._caller.options
        left = seconds if options.deadline is None else min(seconds, options.deadline)
        if left == float("inf"):
            return self
        caller = replace(self._caller, options=attrs.evolve(options, deadline=left))
        return type(self)(caller, **self._scope)

    async def _call(
        self,
        endpoint: Endpoint[T],
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        body: Body | None = None,
        secrets: tuple[Secret, ...] = (),
    ) -> T:
        """Send one call and decode its answer; None in *query* and *json* is left out."""
        if endpoint.deprecated:
            self._warn()
        caller = self._caller
        ids = {**self._scope, **path} if path else self._scope
        if endpoint.v3beta1 is not None and caller.speaks_v3beta1:
            endpoint = endpoint.v3beta1
        if json is not None:
            body = _json_body(endpoint, json, secrets)
        if query:
            check_query(query)
        request = build_request(endpoint, caller.config.base_url, ids, query, body)
        answer = await caller.pool.transport().send(request, caller.options)
        if endpoint.kind == "empty" or endpoint.answer is None:
            if answer.body:
                caller.reader.check_empty(request, answer)
            return None  # type: ignore[return-value]  # such an Endpoint is an Endpoint[None]
        return caller.reader.read(request, endpoint, answer, ids, json)

    def _warn(self) -> None:
        # The fifth frame from here is the line that calls the method.
        warnings.warn(self.DEPRECATION, DeprecationWarning, stacklevel=5)

    def _download(
        self, endpoint: Endpoint[Any], *, path: Mapping[str, str]
    ) -> "AbstractAsyncContextManager[Download]":
        """Open the download of *endpoint*."""
        base_url = self._caller.config.base_url
        request = build_request(endpoint, base_url, {**self._scope, **path}, {})
        return self._caller.transport.download(request, self._caller.options)

    def _pager(
        self,
        endpoint: Endpoint[T],
        options: Mapping[str, Any] = _NO_OPTIONS,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        times: "ranges.places.TimeFilter | None" = None,
        resume: Checkpoint | None = None,
    ) -> Pager[T]:
        """Make the list of *endpoint*; nothing is sent before it is iterated.

        *options* are the `ListOptions` that the caller wrote.
        """
        if endpoint.deprecated:
            self._warn()
        reader = self._reader(endpoint, path=path, query=query)
        return Pager(
            fetch=reader,
            spawn=self._caller.transport.spawn,
            times=times,
            resume=resume,
            on_event=self._caller.options.on_event,
            **options,
        )

    def _events(self, endpoint: Endpoint[T], filters: Mapping[str, Any]) -> "EventList[T]":
        """Return the list of events of *endpoint*, which is cut by time."""
        # Here, so that only those that list events load exports and tails.
        from devin_async.lists.events import EventList  # noqa: PLC0415

        return EventList(
            fetch=self._reader(endpoint, query=filters),
            spawn=self._caller.transport.spawn,
            on_event=self._caller.options.on_event,
        )

    def _reader(
        self,
        endpoint: Endpoint[T],
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> "_PageReader[T]":
        if self._caller.speaks_v3beta1 and endpoint.v3beta1 is not None:
            endpoint = endpoint.v3beta1
        ids = {**self._scope, **(path or {})}
        id_field = id_field_of(endpoint.answer)
        return _PageReader(self._caller, endpoint, ids, check_query(query or {}), id_field)


def _checking(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return *method* with its arguments checked.

    The arguments as they came, which may hold a secret, stay in no frame of ours: neither in that
    of an error, nor in the one that waits for the answer.
    """
    checker = Checker(method)
    fitting = checker.fitting

    @functools.wraps(method)
    def checked(resource: Any, *args: Any, **kwargs: Any) -> Any:
        fault, args, kwargs = checker.read(args, kwargs)
        if fault is not None:
            raise fault
        return method(resource, *args, **kwargs)

    @functools.wraps(method)
    async def awaited(resource: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs or tuple(map(type, args)) not in fitting:
            fault, args, kwargs = checker.read(args, kwargs)
            if fault is not None:
                raise fault
        return await method(resource, *args, **kwargs)

    return awaited if inspect.iscoroutinefunction(method) else checked


class _PageReader(Struct, Generic[T], frozen=True):
    """Reads one page of a list."""

    caller: Caller
    endpoint: Endpoint[T]
    ids: Mapping[str, str]
    query: Mapping[str, Any]
    id_field: str | None

    @property
    def name(self) -> str:
        """The path of the list, by which checkpoints know it."""
        return build_request(self.endpoint, "", self.ids, {}).path

    @property
    def route(self) -> str:
        """The method and the path template, by which events know it."""
        return self.endpoint.route

    @property
    def paging(self) -> Paging:
        """How the list goes on after a page."""
        return self.endpoint.paging or "none"

    @property
    def identity(self) -> str:
        """The list and its query, by which ledgers know it."""
        return f"the list {self.name}, query {digest_of(self.query)}"

    @property
    def clock(self) -> Clock:
        """The clock of the client, which waits no longer than it is open."""
        return self.caller.transport.open_clock

    def narrowed(self, query: Mapping[str, Any]) -> Fetch[T]:
        """Return the reader of the same list with other values in its query."""
        return replace(self, query={**self.query, **query})

    def reading(self, model: Any) -> Fetch[Any]:
        """Return the reader of the same pages whose items are read as *model*."""
        endpoint: Any = attrs.evolve(self.endpoint, answer=model)
        return _PageReader(self.caller, endpoint, self.ids, self.query, self.id_field)

    def raw(self) -> Fetch[dict[str, Any]]:
        """Return the reader of the same pages whose items stay plain."""
        return self.reading(Any)

    async def __call__(self, cursor: str | None, page_size: int | None) -> WirePage[T]:
        caller, endpoint = self.caller, self.endpoint
        request = build_request(
            endpoint, caller.config.base_url, self.ids, self._paged(cursor, page_size)
        )
        answer = await caller.transport.send(request, caller.options)
        page = caller.reader.read_page(request, endpoint, answer)
        # It would go on into URLs and checkpoints.
        if page.end_cursor and caller.redactor().has_piece_in(page.end_cursor):
            raise PaginationError(
                "the server gave a cursor that holds the key of this client, so the list ends here",
                status=answer.status,
                method=request.method,
                path=request.path,
            )
        if caller.options.on_event is not None:
            event = Event(kind="page", route=endpoint.route, items=len(page.items))
            emit(caller.options.on_event, event)
        return page

    def _paged(self, cursor: str | None, page_size: int | None) -> Mapping[str, Any]:
        if self.endpoint.paging == "cursor":
            return {**self.query, "first": page_size, "after": cursor}
        if self.endpoint.paging == "offset":
            return {**self.query, "limit": page_size, "offset": cursor}
        return self.query


def _json_body(
    endpoint: Endpoint[Any], values: Mapping[str, Any], secrets: tuple[Secret, ...]
) -> JSONBody:
    # Masked in a frame of its own: the one that awaits the answer may be in a traceback.
    if endpoint.dialect is not None:
        values = endpoint.dialect.body(values)
    return JSONBody(encoding.encode(values, null_clears=endpoint.body == "merge_patch"), secrets)
