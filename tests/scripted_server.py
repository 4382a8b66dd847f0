"""A server that answers each request with the next step of a script, odd bytes included."""

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs
from clocks import advance_loop
from waiting import until

KEY = "cog_" + "t" * 20

Step = Callable[["Connection"], Awaitable[None]]
Handler = Callable[["Received"], Step]


@attrs.frozen
class Received:
    """One request as it arrived."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes


@attrs.define
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    open: bool = True
    method: str = ""

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        linger_off = struct.pack("ii", 1, 0)  # closing then sends RST instead of FIN
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_off)
        self.writer.transport.abort()
        self.open = False


def answer(status: int = 200, value: Any = None, **headers: Any) -> Step:
    """Answer with JSON, or with bytes as they are; header names are written with `_` for `-`."""
    body = value if isinstance(value, bytes) else json.dumps({} if value is None else value)
    content = body if isinstance(body, bytes) else body.encode()
    head = _head(status, len(content), headers)
    return lambda connection: connection.write(
        head if connection.method == "HEAD" else head + content
    )


def cut_off(status: int = 200) -> Step:
    """Promise more bytes than are sent, then end the connection."""

    async def step(connection: Connection) -> None:
        await connection.write(b"HTTP/1.1 %d X\r\nContent-Length: 100\r\n\r\n{" % status)
        connection.open = False

    return step


def raw(data: bytes) -> Step:
    """Send bytes that need not be HTTP, then end the connection."""

    async def step(connection: Connection) -> None:
        await connection.write(data)
        connection.open = False

    return step


async def reset(connection: Connection) -> None:
    """Break the connection with RST."""
    connection.reset()


async def drop(connection: Connection) -> None:
    """End the connection without an answer, as a server does whose keep-alive has run out."""
    connection.open = False


async def hang(connection: Connection) -> None:
    """Never answer."""
    await connection.reader.read()
    connection.open = False


def outlast(seconds: float) -> Step:
    """Never answer, and move the loop's time on, past a timeout of the caller."""

    async def step(connection: Connection) -> None:
        advance_loop(seconds)
        await hang(connection)

    return step


def after(event: asyncio.Event, step: Step) -> Step:
    """Do *step* once *event* is set."""

    async def held(connection: Connection) -> None:
        await event.wait()
        await step(connection)

    return held


def _head(status: int, length: int, headers: dict[str, Any]) -> bytes:
    fields = {"Content-Type": "application/json", "Content-Length": length}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode()


class ScriptedServer:
    """Answers by a script, whose last step goes on forever, or by a handler.

    Attributes:
        script: The steps to come, or a function from a request to its step.
        requests: What arrived.
        connections: The connections that are open.
        accepted: How many connections there were.
    """

    def __init__(self) -> None:
        self.script: list[Step] | Handler = [answer()]
        self.requests: list[Received] = []
        self.connections: set[asyncio.Task[None]] = set()
        self.accepted = 0
        self.port = 0
        self._is_secure = False
        self._server: asyncio.Server | None = None
        self._socket = socket.socket()
        self._bind()

    @property
    def url(self) -> str:
        scheme, host = ("https", "localhost") if self._is_secure else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self.port}"

    def _bind(self) -> None:
        """Take a port without listening: who connects is refused until `start`."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._is_secure = tls is not None
        self._server = await asyncio.start_server(self._serve, sock=self._socket, ssl=tls)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._socket.close()
        for task in list(self.connections):
            task.cancel()
        await asyncio.gather(*self.connections, return_exceptions=True)

    async def received(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        await until(lambda: len(self.requests) >= count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        self.accepted += 1
        try:
            await self._converse(Connection(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _converse(self, connection: Connection) -> None:
        while connection.open:
            request = await _read(connection.reader)
            self.requests.append(request)
            connection.method = request.method
            await self._next_step(request)(connection)

    def _next_step(self, request: Received) -> Step:
        if callable(self.script):
            return self.script(request)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    query = parse_qsl(parts.query, keep_blank_values=True)
    return Received(method, parts.path, query, headers, body)
