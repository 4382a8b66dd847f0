"""Downloads: the redirect is followed without the key, and only where it may lead."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from inside import transport_of

from devin_async import ConnectionFailedError, DevinClient, NotFoundError
from devin_async.protocol.endpoints import Endpoint
from devin_async.protocol.redirects import RedirectPolicy
from devin_async.protocol.requests import Request, build_request

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
