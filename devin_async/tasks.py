"""Ending tasks so that none is left."""

import asyncio
from collections.abc import Iterable
from typing import Any

__all__ = ["cancel_and_wait"]


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel *tasks* and wait until all have ended, also when the waiting itself is cancelled."""
    ending = {task for task in tasks if task is not asyncio.current_task()}
    for task in ending:
        task.cancel()
    pending: set[asyncio.Task[Any]] = set(ending)
    cancelled: asyncio.CancelledError | None = None
    while pending:
        try:
            _, pending = await asyncio.wait(pending)
        except asyncio.CancelledError as error:
            cancelled = error
            pending = {task for task in ending if not task.done()}
    for task in ending:
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it as never retrieved
    if cancelled is not None:
        raise cancelled
