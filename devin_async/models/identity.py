"""Who a key belongs to (`GET /v3/self`)."""

from typing import Any

from attrs import field, frozen

from devin_async.markers import TAGGED_UNIONS, Tagged

__all__ = [
    "DevinSelf",
    "Identity",
    "PersonalTokenSelf",
    "ServiceUserSelf",
    "UnknownSelf",
    "WindsurfSelf",
]


class Identity:
    """Base of everyone that a key can belong to; `principal_type` tells which.

    Attributes:
        principal_type: The API's word for the kind, such as "service_user".
        principal: Id of who acts; None when the API does not tell.
        name: Name of who acts; None when the API does not tell.
        default_org_id: Organization that calls without one would mean; None for an enterprise's
            service user.
        role: Name of the role; told by the v3beta1 dialect only, else None.
    """

    __slots__ = ()

    principal_type: str

    @property
    def principal(self) -> str | None:
        """Id of who acts."""
        return None

    @property
    def name(self) -> str | None:
        """Name of who acts."""
        return None

    @property
    def default_org_id(self) -> str | None:
        """Organization that calls without one would mean."""
        return None

    @property
    def role(self) -> str | None:
        """Name of the role."""
        return None


@frozen(kw_only=True)
class ServiceUserSelf(Identity):
    """A service user; `org_id` is None when it belongs to the enterprise."""

    principal_type: str = "service_user"
    service_user_id: str | None
    service_user_name: str
    org_id: str | None = None
    role_name: str | None = None

    @property
    def principal(self) -> str | None:
        """Id of the service user."""
        return self.service_user_id

    @property
    def name(self) -> str:
        """Name of the service user."""
        return self.service_user_name

    @property
    def default_org_id(self) -> str | None:
        """The service user's organization."""
        return self.org_id

    @property
    def role(self) -> str | None:
        """Name of the role."""
        return self.role_name


@frozen(kw_only=True)
class PersonalTokenSelf(Identity):
    """A person, by a personal access token."""

    principal_type: str = "pat_user"
    user_id: str
    user_name: str
    api_key_id: str
    api_key_name: str
    org_id: str | None = None
    devin_sessions_org_id: str | None = None

    @property
    def principal(self) -> str:
        """Id of the person."""
        return self.user_id

    @property
    def name(self) -> str:
        """Name of the person."""
        return self.user_name

    @property
    def default_org_id(self) -> str | None:
        """Organization that holds the person's sessions, else their organization."""
        return self.devin_sessions_org_id or self.org_id


@frozen(kw_only=True)
class DevinSelf(Identity):
    """A Devin session that calls the API by itself."""

    principal_type: str = "devin_brain"
    devin_id: str
    org_id: str
    user_id: str
    creator_service_user_id: str | None = None

    @property
    def principal(self) -> str:
        """Id of the session."""
        return self.devin_id

    @property
    def default_org_id(self) -> str:
        """The session's organization."""
        return self.org_id


@frozen(kw_only=True)
class WindsurfSelf(Identity):
    """A person, by the token of a Windsurf or command line login."""

    principal_type: str = "windsurf_session"
    user_id: str
    org_id: str
    user_name: str | None = None
    devin_sessions_org_id: str | None = None

    @property
    def principal(self) -> str:
        """Id of the person."""
        return self.user_id

    @property
    def name(self) -> str | None:
        """Name of the person."""
        return self.user_name

    @property
    def default_org_id(self) -> str:
        """Organization that holds the person's sessions, else their organization."""
        return self.devin_sessions_org_id or self.org_id


@frozen(kw_only=True)
class UnknownSelf(Identity):
    """A kind of principal that is newer than this package; `raw` is what the server sent."""

    principal_type: str
    raw: dict[str, Any] = field(repr=False)

    @property
    def principal(self) -> str | None:
        """The first id that the server sent for it."""
        names = ("service_user_id", "user_id", "devin_id")
        return next((self.raw[name] for name in names if self.raw.get(name)), None)

    @property
    def name(self) -> str | None:
        """The first name that the server sent for it."""
        names = ("service_user_name", "user_name", "name")
        return next((self.raw[name] for name in names if self.raw.get(name)), None)

    @property
    def default_org_id(self) -> str | None:
        """The organization that the server sent for it."""
        return self.raw.get("devin_sessions_org_id") or self.raw.get("org_id")


def _unknown(raw: dict[str, Any]) -> UnknownSelf:
    return UnknownSelf(principal_type=str(raw.get("principal_type", "")), raw=raw)


TAGGED_UNIONS[Identity] = Tagged(
    "principal_type",
    {
        "service_user": ServiceUserSelf,
        "pat_user": PersonalTokenSelf,
        "devin_brain": DevinSelf,
        "windsurf_session": WindsurfSelf,
    },
    _unknown,
)
