"""Which proxy the environment wants for a host, as curl and requests read it. No I/O."""

import ipaddress
import re
from collections.abc import Mapping

from attrs import field, frozen

from devin_async.base.secret import Secret

__all__ = ["ProxySetting", "choose_proxy", "is_excepted"]


@frozen
class ProxySetting:
    """A proxy and where it is set, for messages.

    Attributes:
        source: Variable or argument.
        text: What it holds; it may have a password.
    """

    source: str
    text: Secret = field(repr=False)


def choose_proxy(
    environment: Mapping[str, str], scheme: str, host: str, port: int
) -> ProxySetting | None:
    """Choose the proxy for *host*: that of its scheme, else that of all, unless NO_PROXY has it.

    The name in lower case is read first, and an empty one means none. HTTP_PROXY counts only
    outside of CGI, where a request header can set it: https://httpoxy.org
    """
    if is_excepted(_read(environment, "no_proxy")[1], host, port):
        return None
    name, text = _read(environment, f"{scheme}_proxy")
    if name == "HTTP_PROXY" and "REQUEST_METHOD" in environment:
        name, text = "", ""
    if not name:
        name, text = _read(environment, "all_proxy")
    return ProxySetting(name, Secret(text)) if text else None


def _read(environment: Mapping[str, str], name: str) -> tuple[str, str]:
    for one in (name, name.upper()):
        if one in environment:
            return one, environment[one].strip()
    return "", ""


def is_excepted(exceptions: str, host: str, port: int) -> bool:
    """Tell whether NO_PROXY, which is *exceptions*, names *host*.

    It holds names, which mean their subdomains too, also as `.suffix` or `*.suffix`; addresses and
    networks (`10.0.0.0/8`, `[::1]`); each may have a port; `*` means all.
    """
    host = host.strip("[]").rstrip(".").lower()
    entries = (entry for entry in re.split(r"[,\s]+", exceptions.lower()) if entry)
    return any(entry == "*" or _matches(entry, host, port) for entry in entries)


def _matches(entry: str, host: str, port: int) -> bool:
    name, wanted = _split_port(entry)
    if wanted and wanted != str(port):
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = name.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
    try:
        return address in ipaddress.ip_network(name, strict=False)
    except ValueError:
        return False


def _split_port(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return (name + rest, "") if rest.startswith("/") else (name, rest.removeprefix(":"))
    if entry.count(":") == 1:
        name, _, port = entry.partition(":")
        return name, port
    return entry, ""
