"""What the environment of the process says about the way to the server: proxy and certificates."""

import asyncio
import os
import ssl
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
from msgspec import Struct
from yarl import URL

from devin_async.base.secret import Secret
from devin_async.config import Config, is_loopback
from devin_async.errors import ConfigurationError
from devin_async.protocol.proxies import ProxySetting, choose_proxy

__all__ = ["Trust", "certificates_of", "end_of_validity", "proxy_arguments", "proxy_of"]

_LOOK_SECONDS = 2.0
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # of OpenSSL, which ssl has no name for
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def proxy_of(config: Config) -> ProxySetting | None:
    """Choose the proxy: the argument, else the environment's, else the system's."""
    if config.proxy:
        return ProxySetting("proxy=", Secret(config.proxy))
    url = URL(config.base_url)
    host, port = url.host or "", url.port or 0
    if not config.trust_env or is_loopback(host):
        return None
    setting = choose_proxy(os.environ, url.scheme, host, port)
    if setting is not None or any(name.lower().endswith("_proxy") for name in os.environ):
        return setting
    system = getproxies().get(url.scheme)  # macOS and Windows
    return ProxySetting("the system", Secret(system)) if system and not proxy_bypass(host) else None


def proxy_arguments(setting: ProxySetting | None) -> dict[str, Any]:
    """Write what aiohttp takes for a proxy.

    Raises:
        ConfigurationError: It cannot be used.
    """
    if setting is None:
        return {}
    url = _proxy_url(setting.text)
    if url is None:
        raise ConfigurationError(
            f"the proxy of {setting.source} cannot be used; allowed: an http or https URL such as "
            "'http://proxy.example:3128'"
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
        url = URL(str(text) if "://" in text else "http://" + str(text))
        is_usable = url.scheme in {"http", "https"} and bool(url.host) and url.port != 0
        is_usable = is_usable and not text.endswith("@")
    except ValueError:
        return None
    return url if is_usable else None


def certificates_of(*, trust_env: bool, is_shared: bool = True) -> ssl.SSLContext | None:
    """Return the context with the certificates that the environment names; None when it names none.

    Args:
        trust_env: Whether the environment counts.
        is_shared: Give the one that all clients of the process share as long as the file is the
            same; else a new one, which may be changed.

    Raises:
        ConfigurationError: They cannot be read.
    """
    name = _bundle(trust_env=trust_env)
    if name is None:
        return None
    path = os.environ[name].strip()
    try:
        if os.path.isdir(path):  # noqa: PTH112 - what ssl takes is a str, too
            return ssl.create_default_context(capath=path)
        if not is_shared:
            return ssl.create_default_context(cafile=path)
        state = os.stat(path)  # noqa: PTH116
        return _context_of_file(path, state.st_ino, state.st_size, state.st_mtime_ns)
    except OSError as error:  # that of a file that holds no certificate included
        reason = error.strerror or "it holds no certificate"
        raise ConfigurationError(
            f"{name} is {path!r}, which cannot be used: {reason}; allowed: a file of certificates "
            "in PEM format"
        ) from None


class Trust(Struct, frozen=True, eq=False):
    """Whose certificates a client trusts.

    Attributes:
        explicit: What `ssl=` is.
        session: The borrowed session, if any.
        trust_env: Whether the environment counts.
    """

    explicit: ssl.SSLContext | None
    session: aiohttp.ClientSession | None
    trust_env: bool

    @property
    def brought(self) -> Any:
        """What the connector of a borrowed session was made with; True when it has no say."""
        connector = None if self.session is None else self.session.connector
        return getattr(connector, "_ssl", True)

    def context(self) -> ssl.SSLContext | None:
        """Return what a connection is made with; None leaves it to the connector.

        Raises:
            ConfigurationError: The certificates of the environment cannot be read.
        """
        if self.explicit is not None or self.brought is not True:
            return self.explicit
        return certificates_of(trust_env=self.trust_env)

    def authorities(self) -> str:
        """Say what names whose certificates are trusted; "" when that is the system."""
        if self.explicit is not None:
            return "ssl="
        if self.brought is not True:
            return "the connector of session="
        return _authorities_of(trust_env=self.trust_env)


def _authorities_of(*, trust_env: bool) -> str:
    """Name the variable of the environment that says whose certificates are trusted; "" for none.

    Without one of ours, OpenSSL itself reads two, `trust_env` or not.
    """
    name = _bundle(trust_env=trust_env)
    if name is None:
        paths = ssl.get_default_verify_paths()
        variables = (paths.openssl_cafile_env, paths.openssl_capath_env)
        name = next((one for one in variables if one in os.environ), None)
    if name is None:
        return ""
    path = os.environ[name].strip()
    missing = "" if path and all(map(os.path.exists, path.split(os.pathsep))) else ", not there"
    return f"{name} ({path!r}{missing})"


def _bundle(*, trust_env: bool) -> str | None:
    names = _BUNDLES if trust_env else ()
    return next((one for one in names if os.environ.get(one, "").strip()), None)


@lru_cache(maxsize=4)
def _context_of_file(path: str, *_state: int) -> ssl.SSLContext:
    """Read the certificates of a file once a state: a system's 140 hold the event loop up 16 ms."""
    return ssl.create_default_context(cafile=path)


async def end_of_validity(host: str, port: int, context: ssl.SSLContext | None) -> str:
    """Look when the certificate of *host* expired, by a connection that only shakes hands.

    Args:
        host: Name or address.
        port: Port.
        context: One of `certificates_of` that is not shared; from now on it takes what has expired.

    Returns:
        The day, such as "2020-02-01"; "" when it cannot be told.
    """
    context = context or ssl.create_default_context()
    context.verify_flags |= _NO_CHECK_TIME
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
            certificate: Mapping[str, Any] = writer.get_extra_info("peercert") or {}
            writer.close()
    except (OSError, TimeoutError):
        return ""
    moment = certificate.get("notAfter")
    if moment is None:
        return ""
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(moment), UTC).date().isoformat()
