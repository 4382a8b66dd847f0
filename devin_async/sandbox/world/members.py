"""The people of the enterprise and the groups of its identity provider, with their roles.

Everybody there is from the start works in every organization. What was never changed is a rule, not
a record, so that a thousand organizations of twenty people cost nothing.
"""

from collections.abc import Iterator
from typing import Any

import attrs

from devin_async.sandbox.base.clock import Clock
from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.world.organizations import Organizations
from devin_async.sandbox.world.roles import (
    ACCOUNT_ADMIN,
    ACCOUNT_MEMBER,
    DEVELOPER,
    ORG_ADMIN,
    Role,
    assignment,
)

GROUPS = ("engineering", "finance", "support/night shift")

_FIRST_NAMES = ("Ada", "Ben", "Chloe", "Dan", "Eva", "Finn", "Grace")
_LAST_NAMES = ("Stone", "Rivers", "Marsh")
_EVERY = 4  # one person in four comes through a group of the identity provider


@attrs.define
class RoleHolder:
    """Hold the roles of a person or a group.

    Attributes:
        role: The role in the enterprise, or None.
        org_roles: What was changed of the roles in organizations; None for no role any more.
    """

    role: Role | None = attrs.field(default=None, kw_only=True)
    org_roles: dict[str, Role | None] = attrs.field(factory=dict[str, "Role | None"], kw_only=True)

    def set_role(self, org_id: str | None, role: Role | None) -> None:
        """Put a role in place of the one in an organization or, with None, in the enterprise."""
        if org_id is None:
            self.role = role
        else:
            self.org_roles[org_id] = role


@attrs.define
class Person(RoleHolder):
    """Hold one person.

    Attributes:
        number: The place in the order of joining.
        user_id: The id.
        email: The address.
        name: The name.
        joined_at: When the person joined, in unix seconds; None for those there from the start.
    """

    number: int
    user_id: str
    email: str
    name: str | None
    joined_at: float | None = None

    def role_in(self, org_id: str) -> Role | None:
        """Return the role in an organization, or None."""
        if org_id in self.org_roles:
            return self.org_roles[org_id]
        if self.joined_at is not None:
            return None
        return DEVELOPER if self.number else ORG_ADMIN

    @property
    def group(self) -> str | None:
        """Return the name of the group that the person comes from, if any."""
        if self.joined_at is not None or self.number % _EVERY != _EVERY - 1:
            return None
        return GROUPS[self.number // _EVERY % len(GROUPS)]


@attrs.define
class Group(RoleHolder):
    """Hold one group of the identity provider.

    Attributes:
        number: The place in the order of registration.
        name: Its name.
    """

    number: int
    name: str

    def role_in(self, org_id: str, index: int) -> Role | None:
        """Return the role in the organization that was made as the *index*-th, or None."""
        if org_id in self.org_roles:
            return self.org_roles[org_id]
        is_first = self.number < len(GROUPS) and index % len(GROUPS) == self.number
        return DEVELOPER if is_first else None


class Members:
    """Keep people and groups.

    Args:
        count: How many people there are from the start.
        seed: Makes ids repeat.
        clock: Dates those who join.
        organizations: Where they work.
    """

    def __init__(self, count: int, seed: int, clock: Clock, organizations: Organizations) -> None:
        self._seed = seed
        self._clock = clock
        self._organizations = organizations
        self._made = 0
        self._people: dict[str, Person] = {}
        self._groups: dict[str, Group] = {}
        self._groups_made = 0
        for number in range(count):
            user_id = f"email|{hex_id(seed, 'user', number, length=24)}"
            role = ACCOUNT_MEMBER if number else ACCOUNT_ADMIN
            self._add(user_id, f"{user_id.rpartition('|')[2]}@example.com", _name(number), role)
        for name in GROUPS:
            self.register(name).role = None if self._groups_made > 1 else ACCOUNT_MEMBER

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._people

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    @property
    def user_ids(self) -> tuple[str, ...]:
        """Return the ids of all people, in the order of joining."""
        return tuple(self._people)

    def get(self, user_id: str, org_id: str | None = None) -> Person:
        """Return a person of the enterprise or of one organization.

        Raises:
            Problem: With 404, when there is none.
        """
        person = self._people.get(user_id)
        if person is None or (org_id and not self.works_in(person, org_id)):
            raise Problem(404, "There is no such user")
        return person

    def works_in(self, person: Person, org_id: str) -> bool:
        """Tell whether a person has a role in an organization, of its own or through a group."""
        return person.role_in(org_id) is not None or bool(self.group_roles(person, org_id))

    def roles(self, person: Person, org_id: str) -> list[Role]:
        """Return every role that counts in an organization: the person's own and the group's."""
        group, index = self._groups.get(person.group or ""), self._organizations.get(org_id).index
        shared = [] if group is None else [group.role, group.role_in(org_id, index)]
        return [role for role in (person.role, person.role_in(org_id), *shared) if role]

    def invite(self, email: str, role: Role) -> Person:
        """Add the person with an address, or return the one known by it."""
        for person in self:
            if person.email == email:
                return person
        user_id = f"email|{hex_id(self._seed, 'invited', self._made, length=24)}"
        return self._add(user_id, email, None, role, self._clock.now())

    def remove(self, person: Person) -> None:
        """Take a person away."""
        del self._people[person.user_id]

    def assignments(self, person: Person, org_id: str | None) -> list[dict[str, Any]]:
        """Render the roles a person has itself, all of them or those in one organization."""
        if org_id is not None:
            role = person.role_in(org_id)
            return [assignment(role, org_id)] if role else []
        roles = ((item.org_id, person.role_in(item.org_id)) for item in self._organizations)
        everywhere = [assignment(person.role, None)] if person.role else []
        return [*everywhere, *(assignment(role, place) for place, role in roles if role)]

    def group_roles(self, person: Person, org_id: str | None) -> list[dict[str, Any]]:
        """Render the roles a person has through a group."""
        group = self._groups.get(person.group or "")
        if group is None:
            return []
        assignments = self.group_assignments(group, org_id)
        return [{"idp_group_name": group.name, **item} for item in assignments]

    def groups(self) -> Iterator[Group]:
        """Iterate over the registered groups."""
        return iter(self._groups.values())

    def group(self, name: str) -> Group:
        """Return a group.

        Raises:
            Problem: With 404, when it is not registered.
        """
        if name not in self._groups:
            raise Problem(404, "There is no such group")
        return self._groups[name]

    def register(self, name: str) -> Group:
        """Register a group, or return the one known by this name."""
        if name not in self._groups:
            self._groups[name] = Group(self._groups_made, name)
            self._groups_made += 1
        return self._groups[name]

    def unregister(self, group: Group) -> None:
        """Take a group away."""
        del self._groups[group.name]

    def group_assignments(self, group: Group, org_id: str | None) -> list[dict[str, Any]]:
        """Render the roles of a group, all of them or those in one organization."""
        assignments = [] if org_id or group.role is None else [assignment(group.role, None)]
        for item in self._organizations:
            role = group.role_in(item.org_id, item.index)
            if role is not None and org_id in (None, item.org_id):
                assignments.append(assignment(role, item.org_id))
        return assignments

    def _add(
        self, user_id: str, email: str, name: str | None, role: Role, joined_at: float | None = None
    ) -> Person:
        person = Person(self._made, user_id, email, name, joined_at, role=role)
        self._made += 1
        self._people[user_id] = person
        return person


def _name(number: int) -> str:
    first = _FIRST_NAMES[number % len(_FIRST_NAMES)]
    return f"{first} {_LAST_NAMES[number // len(_FIRST_NAMES) % len(_LAST_NAMES)]}"
