"""Who calls, and may they: tokens, principals and the permissions of operations."""

from collections.abc import Container, Iterator, Mapping
from typing import Literal

import attrs

from devin_async.sandbox.base.clock import Clock
from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.contract.operations import Operation
from devin_async.sandbox.world.roles import Permissions, Role, custom_role

PrincipalType = Literal["service_user", "pat_user", "devin_brain", "windsurf_session"]

_NEEDS_ORGANIZATION = ("devin_brain", "windsurf_session")


@attrs.frozen
class Principal:
    """Hold what a token stands for.

    Attributes:
        number: Its place in the order of creation.
        principal_type: What `/v3/self` calls it.
        principal_id: The id of the service user or the user.
        name: Its name.
        organization: The only organization it works in, or None for the enterprise.
        role: Its role there.
        elsewhere: Its roles in further organizations.
        created_at: When it was made, in unix seconds.
        deleted_at: When it was removed, in unix seconds, or None.
    """

    number: int
    principal_type: PrincipalType
    principal_id: str
    name: str
    organization: str | None
    role: Role
    created_at: float
    elsewhere: Mapping[str | None, Role] = attrs.field(factory=dict["str | None", Role])
    deleted_at: float | None = None

    @property
    def is_service_user(self) -> bool:
        """Tell a service user from a person."""
        return self.principal_type == "service_user"

    def holds(self, *names: str, org_id: str | None = None) -> bool:
        """Tell whether it has at least one of the permissions, there or everywhere."""
        extra = self.elsewhere.get(org_id) if org_id else None
        is_home = self.organization is None or org_id in (None, self.organization)
        return (is_home and self.role.holds(*names)) or (extra is not None and extra.holds(*names))

    def reaches(self, org_id: str) -> bool:
        """Tell whether it works in an organization at all."""
        return self.organization in (None, org_id) or org_id in self.elsewhere

    def roles(self) -> dict[str | None, Role]:
        """Return its roles by organization, None being the enterprise."""
        return {self.organization: self.role, **self.elsewhere}


@attrs.define
class ApiKey:
    """Hold one token's life.

    Attributes:
        key_id: Its id.
        name: Its name.
        principal: The number of the principal it stands for.
        created_at: When it was made, in unix seconds.
        expires_at: When it ends, in unix seconds, or None for never.
        last_used_at: When it last opened a call, in unix seconds, or None.
        revoked_at: When it was revoked, in unix seconds, or None.
    """

    key_id: str
    name: str
    principal: int
    created_at: float
    expires_at: float | None
    last_used_at: float | None = None
    revoked_at: float | None = None

    def is_active(self, now: float) -> bool:
        """Tell whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Access:
    """Keep principals and tokens, and judge calls by them.

    Args:
        seed: Makes ids and tokens repeat.
        clock: Tells when tokens end.
    """

    def __init__(self, seed: int, clock: Clock) -> None:
        self._seed = seed
        self._clock = clock
        self._principals: list[Principal] = []
        self._keys: dict[str, ApiKey] = {}

    def add(
        self,
        *,
        permissions: Permissions = (),
        role: Role | None = None,
        organization: str | None,
        principal_type: PrincipalType = "service_user",
        name: str | None = None,
        user_id: str | None = None,
        lifetime: float | None = None,
    ) -> tuple[str, Principal]:
        """Create a principal and its first token.

        Args:
            permissions: Names of permissions, or `all`.
            role: Its role, in place of *permissions*.
            organization: The only organization it works in, or None for the enterprise.
            principal_type: What `/v3/self` calls it.
            name: Its name, made up when left out.
            user_id: The id of the person, made up when left out.
            lifetime: Seconds until the token ends, or None for never.
        """
        if organization is None and principal_type in _NEEDS_ORGANIZATION:
            raise ValueError(f"a {principal_type} belongs to an organization: give one")
        number, now = len(self._principals), self._clock.now()
        prefix = "service-user-" if principal_type == "service_user" else "email|"
        principal = Principal(
            number=number,
            principal_type=principal_type,
            principal_id=user_id or prefix + hex_id(self._seed, "principal", number, length=24),
            name=name or f"{principal_type.replace('_', ' ').capitalize()} {number + 1}",
            organization=organization,
            role=role or custom_role(permissions, organization),
            created_at=now,
        )
        self._principals.append(principal)
        expires_at = None if lifetime is None else now + lifetime
        return self.issue(principal, "Default", expires_at)[0], principal

    def issue(
        self, principal: Principal, name: str, expires_at: float | None
    ) -> tuple[str, ApiKey]:
        """Create a further token of a principal."""
        number = len(self._keys)
        token = "cog_" + hex_id(self._seed, "token", number, length=48)
        key_id = "key-" + hex_id(self._seed, "key", number)
        now = self._clock.now()
        self._keys[token] = ApiKey(key_id, name, principal.number, now, expires_at)
        return token, self._keys[token]

    def keys_of(self, principal: Principal) -> list[ApiKey]:
        """Return the keys of a principal, oldest first."""
        return [key for key in self._keys.values() if key.principal == principal.number]

    def expires_at(self, principal: Principal) -> float | None:
        """Return when the last key that was not revoked ends, in unix seconds, or None."""
        ends = [key.expires_at for key in self.keys_of(principal) if key.revoked_at is None]
        dated = [end for end in ends if end is not None]
        return max(dated) if dated and len(dated) == len(ends) else None

    def is_active(self, principal: Principal) -> bool:
        """Tell whether a principal still exists and has a key that opens something."""
        now = self._clock.now()
        has_key = any(key.is_active(now) for key in self.keys_of(principal))
        return principal.deleted_at is None and has_key

    def service_users(self) -> Iterator[Principal]:
        """Iterate over the service users, removed ones included, oldest first."""
        return (principal for principal in self._principals if principal.is_service_user)

    def service_user_ids(self) -> set[str]:
        """Return the ids of every service user that was ever created."""
        return {principal.principal_id for principal in self.service_users()}

    def service_user(self, principal_id: str) -> Principal:
        """Return a service user.

        Raises:
            Problem: With 404, when there is none or it was removed.
        """
        for principal in self.service_users():
            if principal.principal_id == principal_id and principal.deleted_at is None:
                return principal
        raise Problem(404, "There is no such service user")

    def give_role(self, principal: Principal, org_id: str | None, role: Role) -> Principal:
        """Give a service user a role in an organization or the enterprise."""
        if org_id == principal.organization:
            return self._update(attrs.evolve(principal, role=role))
        if org_id is None:  # its home becomes the enterprise
            before = principal.roles()
            promoted = attrs.evolve(principal, organization=None, role=role, elsewhere=before)
            return self._update(promoted)
        elsewhere: dict[str | None, Role] = {**principal.elsewhere, org_id: role}
        return self._update(attrs.evolve(principal, elsewhere=elsewhere))

    def take_role(self, principal: Principal, org_id: str | None) -> Principal:
        """Take a service user out of an organization; without its home it is removed."""
        if org_id == principal.organization or org_id is None:
            return self._update(attrs.evolve(principal, deleted_at=self._clock.now()))
        kept = {key: role for key, role in principal.elsewhere.items() if key != org_id}
        return self._update(attrs.evolve(principal, elsewhere=kept))

    def authenticate(self, authorization: str) -> Principal:
        """Return whom the *Authorization* header names.

        Raises:
            Problem: With 401, when it names nobody.
        """
        scheme, _, token = authorization.partition(" ")
        key = self._keys.get(token.strip()) if scheme.lower() == "bearer" else None
        now = self._clock.now()
        if key is None or not key.is_active(now) or self._is_removed(key):
            raise Problem(
                401,
                "The token is missing, unknown or expired",
                headers={"WWW-Authenticate": "Bearer"},
            )
        key.last_used_at = now
        return self._principals[key.principal]

    def _is_removed(self, key: ApiKey) -> bool:
        return self._principals[key.principal].deleted_at is not None

    def _update(self, principal: Principal) -> Principal:
        self._principals[principal.number] = principal
        return principal


def authorize(
    principal: Principal, operation: Operation, org_id: str | None, organizations: Container[str]
) -> None:
    """Let the call pass, or refuse it without telling whether the organization exists.

    Args:
        principal: Who calls.
        operation: What is called.
        org_id: The organization that the path names, if any.
        organizations: The ids of all organizations.

    Raises:
        Problem: With 403.
    """
    if operation.scope == "enterprise":
        # What one organization lets somebody do opens nothing of the enterprise.
        allowed = principal.organization is None and _may(principal, operation, None)
    else:
        allowed = _may(principal, operation, org_id)
    if org_id is not None:
        allowed = allowed and org_id in organizations and principal.reaches(org_id)
    if not allowed:
        raise Problem(403, _refusal(operation))


def _may(principal: Principal, operation: Operation, org_id: str | None) -> bool:
    return not operation.permissions or principal.holds(*operation.permissions, org_id=org_id)


def _refusal(operation: Operation) -> str:
    if not operation.permissions:
        return "This call is not open to the token"
    return f"This call needs {operation.permissions[0]}, in a place the token has access to"
