"""The connection pool of a client, and what all of its calls share."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Any, TypeVar

import aiohttp

from devin_async.base.secret import Redactor
from devin_async.config import Config, KeySource, Options
from devin_async.events import tracing
from devin_async.protocol.answers import Answer
from devin_async.protocol.dry_run import rehearse
from devin_async.protocol.pacing import Pacer, RetryBudget
from devin_async.protocol.requests import Request
from devin_async.protocol.server_time import ServerTime
from devin_async.transport.call import Call, Shared
from devin_async.transport.downloads import Download
from devin_async.transport.keys import Keys
from devin_async.transport.lifetime import Lifetime, OpenClock
from devin_async.transport.wire import Wire

__all__ = ["Transport"]

T = TypeVar("T")


class Transport:
    """Sends the requests of a client, while it is open."""

    def __init__(
        self,
        config: Config,
        key: KeySource,
        *,
        session: aiohttp.ClientSession | None = None,
        ssl: SSLContext | None = None,
        trace_configs: Sequence[aiohttp.TraceConfig] = (),
    ) -> None:
        self.lifetime = Lifetime()
        self._wire = Wire(config, session, ssl, trace_configs)
        self._shared = Shared(
            lifetime=self.lifetime,
            keys=Keys(key),
            pacer=Pacer(),
            retry_budget=RetryBudget(),
            server_time=ServerTime(),
            wire=self._wire,
            user_agent=config.user_agent,
        )
        self.open_clock = OpenClock(self.lifetime, self._shared.server_time)

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that belongs to the client and ends with it."""
        return self.lifetime.spawn(work)

    async def close(self) -> None:
        """End the client's tasks, then its connections; a second call does nothing."""
        try:
            await self.lifetime.end()
        finally:  # also when whoever closes is cancelled
            await self._wire.close()

    def send(self, request: Request, options: Options) -> Coroutine[Any, Any, Answer]:
        """Send *request* until it is answered, by the retry table and within the deadline.

        Raises:
            DevinError: What stands for the last result; `outcome` tells what became of it.
        """
        quiet = options.on_event is None
        return self._send(request, options) if quiet else self._send_traced(request, options)

    async def _send_traced(self, request: Request, options: Options) -> Answer:
        route = request.method if request.is_raw else request.route
        url = request.url.partition("?")[0]  # the query may tell whom the caller looked for
        with tracing(options.on_event, "call", route=route, url=url):
            return await self._send(request, options)

    async def _send(self, request: Request, options: Options) -> Answer:
        if self.lifetime.begin():
            self._wire.open()
            self.lifetime.begun()  # not before: a proxy that was refused would not be used any more
        if options.dry_run:
            rehearse(request)
        return await Call(self._shared, request, options).send()

    @property
    def issued_keys(self) -> tuple[str, ...]:
        """The keys that were sent; those before the last one, too."""
        return tuple(self._shared.keys.issued)

    def redactor(self, options: Options, request: Request | None = None) -> Redactor:
        """Give what strikes the secrets of a client, and of *request*, out of a server's words."""
        return self._shared.redactor(options, request)

    @asynccontextmanager
    async def download(self, request: Request, options: Options) -> AsyncGenerator[Download]:
        """Send *request*, and open what its redirect leads to; the key does not go along.

        Raises:
            DevinError: As for `send`; also when the redirect leads where nobody should go.
        """
        answer = await self.send(request, options)
        async with self._wire.follow(request, answer, options) as download:
            yield download
