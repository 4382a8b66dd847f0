"""Answers that are the same for everybody: help, and the scripts that complete words in shells.

To make one takes loading cyclopts, rich and every command, ten times as long as Python takes to
start; they change only with the commands. So they are files, which `python -m
devin_async.cli.static` writes anew; a test holds that they are what the command line would say.
"""

import os
import re
import sys
from typing import Any

__all__ = ["HELP_WIDTH", "completion_script", "read_pages", "static_answer", "write_pages"]

HELP_WIDTH = 80
"""Columns of help: its lines are read more easily if they are no longer."""

_HELP_FLAGS = ("--help", "-h")
_WORD = re.compile(r"[a-z][a-z-]*")
_PAGE = "\f"
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def static_answer(words: list[str]) -> str | None:
    """Return the answer to *words*, if that is a file, and stdout is as it was made for."""
    match words:
        case ["completion", ("bash" | "zsh" | "fish") as shell]:
            return completion_script(shell)
        case [*command, flag] if flag in _HELP_FLAGS and all(map(_WORD.fullmatch, command)):
            return _help_on(sys.stdout, command)
        case _:
            return None


def completion_script(shell: str) -> str:
    """Return the script that completes words in *shell*."""
    return _read(f"completion.{shell}")


def read_pages(text: str) -> dict[str, str]:
    """Return the help of each command out of a file of all."""
    pages = (page.partition("\n") for page in text.split(_PAGE)[1:])
    return {command: page for command, _, page in pages}


def write_pages(pages: dict[str, str]) -> str:
    """Make one file of the help of each command; what repeats itself is compressed once."""
    return "".join(f"{_PAGE}{command}\n{page}" for command, page in pages.items())


def _help_on(stream: Any, command: list[str]) -> str | None:
    if stream is None or stream.encoding.lower() != "utf-8" or not _is_wide(stream):
        return None
    if stream.isatty() and sys.platform == "win32":  # old consoles read no escapes
        return None
    text = read_pages(_read("help.txt")).get(" ".join(command))
    if text is None:  # no such command, which the command line says better
        return None
    is_plain = not stream.isatty() or os.environ.get("NO_COLOR") or _is_dumb()
    return _STYLE.sub("", text) if is_plain else text


def _is_wide(stream: Any) -> bool:
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit():
        return int(columns) >= HELP_WIDTH
    try:
        return not stream.isatty() or os.get_terminal_size(stream.fileno()).columns >= HELP_WIDTH
    except OSError:
        return False


def _is_dumb() -> bool:
    return os.environ.get("TERM", "").lower() in {"dumb", "unknown"}


def _read(name: str) -> str:
    # By the loader, which also reads out of a zip file; `importlib.resources` is slow to load.
    loader: Any = __spec__.loader
    content: bytes = loader.get_data(os.path.join(os.path.dirname(__file__), name))  # noqa: PTH118, PTH120 - pathlib is slow, too
    return content.decode("utf-8")
