"""Rounds, paired ratios and verdicts.

Machines are noisy, so nothing is compared across time: in each round all contestants of a row take
turns, in an order that changes from round to round, and only the ratios within one round are taken.
A target is missed when the whole 90 % interval of these ratios lies beyond it.
"""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal

from attrs import frozen

__all__ = ["Contestant", "Measure", "MissingPeerError", "Result", "Row", "measure_row"]

Measure = Literal["wall", "CPU"]
Verdict = Literal["base", "met", "unclear", "missed", "info"]

_MOST_TURNS = 10


class MissingPeerError(Exception):
    """A package that a row compares with is not installed."""


@frozen
class Contestant:
    """One way to do the work of a row.

    Attributes:
        run: Does it once.
        times: How often it does it in one round.
    """

    run: Callable[[], Awaitable[object]]
    times: int = 1


@frozen(kw_only=True)
class Row:
    """One piece of work, done by several contestants; the first one is what 1 means.

    Attributes:
        name: What `--only` selects by.
        work: One line about the work.
        open: Prepares the contestants, given the base URL of the fake server.
        targets: The largest ratio allowed, by contestant and measure; the others inform.
        measures: What is compared.
        share: Part of the rounds that this row makes, less than 1 for a long one.
    """

    name: str
    work: str
    open: Callable[[str], AbstractAsyncContextManager[dict[str, Contestant]]]
    targets: Mapping[tuple[str, Measure], float]
    measures: Sequence[Measure] = ("wall",)
    share: float = 1.0


@frozen(kw_only=True)
class Result:
    """What the rounds told about one contestant and one measure.

    Attributes:
        row: Name of the row.
        contestant: Who.
        measure: Wall or CPU time.
        seconds: Median for doing the work once.
        ratios: Of each round, to the first contestant in the same round.
        target: Largest ratio allowed, or None.
        is_base: It is the first contestant, which the ratios refer to.
    """

    row: str
    contestant: str
    measure: Measure
    seconds: float
    ratios: Sequence[float]
    target: float | None
    is_base: bool

    @property
    def ratio(self) -> float:
        """Median ratio."""
        return statistics.median(self.ratios)

    @property
    def interval(self) -> tuple[float, float]:
        """Between which 90 % of the ratios lie."""
        if len(self.ratios) == 1:
            return self.ratios[0], self.ratios[0]
        parts = statistics.quantiles(self.ratios, n=20, method="inclusive")
        return parts[0], parts[-1]

    @property
    def verdict(self) -> Verdict:
        """Judge the ratio by the target; "unclear" when only the interval reaches it."""
        if self.target is None:
            return "base" if self.is_base else "info"
        if self.ratio <= self.target:
            return "met"
        return "unclear" if self.interval[0] <= self.target else "missed"


Sample = dict[Measure, float]


async def measure_row(row: Row, url: str, rounds: int) -> list[Result]:
    """Run *row* for *rounds* rounds, after one that does not count."""
    async with row.open(url) as contestants:
        await _round(contestants, list(contestants))
        gc.collect()
        gc.freeze()  # so that the collections between the turns are short
        samples = [await _round(contestants, _order(contestants, n)) for n in range(rounds)]
        gc.unfreeze()
    return [_result(row, m, name, samples) for m in row.measures for name in contestants]


def _order(contestants: Mapping[str, Contestant], number: int) -> list[str]:
    names = list(contestants)
    turn = number % len(names)
    return names[turn:] + names[:turn]


async def _round(contestants: Mapping[str, Contestant], order: Sequence[str]) -> dict[str, Sample]:
    """Let all take turns, short ones where the work is short: so noise meets all alike."""
    turns = min(_MOST_TURNS, *(contestant.times for contestant in contestants.values()))
    totals: dict[str, Sample] = {name: {"wall": 0.0, "CPU": 0.0} for name in order}
    for _ in range(turns):
        for name in order:
            await _turn(contestants[name], contestants[name].times // turns, totals[name])
    return {
        name: {measure: seconds / turns for measure, seconds in total.items()}
        for name, total in totals.items()
    }


async def _turn(contestant: Contestant, times: int, total: Sample) -> None:
    """Do the work *times* times, and add what doing it once took."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        await contestant.run()
    total["wall"] += (time.perf_counter() - wall) / times
    total["CPU"] += (time.process_time() - cpu) / times


def _result(
    row: Row, measure: Measure, name: str, samples: Sequence[Mapping[str, Sample]]
) -> Result:
    first = next(iter(samples[0]))  # the first round keeps the order in which they were given
    own = [sample[name][measure] for sample in samples]
    base = [sample[first][measure] for sample in samples]
    return Result(
        row=row.name,
        contestant=name,
        measure=measure,
        seconds=statistics.median(own),
        ratios=[one / other for one, other in zip(own, base, strict=True)],
        target=row.targets.get((name, measure)),
        is_base=name == first,
    )
