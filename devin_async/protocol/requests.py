"""Requests as plain values: what is sent for a call, decided without I/O."""

import functools
import math
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from devin_async.base.plain_json import as_array
from devin_async.errors import InvalidArgumentError
from devin_async.protocol.bodies import Body
from devin_async.protocol.endpoints import Endpoint

__all__ = ["Request", "build_request", "quoted"]
# `owner/name` of a repository travels with a raw slash: https://docs.devin.ai, repository indexing.
_SLASHES_KEPT = frozenset({"repository_path"})


class Request(Struct, frozen=True, kw_only=True):
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
        return self.endpoint.is_write


def build_request(
    endpoint: Endpoint[Any],
    base_url: str,
    path_values: Mapping[str, str],
    query: Mapping[str, Any] | None = None,
    body: Body | None = None,
) -> Request:
    """Build the request of *endpoint*; None in *query* is left out, lists repeat their key."""
    bare = _bare(endpoint, base_url, tuple(map(path_values.__getitem__, endpoint.parameters)))
    if not query and body is None:
        return bare
    url = bare.url + encode_query(query) if query else bare.url
    return Request(endpoint=endpoint, url=url, path=bare.path, body=body)


@functools.lru_cache(maxsize=1024)  # the same few ids come in call after call
def _bare(endpoint: Endpoint[Any], base_url: str, values: tuple[str, ...]) -> Request:
    """Build the request of *endpoint* that has no query and no body."""
    encoded = {
        name: quoted(value, safe="/" if name in _SLASHES_KEPT else "")
        for name, value in zip(endpoint.parameters, values, strict=True)
    }
    path = endpoint.path.format_map(encoded)
    return Request(endpoint=endpoint, url=base_url + path, path=path)


def encode_query(query: Mapping[str, Any]) -> str:
    """Write a query as the API reads it: `?a=1&tags=x&tags=y`, true and false in lower case."""
    pairs: list[str] = []
    for name, value in query.items():
        if type(value) is int:  # other values for each page of a range, in which nothing is quoted
            pairs.append(f"{quoted(name)}={value}")
        elif value is not None:
            parts = as_array(value)
            values = (value,) if parts is None else parts
            pairs.extend(f"{quoted(name)}={quoted(_query_text(name, part))}" for part in values)
    return f"?{'&'.join(pairs)}" if pairs else ""


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
    plain: object = value.value if isinstance(value, Enum) else value
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, str):
        return str(plain)
    if isinstance(plain, float) and not math.isfinite(plain):
        raise InvalidArgumentError(f"is {plain}; allowed: a finite number", argument=name)
    kind = type(value).__name__
    if plain is None or isinstance(plain, Iterable):  # its repr would select nothing
        raise InvalidArgumentError(
            f"has a {kind}; allowed: a text, a number, or a list of them", argument=name
        )
    return str(plain)
