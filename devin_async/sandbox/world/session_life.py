"""How a session lives on the clock: pure functions of its record and the time, no timers."""

from typing import Any, Literal, cast

import attrs

from devin_async.sandbox.base.randomness import between, mix
from devin_async.sandbox.world.structured_output import example_of

NEW_SECONDS = 1.0
CLAIMED_SECONDS = 1.0
IDLE_SECONDS = 30 * 60.0

Resting = Literal["finished", "waiting_for_user"]


@attrs.frozen
class Turn:
    """Hold one turn: a message of the user, the work it starts, and Devin's answer.

    Attributes:
        started_at: When the message came, in unix seconds.
        work_seconds: How long the work takes.
        ends: What the session does after it.
        message: The text of the user.
        author_id: The user who wrote it.
        author_name: The name of the author.
        attachment_urls: The files that came with it.
        stopped_at: When the session was put to sleep after it, in unix seconds, or None.
    """

    started_at: float
    work_seconds: float
    ends: Resting
    message: str
    author_id: str | None
    author_name: str
    attachment_urls: tuple[str, ...] = ()
    stopped_at: float | None = None

    @property
    def settled_at(self) -> float:
        """Return when the work is done, in unix seconds."""
        return self.started_at + self.work_seconds


@attrs.define
class Session:
    """Hold what was asked of a session; its status follows from the time.

    Attributes:
        index: Its place in the order of creation, over all organizations.
        session_id: Its id, with the `devin-` prefix.
        org_id: Its organization.
        created_at: When it was created, in unix seconds.
        request: The validated body that created it.
        turns: Its turns, oldest first.
        user_id: The person it counts for, nobody's id where a service user made it.
        service_user_id: The service user that created it, if any.
        parent_session_id: The session that started it, if any.
        category: What kind of work it is.
        acus_per_second: What it consumes while it works.
        terminated_at: When it was terminated, in unix seconds, or None.
        is_archived: Whether it was archived.
        child_session_ids: The sessions that it started.
        origin: What it was started from.
        automation_id: The automation that started it, if any.
        insights_requested_at: When its analysis was asked for, in unix seconds, or None.
    """

    index: int
    session_id: str
    org_id: str
    created_at: float
    request: dict[str, Any] = attrs.field(repr=False)
    turns: list[Turn]
    user_id: str | None
    service_user_id: str | None
    parent_session_id: str | None
    category: str
    acus_per_second: float
    terminated_at: float | None = None
    is_archived: bool = False
    child_session_ids: list[str] = attrs.field(factory=list[str])
    origin: str = "api"
    automation_id: str | None = None
    insights_requested_at: float | None = None

    @property
    def tags(self) -> list[str]:
        """Return its tags."""
        return self.request.get("tags") or []

    @property
    def repos(self) -> list[str]:
        """Return the repositories it was given."""
        return self.request.get("repos") or []


@attrs.frozen
class Moment:
    """Describe a session's status at one time.

    Attributes:
        status: Its status.
        detail: Its status detail, or None.
        since: When it got that status, in unix seconds.
    """

    status: str
    detail: str | None
    since: float


def plan_turn(seed: int, session_index: int, turn_index: int) -> tuple[float, Resting]:
    """Choose how long a turn works, in seconds, and how it ends."""
    seconds = between(20, 60, mix(seed, session_index, turn_index))
    ends: Resting = "waiting_for_user" if (session_index + turn_index) % 4 == 3 else "finished"  # noqa: PLR2004 - every fourth
    return float(seconds), ends


def moment(session: Session, now: float) -> Moment:
    """Tell the status of a session at *now*."""
    turn = session.turns[-1]
    if session.terminated_at is not None:
        return Moment("exit", None, session.terminated_at)
    if turn.stopped_at is not None:
        return Moment("suspended", "user_request", turn.stopped_at)
    return _undisturbed(session, turn, now)


def _undisturbed(session: Session, turn: Turn, now: float) -> Moment:
    claimed_at = session.created_at + NEW_SECONDS
    running_at = claimed_at + CLAIMED_SECONDS
    if now < claimed_at:
        return Moment("new", None, session.created_at)
    if now < running_at:
        return Moment("claimed", None, claimed_at)
    if now < turn.settled_at:
        return Moment("running", "working", max(running_at, turn.started_at))
    if now < turn.settled_at + IDLE_SECONDS:
        return Moment("running", turn.ends, turn.settled_at)
    return Moment("suspended", "inactivity", turn.settled_at + IDLE_SECONDS)


def sleep(session: Session, now: float) -> None:
    """Put a session to sleep, unless it sleeps or has ended; a message wakes it."""
    if moment(session, now).status not in ("suspended", "exit"):
        session.turns[-1] = attrs.evolve(session.turns[-1], stopped_at=now)


def updated_at(session: Session, now: float) -> int:
    """Return when a session last changed before *now*, in unix seconds."""
    return int(max(moment(session, now).since, session.turns[-1].started_at))


def is_answered(session: Session, index: int, now: float) -> bool:
    """Tell whether a turn's work was done before the next message, an end, or *now*."""
    return session.turns[index].settled_at <= cut(session, index, now)


def has_answered(session: Session, now: float) -> bool:
    """Tell whether any turn was answered before *now*."""
    return any(is_answered(session, index, now) for index in range(len(session.turns)))


def acus(session: Session, now: float) -> float:
    """Return what the session consumed until *now*."""
    worked = sum(
        max(0.0, min(turn.settled_at, cut(session, index, now)) - turn.started_at)
        for index, turn in enumerate(session.turns)
    )
    return round(worked * session.acus_per_second, 2)


def structured_output(session: Session, now: float) -> Any:
    """Return an example of the schema asked for, once a turn was answered.

    Without a schema it is the text "null", as the API was seen to answer.
    """
    schema = session.request.get("structured_output_schema")
    if schema is None:
        return "null"
    if not has_answered(session, now):
        return None
    example = example_of(schema)
    if isinstance(example, dict):
        return cast("dict[str, Any]", example)
    return {"value": example}


def cut(session: Session, index: int, now: float) -> float:
    """Return the time at which a turn stops counting."""
    ends = [now]
    stopped_at = session.turns[index].stopped_at
    if stopped_at is not None:
        ends.append(stopped_at)
    if index + 1 < len(session.turns):
        ends.append(session.turns[index + 1].started_at)
    if session.terminated_at is not None:
        ends.append(session.terminated_at)
    return min(ends)
