"""The page names a test behind each sentence; here are those of the way to the API."""

import asyncio
import re
import ssl
import subprocess
from pathlib import Path

import pytest
from inside import transport_of
from yarl import URL

from devin_async import ConnectionFailedError, DevinClient
from devin_async.protocol.redirects import RedirectPolicy
from devin_async.transport.downloads import _GuardedResolver
from devin_async.transport.wire import Wire

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text()
PUBLIC = RedirectPolicy("https://api.devin.ai")


def test_each_sentence_of_the_page_names_tests_that_there_are():
    protects, _, _ = PAGE.partition("## What is left to you")
    sentences = re.findall(r"^- .*(?:\n  .*)*", protects, re.MULTILINE)
    assert len(sentences) > 12
    assert [one for one in sentences if "<!-- test_" not in one] == []
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"\btest_\w+", PAGE))
    assert {name for name in named if f"def {name}(" not in sources} == set()


@pytest.fixture
def certificate(tmp_path):
    """Make a certificate for localhost that nobody signed; gives its file and its key's."""
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    extensions = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    where = ["-out", str(files[0]), "-keyout", str(files[1])]
    subprocess.run([*command.split(), *extensions, *where], check=True, capture_output=True)
    return files


@pytest.fixture
async def secure_server(certificate):
    """Serve TLS with that certificate; gives the base URL and what arrived."""
    arrived = []

    async def serve(reader, writer):
        arrived.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", arrived


async def test_a_certificate_that_nobody_signed_is_refused_and_nothing_is_sent(
    secure_server, certificate
):
    url, arrived = secure_server
    async with DevinClient("cog_key", base_url=url, max_attempts=2, deadline=5) as devin:
        with pytest.raises(ConnectionFailedError) as caught:
            await devin.request("GET", "/v3/self")
    assert caught.value.outcome == "not_sent"
    assert arrived == []
    context = ssl.create_default_context(cafile=certificate[0])
    async with DevinClient("cog_key", base_url=url, ssl=context) as devin:
        assert (await devin.request("GET", "/v3/self")).status == 200
    assert len(arrived) == 1


async def test_a_name_that_resolves_to_where_nobody_may_go_is_refused():
    with pytest.raises(OSError, match="no address that a download may reach"):
        await _GuardedResolver(PUBLIC, None).resolve("localhost", 443)


async def test_a_proxy_may_be_in_a_private_network():
    assert await _GuardedResolver(PUBLIC, "localhost").resolve("localhost", 3128)


async def test_the_wire_masks_the_password_of_its_proxy(connect):
    devin = connect(proxy="http://user:MARKED@proxy.example:3128")
    wire: Wire = transport_of(devin)._wire
    wire.open()
    assert wire._per_request["proxy"] == URL("http://proxy.example:3128")
    assert "MARKED" not in repr(vars(wire))
    assert "Basic" not in repr(vars(wire))
