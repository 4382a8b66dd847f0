"""Bar charts of ACUs: in the terminal, and as SVG. No I/O."""

from collections.abc import Iterator, Sequence
from html import escape

from attrs import field, frozen
from rich.console import Group, RenderableType
from rich.text import Text

from devin_async.cli.text import shown
from devin_async.cli.views.tables import bars, heading

__all__ = ["Chart", "Used", "bar_svg", "terminal_chart"]

_FONTS = "ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
# Dark where the reader's pages are, light in print.
_STYLE = f"""
  text {{ font: 13px {_FONTS}; fill: #1f2328; }}
  .title {{ font-size: 16px; font-weight: 600; }}
  .dim, .dim tspan {{ fill: #59636e; }}
  .acus {{ text-anchor: end; font-variant-numeric: tabular-nums; }}
  .ground {{ fill: #ffffff; }}
  .track {{ fill: #eaeef2; }}
  .bar {{ fill: #1a7f64; }}
  @media (prefers-color-scheme: dark) {{
    text {{ fill: #e6edf3; }}
    .dim, .dim tspan {{ fill: #9198a1; }}
    .ground {{ fill: #0d1117; }}
    .track {{ fill: #21262d; }}
    .bar {{ fill: #3fb68b; }}
  }}
"""
_WIDTH, _EDGE, _LINE = 760, 24, 26
_NAMES, _NUMBERS = 200, 90  # room for them, in pixels
_LONGEST_NAME = 28
_BAR_HEIGHT = 12


def _rounded(acus: float) -> float:
    """Cut off what adding up floats leaves, far below what the API tells."""
    return round(acus, 6)


@frozen(kw_only=True)
class Used:
    """What one of several used."""

    id: str
    name: str
    acus: float = field(default=0.0, converter=_rounded)


@frozen(kw_only=True)
class Chart:
    """A bar chart.

    Attributes:
        title: What it shows.
        subtitle: Of which time.
        rows: All that there is, in order.
        top: How many of them have a bar.
    """

    title: str
    subtitle: str
    rows: Sequence[Used]
    top: int

    @property
    def shown(self) -> Sequence[Used]:
        """What has a bar."""
        return self.rows[: self.top]

    @property
    def largest(self) -> float:
        """What the longest bar stands for."""
        return max((used.acus for used in self.shown), default=0.0)

    @property
    def summary(self) -> str:
        """What all used together, and how much of it has no bar."""
        total = sum(used.acus for used in self.rows)
        text = f"{total:,.2f} ACUs in all"
        others = self.rows[self.top :]
        if not others:
            return text
        rest = sum(used.acus for used in others)
        return f"{text}; {rest:,.2f} of them by {len(others):,} others"


def terminal_chart(chart: Chart) -> RenderableType:
    """Draw it for a terminal."""
    rows = [(shown(used.name), used.acus) for used in chart.shown]
    title = f"{chart.title}, {chart.subtitle[0].lower()}{chart.subtitle[1:]}"
    drawn = bars(rows, chart.largest, "{:,.2f}", "green")
    return Group(heading(title), drawn, Text(chart.summary, style="bold"))


def bar_svg(chart: Chart) -> str:
    """Draw it as an SVG document, which loads nothing and follows the reader's light or dark."""
    height = _EDGE * 2 + 60 + _LINE * len(chart.shown) + _LINE
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    name = f'role="img" aria-label="{_text(chart.title)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {name}>',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{_WIDTH}" height="{height}" rx="8"/>',
        f'<text class="title" x="{_EDGE}" y="{_EDGE + 14}">{_text(chart.title)}</text>',
        f'<text class="dim" x="{_EDGE}" y="{_EDGE + 36}">{_text(chart.subtitle)}</text>',
        *_bars(chart),
        f'<text class="dim" x="{_EDGE}" y="{height - _EDGE}">{_text(chart.summary)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _bars(chart: Chart) -> Iterator[str]:
    left = _EDGE + _NAMES
    room = _WIDTH - _EDGE - _NUMBERS - left
    for number, used in enumerate(chart.shown):
        middle = _EDGE + 72 + _LINE * number
        top = middle - _BAR_HEIGHT / 2
        width = room * used.acus / chart.largest if chart.largest else 0.0
        size = f'height="{_BAR_HEIGHT}" rx="3"'
        yield (
            f"<g><title>{_text(used.name)}: {used.acus:,.2f} ACUs</title>"
            f'<text x="{_EDGE}" y="{middle + 4}">{_short(used.name)}</text>'
            f'<rect class="track" x="{left}" y="{top:g}" width="{room}" {size}/>'
            f'<rect class="bar" x="{left}" y="{top:g}" width="{width:.1f}" {size}/>'
            f'<text class="acus" x="{_WIDTH - _EDGE}" y="{middle + 4}">{used.acus:,.2f}</text></g>'
        )


def _text(text: str) -> str:
    return escape(shown(text))


def _short(name: str) -> str:
    text = shown(name)
    if len(text) > _LONGEST_NAME:
        text = text[: _LONGEST_NAME - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    return escape(text)
