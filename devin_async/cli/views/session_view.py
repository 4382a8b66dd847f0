"""How sessions and their messages look: tables, cards, lines and records. No I/O."""

import json
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.json import JSON
from rich.text import Text

from devin_async.base.arguments import devin_id
from devin_async.base.text import clean_lines, one_line
from devin_async.cli.errors import ExitCode
from devin_async.cli.output import Output, fields_of
from devin_async.cli.times import short_time
from devin_async.cli.views.tables import Column, Listing, card
from devin_async.models.sessions import Session, SessionMessage

__all__ = ["name_of", "print_message", "print_session", "settled_code", "standing", "table"]

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
    Column("session"),
    Column("stands"),
    Column("ACUs", from_width=100, justify="right"),
    Column("created (UTC)", from_width=110),
    Column("organization", from_width=170),
    Column("title", whole=False),
)
# A session sleeps by itself half an hour after its work, or because somebody said so.
_PEACEFUL_SLEEP = (None, "inactivity", "user_request")
_WAITING = ("waiting_for_user", "waiting_for_approval")


def name_of(session: Session) -> str:
    """Give its id as each command takes it."""
    return devin_id("session_id", session.session_id)


def standing(session: Session) -> str:
    """Say how it stands, as shortly as it is plain."""
    if session.status == "running" and session.status_detail is not None:
        return session.status_detail
    return ", ".join(filter(None, (session.status, session.status_detail)))


def styled(session: Session) -> Text:
    """Say how it stands, in the colour of that."""
    word = standing(session)
    style = _STYLES.get(word) or _STYLES.get(session.status, "default")
    return Text(one_line(word), style=style)


def settled_code(session: Session) -> ExitCode:
    """Tell what waiting for it exits with: done only if its work is, as far as it says."""
    detail = session.status_detail
    if session.status == "suspended":
        return ExitCode.DONE if detail in _PEACEFUL_SLEEP else ExitCode.FAILED
    is_stuck = session.status == "error" or (session.status == "running" and detail in _WAITING)
    return ExitCode.FAILED if is_stuck else ExitCode.DONE


def table(sessions: Sequence[Session]) -> RenderableType:
    """List sessions on a terminal."""
    return Listing(_COLUMNS, [_cells(one) for one in sessions])


def _cells(one: Session) -> tuple[str | Text, ...]:
    return (
        name_of(one),
        styled(one),
        f"{one.acus_consumed:,.2f}",
        short_time(one.created_at),
        one.org_id,
        one.title or "",
    )


def print_session(output: Output, session: Session, *, as_card: bool = True) -> None:
    """Print one; a terminal gets it as a card, or not at all if a table follows."""
    if as_card:
        output.show(Group(card(_card_rows(session)), *_result(session)))
    output.row(
        name_of(session),
        session.status,
        session.status_detail,
        f"{session.acus_consumed:.2f}",
        session.created_at.isoformat(),
        session.org_id,
        session.url,
        session.title,
    )
    output.record("session", **fields_of(session) | {"session_id": name_of(session)})


def _card_rows(session: Session) -> Iterator[tuple[str, RenderableType]]:
    yield "session", name_of(session)
    if session.title:
        yield "title", session.title
    yield "stands", styled(session)
    yield "ACUs", f"{session.acus_consumed:,.2f}"
    yield "url", session.url
    for made in session.pull_requests:
        yield "pull request", f"{made.pr_url} {made.pr_state or ''}"


def _result(session: Session) -> Iterator[RenderableType]:
    if session.structured_output is not None:
        yield JSON(json.dumps(session.structured_output), ensure_ascii=False)


def print_message(output: Output, session_id: str, message: SessionMessage) -> None:
    """Print a message of a session."""
    who = message.username or message.source
    style = "bold magenta" if message.source == "devin" else "bold blue"
    when = f"{message.created_at:%H:%M:%S} UTC"
    head = Text.assemble((one_line(who), style), "  ", (when, "dim"))
    output.show(Group(head, Text(clean_lines(message.message)), ""))
    output.row(message.created_at.isoformat(), message.source, message.message)
    output.record("message", session_id=session_id, **fields_of(message))
