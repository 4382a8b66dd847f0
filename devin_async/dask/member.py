"""What a Dask worker does in a job."""

import asyncio
from contextlib import nullcontext
from functools import partial
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from devin_async._version import __version__
from devin_async.base.tasks import cancel_and_wait
from devin_async.base.text import class_name
from devin_async.client import DevinClient
from devin_async.dask.packing import Chunk, Packed, load, lost, packed_error, packed_outcome
from devin_async.errors import ConfigurationError
from devin_async.jobs.fan_out import FanOut
from devin_async.jobs.ledger.rules import error_line
from devin_async.jobs.once import rerunning

__all__ = ["Member", "run_chunk"]


class Member(WorkerPlugin):
    """A Dask worker's part in a job: its client, and the chunks that it runs.

    Args:
        job: The worker of the fan-out and what makes its client, pickled.
        concurrency: How many items run at the most.
        rerun_unknown: Whether a chunk runs again that another process had begun.
    """

    def __init__(self, job: bytes, *, concurrency: int, rerun_unknown: bool) -> None:
        self._job = job
        self._concurrency = concurrency
        self._rerun_unknown = rerun_unknown
        self._version = __version__

    def setup(self, worker: Worker) -> None:
        """Make the client, when the job begins or the Dask worker joins it.

        Raises:
            ConfigurationError: It cannot be made here.
        """
        self._dask_worker: Any = worker
        self._slots = asyncio.Semaphore(self._concurrency)
        self._tasks: set[asyncio.Task[list[Packed]]] = set()
        self._devin: DevinClient | None = None
        self._unusable: ConfigurationError | None = None
        try:
            self._devin = self._made_client()
        except Exception as error:  # noqa: BLE001 - whatever the caller's function raises
            why = error.message if isinstance(error, ConfigurationError) else error_line(error)
            self._unusable = self._cannot(why)
            raise self._unusable from None

    def _made_client(self) -> DevinClient:
        if self._version != __version__:
            raise ConfigurationError(
                f"it has devin_async {__version__}, and the program {self._version}"
            )
        try:
            self._worker, make_client = load(self._job)
        except Exception as error:
            raise ConfigurationError(f"it cannot load the job: {error}") from error
        devin = make_client()
        if not isinstance(devin, DevinClient):
            raise ConfigurationError(f"make_client gave {class_name(devin)}, no DevinClient")
        return devin

    def _cannot(self, why: str) -> ConfigurationError:
        return ConfigurationError(
            f"the Dask worker {self._dask_worker.address} cannot take part: {why}",
            hint="What the job needs has to be in the environment of each Dask worker.",
        )

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - as Dask calls it
        """End the chunks and close the client, when the job or the Dask worker ends."""
        await cancel_and_wait(self._tasks)
        if self._devin is not None:
            # A copy by with_options leaves the pool to its owner, which nobody else can reach.
            await (self._devin._owner or self._devin).close()  # noqa: SLF001

    async def run(self, chunk: Chunk) -> list[Packed]:
        """Run a chunk.

        Raises:
            ConfigurationError: This Dask worker cannot run it.
            TypeError: What the worker gave cannot be awaited.
        """
        if self._unusable is not None:
            raise self._unusable
        # In a task of its own: the current one is Dask's, and not for a teardown to cancel.
        task = asyncio.create_task(self._run(chunk))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait([task])
        return _all_lost(chunk, "the job was ended") if task.cancelled() else task.result()

    async def _run(self, chunk: Chunk) -> list[Packed]:
        # Kept by the scheduler, since it has to outlive the process that runs the chunk.
        scheduler = self._dask_worker.scheduler
        was_begun = await scheduler.event_is_set(name=chunk.name)
        if was_begun and not self._rerun_unknown:
            return _all_lost(chunk, "its Dask worker died")
        items = self._loaded(chunk)
        await scheduler.event_set(name=chunk.name)
        with rerunning() if was_begun or chunk.is_rerun else nullcontext():
            worker = partial(self._worker, self._devin)
            outcomes = await FanOut(items, worker, concurrency=self._slots).collect()
        return [packed_outcome(outcome) for outcome in outcomes]

    def _loaded(self, chunk: Chunk) -> list[Any]:
        try:
            return [load(item) for item in chunk.items]
        except Exception as error:
            raise self._cannot(f"an item cannot be loaded: {error}") from error


async def run_chunk(chunk: Chunk) -> list[Packed]:
    """Run a chunk on this Dask worker; a coroutine, so that it runs in the worker's event loop."""
    member = get_worker().plugins.get(chunk.job)
    if not isinstance(member, Member):
        return _all_lost(chunk, "the job was ended")
    return await member.run(chunk)


def _all_lost(chunk: Chunk, why: str) -> list[Packed]:
    """Return outcomes of a chunk that does not run; raised, Dask would log each as a failure."""
    return [packed_error(lost(why)) for _ in chunk.items]
