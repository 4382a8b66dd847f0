"""`sessions`: list, create, message and terminate them."""

from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.text import Text

from devin_async import DevinClient, DryRun, Pager
from devin_async.cli.commands import session_jobs
from devin_async.cli.errors import ExitCode, exit_code_of_all, message
from devin_async.cli.new_session import SessionSettings, WithSettings, show_plan
from devin_async.cli.options import (
    Count,
    DataOptions,
    Flag,
    OrgId,
    Texts,
    WithData,
    connect,
    organization_of,
    read_text,
)
from devin_async.cli.output import Output
from devin_async.cli.times import read_range, read_seconds
from devin_async.cli.views.session_view import print_session, settled_code, table
from devin_async.cli.views.tables import counted
from devin_async.models.sessions import Session

if TYPE_CHECKING:  # the family is loaded when it is used
    from devin_async.resources.session_base import SessionFilters

__all__ = ["sessions"]

_DEFAULTS = DataOptions()
_SETTINGS = SessionSettings()
_AT_ONCE = 8

sessions = App(
    name="sessions",
    help="List, start, follow and end sessions. The organization is --org, else DEVIN_ORG_ID.",
    version_flags=[],
)
sessions.command(session_jobs.run)
sessions.command(session_jobs.wait)
sessions.command(session_jobs.follow)


@sessions.command(name="list")
async def list_sessions(
    *,
    org: OrgId = None,
    all_orgs: Flag = False,
    since: str | None = None,
    until: str | None = None,
    tag: Texts = None,
    limit: Count = 50,
    options: WithData = _DEFAULTS,
) -> None:
    """List sessions of an organization, or of all.

    Without a terminal: session_id, status, status_detail, acus_consumed, created_at, org_id, url,
    title. Every command that prints sessions prints these.

    Args:
        org: Organization; left out, it is DEVIN_ORG_ID.
        all_orgs: Of the whole enterprise, which needs ViewAccountSessions.
        since: Created since then, in UTC: 2026-01-31, 2026-01-31T08:00:00Z or 7d (7 days ago).
        until: Created before then.
        tag: With this tag; given again, with any of them.
        limit: How many at the most; 0 for all.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json)
    created_after, created_before = read_range(since, until)
    asked: SessionFilters = {
        "created_after": created_after,
        "created_before": created_before,
        "tags": tag,
        "limit": limit + 1 if limit else None,  # one more tells whether there are more
    }
    async with connect() as devin:
        found, has_more = await _read(output, _listed(devin, org, asked, all_orgs=all_orgs), limit)
    output.show(table(found))
    rest = f"; there are more, --limit {limit * 2} or 0 shows them" if has_more else ""
    output.show(Text(f"{counted(len(found), 'session')}{rest}", style="bold"))


def _listed(
    devin: DevinClient, org: str | None, asked: "SessionFilters", *, all_orgs: bool
) -> Pager[Session]:
    if not all_orgs:
        return organization_of(devin, org).sessions.list(**asked)
    if org is not None:
        return devin.enterprise.organization(org).sessions.list(**asked)
    return devin.enterprise.sessions.list(**asked)


async def _read(output: Output, listed: Pager[Session], limit: int) -> tuple[list[Session], bool]:
    """Print sessions as they come; give them, and whether there are more than *limit*."""
    found: list[Session] = []
    with output.progress() as draw:
        async with aclosing(aiter(listed)) as items:
            async for session in items:
                if limit and len(found) == limit:
                    return found, True
                found.append(session)
                print_session(output, session, as_card=False)
                draw(Text(counted(len(found), "session")))
    return found, False


@sessions.command
async def create(
    prompt: str | None = None,
    /,
    *,
    org: OrgId = None,
    once: str | None = None,
    dry_run: Flag = False,
    settings: WithSettings = _SETTINGS,
    options: WithData = _DEFAULTS,
) -> None:
    """Start a session and say where it is.

    Args:
        prompt: What to do; left out, it is read from stdin.
        org: Organization; left out, it is DEVIN_ORG_ID.
        once: Key of this piece of work: given again, the session that has it is shown instead of
            starting a second one.
        dry_run: Show the request instead of sending it.
        settings: What a session is started with.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json)
    text = read_text("PROMPT", prompt)
    async with connect() as devin:
        family = organization_of(devin.with_options(dry_run=dry_run), org).sessions
        try:
            with output.saying(lambda: "the session may have been started; look for it"):
                session = await family.create(text, once=once, **settings.fields())
        except DryRun as plan:
            show_plan(output, plan.request)
            return
    print_session(output, session)


@sessions.command(name="message")
async def send_message(
    session_id: str,
    text: str | None = None,
    /,
    *,
    org: OrgId = None,
    wait: Flag = False,
    timeout: str = "1h",  # noqa: ASYNC109 - of `wait`
    interval: str = "5s",
    options: WithData = _DEFAULTS,
) -> int:
    """Send a message to a session, which wakes a suspended one.

    Args:
        session_id: Session, with or without `devin-`.
        text: What to say; left out, it is read from stdin.
        org: Organization; left out, it is DEVIN_ORG_ID.
        wait: Wait until the session has settled again, and exit as `sessions wait` does.
        timeout: How long to wait, such as 90s or 2h.
        interval: How long between the first looks.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json)
    said = read_text("TEXT", text)
    seconds, pause = read_seconds("--timeout", timeout), read_seconds("--interval", interval)
    async with connect() as devin:
        family = organization_of(devin, org).sessions
        before = await family.get(session_id) if wait else None
        with output.saying(lambda: "the message may have been sent"):
            session = await family.send_message(session_id, said)
        if before is not None:
            with output.saying(lambda: f"the message was sent; {session_id} goes on"):
                session = await family.wait(
                    session_id, timeout=seconds, interval=pause, since=before
                )
    print_session(output, session)
    return settled_code(session) if wait else ExitCode.DONE


@sessions.command
async def terminate(
    session_ids: Annotated[list[str], Parameter(name="SESSION-ID")],
    /,
    *,
    org: OrgId = None,
    archive: Flag = False,
    options: WithData = _DEFAULTS,
) -> int:
    """End sessions for good.

    Args:
        session_ids: Sessions, with or without `devin-`.
        org: Organization; left out, it is DEVIN_ORG_ID.
        archive: Put them away as well.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json)
    ended: list[str] = []
    errors: list[Exception] = []
    async with connect() as devin:
        family = organization_of(devin, org).sessions
        work = devin.fan_out(
            session_ids,
            lambda one: family.terminate(one, archive=archive or None),
            concurrency=_AT_ONCE,
        )
        with output.saying(lambda: f"{len(ended)} of {len(session_ids)} were ended for certain"):
            async with work as outcomes:
                async for outcome in outcomes:
                    if outcome.error is None:
                        ended.append(outcome.item)
                        print_session(output, outcome.value)
                        continue
                    errors.append(outcome.error)
                    output.note(f"{outcome.item}: {message(outcome.error)}")
                    output.record("failure", session_id=outcome.item, error=message(outcome.error))
    return exit_code_of_all(errors, done=len(ended))
