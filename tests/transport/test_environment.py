"""What the environment says about the way: proxies and certificates."""

import asyncio
import contextlib
import os
import re
import shutil
import ssl
from pathlib import Path

import aiohttp
import pytest
from scripted_server import KEY, ScriptedServer, answer

from devin_async import ConfigurationError, ConnectionFailedError, DevinClient
from devin_async.cli.errors import exit_code
from devin_async.transport.environment import certificates_of

CERTIFICATES = Path(__file__).parent / "certificates"
AUTHORITY = str(CERTIFICATES / "ca.pem")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for name in (*names, *map(str.lower, names)):
        monkeypatch.delenv(name, raising=False)


@contextlib.asynccontextmanager
async def tls_server(certificate):
    """Serve https by a certificate of the tests' authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    server = ScriptedServer()
    await server.start(context)
    try:
        yield server
    finally:
        await server.close()


async def call(url, **options):
    async with DevinClient(KEY, base_url=url, **options) as devin:
        return await devin.request("GET", "/v3/self")


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
async def test_the_certificates_of_the_environment_are_trusted(monkeypatch, name):
    monkeypatch.setenv(name, AUTHORITY)
    async with tls_server("valid") as server:
        assert (await call(server.url)).status == 200


async def test_a_folder_of_certificates_may_be_named_too(monkeypatch, tmp_path):
    shutil.copy(AUTHORITY, tmp_path / "3387b84d.0")  # as `openssl rehash` names it
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    async with tls_server("valid") as server:
        assert (await call(server.url)).status == 200


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_bundle_that_cannot_be_used_names_its_variable(monkeypatch, tmp_path, content):
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with pytest.raises(ConfigurationError, match=r"REQUESTS_CA_BUNDLE is .*cannot be used"):
        await call("https://localhost:1")


async def test_a_call_without_tls_reads_no_bundle(server, monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    assert (await call(server.url)).status == 200


async def test_clients_share_the_certificates_of_a_file_until_it_changes(monkeypatch, tmp_path):
    path = tmp_path / "bundle.pem"
    shutil.copy(AUTHORITY, path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    first = certificates_of(trust_env=True)
    assert certificates_of(trust_env=True) is first
    assert certificates_of(trust_env=True, is_shared=False) is not first
    path.write_text(path.read_text() + "\n# the same, and more\n")
    second = certificates_of(trust_env=True)
    assert second is not first
    assert second.cert_store_stats() == first.cert_store_stats()


async def test_a_look_at_what_expired_leaves_other_clients_strict(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", AUTHORITY)
    async with tls_server("expired") as server:
        for _ in range(2):
            with pytest.raises(ConnectionFailedError, match="has expired, on 2020-02-01"):
                await call(server.url)


async def test_without_trust_env_no_bundle_is_read(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", AUTHORITY)
    async with tls_server("valid") as server:
        with pytest.raises(ConnectionFailedError, match="is not trusted"):
            await call(server.url, trust_env=False)


async def test_a_certificate_that_is_not_trusted_is_told_at_once_with_what_to_set():
    events = []
    async with tls_server("valid") as server:
        with pytest.raises(ConnectionFailedError) as caught:
            await call(server.url, on_event=events.append)
    assert caught.value.outcome == "not_sent"
    text = str(caught.value)
    assert "the certificate of localhost is not trusted" in text
    assert "SSL_CERT_FILE" in text
    assert "ssl=" in text
    assert [event.kind for event in events] == ["request", "response"]


async def why_untrusted(url, **options):
    with pytest.raises(ConnectionFailedError) as caught:
        await call(url, **options)
    assert (caught.value.hint_kind, caught.value.outcome) == ("certificate", "not_sent")
    return str(caught.value)


async def test_what_is_trusted_is_named_where_somebody_has_set_it(monkeypatch, tmp_path):
    another = str(CERTIFICATES / "expired.pem")
    nowhere = str(tmp_path / "nowhere")
    context = ssl.create_default_context(cafile=another)
    async with tls_server("valid") as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", another)
        assert f"what REQUESTS_CA_BUNDLE ({another!r}) holds" in await why_untrusted(server.url)
        assert "trusted is what ssl= holds" in await why_untrusted(server.url, ssl=context)
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path}{os.pathsep}{nowhere}")
        told = await why_untrusted(server.url)
        assert f"what SSL_CERT_DIR ({os.environ['SSL_CERT_DIR']!r}, not there) holds" in told
        assert "add its certificates there" in told
        # It is OpenSSL that reads this one, and it asks nobody.
        monkeypatch.setenv("SSL_CERT_FILE", another)
        told = await why_untrusted(server.url, trust_env=False)
        assert f"what SSL_CERT_FILE ({another!r}) holds" in told


async def test_what_a_borrowed_session_trusts_counts_more_than_the_environment(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "expired.pem"))
    context = ssl.create_default_context(cafile=AUTHORITY)
    async with (
        tls_server("valid") as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
    ):
        assert (await call(server.url, session=session)).status == 200


async def test_what_a_borrowed_session_trusts_is_named_too():
    context = ssl.create_default_context(cafile=CERTIFICATES / "expired.pem")
    async with (
        tls_server("valid") as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
    ):
        told = await why_untrusted(server.url, session=session)
    assert "trusted is what the connector of session= holds" in told


async def test_a_certificate_that_has_expired_is_told_with_its_date(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", AUTHORITY)
    async with tls_server("expired") as server:
        with pytest.raises(ConnectionFailedError) as caught:
            await call(server.url)
    assert "the certificate of localhost is not trusted" in str(caught.value)
    assert "certificate has expired, on 2020-02-01" in str(caught.value)


async def test_the_certificate_of_another_host_asks_for_the_right_one(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", AUTHORITY)
    async with tls_server("valid") as server:
        with pytest.raises(ConnectionFailedError) as caught:
            await call(re.sub(r"//[^:/]+", "//other.localhost", server.url))
    assert "the certificate of other.localhost is not trusted" in str(caught.value)
    assert str(caught.value).endswith("; does the base URL name the right host?)")


async def test_a_command_exits_as_denied_when_the_certificate_is_not_trusted():
    async with tls_server("valid") as server:
        with pytest.raises(ConnectionFailedError) as caught:
            await call(server.url)
    assert exit_code(caught.value) == 3


async def test_what_speaks_no_tls_is_told_as_that():
    async def refuse(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(ConnectionFailedError, match=r"TLS with 127\.0\.0\.1 failed"):
            await call(url, max_attempts=1)


async def test_a_name_without_an_address_is_told_as_that():
    with pytest.raises(ConnectionFailedError, match=r"no address of nowhere\.invalid is known"):
        await call("https://nowhere.invalid", max_attempts=1)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_a_proxy_without_a_scheme_is_used_and_named(monkeypatch, unused, name):
    await unused.start()
    unused.script = [answer(407, b"")]
    monkeypatch.setenv(name, unused.url.removeprefix("http://"))
    with pytest.raises(ConnectionFailedError, match=f"the proxy set by {name} answered 407"):
        await call("https://a.example")
    assert [request.method for request in unused.requests] == ["CONNECT"]


@pytest.mark.parametrize("text", ["socks5://me:sesame@proxy:1080", "http://", "http://a:b:c"])
async def test_a_proxy_that_cannot_be_used_is_told_with_its_variable(monkeypatch, text):
    monkeypatch.setenv("ALL_PROXY", text)
    with pytest.raises(ConfigurationError, match="the proxy of ALL_PROXY cannot be used") as caught:
        await call("https://a.example")
    assert "sesame" not in str(caught.value)


async def test_no_proxy_with_a_port_leads_past_the_proxy(monkeypatch, unused):
    await unused.start()
    monkeypatch.setenv("HTTP_PROXY", unused.url)
    monkeypatch.setenv("NO_PROXY", "a.invalid:80")
    with pytest.raises(ConnectionFailedError, match=r"no address of a\.invalid is known"):
        await call("http://a.invalid", allow_http=True, max_attempts=1)
    assert unused.requests == []
