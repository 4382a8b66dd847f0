"""What a list is read with: how pages are fetched, and how tasks are started."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from devin_async.base.clock import Clock
from devin_async.codec.decoding import WirePage
from devin_async.protocol.endpoints import Paging

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
    def name(self) -> str:
        """Tell the path of the list, by which checkpoints know it."""
        ...

    @property
    def route(self) -> str:
        """Tell the method and the path template, by which events know it."""
        ...

    @property
    def paging(self) -> Paging:
        """Tell how the list goes on after a page."""
        ...

    @property
    def id_field(self) -> str | None:
        """Tell which field of an item holds its id; None where none does."""
        ...

    @property
    def identity(self) -> str:
        """Tell the list and its query."""
        ...

    @property
    def query(self) -> Mapping[str, Any]:
        """Tell the parameters of the list, its pages' own apart."""
        ...

    @property
    def clock(self) -> Clock:
        """Tell the time that open ends are fixed by, and wait by it while the client is open."""
        ...

    def narrowed(self, query: Mapping[str, Any], /) -> "Fetch[T]":
        """Return the reader of the same list with other values in its query."""
        ...

    def reading(self, model: Any, /) -> "Fetch[Any]":
        """Return the reader of the same pages whose items are read as *model*."""
        ...

    def raw(self) -> "Fetch[dict[str, Any]]":
        """Return the reader of the same pages whose items stay plain."""
        ...
