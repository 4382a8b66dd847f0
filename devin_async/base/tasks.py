"""Ending tasks so that none is left."""

import asyncio
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

__all__ = ["cancel_and_wait", "in_thread", "stack_in_debug_mode", "wait_for_end"]

T = TypeVar("T")


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel *tasks* and wait until all have ended, also when the waiting itself is cancelled."""
    ending = {task for task in tasks if task is not asyncio.current_task()}
    for task in ending:
        task.cancel()
    await wait_for_end(ending)


def stack_in_debug_mode() -> str:
    """Write where this is called, for a warning; "" unless asyncio or Python is in debug mode."""
    try:
        is_debug = asyncio.get_running_loop().get_debug()
    except RuntimeError:
        is_debug = sys.flags.dev_mode
    return "".join(traceback.format_stack()[:-2]) if is_debug else ""


async def in_thread(work: Callable[[], T]) -> T:
    """Run *work* in a thread and wait for its end, also when cancelled: it holds a file."""
    future = asyncio.get_running_loop().run_in_executor(None, work)
    await wait_for_end([future])
    return future.result()


async def wait_for_end(futures: Iterable[asyncio.Future[Any]]) -> None:
    """Wait until all *futures* have ended; a cancellation of the waiting is raised after that."""
    ending = set(futures)
    pending = ending
    cancelled: asyncio.CancelledError | None = None
    while pending:
        try:
            _, pending = await asyncio.wait(pending)
        except asyncio.CancelledError as error:
            cancelled = error
            pending = {future for future in ending if not future.done()}
    for future in ending:
        if not future.cancelled():
            future.exception()  # looked at, so that asyncio does not report it as never retrieved
    if cancelled is not None:
        raise cancelled
