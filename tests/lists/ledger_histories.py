"""The same world with fan-outs that keep a ledger, which is killed, copied and deleted in use."""

import asyncio
import contextlib
import os
import shutil
from collections import Counter
from pathlib import Path

import attrs
from histories import Crash, Histories, spawn
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from devin_async import (
    BadRequestError,
    ConflictError,
    DevinError,
    Ledger,
    LedgerError,
    OutcomeUnknownError,
    PermissionDeniedError,
)
from devin_async.base import clock as clocks
from devin_async.base.locks import close_locked
from devin_async.codec.decoding import WirePage
from devin_async.jobs.fan_out import FanOut
from devin_async.jobs.ledger.file import LedgerFile
from devin_async.lists.pager import Pager

LIST = "/v3/organizations"
PAGE = 3
ENDS = ("done", "done", "rejected", "lost", "strange")  # of a worker


@attrs.frozen
class Organization:
    """An item of the fan-outs' list."""

    org_id: str


class Organizations:
    """Reads the world's organizations, by places; the last one may come first meanwhile."""

    name, route, paging, id_field, identity = LIST, f"GET {LIST}", "cursor", "org_id", LIST

    def __init__(self, world, moves):
        self.world, self.clock, self.query, self._moves = world, world, {}, moves

    async def __call__(self, cursor, page_size):
        world = self.world
        await asyncio.sleep(0)
        world.use_quota()
        if self._moves and cursor is not None:
            self._moves -= 1
            world.organizations.insert(0, world.organizations.pop())
        generation, _, place = (cursor or f"{world.generation}:0").partition(":")
        if int(generation) != world.generation:
            raise BadRequestError("no such cursor", status=400)
        stop = int(place) + PAGE
        more = stop < len(world.organizations)
        items = [Organization(one) for one in world.organizations[int(place) : stop]]
        return WirePage(items, f"{generation}:{stop}" if more else None, more, None)


class DyingFile(LedgerFile):
    """Ends the process at one of its commits, or has the file taken away there.

    Attributes:
        at: At which one; None for none.
        how: "before" it, "after" it, or "deleted".
        is_dead: Whether the process has ended.
    """

    at, how, number, is_dead = None, "", 0, False

    def commit(self, steps):
        if self.is_dead:
            raise Crash
        type(self).number += 1
        if self.number != self.at:
            return super().commit(steps)
        if self.how == "deleted":
            os.link(self.path, self.path.with_name("kept"))
            self.path.unlink()
            return super().commit(steps)
        type(self).is_dead = True
        if self.how == "after":
            super().commit(steps)
        raise Crash

    def close(self):
        if not self.is_dead:
            super().close()
            return
        self._connection.close()
        close_locked(self._lock._handle)  # the system does no more than this for a dead process


class LedgerHistories(Histories):
    """Fan-outs beside the exports and the tail, with one ledger through all of their ends."""

    def __init__(self):
        super().__init__()
        self.world.organizations = []
        self.calls, self.applied = Counter(), Counter()
        self.reruns, self.handed, self.faults = Counter(), set(), []
        self._fold = 0

    @initialize(count=st.integers(1, 12), of_list=st.booleans())
    def open_ledger(self, count, of_list):
        self.of_list = of_list
        self._move_to_new_folder()
        for _ in range(count):
            self.add_organization()

    def _move_to_new_folder(self):
        self._fold += 1
        folder = Path(self.folder.name, f"ledger-{self._fold}")
        folder.mkdir()
        self.ledger = Ledger(folder / "jobs.sqlite", run="daily")

    @rule()
    def add_organization(self):
        self.world.organizations.insert(0, f"org-{len(self.world.organizations)}")

    @rule()
    def copy_the_ledger_alone(self):
        """Go on elsewhere with the named file, as a cache of CI does."""
        before = self.ledger.path
        self._move_to_new_folder()
        if before.exists():
            shutil.copy(before, self.ledger.path)

    @rule(
        ends=st.lists(st.sampled_from(ENDS), min_size=1, max_size=6),
        crash=st.none() | st.integers(1, 12),
        how=st.sampled_from(["before", "after", "deleted"]),
        leave=st.none() | st.integers(0, 6),
        concurrency=st.integers(1, 4),
        again=st.fixed_dictionaries(
            {"retry_failed": st.booleans(), "rerun_unknown": st.booleans()}
        ),
        moves=st.integers(0, 3),
    )
    def run_job(self, *, ends, crash, how, leave, concurrency, again, moves):
        """Run the job by a new process; it may crash, lose its file, or be left by its reader."""
        self.world.forget()
        job = self._job(ends, concurrency, again, moves)
        file_type = type("File", (DyingFile,), {"at": crash, "how": how})
        job._runner.books = attrs.evolve(job._runner.books, file_type=file_type)
        error = self._carry_out(job, leave)
        self._look_after(error, is_deleted=file_type.number >= (crash or 99) and how == "deleted")

    def _job(self, ends, concurrency, again, moves):
        states = self._states()
        called = set()
        count = iter(range(10_000))

        async def work(organization):
            key = organization.org_id
            self._check_call(key, states.get(key), key in called, again)
            called.add(key)
            self.calls[key] += 1
            self.world.now += 1
            await asyncio.sleep(0)
            self.world.use_quota()
            end = ends[next(count) % len(ends)]
            if end == "rejected":
                raise ConflictError("the limit is reached", status=409)
            self.applied[key] += 1
            if end == "lost":
                raise OutcomeUnknownError("the connection broke")
            if end == "strange":
                raise KeyError(key)
            return {"session_id": f"devin-{key}"}

        source = Pager(fetch=Organizations(self.world, moves), spawn=spawn)
        if not self.of_list:
            source = map(Organization, list(self.world.organizations))
        return FanOut(source, work, concurrency=concurrency, ledger=self.ledger, **again)

    def _check_call(self, key, state, is_second, again):
        """Note an item that nobody may run now, by what it has done and what its row says."""
        is_asked_for = state == "unknown" and again["rerun_unknown"]
        self.reruns[key] += is_asked_for
        may_run = {None, "pending"} | {"failed"} - {"failed" * (not again["retry_failed"])}
        is_double = self.applied[key] and not is_asked_for
        if is_second or is_double or key in self.handed or not (is_asked_for or state in may_run):
            self.faults.append((key, state, is_second, self.applied[key], again))

    def _carry_out(self, job, leave):
        """Read outcomes until the end, *leave* or a crash; give the error that ended it."""
        clocks.in_use, before = self.world, clocks.in_use
        try:
            asyncio.run(self._read(job, leave))
        except (Crash, DevinError) as error:
            return error
        finally:
            clocks.in_use = before
        return None

    async def _read(self, job, leave):
        async with job as outcomes:
            async for outcome in outcomes:
                if outcome.ok:
                    self.handed.add(outcome.item.org_id)
                leave = None if leave is None else leave - 1
                if leave == 0:
                    return

    def _look_after(self, error, *, is_deleted):
        assert self.faults == []
        if is_deleted:
            assert isinstance(error, LedgerError)
            kept = self.ledger.path.with_name("kept")
            self._move_to_new_folder()
            kept.replace(self.ledger.path)
        allowed = (Crash, LedgerError) if is_deleted else (Crash, BadRequestError)
        allowed = (*allowed, PermissionDeniedError, DevinError if self.of_list else Crash)
        assert error is None or isinstance(error, allowed)
        states = self._states()
        assert "started" not in states.values()
        assert {key for key in self.calls if states.get(key, "pending") == "pending"} == set()
        assert {states[key] for key in self.handed} <= {"done"}
        for key, state in states.items():
            assert state != "done" or self.applied[key]
            assert state != "failed" or not self.applied[key]

    def _states(self):
        with contextlib.suppress(LedgerError):
            return {item.key: item.state for item in self.ledger.report().items}
        return {}

    def _check(self):
        super()._check()
        if not hasattr(self, "ledger"):
            return
        again = {"retry_failed": True, "rerun_unknown": True}
        assert self._carry_out(self._job(["done"], 3, again, 0), None) is None
        self._look_after(None, is_deleted=False)
        assert self._states() == dict.fromkeys(self.world.organizations, "done")
        for key in self.world.organizations:
            assert 1 <= self.applied[key] <= 1 + self.reruns[key]
