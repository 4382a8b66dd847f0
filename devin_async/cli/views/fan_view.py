"""How a fan-out that starts sessions looks, while it runs and in the end. No I/O."""

import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from attrs import define, field
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from devin_async.cli.errors import ExitCode, exit_code, message
from devin_async.cli.text import shown
from devin_async.cli.views.tables import Column, Listing, heading
from devin_async.errors import APIStatusError, DevinError, OutcomeUnknownError

if TYPE_CHECKING:
    from devin_async.jobs.outcomes import Outcome
    from devin_async.models.sessions import Session

__all__ = [
    "FanOutView",
    "Tally",
    "Target",
    "fan_out_report",
    "outcome_line",
    "outcome_record",
    "outcome_word",
]

_FAILED, _LATEST = 8, 6  # how many rows the table has
_BAR_WIDTH = 40
_WORDS = {
    "started": "green",
    "rejected": "red",
    "unknown": "yellow",
    "not_sent": "magenta",
    "failed": "red",
}
_LONGEST_WORD = max(map(len, _WORDS))


_COLUMNS = (
    Column("ORGANIZATION", most=40),
    Column("OUTCOME"),
    Column("SESSION OR ERROR", whole=False),
)


class Target(Protocol):
    """What a session is started in."""

    @property
    def org_id(self) -> str:
        """Id of the organization."""
        ...

    @property
    def name(self) -> str | None:
        """Its name; None if nobody asked."""
        ...


Started: TypeAlias = "Outcome[Target, Session]"


def outcome_word(outcome: Started) -> str:
    """Say in a word what became of an organization's request."""
    if outcome.error is None:
        return "started"
    return outcome.error.outcome if isinstance(outcome.error, DevinError) else "failed"


def outcome_record(outcome: Started) -> dict[str, Any]:
    """Return the fields of an outcome for machines."""
    session = outcome.value if outcome.ok else None
    return {
        "org_id": outcome.item.org_id,
        "organization": outcome.item.name,
        "result": outcome_word(outcome),
        "session_id": None if session is None else session.session_id,
        "url": None if session is None else session.url,
        "error": None if outcome.error is None else message(outcome.error),
    }


def outcome_line(outcome: Started) -> Text:
    """Write an outcome in a line of a terminal: what happened, where, and its URL or error."""
    word = outcome_word(outcome)
    what = str(outcome.value.url) if outcome.ok else _reason(outcome.error)
    return Text.assemble(
        (f"{word.replace('_', ' '):{_LONGEST_WORD}}", _WORDS[word]),
        "  ",
        (shown(str(outcome.item.name or outcome.item.org_id)), "bold"),
        "  ",
        shown(what),
    )


@define
class Tally:
    """What a fan-out did so far; as large for a million organizations as for ten.

    Attributes:
        total: How many organizations there are; None if nobody knows yet.
        begun: For how many of them a request was begun.
        began: When it began, on the monotonic clock, in seconds.
        words: How many have each outcome.
        codes: What the failures would exit with.
        failed: The first failures.
        latest: The latest others.
    """

    total: int | None = None
    begun: int = 0
    began: float = field(factory=time.monotonic)
    words: Counter[str] = field(factory=Counter[str])
    codes: set[ExitCode] = field(factory=set[ExitCode])
    failed: list[Started] = field(factory=list[Any])
    latest: deque[Started] = field(factory=lambda: deque[Any](maxlen=_LATEST))

    def add(self, outcome: Started) -> None:
        """Count an outcome."""
        self.words[outcome_word(outcome)] += 1
        if outcome.error is None:
            self.latest.append(outcome)
            return
        self.codes.add(exit_code(outcome.error))
        if len(self.failed) < _FAILED:
            self.failed.append(outcome)

    @property
    def ended(self) -> int:
        """How many have an outcome."""
        return self.words.total()

    @property
    def exit_code(self) -> ExitCode:
        """What it exits with: a failure's own code only if nothing else happened."""
        if not self.codes:
            return ExitCode.DONE
        is_one = len(self.codes) == 1 and not self.words["started"]
        return next(iter(self.codes)) if is_one else ExitCode.FAILED

    @property
    def summary(self) -> str:
        """One line; what was cut off is told apart from what was never begun."""
        counts = [
            f"{self.words[word]:,} {word.replace('_', ' ')}" for word in _WORDS if self.words[word]
        ]
        parts = counts or ["nothing started"]
        if self.begun > self.ended:
            parts.append(f"{self.begun - self.ended:,} cut off, their outcome is unknown")
        if self.total is not None and self.total > self.begun:
            parts.append(f"{self.total - self.begun:,} not begun")
        return f"{', '.join(parts)}; {time.monotonic() - self.began:.1f} s"


class FanOutView:
    """The live view of a fan-out; it looks at the tally each time that it is drawn.

    Args:
        tally: What it shows.
        label: What the work is called.
        has_table: Whether it shows some outcomes, too; without, each is printed above it.
    """

    def __init__(self, tally: Tally, label: str, *, has_table: bool = False) -> None:
        self._tally = tally
        self._label = label
        self._has_table = has_table

    def __rich__(self) -> RenderableType:
        """Draw it."""
        return (
            Group(_outcome_table(self._tally), self._state()) if self._has_table else self._state()
        )

    def _state(self) -> RenderableType:
        tally = self._tally
        if tally.total is None:
            running = f"{tally.ended:,} ended, {tally.begun - tally.ended:,} running"
            return Text(f"{self._label}: {running}, {time.monotonic() - tally.began:.0f} s")
        state = Table.grid(padding=(0, 1, 0, 0))
        bar = ProgressBar(tally.total, tally.ended, width=_BAR_WIDTH)
        state.add_row(self._label, bar, f"{tally.ended:,} of {tally.total:,}")
        return state


def fan_out_report(tally: Tally, title: str, *, has_table: bool = False) -> RenderableType:
    """Show what a fan-out did."""
    table = [_outcome_table(tally)] if has_table else []
    return Group(heading(title), *table, Text(tally.summary, style="bold"))


def _outcome_table(tally: Tally) -> Listing:
    """Show failures first, and the latest of the others."""
    listed = [*tally.failed, *tally.latest]
    rows: list[tuple[str, Text, str]] = []
    for outcome in listed:
        detail = str(outcome.value.session_id) if outcome.ok else _reason(outcome.error)
        name = str(outcome.item.name or outcome.item.org_id)
        rows.append((name, _styled(outcome_word(outcome)), detail))
    return Listing(_COLUMNS, [*rows, *_others(tally, listed)])


def _others(tally: Tally, listed: Sequence[Started]) -> list[tuple[str, Text, str]]:
    """Count what has no row of its own, each kind of outcome for itself."""
    rest = tally.words - Counter(map(outcome_word, listed))
    return [
        (f"{rest[word]:,} {'other' if rest[word] == 1 else 'others'}", _styled(word), "")
        for word in (*[one for one in _WORDS if one != "started"], "started")
        if rest[word]
    ]


def _styled(word: str) -> Text:
    return Text(word.replace("_", " "), style=_WORDS[word])


def _reason(error: Exception | None) -> str:
    status = f"{error.status} " if isinstance(error, APIStatusError) else ""
    doubt = "; it may have been done" if isinstance(error, OutcomeUnknownError) else ""
    return f"{status}{error.message if isinstance(error, DevinError) else error}{doubt}"
