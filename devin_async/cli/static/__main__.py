"""Write the answers anew: `python -m devin_async.cli.static`."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from cyclopts import App
from rich.console import Console

from devin_async.cli.app import app
from devin_async.cli.static import HELP_WIDTH, write_pages

__all__ = ["SHELLS", "commands", "help_of", "script_for"]

SHELLS: tuple[Literal["bash", "zsh", "fish"], ...] = ("bash", "zsh", "fish")


def commands(of: App = app, chain: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command and group, beginning with the program itself: none."""
    yield chain
    for name in of:
        if not name.startswith("-"):
            yield from commands(of[name], (*chain, name))


def help_of(command: tuple[str, ...]) -> str:
    """Make the help of *command*, with its styles."""
    page = io.StringIO()
    console = Console(
        file=page,
        width=HELP_WIDTH,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        _environ={},  # what is set here decides nothing
    )
    app.help_print(command, console=console)
    return page.getvalue()


def script_for(shell: Literal["bash", "zsh", "fish"]) -> str:
    """Make the script that completes words in *shell*."""
    return app.generate_completion(shell=shell).rstrip("\n") + "\n"


def _write() -> None:
    folder = Path(__file__).parent
    for shell in SHELLS:
        (folder / f"completion.{shell}").write_text(script_for(shell), encoding="utf-8")
    pages = write_pages({" ".join(command): help_of(command) for command in commands()})
    (folder / "help.txt").write_text(pages, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    _write()
