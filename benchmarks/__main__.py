"""Run the rows, print a table, and exit with 1 when what is promised is missed; a goal is not."""

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import MissingPeerError, Result, Row, Setting
from benchmarks.picture import svg
from benchmarks.report import document, lines, machine, markdown
from benchmarks.rows import ROWS, measuring
from benchmarks.server import running_server

_SECONDS = 540.0
_QUICK_SECONDS = 75.0
_MOST_OF_IT = 0.25
"""How much of the time that is left a row may take: what is slow here makes fewer rounds."""


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, without what takes long")
    parser.add_argument("--rounds", type=int, help="rounds of each row, instead of its own number")
    parser.add_argument("--only", metavar="NAME", nargs="+", help="rows whose names begin so")
    parser.add_argument("--json", metavar="FILE", type=Path, help="save all figures")
    parser.add_argument("--svg", metavar="FILE", type=Path, help="draw what has a floor")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the targets' table")
    arguments = parser.parse_args(words)
    arguments.rows = [row for row in ROWS if row.name.startswith(tuple(arguments.only or [""]))]
    if arguments.rounds is not None and arguments.rounds < 1:
        parser.error(f"--rounds is {arguments.rounds}; allowed: 1 or more")
    for word in arguments.only or []:
        if not any(row.name.startswith(word) for row in ROWS):
            names = ", ".join(row.name for row in ROWS)
            parser.error(f"no row's name begins with {word!r}; there are {names}")
    return arguments


def _run(arguments: argparse.Namespace, url: str) -> list[Result]:
    setting = Setting(url=url, is_quick=arguments.quick)
    results: list[Result] = []
    end = time.monotonic() + (_QUICK_SECONDS if arguments.quick else _SECONDS)
    with measuring() as measure:
        for row in arguments.rows:
            rounds = arguments.rounds or (row.quick_rounds if arguments.quick else row.rounds)
            print(f"{row.name}: {row.work}{_per_item(row)}", flush=True)
            if rounds == 0:
                print("  left out by --quick")
                continue
            # Who gives a number of rounds gets it, however long they take.
            left = max(0.0, end - time.monotonic()) * _MOST_OF_IT
            try:
                result = measure(row, setting, rounds, math.inf if arguments.rounds else left)
            except MissingPeerError as error:
                print(f"  skipped, {error} is missing: pip install -e .[bench]")
                continue
            print("\n".join(lines(result)))
            cut = f", of {rounds} for lack of time" if result.rounds < rounds else ""
            print(f"  rounds: {result.rounds}{cut}", flush=True)
            results.append(result)
    return results


def _per_item(row: Row) -> str:
    return f" (each {row.item})" if row.item else ""


def _save(arguments: argparse.Namespace, results: Sequence[Result]) -> None:
    saved = document(results)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(saved, indent=1) + "\n")
    if arguments.svg is not None:
        arguments.svg.write_text(svg(saved))
    if arguments.markdown is not None:
        arguments.markdown.write_text(markdown(saved))


def main(words: Sequence[str] | None = None) -> int:
    """Run what the arguments select; give the exit code."""
    arguments = _arguments(words)
    started = time.monotonic()
    print(", ".join(f"{name} {version}" for name, version in machine().items()))
    print(
        "Ratios are to the first line of a row, paired by round; medians, and 90 % of the rounds."
    )
    with running_server() as url:
        results = _run(arguments, url)
    _save(arguments, results)
    judged = [(result.row, one) for result in results for one in result.judgements]
    missed = [(row, one) for row, one in judged if one.verdict == "missed"]
    broken = [one for _, one in missed if not one.target.is_goal]
    print(
        f"{len(judged)} targets, {len(missed)} missed, {len(broken)} of them promised, "
        f"{time.monotonic() - started:.0f} s"
    )
    for row, one in missed:
        print(f"missed: {row}, {one.target.contestant}: {one.target}, but {one.median:.2f}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
