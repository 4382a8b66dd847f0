"""`sessions run`, `wait`, `follow` and `watch`: what is done until a session settles."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import RenderableType
from rich.text import Text

from devin_async.base.plain_json import as_object
from devin_async.cli.commands.sessions import id_of
from devin_async.cli.connection import connect, organization_of
from devin_async.cli.errors import ExitCode, UsageError
from devin_async.cli.new_session import SessionSettings, WithSettings
from devin_async.cli.options import DataOptions, Org, WithData
from devin_async.cli.output import Output
from devin_async.cli.prompts import read_text
from devin_async.cli.text import shown
from devin_async.cli.times import read_seconds
from devin_async.cli.views.session_view import (
    name_of,
    print_message,
    print_session,
    print_update,
    settled_code,
    status_of,
)
from devin_async.errors import WaitTimeoutError

if TYPE_CHECKING:
    from devin_async.models.sessions import Session
    from devin_async.resources.sessions import OrganizationSessions

__all__ = ["follow", "run", "wait", "watch"]

_DEFAULTS = DataOptions()
_SETTINGS = SessionSettings()
_PrintNews = Callable[[Output, "OrganizationSessions", str, float | None, float], Awaitable[None]]


async def run(
    prompt: str | None = None,
    /,
    *,
    file: Path | None = None,
    org: Org = None,
    once: str | None = None,
    schema: Path | None = None,
    timeout: str = "1h",  # noqa: ASYNC109 - it is typed, and of many calls
    interval: str = "5s",
    settings: WithSettings = _SETTINGS,
    options: WithData = _DEFAULTS,
) -> int:
    """Start a session, print its messages as they come, and how it settled.

    Exits with 0 if the work is done, with 1 if the session failed, was stopped or waits for you.

    Args:
        prompt: What to do; left out, it is read from --file or stdin. One that begins with a dash
            is given after `--`.
        file: File that holds the prompt, in UTF-8; `-` is stdin.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        once: Key of this piece of work: given again, the session that has it is followed instead
            of starting a second one.
        schema: File with the JSON Schema of the output that is wanted.
        timeout: How long to wait, such as 90s or 2h; the session goes on afterwards.
        interval: How long between the first looks.
        settings: What a session is started with.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json, raw=options.raw)
    settings.check()
    text = read_text("PROMPT", prompt, file)
    wanted = None if schema is None else read_schema(schema)
    seconds, pause = read_seconds("--timeout", timeout), read_seconds("--interval", interval)
    async with connect(options) as devin:
        sessions_of = (await organization_of(devin, org, options)).sessions
        with output.saying(lambda: "the session may have been started; look for it"):
            session = await sessions_of.create(text, once=once, **settings.fields(schema=wanted))
        session_id = name_of(session)
        output.progress_note(f"started {session_id}, {session.url}")
        output.record("started", session_id=session_id, url=session.url)
        with output.saying(lambda: _goes_on(session_id, org)):
            await _print_messages(output, sessions_of, session_id, seconds, pause)
            done = await sessions_of.wait(
                session_id, timeout=seconds, interval=pause, output=wanted is not None
            )
    return _finish(output, [done])


async def wait(
    session_ids: Annotated[list[str], Parameter(name="SESSION-ID")],
    /,
    *,
    org: Org = None,
    timeout: str = "1h",  # noqa: ASYNC109 - it is typed, and of many calls
    interval: str = "5s",
    options: WithData = _DEFAULTS,
) -> int:
    """Wait until sessions have settled: ended, are suspended, finished, or wait for somebody.

    Exits with 0 if the work of all is done, with 1 if one failed, was stopped or waits for you.

    Args:
        session_ids: Sessions, by id (with or without `devin-`) or URL; 100 of them cost one
            request a round.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        timeout: How long to wait, such as 90s or 2h.
        interval: How long between the first looks.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json, raw=options.raw)
    seconds, pause = read_seconds("--timeout", timeout), read_seconds("--interval", interval)
    names = [id_of(one) for one in session_ids]
    settled: dict[str, Session] = {}
    async with connect(options) as devin:
        sessions_of = (await organization_of(devin, org, options)).sessions
        with output.progress() as draw, output.saying(lambda: _left(names, settled, org)):
            until = _watching(draw, settled, len(names))
            try:
                done = await _settled(sessions_of, names, until, seconds, pause)
            except WaitTimeoutError as error:
                _finish(output, error.settled)
                raise
    return _finish(output, done)


async def follow(
    session_id: str,
    /,
    *,
    org: Org = None,
    timeout: str | None = None,  # noqa: ASYNC109 - it is typed, and of many calls
    interval: str = "5s",
    options: WithData = _DEFAULTS,
) -> int:
    """Print the messages of a session, oldest first, as they come, until it has settled.

    Without a terminal: time, who said it ("devin" or "user"), and the text in one line. Exits as
    `sessions wait` does.

    Args:
        session_id: Session, by id (with or without `devin-`) or URL.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        timeout: How long at the most, such as 90s or 2h; left out, as long as it takes.
        interval: How long between two looks while there is news.
        options: What every command takes that prints data.
    """
    return await _until_settled(
        _print_messages, session_id, org=org, timeout=timeout, interval=interval, options=options
    )


async def watch(
    session_id: str,
    /,
    *,
    org: Org = None,
    timeout: str | None = None,  # noqa: ASYNC109 - it is typed, and of many calls
    interval: str = "5s",
    options: WithData = _DEFAULTS,
) -> int:
    """Print what happens in a session as it happens, until it has settled.

    That is its status, messages, pull requests and output. Without a terminal: time, what it is
    (status, message, "pull request", output, settled), and what it says in one line. Exits as
    `sessions wait` does.

    Args:
        session_id: Session, by id (with or without `devin-`) or URL.
        org: Id or name of the organization; left out, it is DEVIN_ORG_ID.
        timeout: How long at the most, such as 90s or 2h; left out, as long as it takes.
        interval: How long between two looks while there is news.
        options: What every command takes that prints data.
    """
    return await _until_settled(
        _print_updates, session_id, org=org, timeout=timeout, interval=interval, options=options
    )


async def _settled(
    sessions_of: "OrganizationSessions",
    session_ids: Sequence[str],
    until: Callable[["Session"], bool],
    seconds: float,
    pause: float,
) -> Sequence["Session"]:
    """Wait for one by reading it, and for many by reading lists."""
    if len(session_ids) > 1:
        return await sessions_of.wait_all(session_ids, until=until, timeout=seconds, interval=pause)
    (only,) = session_ids
    return [await sessions_of.wait(only, until=until, timeout=seconds, interval=pause)]


async def _until_settled(
    print_news: _PrintNews,
    session_id: str,
    *,
    org: Org,
    timeout: str | None,  # noqa: ASYNC109 - it is typed, and of many calls
    interval: str,
    options: WithData,
) -> int:
    """Let *print_news* print a session until it has settled; return the code for how it did."""
    output = Output(as_json=options.json, raw=options.raw)
    seconds = None if timeout is None else read_seconds("--timeout", timeout)
    pause = read_seconds("--interval", interval)
    name = id_of(session_id)
    async with connect(options) as devin:
        sessions_of = (await organization_of(devin, org, options)).sessions
        with output.saying(lambda: _goes_on(name, org)):
            await print_news(output, sessions_of, name, seconds, pause)
            done = await sessions_of.get(name)
    _note_next_step(output, done)
    return settled_code(done)


async def _print_messages(
    output: Output,
    sessions_of: "OrganizationSessions",
    session_id: str,
    seconds: float | None,
    pause: float,
) -> None:
    messages = sessions_of.follow(session_id, timeout=seconds, interval=pause)
    async with aclosing(messages):
        async for message in messages:
            print_message(output, session_id, message)


async def _print_updates(
    output: Output,
    sessions_of: "OrganizationSessions",
    session_id: str,
    seconds: float | None,
    pause: float,
) -> None:
    updates = sessions_of.watch(session_id, timeout=seconds, interval=pause)
    async with aclosing(updates):
        async for update in updates:
            print_update(output, update)


def _watching(
    draw: Callable[["RenderableType"], object], settled: dict[str, "Session"], total: int
) -> Callable[["Session"], bool]:
    """Return what tells whether a session has settled, and draws how many have."""
    from devin_async.jobs.waiting import is_settled  # noqa: PLC0415 - as slow as the client

    def look(session: "Session") -> bool:
        if is_settled(session):
            settled[name_of(session)] = session
        which = f"{name_of(session)} is {status_of(session)}"
        draw(Text(f"{len(settled):,} of {total:,} settled; {shown(which)}"))
        return is_settled(session)

    return look


def _finish(output: Output, sessions: Sequence["Session"]) -> int:
    for session in sessions:
        print_session(output, session)
        _note_next_step(output, session)
    return max(map(settled_code, sessions), default=ExitCode.DONE)


def _note_next_step(output: Output, session: "Session") -> None:
    if settled_code(session) == ExitCode.DONE:
        return
    name = name_of(session)
    if session.status_detail == "waiting_for_user":
        answer = f"devin-async sessions message --org {session.org_id} {name} TEXT"
        output.note(f"{name} waits for an answer: {answer}", style="yellow")
    else:
        output.note(f"{name} is {status_of(session)}, see {session.url}", style="yellow")


def _goes_on(session_id: str, org: str | None) -> str:
    where = "" if org is None else f"--org {org} "
    return f"{session_id} goes on; wait for it by: devin-async sessions wait {where}{session_id}"


def _left(session_ids: Sequence[str], settled: Mapping[str, "Session"], org: str | None) -> str:
    if len(session_ids) == 1:
        return _goes_on(session_ids[0], org)
    return f"{len(settled):,} of {len(session_ids):,} sessions have settled; the others go on"


def read_schema(path: Path) -> Mapping[str, Any]:
    """Read a JSON Schema.

    Raises:
        UsageError: The file cannot be read, or holds no JSON object.
    """
    try:
        schema = as_object(json.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise UsageError(f"--schema cannot be read: {error}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--schema is {path}, which is not JSON: {error}") from None
    if schema is None:
        raise UsageError(f"--schema is {path}; allowed: a file with a JSON object")
    return schema
