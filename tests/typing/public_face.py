"""What type checkers make of the public face; never run, only checked."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypedDict, assert_type

from attrs import frozen

from devin_async import (
    APIStatusError,
    Budget,
    Checkpoint,
    DevinClient,
    DevinError,
    Event,
    FanOut,
    FanOutError,
    Ledger,
    LedgerItem,
    LedgerReport,
    MessageAdded,
    Outcome,
    OutcomeUnknownError,
    Page,
    Pager,
    PlannedItem,
    RateLimitedError,
    Response,
    ServerError,
    ServerOutcomeUnknownError,
    SessionResult,
    SessionSettled,
    SessionUpdate,
)
from devin_async.errors import RequestOutcome
from devin_async.models.audit_logs import AuditLog
from devin_async.models.consumption import (
    Consumption,
    OrganizationConsumption,
    OrganizationConsumptions,
)
from devin_async.models.identity import Identity
from devin_async.models.members import CreatedServiceUser, Role
from devin_async.models.organizations import Organization
from devin_async.models.sessions import Session, SessionMessage, SessionSecret
from devin_async.resources.audit_logs import EnterpriseAuditLogs, OrganizationAuditLogs
from devin_async.resources.organizations import Organizations
from devin_async.resources.sessions import OrganizationSessions
from devin_async.scopes import EnterpriseOrganizationScope, EnterpriseScope, OrganizationScope


async def fetch_key() -> str:
    return "cog_key"


def on_event(event: Event) -> None:
    assert_type(event.status, int | None)
    assert_type(event.headers, Mapping[str, str] | None)


async def clients() -> None:
    assert_type(DevinClient(), DevinClient)
    DevinClient("cog_key")
    DevinClient(lambda: "cog_key", org_id="org-1", api_version="v3beta1")
    DevinClient(fetch_key, deadline=None, on_event=on_event)
    async with DevinClient() as devin:
        assert_type(devin, DevinClient)
        assert_type(await devin.whoami(), Identity)
        assert_type((await devin.whoami()).default_org_id, str | None)
        assert_type(devin.with_options(deadline=None, max_attempts=2), DevinClient)
        devin.with_options(headers={"X-Team": "a"}, on_event=None)
        DevinClient(headers={"X-Team": "a"}, dry_run=True)


async def scopes(devin: DevinClient) -> None:
    assert_type(devin.enterprise, EnterpriseScope)
    assert_type(devin.organization(), OrganizationScope)
    assert_type(devin.organization("org-1").org_id, str)
    assert_type(devin.enterprise.organization("org-1"), EnterpriseOrganizationScope)
    assert_type(devin.enterprise.organizations, Organizations)
    assert_type(devin.enterprise.audit_logs, EnterpriseAuditLogs)
    assert_type(devin.enterprise.organization("org-1").audit_logs, OrganizationAuditLogs)
    assert_type(devin.organization().sessions, OrganizationSessions)


async def calls(devin: DevinClient) -> None:
    org = devin.organization("org-1")
    secrets = [SessionSecret(key="A", value="1")]
    session = await org.sessions.create("Do it", tags=["csv"], session_secrets=secrets)
    assert_type(session, Session)
    assert_type(session.created_at, datetime)
    assert_type(session.structured_output, Any)
    assert_type(await org.sessions.send_message("devin-1", "Go on"), Session)
    assert_type(await devin.enterprise.organizations.create("Acme", acu_limit=5), Organization)
    created = await org.service_users.create("ci", role="Member")
    assert_type(created, CreatedServiceUser)
    assert_type(created.api_key, str)
    day = date(2026, 1, 31)
    assert_type(await org.consumption.daily(time_after=day), Consumption)
    used = await devin.enterprise.consumption.by_organization(start=day, end=day)
    assert_type(used, OrganizationConsumptions)
    assert_type(used[0], OrganizationConsumption)


async def pagers(devin: DevinClient, stored: Checkpoint) -> None:
    since = datetime(2026, 1, 31, tzinfo=UTC)
    logs = devin.enterprise.audit_logs.list(time_after=since, order="asc", after=stored)
    assert_type(logs, Pager[AuditLog])
    async for log in logs:
        assert_type(log, AuditLog)
    async for page in logs.pages():
        assert_type(page, Page[AuditLog])
        assert_type(page.items, list[AuditLog])
        assert_type(page.end_cursor, str | None)
        assert_type(page.total, int | None)
        assert_type(page.checkpoint, Mapping[str, Any])
    assert_type(await logs.first(), AuditLog | None)
    assert_type(await logs.collect(limit=500), list[AuditLog])
    assert_type(devin.organization().sessions.messages("devin-1"), Pager[SessionMessage])
    assert_type(devin.enterprise.roles.list(page_size=200), Pager[Role])
    async with aclosing(aiter(logs)) as items:
        assert_type(items, AsyncGenerator[AuditLog, None])


async def start_check(org: Organization) -> Session:
    raise NotImplementedError(org)


async def ids() -> AsyncIterator[str]:
    yield "org-1"


async def fan_outs(devin: DevinClient) -> None:
    source = devin.enterprise.organizations.list()
    run = devin.fan_out(source, start_check, concurrency=64)
    assert_type(run, FanOut[Organization, Session])
    async with run as outcomes:
        async for outcome in outcomes:
            assert_type(outcome, Outcome[Organization, Session])
            assert_type(outcome.value, Session)
            if outcome.error is None:
                assert_type(outcome.result, Session)
            else:
                assert_type(outcome.error, Exception)
            assert_type(outcome.item, Organization)
            assert_type(outcome.value, Session)
            assert_type(outcome.error, Exception | None)
            assert_type(outcome.ok, bool)
    collected = await devin.fan_out(source, start_check, concurrency=4, errors="raise").collect()
    assert_type(collected, list[Outcome[Organization, Session]])

    sessions = devin.organization().sessions
    by_lambda = devin.fan_out(["a", "b"], lambda one: sessions.get(one), concurrency=2)  # noqa: PLW0108
    assert_type(by_lambda, FanOut[str, Session])
    by_method = devin.fan_out(ids(), sessions.get, concurrency=asyncio.Semaphore(8))
    assert_type(by_method, FanOut[str, Session])


async def ledgers(devin: DevinClient) -> None:
    ledger = Ledger(Path("daily.sqlite"), run="2026-11-22")
    job = devin.fan_out(
        devin.enterprise.organizations.list(),
        start_check,
        concurrency=64,
        ledger=ledger,
        key=lambda organization: organization.name,
        record=lambda session: [session.session_id, session.url],
        retry_failed=True,
        rerun_unknown=True,
        probe_first=True,
    )
    assert_type(job, FanOut[Organization, Session])
    for planned in await job.plan():
        assert_type(planned, PlannedItem[Organization])
        assert_type(planned.item, Organization)
        assert_type(planned.error, Exception | None)
    report = ledger.report()
    assert_type(report, LedgerReport)
    assert_type(report.counts["done"], int)
    assert_type((report.table(), report.json()), tuple[str, str])
    for item in report.items:
        assert_type(item, LedgerItem)
        assert_type(item.started_at, datetime | None)


async def requests(devin: DevinClient) -> None:
    response = await devin.request("GET", "/v3/self", params={"tags": ["a"]}, json=None)
    assert_type(response, Response)
    assert_type(response.status, int)
    assert_type(response.bytes, bytes)
    assert_type(response.request_id, str | None)
    assert_type(response.json(), Any)


@frozen
class Report:
    passed: bool


class Answer(TypedDict):
    passed: bool


async def jobs(devin: DevinClient, before: Session) -> None:
    sessions = devin.organization("org-1").sessions
    created = await sessions.create("Do it", once="key", once_strict=True, rerun=True, settle=60)
    assert_type(created, Session)
    assert_type(await sessions.wait("devin-1", timeout=None, since=before, output=True), Session)
    await sessions.wait("devin-1", until=lambda session: session.status == "running", interval=30)
    assert_type(await devin.enterprise.sessions.wait_all(["devin-1"]), list[Session])
    assert_type(sessions.follow("devin-1"), AsyncGenerator[SessionMessage, None])
    async with aclosing(
        devin.enterprise.organization("org-1").sessions.follow("devin-1")
    ) as messages:
        async for message in messages:
            assert_type(message, SessionMessage)
    done = await sessions.run("Check", result=Report, once="key", max_acu_limit=5)
    assert_type(done, SessionResult[Report])
    assert_type(done.output, Report)
    assert_type(done.session, Session)
    assert_type(sessions.changes(since=0, interval=60), AsyncGenerator[Session, None])
    assert_type(sessions.watch("devin-1", output=True), AsyncGenerator[SessionUpdate, None])
    async for update in sessions.watch("devin-1", after={}):
        if isinstance(update, MessageAdded):
            assert_type(update.message, SessionMessage)
        elif isinstance(update, SessionSettled):
            assert_type(update.session, Session)
    assert_type(await sessions.run("Check", result=Answer, timeout=None), SessionResult[Answer])
    budget = Budget(acus=500)
    assert_type(budget.left, int)
    assert_type(devin.with_options(budget=budget, dry_run=True), DevinClient)


async def errors(devin: DevinClient) -> None:
    try:
        await devin.whoami()
    except RateLimitedError as error:
        assert_type(error.retry_after, float | None)
    except APIStatusError as error:
        assert_type(error.status, int | None)
        assert_type(error.errors, Sequence[tuple[str, str]])
    except OutcomeUnknownError as error:
        assert_type(error.outcome, RequestOutcome)
    except FanOutError as error:
        assert_type(error.exceptions, tuple[Exception | ExceptionGroup[Exception], ...])
    except ConnectionError as error:
        assert_type(error, ConnectionError)
    except DevinError as error:
        assert_type(error.message, str)
        assert_type(error.checkpoint, Mapping[str, Any] | None)
    combined = ServerOutcomeUnknownError("it broke")
    server_error: ServerError = combined
    outcome_unknown: OutcomeUnknownError = combined
    assert_type((server_error.status, outcome_unknown.status), tuple[int | None, int | None])
