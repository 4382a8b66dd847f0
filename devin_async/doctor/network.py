"""The way to the API: the key's form, names, the proxy, TLS and clocks."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from devin_async.base.text import one_line
from devin_async.config import Config, is_loopback
from devin_async.doctor.report import Check
from devin_async.errors import ConfigurationError
from devin_async.protocol.answers import http_date
from devin_async.transport.environment import Trust, proxy_arguments, proxy_of
from devin_async.transport.failures import distrust

__all__ = ["check_clock", "check_key", "check_names", "check_proxy", "check_tls"]

_SECONDS = 10.0
_NOTICED_SKEW = 5.0
_SOON = 14  # days that a certificate is still valid
_SHORTEST_KEY = 16


def check_key(key: object) -> Check:
    """Look at the form of the key; the key itself is in no answer."""
    name = "form of the key"
    if not isinstance(key, str):
        return Check(name=name, status="ok", detail="a function or command gives it")
    kind = key.partition("_")[0] if "_" in key else ""
    if kind == "apk":
        return Check(
            name=name,
            status="failed",
            error="ConfigurationError",
            detail="it begins with apk_, as keys of v1 and v2 do; v3 takes cog_ keys",
        )
    if kind != "cog":
        return Check(name=name, status="failed", detail="it does not begin with cog_")
    if len(key) < _SHORTEST_KEY:
        return Check(name=name, status="failed", detail=f"it has {len(key)} characters only")
    return Check(name=name, status="ok", detail=f"cog_ and {len(key) - len('cog_')} characters")


def check_proxy(config: Config) -> Check:
    """Tell whether a proxy is used, without its user and password."""
    name = "proxy"
    setting = proxy_of(config)
    if setting is None:
        return Check(name=name, status="ok", detail="none")
    try:
        proxy = proxy_arguments(setting)["proxy"]
    except ConfigurationError as error:
        return Check(name=name, status="failed", error=type(error).__name__, detail=str(error))
    return Check(
        name=name,
        status="ok",
        detail=f"{proxy.scheme}://{proxy.host}:{proxy.port}, {setting.source}",
    )


def _proxy_url(config: Config) -> SplitResult | None:
    """Return the proxy that is used; None also when it cannot be, which `check_proxy` tells."""
    try:
        arguments = proxy_arguments(proxy_of(config))
    except ConfigurationError:
        return None
    return urlsplit(str(arguments["proxy"])) if arguments else None


async def check_names(config: Config) -> Check:
    """Resolve the name of the API's host, or of the proxy that resolves it."""
    target = _proxy_url(config) or urlsplit(config.base_url)
    host, port = target.hostname or "", _port(target)
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(_SECONDS):
            addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:  # TimeoutError is one
        return Check(
            name="name resolution",
            status="failed",
            error=type(error).__name__,
            detail=f"{host}: {error.strerror or 'no answer in time'}",
            seconds=loop.time() - began,
        )
    versions = sorted({"IPv6" if one[0] is socket.AF_INET6 else "IPv4" for one in addresses})
    detail = f"{host} has {len(addresses)} {'address' if len(addresses) == 1 else 'addresses'}"
    return Check(
        name="name resolution",
        status="ok",
        detail=f"{detail} ({', '.join(versions)})",
        seconds=loop.time() - began,
    )


async def check_tls(config: Config, trust: Trust) -> Check:
    """Make a TLS connection as the client would, and look at the certificate."""
    target = urlsplit(config.base_url)
    host = target.hostname or ""
    if target.scheme != "https":
        where = "on this machine" if is_loopback(host) else "ON A NETWORK"
        return Check(name="TLS", status="ok", detail=f"none: http, {where}")
    if proxy_of(config) is not None:
        return Check(name="TLS", status="skipped", detail="through the proxy; the calls tell")
    if trust.explicit is None and trust.brought is not True:
        detail = "the connector of session= decides; the calls tell"
        return Check(name="TLS", status="skipped", detail=detail)
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(_SECONDS):
            context = trust.context() or ssl.create_default_context()
            _, writer = await asyncio.open_connection(host, _port(target), ssl=context)
    except ConfigurationError as error:
        return Check(name="TLS", status="failed", error=type(error).__name__, detail=str(error))
    except OSError as error:
        distrusted = distrust(error, since="", authorities=trust.authorities())
        reason = distrusted or error.strerror or error
        return Check(
            name="TLS",
            status="failed",
            error=type(error).__name__,
            detail=one_line(f"{host}: {reason}"),
            seconds=loop.time() - began,
        )
    try:
        return _certificate(writer.get_extra_info("ssl_object"), loop.time() - began)
    finally:
        writer.close()


def _certificate(tls: Any, seconds: float) -> Check:
    certificate: Mapping[str, Any] = tls.getpeercert() or {}
    ends = certificate.get("notAfter")
    if ends is None:
        return Check(name="TLS", status="ok", detail=f"{tls.version()}", seconds=seconds)
    left = (ssl.cert_time_to_seconds(ends) - datetime.now(UTC).timestamp()) / 86_400
    issuer = dict(part[0] for part in certificate.get("issuer", ()))
    by = one_line(str(issuer.get("organizationName") or issuer.get("commonName") or "somebody"))
    return Check(
        name="TLS",
        status="unsteady" if left < _SOON else "ok",
        detail=f"{tls.version()}, certificate by {by}, valid for {left:.0f} days",
        seconds=seconds,
    )


def check_clock(headers: Mapping[str, str] | None, now: float, round_trip: float) -> Check:
    """Compare this machine's clock with the `Date` of an answer that came just now."""
    name = "clock"
    text = (headers or {}).get("Date")
    if text is None:
        return Check(name=name, status="skipped", detail="the answer has no Date")
    server = http_date(text)
    if server is None:
        return Check(name=name, status="differs", detail="the Date of the answer is no date")
    # A Date is cut off to whole seconds, and was written somewhere within the round trip.
    low, high = server - now, server + 1 - (now - round_trip)
    skew = low if low > 0 else min(high, 0.0)
    if abs(skew) < _NOTICED_SKEW:
        return Check(name=name, status="ok", detail="as the server's")
    side = "behind" if skew > 0 else "ahead of"
    return Check(name=name, status="failed", detail=f"{abs(skew):.0f} s {side} the server's")


def _port(target: SplitResult) -> int:
    return target.port or (443 if target.scheme == "https" else 80)
