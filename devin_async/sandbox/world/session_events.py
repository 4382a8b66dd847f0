"""What happened in a session, step by step: computed from its turns, like all of its life."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.world.session_life import Session, cut

_CONTEXT = 30  # characters shown on both sides of what was searched for


@attrs.frozen
class Event:
    """Hold one event.

    Attributes:
        event_id: Its id; for a message that of the message.
        event_type: What happened.
        category: What kind of thing that is.
        direction: `incoming` for what reaches Devin, `outgoing` for what Devin does.
        created_at: When, in unix seconds.
        summary: One line for people.
        contents: The details.
    """

    event_id: str
    event_type: str
    category: str
    direction: str
    created_at: int
    summary: str
    contents: Mapping[str, Any]

    def as_summary(self) -> dict[str, Any]:
        """Render it without its contents."""
        whole = attrs.asdict(self)
        del whole["contents"]
        return whole

    def as_detail(self, longest: int) -> dict[str, Any]:
        """Render it with its contents, each text cut to *longest* characters."""
        whole = attrs.asdict(self)
        del whole["summary"]
        whole["contents"] = {name: str(text)[:longest] for name, text in self.contents.items()}
        cut_off = [name for name, text in self.contents.items() if len(str(text)) > longest]
        return {**whole, "truncated_fields": cut_off}

    def as_match(self, wanted: str) -> dict[str, Any] | None:
        """Render it with what surrounds the text *wanted*, in any case, or return None."""
        for text in (self.summary, *map(str, self.contents.values())):
            place = text.lower().find(wanted.lower())
            if place >= 0:
                context = text[max(0, place - _CONTEXT) : place + len(wanted) + _CONTEXT]
                return {**self.as_summary(), "match_context": context}
        return None


# How far into a turn each step of the work is done, and what it is.
_WORK = (
    (0.3, "shell_command", "shell", "Ran the tests", {"command": "pytest", "exit_code": 0}),
    (0.6, "file_edit", "file", "Changed main.py", {"path": "main.py", "lines": 12}),
)


def events_of(
    session: Session, messages: Sequence[Mapping[str, Any]], seed: int, now: float
) -> list[Event]:
    """Return what happened in a session until *now*, oldest first.

    Args:
        session: The session.
        messages: What was said, as the API renders it.
        seed: Makes ids repeat.
        now: The current time in unix seconds.
    """
    events = [*_lived(session, seed), *map(_message_event, messages), *_worked(session, seed, now)]
    return sorted(events, key=lambda event: event.created_at)


def _message_event(message: Mapping[str, Any]) -> Event:
    by_user = message["source"] == "user"
    return Event(
        event_id=message["event_id"],
        event_type="user_message" if by_user else "devin_message",
        category="message",
        direction="incoming" if by_user else "outgoing",
        created_at=message["created_at"],
        summary="The user wrote" if by_user else "Devin wrote",
        contents={"message": message["message"]},
    )


def _worked(session: Session, seed: int, now: float) -> Iterator[Event]:
    for index, turn in enumerate(session.turns):
        for share, kind, category, summary, contents in _WORK:
            time = turn.started_at + turn.work_seconds * share
            if time <= cut(session, index, now):
                event_id = _event_id(seed, session, kind, index)
                yield Event(event_id, kind, category, "outgoing", int(time), summary, contents)


def _lived(session: Session, seed: int) -> Iterator[Event]:
    moments = [("session_created", session.created_at), ("session_ended", session.terminated_at)]
    for index, turn in enumerate(session.turns):
        moments.append((f"session_suspended:{index}", turn.stopped_at))
    for name, time in moments:
        if time is not None:
            kind = name.partition(":")[0]
            summary = kind.replace("_", " ").capitalize()
            event_id = _event_id(seed, session, name, 0)
            yield Event(event_id, kind, "lifecycle", "outgoing", int(time), summary, {})


def _event_id(seed: int, session: Session, kind: str, index: int) -> str:
    return "event-" + hex_id(seed, session.session_id, kind, index)
