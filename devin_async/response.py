"""The raw answer that `DevinClient.request` gives."""

import builtins
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from devin_async import codec

__all__ = ["Response"]


@frozen(kw_only=True)
class Response:
    """An answer as the server sent it.

    Attributes:
        status: HTTP status, 2xx.
        headers: Headers; names match in any case.
        request_id: The server's id of the request, None when it gave none.
        bytes: The body; left out of the repr.
        max_json_depth: How many levels `json()` reads; None for what the parser takes.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    request_id: str | None
    bytes: "builtins.bytes" = field(repr=False)
    max_json_depth: int | None = field(default=None, repr=False)

    def json(self) -> Any:
        """Read the body as JSON.

        Raises:
            ResponseDecodeError: It is not JSON.
            ResponseTooLargeError: It is nested too deeply.
        """
        codec.check_depth(self.bytes, self.max_json_depth)
        return codec.load(self.bytes)
