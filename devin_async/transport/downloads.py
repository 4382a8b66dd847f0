"""Following the redirect of a download: without the key, to public addresses, streamed."""

import asyncio
import functools
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import attrs
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from attrs import field, frozen
from yarl import URL

from devin_async.base.secret import Secret
from devin_async.errors import (
    ConnectionFailedError,
    NotFoundError,
    RequestTimeoutError,
    ResponseDecodeError,
    ServerError,
)
from devin_async.protocol.answers import Answer
from devin_async.protocol.content import ACCEPTED, Decompressor, decompressor_of
from devin_async.protocol.redirects import RedirectPolicy
from devin_async.protocol.requests import Request
from devin_async.transport.connections import close_all, drop_session, ended_by_close
from devin_async.transport.environment import Trust
from devin_async.transport.failures import distrust

__all__ = ["Download", "Downloads"]

_CHUNK = 1 << 16
_REDIRECTS = range(300, 400)
# The last is what aiohttp raises on a session that was closed.
_BREAKS = (aiohttp.ClientError, OSError, TimeoutError, RuntimeError)


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
    decompressor: Decompressor = field(factory=functools.partial(Decompressor, "identity"))


class Downloads:
    """Where downloads come from: reached without the key, by connections that end with the client.

    Args:
        base_url: The client's; it tells which addresses may be reached.
        connect_timeout: Seconds to get a connection.
        trust: Whose certificates are trusted.
        proxy: Arguments for the proxy.
    """

    def __init__(
        self, base_url: str, connect_timeout: float, trust: Trust, proxy: Mapping[str, Any]
    ) -> None:
        self._base_url = base_url
        self._connect_timeout = connect_timeout
        self._trust = trust
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        self._reading: set[aiohttp.ClientResponse] = set()

    @asynccontextmanager
    async def follow(
        self, request: Request, answer: Answer, *, most_redirects: int, seconds: float
    ) -> AsyncGenerator[Download]:
        """Open what *answer* leads to; its own content when it is no redirect.

        Args:
            request: The call that was answered.
            answer: Its answer, of any status below 400.
            most_redirects: How many redirects are followed.
            seconds: How long the content may stand still.

        Raises:
            ConnectionFailedError: It leads where nobody should go, in circles, or breaks.
            ResponseDecodeError: It gives a part of the file, or none.
        """
        if answer.status not in _REDIRECTS:
            _check_whole(answer.status)
            yield Download(headers=answer.headers, chunks=_one(answer.body))
            return
        policy = RedirectPolicy(self._base_url, most_redirects)
        opened = await self._follow(policy, request.url, answer, seconds)
        self._reading.add(opened.response)
        try:
            yield Download(headers=opened.response.headers, chunks=_chunks(opened))
        finally:
            self._reading.discard(opened.response)
            opened.response.close()

    async def close(self) -> None:
        """End all downloads."""
        close_all(self._reading)
        if self._session is not None:
            await self._session.close()

    def drop(self) -> None:
        """Let go of all downloads: their event loop has ended."""
        self._reading.clear()
        if self._session is not None:
            drop_session(self._session)
            self._session = None

    def _pool(self) -> aiohttp.ClientSession:
        """Return the session, made by the first download."""
        if self._session is None:
            self._session = self._make_session()
        return self._session

    def _make_session(self) -> aiohttp.ClientSession:
        proxy_url: URL | None = self._proxy.get("proxy")
        policy = RedirectPolicy(self._base_url)
        proxy_host = None if proxy_url is None else proxy_url.host
        connector = aiohttp.TCPConnector(
            resolver=_GuardedResolver(policy, proxy_host),
            # The last look, at what is really connected to. A proxy may be anywhere.
            socket_factory=None if proxy_url else functools.partial(guarded_socket, policy),
            force_close=True,
            limit=0,
            ssl=self._trust.context() or True,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            # Done here instead, because aiohttp takes half a gzip stream for a whole one.
            auto_decompress=False,
            headers={hdrs.ACCEPT_ENCODING: ACCEPTED},
        )

    async def _follow(
        self, policy: RedirectPolicy, url: str, answer: Answer, seconds: float
    ) -> _Opened:
        location = Secret(answer.headers.get("Location", ""))
        for _ in range(policy.most_redirects):
            url = policy.target(url, location)
            opened = await self._get(url, seconds)
            if opened.response.status not in _REDIRECTS:
                return attrs.evolve(opened, decompressor=_check(opened))
            location = Secret(opened.response.headers.get("Location", ""))
            opened.response.close()
        raise ConnectionFailedError(
            f"the download was redirected more than {policy.most_redirects} times; raise "
            "max_redirects= if it may be",
            outcome="rejected",
        )

    async def _get(self, url: str, seconds: float) -> _Opened:
        connecting = min(self._connect_timeout, seconds)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=connecting, sock_read=seconds)
        session = self._pool()
        try:
            return _Opened(
                await session.get(
                    URL(url, encoded=True), allow_redirects=False, timeout=timeout, **self._proxy
                )
            )
        except (*_BREAKS, ValueError) as error:
            if distrusted := distrust(error, since="", authorities=self._trust.authorities()):
                raise ConnectionFailedError(
                    f"no download ({distrusted})", outcome="not_sent", hint_kind="certificate"
                ) from None
            raise _broken(error) from None
        except asyncio.CancelledError:
            if not ended_by_close(session):
                raise
            raise ConnectionFailedError("the client was closed", outcome="unknown") from None


def _check_whole(status: int) -> None:
    """Refuse an answer that is no whole file: a part of one, or none."""
    if status != 200:  # noqa: PLR2004
        raise ResponseDecodeError(
            f"the download was answered {status}, which is no whole file; allowed: 200",
            status=status,
            outcome="rejected",
        )


def _check(opened: _Opened) -> Decompressor:
    """Check that *opened* is the whole file; give what decompresses it."""
    try:
        return _checked(opened.response.status, opened.response.headers)
    except BaseException:
        opened.response.close()
        raise


def _checked(status: int, headers: Mapping[str, str]) -> Decompressor:
    if status < 400:  # noqa: PLR2004
        _check_whole(status)
        decompressor = decompressor_of(headers.get("Content-Encoding", ""))
        if decompressor is None:
            raise ResponseDecodeError(
                "the download is compressed in a way that was not asked for; asked for was "
                f"{ACCEPTED}",
                status=status,
                outcome="rejected",
            )
        return decompressor
    if status >= 500:  # noqa: PLR2004
        raise ServerError("the storage failed", status=status)
    raise NotFoundError(
        "the storage does not give the file; its link may have expired", status=status
    )


def _broken(error: Exception) -> ConnectionFailedError | RequestTimeoutError:
    # The error's own text would hold the presigned URL.
    if isinstance(error, TimeoutError):
        return RequestTimeoutError(
            "the download stood still for too long",
            outcome="unknown",
            hint="Raise attempt_timeout= if it may.",
        )
    return ConnectionFailedError(
        f"the download's connection broke ({type(error).__name__})",
        outcome="unknown",
        hint="Download it again.",
    )


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _chunks(opened: _Opened) -> AsyncIterator[bytes]:
    decompressor = opened.decompressor
    try:
        async for chunk in opened.response.content.iter_chunked(_CHUNK):
            for piece in decompressor.feed(chunk):
                yield piece
        decompressor.finish()
    except _BREAKS as error:
        raise _broken(error) from None
    except ValueError as error:
        raise ConnectionFailedError(
            f"the download is not whole: {error}", outcome="unknown", hint="Download it again."
        ) from None


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
        addresses = await self._names.resolve(host, port, family)
        if host == self._proxy_host:
            return addresses
        kept = [one for one in addresses if self._policy.reaches(one["host"])]
        if not kept:
            raise OSError(f"{host} has no address that a download may reach")
        return kept

    async def close(self) -> None:
        """Close nothing: names are looked up by the system."""
        await self._names.close()


def guarded_socket(policy: RedirectPolicy, info: tuple[Any, ...]) -> socket.socket:
    """Make the socket of a connection to the address of *info*.

    Raises:
        OSError: A download may not reach it.
    """
    family, kind, protocol, _, (host, *_) = info
    if not policy.reaches(str(host)):
        raise OSError("a download may not reach this address")
    return socket.socket(family, kind, protocol)
