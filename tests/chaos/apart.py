"""A process of its own for work whose warnings, descriptors and memory are watched."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import attrs

from benchmarks.chaos.running import memory


@attrs.frozen
class Ended:
    """What a function returned, and how many MB its process grew by."""

    result: Any
    growth: float


async def in_its_own_process(
    function: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any
) -> Ended:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, _run, function, *arguments)


def _run(function: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> Ended:
    before = memory()
    result = asyncio.run(function(*arguments))
    return Ended(result, memory() - before)
