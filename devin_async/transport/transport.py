"""The connection pool of a client, and what all of its calls share."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Any, TypeVar

import aiohttp

from devin_async import protocol, transport
from devin_async.base.secret import Redactor
from devin_async.config import Config, KeySource, Options
from devin_async.events import tracing
from devin_async.protocol.answers import Answer
from devin_async.protocol.pacing import Pacer, RetryBudget
from devin_async.protocol.requests import Request
from devin_async.protocol.server_time import ServerTime
from devin_async.transport.call import Call, Shared
from devin_async.transport.keys import Keys
from devin_async.transport.lifetime import Lifetime, OpenClock
from devin_async.transport.wire import Wire

__all__ = ["Transport"]

T = TypeVar("T")

logger = logging.getLogger("devin_async")


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
        self._opening = threading.Lock()
        self._wire = Wire(config, session, ssl, trace_configs)
        self._shared = Shared(
            lifetime=self.lifetime,
            keys=Keys(key),
            pacer=Pacer(),
            retry_budget=RetryBudget(),
            server_time=ServerTime(),
            wire=self._wire,
        )
        self.open_clock = OpenClock(self.lifetime, self._shared.server_time)

    @property
    def is_open(self) -> bool:
        """Tell whether there is something to close."""
        return self.lifetime.is_open

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that belongs to the client and ends with it."""
        return self.lifetime.spawn(work)

    def open(self) -> None:
        """Open the client in the running loop; in another one when its own has ended.

        Raises:
            ConfigurationError: It is closed, lives in another loop, or the way cannot be used.
        """
        if self.lifetime.is_open_here:
            return
        with self._opening:  # two threads may come at once, each with a loop
            self.lifetime.check()
            if self.lifetime.has_lost_its_loop:
                logger.info("the client's event loop has ended; it opens anew in the running one")
                self._drop()
            self._wire.open()
            self.lifetime.begin()  # not before: a proxy that was refused would be left out

    async def close(self) -> None:
        """End the client's tasks, then its connections; a second call does nothing.

        Raises:
            ConfigurationError: It lives in another loop.
        """
        self.lifetime.check_loop()
        if self.lifetime.has_lost_its_loop:
            self._drop()
        try:
            await self.lifetime.end()
        finally:  # also when whoever closes is cancelled
            await self._wire.close()

    def abandon(self) -> None:
        """Let go of connections whose loop has ended, so that nothing warns of them."""
        if self.lifetime.has_lost_its_loop:
            self._drop()

    def _drop(self) -> None:
        """Let go of what belongs to a loop that has ended."""
        self.lifetime.forget_tasks()
        self._wire.drop()
        self._shared.keys.renew_lock()

    def send(self, request: Request, options: Options) -> Coroutine[Any, Any, Answer]:
        """Send *request* until it is answered, by the retry table and within the deadline.

        Raises:
            DevinError: What stands for the last result; `outcome` tells what became of it.
        """
        if options.on_event is not None:
            return self._send_traced(request, options)
        return self._send(request, options)

    def _send(self, request: Request, options: Options) -> Coroutine[Any, Any, Answer]:
        if not self.lifetime.is_open_here:
            self.open()
        if options.dry_run:
            protocol.dry_run.rehearse(request)
        return Call(self._shared, request, options).send()

    async def _send_traced(self, request: Request, options: Options) -> Answer:
        route = request.method if request.is_raw else request.route
        url = request.url.partition("?")[0]  # the query may tell whom the caller looked for
        with tracing(options.on_event, "call", route=route, url=url):
            return await self._send(request, options)

    @property
    def issued_keys(self) -> tuple[str, ...]:
        """The keys that were sent; those before the last one, too."""
        return tuple(self._shared.keys.issued)

    def redactor(self, options: Options, request: Request | None = None) -> Redactor:
        """Return what strikes secrets, of a client and of *request*, out of a server's words."""
        return self._shared.redactor(options, request)

    @asynccontextmanager
    async def download(
        self, request: Request, options: Options
    ) -> "AsyncGenerator[transport.downloads.Download]":
        """Send *request*, and open what its redirect leads to; the key does not go along.

        Raises:
            DevinError: As for `send`; also when the redirect leads where nobody should go.
        """
        answer = await self.send(request, options)
        async with self._wire.follow(request, answer, options) as download:
            yield download
