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

from devin_async.errors import ConnectionFailedError, NotFoundError, RequestTimeoutError
from devin_async.protocol import Answer, Request
from devin_async.redirects import MOST_REDIRECTS, RedirectPolicy, parse_address

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
    connector = aiohttp.TCPConnector(
        resolver=_GuardedResolver(policy), force_close=True, ssl=True if ssl is None else ssl
    )
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        url = policy.target(request.url, answer.headers.get("Location", ""))
        response = await _get(session, url, policy, proxy)
        try:
            yield Download(headers=response.headers, chunks=_chunks(response))
        finally:
            response.close()


async def _get(
    session: aiohttp.ClientSession, url: str, policy: RedirectPolicy, proxy: Mapping[str, Any]
) -> aiohttp.ClientResponse:
    for _ in range(MOST_REDIRECTS):
        try:
            response = await session.get(URL(url, encoded=True), allow_redirects=False, **proxy)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _broken(error) from None
        if response.status not in _REDIRECTS:
            return _checked(response)
        location = response.headers.get("Location", "")
        response.close()
        url = policy.target(url, location)
    raise ConnectionFailedError(
        f"the download was redirected more than {MOST_REDIRECTS} times", outcome="rejected"
    )


def _checked(response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    if response.status >= 400:  # noqa: PLR2004
        response.close()
        raise NotFoundError(
            "the storage does not give the file; its link may have expired", status=response.status
        )
    return response


def _broken(error: Exception) -> ConnectionFailedError | RequestTimeoutError:
    # The error's own text would hold the presigned URL.
    if isinstance(error, TimeoutError):
        return RequestTimeoutError("the download stood still for too long", outcome="unknown")
    return ConnectionFailedError(
        f"the download's connection broke ({type(error).__name__})", outcome="unknown"
    )


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            yield chunk
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise _broken(error) from None


class _GuardedResolver(AbstractResolver):
    """Resolves names, and leaves out the addresses that a download may not reach."""

    def __init__(self, policy: RedirectPolicy) -> None:
        self._policy = policy
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve *host* to the addresses that may be reached."""
        found = await self._names.resolve(host, port, family)
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
