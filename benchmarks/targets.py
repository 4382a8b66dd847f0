"""What has to hold, and how rounds decide about it."""

from collections.abc import Mapping, Sequence
from typing import Literal

import attrs
from attrs import frozen

__all__ = [
    "LEAST_ROUNDS",
    "Measure",
    "Sample",
    "Target",
    "Verdict",
    "above",
    "at_least",
    "at_most",
    "below",
    "faster",
    "goal",
]

Measure = Literal["wall", "CPU", "memory", "size", "used", "refused", "least", "delay"]
"""Wall and CPU time in seconds, peak of memory in MB, size in kB; of a limit of requests: how much
of it was used, how many requests were refused, what the task had that had least, all in per cent,
and after how many seconds it was used."""

Sample = Mapping[Measure, float]
"""What a contestant took for one item."""

Verdict = Literal["met", "unclear", "missed"]

Kind = Literal["ratio", "speedup", "difference", "figure", "least"]


UNIT_NAMES: Mapping[Measure, str] = {
    "memory": " MB",
    "size": " kB",
    "used": " %",
    "refused": " %",
    "least": " %",
    "delay": " s",
}


@frozen(kw_only=True)
class Target:
    """What has to hold for one contestant.

    Attributes:
        contestant: For whom.
        measure: Of what.
        kind: "ratio" and "difference" to the best of *against*, "speedup" over it (the inverse
            ratio), or the bare "figure", which is bounded above, or below as "least".
        bound: The least speedup or figure; the most that anything else may be.
        against: Whom it is compared with.
        is_goal: It is aimed at and not promised, so that missing it fails no run.
    """

    contestant: str
    measure: Measure
    kind: Kind
    bound: float
    against: tuple[str, ...] = ()
    is_goal: bool = False

    def __str__(self) -> str:
        unit = UNIT_NAMES.get(self.measure, " us")
        others = " or ".join(self.against)
        bound = f"{self.bound:g}" if unit != " us" else f"{self.bound * 1e6:g}"
        if self.kind in {"ratio", "speedup"}:
            bound = f"{self.bound:g}"
        goal = "goal: " if self.is_goal else ""
        return (
            goal
            + {
                "ratio": f"{self.measure} at most {bound} x {others}",
                "speedup": f"at least {bound} x as fast as {others}",
                "difference": f"{self.measure} at most {bound}{unit} above {others}",
                "figure": f"{self.measure} at most {bound}{unit}",
                "least": f"{self.measure} at least {bound}{unit}",
            }[self.kind]
        )

    def values(self, rounds: Sequence[Mapping[str, Sample]]) -> list[float]:
        """Compare in each round in which all of them took part."""
        needed = {self.contestant, *self.against}
        return [self._value(one) for one in rounds if needed <= one.keys()]

    def _value(self, samples: Mapping[str, Sample]) -> float:
        own = samples[self.contestant][self.measure]
        if self.kind in {"figure", "least"}:
            return own
        best = min(samples[name][self.measure] for name in self.against)
        if self.kind == "difference":
            return own - best
        return best / own if self.kind == "speedup" else own / best

    def verdict(self, median: float, interval: tuple[float, float], rounds: int) -> Verdict:
        """Judge; "unclear" when only the interval reaches the bound, or rounds are too few."""
        if self._holds(median):
            return "met"
        is_evidence = rounds >= LEAST_ROUNDS or self.measure not in _NOISY
        return "missed" if is_evidence and not any(map(self._holds, interval)) else "unclear"

    def _holds(self, value: float) -> bool:
        return value >= self.bound if self.kind in {"speedup", "least"} else value <= self.bound


_OURS = "devin_async"
_NOISY = frozenset({"wall", "CPU", "memory"})
LEAST_ROUNDS = 5
"""Rounds below which an interval is no evidence that a target is missed."""


def at_most(bound: float, other: str, *, measure: Measure = "wall", who: str = _OURS) -> Target:
    """Demand a ratio of at most *bound*."""
    return Target(contestant=who, measure=measure, kind="ratio", bound=bound, against=(other,))


def faster(bound: float, *others: str, who: str = _OURS) -> Target:
    """Demand to be at least *bound* times as fast as the fastest of *others*."""
    return Target(contestant=who, measure="wall", kind="speedup", bound=bound, against=others)


def goal(target: Target) -> Target:
    """Aim at *target* without promising it."""
    return attrs.evolve(target, is_goal=True)


def above(bound: float, other: str, *, measure: Measure = "memory", who: str = _OURS) -> Target:
    """Demand at most *bound* more than *other*."""
    return Target(contestant=who, measure=measure, kind="difference", bound=bound, against=(other,))


def below(bound: float, *, measure: Measure, who: str = _OURS) -> Target:
    """Demand a figure of at most *bound*."""
    return Target(contestant=who, measure=measure, kind="figure", bound=bound)


def at_least(bound: float, *, measure: Measure, who: str = _OURS) -> Target:
    """Demand a figure of at least *bound*."""
    return Target(contestant=who, measure=measure, kind="least", bound=bound)
