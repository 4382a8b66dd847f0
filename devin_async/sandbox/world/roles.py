"""Roles: named sets of permissions on one level."""

from collections.abc import Collection
from typing import Any, Literal

import attrs

from devin_async.sandbox.base.problems import field_error, invalid

Permissions = Collection[str] | Literal["all"]
Level = Literal["enterprise", "org"]


@attrs.frozen
class Role:
    """Name a set of permissions on one level.

    Attributes:
        role_id: The id that requests use.
        role_name: The name that people read.
        role_type: `enterprise` or `org`.
        permissions: What it opens, or `all`.
    """

    role_id: str
    role_name: str
    role_type: Level
    permissions: frozenset[str] | Literal["all"]

    def holds(self, *names: str) -> bool:
        """Tell whether it has at least one of the permissions."""
        return self.permissions == "all" or not self.permissions.isdisjoint(names)

    def as_json(self) -> dict[str, Any]:
        """Render it as the API does."""
        return {"role_id": self.role_id, "role_name": self.role_name, "role_type": self.role_type}


_DEVELOPER = frozenset({"UseDevinSessions", "ViewOrgSessions", "ManageOrgSessions"})
_VIEWER = frozenset({"ViewOrgSessions", "ViewOrgConsumption", "ViewOrgMetrics"})
_BILLING = frozenset({"ManageBilling", "ViewAccountConsumption", "ViewAccountMetrics"})

ACCOUNT_ADMIN = Role("account_admin", "Account Admin", "enterprise", "all")
ACCOUNT_MEMBER = Role(
    "account_member", "Account Member", "enterprise", frozenset({"ReadAccountMeta"})
)
ORG_ADMIN = Role("org_admin", "Organization Admin", "org", "all")
DEVELOPER = Role("developer", "Developer", "org", _DEVELOPER)

ROLES = (
    ACCOUNT_ADMIN,
    Role("account_billing", "Account Billing", "enterprise", _BILLING),
    ACCOUNT_MEMBER,
    ORG_ADMIN,
    DEVELOPER,
    Role("viewer", "Viewer", "org", _VIEWER),
)


def custom_role(permissions: Permissions, organization: str | None) -> Role:
    """Return a role that opens exactly *permissions*."""
    opened: frozenset[str] | Literal["all"]
    opened = "all" if permissions == "all" else frozenset(permissions)
    return Role("custom", "Custom", "org" if organization else "enterprise", opened)


def chosen_role(body: dict[str, Any], field: str, organization: str | None) -> Role:
    """Return the role that a body names by id, or by name in any case.

    Args:
        body: The body.
        field: The field that names the role.
        organization: The organization it is for, or None for the enterprise.

    Raises:
        Problem: With 422, when there is no such role on this level.
    """
    level = "org" if organization else "enterprise"
    name: str = body[field].lower()
    for role in ROLES:
        if role.role_type == level and name in (role.role_id, role.role_name.lower()):
            return role
    message = "Role does not exist on this level"
    raise invalid([field_error(("body", field), message, "value_error")])


def assignment(role: Role, org_id: str | None) -> dict[str, Any]:
    """Render that somebody has a role."""
    return {"role": role.as_json(), "org_id": org_id}
