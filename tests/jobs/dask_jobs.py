"""Workers of fan-outs on a Dask cluster, which its processes import, and what they note."""

import asyncio
import os
import signal
import threading
from collections import Counter

from distributed import LocalCluster, get_worker

from devin_async import ConflictError, DevinClient


def two_workers(*, threads, processes):
    """Give a cluster of two Dask workers, to be opened by `async with`."""
    return LocalCluster(
        n_workers=2,
        threads_per_worker=threads,
        processes=processes,
        asynchronous=True,
        dashboard_address=":0",
        silence_logs=False,
    )


class Notes:
    """What the workers of a test did; they share its process."""

    def __init__(self):
        self.calls = Counter()
        self.clients = {}
        self.running = Counter()
        self.peaks = Counter()
        self.cancelled = Counter()
        self.release = asyncio.Event()


NOTES = Notes()


async def note(devin, item):
    """Note the call, on which Dask worker it is, and how many of it run there."""
    where = get_worker().address
    NOTES.calls[item] += 1
    NOTES.clients.setdefault(where, set()).add(devin)
    NOTES.running[where] += 1
    NOTES.peaks[where] = max(NOTES.peaks[where], NOTES.running[where])
    try:
        await asyncio.sleep(0.001)
    finally:
        NOTES.running[where] -= 1
    return f"{item} done"


async def hang(devin, item):
    NOTES.calls[item] += 1
    try:
        await NOTES.release.wait()
    except asyncio.CancelledError:
        NOTES.cancelled[item] += 1
        raise


async def hang_at_first(devin, item):
    """Hang in the first call of an item, so that somebody can end the Dask worker meanwhile."""
    NOTES.calls[item] += 1
    if NOTES.calls[item] == 1:
        await NOTES.release.wait()
    return await create_once(devin, item)


async def create(devin, org_id):
    session = await devin.organization(org_id).sessions.create("Check")
    return {"session_id": session.session_id}


async def create_once(devin, org_id):
    sessions = devin.organization(org_id).sessions
    session = await sessions.create("Check", once="daily", settle=1)
    return {"session_id": session.session_id}


class Killer:
    """A worker that kills its process once, right after it did its work for the victim."""

    def __init__(self, worker, victim, flag):
        self.worker, self.victim, self.flag = worker, victim, flag

    async def __call__(self, devin, item):
        result = await self.worker(devin, item)
        if item == self.victim and not self.flag.exists():
            self.flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return result


async def look_slowly(devin, organization):
    """Give what is the same each time; some organizations take longer than others."""
    await asyncio.sleep(organization.org_id.encode()[-1] % 4 / 1000)
    sessions = await devin.organization(organization.org_id).sessions.list().collect()
    return organization.name, len(sessions)


async def die(devin, item):
    os._exit(item)


class UnloadableError(Exception):
    """Can be pickled, and not be loaded: its arguments are not those of its constructor."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


async def fail(devin, item):
    """Give each kind of outcome."""
    match item % 6:
        case 0:
            raise ConflictError("the limit is reached", status=409, request_id="req-7")
        case 1:
            raise KeyError(item)
        case 2:
            raise UnloadableError("this", "that")
        case 3:
            return threading.Lock()
        case 4:
            raise ExceptionGroup("two", [ValueError("x"), TypeError("y")])
    return item


def give_no_awaitable(devin, item):
    NOTES.calls[item] += 1
    return item


class Outside:
    """An item that Dask workers cannot load."""

    def __reduce__(self):
        return load_outside, ()


def load_outside():
    raise ImportError("there is no such module here")


def make_limited():
    return DevinClient().with_options(max_attempts=1)
