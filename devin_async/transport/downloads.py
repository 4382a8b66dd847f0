"""Following the redirect of a download: without the key, to public addresses, streamed."""

import socket
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from attrs import field, frozen
from yarl import URL

from devin_async.errors import (
    ConnectionFailedError,
    NotFoundError,
    RequestTimeoutError,
    ServerError,
)
from devin_async.protocol import Answer, Request
from devin_async.redirects import RedirectPolicy, parse_address
from devin_async.secret import Secret

__all__ = ["Download", "follow"]

_CHUNK = 1 << 16
_REDIRECTS = range(300, 400)


@frozen(kw_only=True)
class Download:
    """A download on its way.

    Attributes:
        headers: Headers of the answer that holds the content.
        chunks: The content, in pieces of up to 64 kB.
    """

    headers: Mapping[str, str] = field(repr=False)
    chunks: AsyncIterator[bytes] = field(repr=False)


@frozen
class _Opened:
    """An answer of the storage; its own repr would show the presigned URL in tracebacks."""

    response: aiohttp.ClientResponse = field(repr=False)


@asynccontextmanager
async def follow(
    request: Request,
    answer: Answer,
    policy: RedirectPolicy,
    *,
    ssl: SSLContext | None,
    proxy: Mapping[str, Any],
    seconds: float,
) -> AsyncGenerator[Download]:
    """Open what *answer* leads to; its own content when it is no redirect.

    Args:
        request: The call that was answered.
        answer: Its answer, of any status below 400.
        policy: Where it may lead.
        ssl: Context for TLS.
        proxy: Arguments for the proxy.
        seconds: How long the content may stand still.

    Raises:
        ConnectionFailedError: It leads where nobody should go, in circles, or breaks.
    """
    if answer.status not in _REDIRECTS:
        yield Download(headers=answer.headers, chunks=_one(answer.body))
        return
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=seconds, sock_read=seconds)
    proxy_url: URL | None = proxy.get("proxy")
    proxy_host = None if proxy_url is None else proxy_url.host
    connector = aiohttp.TCPConnector(
        resolver=_GuardedResolver(policy, proxy_host),
        force_close=True,
        ssl=True if ssl is None else ssl,
    )
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        opened = await _get(session, request.url, answer, policy, proxy)
        try:
            yield Download(headers=opened.response.headers, chunks=_chunks(opened))
        finally:
            opened.response.close()


async def _get(
    session: aiohttp.ClientSession,
    url: str,
    answer: Answer,
    policy: RedirectPolicy,
    proxy: Mapping[str, Any],
) -> _Opened:
    location = Secret(answer.headers.get("Location", ""))
    for _ in range(policy.most_redirects):
        url = policy.target(url, location)
        try:
            opened = _Opened(
                await session.get(URL(url, encoded=True), allow_redirects=False, **proxy)
            )
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise _broken(error) from None
        if opened.response.status not in _REDIRECTS:
            _check(opened)
            return opened
        location = Secret(opened.response.headers.get("Location", ""))
        opened.response.close()
    raise ConnectionFailedError(
        f"the download was redirected more than {policy.most_redirects} times; raise "
        "max_redirects= if it may be",
        outcome="rejected",
    )


def _check(opened: _Opened) -> None:
    status = opened.response.status
    if status < 400:  # noqa: PLR2004
        return
    opened.response.close()
    if status >= 500:  # noqa: PLR2004
        raise ServerError("the storage failed", status=status)
    raise NotFoundError(
        "the storage does not give the file; its link may have expired", status=status
    )


def _broken(error: Exception) -> ConnectionFailedError | RequestTimeoutError:
    # The error's own text would hold the presigned URL.
    if isinstance(error, TimeoutError):
        return RequestTimeoutError("the download stood still for too long", outcome="unknown")
    return ConnectionFailedError(
        f"the download's connection broke ({type(error).__name__})", outcome="unknown"
    )


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _chunks(opened: _Opened) -> AsyncIterator[bytes]:
    try:
        async for chunk in opened.response.content.iter_chunked(_CHUNK):
            yield chunk
    except (aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
        raise _broken(error) from None


class _GuardedResolver(AbstractResolver):
    """Resolves names, and leaves out the addresses that a download may not reach.

    The proxy may be anywhere, for the caller named it. It looks names up by itself, so behind one
    it is the proxy that guards its network.
    """

    def __init__(self, policy: RedirectPolicy, proxy_host: str | None) -> None:
        self._policy = policy
        self._proxy_host = proxy_host
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve *host* to the addresses that may be reached."""
        found = await self._names.resolve(host, port, family)
        if host == self._proxy_host:
            return found
        kept = [one for one in found if self._may_reach(one["host"])]
        if not kept:
            raise OSError(f"{host} has no address that a download may reach")
        return kept

    async def close(self) -> None:
        """Close nothing: names are looked up by the system."""
        await self._names.close()

    def _may_reach(self, host: str) -> bool:
        address = parse_address(host)
        return address is not None and self._policy.allows(address)
