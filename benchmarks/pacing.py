"""The rows about the pacer: tasks against a server's limit, in simulated time, without any I/O."""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

from attrs import define, field, frozen

from benchmarks.measuring import Contestant, Row, Setting
from benchmarks.targets import Sample, Target, at_least, below
from devin_async.protocol.pacing import Pacer

__all__ = ["RAISED", "ROWS", "STEADY", "RaisedLimit", "ServerLimit", "Simulation", "SteadyLimit"]

_TASKS = 64
_LONGEST_BACKOFF = 30.0
_CHANGE = 40  # seconds until a limit is raised
_END = 120

Asked = float | Literal["exact"] | None


@define
class ServerLimit:
    """How many requests a second a server takes.

    Args:
        rate: Requests a second, by the second.
        burst: For how many seconds a server saves up what nobody used; 0 counts each second anew.
        retry_after: What its 429 asks for; "exact" for until there is room.
    """

    rate: Callable[[float], float]
    burst: float = 1.0
    retry_after: Asked = None
    _tokens: float | None = field(init=False, default=None)
    _moment: float = field(init=False, default=0.0)

    def take(self, now: float) -> tuple[bool, float | None]:
        """Let a request through, or tell what the 429 asks for."""
        rate = self.rate(now)
        most = max(1.0, rate * self.burst)
        if self.burst == 0:
            most = rate
            passed = rate if int(now) > int(self._moment) else 0.0
        else:
            passed = (now - self._moment) * rate
        self._tokens = min(most, most if self._tokens is None else self._tokens + passed)
        self._moment = now
        if self._tokens >= 1:
            self._tokens -= 1
            return True, None
        exact = int(now) + 1 - now if self.burst == 0 else (1 - self._tokens) / rate
        return False, exact if self.retry_after == "exact" else self.retry_after


class Simulation:
    """Tasks that send one request after the other, as the transport does, in simulated time.

    Attributes:
        pacer: The pacer that they share.
        accepted: Requests that were let through, by second.
        refused: Those that were not.
        by_task: What was let through, by task.
    """

    def __init__(
        self, limit: ServerLimit, *, tasks: int = _TASKS, latency: float = 0.05, seed: int = 1
    ) -> None:
        self.pacer = Pacer()
        self.now = 0.0
        self.accepted: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()
        self.by_task: Counter[int] = Counter()
        self._limit = limit
        self._latency = latency
        self._random = random.Random(seed)
        self._numbers = itertools.count()
        self._agenda: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        for task in range(tasks):
            self._at(task / 10_000, self._begin, task, 0)

    def _at(self, moment: float, step: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self._agenda, (moment, next(self._numbers), step, arguments))

    def run(self, seconds: float) -> "Simulation":
        """Go on until *seconds* are over."""
        while self._agenda[0][0] < seconds:
            self.now, _, step, arguments = heapq.heappop(self._agenda)
            step(*arguments)
        return self

    def _begin(self, task: int, tries: int) -> None:
        self._queue(task, tries, self.pacer.ticket(self.now), waited=False)

    def _queue(self, task: int, tries: int, ticket: int, *, waited: bool) -> None:
        wait = self.pacer.wait(ticket, self.now)
        if wait > 0:
            self._at(self.now + wait, lambda: self._queue(task, tries, ticket, waited=True))
        else:
            self._at(self.now + self._half(), self._arrive, task, tries, self.now, waited)

    def _half(self) -> float:
        return self._latency * self._random.uniform(0.4, 0.6)

    def _arrive(self, task: int, tries: int, sent_at: float, waited: bool) -> None:  # noqa: FBT001
        is_accepted, asked = self._limit.take(self.now)
        answered = self._accept if is_accepted else self._refuse
        self._at(self.now + self._half(), answered, task, tries, sent_at, waited, asked)

    def _accept(self, task: int, _: int, __: float, waited: bool, ___: None) -> None:  # noqa: FBT001
        self.accepted[int(self.now)] += 1
        self.by_task[task] += 1
        self.pacer.accepted(self.now, waited=waited)
        self._begin(task, 0)

    def _refuse(
        self,
        task: int,
        tries: int,
        sent_at: float,
        _: bool,  # noqa: FBT001
        asked: float | None,
    ) -> None:
        self.refused[int(self.now)] += 1
        self.pacer.limited(self.now, sent_at, asked)
        backoff = self._random.uniform(0, min(_LONGEST_BACKOFF, 0.5 * 2**tries))
        self._at(self.now + backoff, self._begin, task, tries + 1)

    def used(self, first: int, last: int) -> float:
        """Tell which share of the limit was used between two seconds."""
        allowed = sum(self._limit.rate(second) for second in range(first, last))
        return sum(self.accepted[second] for second in range(first, last)) / allowed

    def refused_share(self, first: int, last: int) -> float:
        """Tell which share of the requests was refused between two seconds."""
        accepted = sum(self.accepted[second] for second in range(first, last))
        refused = sum(self.refused[second] for second in range(first, last))
        return refused / max(1, accepted + refused)

    def least_share(self) -> float:
        """Tell what the task had that had least, as a share of the mean."""
        counts = list(self.by_task.values())
        return min(counts) * len(counts) / sum(counts)


@frozen(kw_only=True)
class SteadyLimit:
    """A limit that stays, and what has to hold from the first to the second minute's end."""

    name: str
    burst: float = 1.0
    retry_after: Asked = None
    least_used: float = 0.95
    most_refused: float = 0.02

    def run(self, seed: int = 1) -> Simulation:
        """Simulate it, at 20 requests a second."""
        limit = ServerLimit(lambda _: 20, self.burst, self.retry_after)
        return Simulation(limit, seed=seed).run(_END)


STEADY = (
    SteadyLimit(name="steady, no Retry-After"),
    SteadyLimit(name="steady, exact", retry_after="exact"),
    SteadyLimit(name="steady, always 1 s", retry_after=1.0),
    SteadyLimit(name="steady, always 5 s", retry_after=5.0, least_used=0.85),
    SteadyLimit(name="steady, always 30 s", retry_after=30.0, least_used=0.6),
    SteadyLimit(name="each second anew", burst=0.0),
)


@frozen(kw_only=True)
class RaisedLimit:
    """A limit that is raised from 10 requests a second, and within how many seconds it is used."""

    name: str
    to: int
    within: int
    retry_after: Asked = None

    def seconds(self) -> float:
        """Tell after how many seconds four fifths of the new limit are used, two in a row."""
        limit = ServerLimit(lambda t: 10 if t < _CHANGE else self.to, 1.0, self.retry_after)
        simulation = Simulation(limit).run(_END)
        used = (
            second
            for second in range(_CHANGE, _END - 2)
            if all(simulation.accepted[one] > 0.8 * self.to for one in (second, second + 1))
        )
        return float(next(used, _END) - _CHANGE)


RAISED = (
    RaisedLimit(name="10 to 100", to=100, within=20),
    RaisedLimit(name="10 to 100, exact", to=100, within=20, retry_after="exact"),
    RaisedLimit(name="10 to 1000", to=1000, within=60),
    RaisedLimit(name="10 to 1000, exact", to=1000, within=60, retry_after="exact"),
)


def _steady(one: SteadyLimit) -> Contestant:
    async def run(_: int) -> Sample:
        simulation = one.run()
        return {
            "used": 100 * simulation.used(60, _END),
            "refused": 100 * simulation.refused_share(60, _END),
            "least": 100 * simulation.least_share(),
        }

    return Contestant(run=run)


@asynccontextmanager
async def _steady_limits(_: Setting) -> AsyncIterator[dict[str, Contestant]]:
    yield {one.name: _steady(one) for one in STEADY}


def _raised(one: RaisedLimit) -> Contestant:
    async def run(_: int) -> Sample:
        return {"delay": one.seconds()}

    return Contestant(run=run)


@asynccontextmanager
async def _raised_limits(_: Setting) -> AsyncIterator[dict[str, Contestant]]:
    yield {one.name: _raised(one) for one in RAISED}


def _steady_targets(one: SteadyLimit) -> tuple[Target, ...]:
    return (
        at_least(100 * one.least_used, measure="used", who=one.name),
        below(100 * one.most_refused, measure="refused", who=one.name),
        at_least(50, measure="least", who=one.name),
    )


ROWS = (
    Row(
        name="pacing",
        work="64 tasks at a limit of 20 requests a second, simulated: its second minute",
        open=_steady_limits,
        targets=[target for one in STEADY for target in _steady_targets(one)],
        measures=("used", "refused", "least"),
        rounds=1,
        quick_rounds=1,
    ),
    Row(
        name="pacing_raised",
        work="64 tasks at a limit that is raised, simulated: until 80 % of it are used",
        open=_raised_limits,
        targets=[below(one.within, measure="delay", who=one.name) for one in RAISED],
        measures=("delay",),
        rounds=1,
        quick_rounds=1,
    ),
)
