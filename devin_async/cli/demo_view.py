"""How the demo looks: tables, bars and lines made of plain results. No I/O."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from attrs import define, field, frozen
from rich.console import Group, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from devin_async import APIStatusError, DevinError, Outcome, OutcomeUnknownError
from devin_async.cli.output import clean
from devin_async.models.audit_logs import AuditLog
from devin_async.models.consumption import OrganizationConsumption
from devin_async.models.identity import Identity
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session

__all__ = [
    "AuditCount",
    "AuditProgress",
    "Health",
    "HealthProgress",
    "audit_report",
    "consumption_chart",
    "footer",
    "health_report",
    "introduction",
    "outcome_line",
    "outcome_record",
]

HealthOutcome: TypeAlias = Outcome[Organization, Session]

_FAILED, _LATEST = 8, 6  # how many rows the table of outcomes has
_ACTIONS = 4
_BARS = 10
_WORDS = {
    "started": "green",
    "rejected": "red",
    "unknown": "yellow",
    "not_sent": "magenta",
    "failed": "red",
}


def heading(title: str) -> RenderableType:
    """Open a part of the report."""
    return Group("", Rule(Text(title, style="bold cyan"), align="left", style="dim"))


def introduction(me: Identity, organizations: Sequence[Organization]) -> RenderableType:
    """Show who we are and which organizations there are."""
    named = [clean(organization.name) for organization in organizations[:3]]
    more = len(organizations) - len(named)
    others = f" and {more:,} others" if more else ""
    kind = clean(me.principal_type).replace("_", " ")
    name = (clean(me.name or "nobody"), "bold")
    who = Text.assemble("I am ", name, f", a {kind}, in a sandbox on this machine")
    which = f"{len(organizations):,} organizations: {', '.join(named)}{others}"
    return Group(heading("Who we are"), who, which)


def outcome_word(outcome: HealthOutcome) -> str:
    """Say in a word what became of an organization's request."""
    if outcome.ok:
        return "started"
    return outcome.error.outcome if isinstance(outcome.error, DevinError) else "failed"


def outcome_line(outcome: HealthOutcome) -> str:
    """Say in a plain line what became of an organization's request."""
    if outcome.ok:
        return f"{outcome.item.name}: started {outcome.value.session_id}"
    return f"{outcome.item.name}: FAILED ({outcome_word(outcome)}), {outcome.error}"


def outcome_record(outcome: HealthOutcome) -> dict[str, Any]:
    """Give the fields of an outcome for machines."""
    return {
        "org_id": outcome.item.org_id,
        "organization": outcome.item.name,
        "result": outcome_word(outcome),
        "session_id": outcome.value.session_id if outcome.ok else None,
        "error": None if outcome.ok else str(outcome.error),
    }


@frozen
class Health:
    """How far the health check is.

    Attributes:
        total: How many organizations there are.
        begun: For how many of them a request was begun.
        outcomes: What became of those that have ended.
        seconds: How long it took.
    """

    total: int
    begun: int
    outcomes: Sequence[HealthOutcome]
    seconds: float

    @property
    def summary(self) -> str:
        """One line; what Ctrl-C cut off is told apart from what was never begun."""
        words = Counter(map(outcome_word, self.outcomes))
        parts = [f"{words[word]:,} {word.replace('_', ' ')}" for word in _WORDS if words[word]]
        ended = len(self.outcomes)
        if self.begun > ended:
            parts.append(f"{self.begun - ended:,} cut off, their outcome is unknown")
        if self.total > self.begun:
            parts.append(f"{self.total - self.begun:,} not begun")
        return f"{', '.join(parts)}; {self.seconds:.1f} s"


class HealthProgress:
    """The live view of the health check.

    Args:
        total: How many organizations there are.
    """

    def __init__(self, total: int) -> None:
        self._bar = Progress(
            TextColumn("health check"), BarColumn(), TextColumn("{task.fields[so]}")
        )
        self._task = self._bar.add_task("", total=total, so="")
        self._total = total

    def after(self, outcomes: Sequence[HealthOutcome]) -> RenderableType:
        """Draw it after *outcomes*."""
        so = f"{len(outcomes):,} of {self._total:,}"
        self._bar.update(self._task, completed=len(outcomes), so=so)
        return Group(_outcome_table(outcomes), self._bar)


def health_report(health: Health, at_once: int) -> Iterator[RenderableType]:
    """Show what the health check did."""
    yield heading(f"A session in each of {health.total:,} organizations, {at_once} at a time")
    yield _outcome_table(health.outcomes)
    yield Text(health.summary, style="bold")


def _outcome_table(outcomes: Sequence[HealthOutcome]) -> Table:
    """Show failures first, and the latest of the others."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("organization", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("session or error", overflow="ellipsis", no_wrap=True)
    failed = [outcome for outcome in outcomes if not outcome.ok]
    well = [outcome for outcome in outcomes if outcome.ok]
    for outcome in [*failed[:_FAILED], *well[-_LATEST:]]:
        word = outcome_word(outcome)
        detail = outcome.value.session_id if outcome.ok else _reason(outcome.error)
        table.add_row(clean(outcome.item.name), Text(word, style=_WORDS[word]), clean(detail))
    for number, word in ((len(failed) - _FAILED, "failed"), (len(well) - _LATEST, "started")):
        if number > 0:
            table.add_row(f"{number:,} others", Text(word, style=_WORDS[word]), "")
    return table


def _reason(error: Exception | None) -> str:
    status = f"{error.status} " if isinstance(error, APIStatusError) else ""
    doubt = "; it may have been done" if isinstance(error, OutcomeUnknownError) else ""
    return f"{status}{error.message if isinstance(error, DevinError) else error}{doubt}"


@define
class AuditCount:
    """The audit logs that were counted.

    Attributes:
        days: Over how many days.
        began: When counting began, on the monotonic clock, in seconds.
        began_at: When the demo began, UTC.
        confirmed: How many sessions the demo knows to have started.
        seconds: How long it took.
        pages: How many pages there were.
        actions: How many entries there were of each action.
        created: How many sessions were created since the demo began.
    """

    days: int
    began: float
    began_at: datetime
    confirmed: int
    seconds: float = 0.0
    pages: int = 0
    actions: Counter[str] = field(factory=Counter[str])
    created: int = 0

    def add(self, logs: Sequence[AuditLog]) -> None:
        """Count a page."""
        self.pages += 1
        self.actions.update(log.action for log in logs)
        self.created += sum(
            log.action == "create_session" and log.created_at >= self.began_at for log in logs
        )

    def end(self) -> None:
        """Stop the time."""
        self.seconds = time.monotonic() - self.began

    @property
    def entries(self) -> int:
        """How many entries there were."""
        return self.actions.total()

    @property
    def summary(self) -> str:
        """One line."""
        return f"{self.entries:,} audit logs on {self.pages:,} pages; {self.seconds:.1f} s"

    @property
    def finding(self) -> str:
        """What they tell about an outcome that is unknown: a create that was done is among them."""
        lost = max(0, self.created - self.confirmed)
        found = f", {lost:,} of them with an unknown outcome" if lost else ""
        return f"{self.created:,} sessions were created since the demo began{found}"

    @property
    def record(self) -> dict[str, Any]:
        """The fields for machines."""
        return {
            "entries": self.entries,
            "pages": self.pages,
            "created_since": self.created,
            "actions": dict(self.actions),
        }


class AuditProgress:
    """The live view of the audit logs: how far back in time it is, for no one knows how many.

    Args:
        span: How far back it will go.
    """

    def __init__(self, span: timedelta) -> None:
        self._bar = Progress(TextColumn("audit logs"), BarColumn(), TextColumn("{task.fields[so]}"))
        self._task = self._bar.add_task("", total=span.total_seconds(), so="")

    def at(self, back: timedelta, counted: AuditCount) -> RenderableType:
        """Draw it *back* in time."""
        so = f"{counted.entries:,} entries, {counted.pages:,} pages"
        self._bar.update(self._task, completed=back.total_seconds(), so=so)
        return self._bar


def audit_report(counted: AuditCount) -> Iterator[RenderableType]:
    """Show the most frequent actions."""
    yield heading(f"Audit logs of the last {counted.days} days")
    most = counted.actions.most_common(_ACTIONS)
    rest = len(counted.actions) - len(most)
    rows = [(clean(action), float(number)) for action, number in most]
    if rest:
        rows.append((f"{rest:,} other actions", counted.entries - sum(n for _, n in rows)))
    yield _bars(rows, most[0][1] if most else 1, "{:,.0f}", "blue")
    yield Text(counted.summary, style="bold")
    yield Text(counted.finding)


def consumption_chart(
    consumption: Sequence[OrganizationConsumption], days: int
) -> Iterator[RenderableType]:
    """Show what organizations used, the largest first."""
    yield heading(f"ACUs by organization, last {days} billing days")
    shown = consumption[:_BARS]
    rows = [(clean(used.organization_name), used.total_acus) for used in shown]
    yield _bars(rows, max((acus for _, acus in rows), default=1), "{:,.2f}", "green")
    total = sum(used.total_acus for used in consumption)
    others = len(consumption) - len(shown)
    more = f"; {others:,} others used less" if others else ""
    yield Text(f"{total:,.2f} ACUs in all{more}", style="bold")


def _bars(rows: Sequence[tuple[str, float]], largest: float, form: str, color: str) -> Table:
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


def footer(text: str) -> RenderableType:
    """Close the report."""
    return Group("", Text(text, style="dim"))
