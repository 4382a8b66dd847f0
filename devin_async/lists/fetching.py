"""What a list is read with: how pages are fetched, and how tasks are started."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from devin_async.base.clock import Clock
from devin_async.codec.decoding import WirePage

__all__ = ["Fetch", "Spawn"]

T = TypeVar("T")


class Spawn(Protocol):
    """Starts a task that belongs to the client."""

    def __call__(self, work: Coroutine[Any, Any, T], /) -> asyncio.Task[T]:
        """Start it."""
        ...


class Fetch(Protocol[T]):
    """Reads one page of a list."""

    def __call__(
        self, cursor: str | None, page_size: int | None, /
    ) -> Coroutine[Any, Any, WirePage[T]]:
        """Read the page after *cursor*."""
        ...

    @property
    def identity(self) -> str:
        """Tell the list and its query."""
        ...

    @property
    def clock(self) -> Clock:
        """Tell the time that open ends are fixed by, and wait by it while the client is open."""
        ...

    def narrowed(self, query: Mapping[str, Any], /) -> "Fetch[T]":
        """Give the reader of the same list with other values in its query."""
        ...

    def reading(self, model: Any, /) -> "Fetch[Any]":
        """Give the reader of the same pages whose items are read as *model*."""
        ...

    def raw(self) -> "Fetch[dict[str, Any]]":
        """Give the reader of the same pages whose items stay plain."""
        ...
