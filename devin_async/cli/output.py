"""What commands print: data on stdout, progress and errors on stderr. All output passes here.

Data has three forms. A terminal gets tables and colours; anything else gets plain lines, one for
each thing, its fields parted by tabs; `--json` gives lines for machines. A command offers each form
that it has, by `show`, `line` or `row`, and `record`, and the one that is wanted is printed.

Text of others is text: what would act on a terminal is written out, in each of the forms, unless
`--raw` asks for it as it came.
"""

import contextlib
import csv
import io
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console, ConsoleDimensions, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from devin_async.cli import unwritable
from devin_async.cli.text import (
    csv_cell,
    escaped,
    escaped_json,
    escaped_lines,
    folded,
    json_text,
    shown,
)

if TYPE_CHECKING:
    from rich.live import Live

__all__ = ["Output", "console_on", "fields_of"]

_FRAMES_A_SECOND = 12
_NARROWEST, _USUAL_WIDTH = 20, 80


def fields_of(model: Any) -> dict[str, Any]:
    """Return the fields of one of our models as plain values, times in ISO 8601."""
    import attrs  # noqa: PLC0415 - models bring it

    return attrs.asdict(model, value_serializer=_plain)


def _plain(_model: object, _field: object, value: Any) -> Any:
    # By its method: a drifted field may be of any type.
    return value.isoformat() if hasattr(value, "isoformat") else value


class UnwritableError(OSError):
    """Stdout cannot be written, such as for a full disk."""


class _Writing:
    """A block that writes to stdout, and says so when it cannot: the system would name no file."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise UnwritableError(unwritable(error)) from error


_writing = _Writing()


class _Nowhere(io.StringIO):
    """What stands for a stream that who started the command has closed."""

    def write(self, text: str, /) -> int:
        return len(text)


class _Console(Console):
    """A console whose text cannot act, and that leaves to `run` what a gone reader means."""

    most: int | None = None

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError

    @property
    def size(self) -> ConsoleDimensions:
        # Tables have no end in a terminal of no columns, as COLUMNS=0 makes it.
        width, height = super().size
        width = width if width >= _NARROWEST else _USUAL_WIDTH
        return ConsoleDimensions(width if self.most is None else min(width, self.most), height)

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self._width, self._height = new_size

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        # Views write out what would act before they lay it out; this is for what they forget.
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                text = "\n".join(map(escaped, segment.text.split("\n")))
                yield Segment(text, segment.style)


def console_on(stream: IO[str] | None, *, most: int | None = None) -> Console:
    """Return a console that styles only what goes to a terminal, and reads no markup in data.

    It is as wide as the terminal, or has *most* columns.
    """
    # Said outright: by FORCE_COLOR, which CI systems set, rich takes a file for a terminal too.
    is_terminal = stream is not None and stream.isatty()
    file = _Nowhere() if stream is None else stream  # rich would take stdout for one that is closed
    console = _Console(
        file=file, force_terminal=is_terminal, markup=False, highlight=False, emoji=False
    )
    console.most = most
    return console


class Output:
    """Where a command's words go.

    Args:
        as_json: Whether data is for machines.
        raw: Whether text of others is printed as it came.
        data: Instead of stdout.
        notes: Instead of stderr.
    """

    def __init__(
        self,
        *,
        as_json: bool = False,
        raw: bool = False,
        data: Console | None = None,
        notes: Console | None = None,
    ) -> None:
        self.as_json = as_json
        self.raw = raw
        self._data = data or console_on(sys.stdout)
        self._notes = notes or console_on(sys.stderr)
        self._live: Live | None = None

    @property
    def is_rich(self) -> bool:
        """Tell whether `show` prints."""
        return self._data.is_terminal and not self.as_json

    @property
    def width(self) -> int:
        """Columns of the terminal."""
        return self._data.width

    def show(self, renderable: RenderableType, *, soft_wrap: bool = False) -> None:
        """Print for a person at a terminal, above what `progress` draws.

        Args:
            renderable: What is printed.
            soft_wrap: Leave long lines to the terminal, so that a URL can be copied whole.
        """
        if self.is_rich:
            with _writing:
                self._data.print(renderable, soft_wrap=soft_wrap)

    def line(self, text: str) -> None:
        """Print a plain line."""
        if not (self.is_rich or self.as_json):
            self._write(self._cell(text))

    def row(self, *cells: object) -> None:
        """Print a plain line of several fields, as `cut -f` takes them apart; None is empty."""
        if not (self.is_rich or self.as_json):
            self._write("\t".join("" if cell is None else self._cell(str(cell)) for cell in cells))

    def record(self, kind: str, **fields: Any) -> None:
        """Print a JSON object in a line; *kind* tells a reader which one it is."""
        if self.as_json:
            self._write(json_text({"kind": kind, **fields}))

    def csv(self, rows: Iterable[Sequence[object]]) -> None:
        """Print comma-separated values, whatever the form; cells are no formulas."""
        text = io.StringIO()
        cells = ([value if self.raw else csv_cell(value) for value in row] for row in rows)
        csv.writer(text, lineterminator="\n").writerows(cells)
        with _writing:
            self._data.file.write(text.getvalue())
            self._data.file.flush()

    def body(self, content: bytes, *, is_json: bool) -> None:
        """Print what a server sent, whatever the form.

        A terminal gets text. Elsewhere JSON keeps its value, in which what acts is written by
        JSON's own escapes, and what is not JSON is as it came.
        """
        if self.raw:
            self._write_bytes(content)
        elif is_json:
            self._write(escaped_json(content.decode("utf-8", "backslashreplace")).rstrip("\n"))
        elif self._data.is_terminal:
            self._write(escaped_lines(content.decode("utf-8", "backslashreplace")))
        else:
            self._write_bytes(content)

    def progress_note(self, text: str) -> None:
        """Print a line about how far the work is, to a person only."""
        if self._notes.is_terminal:
            self.note(text, style="dim")

    def note(self, text: str, *, style: str = "bold red") -> None:
        """Print a line about the work itself, such as an error."""
        prefix = Text("devin-async: ", style=style)
        console = self._notes
        if self._live is not None and console.is_terminal:
            console = self._live.console  # one console draws, or lines end up in the drawing
        with contextlib.suppress(OSError):  # the work goes on though nobody reads of it
            console.print(prefix.append(shown(text), style="default"), soft_wrap=True)

    @contextlib.contextmanager
    def saying(self, what: Callable[[], str]) -> Generator[None, None, None]:
        """Say *what* was done if the block is interrupted, or nobody takes what it prints."""
        import asyncio  # noqa: PLC0415 - it is there where this is used; help needs none

        try:
            yield
        except (asyncio.CancelledError, BrokenPipeError, UnwritableError):
            self.note(what(), style="yellow")
            raise

    @contextlib.contextmanager
    def progress(self) -> Generator[Callable[[RenderableType], object], None, None]:
        """Yield a function that draws progress anew; it draws on a terminal only.

        What was drawn is gone in the end, and what was printed meanwhile stands above it.
        """
        mixed = self.as_json and self._data.is_terminal  # lines would be written into the drawing
        if mixed or not self._notes.is_terminal:
            yield _ignore
            return
        from rich.live import Live  # noqa: PLC0415 - most commands draw nothing

        live = Live(
            # On a terminal of both, what is shown and what is drawn have to be of one console.
            console=self._data if self._data.is_terminal else self._notes,
            transient=True,
            refresh_per_second=_FRAMES_A_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with live:
            self._live = live
            try:
                yield live.update
            finally:
                self._live = None

    def _cell(self, text: str) -> str:
        return folded(text) if self.raw else shown(text)

    def _write(self, text: str) -> None:
        # Flushed line by line: a reader such as `head` or `jq` sees each as it comes, and one that
        # has gone shows here and not at exit.
        with _writing:
            print(text, file=self._data.file, flush=True)

    def _write_bytes(self, content: bytes) -> None:
        buffer = getattr(self._data.file, "buffer", None)
        if buffer is None:
            self._write(content.decode("utf-8", "backslashreplace"))
            return
        with _writing:
            self._data.file.flush()
            buffer.write(content)
            buffer.flush()


def _ignore(_: RenderableType) -> None:
    """Draw nothing."""
