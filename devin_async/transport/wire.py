"""One attempt: a request out, an answer or a failure back, by aiohttp."""

import asyncio
import io
import math
import ssl as ssl_module
from base64 import b64encode
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp import ClientTimeout, hdrs
from yarl import URL

from devin_async.base.secret import Secret
from devin_async.config import Config, Options, is_loopback
from devin_async.errors import ConfigurationError, InvalidArgumentError
from devin_async.protocol.answers import Answer, Failure
from devin_async.protocol.bodies import Body, JSONBody, MultipartBody
from devin_async.protocol.content import ACCEPTED, Decompressor, decompressor_of
from devin_async.protocol.requests import Request
from devin_async.transport.downloads import Download, Downloads, close_all, ended_by_close

__all__ = ["Wire"]

# Keep-alive is short so that a POST rarely meets a connection that the server has just closed.
_KEEP_ALIVE = 4.0
# aiohttp's own limit of 100 would silently cap a wider fan-out.
_CONNECTIONS = 1000
# The pool has to give up before the attempt does, so that what waited there counts as not sent.
_POOL_SHARE = 0.9
_LARGE_BODY = 1 << 20
_FIRST_ERROR = 400
_LARGEST_ERROR = 1 << 20
_SENT_AGAIN_BY_AIOHTTP = frozenset({"PUT", "DELETE"})

_NOTHING_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)
_CONTENT_FAILED = "Failed to send bytes"


class Wire:
    """The aiohttp session of one client: made on first use, or borrowed."""

    def __init__(
        self,
        config: Config,
        session: aiohttp.ClientSession | None,
        ssl: ssl_module.SSLContext | None,
        trace_configs: Sequence[aiohttp.TraceConfig],
    ) -> None:
        self._config = config
        self._borrowed = session is not None
        self._session = session
        self._ssl = ssl
        self._trace_configs = list(trace_configs)
        self._proxy: dict[str, Any] = {}
        self._downloads: Downloads | None = None
        self._timeouts: dict[float, ClientTimeout] = {}
        self._reading: set[aiohttp.ClientResponse] = set()

    def open(self) -> None:
        """Make the session; has to be called in the event loop."""
        config = self._config
        self._proxy = _proxy_arguments(config)
        self._downloads = Downloads(config.base_url, config.connect_timeout, self._ssl, self._proxy)
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE, ttl_dns_cache=60
                ),
                # The environment is read once, in `_proxy_arguments`: aiohttp would read it in a
                # thread for every request, and would let a netrc replace our Authorization.
                trust_env=False,
                # No cookie of the API means anything to us, and each would go on with the next.
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=self._trace_configs,
            )

    @property
    def proxy_secrets(self) -> tuple[str, ...]:
        """What is sent to the proxy and no message may repeat."""
        return tuple(self._proxy.get("proxy_headers", {}).values())

    async def close(self) -> None:
        """End what is being read, and close the session if it is ours."""
        close_all(self._reading)
        if self._downloads is not None:
            await self._downloads.close()
        if self._session is not None and not self._borrowed:
            await self._session.close()

    def follow(
        self, request: Request, answer: Answer, options: Options
    ) -> AbstractAsyncContextManager[Download]:
        """Open the download that *answer* leads to; it may stand still as long as an attempt."""
        assert self._downloads is not None  # noqa: S101 - the transport opens before it sends
        return self._downloads.follow(
            request, answer, most_redirects=options.max_redirects, seconds=options.attempt_timeout
        )

    async def attempt(
        self, request: Request, headers: Mapping[str, str], seconds: float, most_bytes: int
    ) -> Answer | Failure:
        """Send *request* once and read its answer, of at most *most_bytes*, within *seconds*."""
        try:
            response = await self._start(request, headers, seconds)
            self._reading.add(response)
            try:
                body = await _read(response, most_bytes)
            except _ContentError as error:
                return _unreadable(response, error)
            finally:
                self._reading.discard(response)
                response.release()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return _failure(error)
        except asyncio.CancelledError:
            if not ended_by_close(self._session):  # as a wait for a connection of the pool is
                raise
            return Failure(kind="connection", sent=False, detail="the client was closed")
        if body is None:
            return _oversized(response, most_bytes)
        return Answer(status=response.status, headers=response.headers, body=body)

    def _start(
        self, request: Request, headers: Mapping[str, str], seconds: float
    ) -> Awaitable[aiohttp.ClientResponse]:
        assert self._session is not None  # noqa: S101 - the transport opens before it sends
        if self._session.closed:
            raise ConfigurationError(
                "the aiohttp session is closed, so nothing can be sent; keep it open as long as "
                "the client is used"
            )
        method = request.endpoint.method
        return self._session.request(
            method,
            URL(request.url, encoded=True),
            headers=headers,
            data=None if request.body is None else _data(request.body),
            timeout=self._timeout(seconds),
            allow_redirects=False,
            raise_for_status=False,  # a borrowed session may do that by itself
            auto_decompress=False,  # aiohttp takes half a gzip stream for a whole one
            ssl=True if self._ssl is None else self._ssl,
            middlewares=self._middlewares() if method in _SENT_AGAIN_BY_AIOHTTP else None,
            **self._proxy,
        )

    def _middlewares(self) -> Sequence[aiohttp.ClientMiddlewareType]:
        """Give the middleware that PUT and DELETE need, besides those of the session."""
        return (*getattr(self._session, "_middlewares", ()), _send_once)

    def _timeout(self, seconds: float) -> ClientTimeout:
        timeout = self._timeouts.get(seconds)
        if timeout is None:
            timeout = ClientTimeout(
                total=seconds,
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

    Raises:
        _ContentError: It cannot be decompressed to its end.
    """
    decompressor = _decompressor(response)
    if response.status >= _FIRST_ERROR:
        most_bytes = min(most_bytes, _LARGEST_ERROR)
    content = response.content
    pieces: list[bytes] = []
    size = 0
    try:
        while not content.at_eof():
            for piece in decompressor.feed(await content.readany()):
                pieces.append(piece)
                size += len(piece)
                if size > most_bytes:
                    response.close()  # what is still to come is not waited for
                    return None
        decompressor.finish()
    except ValueError as error:
        response.close()
        raise _ContentError(f"the answer is not whole: {error}") from None
    except RuntimeError as error:  # the pool was closed between the head and the body
        raise aiohttp.ClientConnectionError(str(error)) from None
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _ContentError(Exception):
    """The content of an answer cannot be decompressed to its end.

    Args:
        detail: Why.
        is_final: A repeat would bring the same.
    """

    def __init__(self, detail: str, *, is_final: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.is_final = is_final


def _decompressor(response: aiohttp.ClientResponse) -> Decompressor:
    encoding = response.headers.get(hdrs.CONTENT_ENCODING, "")
    decompressor = decompressor_of(encoding)
    if decompressor is None:
        response.close()
        raise _ContentError(
            f"the answer is compressed as {encoding!r}, and asked for was {ACCEPTED}: does a proxy "
            "change what is sent?",
            is_final=True,
        )
    return decompressor


def _unreadable(response: aiohttp.ClientResponse, error: _ContentError) -> Answer | Failure:
    if response.status >= _FIRST_ERROR:  # what it says is lost; the status counts all the same
        return Answer(status=response.status, headers=response.headers, body=b"")
    return Failure(kind="connection", sent=True, is_final=error.is_final, detail=error.detail)


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


class _BrokenError(aiohttp.ClientError):
    """A connection broke under a request that aiohttp must not send again."""


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending again by itself when a connection breaks.

    It would do so once with every idempotent method, which is fine for reads. But a DELETE that is
    sent twice gets a 404, which has to be told apart from that of a first try.
    """
    try:
        return await handler(request)
    except _NOTHING_SENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenError(_text(error)) from error


def _failure(error: Exception) -> Failure:
    sent = not isinstance(error, _NOTHING_SENT)
    return Failure(
        kind="timeout" if isinstance(error, TimeoutError) else "connection",
        sent=sent,
        detail=_detail(error, sent=sent),
    )


def _detail(error: Exception, *, sent: bool) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time" if sent else "no connection in time"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"no connection (the proxy answered {error.status})"
    if isinstance(error, aiohttp.ClientResponseError):  # its text would hold the whole URL
        return f"the answer is not HTTP ({_before_colon(error.message)})"
    text = _text(error)
    return f"the connection broke ({text})" if sent else f"no connection ({text})"


def _text(error: Exception) -> str:
    """Say what broke, without the bytes and headers of the server that some texts repeat."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "Server disconnected"
    if isinstance(error, aiohttp.ClientPayloadError):
        return _before_colon(str(error))
    text = " ".join(str(error).split()) or type(error).__name__
    if text.startswith(_CONTENT_FAILED):  # what follows is the whole of aiohttp's connection
        cause = error.__cause__
        return f"{_CONTENT_FAILED}{'' if cause is None else f': {type(cause).__name__}'}"
    return text


def _before_colon(text: str) -> str:
    return " ".join(text.partition(":")[0].split())


def _data(body: Body) -> Any:
    if isinstance(body, JSONBody):
        # aiohttp warns about large bytes, because it would write them in one go.
        large = len(body.content) > _LARGE_BODY
        return io.BytesIO(body.content) if large else body.content
    return _multipart(body)


def _multipart(body: MultipartBody) -> aiohttp.FormData:
    content: Any = body.content
    if isinstance(content, Path):
        content = _opened(content)
    # The name as it is, in UTF-8 (RFC 7578, 5.1): percent-encoded, every parser would keep it so.
    form = aiohttp.FormData(default_to_multipart=True, quote_fields=False)
    form.add_field(
        body.field_name, content, filename=body.file_name, content_type=body.content_type
    )
    return form


def _opened(path: Path) -> io.BufferedReader:
    try:
        return path.open("rb")  # closed by aiohttp when it was sent
    except OSError as error:
        raise InvalidArgumentError(
            f"file is {str(path)!r}, which cannot be opened: {error.strerror}"
        ) from None


def _proxy_arguments(config: Config) -> dict[str, Any]:
    host = URL(config.base_url).host or ""
    text = config.proxy or (_environment_proxy(config.base_url, host) if config.trust_env else None)
    if not text:
        return {}
    # Masked, because it may hold a password and this frame may be in a traceback.
    url = _proxy_url(Secret(text))
    if url is None:
        raise ConfigurationError(
            "the proxy cannot be used: allowed is a URL such as 'http://proxy.example:3128'"
        )
    if url.user is None:
        return {"proxy": url}
    # Not `proxy_auth=`, which aiohttp 3.14 warns about. For a plain http target it takes the first
    # of the two headers and sends it as the second; for a tunnel it sends the second.
    pair = Secret(f"{url.user}:{url.password or ''}")
    basic = Secret("Basic " + b64encode(pair.encode()).decode())
    headers = {"Authorization": basic, "Proxy-Authorization": basic}
    return {"proxy": url.with_user(None), "proxy_headers": headers}


def _proxy_url(text: Secret) -> URL | None:
    try:
        url = URL(str(text))
    except ValueError:
        return None
    return url if url.scheme in {"http", "https"} and url.host else None


def _environment_proxy(base_url: str, host: str) -> str | None:
    if is_loopback(host) or proxy_bypass(host):
        return None
    return getproxies().get(URL(base_url).scheme)
