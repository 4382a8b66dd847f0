"""A world in which exports and tails are killed, refused and misled, and what must come of it."""

import asyncio
import contextlib
import gzip
import json
import tempfile
from contextlib import aclosing
from pathlib import Path

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from memory_server import time_range

from devin_async import BadRequestError, DevinError, PermissionDeniedError
from devin_async.base.clock import Clock
from devin_async.codec.decoding import WirePage
from devin_async.lists.export.disk import Disk
from devin_async.lists.export.run import export
from devin_async.lists.ranges.reading import TimeList
from devin_async.lists.tail import Tail, TailState, read_tail

NAME = "/v3/events"
START = 1_790_000_000
LATEST = 25  # seconds that an event may appear late
SETTLE = 30
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # no wait for a disk, where that is one


class World(Clock):
    """A list by time that grows, a clock that may be wrong, and what goes wrong besides."""

    def __init__(self):
        self.now, self.ahead = START + 100.0, 0.0
        self.events = []  # (created, appears, number)
        self.generation = 0
        self.quota = None
        self.is_answered = False
        self.patience = 0

    def use_quota(self):
        """Answer a request, or refuse it."""
        if self.quota is not None:
            self.quota -= 1
            if self.quota < 0:
                raise PermissionDeniedError("the quota is used up", status=403)
        self.is_answered = True

    def forget(self):
        """Be a new process, to which no answer has come."""
        self.is_answered = False
        self._own = self.now + self.ahead - self.monotonic()

    def monotonic(self):
        return self.now - START

    def time(self):
        return self.now + self.ahead

    @property
    def has_server_time(self):
        return self.is_answered

    def server_time(self):
        return self.now if self.is_answered else self.monotonic() + self._own

    async def sleep(self, seconds):
        self.now += seconds
        self.patience -= 1
        if self.patience < 0:
            raise EnoughError

    def jitter(self, seconds):
        return seconds


class EnoughError(BaseException):
    """Nobody waits any longer."""


class Crash(BaseException):
    """The end of the process."""


class CrashingDisk(Disk):
    """Ends the process after so many steps."""

    def __init__(self, steps):
        self.steps = steps

    def _step(self):
        self.steps -= 1
        if self.steps < 0:
            raise Crash

    def append(self, handle, content):
        self._step()
        super().append(handle, content)
        self._step()

    def write_aside(self, path, content):
        super().write_aside(path, content)
        self._step()

    def rename(self, aside, path):
        super().rename(aside, path)
        self._step()


class Events:
    """Reads the world's list."""

    name, route, paging, id_field, identity = NAME, f"GET {NAME}", "cursor", "event_id", NAME

    def __init__(self, world, query=None, *, as_raw=False):
        self.world, self.clock, self.query, self._as_raw = world, world, query or {}, as_raw

    def narrowed(self, query):
        return Events(self.world, {**self.query, **query}, as_raw=self._as_raw)

    async def __call__(self, cursor, page_size):
        world = self.world
        await asyncio.sleep(0)
        world.use_quota()
        generation, _, last = (cursor or "").partition(":")
        if cursor is not None and int(generation) != world.generation:
            raise BadRequestError("no such cursor", status=400)
        after, before = self.query.get("time_after"), self.query.get("time_before")
        rows = sorted(
            (created, number)
            for created, appears, number in world.events
            if appears <= world.now
            and (after is None or created >= after)
            and (before is None or created < before)
        )
        if last:
            created, _, number = last.partition("/")
            rows = [row for row in rows if row > (int(created), int(number))]
        size = page_size or 4
        shown, more = rows[:size], len(rows) > size
        items = [{"event_id": f"e{number}", "created_at": created} for created, number in shown]
        if self._as_raw:
            items = [msgspec.Raw(msgspec.json.encode(item)) for item in items]
        end = f"{world.generation}:{shown[-1][0]}/{shown[-1][1]}" if more else None
        return WirePage(items, end, more, None)


def spawn(work):
    return asyncio.ensure_future(work)


class Histories(RuleBasedStateMachine):
    """Kills, quotas, perished cursors and wrong clocks in any order."""

    def __init__(self):
        super().__init__()
        self.world = World()
        self.world.forget()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.tailed, self.checkpoint = [], None

    @initialize(
        many=st.integers(0, 60),
        end=st.integers(50, 400),
        suffix=st.sampled_from(["jsonl", "jsonl.gz"]),
        parallel=st.integers(1, 4),
    )
    def begin(self, many, end, suffix, parallel):
        self.end, self.parallel = START + end, parallel
        self.path = Path(self.folder.name, f"events.{suffix}")
        for number in range(many):  # all of them there before anybody looks
            self._add(START + number * 100 // many, START)

    @rule(
        ages=st.lists(st.integers(0, LATEST), min_size=1, max_size=12), late=st.integers(0, LATEST)
    )
    def happen(self, ages, late):
        """Let events happen, up to so many seconds ago, that appear up to so many late."""
        for age in ages:
            created = int(self.world.now) - age
            appears = min(max(self.world.now, created + late), created + LATEST)
            self._add(created, appears)

    def _add(self, created, appears):
        self.world.events.append((created, appears, len(self.world.events)))

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds):
        self.world.now += seconds

    @rule(ahead=st.sampled_from([-3600, -40, 0, 40, 3600]))
    def step_the_clock(self, ahead):
        self.world.ahead = ahead

    @rule()
    def let_cursors_perish(self):
        self.world.generation += 1

    @rule(quota=st.none() | st.integers(0, 8))
    def set_quota(self, quota):
        self.world.quota = quota

    @rule(steps=st.integers(0, 40), patience=st.integers(0, 1))
    def export(self, steps, patience):
        """Export by a new process, which ends after so many steps of its disk, or as it waits."""
        self.world.forget()
        self.world.patience = patience
        with contextlib.suppress(Crash, EnoughError, DevinError):
            self._export(CrashingDisk(steps))

    def _export(self, disk):
        source = TimeList(
            fetch=Events(self.world, {"order": "asc"}, as_raw=True),
            spawn=spawn,
            asked=time_range(START - 10, self.end, parallel=self.parallel),
            page_size=4,
            is_to_now=False,
        )
        return asyncio.run(export(source, self.path, disk=disk))

    @rule(pages=st.integers(1, 5), rounds=st.integers(0, 4))
    def follow(self, pages, rounds):
        """Follow by a new process, which ends after so many pages or rounds."""
        self.world.forget()
        self.world.patience = rounds
        with contextlib.suppress(EnoughError, DevinError):
            asyncio.run(self._follow(pages))

    async def _follow(self, pages_left):
        start = TailState(since=START - 10, seen={})
        if self.checkpoint is not None:
            start = read_tail(json.loads(self.checkpoint), NAME, "")
        tail = Tail(
            fetch=Events(self.world),
            spawn=spawn,
            digest="",
            start=start,
            settle=SETTLE,
            interval=7,
            heartbeat=20,
            outage=0,
        )
        async with aclosing(tail.pages()) as pages:
            async for page in pages:
                self.tailed += [item["event_id"] for item in page.items]
                self.checkpoint = json.dumps(page.checkpoint)
                pages_left -= 1
                if pages_left == 0:
                    return

    def teardown(self):
        try:
            if hasattr(self, "path"):
                self._check()
        finally:
            self.folder.cleanup()

    def _check(self):
        world = self.world
        world.quota, world.now = None, max(world.now, self.end) + 100
        world.forget()
        assert self._export(Disk()).finished
        world.patience = 30
        with contextlib.suppress(EnoughError):
            asyncio.run(self._follow(10_000))
        content = self.path.read_bytes()
        content = gzip.decompress(content) if self.path.suffix == ".gz" else content
        rows = [json.loads(line)["event_id"] for line in content.splitlines()]
        expected = [
            f"e{number}"
            for created, _, number in sorted(world.events, key=lambda event: (event[0], event[2]))
        ]
        within = {f"e{number}" for created, _, number in world.events if created < self.end}
        assert rows == [one for one in expected if one in within]
        assert sorted(self.tailed) == sorted(expected)
