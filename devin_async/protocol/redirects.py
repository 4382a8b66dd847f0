"""Where a download may be redirected to, decided without I/O.

The API answers a download with a redirect to a presigned URL of some storage. Following it blindly
would let whoever controls that answer make this machine fetch from its own network, the cloud's
metadata address among others (server-side request forgery).
"""

import ipaddress
from urllib.parse import quote, urljoin, urlsplit

from attrs import frozen

from devin_async.base.secret import Secret
from devin_async.config import DEFAULT_MAX_REDIRECTS, is_loopback
from devin_async.errors import ConnectionFailedError

__all__ = ["RedirectPolicy"]

_KEPT = "%!#$&'()*+,/:;=?@[]~"  # RFC 3986, 2.2, and what is encoded already
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@frozen
class RedirectPolicy:
    """What the client's own base URL allows.

    Attributes:
        base_url: The client's base URL. Loopback and private addresses are allowed only when it is
            such an address itself, plain http only when it is plain http.
        most_redirects: How many redirects are followed, one after the other.
    """

    base_url: str
    most_redirects: int = DEFAULT_MAX_REDIRECTS

    def target(self, current: str, location: str) -> Secret:
        """Give the URL that *location* means, seen from *current*.

        Raises:
            ConnectionFailedError: It is none that may be followed.
        """
        # Masked, because a traceback with locals shows this frame when the URL is refused.
        current, location = Secret(current), Secret(location)
        fault = self._fault(current, location)
        if fault is not None:
            raise ConnectionFailedError(
                f"the download was redirected {fault}, which is refused", outcome="rejected"
            )
        # Some storages leave spaces and other letters as they are, which no request line can hold.
        return Secret(quote(urljoin(current, location), safe=_KEPT, errors="surrogateescape"))

    def _fault(self, current: str, location: str) -> str | None:
        """Say where it leads when it may not be followed; the URL itself is a secret."""
        try:
            parts = urlsplit(urljoin(current, location))
            has_place = bool(parts.hostname) and parts.port != 0
        except ValueError:
            return "to what is no URL"
        allowed = {"https", urlsplit(self.base_url).scheme}
        if parts.scheme not in allowed or not has_place or parts.username is not None:
            return "to what is no https URL"
        address = parse_address(parts.hostname or "")
        if address is not None and not self.allows(address):
            return f"to the address {address}"
        return None

    def allows(self, address: Address) -> bool:
        """Tell whether *address*, given or resolved, may be connected to."""
        if isinstance(address, ipaddress.IPv6Address):
            address = _embedded(address) or address
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            return False
        return address.is_global or self._is_inside()

    def _is_inside(self) -> bool:
        host = urlsplit(self.base_url).hostname or ""
        address = parse_address(host)
        return is_loopback(host) or (address is not None and not address.is_global)


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Give the IPv4 address that an IPv6 address stands for, where something translates it."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def parse_address(host: str) -> Address | None:
    """Read *host* as an IP address; None when it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
