"""How sessions and their messages look: tables, cards, lines and records. No I/O.

A field may be of any type or missing, where the server sent what the contract does not have.
"""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from devin_async.base.plain_json import as_array
from devin_async.cli.errors import ExitCode
from devin_async.cli.output import Output, fields_of
from devin_async.cli.text import escaped_json, escaped_lines, shown
from devin_async.cli.times import iso_time, short_time
from devin_async.cli.views.tables import Column, Listing, card
from devin_async.jobs.waiting import name_of as id_of

if TYPE_CHECKING:
    from devin_async.jobs.watching import SessionUpdate
    from devin_async.models.sessions import Session, SessionMessage

__all__ = [
    "acus_of",
    "name_of",
    "print_message",
    "print_session",
    "print_update",
    "settled_code",
    "status_of",
    "table",
]

_STYLES = {
    "finished": "green",
    "exit": "green",
    "working": "cyan",
    "waiting_for_user": "yellow",
    "waiting_for_approval": "yellow",
    "suspended": "yellow",
    "error": "red",
}
_COLUMNS = (
    Column("STATUS", most=24),
    Column("TITLE", whole=False),
    Column("ACUS", justify="right"),
    Column("CREATED (UTC)", from_width=160),
    Column("ORGANIZATION", from_width=210),
)
_URL = Column("URL")
# With its URL in the row, a title has 30 characters of so many.
_WIDE = 140
# A session sleeps by itself half an hour after its work, or because somebody said so.
_PEACEFUL_SLEEP = (None, "inactivity", "user_request")
_WAITING = ("waiting_for_user", "waiting_for_approval")


def name_of(session: "Session") -> str:
    """Return its id as each command takes it; nothing for one that came without."""
    return id_of(session) or ""


def acus_of(value: object) -> str:
    """Write ACUs; what is no number, as the server sent it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.2f}"
    return "" if value is None else str(value)


def status_of(session: "Session") -> str:
    """Say what it does, as shortly as it is plain."""
    if session.status == "running" and session.status_detail is not None:
        return str(session.status_detail)
    return ", ".join(str(one) for one in (session.status, session.status_detail) if one)


def styled(session: "Session") -> Text:
    """Say what it does, in the colour of that."""
    word = status_of(session)
    style = _STYLES.get(word) or _STYLES.get(str(session.status), "default")
    return Text(shown(word), style=style)


def settled_code(session: "Session") -> ExitCode:
    """Tell what waiting for it exits with: done only if its work is, as far as it says."""
    detail = session.status_detail
    if session.status == "suspended":
        return ExitCode.DONE if detail in _PEACEFUL_SLEEP else ExitCode.FAILED
    is_stuck = session.status == "error" or (session.status == "running" and detail in _WAITING)
    return ExitCode.FAILED if is_stuck else ExitCode.DONE


def table(sessions: Sequence["Session"], *, width: int) -> RenderableType:
    """List sessions on a terminal of *width* columns, each with its URL."""
    urls = [str(one.url) for one in sessions]
    if width < _WIDE:
        return Listing(_COLUMNS, [_cells(one) for one in sessions], below=urls)
    rows = [(*_cells(one), url) for one, url in zip(sessions, urls, strict=True)]
    return Listing((*_COLUMNS, _URL), rows)


def _cells(one: "Session") -> tuple[str | Text, ...]:
    return (
        styled(one),
        str(one.title or ""),
        acus_of(one.acus_consumed),
        short_time(one.created_at),
        str(one.org_id),
    )


def print_session(output: Output, session: "Session", *, as_card: bool = True) -> None:
    """Print one; a terminal gets it as a card, or not at all if a table follows."""
    if as_card:
        output.show(Group(card(_card_rows(session)), *_result(session)))
    output.row(
        name_of(session),
        session.status,
        session.status_detail,
        acus_of(session.acus_consumed).replace(",", ""),
        iso_time(session.created_at),
        session.org_id,
        session.url,
        session.title,
    )
    output.record("session", **fields_of(session) | {"session_id": name_of(session)})


def _card_rows(session: "Session") -> Iterator[tuple[str, RenderableType]]:
    yield "session", name_of(session)
    if session.title:
        yield "title", str(session.title)
    yield "status", styled(session)
    yield "ACUs", acus_of(session.acus_consumed)
    yield "url", str(session.url)
    for one in as_array(session.pull_requests) or ():
        yield "pull request", f"{getattr(one, 'pr_url', one)} {getattr(one, 'pr_state', '') or ''}"


def _result(session: "Session") -> Iterator[RenderableType]:
    if session.structured_output not in (None, "null"):  # servers write that text, too
        from rich.json import JSON  # noqa: PLC0415 - few sessions have one

        text = json.dumps(session.structured_output, ensure_ascii=False)
        yield JSON(escaped_json(text), ensure_ascii=True)


def print_message(output: Output, session_id: str, message: "SessionMessage") -> None:
    """Print a message of a session."""
    who = str(message.username or message.source)
    style = "bold magenta" if message.source == "devin" else "bold blue"
    when = f"{short_time(message.created_at)} UTC"
    head = Text.assemble((shown(who), style), "  ", (shown(when), "dim"))
    output.show(Group(head, Text(escaped_lines(str(message.message))), ""))
    output.row(iso_time(message.created_at), message.source, message.message)
    output.record("message", session_id=session_id, **fields_of(message))


def print_update(output: Output, update: "SessionUpdate") -> None:
    """Print something that happened in a session, in a line."""
    kind, what = _summary_of(update)
    when = f"{short_time(update.at)} UTC"
    head = Text.assemble((shown(when), "dim"), "  ", (f"{kind:12}", "bold cyan"), "  ", shown(what))
    output.show(head, soft_wrap=True)
    output.row(iso_time(update.at), kind, what)
    output.record("update", what=kind, **fields_of(update))


def _summary_of(update: "SessionUpdate") -> tuple[str, str]:
    """Return what kind of update it is, and what it says."""
    from devin_async.jobs import watching  # noqa: PLC0415 - as slow as the client

    match update:
        case watching.StatusChanged():
            parts = (update.status, update.status_detail)
            return "status", ", ".join(str(one) for one in parts if one)
        case watching.MessageAdded():
            message = update.message
            return "message", f"{message.username or message.source}: {message.message}"
        case watching.PullRequestChanged():
            pull_request = update.pull_request
            return "pull request", f"{pull_request.pr_url} {pull_request.pr_state or ''}".rstrip()
        case watching.OutputChanged():
            return "output", json.dumps(update.output)
        case watching.SessionSettled():
            return "settled", f"{status_of(update.session)}, {update.session.url}"
        case _:  # kinds that come later
            return "other", type(update).__name__
