"""A fan-out over the machines of a Dask cluster (extra `dask`).

    from devin_async.dask import fan_out

    async def count_sessions(devin: DevinClient, organization: Organization) -> int:
        return len(await devin.organization(organization.org_id).sessions.list().collect())

    async with Client(address, asynchronous=True) as cluster:
        outcomes = await fan_out(cluster, organizations, count_sessions, concurrency=16).collect()

The program keeps the source, the ledger and the outcomes. Items travel in chunks; each worker
process of the cluster runs its chunks on one client, which it makes from its own environment.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from typing import TypeVar, Unpack

from devin_async._version import needs_extra
from devin_async.base.arguments import check_count
from devin_async.base.text import class_name
from devin_async.client import DevinClient
from devin_async.errors import InvalidArgumentError
from devin_async.jobs.fan_out import FanOut, FanOutOptions

try:
    from distributed import Client
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"dask", "distributed"}:
        raise
    raise ImportError(needs_extra("devin_async.dask", "dask")) from None

from devin_async.dask.chunks import Chunks
from devin_async.dask.member import Member
from devin_async.dask.packing import packed

__all__ = ["ClusterFanOut", "fan_out"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def fan_out(
    cluster: Client,
    source: Iterable[Item] | AsyncIterable[Item],
    worker: Callable[[DevinClient, Item], Awaitable[Result]],
    *,
    concurrency: int,
    chunk_size: int = 50,
    make_client: Callable[[], DevinClient] = DevinClient,
    **options: Unpack[FanOutOptions[Item, Result]],
) -> "ClusterFanOut[Item, Result]":
    """Run *worker* over *source* on a Dask cluster; nothing starts before it is read.

    It pays where work on the answers keeps a processor busy; one process sends requests as fast.
    Each worker process has its own client, and with it its own pace after a 429, retry budget and
    `Budget`. The key is read there and never sent. Results travel back, over the network of the
    cluster, so keep them small and without secrets.

    An item is a part of a chunk, and shares its fate when a worker process dies: the items of the
    chunk end with `OutcomeUnknownError`, done or not, or with *rerun_unknown* all run again.

    Args:
        cluster: A client of Dask, asynchronous or not; it is not closed.
        source: Any iterable or async iterable, such as a list of the API; read by the program.
        worker: Called with the client of the Dask worker and an item; its result is awaited. It
            shares the event loop of the Dask worker: what computes for more than a second belongs
            in `asyncio.to_thread`.
        concurrency: How many items run at the most in each worker process.
        chunk_size: How many items travel together; fewer when no more came for a moment.
        make_client: Makes the client of a worker process, there; picklable, and without a key.
        options: `FanOutOptions`, as for `DevinClient.fan_out`; the program keeps the ledger. With
            `rerun_unknown` a chunk, too, runs again whose process died. Right for workers that find
            what they did before: a create with `once=` looks first, which can take its `settle`.

    Raises:
        InvalidArgumentError: An argument is outside what is allowed, cannot be pickled, or holds an
            API key.
    """
    check_count("chunk_size", chunk_size, smallest=1)
    check_count("concurrency", concurrency, smallest=1)
    job = _packed_job(worker, make_client)
    rerun_unknown = bool(options.get("rerun_unknown"))
    member = Member(job, concurrency=concurrency, rerun_unknown=rerun_unknown)
    if options.get("ledger") is None:  # it is about the chunks alone then
        options.pop("rerun_unknown", None)
    return ClusterFanOut(Chunks(_checked_cluster(cluster), member, chunk_size), source, **options)


class ClusterFanOut(FanOut[Item, Result]):
    """A `FanOut` whose items run on a Dask cluster; it is read, collected and left as that is.

    Leaving it ends its chunks and closes the clients that it had made. At most two chunks for each
    thread of the cluster, as it was at the start, are under way.

    To read it raises `ConfigurationError` as well: there are no Dask workers, or one of them has no
    API key, another version of this package, or cannot load what it is to run.
    """

    def __init__(
        self,
        chunks: Chunks,
        source: Iterable[Item] | AsyncIterable[Item],
        **options: Unpack[FanOutOptions[Item, Result]],
    ) -> None:
        super().__init__(source, chunks, **options)


def _checked_cluster(cluster: object) -> Client:
    if not isinstance(cluster, Client):
        raise InvalidArgumentError(
            f"cluster is {class_name(cluster)}; allowed: a client of a Dask cluster, "
            "distributed.Client(...)"
        )
    return cluster


def _packed_job(worker: object, make_client: object) -> bytes:
    for name, value in (("worker", worker), ("make_client", make_client)):
        if not callable(value):
            raise InvalidArgumentError(
                f"is {class_name(value)}; allowed: a callable", argument=name
            )
        packed(name, value)
    return packed("worker and make_client", (worker, make_client))
