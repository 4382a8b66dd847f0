"""`demo`: the job of a large enterprise, on a sandbox that it starts itself."""

import time
from collections import Counter
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Group

from devin_async.cli.errors import ExitCode
from devin_async.cli.options import Count, LocalDataOptions, Positive, Whole, WithLocalData
from devin_async.cli.output import Output
from devin_async.cli.views import demo_view as view
from devin_async.cli.views.fan_view import FanOutView, Tally, fan_out_report, outcome_record

if TYPE_CHECKING:
    from devin_async import DevinClient, Event
    from devin_async.models.organizations import Organization
    from devin_async.models.sessions import Session
    from devin_async.sandbox import Sandbox

__all__ = ["Demo", "demo", "run_demo"]

_DEFAULTS = LocalDataOptions()
_DAYS = 7
_AT_ONCE = 16
_PAGE_SIZE = 200
_ONE_REFUSES_OF = 25
# A loopback answers in a millisecond; with the waits of a real network there is something to see.
_WRITE_SECONDS, _READ_SECONDS = 0.2, 0.02


async def demo(
    *,
    organizations: Positive = 50,
    audit_logs: Count = 100_000,
    seed: Whole = 7,
    options: WithLocalData = _DEFAULTS,
) -> int:
    """Run a health check over all organizations of a sandbox, with failures, and its reports.

    Needs no key. The sandbox refuses some organizations, loses one answer to a POST, and is down
    for one request; the exit code is 0 when just these failed.

    Args:
        organizations: How many there are.
        audit_logs: How many there are in 90 days.
        seed: Decides every name and id.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json)
    return await run_demo(output, organizations=organizations, audit_logs=audit_logs, seed=seed)


async def run_demo(output: Output, *, organizations: int, audit_logs: int, seed: int) -> int:
    """Start a sandbox, run the demo on it, and return the exit code."""
    from devin_async import DevinClient  # noqa: PLC0415 - slow to load
    from devin_async.sandbox import Sandbox  # noqa: PLC0415 - the server, too

    failing = max(1, organizations // _ONE_REFUSES_OF)
    async with Sandbox(
        organizations=organizations, audit_logs=audit_logs, seed=seed, failing_organizations=failing
    ) as sandbox:
        expected = _spoil(sandbox)
        traffic = Counter[str]()

        def count(event: "Event") -> None:
            traffic[f"{event.kind} {event.route.partition(' ')[0]}"] += 1

        async with DevinClient(
            sandbox.token, base_url=sandbox.url, api_version="v3", on_event=count
        ) as devin:
            return await Demo(devin, output, expected, traffic).run()


def _spoil(sandbox: "Sandbox") -> set[str]:
    """Make the sandbox behave as a real API on a bad day; tell which organizations will fail."""
    from devin_async.sandbox import Fault  # noqa: PLC0415 - the server is slow to load

    failing = set(sandbox.failing_organization_ids)
    well = [org_id for org_id in sandbox.organization_ids if org_id not in failing]
    lost = well[len(well) // 2 :][:1]
    for org_id in lost:
        route = f"POST /v3/organizations/{org_id}/sessions"
        sandbox.inject(
            Fault(
                route=route,
                status=502,
                committed=True,
                latency=_WRITE_SECONDS,
                body={"detail": "Bad gateway"},
            )
        )
    sandbox.inject(Fault(route="GET /v3/enterprise/audit-logs", at=2, status=503))
    sandbox.inject(Fault(route="POST *", latency=_WRITE_SECONDS))
    sandbox.inject(Fault(route="GET *", latency=_READ_SECONDS))
    return failing | set(lost)


class Demo:
    """The demo's steps; each one shows what it has when Ctrl-C ends it."""

    def __init__(
        self, devin: "DevinClient", output: Output, expected: set[str], traffic: Counter[str]
    ) -> None:
        self._devin = devin
        self._output = output
        self._expected = expected
        self._traffic = traffic
        self._began = time.monotonic()
        # The API tells times in whole seconds.
        self._began_at = datetime.now(UTC).replace(microsecond=0)

    async def run(self) -> int:
        """Take the steps and return the exit code."""
        organizations = await self._introduce()
        failed = await self._check_health(organizations)
        await self._count_audit_logs(confirmed=len(organizations) - len(failed))
        await self._chart_consumption()
        self._sum_up()
        return ExitCode.DONE if failed == self._expected else ExitCode.FAILED

    async def _introduce(self) -> list["Organization"]:
        me = await self._devin.whoami()
        organizations = await self._devin.enterprise.organizations.list().collect()
        self._output.record("identity", name=me.name, principal_type=me.principal_type)
        self._output.record("organizations", count=len(organizations))
        self._output.line(f"I am {me.name} ({me.principal_type})")
        self._output.line(f"{len(organizations)} organizations")
        self._output.show(view.introduction(me, organizations))
        return organizations

    async def _check_health(self, organizations: list["Organization"]) -> set[str]:
        """Start a session in each organization; give the ids of those where that failed."""
        tally = Tally(total=len(organizations))

        async def start_check(organization: "Organization") -> "Session":
            tally.begun += 1
            sessions = self._devin.organization(organization.org_id).sessions
            return await sessions.create(f"Run daily health check for {organization.name}")

        failed: set[str] = set()
        fan_out = self._devin.fan_out(organizations, start_check, concurrency=_AT_ONCE)
        try:
            with self._output.progress() as draw:
                draw(FanOutView(tally, "health check", has_table=True))
                async with fan_out as running:
                    async for outcome in running:
                        tally.add(outcome)
                        failed |= set() if outcome.ok else {outcome.item.org_id}
                        self._output.line(view.outcome_line(outcome))
                        self._output.record("outcome", **outcome_record(outcome))
        finally:
            title = f"A session in each of {tally.total:,} organizations, {_AT_ONCE} at a time"
            self._output.show(fan_out_report(tally, title, has_table=True))
            self._output.line(tally.summary)
        return failed

    async def _count_audit_logs(self, confirmed: int) -> None:
        now, span = datetime.now(UTC), timedelta(days=_DAYS)
        logs = self._devin.enterprise.audit_logs.list(time_after=now - span, page_size=_PAGE_SIZE)
        counted = view.AuditCount(
            days=_DAYS, began=time.monotonic(), began_at=self._began_at, confirmed=confirmed
        )
        progress = view.AuditProgress(span)
        try:
            with self._output.progress() as draw:
                async with aclosing(logs.pages()) as pages:
                    async for page in pages:
                        counted.add(page.items)
                        if page.items:
                            # The newest come first, so the last one tells how far back we are.
                            draw(progress.at(now - page.items[-1].created_at, counted))
        finally:
            counted.end()
            self._output.show(Group(*view.audit_report(counted)))
            self._output.line(counted.summary)
            self._output.line(counted.finding)
            self._output.record("audit_logs", **counted.record)

    async def _chart_consumption(self) -> None:
        today = datetime.now(UTC).date()
        consumption = await self._devin.enterprise.consumption.by_organization(
            start=today - timedelta(days=_DAYS), end=today - timedelta(days=1)
        )
        consumption.sort(key=lambda used: used.total_acus, reverse=True)
        self._output.show(view.consumption_chart(consumption, _DAYS))
        self._output.line(f"ACUs of the last {_DAYS} billing days")
        for used in consumption:
            self._output.line(f"{used.organization_name}: {used.total_acus:.2f} ACUs")
            self._output.record(
                "consumption",
                org_id=used.organization_id,
                organization=used.organization_name,
                acus=used.total_acus,
            )

    def _sum_up(self) -> None:
        seconds = time.monotonic() - self._began
        posts, gets = self._traffic["request POST"], self._traffic["request GET"]
        posts_again, gets_again = self._traffic["retry POST"], self._traffic["retry GET"]
        text = (
            f"{posts:,} POST requests, {posts_again:,} of them repeats; "
            f"{gets:,} GET requests, {gets_again:,} of them repeats; {seconds:.1f} s"
        )
        self._output.line(text)
        self._output.show(view.footer(text))
        self._output.record(
            "summary",
            posts=posts,
            posts_repeated=posts_again,
            gets=gets,
            gets_repeated=gets_again,
            seconds=seconds,
        )
