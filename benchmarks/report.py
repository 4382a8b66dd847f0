"""What a run tells: lines for people, and a document for programs."""

import importlib.metadata
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

from benchmarks.measuring import Figure, Judgement, Result
from benchmarks.targets import UNIT_NAMES, Measure, Target

__all__ = ["document", "lines", "machine", "markdown"]

_PACKAGES = ("aiohttp", "attrs", "msgspec", "orjson", "devinai", "httpx", "requests")
_FIGURE = "  {:<26} {:<6} {:>12} {:>8}"
_JUDGEMENT = "  {:<60} {:>7}  {:<16} {}"
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))


def machine() -> dict[str, str]:
    """Tell what the figures depend on: versions, and the size of the machine."""
    facts = {"Python": platform.python_version(), "cores": str(os.cpu_count())}
    for package in _PACKAGES:
        try:
            facts[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            facts[package] = "missing"
    return facts


def lines(result: Result) -> Iterator[str]:
    """Write a row: its figures, then its targets."""
    for figure in result.figures:
        yield _figure(figure)
    for judgement in result.judgements:
        yield _judgement(judgement)


def _figure(figure: Figure) -> str:
    amount = _amount(figure.median, figure.measure)
    return _FIGURE.format(figure.contestant, figure.measure, amount, f"{figure.ratio:.2f}")


def _amount(value: float, measure: Measure) -> str:
    if measure in UNIT_NAMES:
        return f"{value:.1f}{UNIT_NAMES[measure]}"
    factor, unit = next((one for one in _UNITS if value >= one[0]), _UNITS[-1])
    return f"{value / factor:.3f} {unit}"


def _judgement(judgement: Judgement) -> str:
    scale = 1e6 if _is_in_microseconds(judgement.target) else 1
    low, middle, high = (
        f"{value * scale:.2f}"
        for value in (judgement.interval[0], judgement.median, judgement.interval[1])
    )
    return _JUDGEMENT.format(
        f"{judgement.target.contestant}: {judgement.target}",
        middle,
        f"{low} to {high}",
        judgement.verdict.upper() if judgement.verdict == "missed" else judgement.verdict,
    )


def _is_in_microseconds(target: Target) -> bool:
    return target.kind in {"difference", "figure"} and target.measure in {"wall", "CPU"}


def document(results: Sequence[Result]) -> dict[str, Any]:
    """Make what `--json` saves: date, versions, and each row with what its rounds told."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "rows": [_row(result) for result in results],
    }


def _row(result: Result) -> dict[str, Any]:
    return {
        "name": result.row,
        "work": result.work,
        "item": result.item,
        "rounds": result.rounds,
        "figures": [attrs.asdict(figure) for figure in result.figures],
        "targets": [
            {
                "contestant": one.target.contestant,
                "target": str(one.target),
                "median": one.median,
                "interval": one.interval,
                "verdict": one.verdict,
            }
            for one in result.judgements
        ],
    }


def markdown(saved: Mapping[str, Any]) -> str:
    """Write the targets of a saved run as the table that the documentation shows."""
    about = ", ".join(f"{name} {version}" for name, version in saved["machine"].items())
    rows = [
        f"| {row['work']} | {one['contestant']}: {one['target']} | {one['median']:.2f} "
        f"| {one['interval'][0]:.2f} to {one['interval'][1]:.2f} | {one['verdict']} |"
        for row in saved["rows"]
        for one in row["targets"]
    ]
    head = ["| work | target | median | 90 % of the rounds | |", "|---|---|---|---|---|"]
    return "\n".join([f"{saved['date']}; {about}.", "", *head, *rows, ""])
