"""What of aiohttp is set, with the reason of each; a test holds each on the oldest and the newest.

Trusted as they are: happy eyeballs (RFC 8305) and the TLS that `ssl=True` means; that bodies of a
POST or PATCH are never sent again; that a response is closed with its connection when it was not
read to its end; chunked and multipart framing; that header values with line breaks are refused.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import aiohttp
from aiohttp import hdrs

from devin_async.protocol.content import ACCEPTED
from devin_async.transport.connections import KeptConnector, LocalResolver
from devin_async.transport.failures import NOTHING_SENT, plain_text

__all__ = ["PER_REQUEST", "SESSION_WIDE", "default_headers", "make_session", "middlewares_of"]

# Short, so that a POST rarely meets a connection that the server is about to close.
_KEEP_ALIVE = 4.0
# aiohttp's own limit of 100 would silently cap a wider fan-out.
_CONNECTIONS = 1000
# A name that moves to another address is followed within a minute; aiohttp's 10 s ask too often.
_DNS_SECONDS = 60
# 8190 bytes are aiohttp's own limit, which the security policies of some proxies are above.
_LONGEST_HEADER = (64 << 10) + 1024

# A redirect of an API call leads where the key must not go.
PER_REQUEST: Mapping[str, Any] = MappingProxyType({"allow_redirects": False})
# Of the session when that is ours, as are the headers below; each one costs a request time.
SESSION_WIDE: Mapping[str, Any] = MappingProxyType(
    {
        # Statuses are ours to judge; a borrowed session may raise for them by itself.
        "raise_for_status": False,
        "max_line_size": _LONGEST_HEADER,
        "max_field_size": _LONGEST_HEADER,
        # A gzip stream that was cut would pass for a whole one; `protocol/content` knows its end.
        "auto_decompress": False,
    }
)


def default_headers(user_agent: str) -> dict[str, str]:
    """Return what every request says."""
    return {
        hdrs.USER_AGENT: user_agent,
        hdrs.ACCEPT: "application/json",
        hdrs.ACCEPT_ENCODING: ACCEPTED,
    }


def make_session(
    trace_configs: Sequence[aiohttp.TraceConfig], headers: Mapping[str, str]
) -> aiohttp.ClientSession:
    """Make the session of a client; has to be called in its event loop."""
    session = aiohttp.ClientSession(
        connector=KeptConnector(
            limit=_CONNECTIONS,
            keepalive_timeout=_KEEP_ALIVE,
            ttl_dns_cache=_DNS_SECONDS,
            # With aiodns installed aiohttp would ask name servers by itself, past the system's
            # files, VPN and caches.
            resolver=LocalResolver(),
        ),
        # The environment is read once, in `environment`: aiohttp would read it in a thread for
        # every request, and would let a netrc replace our Authorization.
        trust_env=False,
        # No cookie of the API means anything to us, and each would go on with the next.
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=list(trace_configs),
        headers=headers,
        **SESSION_WIDE,
    )
    # What `_send_once` does, without its cost for each request; aiohttp has no public name for it.
    if getattr(session, "_retry_connection", None) is True:
        session._retry_connection = False  # noqa: SLF001
    return session


def middlewares_of(session: aiohttp.ClientSession) -> Sequence[aiohttp.ClientMiddlewareType] | None:
    """Return the middlewares for all but POST and PATCH; None when the session needs none."""
    if getattr(session, "_retry_connection", None) is False:
        return None
    return (*getattr(session, "_middlewares", ()), _send_once)


class _BrokenError(aiohttp.ClientError):
    """A connection broke under a request that aiohttp must not send again."""


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending again by itself when a connection breaks.

    It would do so once with every idempotent method, unseen by our attempts, events and deadline;
    and a DELETE that is sent twice gets a 404, which has to be told apart from that of a first try.
    """
    try:
        return await handler(request)
    except NOTHING_SENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenError(plain_text(error)) from error
