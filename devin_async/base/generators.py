"""Async generators inside of others, and their end."""

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from typing import Any, Generic, Self, TypeVar

__all__ = ["closing"]

T = TypeVar("T")


class closing(AsyncIterator[T], Generic[T]):  # noqa: N801 - as contextlib's
    """Iterate over a generator inside of another one, and close it at the end of the block.

    An event loop that ends closes all generators at once that somebody left unfinished. One that
    another is just closing would be called while it is busy, which is logged as an error, so the
    loop is not told of the inner one (PEP 525, "Finalization"): who has it closes it.
    """

    def __init__(self, steps: AsyncGenerator[T, Any]) -> None:
        self._steps = steps
        self._has_begun = False

    async def __aenter__(self) -> Self:
        return self

    def __anext__(self) -> Awaitable[T]:
        if self._has_begun:
            return self._steps.__anext__()
        self._has_begun = True
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, None)
        try:
            return self._steps.__anext__()
        finally:
            sys.set_asyncgen_hooks(*hooks)

    async def __aexit__(self, *_: object) -> None:
        await self._steps.aclose()
