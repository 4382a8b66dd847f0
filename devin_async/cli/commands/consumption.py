"""`consumption`: ACUs by organization, day or user."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, Union

from attrs import frozen
from cyclopts import Parameter
from rich.console import RenderableType
from rich.text import Text

from devin_async.base.times import billing_day, billing_days
from devin_async.cli.connection import connect, org_id_of
from devin_async.cli.errors import UsageError
from devin_async.cli.options import DataOptions, Flag, Org, Positive, WithData
from devin_async.cli.output import Output
from devin_async.cli.times import read_billing_day
from devin_async.cli.views.chart import Chart, Used, bar_svg, terminal_chart

if TYPE_CHECKING:
    from devin_async import DevinClient
    from devin_async.models.consumption import Consumption
    from devin_async.models.members import IdpUser, User
    from devin_async.scopes import EnterpriseScope, OrganizationScope

__all__ = ["consumption"]

_DEFAULTS = DataOptions()
_AT_ONCE = 16

By: TypeAlias = Literal["organization", "day", "user"]
Scope: TypeAlias = Union["EnterpriseScope", "OrganizationScope"]
Draw: TypeAlias = Callable[[RenderableType], object]


@frozen(kw_only=True)
class Question:
    """What is asked: by what, of which organization (None for all), first and last billing day."""

    by: By
    org: str | None
    days: tuple[date, date]

    @property
    def time(self) -> str:
        """Say of which time it is."""
        return f"Billing days {self.days[0]} to {self.days[1]} (from 08:00 UTC)"


async def consumption(
    *,
    by: Annotated[By | None, Parameter(show_default=False)] = None,
    org: Org = None,
    since: str = "7d",
    until: str | None = None,
    top: Positive = 20,
    svg: Path | None = None,
    csv: Flag = False,
    options: WithData = _DEFAULTS,
) -> None:
    """Show how many ACUs were used, in billing days, which start at 08:00 UTC.

    Without a terminal: id, name, ACUs.

    Args:
        by: What the bars are: organizations, days, or users (people and, of the enterprise, service
            users). Left out, organizations; with --org, days.
        org: Only this organization, by its id or name; DEVIN_ORG_ID is not looked at.
        since: First billing day, such as 2026-01-31; 7d means the last seven, the current one too.
        until: Last billing day, included; left out, the current one.
        top: How many bars there are at the most; other forms have all rows.
        svg: File to write the chart to.
        csv: Print comma-separated values, with a header; a cell that a spreadsheet would take for
            a formula begins with ', unless --raw.
        options: What every command takes that prints data.
    """
    if csv and options.json:
        raise UsageError("--csv and --json exclude each other")
    chosen = by or ("day" if org else "organization")
    if chosen == "organization" and org is not None:
        raise UsageError(
            "--by organization is of the whole enterprise; allowed with --org: day, user"
        )
    if svg is not None and not _can_be_a_file(svg):
        raise UsageError(f"--svg is {svg}; allowed: a file in a directory that exists")
    days = _days(since, until)
    output = Output(as_json=options.json, raw=options.raw)
    async with connect(options) as devin:
        org_id = None if org is None else await org_id_of(devin, org)
        asked = Question(by=chosen, org=org_id, days=days)
        with output.progress() as draw:
            chart = Chart(
                title=f"ACUs by {chosen}",
                subtitle=asked.time + (f", {org}" if org else ""),
                rows=await _read(devin, draw, asked),
                top=top,
            )
    if csv:
        cells = [(used.id, used.name, used.acus) for used in chart.rows]
        output.csv([(f"{chosen}_id", "name", "acus"), *cells])
    else:
        _print(output, chart, asked)
    if svg is not None:
        svg.write_text(bar_svg(chart), encoding="utf-8")  # noqa: ASYNC240 - nothing else runs


def _can_be_a_file(path: Path) -> bool:
    return path.absolute().parent.is_dir() and not path.is_dir()


def _days(since: str, until: str | None) -> tuple[date, date]:
    today = billing_day(datetime.now(UTC))
    last = today if until is None else read_billing_day("--until", until, today=today)
    first = read_billing_day("--since", since, today=last)
    if last < first:
        raise UsageError(f"--until is {last}, which lies before --since, {first}")
    return first, last


async def _read(devin: "DevinClient", draw: Draw, asked: Question) -> list[Used]:
    scope = devin.enterprise if asked.org is None else devin.organization(asked.org)
    if asked.by == "day":
        return await _by_day(scope, *asked.days)
    if asked.by == "user":
        rows = await _by_user(devin, scope, draw, asked)
    else:
        draw(Text("reading what each organization used"))
        rows = await _by_organization(devin, *asked.days)
    return sorted(rows, key=lambda used: (-used.acus, used.name))


async def _by_organization(devin: "DevinClient", first: date, last: date) -> list[Used]:
    reports = await devin.enterprise.consumption.by_organization(
        start=first, end=last, errors="raise"
    )
    return [
        Used(id=one.organization_id or "", name=str(one.organization_name), acus=one.total_acus)
        for one in reports
    ]


async def _by_day(scope: Scope, first: date, last: date) -> list[Used]:
    since, until = billing_days(first, last)
    used = await scope.consumption.daily(time_after=since, time_before=until)
    days = [day for day in used.consumption_by_date if since <= day.date < until]
    return [
        Used(id=f"{day.date:%Y-%m-%d}", name=f"{day.date:%a %Y-%m-%d}", acus=day.acus)
        for day in sorted(days, key=lambda day: day.date)
    ]


async def _by_user(devin: "DevinClient", scope: Scope, draw: Draw, asked: Question) -> list[Used]:
    """Read what each person used, and each service user where they can be listed."""
    since, until = billing_days(*asked.days)
    reports = scope.consumption
    people = await _people(scope)
    services = await _service_users(scope)

    async def read(who: Used) -> Used:
        is_service = who.id in services
        call = reports.service_user_daily if is_service else reports.user_daily
        used = await call(who.id, time_after=since, time_before=until)
        return Used(id=who.id, name=who.name, acus=_within(used, since, until))

    everybody = [Used(id=one, name=name) for one, name in (people | services).items()]
    read_ones: list[Used] = []
    work = devin.fan_out(everybody, read, concurrency=_AT_ONCE, errors="raise")
    async with work as outcomes:
        async for outcome in outcomes:
            read_ones.append(outcome.value)
            draw(Text(f"{len(read_ones):,} of {len(everybody):,} users"))
    return read_ones


async def _people(scope: Scope) -> dict[str, str]:
    """Name the people: those with a role of their own, and those with one from an IdP group."""
    own: list[User] = await scope.users.list().collect()
    by_group: list[IdpUser] = await scope.idp_users.list().collect()
    everybody: list[User | IdpUser] = [*by_group, *own]
    return {one.user_id: one.name or one.email or one.user_id for one in everybody}


async def _service_users(scope: Scope) -> dict[str, str]:
    from devin_async.scopes import OrganizationScope  # noqa: PLC0415 - as slow as the client

    if isinstance(scope, OrganizationScope):  # the API lists them for the enterprise only
        return {}
    listed = await scope.service_users.list(include_inactive=True).collect()
    return {one.service_user_id: one.name for one in listed}


def _within(used: "Consumption", since: datetime, until: datetime) -> float:
    """Add up the days of a range: whether the API includes its end is not documented."""
    return sum(day.acus for day in used.consumption_by_date if since <= day.date < until)


def _print(output: Output, chart: Chart, asked: Question) -> None:
    output.show(terminal_chart(chart))
    since, until = map(str, asked.days)
    for used in chart.rows:
        output.row(used.id, used.name, f"{used.acus:.2f}")
        output.record(
            "consumption",
            by=asked.by,
            id=used.id,
            name=used.name,
            acus=used.acus,
            since=since,
            until=until,
        )
