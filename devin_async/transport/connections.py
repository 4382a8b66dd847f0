"""The pool of connections: none is used again that the server has closed, or has written to."""

import asyncio
import math
import select
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.abc import ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.resolver import ThreadedResolver

from devin_async.protocol.endpoints import is_safe_to_repeat
from devin_async.transport.failures import load_for_failures

__all__ = [
    "KeptConnector",
    "LocalResolver",
    "close_all",
    "drop_session",
    "ended_by_close",
    "prepare_for",
]

_WATCH = "devin_async_watch"
_SHORT_READ = 64 << 10
_LONG_READ = 256 << 10
_EARLY = 1.0  # seconds
_DISTRUST = 60.0  # seconds
_HAS_POLL = hasattr(select, "poll")
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class KeptConnector(aiohttp.TCPConnector):
    """Gives a kept connection only when nothing has happened on it since its last answer.

    A server may close a connection as soon as it has answered, without having said so. That it did
    lies in the socket before the event loop gets to it, and a POST that is written all the same may
    have arrived as far as anyone can tell. What else lies there is an answer that nobody asked for,
    and would be taken for the next one's.

    A server that was seen to close so early gets a new connection for each write, for a minute: the
    next one may be sent just before it closes. Reads are repeated.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType] - aiohttp's own
        self._distrusted_until = -math.inf
        self._protocols: WeakSet[ResponseHandler] = WeakSet()
        self._has_connected = False

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Connection:  # noqa: ASYNC109
        """Return a connection: a kept one on which nothing has happened, else a new one."""
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            if protocol is None:  # it was closed meanwhile, and says so itself
                return connection
            now = self._loop.time()
            # On the protocol itself, for this is done with each request.
            watch: _Watch | None = getattr(protocol, _WATCH, None)
            if watch is None:
                setattr(protocol, _WATCH, _Watch(protocol.transport, now))
                _read_pieces(protocol.transport, _SHORT_READ)
                self._protocols.add(protocol)
                if self._has_connected:
                    load_for_failures()
                self._has_connected = True
                return connection
            used_at, watch.used_at = watch.used_at, now
            if protocol.should_close or watch.has_news(protocol.transport):
                if now - used_at < _EARLY:
                    self.distrust()
            elif now >= self._distrusted_until or is_safe_to_repeat(req.method):
                return connection
            connection.close()

    def drop(self) -> None:
        """Close the sockets without the event loop, which has ended."""
        for protocol in list(self._protocols):
            _close_socket(protocol.transport)
            protocol.transport = None

    def distrust(self) -> None:
        """Give each write a new connection for a while: a kept one broke."""
        self._distrusted_until = self._loop.time() + _DISTRUST


class _Watch:
    """When a connection was used last, and whether anything has happened on it since."""

    __slots__ = ("_look", "used_at")

    def __init__(self, transport: asyncio.BaseTransport | None, used_at: float) -> None:
        self.used_at = used_at
        self._look = _look_of(transport)

    def has_news(self, transport: asyncio.BaseTransport | None) -> bool:
        """Tell whether the other side closed or wrote, without reading it."""
        # One that closes may have given the number of its socket back already.
        return transport is None or transport.is_closing() or bool(self._look(0))


def _look_of(transport: asyncio.BaseTransport | None) -> Callable[[int], Sequence[Any]]:
    """Return what looks, so many milliseconds, for what there is to be read."""
    sock = None if transport is None else transport.get_extra_info("socket")
    number = -1 if sock is None else sock.fileno()
    if number < 0:
        return lambda _: [number]
    if not _HAS_POLL:  # Windows, where any number will do
        return lambda _: select.select([number], [], [], 0)[0]
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return poll.poll


def prepare_for(length: int | None, connection: Connection | None) -> None:
    """Read the answers of *connection* in long pieces, if one of *length* bytes is not short."""
    if connection is not None and (length is None or length > _SHORT_READ):
        _read_pieces(connection.transport, _LONG_READ)


def _read_pieces(transport: object, size: int) -> None:
    """Let asyncio ask for so many bytes at once.

    For the 256 KiB that it asks for by itself, glibc maps memory with each read and gives it back,
    which is a tenth of what a small call costs: mallopt(3), M_MMAP_THRESHOLD.
    """
    reader: Any = getattr(transport, "_ssl_protocol", transport)
    if hasattr(reader, "max_size"):  # as all transports of asyncio call it, and no others
        reader.max_size = size


def drop_session(session: aiohttp.ClientSession) -> None:
    """Close what *session* holds without its event loop, which has ended."""
    connector = session.connector
    session.detach()
    if isinstance(connector, KeptConnector):
        connector.drop()
    if connector is not None:
        next(iter(connector.close().__await__()), None)  # in no loop, so there is nothing to await


def close_all(responses: Iterable[aiohttp.ClientResponse]) -> None:
    """End the reading of *responses*: closing their session would leave who reads waiting."""
    for response in responses:
        response.close()


def ended_by_close(session: aiohttp.ClientSession | None) -> bool:
    """Tell whether closing *session* cancelled what waited for it, and nobody else did."""
    task = asyncio.current_task()
    is_closed = session is None or session.closed
    return is_closed and task is not None and not task.cancelling()


def _close_socket(transport: Any) -> None:
    """Close the socket of *transport*: its own close() asks the loop, and its end would warn."""
    protocol = getattr(transport, "_ssl_protocol", None)
    if protocol is not None:
        transport._closed = True  # noqa: SLF001
        transport = protocol._transport  # noqa: SLF001
    sock = getattr(transport, "_sock", None)
    if sock is not None:
        sock.close()
        transport._sock = None  # noqa: SLF001


class LocalResolver(ThreadedResolver):
    """Resolves names as the system does, and `localhost` to both loopback addresses.

    The system leaves out `::1` on machines whose only IPv6 address it is, and then a server that
    listens there alone is not reached. What `localhost` means is fixed (RFC 6761, 6.3).
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve *host*."""
        name = host.rstrip(".").lower()
        if name != "localhost" and not name.endswith(".localhost"):
            return await super().resolve(host, port, family)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=family, proto=0, flags=_NUMERIC
            )
            for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
        ]
