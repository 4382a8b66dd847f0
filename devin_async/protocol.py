"""Decisions without I/O: what is sent for a call, and what its answer means.

Nothing here opens a socket, reads a clock or waits; the transport asks and obeys.
"""

import email.utils
import functools
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Generic, Literal, TypeGuard, TypeVar
from urllib.parse import quote

from attrs import define, field, frozen

from devin_async.bodies import Body
from devin_async.errors import InvalidArgumentError
from devin_async.secret import Secret
from devin_async.values import as_array

__all__ = [
    "Answer",
    "Endpoint",
    "Failure",
    "Method",
    "Request",
    "Verdict",
    "build_request",
    "classify",
    "is_safe_to_repeat",
    "is_success",
    "quoted",
    "request_id",
    "retry_after",
]

T_co = TypeVar("T_co", covariant=True)

Method = Literal["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"]
BodyKind = Literal["none", "json", "merge_patch", "multipart"]
AnswerKind = Literal["model", "empty", "download"]
Envelope = Literal["items", "data", "tags", "organizations"]
Paging = Literal["cursor", "offset", "none"]

LONGEST_RETRY_AFTER = 60.0
_LONGEST_REQUEST_ID = 200
_SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_PASSING = frozenset({408, 500, 502, 503, 504})
_RATE_LIMITED = 429
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# `owner/name` of a repository travels with a raw slash: https://docs.devin.ai, repository indexing.
_SLASHES_KEPT = frozenset({"repository_path"})


@frozen(eq=False)
class Endpoint(Generic[T_co]):
    """One operation of the API, as the method beside it, its docstring and its tests know it.

    Attributes:
        method: HTTP method.
        path: Path template with its own prefix, `/v3/...` or `/v3beta1/...`.
        answer: Model of the answer, or of one item of a list; None when it is empty.
        permission: What the service user needs; None when any valid key will do.
        body: Kind of body that is sent.
        kind: Kind of answer: a model (or a list of it), nothing, or a redirect to a download.
        paging: How a list goes on; None when it is no list.
        envelope: Where in a list's answer the items are; a bare array is read as well.
        unconfirmed: The contract has it from one source only.
        deprecated: The API has something newer.
        seed: The same call in the v3beta1 dialect of the first published examples.
    """

    method: Method
    path: str
    answer: type[T_co] | None = None
    permission: str | None = None
    body: BodyKind = field(default="none", kw_only=True)
    kind: AnswerKind = field(default="model", kw_only=True)
    paging: Paging | None = field(default=None, kw_only=True)
    envelope: Envelope = field(default="items", kw_only=True)
    unconfirmed: bool = field(default=False, kw_only=True)
    deprecated: bool = field(default=False, kw_only=True)
    seed: "Endpoint[T_co] | None" = field(default=None, kw_only=True)
    route: str = field(init=False)
    parameters: tuple[str, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "route", f"{self.method} {self.path}")
        object.__setattr__(self, "parameters", tuple(_PLACEHOLDER.findall(self.path)))

    @property
    def permission_level(self) -> str:
        """Tell whose key it needs: "organization" or "enterprise"."""
        return "enterprise" if "/enterprise" in self.path else "organization"

    @property
    def beta(self) -> bool:
        """Tell whether it lives under `/v3beta1` only."""
        return self.path.startswith("/v3beta1/")


# Not frozen, as each call makes one, and an attribute of a frozen class takes five times as long to
# set: https://www.attrs.org/en/stable/how-does-it-work.html#immutability. Nobody changes one.
@define(kw_only=True)
class Request:
    """What will be sent, as plain values; without the key, which the transport adds.

    Attributes:
        endpoint: What it calls; of a path that the caller wrote, one without template.
        url: Whole URL, encoded.
        path: Path as sent, without base URL and query.
        body: The body, masked, or None.
        is_raw: The caller wrote the path.
    """

    endpoint: Endpoint[Any]
    url: str
    path: str
    body: Body | None = None
    is_raw: bool = False

    @property
    def method(self) -> str:
        """HTTP method."""
        return self.endpoint.method

    @property
    def route(self) -> str:
        """Method and path template, for events."""
        return self.endpoint.route

    @property
    def is_write(self) -> bool:
        """Tell whether an unanswered try may have changed something that a repeat would double."""
        return not is_safe_to_repeat(self.endpoint.method)


def is_safe_to_repeat(method: str) -> bool:
    """Tell whether sending *method* twice does no more than sending it once."""
    return method in _SAFE_TO_REPEAT


def build_request(
    endpoint: Endpoint[Any],
    base_url: str,
    path_values: Mapping[str, str],
    query: Mapping[str, Any] | None = None,
    body: Body | None = None,
) -> Request:
    """Build the request of *endpoint*; None in *query* is left out, lists repeat their key."""
    names = endpoint.parameters
    path = _fill(endpoint.path, names, tuple([path_values[name] for name in names]))
    url = f"{base_url}{path}{encode_query(query)}" if query else base_url + path
    return Request(endpoint=endpoint, url=url, path=path, body=body)


@functools.lru_cache(maxsize=1024)  # the same few ids come in call after call
def _fill(template: str, names: tuple[str, ...], values: tuple[str, ...]) -> str:
    encoded = {
        name: quoted(value, safe="/" if name in _SLASHES_KEPT else "")
        for name, value in zip(names, values, strict=True)
    }
    return template.format_map(encoded)


def encode_query(query: Mapping[str, Any]) -> str:
    """Write a query as the API reads it: `?a=1&tags=x&tags=y`, true and false in lower case."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if value is None:
            continue
        parts = as_array(value)
        values = (value,) if parts is None else parts
        pairs.extend((name, _query_text(name, part)) for part in values)
    return f"?{'&'.join(f'{quoted(name)}={quoted(text)}' for name, text in pairs)}" if pairs else ""


@functools.lru_cache(maxsize=1024)  # page after page has the same names, and most of the values
def quoted(text: str, *, safe: str = "") -> str:
    """Write *text* as a part of a URL.

    Raises:
        InvalidArgumentError: It has half a character, as what the system could not decode has.
    """
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:
        raise InvalidArgumentError(
            f"{text!r} cannot be a part of a URL; allowed: a str of whole characters"
        ) from None


def _query_text(name: str, value: object) -> str:
    said: object = value.value if isinstance(value, Enum) else value
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, str):
        return str(said)
    kind = type(value).__name__
    if said is None or isinstance(said, Iterable):  # its repr would select nothing
        raise InvalidArgumentError(
            f"{name} has a {kind}; allowed: a text, a number, or a list of them"
        )
    return str(said)


@define(kw_only=True)  # not frozen, for the same reason
class Answer:
    """A complete answer of the server."""

    status: int
    headers: Mapping[str, str] = field(repr=False)  # a Location may be a presigned URL
    body: bytes = field(repr=False)


@frozen(kw_only=True)
class Failure:
    """An attempt that brought no complete answer.

    Attributes:
        kind: "connection", "timeout", or "too_large" when reading the answer was given up.
        sent: Whether the request may have reached the server.
        detail: What went wrong, in one line.
    """

    kind: Literal["connection", "timeout", "too_large"]
    sent: bool
    detail: str


class Verdict(Enum):
    """What to do about a result that is no success."""

    REPEAT = "repeat"
    REPEAT_LIMITED = "repeat when the rate limit allows"
    REFRESH_KEY = "repeat with a new key"
    RAISE = "raise"


def is_success(result: Answer | Failure, request: Request) -> TypeGuard[Answer]:
    """Tell whether an attempt's result is what the caller gets."""
    if not isinstance(result, Answer):
        return False
    if 200 <= result.status < 300:  # noqa: PLR2004
        return True
    return request.endpoint.kind == "download" and result.status in _REDIRECTS


def classify(
    request: Request, result: Answer | Failure, *, may_repeat: bool, may_refresh_key: bool
) -> Verdict:
    """Decide by the retry table what follows from a result that is no success.

    Args:
        request: What was sent.
        result: What came of it.
        may_repeat: Attempts are left.
        may_refresh_key: The key comes from a callable that was not asked again yet.
    """
    if isinstance(result, Answer):
        if result.status == _RATE_LIMITED:
            return Verdict.REPEAT_LIMITED
        if result.status == 401 and may_refresh_key:  # noqa: PLR2004
            return Verdict.REFRESH_KEY
        is_safe = result.status in _PASSING and not request.is_write
    else:
        is_passing = result.kind != "too_large"  # a repeat would bring the same
        is_safe = is_passing and (not result.sent or not request.is_write)
    return Verdict.REPEAT if is_safe and may_repeat else Verdict.RAISE


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Read how many seconds the server asks to wait, else None.

    Takes `Retry-After-Ms`, and `Retry-After` in seconds or as HTTP date (RFC 9110, 10.2.3). A date
    is compared with the answer's own `Date`, so that a clock that runs wrong here does no harm.
    """
    milliseconds = _number(headers.get("Retry-After-Ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("Retry-After")
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    until = _http_date(value)
    if until is None:
        return None
    return max(0.0, until - (_http_date(headers.get("Date")) or now))


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _http_date(text: str | None) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(text or "")
    except (ValueError, TypeError, IndexError):
        return None
    return (moment if moment.tzinfo else datetime.combine(moment, moment.time(), UTC)).timestamp()


def request_id(headers: Mapping[str, str]) -> str | None:
    """Read the server's id of the request; None when it could not be shown on one line."""
    found = headers.get("X-Request-Id") or headers.get("Request-Id")
    is_shown = found is not None and found.isprintable() and len(found) <= _LONGEST_REQUEST_ID
    return found if is_shown else None


def authorization(key: str) -> Secret:
    """Write the value of the Authorization header."""
    return Secret(f"Bearer {key}")
