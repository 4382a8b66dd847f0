"""All rows, in the order of the table; each is measured in a process of its own."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Protocol

from benchmarks import calling, decoding, importing
from benchmarks.measuring import Result, Row, measure_row

__all__ = ["ROWS", "Measure", "measuring"]

ROWS: tuple[Row, ...] = (*decoding.ROWS, *calling.ROWS, *importing.ROWS)

_LEAST_ROUNDS = 3


class Measure(Protocol):
    """Measures a row in a fresh process."""

    def __call__(self, row: Row, url: str, rounds: int) -> list[Result]:
        """Measure it, against the fake server at *url*."""
        ...


@contextmanager
def measuring() -> Iterator[Measure]:
    """Give what measures rows: what ran before in a process changes its memory, and its ratios."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, fresh, max_tasks_per_child=1) as processes:
        yield lambda row, url, rounds: processes.submit(_measure, row.name, url, rounds).result()


def _measure(name: str, url: str, rounds: int) -> list[Result]:
    row = next(row for row in ROWS if row.name == name)
    return asyncio.run(measure_row(row, url, max(_LEAST_ROUNDS, round(rounds * row.share))))
