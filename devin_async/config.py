"""Settings: read once from arguments and the environment, checked, then frozen."""

import ipaddress
import os
import re
import sys
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast
from urllib.parse import SplitResult, urlsplit

import attrs
from attrs import field, frozen

from devin_async._version import __version__
from devin_async.base.arguments import (
    check_count,
    check_header_text,
    check_id,
    check_seconds,
    check_switch,
    is_async,
)
from devin_async.base.secret import Secret, masked_headers, masked_url
from devin_async.base.text import class_name
from devin_async.errors import ConfigurationError, InvalidArgumentError
from devin_async.events import EventHandler

if TYPE_CHECKING:
    from ssl import SSLContext

    import aiohttp

    from devin_async.jobs.budget import Budget

__all__ = [
    "APIVersion",
    "CallOptions",
    "ClientOptions",
    "Config",
    "KeySource",
    "Options",
    "load_config",
    "load_key",
    "load_options",
]

APIVersion = Literal["v3", "v3beta1"]
KeySource = str | Callable[[], str | Awaitable[str]]

DEFAULT_BASE_URL = "https://api.devin.ai"
KEY_VARIABLES = ("DEVIN_API_KEY", "DEVIN_SERVICE_USER_TOKEN")
# An answer of the API is well under a megabyte; a download can be a file of any kind.
DEFAULT_MAX_RESPONSE = 64 << 20
DEFAULT_MAX_DOWNLOAD = 1 << 30
DEFAULT_MAX_REDIRECTS = 5
USER_AGENT = f"devin_async/{__version__}"

# A base URL is often copied with a version at its end; `/api` is a real mount point (dedicated
# deployments serve `https://<company>.devinenterprise.com/api/v3/...`) and stays.
_VERSION_SUFFIX = re.compile(r"/(v3beta1|v3|v2|v1)$")
_QUOTES = frozenset("\"'`\u2018\u2019\u201c\u201d")
_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
# What frames a body is said by who sends it: another length would leave half of it to be read as
# the next request (RFC 9112, 11.2).
_FRAMING = "it follows from what is sent"
_NOT_THE_CALLERS = {
    "authorization": "give the key as api_key= instead",
    "content-length": _FRAMING,
    "transfer-encoding": _FRAMING,
    "content-encoding": _FRAMING,
}
_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # RFC 9110, 5.6.2


def _check_seconds(_: Any, attribute: Any, value: float | None) -> None:
    if value is not None or attribute.name != "deadline":
        check_seconds(attribute.name, cast("float", value))


def _check_limit(_: Any, attribute: Any, value: int | None) -> None:
    if value is None and attribute.name != "max_json_depth":
        raise InvalidArgumentError(f"{attribute.name} is None; allowed: a whole number")
    check_count(attribute.name, value, smallest=0 if attribute.name == "max_redirects" else 1)


def _check_handler(_: Any, attribute: Any, value: object) -> None:
    if value is not None and not callable(value):
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; allowed: a callable or None")
    if is_async(value):
        raise InvalidArgumentError(
            f"{attribute.name} is {value!r}, which nobody would await; allowed: a plain function"
        )


def _check_headers(_: Any, _attribute: Any, value: Mapping[str, str]) -> None:
    if not isinstance(value, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidArgumentError(
            f"headers is {class_name(value)}; allowed: a mapping of names to str"
        )
    for name, text in value.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidArgumentError(f"headers hold the name {name!r}, which no header can have")
        if (reason := _NOT_THE_CALLERS.get(name.lower())) is not None:
            raise InvalidArgumentError(f"headers may not hold {name}; {reason}")
        check_header_text(f"the value of {name} in headers", text)


def _check_switch(_: Any, attribute: Any, value: object) -> None:
    check_switch(attribute.name, value)


def _check_proxy(_: Any, attribute: Any, value: object) -> None:
    if not isinstance(value, str | None):
        raise InvalidArgumentError(
            f"is {class_name(value)}; allowed: a str, such as 'http://proxy.example:3128', or None",
            argument=attribute.name,
        )


def _check_user_agent(_: Any, attribute: Any, value: str) -> None:
    check_header_text(attribute.name, value)


class CallOptions(TypedDict, total=False):
    """What `DevinClient` and `with_options` take: how calls are made.

    Attributes:
        deadline: Seconds for a call with all its attempts and waits; None for no limit. Default
            300.
        max_attempts: Attempts for a call, the first included; waits on 429 are not counted.
            Default 5.
        attempt_timeout: Seconds for one attempt, from the pool to the last byte. Default 60.
        headers: Headers to send besides our own; those of a copy replace the original's.
        on_event: A plain function, called in the event loop with an `Event` for each request,
            response, retry, page and outcome; None for nobody.
        report_drift: Log fields, tags and enum values that the models do not have, each once; for
            debugging, each answer is read twice. Default False.
        strict: Raise `ResponseDecodeError` for an answer with a field that does not fit its model,
            instead of reading what fits and telling the rest as drift; for tests. Default False.
        max_response_bytes: Largest body of an answer in bytes, decompressed; what is larger, a
            `ResponseTooLargeError`, is not read to its end. Default 64 MiB.
        max_download_bytes: Largest file that is downloaded, in bytes. Default 1 GiB.
        max_redirects: How many redirects a download follows, one after the other; 0 for none.
            Default 5.
        max_json_depth: How many levels the JSON of an answer may be nested; None, the default, for
            as many as the parser takes, between a thousand and some ten thousand. A number costs a
            look through each answer: about as long again as a large page takes to decode.
        dry_run: Raise `DryRun`, which has the request, instead of sending a write; reads are sent.
            `await fan_out(...).plan()` lists what a job would send. Default False.
        budget: What the sessions that are created may cost together; None, the default, for
            anything.
    """

    deadline: float | None
    max_attempts: int
    attempt_timeout: float
    headers: Mapping[str, str]
    on_event: EventHandler | None
    report_drift: bool
    strict: bool
    max_response_bytes: int
    max_download_bytes: int
    max_redirects: int
    max_json_depth: int | None
    dry_run: bool
    budget: "Budget | None"


class ClientOptions(CallOptions, total=False):
    """What `DevinClient` takes besides the key: where it talks to, and how calls are made.

    Attributes:
        base_url: Where the API is, with or without a version at its end. Left out:
            DEVIN_BASE_URL, else https://api.devin.ai.
        org_id: What `organization()` without an id means. Left out: DEVIN_ORG_ID.
        api_version: "v3", or "v3beta1" for the dialect of the first published examples. Left out:
            DEVIN_API_VERSION, else the base URL's, else "v3".
        allow_http: Allow `http://` to other hosts than loopback, which shows the key on the way.
        connect_timeout: Seconds to get a connection. Default 5.
        proxy: URL of a proxy.
        trust_env: Use HTTP_PROXY, HTTPS_PROXY and NO_PROXY; never for loopback. Default True.
        user_agent: Instead of `devin_async/<version>`.
        session: An aiohttp session to use; it is not closed.
        ssl: Context for TLS, such as one with a company's certificates.
        trace_configs: aiohttp trace configurations for the session that is made.
    """

    base_url: str | None
    org_id: str | None
    api_version: APIVersion | None
    allow_http: bool
    connect_timeout: float
    proxy: str | None
    trust_env: bool
    user_agent: str | None
    session: "aiohttp.ClientSession | None"
    ssl: "SSLContext | None"
    trace_configs: "Sequence[aiohttp.TraceConfig]"


@frozen(kw_only=True)
class Options:
    """The `CallOptions` of a client or of a copy that its calls are made with, checked."""

    deadline: float | None = field(default=300.0, validator=_check_seconds)
    max_attempts: int = field(default=5, validator=_check_limit)
    attempt_timeout: float = field(default=60.0, validator=_check_seconds)
    headers: Mapping[str, str] = field(
        factory=dict[str, str], converter=masked_headers, validator=_check_headers
    )
    on_event: EventHandler | None = field(default=None, validator=_check_handler)
    report_drift: bool = field(default=False, validator=_check_switch)
    strict: bool = field(default=False, validator=_check_switch)
    max_response_bytes: int = field(default=DEFAULT_MAX_RESPONSE, validator=_check_limit)
    max_download_bytes: int = field(default=DEFAULT_MAX_DOWNLOAD, validator=_check_limit)
    max_redirects: int = field(default=DEFAULT_MAX_REDIRECTS, validator=_check_limit)
    max_json_depth: int | None = field(default=None, validator=_check_limit)
    dry_run: bool = field(default=False, validator=_check_switch)


@frozen(kw_only=True)
class Config:
    """What stays the same for the life of a client: where it talks to, and how."""

    base_url: str
    api_version: APIVersion = "v3"
    org_id: str | None = None
    connect_timeout: float = field(default=5.0, validator=_check_seconds)
    # May hold a password.
    proxy: str | None = field(default=None, repr=False, validator=_check_proxy)
    trust_env: bool = field(default=True, validator=_check_switch)
    user_agent: str = field(default=USER_AGENT, validator=_check_user_agent)


def load_config(options: ClientOptions) -> Config:
    """Put arguments, environment and defaults together, in that order of precedence.

    Raises:
        ConfigurationError: The base URL or the version cannot be used.
        InvalidArgumentError: The organization's id is none.
    """
    base_url, allow_http = options.get("base_url"), options.get("allow_http", False)
    check_switch("allow_http", allow_http)
    url, suffix = parse_base_url(
        base_url or _variable("DEVIN_BASE_URL") or DEFAULT_BASE_URL,
        allow_http=allow_http,
        name="base_url" if base_url else "DEVIN_BASE_URL",
    )
    return Config(
        base_url=url,
        api_version=_choose_version(options.get("api_version"), suffix),
        org_id=_choose_org_id(options.get("org_id")),
        connect_timeout=options.get("connect_timeout", 5.0),
        proxy=options.get("proxy"),
        trust_env=options.get("trust_env", True),
        user_agent=options.get("user_agent") or USER_AGENT,
    )


def check_way(options: Mapping[str, Any]) -> None:
    """Check the options that are objects of aiohttp or of ssl.

    aiohttp itself would find out at the first call, and would take `ssl=False`, which checks no
    certificate any more.

    Raises:
        InvalidArgumentError: One is something else.
    """
    context = options.get("ssl")
    if context is not None and not _is_of("ssl", "SSLContext", context):
        hint = ", such as ssl.create_default_context(cafile=...)" if _is_path(context) else ""
        raise InvalidArgumentError(f"ssl is {context!r}; allowed: an ssl.SSLContext{hint} or None")
    session = options.get("session")
    if session is not None and not _is_of("aiohttp", "ClientSession", session):
        raise InvalidArgumentError(
            f"session is {session!r}; allowed: an aiohttp.ClientSession or None"
        )
    if getattr(session, "auth", None) is not None:  # aiohttp sends no Authorization beside it
        raise InvalidArgumentError(
            "session has auth=, which would take the place of the API key; allowed: an "
            "aiohttp.ClientSession without auth="
        )
    traces: Any = options.get("trace_configs", ())
    is_list = isinstance(traces, Sequence) and not isinstance(traces, str)
    listed = cast("Sequence[object]", traces) if is_list else ()
    if not is_list or not all(_is_of("aiohttp", "TraceConfig", one) for one in listed):
        raise InvalidArgumentError(
            f"trace_configs is {traces!r}; allowed: a list of aiohttp.TraceConfig"
        )


def _is_of(module: str, name: str, value: object) -> bool:
    """Tell whether *value* is of a class, without loading its module: who has one has loaded it."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(value, getattr(loaded, name))


def _is_path(value: object) -> bool:
    return isinstance(value, (str, os.PathLike))


def load_options(options: Mapping[str, Any]) -> Options:
    """Check the `CallOptions` among *options*; what is left out has its default.

    Raises:
        InvalidArgumentError: A number or a handler is outside what is allowed.
    """
    names = attrs.fields_dict(Options)
    return Options(**{name: value for name, value in options.items() if name in names})


def _choose_version(asked: str | None, suffix: APIVersion | None) -> APIVersion:
    version = asked or _variable("DEVIN_API_VERSION") or suffix or "v3"
    if version == "v3beta1":
        return "v3beta1"
    if version == "v3":
        return "v3"
    name = "api_version" if asked else "DEVIN_API_VERSION"
    raise ConfigurationError(f"{name} is {version!r}; allowed: 'v3' or 'v3beta1'")


def _choose_org_id(org_id: str | None) -> str | None:
    if org_id:
        return check_id("org_id", org_id)
    variable = _variable("DEVIN_ORG_ID")
    return check_id("DEVIN_ORG_ID", variable) if variable else None


def _variable(name: str) -> str:
    """Read a variable without the line break that files and secret stores leave at its end."""
    return os.environ.get(name, "").strip()


def parse_base_url(
    base_url: str, *, allow_http: bool, name: str = "base_url"
) -> tuple[str, APIVersion | None]:
    """Split a base URL into itself without a version, and the version if it asks for the beta.

    *name* is where it comes from, for messages.
    """
    if not isinstance(base_url, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(
            f"{name} is {class_name(base_url)}; it has to be a str, such as '{DEFAULT_BASE_URL}'"
        )
    base_url = masked_url(base_url)
    parts = _split_url(base_url.strip())
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(
            f"{name} is {_without_userinfo(base_url)!r}; it needs a scheme and a host, such as "
            f"{DEFAULT_BASE_URL!r}"
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{name} may not hold a user, a query or a fragment",
            hint="Give the key as api_key= instead.",
            hint_kind="key_in_url",
        )
    if parts.scheme == "http" and not (allow_http or is_loopback(parts.hostname)):
        raise ConfigurationError(
            f"{name} is {base_url!r}, which would send the key unencrypted",
            hint="Use https://, or pass allow_http=True if the network between is yours.",
            hint_kind="insecure_url",
        )
    path = parts.path.rstrip("/")
    suffix = _VERSION_SUFFIX.search(path)
    version: APIVersion | None = "v3beta1" if suffix and suffix[1] == "v3beta1" else None
    root = _VERSION_SUFFIX.sub("", path).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{root}", version


def _split_url(url: str) -> SplitResult | None:
    """Split *url*; None when no host or port can be what it has in their place."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if not is_loopback(host):
            host.encode("idna")
        is_possible = parts.port != 0 and not any(map(str.isspace, parts.netloc))
    except ValueError:  # that of a name that is too long for DNS included
        return None
    return parts if is_possible else None


def _without_userinfo(url: str) -> str:
    return re.sub(r"^([^/]*//)?.*@", r"\1***@", url, flags=re.DOTALL)


def is_loopback(host: str) -> bool:
    """Tell whether *host* can only be this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def load_key(api_key: KeySource | None) -> KeySource:
    """Find the key: the argument, else the environment.

    Raises:
        ConfigurationError: There is none, or it cannot be a key.
    """
    if callable(api_key):
        return api_key
    if api_key is None:  # an empty one that was passed is no wish for the environment's
        # Masked from the first line on: a traceback with locals shows each of these frames.
        api_key = Secret(next((key for key in map(_variable, KEY_VARIABLES) if key), ""))
    if isinstance(api_key, str) and not api_key.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(
            "there is no API key",
            hint="Set DEVIN_API_KEY (or DEVIN_SERVICE_USER_TOKEN), or pass api_key=.",
            hint_kind="no_key",
        )
    return check_key(api_key)


def check_key(key: object) -> Secret:
    """Check what a user gave, or a callable returned, as key.

    Raises:
        ConfigurationError: It is not a str, or could not stand in an HTTP header.
    """
    if not isinstance(key, str):
        raise ConfigurationError(f"the API key is {class_name(key)}; it has to be a str")
    key = Secret(key.strip())
    quotes = [one for one in (key[:1], key[-1:]) if one in _QUOTES]
    if quotes:
        raise ConfigurationError(
            f"the API key stands in quotes ({quotes[0]!s}) that belong to it now",
            hint="Take them away: where it is set, they are no syntax but a part of the value.",
            hint_kind="bad_key",
        )
    if key[:7].lower() == "bearer ":
        raise ConfigurationError(
            "the API key begins with 'Bearer', which is put before it when it is sent",
            hint="Give the key alone.",
            hint_kind="bad_key",
        )
    if not _HEADER_SAFE.fullmatch(key):
        raise ConfigurationError(
            f"the API key has {len(key)} characters, some of which no key has (spaces, line "
            "breaks or non-ASCII characters)",
            hint_kind="bad_key",
        )
    if key.startswith("apk_"):
        warnings.warn(
            "this key begins with apk_: it belongs to the v1 and v2 APIs, and v3 refuses it; make "
            "a service user and use its cog_ key",
            UserWarning,
            stacklevel=4,
        )
    return key
