"""What tables and bars look like on a terminal. No I/O."""

from collections.abc import Iterable, Sequence
from typing import Literal

from attrs import frozen
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from devin_async.cli.text import shown

__all__ = ["Column", "Listing", "bars", "card", "counted", "heading"]

Cell = str | Text


@frozen
class Column:
    """A column of a listing.

    Attributes:
        title: Its heading.
        from_width: The narrowest terminal that shows it, in characters.
        whole: Whether it is as wide as its cells; the others share what is left.
        most: Characters that it has at the most.
        justify: Side that its cells lean to.
    """

    title: str
    from_width: int = 0
    whole: bool = True
    most: int | None = None
    justify: Literal["left", "right"] = "left"


@frozen
class Listing:
    """A table that leaves out columns for which the terminal is too narrow; one line a row.

    Attributes:
        columns: Its columns.
        rows: A cell for each column.
        below: A line under each row, such as a URL that has no room in it.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    below: Sequence[str] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        if not self.rows:
            return
        places = [
            place
            for place, column in enumerate(self.columns)
            if column.from_width <= options.max_width
        ]
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for column in (self.columns[place] for place in places):
            table.add_column(
                column.title,
                no_wrap=column.whole,  # rich narrows those that it may wrap, and the others never
                justify=column.justify,
                min_width=self._width_of(column) if column.whole else None,
                max_width=column.most,
            )
        for row in self.rows:
            table.add_row(*(_in_one_line(row[place]) for place in places))
        if not self.below:
            yield table
            return
        lines = console.render_lines(table, options, pad=False)
        for number, line in enumerate(lines):
            yield from (*line, Segment.line())
            if number:  # the first is the heading
                yield Text(f"  {shown(self.below[number - 1])}", style="dim", overflow="fold")

    def _width_of(self, column: Column) -> int:
        place = self.columns.index(column)
        cells = (_in_one_line(row[place]).plain for row in self.rows)
        longest = max(map(cell_len, (column.title, *cells)))
        return longest if column.most is None else min(longest, column.most)


def _in_one_line(cell: Cell) -> Text:
    text = Text(shown(cell)) if isinstance(cell, str) else cell.copy()
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def counted(number: int, thing: str) -> str:
    """Say how many there are, such as "1 session" and "2 sessions"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def card(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    """Show one thing, a line for each of its fields."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, shown(value) if isinstance(value, str) else value)
    return table


def heading(title: str) -> RenderableType:
    """Open a part of a report."""
    return Group("", Rule(Text(title, style="bold cyan"), align="left", style="dim"))


def bars(rows: Sequence[tuple[str, float]], largest: float, form: str, color: str) -> Table:
    """Draw a bar for each row; one above *largest*, such as the rest of a list, has none."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=32)
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    for name, value in rows:
        bar = _bar(value, largest, color) if value <= largest else ""
        table.add_row(name, bar, form.format(value))
    return table


def _bar(value: float, largest: float, color: str) -> ProgressBar:
    return ProgressBar(
        largest or 1, value, style="dim bright_black", complete_style=color, finished_style=color
    )
