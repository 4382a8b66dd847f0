"""`DevinClient`: the session object, one for a program."""

import asyncio
import builtins
import importlib
import sys
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar, Unpack, cast
from urllib.parse import unquote
from weakref import WeakSet

import attrs
from attrs import field, frozen

from devin_async import jobs, models
from devin_async.base.arguments import check_choice, check_id, check_keywords
from devin_async.base.clock import Clock, clock_in_use
from devin_async.base.secret import Secret, masked_headers, masked_url
from devin_async.base.text import class_name
from devin_async.codec import decoding, encoding
from devin_async.codec.answers import AnswerReader
from devin_async.codec.differences import refuse
from devin_async.codec.drift import DriftLog
from devin_async.config import (
    CallOptions,
    ClientOptions,
    KeySource,
    check_way,
    load_config,
    load_key,
    load_options,
)
from devin_async.errors import (
    ConfigurationError,
    InvalidArgumentError,
    ResponseDecodeError,
    ResponseTooLargeError,
)
from devin_async.jobs.tries import Tries
from devin_async.protocol.answers import request_id
from devin_async.protocol.bodies import JSONBody
from devin_async.protocol.endpoints import Endpoint, Method
from devin_async.protocol.requests import Request, encode_query, quoted
from devin_async.resource import Caller, Pool
from devin_async.scopes import EnterpriseScope, OrganizationScope

__all__ = ["DevinClient", "Response"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_TRANSPORT = "devin_async.transport"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_STEPS = frozenset({".", ".."})
_PATH_SAFE = "/%~:@!$&'()*+,;=-._"


_living: "WeakSet[Caller]" = WeakSet()


def secrets_in_use() -> set[str]:
    """Return what the clients of this process send and nobody else may see."""
    return {str(secret) for caller in tuple(_living) for secret in caller.secrets()}


class DevinClient:
    """The Devin API: one object for a program, which owns the connection pool.

    It may be made outside an event loop, opens on first use, and is closed by `async with` or
    `await close()`. Three scopes hang off it: `enterprise`, `organization(id)` and
    `enterprise.organization(id)`.

    Args:
        api_key: A `cog_` key, or a callable that gives one (also async), which is asked again
            once after a 401. Left out: DEVIN_API_KEY, else DEVIN_SERVICE_USER_TOKEN.
        options: `ClientOptions`: base_url, org_id, deadline, max_attempts, on_event and others.

    Raises:
        ConfigurationError: There is no key, or something cannot be used as it is.
        InvalidArgumentError: A number, an id or a handler is outside what is allowed.
    """

    def __init__(self, api_key: KeySource | None = None, **options: Unpack[ClientOptions]) -> None:
        # Masked before anything can fail, so that no traceback with locals shows them.
        api_key = Secret(api_key) if isinstance(api_key, str) else api_key
        proxy, base_url = options.get("proxy"), options.get("base_url")
        if isinstance(proxy, str):
            options["proxy"] = proxy = Secret(proxy)
        if isinstance(base_url, str):
            options["base_url"] = base_url = masked_url(base_url)
        if "headers" in options:
            options["headers"] = masked_headers(options["headers"])
        check_keywords(options, ClientOptions)
        check_way(options)
        self._config = load_config(options)
        self._options = load_options(options)
        self._budget = jobs.budget.check_budget(options.get("budget"))
        self._tries = Tries()
        self._drift_log = DriftLog()
        session_arguments = {
            "session": options.get("session"),
            "ssl": options.get("ssl"),
            "trace_configs": options.get("trace_configs", ()),
        }
        self._pool = Pool(repr(self), self._config, load_key(api_key), session_arguments)
        self._owner: DevinClient | None = None
        self._begin()

    def __repr__(self) -> str:
        config = vars(self).get("_config")
        if config is None:  # a traceback with locals shows one whose options were refused
            return "<DevinClient, not made>"
        return f"<DevinClient of {config.base_url}, {config.api_version}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a DevinClient is not pickled or copied: it holds a key and connections; make one in "
            "each process, and copies with other options by with_options"
        )

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def open(self) -> Self:
        """Load what calls need, so that the first one does not hold the event loop up.

        It sends nothing, and is done by `async with`; without it the first call does the same.

        Raises:
            ConfigurationError: The client is closed or lives in another loop, or its proxy or its
                certificates cannot be used.
        """
        if _TRANSPORT not in sys.modules:  # aiohttp is 0.3 s of imports
            if type(clock_in_use()) is Clock:
                await asyncio.to_thread(importlib.import_module, _TRANSPORT)
            else:  # a virtual clock would take it for a wait, and move
                importlib.import_module(_TRANSPORT)
        self._pool.transport().open()
        return self

    async def close(self) -> None:
        """End what is still running and close the connections; a second call does nothing.

        On a copy made by `with_options` it does nothing: the pool belongs to the original.
        """
        if self._owner is None:
            await self._pool.transport().close()

    def with_options(self, **options: Unpack[CallOptions]) -> "DevinClient":
        """Return a copy with other options that shares the connection pool.

        Args:
            options: `CallOptions`: deadline, max_attempts, headers, on_event, dry_run, budget and
                others; what is left out stays as it is.

        Raises:
            InvalidArgumentError: A number or a handler is outside what is allowed.
        """
        if "headers" in options:  # masked before anything can fail, too
            options["headers"] = masked_headers(options["headers"])
        changes: dict[str, Any] = check_keywords(options, CallOptions)
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.__dict__.pop("enterprise", None)  # its calls have the options of the original
        if "budget" in changes:
            copy._budget = jobs.budget.check_budget(changes.pop("budget"))
        copy._options = attrs.evolve(self._options, **changes)
        copy._owner = self._owner or self
        copy._begin()
        return copy

    def _begin(self) -> None:
        """Make what the scopes call by; it does not hold the client, which holds a scope."""
        options = self._options
        reader = AnswerReader(options, self._drift_log, partial(self._pool.redactor, options))
        self._caller = Caller(self._pool, self._config, options, reader, self._tries, self._budget)
        self._last_organization: OrganizationScope | None = None
        _living.add(self._caller)

    @cached_property
    def enterprise(self) -> EnterpriseScope:
        """The enterprise's scope, `/enterprise/...`."""
        return EnterpriseScope(self._caller)

    def organization(self, org_id: str | None = None) -> OrganizationScope:
        """Return the scope of an organization, `/organizations/{org_id}/...`; nothing is sent.

        Args:
            org_id: Left out: the client's `org_id=`, else DEVIN_ORG_ID.

        Raises:
            ConfigurationError: There is none.
        """
        chosen = self._config.org_id if org_id is None else org_id
        last = self._last_organization
        if last is not None and last.org_id == chosen:  # as it is in call after call
            return last
        if chosen is None:
            raise ConfigurationError(
                "no organization was given: pass its id, or org_id= to the client, or set "
                "DEVIN_ORG_ID; `(await devin.whoami()).default_org_id` tells the key's own, unless "
                "it is an enterprise's"
            )
        last = OrganizationScope(self._caller, org_id=check_id("org_id", chosen))
        self._last_organization = last
        return last

    async def whoami(self) -> "models.identity.Identity":
        """Tell who the key belongs to: `principal`, `name`, `default_org_id`.

        `GET /v3/self`
        """
        from devin_async.resources.identity import Self as SelfResource  # noqa: PLC0415

        return await SelfResource(self._caller).get()

    def fan_out(
        self,
        source: Iterable[Item] | AsyncIterable[Item],
        worker: Callable[[Item], Awaitable[Result]],
        *,
        concurrency: int | asyncio.Semaphore,
        **options: "Unpack[jobs.fan_out.FanOutOptions[Item, Result]]",
    ) -> "jobs.fan_out.FanOut[Item, Result]":
        """Run *worker* over *source*, so many at a time; nothing starts before it is read.

        With a ledger, items that are done are left out when the job is started again, by a new
        process, too; so are those that failed or of which nobody knows, unless they are asked for,
        and those that another process runs now. Items that are new to the run are run. What is left
        out has no outcome; `left_out` counts it, and `ledger.report()` tells of it. A run belongs
        to one source: a list of the API with its query, a collection with its keys, or one kind of
        iterator.

        Args:
            source: Any iterable or async iterable, such as a list of the API; pulled as slots
                free up.
            worker: Called with each item; its result is awaited.
            concurrency: How many run at the most, or a semaphore shared with other jobs. A worker
                that holds one of its slots cannot run another fan-out on it.
            options: `FanOutOptions`: errors, distinct, ledger, key, record, retry_failed,
                rerun_unknown and probe_first.

        Raises:
            InvalidArgumentError: An argument is outside what is allowed.
        """
        return jobs.fan_out.FanOut(
            source,
            worker,
            concurrency=concurrency,
            dry_run=self._options.dry_run,
            on_event=self._options.on_event,
            **options,
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | Sequence[Any] | None = None,
    ) -> "Response":
        """Send a request that has no method yet, through the same pipeline.

        Args:
            method: HTTP method; POST and PATCH are never repeated after an unknown outcome.
            path: From its version on, such as `/v3/enterprise/queue`, percent-encoded.
            params: Query; lists repeat their key, None is left out.
            json: Body, sent as it is.

        Raises:
            DevinError: As for every method.
        """
        check_choice("method", method, _METHODS)
        encoded = _checked_path(path)
        _check_content(params, json)
        request = Request(
            endpoint=Endpoint(cast("Method", method), encoded),
            url=f"{self._config.base_url}{encoded}{encode_query(params or {})}",
            path=encoded,
            body=None if json is None else JSONBody(encoding.encode_raw(json)),
            is_raw=True,
        )
        del json  # it may hold a secret, and this frame may be in a traceback
        transport = self._pool.transport()
        answer = await transport.send(request, self._options)
        return Response(
            status=answer.status,
            # A copy, since the view that the HTTP library gives cannot be pickled.
            headers=cast("Any", answer.headers).copy(),
            request_id=transport.redactor(self._options).line(request_id(answer.headers) or "")
            or None,
            bytes=answer.body,
            max_json_depth=self._options.max_json_depth,
            strict=self._options.strict,
        )


def _check_content(params: object, json: object) -> None:
    """Check what a request carries, of which nothing but its kind is told."""
    kind = class_name(params)
    names = cast("Iterable[object]", () if params is None else params)
    if not isinstance(params, Mapping | None) or not all(isinstance(one, str) for one in names):
        raise InvalidArgumentError(
            f"is {kind}; allowed: a mapping of names to values", argument="params"
        )
    if isinstance(json, str | bytes | bytearray):  # it would be sent as one text
        raise InvalidArgumentError(
            f"is {class_name(json)}; allowed: plain values that are no JSON yet, such as a dict",
            argument="json",
        )


def _checked_path(path: Any) -> str:
    if not isinstance(path, str) or not path.startswith("/") or "?" in path or "#" in path:
        raise InvalidArgumentError(
            f"is {path!r}; allowed: a path from its version on, such as '/v3/self'",
            hint="The query belongs in params=.",
            hint_kind="query_in_path",
            argument="path",
        )
    if not _STEPS.isdisjoint(map(unquote, path.split("/"))):  # an id may have brought them along
        raise InvalidArgumentError(
            f"is {path!r}; allowed: a path without '.' and '..', which lead elsewhere",
            argument="path",
        )
    return quoted(path, safe=_PATH_SAFE)


@frozen(kw_only=True)
class Response:
    """An answer as the server sent it.

    Attributes:
        status: HTTP status, 2xx.
        headers: Headers; names match in any case.
        request_id: The server's id of the request, None when it gave none.
        bytes: The body; left out of the repr.
        max_json_depth: How many levels `json()` reads; None for what the parser takes.
        strict: Whether `json()` raises for what is nearly JSON.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    request_id: str | None
    bytes: "builtins.bytes" = field(repr=False)
    max_json_depth: int | None = field(default=None, repr=False)
    strict: bool = field(default=False, repr=False)

    def json(self) -> Any:
        """Read the body as JSON.

        Raises:
            ResponseDecodeError: It is not JSON.
            ResponseTooLargeError: It is nested too deeply.
        """
        try:
            decoding.check_depth(self.bytes, self.max_json_depth)
            return decoding.load(self.bytes, refuse if self.strict else lambda _: None)
        except ResponseDecodeError as error:
            fault = error
        is_large = isinstance(fault, ResponseTooLargeError)
        raise (ResponseTooLargeError if is_large else ResponseDecodeError)(  # none of its own kinds
            fault.message, json_path=fault.json_path, status=self.status, request_id=self.request_id
        )
