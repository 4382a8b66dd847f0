"""The picture of a run: bars of speed, where the floor is 100 %.

It is written by hand, since bars are rectangles and a library for plots would be the largest
dependency of the project.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

__all__ = ["svg"]

_GROUPS = {
    "decode-sessions": "Decode a page of 200 sessions",
    "pages": "Read 200 pages of 200 sessions",
    "get-session": "One small GET",
    "posts-0": "1,000 POSTs, 64 at once",
}
_OURS = "devin_async"
_WIDTH, _LEFT, _RIGHT = 760, 170, 90
_BAR, _STEP, _GROUP = 14, 20, 44
_STYLE = """
text { font: 13px ui-sans-serif, system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #24292f }
.title { font-weight: 600 } .note { font-size: 11px }
.other { fill: #9aa4af } .ours { fill: #0a7d54 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .other { fill: #6e7681 } .ours { fill: #2ea87a } }
"""

Bar = tuple[str, float]
"""A contestant and its speed."""


def svg(saved: Mapping[str, Any]) -> str:
    """Draw a saved run; rows that it lacks are left out."""
    groups = [(_GROUPS[row["name"]], _bars(row)) for row in saved["rows"] if row["name"] in _GROUPS]
    parts: list[str] = []
    top = 0
    for title, bars in groups:
        parts.append(_text(0, top + 24, title, "title"))
        fastest = max(speed for _, speed in bars)
        for place, bar in enumerate(bars):
            parts.append(_drawn(bar, fastest, top + 34 + place * _STEP))
        top += _GROUP + len(bars) * _STEP
    parts.append(_text(0, top + 20, _note(saved), "note"))
    size = f'width="{_WIDTH}" height="{top + 30}" viewBox="0 0 {_WIDTH} {top + 30}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>", ""])


def _bars(row: Mapping[str, Any]) -> Sequence[Bar]:
    """Give the speed of each, from the ratio of its wall time to the floor's."""
    return [
        (figure["contestant"], 1 / figure["ratio"])
        for figure in row["figures"]
        if figure["measure"] == "wall"
    ]


def _drawn(bar: Bar, fastest: float, top: float) -> str:
    name, speed = bar
    length = max(1.0, (_WIDTH - _LEFT - _RIGHT) * speed / fastest)
    kind = "ours" if name == _OURS else "other"
    return "\n".join(
        (
            _text(0, top + 12, name),
            f'<rect class="{kind}" x="{_LEFT}" y="{top}" width="{length:.1f}" height="{_BAR}"/>',
            _text(_LEFT + length + 8, top + 12, f"{speed:.1%}" if speed < 0.1 else f"{speed:.0%}"),
        )
    )


def _text(x: float, y: float, text: str, kind: str = "label") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _note(saved: Mapping[str, Any]) -> str:
    about = saved["machine"]
    versions = ", ".join(f"{name} {about[name]}" for name in ("Python", "aiohttp", "devinai"))
    return (
        f"Speed, 100 % is raw aiohttp with orjson into dicts; longer is better. {saved['date']}, "
        f"{about['cores']} cores, {versions}."
    )
