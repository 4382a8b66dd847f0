"""What commands print: data on stdout, progress and errors on stderr.

Data has three forms. A terminal gets tables and colours; anything else gets plain lines, one for
each thing, its fields parted by tabs; `--json` gives lines for machines. A command offers each form
that it has, by `show`, `line` or `row`, and `record`, and the one that is wanted is printed.
"""

import asyncio
import csv
import json
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any

import attrs
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from devin_async.base.text import one_line

__all__ = ["Output", "console_on", "fields_of"]

_FRAMES_A_SECOND = 12


def fields_of(model: Any) -> dict[str, Any]:
    """Give the fields of one of our models as plain values, times in ISO 8601."""
    return attrs.asdict(model, value_serializer=_plain)


def _plain(_model: object, _field: object, value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


class _Console(Console):
    """A console that leaves to `run` what a reader that has gone means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console_on(stream: IO[str] | None) -> Console:
    """Give a console that styles only what goes to a terminal, and reads no markup in data."""
    # Said outright: by FORCE_COLOR, which CI systems set, rich takes a file for a terminal too.
    is_terminal = stream is not None and stream.isatty()
    return _Console(
        file=stream, force_terminal=is_terminal, markup=False, highlight=False, emoji=False
    )


class Output:
    """Where a command's words go.

    Args:
        as_json: Whether data is for machines.
        data: Instead of stdout.
        notes: Instead of stderr.
    """

    def __init__(
        self, *, as_json: bool = False, data: Console | None = None, notes: Console | None = None
    ) -> None:
        self.as_json = as_json
        self._data = data or console_on(sys.stdout)
        self._notes = notes or console_on(sys.stderr)

    @property
    def is_rich(self) -> bool:
        """Tell whether `show` prints."""
        return self._data.is_terminal and not self.as_json

    def show(self, renderable: RenderableType) -> None:
        """Print for a person at a terminal."""
        if self.is_rich:
            self._data.print(renderable)

    def line(self, text: str) -> None:
        """Print a plain line."""
        if not (self.is_rich or self.as_json):
            self._write(one_line(text))

    def row(self, *cells: object) -> None:
        """Print a plain line of several fields, as `cut -f` takes them apart; None is empty."""
        if not (self.is_rich or self.as_json):
            self._write("\t".join("" if cell is None else one_line(str(cell)) for cell in cells))

    def record(self, kind: str, **fields: Any) -> None:
        """Print a JSON object in a line; *kind* tells a reader which one it is."""
        if self.as_json:
            self._write(json.dumps({"kind": kind, **fields}))

    def csv(self, rows: Iterable[Sequence[object]]) -> None:
        """Print comma-separated values, whatever the form."""
        csv.writer(self._data.file, lineterminator="\n").writerows(rows)
        self._data.file.flush()

    def write_bytes(self, content: bytes) -> None:
        """Print *content* as it is, whatever the form; a terminal gets it without escapes."""
        if self._data.is_terminal:
            lines = content.decode("utf-8", "replace").splitlines()
            self._write("\n".join(map(one_line, lines)))
            return
        sys.stdout.buffer.write(content)
        sys.stdout.flush()

    def progress_note(self, text: str) -> None:
        """Print a line about how far the work is, to a person only."""
        if self._notes.is_terminal:
            self.note(text, style="dim")

    def note(self, text: str, *, style: str = "bold red") -> None:
        """Print a line about the work itself, such as an error."""
        prefix = Text("devin-async: ", style=style)
        self._notes.print(prefix.append(one_line(text), style="default"), soft_wrap=True)

    @contextmanager
    def saying(self, what: Callable[[], str]) -> Generator[None, None, None]:
        """Say *what* was done if the block is interrupted, or its reader has gone."""
        try:
            yield
        except (asyncio.CancelledError, BrokenPipeError):
            self.note(what(), style="yellow")
            raise

    @contextmanager
    def progress(self) -> Generator[Callable[[RenderableType], object], None, None]:
        """Give a function that draws progress anew; it draws on a terminal only.

        What was drawn is gone in the end, and stdout has the result.
        """
        mixed = self.as_json and self._data.is_terminal  # lines would be written into the drawing
        if mixed or not self._notes.is_terminal:
            yield _ignore
            return
        live = Live(
            console=self._notes,
            transient=True,
            refresh_per_second=_FRAMES_A_SECOND,
            redirect_stdout=False,
        )
        with live:
            yield live.update

    def _write(self, text: str) -> None:
        # Flushed line by line: a reader such as `head` or `jq` sees each as it comes, and one that
        # has gone shows here and not at exit.
        print(text, file=self._data.file, flush=True)


def _ignore(_: RenderableType) -> None:
    """Draw nothing."""
