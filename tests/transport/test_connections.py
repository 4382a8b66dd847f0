"""Connections: which are used again, what they may bring, and where they lead."""

import asyncio
import gzip
import json
import os
import subprocess
import sys
import zlib

import pytest
from inside import transport_of
from scripted_server import ScriptedServer, answer, drop, raw

from devin_async import ConnectionFailedError, OutcomeUnknownError, ResponseDecodeError
from devin_async.transport import connections

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
SELF = {"principal_type": "service_user", "service_user_id": "su-1", "service_user_name": "bot"}


async def test_a_server_that_closes_right_after_its_answer_makes_no_post_unknown(devin, server):
    server.script = [raw(ANSWER)]
    for _ in range(60):
        await devin.request("POST", "/v3/thing", json={})
    assert len(server.requests) == server.accepted == 60


async def test_after_a_kept_connection_broke_writes_get_new_ones_and_reads_kept_ones(devin, server):
    server.script = [answer(), drop, answer()]
    await devin.request("GET", "/v3/thing")
    with pytest.raises(OutcomeUnknownError):
        await devin.request("POST", "/v3/thing", json={})
    for method in ("POST", "POST", "GET", "GET"):
        await devin.request(method, "/v3/thing")
    assert server.accepted == 3  # one for each POST; the reads use that of the last


async def test_a_kept_connection_is_used_again(devin, server):
    server.script = [answer()]
    for _ in range(20):
        await devin.request("POST", "/v3/thing", json={})
    assert server.accepted == 1


async def test_a_connection_is_read_in_short_pieces_until_it_brings_something_long(devin, server):
    server.script = [answer(200, {}), answer(200, {"text": "x" * 300_000}), answer(200, {})]
    sizes = []
    for _ in range(3):
        await devin.request("GET", "/v3/thing")
        (protocol,) = transport_of(devin)._wire._session.connector._protocols
        if not hasattr(protocol.transport, "max_size"):
            pytest.skip("this event loop reads as it likes")
        sizes.append(protocol.transport.max_size >> 10)
    assert sizes == [64, 256, 256]


NO_MORE_FILES = """
import asyncio, os, resource, sys
import aiohttp
from devin_async import DevinClient, DevinError

async def open_all():
    resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50))
    for _ in range(5):  # connections that close give theirs back
        try:
            while True:
                os.open(os.devnull, os.O_RDONLY)
        except OSError:
            await asyncio.sleep(0)

async def main():
    session = aiohttp.ClientSession() if sys.argv[2:] else None
    url = sys.argv[1]
    async with DevinClient("cog_key", base_url=url, max_attempts=2, session=session) as devin:
        for _ in range(2):
            await devin.request("GET", "/v3/thing")
        await open_all()
        try:
            await devin.request("POST", "/v3/thing")
        except DevinError as error:
            print(error.outcome, "Too many open files" in str(error))
    if session:
        await session.close()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
@pytest.mark.parametrize("borrowed", [(), ("borrowed",)], ids=["own", "borrowed"])
async def test_a_call_for_which_no_file_can_be_opened_fails_by_our_error(server, borrowed):
    server.script = [raw(ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))]
    program = [sys.executable, "-c", NO_MORE_FILES, server.url, *borrowed]
    ran = await asyncio.to_thread(
        subprocess.run, program, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.stdout, ran.stderr) == ("not_sent True\n", "")


@pytest.mark.parametrize("rounds", [0, 50], ids=["unread", "read"])
async def test_a_late_answer_that_nobody_asked_for_is_not_the_next_ones(devin, server, rounds):
    async def twice(connection):
        await connection.write(ANSWER)
        await connection.write(ANSWER.replace(b"{}", b"[]"))

    server.script = [twice, answer(200, {"own": True})]
    await devin.request("GET", "/v3/first")
    for _ in range(rounds):
        await asyncio.sleep(0)
    response = await devin.request("GET", "/v3/second")
    assert response.json() == {"own": True}


@pytest.mark.parametrize("size", [8_000, 9_000, 20_000, 65_536])
async def test_a_header_of_64_kb_is_read(devin, server, size):
    server.script = [answer(Content_Security_Policy="x" * size)]
    response = await devin.request("POST", "/v3/thing", json={})
    assert len(response.headers["Content-Security-Policy"]) == size


async def test_a_hundred_headers_are_read(devin, server):
    server.script = [answer(**{f"X_{number}": "y" * 400 for number in range(100)})]
    assert (await devin.request("GET", "/v3/thing")).headers["X-99"] == "y" * 400


async def test_a_header_above_that_is_an_answer_that_cannot_be_read(connect, server):
    server.script = [answer(X_Large="x" * 80_000)]
    devin = connect(server.url, max_attempts=1)
    with pytest.raises(ConnectionFailedError, match="the answer is not HTTP"):
        await devin.request("GET", "/v3/thing")


BODY = json.dumps(SELF).encode() + b" " * 5000
WHOLE = {
    "gzip": gzip.compress(BODY),
    "x-gzip": gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]),
    "deflate": zlib.compress(BODY),
    "identity": BODY,
}
BROKEN = {
    "without its end": gzip.compress(BODY)[:-8],
    "half": gzip.compress(BODY)[:60],
    "other sum": gzip.compress(BODY)[:-8] + b"\0" * 8,
    "no gzip": BODY,
}


@pytest.mark.parametrize("encoding", WHOLE)
async def test_a_compressed_answer_is_read(devin, server, encoding):
    server.script = [answer(200, WHOLE[encoding], Content_Encoding=encoding)]
    assert (await devin.whoami()).name == "bot"
    assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_compressed_answer_that_is_not_whole_is_asked_for_again(devin, server, fault):
    server.script = [
        answer(200, BROKEN[fault], Content_Encoding="gzip"),
        answer(200, WHOLE["gzip"], Content_Encoding="gzip"),
    ]
    assert (await devin.whoami()).name == "bot"
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [204, 206])
async def test_a_part_of_an_answer_or_none_is_asked_for_again(devin, server, status):
    server.script = [answer(status, b""), answer(200, SELF)]
    assert (await devin.whoami()).name == "bot"
    assert len(server.requests) == 2


async def test_a_server_that_only_gives_parts_ends_in_an_error_that_says_so(devin, server):
    server.script = [answer(206, b"{}")]
    with pytest.raises(ResponseDecodeError, match="a part came, or nothing, where all was asked"):
        await devin.whoami()


async def test_localhost_is_reached_where_it_is_ipv6_alone(connect):
    server = ScriptedServer()

    listening = await asyncio.start_server(server._serve, "::1", 0)
    try:
        devin = connect(f"http://localhost:{listening.sockets[0].getsockname()[1]}")
        assert (await devin.request("GET", "/v3/thing")).status == 200
    finally:
        listening.close()
        await devin.close()
        await server.close()


async def test_other_names_are_resolved_by_the_system():
    (first, *_) = await connections.LocalResolver().resolve("127.0.0.1", 80)
    assert (first["host"], first["port"]) == ("127.0.0.1", 80)


async def test_a_file_that_shrinks_while_it_is_sent_fails_at_once_and_says_so(connect, tmp_path):
    file = tmp_path / "big.log"
    file.write_bytes(b"x" * (32 << 20))
    ended = asyncio.Event()

    async def read_slowly(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(1 << 16)
        os.truncate(file, 1000)
        while await reader.read(1 << 16):
            pass
        writer.close()
        ended.set()

    async with await asyncio.start_server(read_slowly, "127.0.0.1", 0) as listening:
        devin = connect(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        with pytest.raises(ConnectionFailedError) as caught:
            await devin.organization("org-1").attachments.upload(file)
        await ended.wait()
    assert "the file became shorter while it was sent" in str(caught.value)
    assert "of 33554432 bytes" in str(caught.value)
    assert caught.value.outcome == "not_sent"
