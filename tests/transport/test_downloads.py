"""Downloads: the redirect is followed without the key, and only where it may lead."""

import asyncio
import gzip
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from inside import transport_of
from scripted_server import ScriptedServer

from devin_async import ConnectionFailedError, DevinClient, NotFoundError, ResponseDecodeError
from devin_async.protocol.endpoints import Endpoint
from devin_async.protocol.redirects import RedirectPolicy, read_host
from devin_async.protocol.requests import Request, build_request
from devin_async.transport.downloads import Downloads, guarded_socket
from devin_async.transport.environment import Trust

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
DOWNLOAD = Endpoint("GET", "/v3/download", None, kind="download")


@asynccontextmanager
async def serving(**handlers: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes([web.get(f"/v3/{name}", handler) for name, handler in handlers.items()])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def content(url: str) -> bytes:
    request: Request = build_request(DOWNLOAD, url, {}, {})
    async with DevinClient("cog_marked", base_url=url) as devin:
        transport = transport_of(devin)
        async with transport.download(request, devin._options) as download:
            return b"".join([chunk async for chunk in download.chunks])


def redirect(location: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": location})

    return handler


async def test_a_download_follows_its_redirect_without_the_key():
    headers = []

    async def storage(request: web.Request) -> web.Response:
        headers.append(request.headers.get("Authorization"))
        return web.Response(body=b"x" * 300_000)

    async with serving(download=redirect("/v3/storage?signature=1"), storage=storage) as url:
        assert await content(url) == b"x" * 300_000
    assert headers == [None]


async def test_content_without_a_redirect_is_the_download():
    async def direct(request: web.Request) -> web.Response:
        return web.Response(body=b"direct")

    async with serving(download=direct) as url:
        assert await content(url) == b"direct"


async def test_a_redirect_to_the_metadata_address_is_refused():
    async with serving(download=redirect("http://169.254.169.254/latest/meta-data")) as url:
        with pytest.raises(ConnectionFailedError, match=r"169\.254\.169\.254, which is refused"):
            await content(url)


async def test_a_storage_whose_certificate_is_not_trusted_is_told_as_that():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parent / "certificates" / "valid.pem")
    storage = ScriptedServer()
    await storage.start(context)
    async with serving(download=redirect(f"{storage.url}/file?signature=1")) as url:
        with pytest.raises(ConnectionFailedError) as caught:
            await content(url)
    await storage.close()
    assert "no download (the certificate of localhost is not trusted" in str(caught.value)
    assert "signature" not in str(caught.value)
    assert (caught.value.hint_kind, caught.value.hint) == ("certificate", "")


async def test_redirects_in_a_circle_end():
    async with serving(download=redirect("/v3/other"), other=redirect("/v3/other")) as url:
        with pytest.raises(ConnectionFailedError, match="more than 5 times"):
            await content(url)


async def test_a_link_that_has_expired_is_not_found_and_not_shown():
    async def gone(request: web.Request) -> web.Response:
        return web.Response(status=403)

    async with serving(download=redirect("/v3/gone?signature=secret"), gone=gone) as url:
        with pytest.raises(NotFoundError, match="may have expired") as caught:
            await content(url)
    assert "secret" not in repr(caught.value)


async def test_a_download_that_is_cut_off_breaks_with_our_error():
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"x" * 10)
        assert request.transport is not None
        request.transport.abort()
        return response

    async with serving(download=redirect("/v3/cut?signature=secret"), cut=cut) as url:
        with pytest.raises(ConnectionFailedError, match="connection broke") as caught:
            await content(url)
    assert "secret" not in repr(caught.value)


async def test_closing_the_client_ends_a_download():
    hanging = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        await hanging.wait()
        return response

    async with serving(download=redirect("/v3/endless"), endless=endless) as url:
        devin = DevinClient("cog_marked", base_url=url)
        transport = transport_of(devin)
        request: Request = build_request(DOWNLOAD, url, {}, {})
        async with transport.download(request, devin._options) as download:
            assert await anext(download.chunks) == b"x"
            rest = asyncio.ensure_future(anext(download.chunks))
            await asyncio.sleep(0)
            await devin.close()
            with pytest.raises(ConnectionFailedError, match="connection broke"):
                await rest
        hanging.set()


async def test_closing_the_client_ends_a_download_that_has_not_begun():
    asked, hanging = asyncio.Event(), asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        asked.set()
        await hanging.wait()
        return web.Response()

    async with serving(download=redirect("/v3/silent"), silent=silent) as url:
        devin = DevinClient("cog_marked", base_url=url)
        transport = transport_of(devin)
        request: Request = build_request(DOWNLOAD, url, {}, {})
        opening = asyncio.ensure_future(transport.download(request, devin._options).__aenter__())
        await asked.wait()
        await devin.close()
        with pytest.raises(ConnectionFailedError, match="connection broke"):
            await opening
        hanging.set()


def of_storage(content: bytes, status: int = 200, **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        return web.Response(status=status, body=content, headers=sent)

    return handler


@pytest.mark.parametrize("status", [201, 202, 203, 204, 205, 206, 226])
async def test_a_part_of_a_file_or_none_is_no_download(status):
    for handlers in (
        {"download": redirect("/v3/storage"), "storage": of_storage(b"", status)},
        {"download": of_storage(b"", status)},
    ):
        async with serving(**handlers) as url:
            with pytest.raises(ResponseDecodeError) as caught:
                await content(url)
        assert (caught.value.status, caught.value.outcome) == (status, "rejected")
        assert f"answered {status}, which is no whole file" in caught.value.message


async def test_a_gzip_stream_is_whole_or_an_error():
    whole = gzip.compress(b"row\n" * 50_000)
    forms = {
        whole: b"row\n" * 50_000,
        whole + whole: b"row\n" * 100_000,
        whole[: len(whole) // 2]: None,
        whole[:-8]: None,
        whole[:-8] + bytes(8): None,
    }
    for sent, received in forms.items():
        storage = of_storage(sent, Content_Encoding="gzip")
        async with serving(download=redirect("/v3/storage"), storage=storage) as url:
            if received is not None:
                assert await content(url) == received
                continue
            with pytest.raises(ConnectionFailedError, match="is not whole: the gzip stream"):
                await content(url)


async def test_an_encoding_that_was_not_asked_for_is_refused():
    storage = of_storage(b"x", Content_Encoding="br")
    async with serving(download=redirect("/v3/storage"), storage=storage) as url:
        with pytest.raises(ResponseDecodeError, match="asked for was gzip, deflate"):
            await content(url)


PUBLIC = RedirectPolicy("https://api.devin.ai")
LOOPBACK = RedirectPolicy("http://127.0.0.1:8080")


@pytest.mark.parametrize(
    "location",
    [
        "http://storage.example/file",
        "https://user@storage.example/file",
        "ftp://storage.example/file",
        "https://127.0.0.1/file",
        "https://10.0.0.8/file",
        "https://[::1]/file",
        "https://[::ffff:169.254.169.254]/file",
        "https://[64:ff9b::a9fe:a9fe]/file",
        "https://[2002:a9fe:a9fe::]/file",
        "https://[::1",
        "https://storage.example:99999/file",
        "https://0.0.0.0/file",
        "file:///etc/passwd",
        "https://2130706433/file",
        "https://127.1/file",
        "https://0177.0.0.1/file",
        "https://0x7f000001/file",
        "https://0x7F.0.0x0.1/file",
        "https://017700000001/file",
        "https://0/file",
        "https://0x/file",
        "https://127.0.0.1./file",
        "https://\uff11\uff12\uff17.0.0.1/file",
        "https://127\u30020\u30020\u30021/file",
        "https://%31%32%37.0.0.1/file",
        "https://2852039166/file",
        "https://1.2.3.4.5/file",
        "https://1.2.3.4.0/file",
        "https://08.8.8.8/file",
        "https://4294967296/file",
        "https://256.1/file",
        "https://1.16777216/file",
        "https://localhost/file",
        "https://LOCALHOST./file",
        "https://a.localhost/file",
        "https://[::7f00:1]/file",
        "https://[fec0::1]/file",
        "https://[2001:0:1::80ff:fffe]/file",
        "https://[fe80::1%25eth0]/file",
        "https://[fd00:ec2::254]/file",
        "https://100.100.100.200/file",
        "https://storage.example\\@127.0.0.1/file",
        "https://127.0.0.1\\.storage.example/file",
        "https://a b/file",
        "https://..",
    ],
)
def test_a_public_base_url_refuses_what_is_not_public_https(location):
    with pytest.raises(ConnectionFailedError, match="redirected to"):
        PUBLIC.target("https://api.devin.ai/v3/x", location)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/a b.bin?n=a b", "/a%20b.bin?n=a%20b"),
        ("/caf\u00e9", "/caf%C3%A9"),
        ("/caf\udce9", "/caf%E9"),
        ("/a%2Fb?X-Sig=a%2B%3D&c=(d)*~'!", "/a%2Fb?X-Sig=a%2B%3D&c=(d)*~'!"),
    ],
)
def test_what_is_encoded_in_a_redirect_stays_and_the_rest_becomes_so(location, target):
    policy = RedirectPolicy("https://api.devin.ai")
    assert policy.target("https://api.devin.ai/v3/a", location) == f"https://api.devin.ai{target}"


@pytest.mark.parametrize("address", ["8.8.8.8", "134744072", "8.8.2056", "010.8.8.8", "8.526344"])
def test_a_public_address_is_followed_in_the_usual_form(address):
    target = PUBLIC.target("https://api.devin.ai/v3/x", f"https://{address}:8443/f#part")
    assert target == "https://8.8.8.8:8443/f"
    ipv6 = PUBLIC.target("https://api.devin.ai/v3/x", "https://[2606:4700:0:0::1111]/f")
    assert ipv6 == "https://[2606:4700::1111]/f"


@pytest.mark.parametrize("number", [0, 1, 2130706433, 2852039166, 134744072, 4294967295])
def test_a_number_is_read_as_the_system_reads_it(number):
    parts = [number >> 24, number >> 16 & 255, number >> 8 & 255, number & 255]
    forms = [
        str(number),
        hex(number),
        f"0{number:o}",
        f"{parts[0]}.{number & 0xFFFFFF}",
        f"{parts[0]:#x}.{parts[1]:#o}.{number & 0xFFFF}".replace("0o", "0"),
        ".".join(f"0{part:o}" for part in parts),
    ]
    for form in forms:
        assert read_host(form) == ipaddress.ip_address(number)
        assert socket.inet_aton(form) == number.to_bytes(4, "big")


@pytest.mark.parametrize(
    "location",
    ["//example.com/x", "http://8.8.8.8/x", "http://10.0.0.8/x", "http://storage.example:8080/x"],
)
def test_from_loopback_too_all_that_is_not_on_this_machine_is_https_or_nothing(location):
    with pytest.raises(ConnectionFailedError, match="to what is no https URL, which is refused"):
        LOOPBACK.target("http://127.0.0.1:1/a", location)
    elsewhere = location.replace("http:", "").replace("//", "https://", 1)
    assert LOOPBACK.target("http://127.0.0.1:1/a", elsewhere) == elsewhere


def test_from_loopback_plain_http_leads_to_loopback_in_any_form():
    for host in ("127.0.0.1", "[::1]", "localhost", "a.localhost", "127.8.0.1"):
        target = LOOPBACK.target("http://127.0.0.1:1/a", f"http://{host}:9/x")
        assert target == f"http://{host}:9/x"
    assert LOOPBACK.target("http://127.0.0.1:1/a", "http://127.1:9/x") == "http://127.0.0.1:9/x"


def test_a_private_base_url_reaches_private_addresses_by_https_alone():
    private = RedirectPolicy("http://10.0.0.1")
    assert private.target("http://10.0.0.1/a", "https://10.0.0.2/x") == "https://10.0.0.2/x"
    with pytest.raises(ConnectionFailedError, match="to what is no https URL"):
        private.target("http://10.0.0.1/a", "http://10.0.0.2/x")


def test_an_ipv6_address_is_judged_by_the_ipv4_address_in_it():
    metadata = ("64:ff9b::a9fe:a9fe", "::ffff:a9fe:a9fe", "2002:a9fe:a9fe::", "::a9fe:a9fe")
    local = ("64:ff9b:1::a9fe:a9fe", "64:ff9b:1:2::a9fe:a9fe", "::ffff:0:a9fe:a9fe")
    for address in (*metadata, *local, "2001:0:1::5601:5601"):
        assert not LOOPBACK.allows(ipaddress.ip_address(address))
    for address in ("64:ff9b::808:808", "::ffff:808:808", "2002:808:808::", "2001:0:1::f7f7:f7f7"):
        assert PUBLIC.allows(ipaddress.ip_address(address))
    assert not PUBLIC.allows(ipaddress.ip_address("64:ff9b::a00:8"))
    for address in ("64:ff9b:1::808:808", "64:ff9b:1:fffe::808:808", "2001:4860::5efe:808:808"):
        assert PUBLIC.allows(ipaddress.ip_address(address))
    # 10.0.0.8 behind a prefix of 48, 56 and 64 bits, and at the end of ISATAP's.
    short = ("64:ff9b:1:a00:0:800::", "64:ff9b:1:a:0:8::", "64:ff9b:1:0:a:0:800:0")
    for address in (*short, "64:ff9b:1:a00:0:800:808:808", "2001:4860::5efe:a00:8"):
        assert not PUBLIC.allows(ipaddress.ip_address(address))
    assert not PUBLIC.allows(ipaddress.ip_address("2001:4860::200:5efe:a00:8"))
    assert LOOPBACK.allows(ipaddress.ip_address("::1"))


def test_metadata_that_is_not_link_local_is_never_reached():
    aws = ("fd00:ec2::254", "fd00:ec2::23")
    others = ("fd20:ce::254", "100.100.100.200", "192.0.0.192", "fd00:42::42", "fd00:a9fe:a9fe::1")
    azure = ("168.63.129.16", "64:ff9b::a83f:8110")
    for address in (*aws, *others, *azure):
        assert not LOOPBACK.allows(ipaddress.ip_address(address))
        assert not PUBLIC.allows(ipaddress.ip_address(address))


def test_a_port_that_is_none_is_refused_and_any_other_is_kept():
    with pytest.raises(ConnectionFailedError, match="to what is no https URL"):
        PUBLIC.target("https://api.devin.ai/a", "https://8.8.8.8:0/x")
    for port in (1, 443, 65535):
        target = f"https://8.8.8.8:{port}/x"
        assert PUBLIC.target("https://api.devin.ai/a", target) == target


def test_a_base_url_of_an_odd_name_is_no_reason_to_reach_inside():
    odd = RedirectPolicy("https://a~b")
    assert not odd.allows(ipaddress.ip_address("10.0.0.8"))
    assert odd.allows(ipaddress.ip_address("8.8.8.8"))


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0177.0.0.1", "0", "localhost", "::1"])
def test_a_socket_is_made_for_no_address_that_may_not_be_reached(host):
    info = (socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, 443))
    with pytest.raises(OSError, match="may not reach"):
        guarded_socket(PUBLIC, info)


async def test_what_aiohttp_connects_to_is_looked_at_last():
    """As if a name went past our reading and our resolver, as numbers did with aiohttp 3.13."""

    async def stored(request: web.Request) -> web.Response:
        raise AssertionError("it was reached")

    async with serving(stored=stored) as url:
        downloads = Downloads("https://api.devin.ai", 5, Trust(None, None, True), {})
        try:
            for host in ("127.0.0.1", "2130706433", "127.1", "0177.0.0.1"):
                with pytest.raises(ConnectionFailedError, match="connection broke"):
                    await downloads._get(url.replace("127.0.0.1", host), 5)
        finally:
            await downloads.close()


def test_a_public_base_url_follows_to_https_elsewhere_and_relatively():
    assert PUBLIC.target("https://api.devin.ai/v3/x", "https://s.example/f?a=1") == (
        "https://s.example/f?a=1"
    )
    assert PUBLIC.target("https://api.devin.ai/v3/x", "/f") == "https://api.devin.ai/f"


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0"])
def test_link_local_and_the_like_are_never_reached_even_from_loopback(address):
    assert not LOOPBACK.allows(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.8", "::1", "192.168.1.1"])
def test_private_addresses_are_reached_only_from_such_a_base_url(address):
    assert LOOPBACK.allows(ipaddress.ip_address(address))
    assert not PUBLIC.allows(ipaddress.ip_address(address))
