"""One attempt: a request out, an answer or a failure back, by aiohttp."""

import asyncio
import math
import ssl as ssl_module
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
from aiohttp import ClientTimeout, hdrs
from multidict import CIMultiDict
from yarl import URL

from devin_async import transport
from devin_async.base.secret import password_of
from devin_async.config import Config, Options
from devin_async.errors import ConfigurationError
from devin_async.protocol.answers import Answer, Failure
from devin_async.protocol.bodies import MultipartBody
from devin_async.protocol.content import ACCEPTED, decompressor_of
from devin_async.protocol.proxies import ProxySetting
from devin_async.protocol.requests import Request
from devin_async.transport.connections import (
    KeptConnector,
    close_all,
    drop_session,
    ended_by_close,
    prepare_for,
)
from devin_async.transport.environment import (
    Trust,
    certificates_of,
    end_of_validity,
    proxy_arguments,
    proxy_of,
)
from devin_async.transport.failures import (
    EXPIRED,
    NOTHING_SENT,
    UnreadableAnswerError,
    certificate_error,
    failure_of,
    load_for_failures,
    source_error,
)
from devin_async.transport.payloads import payload_of
from devin_async.transport.session import (
    PER_REQUEST,
    SESSION_WIDE,
    default_headers,
    make_session,
    middlewares_of,
)
from devin_async.transport.time_limits import TimeLimit, TimeLimits

__all__ = ["Wire"]

# The pool has to give up before the attempt does, so that what waited there counts as not sent.
_POOL_SHARE = 0.9
_FIRST_ERROR = 400
_LARGEST_ERROR = 1 << 20


class Wire:
    """The aiohttp session of one client: made on first use, or borrowed.

    Attributes:
        headers: What each request has to say because its session, a borrowed one, does not.
    """

    def __init__(
        self,
        config: Config,
        session: aiohttp.ClientSession | None,
        ssl: ssl_module.SSLContext | None,
        trace_configs: Sequence[aiohttp.TraceConfig],
    ) -> None:
        self._config = config
        self._borrowed = session
        self._session = session
        self._is_dropped = False
        self._is_closed = False
        self._trust = Trust(ssl, session, config.trust_env)
        self._trace_configs = trace_configs
        self._proxy: ProxySetting | None = None
        self._proxy_arguments: Mapping[str, Any] = {}
        self.headers: Mapping[str, str] = {}
        self._per_request: dict[str, Any] = {}
        self._middlewares: Sequence[aiohttp.ClientMiddlewareType] | None = None
        self._downloads: transport.downloads.Downloads | None = None
        self._timeouts: dict[float, ClientTimeout] = {}
        self._reading: set[aiohttp.ClientResponse] = set()
        self._limits: TimeLimits | None = None

    def open(self) -> None:
        """Make the session; has to be called in the event loop.

        Raises:
            ConfigurationError: The proxy or the certificates of the environment cannot be used, or
                the loop of a borrowed session has ended.
        """
        if self._is_dropped and self._borrowed is not None:
            raise ConfigurationError(
                "the event loop of the aiohttp session has ended; make a session, and a client, in "
                "the one that runs"
            )
        config = self._config
        proxy = proxy_of(config)
        arguments = proxy_arguments(proxy)
        proxy_url: URL | None = arguments.get("proxy")
        schemes = {URL(config.base_url).scheme, proxy_url and proxy_url.scheme}
        # A system's certificates take 16 ms to read, which a local server needs none of.
        ssl = self._trust.context() if "https" in schemes else self._trust.explicit
        headers = default_headers(config.user_agent)
        if self._borrowed is None:
            session = make_session(self._trace_configs, headers)
            self._per_request = {**PER_REQUEST, **arguments}
        else:
            load_for_failures()
            session, self.headers = self._borrowed, headers
            self._per_request = {**PER_REQUEST, **SESSION_WIDE, **arguments}
        if ssl is not None:
            self._per_request["ssl"] = ssl
        self._proxy, self._proxy_arguments = proxy, arguments
        self._middlewares = middlewares_of(session)
        self._limits = TimeLimits(asyncio.get_running_loop())
        self._session = session

    @property
    def proxy_secrets(self) -> tuple[str, ...]:
        """What is sent to the proxy and no message may repeat."""
        passwords = () if self._proxy is None else password_of(self._proxy.text)
        return (*self._per_request.get("proxy_headers", {}).values(), *passwords)

    async def close(self) -> None:
        """End what is being read, and close the session if it is ours."""
        self._is_closed = True
        close_all(self._reading)
        if self._limits is not None:
            if self._borrowed is not None:  # whose end would end them
                self._limits.end()
            elif not self._limits.running:
                self._limits.stop()
        if self._downloads is not None:
            await self._downloads.close()
        if self._session is not None and self._borrowed is None:
            await self._session.close()

    def drop(self) -> None:
        """Let go of connections whose event loop has ended: closing them would ask it."""
        self._is_dropped = True
        self._reading.clear()
        if self._downloads is not None:
            self._downloads.drop()
        if self._session is not None and self._borrowed is None:
            drop_session(self._session)
        self._session = self._downloads = self._limits = None

    def follow(
        self, request: Request, answer: Answer, options: Options
    ) -> "AbstractAsyncContextManager[transport.downloads.Download]":
        """Open the download that *answer* leads to; it may stand still as long as an attempt."""
        if self._downloads is None:
            self._downloads = transport.downloads.Downloads(
                self._config.base_url,
                self._config.connect_timeout,
                self._trust,
                self._proxy_arguments,
            )
        return self._downloads.follow(
            request, answer, most_redirects=options.max_redirects, seconds=options.attempt_timeout
        )

    async def attempt(
        self, request: Request, headers: Mapping[str, str], seconds: float, most_bytes: int
    ) -> Answer | Failure:
        """Send *request* once and read its answer, of at most *most_bytes*, within *seconds*."""
        assert self._limits is not None  # noqa: S101 - the transport opens before it sends
        try:
            with TimeLimit(self._limits, seconds):
                response = await self._start(request, headers, seconds)
                self._reading.add(response)
                try:
                    body = await _read(response, most_bytes)
                finally:
                    self._reading.discard(response)
                    if not response.closed:  # as it is by itself at the end of its body
                        response.release()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if (own := source_error(error)) is not None:
                raise own from own.__cause__
            return await self._failure(error)
        except asyncio.CancelledError:
            if not ended_by_close(self._session):  # as a wait for a connection of the pool is
                raise
            return Failure(kind="connection", sent=False, detail="the client was closed")
        if body is None:
            return _oversized(response, most_bytes)
        return Answer(status=response.status, headers=response.headers, body=body)

    async def _failure(self, error: Exception) -> Failure:
        if self._is_closed and isinstance(error, TimeoutError):
            return Failure(kind="connection", sent=True, detail="the client was closed")
        connector = None if self._session is None else self._session.connector
        if isinstance(connector, KeptConnector) and not isinstance(error, NOTHING_SENT):
            connector.distrust()
        source = "" if self._proxy is None else self._proxy.source
        since = "" if source or self._trust.explicit is not None else await self._expiry(error)
        authorities = "" if certificate_error(error) is None else self._trust.authorities()
        return failure_of(error, proxy=source, since=since, authorities=authorities)

    async def _expiry(self, error: Exception) -> str:
        """Look since when a certificate is no longer valid, if that is what *error* is about."""
        refusal = certificate_error(error)
        if refusal is None or refusal.verify_code != EXPIRED:
            return ""
        url = URL(self._config.base_url)
        context = certificates_of(trust_env=self._config.trust_env, is_shared=False)
        return await end_of_validity(url.host or "", url.port or 443, context)

    def _start(
        self, request: Request, headers: Mapping[str, str], seconds: float
    ) -> Awaitable[aiohttp.ClientResponse]:
        assert self._session is not None  # noqa: S101 - the transport opens before it sends
        if self._session.closed:
            raise ConfigurationError(
                "the aiohttp session is closed, so nothing can be sent; keep it open as long as "
                "the client is used"
            )
        arguments = self._per_request.copy()
        if request.body is not None:
            arguments["data"] = data = payload_of(request.body)
            if isinstance(request.body, MultipartBody):
                # A Content-Type of the session, or of headers=, would not tell where its parts end.
                headers = CIMultiDict(headers)
                headers[hdrs.CONTENT_TYPE] = data.content_type
        if self._middlewares is not None and not request.is_write:
            arguments["middlewares"] = self._middlewares
        return self._session.request(
            request.endpoint.method,
            URL(request.url, encoded=True),
            headers=headers,
            timeout=self._timeout(seconds),
            **arguments,
        )

    def _timeout(self, seconds: float) -> ClientTimeout:
        timeout = self._timeouts.get(seconds)
        if timeout is None:
            timeout = ClientTimeout(
                total=None,  # it is a `TimeLimit`
                connect=seconds * _POOL_SHARE,
                sock_connect=min(self._config.connect_timeout, seconds * _POOL_SHARE),
                # Else aiohttp rounds up to whole seconds, and both may end at the same one.
                ceil_threshold=math.inf,
            )
            if not self._timeouts:  # only the usual one is kept; shorter ones end at a deadline
                self._timeouts[seconds] = timeout
        return timeout


async def _read(response: aiohttp.ClientResponse, most_bytes: int) -> bytes | None:
    """Read the body; None when it is larger than *most_bytes*, and then not to its end.

    `response.read()` would decompress all of it at once, and go on as long as the server does.
    """
    if response.status >= _FIRST_ERROR:
        most_bytes = min(most_bytes, _LARGEST_ERROR)
    encoding = response.headers.get(hdrs.CONTENT_ENCODING)
    content = response.content
    try:
        if encoding is not None:
            return await _read_compressed(response, encoding, most_bytes)
        if content.is_eof():  # all of it came with the head, as most answers do
            body = content.read_nowait()
            return body if len(body) <= most_bytes else None
        prepare_for(response.content_length, response.connection)
        return await _read_plain(response, most_bytes)
    except RuntimeError as error:  # the pool was closed between the head and the body
        raise aiohttp.ClientConnectionError(str(error)) from None


async def _read_plain(response: aiohttp.ClientResponse, most_bytes: int) -> bytes | None:
    content = response.content
    pieces: list[bytes] = []
    size = 0
    while not content.at_eof():
        pieces.append(await content.readany())
        size += len(pieces[-1])
        if size > most_bytes:
            response.close()  # what is still to come is not waited for
            return None
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def _read_compressed(
    response: aiohttp.ClientResponse, encoding: str, most_bytes: int
) -> bytes | None:
    try:
        return await _decompressed(response, encoding, most_bytes)
    except UnreadableAnswerError:
        response.close()
        if response.status >= _FIRST_ERROR:  # what it says is lost; the status counts all the same
            return b""
        raise


async def _decompressed(
    response: aiohttp.ClientResponse, encoding: str, most_bytes: int
) -> bytes | None:
    decompressor = decompressor_of(encoding)
    if decompressor is None:
        raise UnreadableAnswerError(
            f"the answer is compressed as {encoding!r}, and asked for was {ACCEPTED}: does a proxy "
            "change what is sent?",
            is_final=True,
        )
    content = response.content
    whole = bytearray()
    try:
        while not content.at_eof():
            for piece in decompressor.feed(await content.readany()):
                whole += piece
                if len(whole) > most_bytes:
                    response.close()
                    return None
        decompressor.finish()
    except ValueError as error:
        raise UnreadableAnswerError(f"the answer is not whole: {error}") from None
    return bytes(whole)


def _oversized(response: aiohttp.ClientResponse, most_bytes: int) -> Answer | Failure:
    if response.status >= _FIRST_ERROR:  # what it says is lost; the status counts all the same
        return Answer(status=response.status, headers=response.headers, body=b"")
    return Failure(
        kind="too_large",
        sent=True,
        is_final=True,
        detail=f"the answer is larger than {most_bytes} bytes; raise max_response_bytes= if it "
        "may be",
    )
