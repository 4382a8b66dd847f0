"""Roles and those who hold them."""

from datetime import datetime
from typing import Literal

from attrs import field, frozen

from devin_async.models.common import Open

__all__ = ["CreatedServiceUser", "Role", "RoleAssignment", "ServiceUser"]


@frozen(kw_only=True)
class Role:
    """A role; `role_type` is "enterprise" or "org"."""

    role_id: str
    role_name: str
    role_type: Open[Literal["enterprise", "org"]]


@frozen(kw_only=True)
class RoleAssignment:
    """A role that somebody holds; `org_id` tells where, None for the whole enterprise."""

    role: Role
    org_id: str | None = None


@frozen(kw_only=True)
class ServiceUser:
    """A service user.

    Attributes:
        service_user_id: Id, `service-user-...`.
        name: Name.
        role_assignments: Its roles, each with its organization.
        expires_at: When its key expires, UTC; None for never.
        deleted_at: When it was removed, UTC; None while it is there.
    """

    service_user_id: str
    name: str
    role_assignments: list[RoleAssignment]
    expires_at: datetime | None = None
    deleted_at: datetime | None = None


@frozen(kw_only=True)
class CreatedServiceUser:
    """A new service user with its key, which the API shows this once.

    Attributes:
        service_user: The service user.
        token: Its key; left out of the repr. Also as `api_key`.
    """

    service_user: ServiceUser
    token: str = field(repr=False)

    @property
    def id(self) -> str:
        """The older way to its id."""
        return self.service_user.service_user_id

    @property
    def name(self) -> str:
        """Name of the service user."""
        return self.service_user.name

    @property
    def api_key(self) -> str:
        """The older name of `token`."""
        return self.token

    @property
    def role(self) -> str | None:
        """Name of its first role."""
        return next((a.role.role_name for a in self.service_user.role_assignments), None)
