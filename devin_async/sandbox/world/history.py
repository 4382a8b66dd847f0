"""What there is from the start: sessions of the last days, notes and playbooks.

Their places in the order of creation lie below 0, so that what calls create is the same with them
and without.
"""

from typing import Any

from devin_async.sandbox.base.randomness import mix
from devin_async.sandbox.world.organizations import DAY
from devin_async.sandbox.world.state import State
from devin_async.sandbox.world.store import Record

_SPAN = 5 * DAY
_SETTLED = 2 * 3600  # seconds before the start: what was begun then sleeps or has ended
_EVERY_ENDED = 3  # one session in three was ended by somebody

_WORK: tuple[tuple[str, list[str], list[str], str], ...] = (
    ("Fix the flaky test of the payment retries", ["ci"], ["acme/api"], "webapp"),
    ("Update the dependencies and run all tests", ["maintenance"], ["acme/app"], "api"),
    ("Write an introduction to the search service", ["docs"], [], "slack"),
    ("Find out why the nightly build takes twice as long", ["ci"], ["acme/infra"], "webapp"),
)
_NOTES = (
    ("Branches", "Name branches after their issue.", "When a branch is made"),
    ("Tests", "Run the tests of what was changed before a commit.", "Before a commit"),
)
_PLAYBOOK = {
    "title": "Review a pull request",
    "body": "Read the changes, run the tests, and list what could break.",
    "macro": "!review",
}


def add_history(state: State, sessions: int) -> None:
    """Give each organization *sessions* of its past and, with any, notes and a playbook."""
    organizations = state.organizations.ids
    total = len(organizations) * sessions
    for number in range(total):
        org_id = organizations[number % len(organizations)]
        age = _SETTLED + _SPAN * (total - number) / total
        _add_session(state, org_id, number - total, state.started_at - age)
    for org_id in organizations if sessions else ():
        _add_knowledge(state, org_id)


def _add_session(state: State, org_id: str, index: int, created_at: float) -> None:
    prompt, tags, repos, origin = _WORK[mix(state.seed, index) % len(_WORK)]
    request = {"prompt": prompt, "tags": list(tags), "repos": list(repos)}
    people = list(state.members)
    person = people[mix(state.seed, index, 1) % len(people)]
    session = state.sessions.add_past(
        org_id, request, index=index, created_at=created_at, author=person, origin=origin
    )
    if index % _EVERY_ENDED == 0:
        session.terminated_at = session.turns[-1].settled_at


def _add_knowledge(state: State, org_id: str) -> None:
    author = {"created_by": state.members.user_ids[0], "updated_by": state.members.user_ids[0]}
    for name, body, trigger in _NOTES:
        note = {"name": name, "body": body, "trigger": trigger, "is_enabled": True}
        _date(state, state.store.collection("note").add(org_id, {**note, **author}))
    playbook: dict[str, Any] = {**_PLAYBOOK, **author}
    _date(state, state.store.collection("playbook").add(org_id, playbook))


def _date(state: State, record: Record) -> None:
    record.created_at = record.updated_at = state.started_at - _SPAN
