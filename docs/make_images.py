"""Make the pictures of the documentation: `python docs/make_images.py [WIDTH]`."""  # noqa: INP001

import asyncio
import contextlib
import io
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from devin_async import DevinClient
from devin_async.cli.commands.demo import run_demo
from devin_async.cli.commands.fan_out import run_job
from devin_async.cli.fan_out_job import FanOutJob
from devin_async.cli.output import Output
from devin_async.cli.views.chart import Chart, Used, bar_svg
from devin_async.sandbox import Fault, ManualClock, Sandbox

IMAGES = Path(__file__).parent / "images"
COLUMNS = 100
FONTS = "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SEED = 7
BODY = {"detail": "Bad gateway"}
NOW = 1_795_392_000  # 2026-11-23, 00:00 UTC: a chart of the same days each time


async def recorded(title: str, columns: int, command: Callable[[Output], Awaitable[object]]) -> str:
    """Record what *command* prints at *columns* characters a line."""
    terminal = Console(
        record=True,
        file=io.StringIO(),
        width=columns,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
    )
    await command(Output(data=terminal, notes=Console(file=io.StringIO())))
    name = title.split()[1]
    svg = terminal.export_svg(title=title, theme=DIMMED_MONOKAI, unique_id=name)
    return local_fonts(svg)


def local_fonts(svg: str) -> str:
    """Use the reader's fonts: a picture in a README may not load any, and should not ask for it."""
    without = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    return re.sub(r"font-family:[^;]*;", f"font-family: {FONTS};", without)


async def demo(output: Output) -> None:
    """Run the demo."""
    await run_demo(output, organizations=50, audit_logs=100_000, seed=SEED)


async def fan_out(output: Output) -> None:
    """Start sessions in sixteen organizations; two refuse, and one answer is lost."""
    async with Sandbox(organizations=16, seed=SEED, failing_organizations=2) as sandbox:
        sandbox.inject(Fault(route="POST *", at=9, status=502, committed=True, body=BODY))
        sandbox.inject(Fault(route="POST *", latency=0.2))
        async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
            job = FanOutJob(prompt="Run the daily health check")
            with TemporaryDirectory() as folder, contextlib.chdir(folder):
                await run_job(output, devin, job, out=Path("started.jsonl"))


async def consumption_svg() -> str:
    """Chart what organizations used in a week."""
    first, last = date(2026, 11, 16), date(2026, 11, 22)
    async with (
        Sandbox(organizations=24, seed=SEED, clock=ManualClock(NOW)) as sandbox,
        DevinClient(sandbox.token, base_url=sandbox.url) as devin,
    ):
        found = await devin.enterprise.consumption.by_organization(start=first, end=last)
    found.sort(key=lambda used: used.total_acus, reverse=True)
    rows = [Used(id="", name=one.organization_name, acus=one.total_acus) for one in found]
    subtitle = f"Billing days {first} to {last} (from 08:00 UTC)"
    return bar_svg(Chart(title="ACUs by organization", subtitle=subtitle, rows=rows, top=12))


async def main(columns: int) -> None:
    """Write all pictures."""
    pictures = {
        "demo": await recorded("devin-async demo", columns, demo),
        "fan-out": await recorded("devin-async fan-out", columns, fan_out),
        "consumption": await consumption_svg(),
    }
    for name, svg in pictures.items():
        path = IMAGES / f"{name}.svg"
        path.write_text(svg)
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")  # noqa: T201 - a program


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else COLUMNS))
