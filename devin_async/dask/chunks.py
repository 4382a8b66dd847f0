"""What the program does in a job: make chunks of items, and give each what became of it."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from attrs import field, frozen
from distributed import Event

from devin_async.base.tasks import cancel_and_wait, wait_for_end
from devin_async.dask.member import Member, run_chunk
from devin_async.dask.packing import Chunk, Packed, lost, packed, settle
from devin_async.errors import ConfigurationError, InvalidArgumentError
from devin_async.jobs.once import is_rerunning
from devin_async.jobs.runner import Executor

__all__ = ["Chunks"]

T = TypeVar("T")

_MOMENT = 0.05  # seconds that an item waits for others to fill its chunk
_CHUNKS_A_THREAD = 2  # one runs, and one is there when it ends


@frozen
class _Part:
    """An item that waits for what becomes of it."""

    item: bytes
    ended: asyncio.Future[Any] = field(factory=lambda: asyncio.get_running_loop().create_future())


class Chunks(Executor[Any, Any]):
    """The chunks of one job, in which its items run on the cluster.

    Args:
        cluster: The caller's client of Dask, with an event loop of its own or in this one.
        member: What each Dask worker is to be in the job.
        size: How many items a chunk has at the most.
    """

    def __init__(self, cluster: Any, member: Member, size: int) -> None:
        self._cluster = cluster
        self._member = member
        self._size = size
        self._job = f"devin_async-{uuid4().hex}"
        self._waiting: dict[bool, list[_Part]] = {False: [], True: []}  # by whether they are reruns
        self._timers: dict[bool, asyncio.TimerHandle] = {}
        self._carrying: set[asyncio.Task[None]] = set()
        self._marked: set[str] = set()
        self._is_open = False
        self._closing: asyncio.Task[None] | None = None

    async def open(self) -> int:
        """Have all Dask workers make their clients; tell how many items may be under way.

        Raises:
            ConfigurationError: One cannot, or there are none.
        """
        threads = await self._on_cluster(self._threads)
        if not threads:
            raise ConfigurationError(
                "the Dask cluster has no workers; await cluster.wait_for_workers(1) first, and "
                "give an adaptive cluster a minimum of 1"
            )
        self._is_open = True
        await self._on_cluster(self._register)
        return self._size * _CHUNKS_A_THREAD * threads

    async def run(self, item: Any) -> Any:
        """Send an item in its chunk, and give what the worker returned for it."""
        try:
            part = _Part(packed("an item of the source", item))
        except InvalidArgumentError as error:
            self.obstacle = error  # the others are likely to be of the same kind
            raise
        is_rerun = is_rerunning()
        waiting = self._waiting[is_rerun]
        waiting.append(part)
        if len(waiting) == 1:
            loop = asyncio.get_running_loop()
            self._timers[is_rerun] = loop.call_later(_MOMENT, self._send, is_rerun)
        if len(waiting) == self._size:
            self._send(is_rerun)
        return await part.ended

    async def close(self) -> None:
        """End what runs and the clients of the Dask workers, also if the waiting is cancelled."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await wait_for_end([self._closing])
        self._closing.result()

    async def _close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        await cancel_and_wait(self._carrying)
        # A cluster that is gone, or never heard of the job, has nothing to be ended.
        if self._is_open and self._cluster.status == "running":
            with contextlib.suppress(OSError, ValueError):
                await self._on_cluster(self._unregister)

    def _send(self, is_rerun: bool) -> None:  # noqa: FBT001 - timers call it, by position
        self._timers.pop(is_rerun).cancel()
        parts, self._waiting[is_rerun] = self._waiting[is_rerun], []
        chunk = Chunk(
            job=self._job,
            name=f"devin_async-{uuid4().hex}",
            items=[part.item for part in parts],
            is_rerun=is_rerun,
        )
        task = asyncio.create_task(self._carry(chunk, parts))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, chunk: Chunk, parts: list[_Part]) -> None:
        """Have a chunk run, and hand out what became of its items."""
        try:
            results = await self._on_cluster(partial(self._submit, chunk))
        except Exception as error:  # noqa: BLE001 - what became of the chunk became of its items
            self._give_up(parts, error)
            return
        for part, one in zip(parts, results, strict=True):
            settle(part.ended, one)

    def _give_up(self, parts: list[_Part], error: Exception) -> None:
        """End the items of a chunk that did not come back."""
        is_unusable = isinstance(error, ConfigurationError)
        if is_unusable:
            self.obstacle = error
        if isinstance(error, TypeError):
            self.fatal = error  # what the worker gave cannot be awaited
        for part in parts:
            if not part.ended.done():
                part.ended.set_exception(error if is_unusable else lost(f"{error}"))

    async def _on_cluster(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine in the event loop of the cluster's client, which may be another one."""
        loop: asyncio.AbstractEventLoop = self._cluster.loop.asyncio_loop
        if loop is asyncio.get_running_loop():
            return await make()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(make(), loop))

    async def _threads(self) -> int:
        if self._cluster.status != "running":
            raise ConfigurationError(
                f"the Dask client is {self._cluster.status}; an asynchronous one is made by "
                "`async with Client(..., asynchronous=True) as cluster`"
            )
        return sum((await self._cluster.nthreads()).values())

    async def _register(self) -> None:
        try:
            await self._cluster.register_plugin(self._member, name=self._job)
        except ConfigurationError:
            raise
        except Exception as error:
            raise ConfigurationError(
                f"a Dask worker cannot load the job: {type(error).__name__}: {error}",
                hint="Its environment needs the packages of the program, in the same versions.",
            ) from error

    async def _unregister(self) -> None:
        await self._cluster.unregister_worker_plugin(self._job)
        for name in tuple(self._marked):
            await self._forget(name)

    async def _submit(self, chunk: Chunk) -> list[Packed]:
        """Run a chunk on some Dask worker.

        Raises:
            ConfigurationError: It met one that cannot run it, and no other had begun it; or the
                scheduler is gone.
            Exception: What Dask makes of a chunk that was lost.
        """
        if self._cluster.status != "running":  # Dask would keep it, and might never answer
            raise ConfigurationError(
                f"the Dask client is {self._cluster.status}, so no more items were sent: its "
                "scheduler is gone, or somebody closed it"
            )
        self._marked.add(chunk.name)
        future = self._cluster.submit(run_chunk, chunk, key=f"{chunk.name}-run", pure=False)
        try:
            results: list[Packed] = await future
        except ConfigurationError as error:
            if await self._mark_of(chunk.name).is_set():
                raise lost(f"{error}") from error
            raise
        finally:
            future.release()
        # Its mark stays until the job ends: Dask's release may reach the scheduler after a worker
        # died, and a chunk that is run again then has to know that it had begun.
        return results

    async def _forget(self, name: str) -> None:
        """Have the scheduler forget that a chunk was begun."""
        await self._mark_of(name).clear()
        self._marked.discard(name)

    def _mark_of(self, name: str) -> Any:
        return Event(name, client=self._cluster)
