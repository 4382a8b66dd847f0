"""Make the pictures of the documentation: `python docs/make_images.py [WIDTH]`."""  # noqa: INP001

import asyncio
import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from devin_async.cli.demo import run_demo
from devin_async.cli.output import Output

IMAGES = Path(__file__).parent / "images"
COLUMNS = 100
FONTS = "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"


async def demo_svg(columns: int) -> str:
    """Record the demo at *columns* characters a line."""
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
    output = Output(data=terminal, notes=Console(file=io.StringIO()))
    await run_demo(output, organizations=50, audit_logs=100_000, seed=7)
    svg = terminal.export_svg(title="devin-async demo", theme=DIMMED_MONOKAI, unique_id="demo")
    return local_fonts(svg)


def local_fonts(svg: str) -> str:
    """Use the reader's fonts: a picture in a README may not load any, and should not ask for it."""
    without = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    return re.sub(r"font-family:[^;]*;", f"font-family: {FONTS};", without)


if __name__ == "__main__":
    width = int(sys.argv[1]) if len(sys.argv) > 1 else COLUMNS
    path = IMAGES / "demo.svg"
    path.write_text(asyncio.run(demo_svg(width)))
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")  # noqa: T201 - a program
