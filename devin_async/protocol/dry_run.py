"""Dry runs: what a write would have sent, with its secrets masked."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from attrs import frozen

from devin_async.base.plain_json import as_array, as_object
from devin_async.base.secret import redact
from devin_async.errors import DryRun
from devin_async.protocol.bodies import JSONBody, MultipartBody
from devin_async.protocol.requests import Request

__all__ = ["PlannedRequest", "rehearse"]

_READS = ("GET", "HEAD")


@frozen(kw_only=True)
class PlannedRequest:
    """A request that was planned and not sent.

    Attributes:
        method: HTTP method.
        path: Path as it would be sent.
        query: Values of each name of its query.
        json: Its JSON body, secret values as "***"; None without one.
        file: Name of the file that would be uploaded; None without one.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    json: Any = None
    file: str | None = None


def rehearse(request: Request) -> None:
    """Let a read pass, and stop at a write.

    Raises:
        DryRun: It is a write; `request` says what would have been sent.
    """
    if request.method in _READS:
        return
    raise DryRun(
        f"{request.method} {request.path} was not sent: this is a dry run",
        request=_described(request),
    )


def _described(request: Request) -> PlannedRequest:
    """Describe *request* without its secrets."""
    body = request.body
    return PlannedRequest(
        method=request.method,
        path=request.path,
        query=parse_qs(urlsplit(request.url).query, keep_blank_values=True),
        json=_masked(body) if isinstance(body, JSONBody) else None,
        file=body.file_name if isinstance(body, MultipartBody) else None,
    )


def _masked(body: JSONBody) -> Any:
    def mask(value: Any) -> Any:
        if isinstance(value, str):
            return redact(value, body.secrets)
        parts, fields = as_array(value), as_object(value)
        if parts is not None:
            return [mask(part) for part in parts]
        return value if fields is None else {name: mask(part) for name, part in fields.items()}

    return mask(msgspec.json.decode(body.content))
