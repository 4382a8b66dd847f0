"""Workers and shortcuts for the tests of fan-outs with a ledger."""

import asyncio
from collections import Counter

import attrs

from devin_async import ConflictError, Ledger, OutcomeUnknownError
from devin_async.jobs.fan_out import FanOut

KEYS = [f"org-{number}" for number in range(1, 9)]


class Work:
    """A worker that counts its calls by item, and fails as `faults` say."""

    def __init__(self, **faults):
        self.calls = Counter()
        self.faults = {name.replace("_", "-"): fault for name, fault in faults.items()}

    async def __call__(self, item):
        self.calls[item] += 1
        await asyncio.sleep(0)
        if item in self.faults:
            raise self.faults[item]
        return {"session_id": f"devin-{item}", "prompt": "long and private"}

    def of(self, name):
        """Give a worker that is called with an attribute of the item."""
        return lambda item: self(getattr(item, name))


def rejected():
    return ConflictError("the limit is reached", status=409)


def lost():
    return OutcomeUnknownError("the connection broke")


async def run(ledger, worker, source=KEYS, *, concurrency=3, **options):
    return await FanOut(source, worker, concurrency=concurrency, ledger=ledger, **options).collect()


def use_file(job, kind, **state):
    """Have a fan-out open its ledger by a class of the test's, which begins with this state."""
    books = job._runner.books
    job._runner.books = attrs.evolve(books, file_type=type(kind.__name__, (kind,), state))


def states(ledger):
    """Give the state of each key."""
    return {item.key: item.state for item in ledger.report().items}


def item_of(ledger, key):
    return next(item for item in ledger.report().items if item.key == key)


def other_run(ledger, run):
    return Ledger(ledger.path, run=run)
