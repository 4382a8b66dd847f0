"""Where a download may be redirected to, decided without I/O.

The API answers a download with a redirect to a presigned URL of some storage. Following it blindly
would let whoever controls that answer make this machine fetch from its own network, the cloud's
metadata address among others (server-side request forgery). A host is read here in every form that
some resolver takes for an address, and written in the usual one, so that nobody behind this reads
another host.
"""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from attrs import frozen

from devin_async.base.secret import Secret
from devin_async.config import DEFAULT_MAX_REDIRECTS
from devin_async.errors import ConnectionFailedError

__all__ = ["Address", "RedirectPolicy", "read_host"]

_KEPT = "%!$&'()*+,/:;=?@[]~"  # RFC 3986, 2.2, and what is encoded already
_COMPATIBLE = ipaddress.IPv6Network("::/96")  # RFC 4291, 2.5.5.1
_TRANSLATED = (
    ipaddress.IPv6Network("64:ff9b::/96"),  # RFC 6052
    ipaddress.IPv6Network("::ffff:0:0:0/96"),  # RFC 2765, 2.1
)
# Of a network's own, which says how long a prefix of it is: RFC 8215, and RFC 6052, 2.2.
_TRANSLATED_HERE = ipaddress.IPv6Network("64:ff9b:1::/48")
_PREFIXES = (48, 56, 64)
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # RFC 5214, 6.1
_NOWHERE = tuple(map(ipaddress.IPv4Network, ("0.0.0.0/8", "240.0.0.0/4")))
_TEREDO = ipaddress.IPv6Network("2001::/32")  # RFC 4380
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is given out: RFC 4291, 2.4
# Metadata of clouds, and what their machines are managed by, that is not link-local.
_METADATA = tuple(
    map(
        ipaddress.ip_network,
        (
            "fd00:ec2::/32",  # AWS
            "fd20:ce::254",  # Google
            "168.63.129.16",  # Azure
            "100.100.100.200",  # Alibaba
            "192.0.0.192",  # Oracle
            "fd00:42::42",  # Scaleway
            "fd00:a9fe:a9fe::1",  # Akamai
        ),
    )
)
_LOOPBACK = ipaddress.IPv4Address("127.0.0.1")
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_PARTS = 4
_LARGEST_PART = 255

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@frozen
class RedirectPolicy:
    """What the client's own base URL allows.

    Attributes:
        base_url: The client's base URL. Loopback and private addresses are allowed only when it is
            such an address itself, and plain http only from loopback to loopback.
        most_redirects: How many redirects are followed, one after the other.
    """

    base_url: str
    most_redirects: int = DEFAULT_MAX_REDIRECTS

    def target(self, current: str, location: str) -> Secret:
        """Return the URL that *location* means, seen from *current*.

        Raises:
            ConnectionFailedError: It is none that may be followed.
        """
        # Masked, because a traceback with locals shows this frame when the URL is refused.
        current, location = Secret(current), Secret(location)
        url, fault = self._judge(current, location)
        if fault is not None:
            raise ConnectionFailedError(
                f"the download was redirected {fault}, which is refused", outcome="rejected"
            )
        return Secret(url)

    def _judge(self, current: str, location: str) -> tuple[str, str | None]:
        """Return the URL, or say where it leads when it may not be followed: it is a secret."""
        try:
            parts = urlsplit(urljoin(str(current), str(location)))
            host, port = read_host(parts.hostname or ""), parts.port
        except ValueError:
            return "", "to what is no URL"
        if parts.scheme not in {"http", "https"} or port == 0 or parts.username is not None:
            return "", "to what is no https URL"
        address = _address_of(host)
        if address is not None and not self.allows(address):
            return "", f"to the address {address}"
        if parts.scheme == "http" and not (_is_loopback(host) and _is_loopback(self._own_host)):
            return "", "to what is no https URL"
        return _written(parts, host, port), None

    def allows(self, address: Address) -> bool:
        """Tell whether *address*, given or resolved, may be connected to."""
        return all(map(self._allows_one, _meanings(address)))

    def _allows_one(self, address: Address) -> bool:
        if address.is_link_local or any(address in network for network in _METADATA):
            return False
        if address.is_multicast or address.is_unspecified:
            return False
        own = _address_of(self._own_host)
        return _is_public(address) or (own is not None and not _is_public(own))

    def reaches(self, host: str) -> bool:
        """Tell whether *host* is written as an address, and one that may be connected to."""
        try:
            address = read_host(host)
        except ValueError:
            return False
        return not isinstance(address, str) and self.allows(address)

    @property
    def _own_host(self) -> Address | str:
        try:
            return read_host(urlsplit(self.base_url).hostname or "")
        except ValueError:  # a name of a kind that a private resolver may know
            return ""


def read_host(host: str) -> Address | str:
    """Read the host of a URL: as an address, in every form of one, or as a name.

    https://url.spec.whatwg.org/#concept-host-parser

    Raises:
        ValueError: It is neither.
    """
    if ":" in host:
        return ipaddress.IPv6Address(host if "%" not in host else "")
    name = host if host.isascii() else host.encode("idna").decode()
    name = name.lower().removesuffix(".")
    if not _NAME.fullmatch(name):
        raise ValueError("no host is written so")
    is_number = _NUMBER.fullmatch(name.rpartition(".")[2])
    return ipaddress.IPv4Address(_ipv4(name)) if is_number else name


def _ipv4(text: str) -> int:
    """Read `127.0.0.1`, `127.1`, `0177.0.0.1`, `0x7f000001`, `2130706433` and the like."""
    *front, last = map(_number, text.split("."))
    if len(front) >= _PARTS or any(number > _LARGEST_PART for number in front):
        raise ValueError("no address is written so")
    if last >= 1 << 8 * (_PARTS - len(front)):
        raise ValueError("no address is so large")
    return last + sum(number << 8 * (_PARTS - 1 - at) for at, number in enumerate(front))


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)


def _meanings(address: Address) -> Sequence[Address]:
    """Return what may be reached by an address: others, where something translates it."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    number = int(address)
    last = ipaddress.IPv4Address(number & 0xFFFF_FFFF)
    if address in _TRANSLATED_HERE:
        return (last, *_translated_here(number))
    if (address in _COMPATIBLE and number > 1) or any(address in one for one in _TRANSLATED):
        return (last,)
    if address in _TEREDO:
        return (ipaddress.IPv4Address(~number & 0xFFFF_FFFF),)
    embedded = address.ipv4_mapped or address.sixtofour
    if embedded is not None:
        return (embedded,)
    return (address, last) if number >> 32 & 0xFFFF_FFFF in _ISATAP else (address,)


def _translated_here(number: int) -> list[ipaddress.IPv4Address]:
    """Read the IPv4 addresses behind each shorter prefix that a network may use, if they can be."""
    # Eight bits in the middle are none of the address.
    parts = number >> 64 << 56 | number & (1 << 56) - 1
    read = [ipaddress.IPv4Address(parts >> 88 - length & 0xFFFF_FFFF) for length in _PREFIXES]
    return [one for one in read if not any(one in network for network in _NOWHERE)]


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global


def _address_of(host: Address | str) -> Address | None:
    if isinstance(host, str):
        return _LOOPBACK if host == "localhost" or host.endswith(".localhost") else None
    return host


def _is_loopback(host: Address | str) -> bool:
    address = _address_of(host)
    return address is not None and address.is_loopback


def _written(parts: SplitResult, host: Address | str, port: int | None) -> str:
    place = f"[{host}]" if isinstance(host, ipaddress.IPv6Address) else str(host)
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    # Some storages leave spaces and other letters as they are, which no request line can hold.
    path = quote(rest, safe=_KEPT, errors="surrogateescape")
    return f"{parts.scheme}://{place}{'' if port is None else f':{port}'}{path}"
