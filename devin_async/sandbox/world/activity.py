"""What people did in the past, computed from organization and day: one source for all metrics.

Every report counts the same made-up sessions and searches, so that sums over days, organizations,
sizes, origins and categories agree. The sessions that calls create do not count.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import attrs

from devin_async.sandbox.base.clock import Clock
from devin_async.sandbox.base.randomness import mix
from devin_async.sandbox.world.organizations import DAY, Organization

ORIGINS = ("webapp", "api", "slack", "linear", "jira", "teams", "automation", "desktop")
SIZES = ("xs", "s", "m", "l", "xl")

PullRequest = Literal["merged", "open", "closed"]

_PULL_REQUESTS: tuple[PullRequest | None, ...] = ("merged", "merged", "open", "closed", None, None)
_SLOTS = 5  # people of an organization who may have been active on a day, a service user the last
_MOST_SESSIONS = 3
_MOST_SEARCHES = 4


@attrs.frozen
class Work:
    """Hold one session of the past.

    Attributes:
        actor: The id of the person or service user.
        is_person: Whether the actor is a person.
        acus: What it consumed, in hundredths of an ACU.
        size: How big it was.
        origin: Where it was started.
        category: The number of its category.
        with_playbook: Whether it followed a playbook.
        with_search: Whether it began with a search.
        pull_request: The status of its pull request, or None without one.
    """

    actor: str
    is_person: bool
    acus: int
    size: str
    origin: str
    category: int
    with_playbook: bool
    with_search: bool
    pull_request: PullRequest | None


@attrs.frozen
class Presence:
    """Hold what one person or service user did in one organization on one day.

    Attributes:
        actor: The id.
        is_person: Whether the actor is a person.
        searches: How many searches there were.
        sessions: The sessions.
    """

    actor: str
    is_person: bool
    searches: int
    sessions: tuple[Work, ...]


class Activity:
    """Compute what was done.

    Args:
        seed: Makes numbers repeat.
        clock: Tells today; later days are empty.
        user_ids: The people.
        service_user_id: The service user.
    """

    def __init__(
        self, seed: int, clock: Clock, user_ids: Sequence[str], service_user_id: str
    ) -> None:
        self._seed = seed
        self._clock = clock
        self._user_ids = user_ids
        self._service_user_id = service_user_id

    def during(self, organizations: Iterable[Organization], days: range) -> Iterator[Presence]:
        """Yield what was done in organizations on UTC days, numbered from 1970-01-01."""
        tomorrow = int(self._clock.now()) // DAY + 1
        for organization in organizations:
            founded = int(organization.created_at) // DAY
            for day in range(max(days.start, founded), min(days.stop, tomorrow)):
                for slot in range(_SLOTS):
                    yield self._presence(organization.index, slot, day)

    def _presence(self, index: int, slot: int, day: int) -> Presence:
        is_person = slot < _SLOTS - 1
        actor = self._service_user_id
        if is_person:
            actor = self._user_ids[(index * 3 + slot * 4) % len(self._user_ids)]
        scrambled = mix(self._seed, index * _SLOTS + slot, day)
        works = (
            self._work(actor, mix(scrambled, number + 1), is_person=is_person)
            for number in range(scrambled % _MOST_SESSIONS)
        )
        return Presence(actor, is_person, (scrambled >> 8) % _MOST_SEARCHES, tuple(works))

    @staticmethod
    def _work(actor: str, scrambled: int, *, is_person: bool) -> Work:
        size = scrambled % len(SIZES)
        return Work(
            actor=actor,
            is_person=is_person,
            acus=(scrambled >> 4) % 100 + 100 * size,
            size=SIZES[size],
            origin=ORIGINS[(scrambled >> 12) % len(ORIGINS)],
            category=scrambled >> 20 & 0xFF,
            with_playbook=(scrambled >> 28) % 4 == 0,
            with_search=(scrambled >> 32) % 3 == 0,
            pull_request=_PULL_REQUESTS[(scrambled >> 36) % len(_PULL_REQUESTS)],
        )
