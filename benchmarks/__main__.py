"""Run the rows, print a table, and exit with 1 when a target is missed."""

import argparse
import importlib.metadata
import os
import platform
import sys
from collections.abc import Sequence

from benchmarks.measuring import MissingPeerError, Result, Row
from benchmarks.rows import ROWS, measuring
from benchmarks.server import running_server

_ROUNDS = 25
_QUICK_ROUNDS = 5
_PACKAGES = ("aiohttp", "attrs", "msgspec", "orjson", "devinai")
_LINE = "  {:<20} {:<4} {:>11} {:>7}  {:<14} {:>6}  {}"


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, help=f"rounds of each row; {_ROUNDS} if left out")
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK_ROUNDS} rounds")
    parser.add_argument("--only", metavar="NAME", help="rows whose name begins so")
    arguments = parser.parse_args(given)
    if arguments.rounds is None:
        arguments.rounds = _QUICK_ROUNDS if arguments.quick else _ROUNDS
    arguments.rows = [row for row in ROWS if row.name.startswith(arguments.only or "")]
    if arguments.rounds < 1 or not arguments.rows:
        names = ", ".join(row.name for row in ROWS)
        parser.error(f"allowed: --rounds from 1, --only one of {names}")
    return arguments


def _print_machine() -> None:
    versions = [f"Python {platform.python_version()}", f"{os.cpu_count()} cores"]
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {package}")
    print(", ".join(versions))
    print("Ratios to the first line of a row, paired by round: median, and where 90 % of them lie.")
    print(_LINE.format("", "", "median", "ratio", "90 %", "target", "verdict").rstrip())


def _print_result(result: Result) -> None:
    low, high = result.interval
    line = _LINE.format(
        result.contestant,
        result.measure,
        f"{result.seconds * 1000:.3f} ms",
        "1" if result.is_base else f"{result.ratio:.2f}",
        "" if result.is_base else f"{low:.2f} to {high:.2f}",
        "" if result.target is None else f"{result.target:g}",
        result.verdict,
    )
    print(line, flush=True)


def _run(rows: Sequence[Row], url: str, rounds: int) -> list[Result]:
    results: list[Result] = []
    with measuring() as measure:
        for row in rows:
            print(f"{row.name}: {row.work}", flush=True)
            try:
                found = measure(row, url, rounds)
            except MissingPeerError as error:
                print(f"  skipped, {error} is missing: pip install -e .[bench]")
                continue
            for result in found:
                _print_result(result)
            results += found
    return results


def main(given: Sequence[str] | None = None) -> int:
    """Run what the arguments select; give the exit code."""
    arguments = _arguments(given)
    _print_machine()
    with running_server() as url:
        results = _run(arguments.rows, url, arguments.rounds)
    missed = [result for result in results if result.verdict == "missed"]
    for result in missed:
        print(f"missed: {result.row}, {result.contestant}: {result.ratio:.2f} > {result.target:g}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
