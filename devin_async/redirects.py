"""Where a download may be redirected to, decided without I/O.

The API answers a download with a redirect to a presigned URL of some storage. Following it blindly
would let whoever controls that answer make this machine fetch from its own network, the cloud's
metadata address among others (server-side request forgery).
"""

import ipaddress
from urllib.parse import urljoin, urlsplit

from attrs import frozen

from devin_async.config import is_loopback
from devin_async.errors import ConnectionFailedError

__all__ = ["MOST_REDIRECTS", "RedirectPolicy"]

MOST_REDIRECTS = 5

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@frozen
class RedirectPolicy:
    """What the client's own base URL allows.

    Attributes:
        base_url: The client's base URL. Loopback and private addresses are allowed only when it is
            such an address itself, plain http only when it is plain http.
    """

    base_url: str

    def target(self, current: str, location: str) -> str:
        """Give the URL that *location* means, seen from *current*.

        Raises:
            ConnectionFailedError: It is none that may be followed.
        """
        url = urljoin(current, location)
        parts = urlsplit(url)
        allowed = {"https", urlsplit(self.base_url).scheme}
        if parts.scheme not in allowed or not parts.hostname or parts.username is not None:
            raise _refused("to what is no https URL")
        address = parse_address(parts.hostname)
        if address is not None and not self.allows(address):
            raise _refused(f"to the address {address}")
        return url

    def allows(self, address: Address) -> bool:
        """Tell whether *address*, given or resolved, may be connected to."""
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if address.is_link_local or address.is_multicast or address.is_unspecified:
            return False
        return address.is_global or self._is_inside()

    def _is_inside(self) -> bool:
        host = urlsplit(self.base_url).hostname or ""
        address = parse_address(host)
        return is_loopback(host) or (address is not None and not address.is_global)


def parse_address(host: str) -> Address | None:
    """Read *host* as an IP address; None when it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _refused(why: str) -> ConnectionFailedError:
    # The URL itself is a secret while it is valid, so it is not shown.
    return ConnectionFailedError(
        f"the download was redirected {why}, which is refused", outcome="rejected"
    )
