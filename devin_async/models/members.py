"""Roles and those who hold them: people, IdP groups, service users and their keys."""

from datetime import datetime
from typing import Literal

from attrs import field, frozen

from devin_async.base.markers import Open
from devin_async.base.plain_json import as_array
from devin_async.models.model import Model


@frozen(kw_only=True)
class Role(Model):
    """A role; `role_type` is "enterprise" or "org", None where the API leaves it out."""

    role_id: str
    role_name: str
    role_type: Open[Literal["enterprise", "org"]] | None = None


@frozen(kw_only=True)
class RoleAssignment(Model):
    """A role that somebody holds; `org_id` tells where, None for the whole enterprise."""

    role: Role
    org_id: str | None = None


@frozen(kw_only=True)
class IdpRoleAssignment(Model):
    """A role that somebody holds by a group of the identity provider; `org_id` as above."""

    role: Role
    idp_group_name: str
    org_id: str | None = None


@frozen(kw_only=True)
class User(Model):
    """A person; ids look like `provider|id`, and `role_assignments` are the roles of their own."""

    user_id: str
    email: str | None = None
    name: str | None = None
    role_assignments: list[RoleAssignment]


@frozen(kw_only=True)
class UserDetail(User):
    """A person, with the roles that come from IdP groups as well."""

    idp_role_assignments: list[IdpRoleAssignment] = field(factory=list[IdpRoleAssignment])


@frozen(kw_only=True)
class IdpUser(Model):
    """A person with the roles that come from IdP groups."""

    user_id: str
    email: str | None = None
    name: str | None = None
    idp_role_assignments: list[IdpRoleAssignment]


@frozen(kw_only=True)
class IdpGroup(Model):
    """A group of the identity provider with the roles that it gives to its people."""

    idp_group_name: str
    role_assignments: list[RoleAssignment]


@frozen(kw_only=True)
class RegisteredIdpGroup(Model):
    """A group of the identity provider that the enterprise knows."""

    idp_group_name: str


@frozen(kw_only=True)
class ServiceUser(Model):
    """A service user.

    Attributes:
        service_user_id: Id, `service-user-...`.
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
class CreatedServiceUser(Model):
    """A new service user with its key, also as `api_key`: shown this once, by the repr never."""

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
        assignments = as_array(getattr(self.service_user, "role_assignments", None)) or ()
        roles = (getattr(one, "role", None) for one in assignments)
        return next((role.role_name for role in roles if isinstance(role, Role)), None)


@frozen(kw_only=True)
class ApiKey(Model):
    """A key of a service user, without its secret; times are UTC.

    Attributes:
        is_active: False once it is revoked or has expired.
        expires_at: Until when it is valid; None for ever.
        last_used_at: None while it has not been used.
        revoked_at: None while it is not revoked.
    """

    api_key_id: str
    api_key_name: str
    created_at: datetime
    is_active: bool
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@frozen(kw_only=True)
class CreatedApiKey(Model):
    """A new key; the API shows its `token` this once, and the repr never."""

    api_key_id: str
    api_key_name: str
    token: str = field(repr=False)
