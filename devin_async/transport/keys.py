"""The API key, fixed or asked from a callable."""

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from devin_async.base.secret import Secret
from devin_async.config import KeySource, check_key

__all__ = ["Keys", "authorization"]

_REMEMBERED = 20


class Keys:
    """Gives the Authorization header, and a new one when the server refused the old.

    Attributes:
        header: Its value; None until a callable was asked for the key (`refresh`).
        issued: The keys that were sent, the earlier ones too: no message may repeat one.
    """

    __slots__ = ("_lock", "_source", "header", "issued")

    def __init__(self, source: KeySource) -> None:
        self._source = source if callable(source) else None
        self.header: Secret | None = None
        self.issued: deque[Secret] = deque(maxlen=_REMEMBERED)
        if not callable(source):
            self._issue(Secret(source))
        self._lock = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<Keys, {'fixed' if self._source is None else 'from a callable'}>"

    def renew_lock(self) -> None:
        """Forget who waited for the key in an event loop that has ended."""
        self._lock = asyncio.Lock()

    @property
    def can_refresh(self) -> bool:
        """Tell whether there is a callable to ask again."""
        return self._source is not None

    async def refresh(self, refused: Secret | None) -> Secret:
        """Ask the callable again, unless another task already did since *refused* was sent."""
        async with self._lock:
            if self._source is not None and (self.header is None or self.header == refused):
                self._issue(check_key(await _ask(self._source)))
            assert self.header is not None  # noqa: S101 - a fixed key is set from the start
            return self.header

    def _issue(self, key: Secret) -> None:
        self.header = authorization(key)
        self.issued.append(key)


async def _ask(source: Callable[[], str | Awaitable[str]]) -> object:
    result = source()
    key: Any = await result if inspect.isawaitable(result) else result
    # Masked before it is checked, so that no traceback with locals shows it.
    return Secret(key) if isinstance(key, str) else key


def authorization(key: Secret) -> Secret:
    """Write the value of the Authorization header."""
    return Secret("Bearer " + key)
