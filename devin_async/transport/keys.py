"""The API key, fixed or asked from a callable."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from devin_async.base.secret import Secret
from devin_async.config import KeySource, check_key

__all__ = ["Keys", "authorization", "bare_key"]


class Keys:
    """Gives the Authorization header, and a new one when the server refused the old.

    Attributes:
        header: Its value; None until a callable was asked for the key (`refresh`).
    """

    __slots__ = ("_lock", "_source", "header")

    def __init__(self, source: KeySource) -> None:
        self._source = source if callable(source) else None
        self.header = None if callable(source) else authorization(source)
        self._lock = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<Keys, {'fixed' if self._source is None else 'from a callable'}>"

    @property
    def can_refresh(self) -> bool:
        """Tell whether there is a callable to ask again."""
        return self._source is not None

    async def refresh(self, refused: Secret | None) -> Secret:
        """Ask the callable again, unless another task already did since *refused* was sent."""
        async with self._lock:
            if self._source is not None and (self.header is None or self.header == refused):
                self.header = authorization(check_key(await _ask(self._source)))
            assert self.header is not None  # noqa: S101 - a fixed key is set from the start
            return self.header


async def _ask(source: Callable[[], str | Awaitable[str]]) -> object:
    result = source()
    key: Any = await result if inspect.isawaitable(result) else result
    # Masked before it is checked, so that no traceback with locals shows it.
    return Secret(key) if isinstance(key, str) else key


def bare_key(authorization: Secret) -> Secret:
    """Give the key inside the Authorization header's value, which no message may repeat."""
    return Secret(authorization.removeprefix("Bearer "))


def authorization(key: str) -> Secret:
    """Write the value of the Authorization header."""
    return Secret(f"Bearer {key}")
