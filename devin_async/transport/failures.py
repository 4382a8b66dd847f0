"""What became of an attempt that brought no answer, by what aiohttp raised."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from importlib import import_module

import aiohttp

from devin_async.protocol.answers import Failure
from devin_async.transport.payloads import ShrunkFileError, SourceError

__all__ = [
    "EXPIRED",
    "NOTHING_SENT",
    "UnreadableAnswerError",
    "certificate_error",
    "distrust",
    "failure_of",
    "load_for_failures",
    "plain_text",
    "source_error",
]

NOTHING_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)


class UnreadableAnswerError(aiohttp.ClientPayloadError):
    """An answer came, but is not whole, or not written as it was asked for."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


_CONTENT_FAILED = "Failed to send bytes"
_PROXY_AUTHENTICATION = 407
_TRUST = "if its issuer is your company's, set SSL_CERT_FILE or pass ssl= with its certificates"
_TRUST_MORE = "if its issuer is your company's, add its certificates there"
EXPIRED = 10  # X509_V_ERR_CERT_HASEXPIRED
_OTHER_HOST = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


def load_for_failures() -> None:
    """Load what failures need, which many programs never meet.

    It cannot wait for the first one: when no more files can be opened, no module can be either.
    """
    with contextlib.suppress(OSError, ImportError):  # it is so far already; what works goes on
        for module in ("html", "backoff", "devin_async.protocol.raising"):
            import_module(module)


def failure_of(
    error: Exception, *, proxy: str = "", since: str = "", authorities: str = ""
) -> Failure:
    """Say what *error* makes of an attempt.

    Args:
        error: What aiohttp raised.
        proxy: Where the proxy is set, as a message names it; "" when there is none.
        since: When the certificate expired; "" when it did not, or nobody knows.
        authorities: What says whose certificates are trusted; "" when that is the system.
    """
    shrunk = next((one for one in _chain(error) if isinstance(one, ShrunkFileError)), None)
    if shrunk is not None:  # so the server has never had the whole request
        return Failure(kind="connection", sent=False, detail=str(shrunk), is_final=True)
    sent = not isinstance(error, NOTHING_SENT)
    distrusted = distrust(error, since, authorities)
    return Failure(
        kind="timeout" if isinstance(error, TimeoutError) else "connection",
        sent=sent,
        detail=f"no connection ({distrusted})" if distrusted else _detail(error, proxy, sent=sent),
        is_final=_is_final(error),
        is_untrusted=bool(distrusted),
    )


def _is_final(error: Exception) -> bool:
    """Tell whether the next attempt would fail for the same reason."""
    if isinstance(error, UnreadableAnswerError):
        return error.is_final
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return error.status == _PROXY_AUTHENTICATION
    return certificate_error(error) is not None


def certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """Return why a certificate was refused, if that is what *error* is about."""
    cause: BaseException = error
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = error.certificate_error
    elif isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
    return cause if isinstance(cause, ssl.SSLCertVerificationError) else None


def distrust(error: BaseException, since: str, authorities: str) -> str:
    """Say whose certificate was refused, why, and what can be done; "" if none was.

    Args:
        error: What aiohttp raised.
        since: When it expired; "" when it did not, or nobody knows.
        authorities: What says whose certificates are trusted; "" when that is the system.
    """
    refusal = certificate_error(error)
    if refusal is None:
        return ""
    host = error.host if isinstance(error, aiohttp.ClientConnectorError) else "the server"
    reason = (refusal.verify_message or "it could not be verified").rstrip(".")
    advice = _advice(refusal.verify_code, since, authorities)
    return f"the certificate of {host} is not trusted: {reason}{advice}"


def source_error(error: BaseException) -> BaseException | None:
    """Give what the caller's own iterable raised, if that is what *error* is about."""
    source = next((one for one in _chain(error) if isinstance(one, SourceError)), None)
    return None if source is None else source.__cause__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _detail(error: Exception, proxy: str, *, sent: bool) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time" if sent else f"no connection in time{_through(proxy)}"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        wants_key = " and wants a user and a password" if error.status == 407 else ""  # noqa: PLR2004
        return f"no connection (the proxy{_set_by(proxy)} answered {error.status}{wants_key})"
    if isinstance(error, UnreadableAnswerError):
        return str(error)
    if isinstance(error, aiohttp.ClientResponseError):  # its text would hold the whole URL
        return f"the answer is not HTTP ({_before_colon(error.message)})"
    if isinstance(error, aiohttp.ClientConnectorError):
        return _unconnected(error, proxy)
    text = plain_text(error)
    return f"the connection broke ({text})" if sent else f"no connection ({text})"


def _unconnected(error: aiohttp.ClientConnectorError, proxy: str) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"no connection (no address of {error.host} is known{_through(proxy)})"
    if isinstance(error.os_error, ssl.SSLError):
        reason = error.os_error.reason or type(error.os_error).__name__
        return f"no connection (TLS with {error.host} failed: {reason}{_through(proxy)})"
    if isinstance(error.os_error, socket.gaierror):
        return f"no connection (no address of {error.host} is known{_through(proxy)})"
    # Its text would show the certificates, too: as an object that has no text.
    reason = error.os_error.strerror or str(error.os_error) or type(error.os_error).__name__
    return f"no connection ({error.host}:{error.port}: {reason}{_through(proxy)})"


def _advice(code: int, since: str, authorities: str) -> str:
    """Say what can be done about a certificate that was refused, by OpenSSL's *code*."""
    if code == EXPIRED:
        return f", on {since}" if since else ""
    if code in _OTHER_HOST:
        return "; does the base URL name the right host?"
    if authorities:
        return f"; trusted is what {authorities} holds: {_TRUST_MORE}"
    return f"; {_TRUST}"


def _through(proxy: str) -> str:
    return f"; the proxy is set by {proxy}" if proxy else ""


def _set_by(proxy: str) -> str:
    return f" set by {proxy}" if proxy else ""


def plain_text(error: Exception) -> str:
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
