"""A fake server in a process of its own: prepared bytes over a bare asyncio protocol.

It is to be so fast that what is measured is the client: no framework, no parsing beyond the first
line and the length of the body. Options stand before a path: `/wait-50/v3/...` answers 50 ms later,
`/of-1000/v3/...` has a thousand things in its list, `/crowded-30/v3/...` has most of them in a
short time, at 30 percent of the range.
"""

import asyncio
import contextlib
import functools
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qsl

from benchmarks import fixtures, lists
from benchmarks.fixtures import ORG_ID, PAGE_SIZE, PAGES, SESSION_ID, dump

__all__ = ["running_server"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_OPTION = re.compile(rb"/(wait|of|crowded)-(\d+)")
_AFTER = re.compile(rb"(?:^|&)after=(\d+)")

_AUDIT_LOGS = b"/v3/enterprise/audit-logs"
_ORGANIZATIONS = b"/v3/enterprise/organizations"
_LISTS: Mapping[bytes, fixtures.Make] = {
    f"/v3/organizations/{ORG_ID}/sessions".encode(): fixtures.session,
    _AUDIT_LOGS: fixtures.audit_log,
}
_CREATE = re.compile(rb"/v3/organizations/[^/]+/sessions")

Options = Mapping[bytes, int]


@functools.lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return f"\r\nDate: {formatdate(second, usegmt=True)}\r\n".encode()


def _http(*parts: bytes, status: str = "200 OK") -> bytes:
    length = sum(map(len, parts))
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    return b"".join((head.encode(), *parts))


_ANSWER_404 = _http(b'{"detail":"no such thing"}', status="404 Not Found")
_SESSION = _http(dump(fixtures.session(0)))
_PREPARED = {
    b"/v3/self": _http(dump(fixtures.identity())),
    f"/v3/organizations/{ORG_ID}/sessions/{SESSION_ID}".encode(): _SESSION,
}


def _answer(method: bytes, path: bytes, query: bytes, options: Options) -> bytes:
    if method == b"POST":
        return _SESSION if _CREATE.fullmatch(path) else _ANSWER_404
    if path in _PREPARED:
        return _PREPARED[path]
    if path == _ORGANIZATIONS:
        return _http(lists.organizations(options[b"of"], _values(query)))
    if path == _AUDIT_LOGS and b"time_after=" in query:
        crowd = options.get(b"crowded")
        return _http(lists.audit_logs(options[b"of"], _values(query), crowd=crowd))
    return _prepared_page(path, query, options) if path in _LISTS else _ANSWER_404


def _prepared_page(path: bytes, query: bytes, options: Options) -> bytes:
    after = _AFTER.search(query)
    pages = options[b"of"] // PAGE_SIZE if b"of" in options else PAGES
    return _http(*fixtures.page_parts(_LISTS[path], int(after[1]) if after else 0, pages))


def _values(query: bytes) -> dict[str, str]:
    return dict(parse_qsl(query.decode()))


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
        options: dict[bytes, int] = {}
        while option := _OPTION.match(target):
            options[option[1]] = int(option[2])
            target = target[option.end() :]
        path, _, query = target.partition(b"?")
        # With a Date, as every real server sends it.
        answer = _answer(method, path, query, options).replace(b"\r\n", _date(int(time.time())), 1)
        wait = options.get(b"wait")
        if wait:
            loop = asyncio.get_running_loop()
            loop.call_later(wait / 1000, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def _serve() -> None:
    """Serve until standard input ends, which it does with the benchmark, however that ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
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
