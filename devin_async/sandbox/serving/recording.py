"""What was asked of the sandbox: the last requests, and counters without end."""

from collections import Counter, deque
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import attrs
import msgspec

MASK = "***"


@attrs.define(kw_only=True)
class RecordedRequest:
    """Hold one request as it arrived, without its token.

    Attributes:
        method: The HTTP method.
        path: The path as it was sent, still percent-encoded.
        query: The decoded query parameters in the order sent.
        headers: The header fields by lower-case name; *authorization* is masked.
        body: The bytes of the body.
        operation: The operation, such as `GET /v3/self`, or None for an unknown path.
        status: The status answered, or None while there is none or the connection was broken.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes = attrs.field(repr=False)
    operation: str | None
    status: int | None = None

    @property
    def json(self) -> Any:
        """Decode the body as JSON, or return None when it is empty."""
        return msgspec.json.decode(self.body) if self.body else None


class Recorder:
    """Keep the last requests and count all of them.

    Args:
        limit: How many requests are kept.
    """

    def __init__(self, limit: int) -> None:
        self.requests: deque[RecordedRequest] = deque(maxlen=limit)
        self._counts: Counter[str] = Counter()

    def add(self, request: RecordedRequest) -> None:
        """Keep and count one request."""
        self.requests.append(request)
        self._counts[request.operation or f"{request.method} {request.path}"] += 1

    def count(self, route: str) -> int:
        """Count the requests of a route, which may hold `*` as wildcard."""
        return sum(
            number
            for name, number in self._counts.items()
            if name == route or fnmatchcase(name, route)
        )


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Copy header fields by lower-case name, hiding the token."""
    return {
        name.lower(): MASK if name.lower() == "authorization" else value
        for name, value in headers.items()
    }
