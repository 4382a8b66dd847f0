"""Who a key belongs to (`GET /v3/self`)."""

from typing import Any

from attrs import field, frozen

from devin_async.base.markers import TAGGED_UNIONS, Tagged
from devin_async.models.model import Model


class Identity(Model):
    """Base of everyone a key can belong to; `principal_type` is the API's word for the kind."""

    __slots__ = ()

    principal_type: str

    @property
    def principal(self) -> str | None:
        """Id of who acts; None when the API does not tell."""
        return self._first_of("service_user_id", "devin_id", "user_id")

    @property
    def name(self) -> str | None:
        """Name of who acts; None when the API does not tell."""
        return self._first_of("service_user_name", "user_name")

    @property
    def default_org_id(self) -> str | None:
        """Organization that calls without one would mean; None for an enterprise's service user.

        For a person it is the one that holds their sessions, else their own.
        """
        return self._first_of("devin_sessions_org_id", "org_id")

    @property
    def role(self) -> str | None:
        """Name of the role; told by the v3beta1 dialect only, else None."""
        return self._first_of("role_name")

    def _first_of(self, *names: str) -> str | None:
        """Return the first of these fields that the server told."""
        return next(filter(None, (getattr(self, name, None) for name in names)), None)


@frozen(kw_only=True)
class ServiceUserSelf(Identity):
    """A service user; `org_id` is None when it belongs to the enterprise."""

    principal_type: str = "service_user"
    service_user_id: str | None
    service_user_name: str
    org_id: str | None = None
    role_name: str | None = None


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


@frozen(kw_only=True)
class DevinSelf(Identity):
    """A Devin session that calls the API by itself."""

    principal_type: str = "devin_brain"
    devin_id: str
    org_id: str
    user_id: str
    creator_service_user_id: str | None = None


@frozen(kw_only=True)
class WindsurfSelf(Identity):
    """A person, by the token of a Windsurf or command line login."""

    principal_type: str = "windsurf_session"
    user_id: str
    org_id: str
    user_name: str | None = None
    devin_sessions_org_id: str | None = None


@frozen(kw_only=True)
class UnknownSelf(Identity):
    """A kind of principal that is newer than this package; `raw` is what the server sent."""

    principal_type: str
    raw: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str | None:
        """Name of who acts, as far as the server told one."""
        return self._first_of("service_user_name", "user_name", "name")

    def _first_of(self, *names: str) -> str | None:
        return next((self.raw[name] for name in names if self.raw.get(name)), None)


TAGGED_UNIONS[Identity] = Tagged.by_default(
    "principal_type", UnknownSelf, ServiceUserSelf, PersonalTokenSelf, DevinSelf, WindsurfSelf
)
