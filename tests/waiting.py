"""Waiting for what happens, never for how long it takes."""

import asyncio
from collections.abc import Callable

_HANGS = 300.0


async def until(condition: Callable[[], object]) -> None:
    """Wait until *condition* holds; the limit only ends a test that hangs."""
    async with asyncio.timeout(_HANGS):
        while not condition():  # noqa: ASYNC110 - nobody sets an event for it
            await asyncio.sleep(0.001)


async def settled(rounds: int = 200) -> None:
    """Let all that can go on go on: what needs no time has happened after so many rounds.

    A round looks at the sockets too, so loopback requests that were about to be sent have arrived.
    """
    for _ in range(rounds):
        await asyncio.sleep(0)
