"""Who calls, and may they: tokens, principals, roles and the permissions of operations."""

from collections.abc import Collection, Container
from typing import Literal

import attrs

from .clock import Clock
from .contract import Operation
from .problems import Problem
from .randomness import hex_id

PrincipalType = Literal["service_user", "pat_user", "devin_brain", "windsurf_session"]
Permissions = Collection[str] | Literal["all"]

_NEEDS_ORGANIZATION = ("devin_brain", "windsurf_session")


@attrs.frozen
class Role:
    """Name a set of permissions on one level.

    Args:
        role_id: The id that requests use.
        role_name: The name that people read.
        role_type: `enterprise` or `org`.
        permissions: What it opens, or `all`.
    """

    role_id: str
    role_name: str
    role_type: Literal["enterprise", "org"]
    permissions: frozenset[str] | Literal["all"]


_DEVELOPER = frozenset({"UseDevinSessions", "ViewOrgSessions", "ManageOrgSessions"})
_VIEWER = frozenset({"ViewOrgSessions", "ViewOrgConsumption", "ViewOrgMetrics"})
_BILLING = frozenset({"ManageBilling", "ViewAccountConsumption", "ViewAccountMetrics"})

ROLES = (
    Role("account_admin", "Account Admin", "enterprise", "all"),
    Role("account_billing", "Account Billing", "enterprise", _BILLING),
    Role("account_member", "Account Member", "enterprise", frozenset({"ReadAccountMeta"})),
    Role("org_admin", "Organization Admin", "org", "all"),
    Role("developer", "Developer", "org", _DEVELOPER),
    Role("viewer", "Viewer", "org", _VIEWER),
)


def find_role(name: str, role_type: str) -> Role | None:
    """Find a role of one level by its id, or by its name in any case."""
    for role in ROLES:
        if role.role_type == role_type and name.lower() in (role.role_id, role.role_name.lower()):
            return role
    return None


@attrs.frozen
class Principal:
    """Hold what a token stands for.

    Args:
        principal_type: What `/v3/self` calls it.
        principal_id: The id of the service user or the user.
        name: Its name.
        organization: The only organization it works in, or None for the enterprise.
        permissions: What it may do, or `all`.
        role_name: The role that gave it the permissions.
        expires_at: When its token ends, in unix seconds, or None for never.
    """

    principal_type: PrincipalType
    principal_id: str
    name: str
    organization: str | None
    permissions: frozenset[str] | Literal["all"]
    role_name: str
    expires_at: float | None = None

    @property
    def is_service_user(self) -> bool:
        """Tell a service user from a person."""
        return self.principal_type == "service_user"

    def holds(self, *names: str) -> bool:
        """Tell whether it has at least one of the permissions."""
        return self.permissions == "all" or not self.permissions.isdisjoint(names)


class Access:
    """Keep the tokens, and judge calls by them.

    Args:
        seed: Makes ids and tokens repeat.
        clock: Tells when tokens end.
    """

    def __init__(self, seed: int, clock: Clock) -> None:
        self._seed = seed
        self._clock = clock
        self._principals: dict[str, Principal] = {}

    def add(
        self,
        *,
        permissions: Permissions,
        organization: str | None,
        principal_type: PrincipalType = "service_user",
        name: str | None = None,
        role_name: str = "Custom",
        user_id: str | None = None,
        lifetime: float | None = None,
    ) -> tuple[str, Principal]:
        """Create a principal and its token.

        Args:
            permissions: Names of permissions, or `all`.
            organization: The only organization it works in, or None for the enterprise.
            principal_type: What `/v3/self` calls it.
            name: Its name, made up when left out.
            role_name: The name of its role.
            user_id: The id of the person, made up when left out.
            lifetime: Seconds until the token ends, or None for never.
        """
        if organization is None and principal_type in _NEEDS_ORGANIZATION:
            raise ValueError(f"a {principal_type} belongs to an organization: give one")
        number = len(self._principals)
        prefix = "service-user-" if principal_type == "service_user" else "email|"
        principal = Principal(
            principal_type=principal_type,
            principal_id=user_id or prefix + hex_id(self._seed, "principal", number, length=24),
            name=name or f"{principal_type.replace('_', ' ').capitalize()} {number + 1}",
            organization=organization,
            permissions="all" if permissions == "all" else frozenset(permissions),
            role_name=role_name,
            expires_at=None if lifetime is None else self._clock.now() + lifetime,
        )
        token = "cog_" + hex_id(self._seed, "token", number, length=48)
        self._principals[token] = principal
        return token, principal

    def service_user_ids(self) -> set[str]:
        """Return the ids of every service user that was ever created."""
        return {item.principal_id for item in self._principals.values() if item.is_service_user}

    def authenticate(self, authorization: str) -> Principal:
        """Return whom the *Authorization* header names.

        Raises:
            Problem: With 401, when it names nobody.
        """
        scheme, _, token = authorization.partition(" ")
        principal = self._principals.get(token.strip()) if scheme.lower() == "bearer" else None
        if principal is None or self._has_ended(principal):
            raise Problem(
                401,
                "The token is missing, unknown or expired",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return principal

    def _has_ended(self, principal: Principal) -> bool:
        return principal.expires_at is not None and self._clock.now() >= principal.expires_at


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
    allowed = not operation.permissions or principal.holds(*operation.permissions)
    if operation.scope == "enterprise":
        allowed = allowed and principal.organization is None
    if org_id is not None:
        allowed = allowed and org_id in organizations and principal.organization in (None, org_id)
    if not allowed:
        raise Problem(403, _refusal(operation))


def _refusal(operation: Operation) -> str:
    if not operation.permissions:
        return "This call is not open to the token"
    return f"This call needs {operation.permissions[0]}, in a place the token has access to"
