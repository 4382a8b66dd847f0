"""A fake server in a process of its own: prepared bytes over a bare asyncio protocol.

It is to be so fast that what is measured is the client: no framework, no parsing beyond the first
line and the length of the body. `/wait-50/v3/...` answers as `/v3/...` does, 50 ms later.
"""

import asyncio
import contextlib
import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import fixtures
from benchmarks.fixtures import ORG_ID, SESSION_ID, dump

__all__ = ["running_server"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_WAIT = re.compile(rb"/wait-(\d+)(/.*)", re.DOTALL)
_AFTER = re.compile(rb"(?:^|&)after=(\d+)")

_LISTS = {
    f"/v3/organizations/{ORG_ID}/sessions".encode(): fixtures.session,
    b"/v3/enterprise/audit-logs": fixtures.audit_log,
}
_THINGS = {
    b"GET /v3/self": fixtures.identity(),
    f"GET /v3/enterprise/organizations/{ORG_ID}".encode(): fixtures.organization(),
    f"GET /v3/organizations/{ORG_ID}/sessions/{SESSION_ID}".encode(): fixtures.session(0),
    f"POST /v3/organizations/{ORG_ID}/sessions".encode(): fixtures.session(0),
}


def _http(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


_NOT_FOUND = _http(b'{"detail":"no such thing"}', "404 Not Found")
_PREPARED = {route: _http(dump(thing)) for route, thing in _THINGS.items()}


@functools.cache
def _prepared_page(path: bytes, number: int) -> bytes:
    return _http(fixtures.page(_LISTS[path], number))


def _answer(method: bytes, target: bytes) -> bytes:
    path, _, query = target.partition(b"?")
    if method == b"GET" and path in _LISTS:
        after = _AFTER.search(query)
        return _prepared_page(path, int(after[1]) if after else 0)
    return _PREPARED.get(method + b" " + path, _NOT_FOUND)


class _Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            self._respond(head)

    def _respond(self, head: bytes) -> None:
        method, target, _ = head.split(b" ", 2)
        wait = _WAIT.fullmatch(target)
        if wait is None:
            self._transport.write(_answer(method, target))
            return
        answer = _answer(method, wait[2])
        asyncio.get_running_loop().call_later(int(wait[1]) / 1000, self._transport.write, answer)


async def _serve() -> None:
    """Serve until standard input ends, which it does with the benchmark, however that ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    for path in _LISTS:
        for number in range(fixtures.PAGES):
            _prepared_page(path, number)
    await loop.run_in_executor(None, sys.stdin.read)


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """Start the server in a process of its own, and give its base URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()
        process.wait(timeout=10)
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(_serve())
