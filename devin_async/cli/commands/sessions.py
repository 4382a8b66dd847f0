"""`sessions`: list, show, start, answer and end them."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from cyclopts import App, Parameter
from rich.text import Text

from devin_async.cli.connection import connect, org_id_of, organization_of
from devin_async.cli.errors import ExitCode, exit_code_of_all, message
from devin_async.cli.new_session import SessionSettings, WithSettings, show_plan
from devin_async.cli.options import Count, DataOptions, Flag, Org, Texts, WithData
from devin_async.cli.output import Output
from devin_async.cli.prompts import read_text
from devin_async.cli.text import shown
from devin_async.cli.times import read_range, read_seconds
from devin_async.cli.views.session_view import print_message, print_session, settled_code, table
from devin_async.cli.views.tables import counted
from devin_async.errors import DryRun

if TYPE_CHECKING:
    from devin_async import DevinClient, Pager
    from devin_async.models.sessions import Session
    from devin_async.resources.session_base import SessionFilters
    from devin_async.resources.sessions import OrganizationSessions

__all__ = ["id_of", "sessions"]

_DEFAULTS = DataOptions()
_SETTINGS = SessionSettings()
_AT_ONCE = 8
_PATH_OF_SESSIONS = "/sessions/"

Call = Literal["get", "terminate", "terminate and archive", "archive"]
SessionIds = Annotated[list[str], Parameter(name="SESSION-ID")]

sessions = App(
    name="sessions",
    help="List, start, follow and end sessions. The organization is --org, else DEVIN_ORG_ID.",
    version_flags=[],
)
_JOBS = "devin_async.cli.commands.session_jobs"
sessions.command(
    f"{_JOBS}:run", name="run", help="Start a session, print its messages and how it settled."
)
sessions.command(f"{_JOBS}:wait", name="wait", help="Wait until sessions have settled.")
sessions.command(
    f"{_JOBS}:follow", name="follow", help="Print the messages of a session as they come."
)
sessions.command(
    f"{_JOBS}:watch", name="watch", help="Print what happens in a session as it happens."
)


def id_of(text: str) -> str:
    """Return the id of a session that is named by it, or by its URL."""
    parts = urlsplit(text) if text.startswith(("https://", "http://")) else None
    if parts is None or _PATH_OF_SESSIONS not in parts.path:
        return text
    return parts.path.rpartition(_PATH_OF_SESSIONS)[2].strip("/")


@sessions.command(name="list")
async def list_sessions(
    *,
    org: Org = None,
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
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        all_orgs: Of the whole enterprise, which needs ViewAccountSessions.
        since: Created since then, in UTC: 2026-01-31, 2026-01-31T08:00:00Z or 7d (7 days ago).
        until: Created before then.
        tag: With this tag; given again, with any of them.
        limit: How many at the most; 0 for all.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json, raw=options.raw)
    created_after, created_before = read_range(since, until)
    filters: SessionFilters = {
        "created_after": created_after,
        "created_before": created_before,
        "tags": tag,
        "limit": limit + 1 if limit else None,  # one more tells whether there are more
    }
    async with connect(options) as devin:
        if all_orgs:
            listed = await _of_all(devin, org, filters)
        else:
            listed = (await organization_of(devin, org, options)).sessions.list(**filters)
        shown, has_more = await _print_all(output, listed, limit)
    output.show(table(shown, width=output.width))
    rest = f"; there are more, --limit {limit * 2} or 0 shows them" if has_more else ""
    output.show(Text(f"{counted(len(shown), 'session')}{rest}", style="bold"))


async def _of_all(
    devin: "DevinClient", org: str | None, filters: "SessionFilters"
) -> "Pager[Session]":
    if org is None:
        return devin.enterprise.sessions.list(**filters)
    org_id = await org_id_of(devin, org)
    return devin.enterprise.organization(org_id).sessions.list(**filters)


async def _print_all(
    output: Output, listed: "Pager[Session]", limit: int
) -> tuple[list["Session"], bool]:
    """Print sessions as they come; give them, and whether there are more than *limit*."""
    printed: list[Session] = []
    with output.progress() as draw:
        async with aclosing(aiter(listed)) as items:
            async for session in items:
                if limit and len(printed) == limit:
                    return printed, True
                printed.append(session)
                print_session(output, session, as_card=False)
                draw(Text(counted(len(printed), "session")))
    return printed, False


@sessions.command
async def get(session_ids: SessionIds, /, *, org: Org = None, options: WithData = _DEFAULTS) -> int:
    """Show sessions as they are now, with the output that they were asked for.

    Args:
        session_ids: Sessions, by id (with or without `devin-`) or URL.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        options: What every command takes that prints data.
    """
    return await _each(
        Output(as_json=options.json, raw=options.raw), "get", session_ids, org, options
    )


@sessions.command
async def messages(
    session_id: str, /, *, org: Org = None, limit: Count = 0, options: WithData = _DEFAULTS
) -> None:
    """Print the messages of a session, oldest first; `sessions follow` waits for more.

    Without a terminal: time, who wrote it ("devin" or "user"), and the text in one line.

    Args:
        session_id: Session, by id (with or without `devin-`) or URL.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        limit: How many at the most; 0 for all.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json, raw=options.raw)
    async with connect(options) as devin:
        scope = await organization_of(devin, org, options)
        listed = scope.sessions.messages(id_of(session_id), limit=limit or None)
        async with aclosing(aiter(listed)) as items:
            async for one in items:
                print_message(output, session_id, one)


@sessions.command(name="open")
async def open_session(
    session_id: str,
    /,
    *,
    org: Org = None,
    print_only: Annotated[Flag, Parameter(name="--print")] = False,
    options: WithData = _DEFAULTS,
) -> None:
    """Open a session in the browser, and print its URL.

    Args:
        session_id: Session, by id (with or without `devin-`) or URL.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        print_only: Print the URL only.
        options: What every command takes that prints data.
    """
    import webbrowser  # noqa: PLC0415 - only this opens one

    output = Output(as_json=options.json, raw=options.raw)
    async with connect(options) as devin:
        scope = await organization_of(devin, org, options)
        session = await scope.sessions.get(id_of(session_id))
    url = str(session.url)
    output.record("url", session_id=session.session_id, url=url)
    output.row(url)
    output.show(Text(shown(url)), soft_wrap=True)
    # What a server sent is opened only if a browser will do no more than fetch it.
    is_web = url.isprintable() and urlsplit(url).scheme in {"http", "https"}
    if not print_only and not (is_web and webbrowser.open(url)):
        output.note("no browser was found that could open it", style="yellow")


@sessions.command
async def create(
    prompt: str | None = None,
    /,
    *,
    file: Path | None = None,
    org: Org = None,
    once: str | None = None,
    dry_run: Flag = False,
    settings: WithSettings = _SETTINGS,
    options: WithData = _DEFAULTS,
) -> None:
    """Start a session and say where it is.

    Args:
        prompt: What to do; left out, it is read from --file or stdin. One that begins with a dash
            is given after `--`.
        file: File that holds the prompt, in UTF-8; `-` is stdin.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        once: Key of this piece of work: given again, the session that has it is shown instead of
            starting a second one.
        dry_run: Show the request instead of sending it.
        settings: What a session is started with.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json, raw=options.raw)
    settings.check()
    text = read_text("PROMPT", prompt, file)
    async with connect(options) as devin:
        writing = devin.with_options(dry_run=dry_run)
        scope = await organization_of(writing, org, options)
        try:
            with output.saying(lambda: "the session may have been started; look for it"):
                session = await scope.sessions.create(text, once=once, **settings.fields())
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
    file: Path | None = None,
    org: Org = None,
    wait: Flag = False,
    timeout: str = "1h",  # noqa: ASYNC109 - of `wait`
    interval: str = "5s",
    options: WithData = _DEFAULTS,
) -> int:
    """Send a message to a session, which wakes a suspended one.

    Args:
        session_id: Session, by id (with or without `devin-`) or URL.
        text: What to write; left out, it is read from --file or stdin.
        file: File that holds the text, in UTF-8; `-` is stdin.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        wait: Wait until the session has settled again, print what it answered, and exit as
            `sessions wait` does.
        timeout: How long to wait, such as 90s or 2h.
        interval: How long between the first looks.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json, raw=options.raw)
    body = read_text("TEXT", text, file)
    seconds, pause = read_seconds("--timeout", timeout), read_seconds("--interval", interval)
    name = id_of(session_id)
    async with connect(options) as devin:
        sessions_of = (await organization_of(devin, org, options)).sessions
        before = await sessions_of.get(name) if wait else None
        read = await _message_ids(sessions_of, name) if wait else set[str]()
        with output.saying(lambda: "the message may have been sent"):
            session = await sessions_of.send_message(name, body)
        if before is not None:
            with output.saying(lambda: f"the message was sent; {name} goes on"):
                session = await sessions_of.wait(
                    name, timeout=seconds, interval=pause, since=before
                )
                await _print_replies(output, sessions_of, name, read)
    print_session(output, session)
    return settled_code(session) if wait else ExitCode.DONE


async def _message_ids(sessions_of: "OrganizationSessions", name: str) -> set[str]:
    return {one.event_id for one in await sessions_of.messages(name).collect()}


async def _print_replies(
    output: Output, sessions_of: "OrganizationSessions", name: str, read: set[str]
) -> None:
    """Print what Devin has written since *read*."""
    for one in await sessions_of.messages(name).collect():
        if one.event_id not in read and one.source != "user":
            print_message(output, name, one)


@sessions.command
async def terminate(
    session_ids: SessionIds,
    /,
    *,
    org: Org = None,
    archive: Flag = False,
    options: WithData = _DEFAULTS,
) -> int:
    """End sessions for good.

    Args:
        session_ids: Sessions, by id (with or without `devin-`) or URL.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        archive: Put them away as well.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json, raw=options.raw)
    what: Call = "terminate and archive" if archive else "terminate"
    return await _each(output, what, session_ids, org, options)


@sessions.command(name="archive")
async def archive_sessions(
    session_ids: SessionIds, /, *, org: Org = None, options: WithData = _DEFAULTS
) -> int:
    """Put sessions away: lists leave them out, and nothing else changes.

    Args:
        session_ids: Sessions, by id (with or without `devin-`) or URL.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json, raw=options.raw)
    return await _each(output, "archive", session_ids, org, options)


_DONE = {
    "terminate": "were ended for certain",
    "terminate and archive": "were ended for certain",
    "archive": "were archived for certain",
}


async def _each(
    output: Output, call: Call, session_ids: Sequence[str], org: str | None, options: DataOptions
) -> int:
    """Make a call for each session, and print it; give the exit code of all."""
    errors: list[Exception] = []
    done = 0
    async with connect(options) as devin:
        sessions_of = (await organization_of(devin, org, options)).sessions

        async def make(text: str) -> "Session":
            name = id_of(text)
            if call == "get":
                return await sessions_of.get(name)
            if call == "archive":
                return await sessions_of.archive(name)
            ends = True if call == "terminate and archive" else None
            return await sessions_of.terminate(name, archive=ends)

        def progress() -> str:
            how = _DONE.get(call, "were read")
            return f"{done} of {len(session_ids)} {how}"

        work = devin.fan_out(list(dict.fromkeys(session_ids)), make, concurrency=_AT_ONCE)
        with output.saying(progress):
            async with work as outcomes:
                async for outcome in outcomes:
                    if outcome.error is None:
                        done += 1
                        print_session(output, outcome.value)
                        continue
                    errors.append(outcome.error)
                    output.note(f"{outcome.item}: {message(outcome.error)}")
                    output.record("failure", session_id=outcome.item, error=message(outcome.error))
    return exit_code_of_all(errors, done=done)
