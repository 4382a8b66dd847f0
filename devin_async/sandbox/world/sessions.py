"""The sessions of all organizations: creating, finding, filtering and rendering them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from devin_async.sandbox.base.bounds import Bounds
from devin_async.sandbox.base.clock import Clock
from devin_async.sandbox.base.randomness import between, hex_id, mix
from devin_async.sandbox.contract.operations import operations
from devin_async.sandbox.world.access import Principal
from devin_async.sandbox.world.members import Person
from devin_async.sandbox.world.session_life import (
    Session,
    Turn,
    acus,
    has_answered,
    is_answered,
    moment,
    plan_turn,
    sleep,
    structured_output,
    updated_at,
)

WEB_SESSIONS = "https://app.devin.ai/sessions/"
_TITLE_LENGTH = 60
NOBODY = "bot_apk"
"""The user id of what service users do."""


def bare_id(session_id: str) -> str:
    """Strip the prefix that session ids may come with."""
    return session_id.removeprefix("devin-")


def user_of(principal: Principal) -> str:
    """Return the person that a principal counts as: service users are one that nobody is."""
    return NOBODY if principal.is_service_user else principal.principal_id


def _signature(principal: Principal) -> str:
    suffix = " (service account)" if principal.is_service_user else ""
    return principal.name + suffix


def categories() -> Sequence[str]:
    """Return the categories that the contract names."""
    schemas = operations()[0].components["schemas"]
    names: Sequence[str] = schemas["SessionCategory"]["enum"]
    return names


class Sessions:
    """Keep the sessions.

    Args:
        seed: Makes ids and lives repeat.
        clock: Drives their lives.
        bounds: Says which ends of the time filters count.
    """

    def __init__(self, seed: int, clock: Clock, bounds: Bounds) -> None:
        self._seed = seed
        self._clock = clock
        self._bounds = bounds
        self._made = 0
        self._all: list[Session] = []
        self._by_id: dict[str, Session] = {}
        self._by_organization: dict[str, list[Session]] = {}

    def create(
        self,
        org_id: str,
        request: dict[str, Any],
        principal: Principal,
        parent: Session | None = None,
        origin: str = "api",
    ) -> Session:
        """Create a session now, from a validated body."""
        index, self._made = self._made, self._made + 1
        now = self._clock.now()
        session = self._session(org_id, request, index=index, created_at=now, origin=origin)
        session.user_id = request.get("create_as_user_id") or user_of(principal)
        session.service_user_id = principal.principal_id if principal.is_service_user else None
        session.parent_session_id = parent.session_id if parent else None
        self.send(session, request["prompt"], principal, None, request.get("attachment_urls"))
        self._keep(session)
        if parent is not None:
            parent.child_session_ids.append(session.session_id)
        return session

    def add_past(
        self,
        org_id: str,
        request: dict[str, Any],
        *,
        index: int,
        created_at: float,
        author: Person,
        origin: str,
    ) -> Session:
        """Add a session of the time before the sandbox; *index* and time grow from call to call."""
        session = self._session(org_id, request, index=index, created_at=created_at, origin=origin)
        session.user_id = author.user_id
        seconds, ends = plan_turn(self._seed, index, 0)
        name = author.name or author.email
        turn = Turn(created_at, seconds, ends, request["prompt"], author.user_id, name)
        session.turns.append(turn)
        return self._keep(session)

    def _session(
        self, org_id: str, request: dict[str, Any], *, index: int, created_at: float, origin: str
    ) -> Session:
        return Session(
            index=index,
            session_id="devin-" + hex_id(self._seed, "session", index),
            org_id=org_id,
            created_at=created_at,
            request=request,
            turns=[],
            user_id=None,
            service_user_id=None,
            parent_session_id=None,
            category=categories()[mix(self._seed, index) % len(categories())],
            acus_per_second=between(50, 150, mix(self._seed, index, 1)) / 6000,
            origin=origin,
        )

    def _keep(self, session: Session) -> Session:
        self._all.append(session)
        self._by_id[bare_id(session.session_id)] = session
        self._by_organization.setdefault(session.org_id, []).append(session)
        return session

    def find(self, session_id: str, org_id: str | None) -> Session | None:
        """Find a session by its id, with or without prefix, in one organization or in all."""
        session = self._by_id.get(bare_id(session_id))
        if session is None or org_id not in (None, session.org_id):
            return None
        return session

    def terminate(self, session: Session, *, archive: bool) -> None:
        """End a session now."""
        session.terminated_at = self._clock.now()
        if archive:
            self.archive(session)

    def archive(self, session: Session) -> None:
        """Archive a session and those it started; what runs is put to sleep."""
        sleep(session, self._clock.now())
        session.is_archived = True
        for child_id in session.child_session_ids:
            self.archive(self._by_id[bare_id(child_id)])

    def newest_first(self, org_id: str | None) -> Iterator[Session]:
        """Iterate over the sessions of one organization or of all."""
        return reversed(self._all if org_id is None else self._by_organization.get(org_id, []))

    def matches(self, session: Session, filters: Mapping[str, Any]) -> bool:
        """Tell whether a session passes every filter that was given."""
        return all(
            test(session, filters[name])
            for name, test in _FILTERS.items()
            if filters.get(name) is not None
        ) and self._matches_times(session, filters)

    def as_json(self, session: Session) -> dict[str, Any]:
        """Render a session as it stands now."""
        now = self._clock.now()
        standing = moment(session, now)
        return {
            **_constant_fields(session),
            "status": standing.status,
            "status_detail": standing.detail,
            "updated_at": updated_at(session, now),
            "acus_consumed": acus(session, now),
            "pull_requests": _pull_requests(session, now),
            "structured_output": structured_output(session, now),
            "category": session.category,
            "subcategory": f"{session.category}_general",
        }

    def as_changed_json(self, session: Session) -> dict[str, Any]:
        """Render a session for the answer of a write, which leaves four fields empty."""
        empty = dict.fromkeys(("status_detail", "structured_output", "category", "subcategory"))
        return {**self.as_json(session), **empty}

    def messages(self, session: Session) -> list[dict[str, Any]]:
        """Render what was said so far, oldest first."""
        now = self._clock.now()
        messages: list[dict[str, Any]] = []
        for index, turn in enumerate(session.turns):
            messages.append(_user_message(turn))
            if is_answered(session, index, now):
                messages.append(_devin_message(turn))
        return [
            {"event_id": _event_id(self._seed, session, position), **message}
            for position, message in enumerate(messages)
        ]

    def _matches_times(self, session: Session, filters: Mapping[str, Any]) -> bool:
        changed_at = updated_at(session, self._clock.now())
        contain = self._bounds.contain
        return contain(
            int(session.created_at), filters.get("created_after"), filters.get("created_before")
        ) and contain(changed_at, filters.get("updated_after"), filters.get("updated_before"))

    def send(
        self,
        session: Session,
        message: str,
        principal: Principal,
        as_user: str | None,
        attachment_urls: Sequence[str] | None = None,
    ) -> None:
        """Give a session a message now; it works on it at once."""
        seconds, ends = plan_turn(self._seed, session.index, len(session.turns))
        session.turns.append(
            Turn(
                started_at=self._clock.now(),
                work_seconds=seconds,
                ends=ends,
                message=message,
                author_id=as_user or user_of(principal),
                author_name=_signature(principal),
                attachment_urls=tuple(attachment_urls or ()),
            )
        )


def _constant_fields(session: Session) -> dict[str, Any]:
    request = session.request
    first_line = request["prompt"].strip().partition("\n")[0]
    return {
        "session_id": session.session_id,
        "org_id": session.org_id,
        "url": WEB_SESSIONS + bare_id(session.session_id),
        "tags": session.tags,
        "created_at": int(session.created_at),
        "title": request.get("title") or first_line[:_TITLE_LENGTH] or None,
        "origin": session.origin,
        "devin_mode": request.get("devin_mode") or "normal",
        "automation_id": session.automation_id,
        "parent_session_id": session.parent_session_id,
        "child_session_ids": session.child_session_ids,
        "playbook_id": request.get("playbook_id"),
        "user_id": session.user_id,
        "service_user_id": session.service_user_id,
        "is_archived": session.is_archived,
        "security_profile": request.get("security_profile"),
    }


def _pull_requests(session: Session, now: float) -> list[dict[str, Any]]:
    if not has_answered(session, now):
        return []
    return [
        {"pr_url": f"https://github.com/{repo}/pull/{session.index + 1}", "pr_state": "open"}
        for repo in session.repos
    ]


def _user_message(turn: Turn) -> dict[str, Any]:
    return {
        "source": "user",
        "message": turn.message,
        "created_at": int(turn.started_at),
        "user_id": turn.author_id,
        "username": turn.author_name,
        "origin": "api",
    }


def _devin_message(turn: Turn) -> dict[str, Any]:
    asks = turn.ends == "waiting_for_user"
    return {
        "source": "devin",
        "message": "Which of the two ways do you prefer?" if asks else "The work is done.",
        "created_at": int(turn.settled_at),
        "user_id": None,
        "username": None,
        "origin": None,
    }


def _event_id(seed: int, session: Session, position: int) -> str:
    return "event-" + hex_id(seed, session.session_id, position)


def _one_of(read: Callable[[Session], str | None]) -> Callable[[Session, Sequence[str]], bool]:
    return lambda session, wanted: read(session) in wanted


_FILTERS: dict[str, Callable[[Session, Any], bool]] = {
    "session_ids": lambda session, wanted: (
        bare_id(session.session_id) in {bare_id(item) for item in wanted}
    ),
    "org_ids": _one_of(lambda session: session.org_id),
    "tags": lambda session, wanted: not set(session.tags).isdisjoint(wanted),
    "repo_names": lambda session, wanted: not set(session.repos).isdisjoint(wanted),
    "origins": _one_of(lambda session: session.origin),
    "user_ids": _one_of(lambda session: session.user_id),
    "service_user_ids": _one_of(lambda session: session.service_user_id),
    "playbook_id": lambda session, wanted: session.request.get("playbook_id") == wanted,
    "category": lambda session, wanted: session.category == wanted,
    "is_archived": lambda session, wanted: session.is_archived == wanted,
    "parent_session_id": lambda session, wanted: (
        session.parent_session_id is not None
        and bare_id(session.parent_session_id) == bare_id(wanted)
    ),
    "automation_ids": _one_of(lambda session: session.automation_id),
    # Schedules of the sandbox never come due.
    "schedule_id": lambda _session, _wanted: False,
}
