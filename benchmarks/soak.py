"""Hard to break, in figures: fuzzing, exports and creates under faults, cancellations, a soak.

Run it as `python -m benchmarks.soak`; with `--scale 1`, the default, it takes about 20 minutes.
It exits with 1 when a promise is broken. Each part is in `benchmarks/chaos`; the tests in
`tests/chaos` run the same parts, smaller.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.chaos.cancelling import cancel_at_random
from benchmarks.chaos.fuzzing import CALLS, fuzz
from benchmarks.chaos.running import memory
from benchmarks.chaos.soaking import soak
from benchmarks.chaos.transfers import create_under_faults, export_under_faults

_FUZZED = 20_000
_LOGS = 1_000_000
_CREATES = 10_000
_CROWD = 500
_CANCELLED = 5_000
_SHARE = 0.05
_MOST_FUZZ_MEMORY = 64.0
_SLOWEST_FUZZ = 10.0
_MOST_GROWTH = 3.0
_MOST_TRACED = 1.0
_LINE = "  {:<9} {:<58} {:>14}  {:<14} {}"

Part = Callable[["Table", argparse.Namespace], Awaitable[None]]


class Table:
    """Prints each figure beside its promise.

    Attributes:
        broken: The promises that did not hold.
    """

    def __init__(self) -> None:
        self.broken: list[str] = []
        print(_LINE.format("part", "figure", "measured", "promised", "verdict"))

    def add(self, part: str, what: str, value: object) -> None:
        """Print a figure that promises nothing."""
        print(_LINE.format(part, what, str(value), "", ""), flush=True)

    def most(self, part: str, what: str, value: float, limit: float, unit: str = "") -> None:
        """Print a figure that is to be low."""
        holds = value <= limit
        self._judged(part, what, f"{value:.4g}{unit}", f"<= {limit:g}{unit}", holds=holds)

    def same(self, part: str, what: str, value: object, expected: object) -> None:
        """Print a figure that is to be a certain one."""
        shown = [
            text if len(text) <= 14 else f"{text[:11]}..." for text in map(str, (value, expected))
        ]
        self._judged(part, what, *shown, holds=value == expected)

    def _judged(self, part: str, what: str, value: str, promise: str, *, holds: bool) -> None:
        if not holds:
            self.broken.append(f"{part}: {what}")
        verdict = "kept" if holds else "BROKEN"
        print(_LINE.format(part, what, value, promise, verdict), flush=True)


async def _fuzz(table: Table, options: argparse.Namespace) -> None:
    for kind in CALLS:
        before = memory()
        report = await fuzz(kind, int(_FUZZED * options.scale), seed=options.seed)
        part = f"fuzz {kind}"
        table.add(part, "generated answers", report.answers)
        for escaped in report.escaped[:10]:
            print(f"    {escaped}")
        table.same(part, "came out besides errors of our tree", len(report.escaped), 0)
        table.same(part, "warnings and lost errors", len(report.watch.seen), 0)
        table.most(part, "slowest call", report.slowest, _SLOWEST_FUZZ, " s")
        table.most(part, "memory grown", memory() - before, _MOST_FUZZ_MEMORY, " MB")


async def _export(table: Table, options: argparse.Namespace) -> None:
    logs = int(_LOGS * options.scale)
    with tempfile.TemporaryDirectory() as folder:
        report = await export_under_faults(logs, Path(folder), share=_SHARE, seed=options.seed)
    table.add("export", "faults that struck", report.hits)
    table.add("export", "times it was begun again", report.resumed)
    table.same("export", "rows", report.rows, logs)
    table.same("export", "SHA-256, that without faults is", report.exported, report.expected)
    table.same("export", "SHA-256 of the parallel list", report.read, report.expected)


async def _create(table: Table, options: argparse.Namespace) -> None:
    count = int(_CREATES * options.scale)
    report = await create_under_faults(count, share=_SHARE, seed=options.seed)
    table.add("create", "faults that struck", report.hits)
    table.add("create", "ended with an unknown outcome", report.unknown)
    table.add("create", "sessions at the server", report.sessions)
    table.same("create", "sent again after an unknown outcome", len(report.sent_again), 0)
    table.same("create", "made more than one session", len(report.doubled), 0)
    table.same("create", "made one though the error denies it", len(report.misjudged), 0)


async def _once(table: Table, options: argparse.Namespace) -> None:
    count = int(_CREATES * options.scale)
    # In crowds with a server each: a sandbox looks at all of its sessions to list those of a key.
    crowds = [min(_CROWD, count - start) for start in range(0, count, _CROWD)]
    reports = [
        await create_under_faults(crowd, share=_SHARE, seed=options.seed + number, once=True)
        for number, crowd in enumerate(crowds)
    ]
    table.add("once", "faults that struck", sum(one.hits for one in reports))
    table.add("once", "sent again, after a look", sum(len(one.sent_again) for one in reports))
    table.same("once", "creates that gave one", sum(one.created for one in reports), count)
    table.same("once", "sessions at the server", sum(one.sessions for one in reports), count)
    table.same("once", "made more than one", sum(len(one.doubled) for one in reports), 0)


async def _cancel(table: Table, options: argparse.Namespace) -> None:
    count = int(_CANCELLED * options.scale)
    report = await cancel_at_random(count, share=_SHARE, seed=options.seed)
    table.add("cancel", "tasks cancelled", report.ends["cancelled"])
    table.add("cancel", "clients closed with requests in flight", report.closed)
    for noted in (*report.escaped[:10], *report.watch.seen[:10]):
        print(f"    {noted}")
    table.same("cancel", "came out besides, or next calls that failed", len(report.escaped), 0)
    table.same("cancel", "warnings in debug mode", len(report.watch.seen), 0)
    table.most("cancel", "tasks left", report.watch.tasks, 0)
    table.most("cancel", "descriptors left", report.watch.descriptors, 0)


async def _soak(table: Table, options: argparse.Namespace) -> None:
    report = await soak(options.minutes, share=_SHARE)
    table.add("soak", "attempts", report.requests)
    table.add("soak", "calls a second", f"{report.rate:.0f}")
    table.same("soak", "calls that failed", sum(report.failed.values()), 0)
    table.same("soak", "error answers, injected are", report.reported[0], report.injected[0])
    table.same("soak", "broken connections, injected are", report.reported[1], report.injected[1])
    table.most("soak", "allocations by Python, slope", report.traced, _MOST_TRACED, " MB")
    table.most("soak", "resident memory, slope", report.resident, _MOST_GROWTH, " MB")
    table.most("soak", "descriptors open, once idle, above before", report.descriptors, 0)


PARTS: dict[str, Part] = {
    "fuzz": _fuzz,
    "export": _export,
    "create": _create,
    "once": _once,
    "cancel": _cancel,
    "soak": _soak,
}


def main() -> int:
    """Run all parts, or those that are named; give the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", action="append", choices=PARTS, help="a part; may be repeated")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full sizes")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the soak takes")
    parser.add_argument("--seed", type=int, default=7, help="decides every answer and fault")
    options = parser.parse_args()
    if options.scale <= 0 or options.minutes <= 0:
        parser.error("--scale and --minutes have to be above 0")
    table = Table()
    for name in options.only or PARTS:
        started = time.perf_counter()
        asyncio.run(PARTS[name](table, options))
        table.add(name, "seconds it took", f"{time.perf_counter() - started:.1f}")
    return 1 if table.broken else 0


if __name__ == "__main__":
    sys.exit(main())
