"""All rows, in the order of the table; each is measured in a process of its own."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Protocol

from benchmarks import (
    decoding,
    getting,
    importing,
    long_lists,
    pacing,
    packaging,
    paging,
    posting,
    scaling,
    working,
)
from benchmarks.measuring import Result, Row, Setting, measure_row

__all__ = ["ROWS", "Measure", "measuring"]

ROWS: tuple[Row, ...] = (
    *decoding.ROWS,
    *getting.ROWS,
    *paging.ROWS,
    *posting.ROWS,
    *importing.ROWS,
    *working.ROWS,
    *packaging.ROWS,
    *scaling.ROWS,
    *long_lists.ROWS,
    *pacing.ROWS,
)


class Measure(Protocol):
    """Measures a row in a fresh process."""

    def __call__(self, row: Row, setting: Setting, rounds: int, seconds: float) -> Result:
        """Measure it, for so many seconds at the most if a round is not longer."""
        ...


@contextmanager
def measuring() -> Iterator[Measure]:
    """Give what measures rows: what ran before in a process changes its memory, and its ratios."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, fresh, max_tasks_per_child=1) as processes:
        yield lambda row, setting, rounds, seconds: processes.submit(
            _measure, row.name, setting, rounds, seconds
        ).result()


def _measure(name: str, setting: Setting, rounds: int, seconds: float) -> Result:
    row = next(row for row in ROWS if row.name == name)
    return asyncio.run(measure_row(row, setting, rounds, seconds))
