"""Rounds, paired comparisons and verdicts: the one way in which everything here is measured.

Machines are noisy, so nothing is compared across time: in each round all contestants of a row take
turns, in an order that changes from round to round, and only figures of the same round are
compared. A busy machine makes fewer rounds in the time that a row has. A target is missed when the
whole 90 % interval of these comparisons, over five rounds or more, lies beyond it.
"""

import gc
import math
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from attrs import field, frozen

from benchmarks.targets import Measure, Sample, Target, Verdict

__all__ = [
    "Contestant",
    "Figure",
    "Judgement",
    "MissingPeerError",
    "Result",
    "Row",
    "Setting",
    "in_process",
    "measure_row",
]

_MOST_TURNS = 10


class MissingPeerError(Exception):
    """A package that a row compares with is not installed."""


@frozen(kw_only=True)
class Contestant:
    """One way to do the work of a row.

    Attributes:
        run: Does it so many times; gives what one item of it took.
        times: How often it does it in one round.
        every: It takes part in each round with such a number; more than 1 for a slow one.
    """

    run: Callable[[int], Awaitable[Sample]]
    times: int = 1
    every: int = 1


def in_process(
    work: Callable[[], Awaitable[object]], *, times: int = 1, items: int = 1, every: int = 1
) -> Contestant:
    """Make the contestant that does *work*, which is so many items, here and now."""

    async def run(number: int) -> Sample:
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(number):
            await work()
        done = number * items
        return {
            "wall": (time.perf_counter() - wall) / done,
            "CPU": (time.process_time() - cpu) / done,
        }

    return Contestant(run=run, times=times, every=every)


@frozen(kw_only=True)
class Setting:
    """Where and how a row is run.

    Attributes:
        url: Base URL of the fake server.
        is_quick: What takes long is left out.
    """

    url: str
    is_quick: bool


@frozen(kw_only=True)
class Row:
    """One piece of work, done by several contestants; the first one is what 1 means.

    Attributes:
        name: What `--only` selects by.
        work: One line about the work.
        open: Prepares the contestants.
        targets: What has to hold; those about a contestant that `--quick` leaves out do not count.
        measures: What is shown.
        rounds: How many rounds a full run makes.
        quick_rounds: How many `--quick` makes; with 0 it leaves the row out.
        item: What the figures are for one of.
    """

    name: str
    work: str
    open: Callable[[Setting], AbstractAsyncContextManager[dict[str, Contestant]]]
    targets: Sequence[Target] = ()
    measures: Sequence[Measure] = ("wall",)
    rounds: int = 21
    quick_rounds: int = 5
    item: str = ""


@frozen(kw_only=True)
class Figure:
    """What one contestant took: the median, and its ratio to the first contestant."""

    contestant: str
    measure: Measure
    median: float
    ratio: float


@frozen(kw_only=True)
class Judgement:
    """What became of a target: its value in each round, their median, 90 % of them, a verdict."""

    target: Target
    values: Sequence[float]
    median: float = field(init=False)
    interval: tuple[float, float] = field(init=False)
    verdict: Verdict = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "median", statistics.median(self.values))
        object.__setattr__(self, "interval", _interval(self.values))
        verdict = self.target.verdict(self.median, self.interval, len(self.values))
        object.__setattr__(self, "verdict", verdict)


@frozen(kw_only=True)
class Result:
    """What the rounds of a row told."""

    row: str
    work: str
    item: str
    rounds: int
    figures: Sequence[Figure]
    judgements: Sequence[Judgement]


async def measure_row(row: Row, setting: Setting, rounds: int, seconds: float = math.inf) -> Result:
    """Run *row* for *rounds* rounds, or as many as fit into *seconds*, but one at the least.

    A round before them does not count, if there is time for another.
    """
    started = time.monotonic()
    samples: list[dict[str, Sample]] = []
    async with row.open(setting) as contestants:
        first = await _round(contestants, list(contestants))
        gc.collect()
        gc.freeze()  # so that the collections between the turns are short
        while len(samples) < rounds:
            made = len(samples) + 1
            if (time.monotonic() - started) * (made + 1) / made > seconds or rounds == 1:
                break
            samples.append(await _round(contestants, _order(contestants, len(samples))))
        gc.unfreeze()
    samples = samples or [first]
    return Result(
        row=row.name,
        work=row.work,
        item=row.item,
        rounds=len(samples),
        figures=[_figure(name, m, samples) for m in row.measures for name in contestants],
        judgements=[
            Judgement(target=target, values=target.values(samples))
            for target in row.targets
            if {target.contestant, *target.against} <= contestants.keys()
        ],
    )


def _order(contestants: Mapping[str, Contestant], number: int) -> list[str]:
    taking_part = [name for name, one in contestants.items() if number % one.every == 0]
    turn = number % len(taking_part)
    return taking_part[turn:] + taking_part[:turn]


async def _round(contestants: Mapping[str, Contestant], order: Sequence[str]) -> dict[str, Sample]:
    """Let all take turns, short ones where the work is short: so noise meets all alike."""
    turns = min(_MOST_TURNS, *(contestants[name].times for name in order))
    taken: dict[str, list[Sample]] = {name: [] for name in order}
    for _ in range(turns):
        for name in order:
            one = contestants[name]
            taken[name].append(await one.run(one.times // turns))
    return {name: _mean(samples) for name, samples in taken.items()}


def _mean(samples: Sequence[Sample]) -> Sample:
    return {m: statistics.fmean(sample[m] for sample in samples) for m in samples[0]}


def _figure(name: str, measure: Measure, samples: Sequence[Mapping[str, Sample]]) -> Figure:
    first = next(iter(samples[0]))  # the first round keeps the order in which they were given
    both = [(one[name][measure], one[first][measure]) for one in samples if name in one]
    return Figure(
        contestant=name,
        measure=measure,
        median=statistics.median(own for own, _ in both),
        ratio=statistics.median(own / base for own, base in both),
    )


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Give between which 90 % of *values* lie."""
    if len(values) == 1:
        return values[0], values[0]
    parts = statistics.quantiles(values, n=20, method="inclusive")
    return parts[0], parts[-1]
