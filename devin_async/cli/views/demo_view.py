"""How the demo looks: tables, bars and lines made of plain results. No I/O."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import define, field
from rich.console import Group, RenderableType
from rich.text import Text

from devin_async.cli.text import shown
from devin_async.cli.views.chart import Chart, Used, terminal_chart
from devin_async.cli.views.fan_view import outcome_word
from devin_async.cli.views.tables import bars, counted, heading

if TYPE_CHECKING:
    from devin_async import Outcome
    from devin_async.models.audit_logs import AuditLog
    from devin_async.models.consumption import OrganizationConsumption
    from devin_async.models.identity import Identity
    from devin_async.models.organizations import Organization
    from devin_async.models.sessions import Session

__all__ = [
    "AuditCount",
    "AuditProgress",
    "audit_report",
    "consumption_chart",
    "footer",
    "introduction",
    "outcome_line",
]

_ACTIONS = 4
_BARS = 10


def introduction(me: "Identity", organizations: Sequence["Organization"]) -> RenderableType:
    """Show who we are and which organizations there are."""
    named = [shown(organization.name) for organization in organizations[:3]]
    more = len(organizations) - len(named)
    others = f" and {more:,} others" if more else ""
    kind = shown(me.principal_type).replace("_", " ")
    name = (shown(me.name or "nobody"), "bold")
    who = Text.assemble("I am ", name, f", a {kind}, in a sandbox on this machine")
    which = f"{len(organizations):,} organizations: {', '.join(named)}{others}"
    return Group(heading("Who we are"), who, which)


def outcome_line(outcome: "Outcome[Organization, Session]") -> str:
    """Say in a plain line what became of an organization's request."""
    if outcome.ok:
        return f"{outcome.item.name}: started {outcome.value.session_id}"
    return f"{outcome.item.name}: FAILED ({outcome_word(outcome)}), {outcome.error}"


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

    def add(self, logs: Sequence["AuditLog"]) -> None:
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
        unknown = f", {lost:,} of them with an unknown outcome" if lost else ""
        return f"{self.created:,} sessions were created since the demo began{unknown}"

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
        from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415 - slow to load

        self._bar = Progress(TextColumn("audit logs"), BarColumn(), TextColumn("{task.fields[so]}"))
        self._task = self._bar.add_task("", total=span.total_seconds(), so="")

    def at(self, back: timedelta, count: AuditCount) -> RenderableType:
        """Draw it *back* in time."""
        so = f"{count.entries:,} entries, {counted(count.pages, 'page')}"
        self._bar.update(self._task, completed=back.total_seconds(), so=so)
        return self._bar


def audit_report(counted: AuditCount) -> Iterator[RenderableType]:
    """Show the most frequent actions."""
    yield heading(f"Audit logs of the last {counted.days} days")
    most = counted.actions.most_common(_ACTIONS)
    rest = len(counted.actions) - len(most)
    rows = [(shown(action), float(number)) for action, number in most]
    if rest:
        rows.append((f"{rest:,} other actions", counted.entries - sum(n for _, n in rows)))
    yield bars(rows, most[0][1] if most else 1, "{:,.0f}", "blue")
    yield Text(counted.summary, style="bold")
    yield Text(counted.finding)


def consumption_chart(
    consumption: Sequence["OrganizationConsumption"], days: int
) -> RenderableType:
    """Show what organizations used, the largest first."""
    rows = [
        Used(id=used.organization_id or "", name=used.organization_name, acus=used.total_acus)
        for used in consumption
    ]
    title, subtitle = "ACUs by organization", f"last {days} billing days"
    return terminal_chart(Chart(title=title, subtitle=subtitle, rows=rows, top=_BARS))


def footer(text: str) -> RenderableType:
    """Close the report."""
    return Group("", Text(text, style="dim"))
