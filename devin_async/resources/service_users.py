"""Service users of the enterprise and of an organization: making them, and their roles."""

from typing import ClassVar, Unpack

from devin_async.base.arguments import check_count, check_ids, check_text
from devin_async.codec import v3beta1
from devin_async.errors import InvalidArgumentError
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.members import CreatedServiceUser, Role, ServiceUser
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource
from devin_async.resources.roles import Roles

_A_YEAR = 31_536_000
_DEFAULT_TTL = 7_776_000  # 90 days


class ServiceUsers(Resource):
    """What the service users of both scopes share."""

    CREATE: ClassVar[Endpoint[CreatedServiceUser]]
    ROLE_TYPE: ClassVar[str]

    async def create(
        self,
        name: str,
        *,
        role: str | None = None,
        role_id: str | None = None,
        ttl_seconds: int | None = None,
    ) -> CreatedServiceUser:
        """Create a service user; its key comes with the answer, this once.

        Args:
            name: Its name, 1 to 256 characters.
            role: Name or id of its role, which has to be of this scope. The roles are listed to
                find its id, which needs the permission ViewAccountMembership as well.
            role_id: Id of its role, instead of *role*; nothing is looked up.
            ttl_seconds: How long its key is valid, at most a year; 90 days when left out.

        Raises:
            InvalidArgumentError: There is no such role; the message names those there are.
            OutcomeUnknownError: It may have been made; look before repeating.

        `POST .../service-users`, permission ManageAccountServiceUsers (organization:
        ManageOrgServiceUsers). Beta.
        """
        check_text("name", name, smallest=1, largest=256)
        check_count("ttl_seconds", ttl_seconds, smallest=1, largest=_A_YEAR)
        wanted = _one_of(role, role_id)
        if self._caller.speaks_v3beta1 and self.CREATE.v3beta1 is not None:
            _refuse_in_v3beta1(role_id, ttl_seconds)
            return await self._call(self.CREATE, json={"name": name, "role": wanted})
        json = {
            "name": name,
            "role_id": role_id or await self._find_role(wanted),
            "ttl_seconds": ttl_seconds or _DEFAULT_TTL,
        }
        return await self._call(self.CREATE, json=json)

    async def _find_role(self, wanted: str) -> str:
        """Find the id of the role that is called *wanted*, by its id first, then by its name."""
        roles = [role async for role in Roles(self._caller).list(page_size=200)]
        roles = [role for role in roles if role.role_type == self.ROLE_TYPE]
        for role in roles:
            if role.role_id == wanted:
                return role.role_id
        named = [role for role in roles if role.role_name.casefold() == wanted.casefold()]
        if len(named) != 1:
            called = f"{len(named)} roles are" if named else "no role is"
            raise InvalidArgumentError(
                f"role is {wanted!r}, which {called} called; allowed: {_names(roles)}"
            )
        return named[0].role_id


class ServiceUserMembers(Resource):
    """What the service users of both scopes of the enterprise share."""

    LIST: ClassVar[Endpoint[ServiceUser]]
    ASSIGN: ClassVar[Endpoint[ServiceUser]]
    UPDATE: ClassVar[Endpoint[ServiceUser]]
    DELETE: ClassVar[Endpoint[ServiceUser]]

    def list(
        self, *, include_inactive: bool | None = None, **options: Unpack[ListOptions]
    ) -> Pager[ServiceUser]:
        """List the service users; inactive are those that were removed or have expired.

        `GET .../members/service-users`, permission ViewAccountMembership (one organization:
        unconfirmed).
        """
        return self._pager(self.LIST, options, query={"include_inactive": include_inactive})

    async def assign(self, service_user_id: str, role_id: str) -> ServiceUser:
        """Give a service user a role of this scope, where it holds none yet.

        `POST .../members/service-users/{service_user_id}`, permission ManageAccountMembership.
        """
        path = check_ids(service_user_id=service_user_id)
        return await self._call(self.ASSIGN, path=path, json=check_ids(role_id=role_id))

    async def update(self, service_user_id: str, role_id: str) -> ServiceUser:
        """Give a service user another role of this scope.

        `PATCH .../members/service-users/{service_user_id}`, permission ManageAccountMembership.
        """
        path = check_ids(service_user_id=service_user_id)
        return await self._call(self.UPDATE, path=path, json=check_ids(role_id=role_id))

    async def delete(self, service_user_id: str) -> ServiceUser:
        """Remove a service user from this scope.

        `DELETE .../members/service-users/{service_user_id}`, permission ManageAccountMembership.
        """
        return await self._call(self.DELETE, path=check_ids(service_user_id=service_user_id))


class OrganizationServiceUsers(ServiceUsers):
    """Reached as `devin.organization(id).service_users`."""

    ROLE_TYPE = "org"
    CREATE = Endpoint(
        "POST",
        "/v3beta1/organizations/{org_id}/service-users",
        CreatedServiceUser,
        "ManageOrgServiceUsers",
        body="json",
        v3beta1=Endpoint(
            "POST",
            "/v3beta1/organizations/{org_id}/members/service-users",
            CreatedServiceUser,
            "ManageOrgServiceUsers",
            body="json",
            dialect=v3beta1.NEW_SERVICE_USER,
        ),
    )


class EnterpriseServiceUsers(ServiceUserMembers, ServiceUsers):
    """Reached as `devin.enterprise.service_users`."""

    ROLE_TYPE = "enterprise"
    PATH = "/v3/enterprise/members/service-users"
    ONE = PATH + "/{service_user_id}"
    MAKING = "/v3beta1/enterprise/service-users"

    CREATE = Endpoint("POST", MAKING, CreatedServiceUser, "ManageAccountServiceUsers", body="json")
    LIST = Endpoint("GET", PATH, ServiceUser, "ViewAccountMembership", paging="cursor")
    ASSIGN = Endpoint("POST", ONE, ServiceUser, "ManageAccountMembership", body="json")
    UPDATE = Endpoint("PATCH", ONE, ServiceUser, "ManageAccountMembership", body="json")
    DELETE = Endpoint("DELETE", ONE, ServiceUser, "ManageAccountMembership")

    GET = Endpoint("GET", ONE, ServiceUser, "ViewAccountMembership", unconfirmed=True)

    async def get(self, service_user_id: str) -> ServiceUser:
        """Read a service user, of the enterprise or of one of its organizations.

        `GET .../service-users/{service_user_id}`, permission ViewAccountMembership. Unconfirmed.
        """
        return await self._call(self.GET, path=check_ids(service_user_id=service_user_id))


class EnterpriseOrganizationServiceUsers(ServiceUserMembers):
    """Reached as `devin.enterprise.organization(id).service_users`."""

    PATH = "/v3/enterprise/organizations/{org_id}/members/service-users"
    ONE = PATH + "/{service_user_id}"

    LIST = Endpoint(
        "GET", PATH, ServiceUser, "ViewAccountMembership", paging="cursor", unconfirmed=True
    )
    ASSIGN = Endpoint("POST", ONE, ServiceUser, "ManageAccountMembership", body="json")
    UPDATE = Endpoint("PATCH", ONE, ServiceUser, "ManageAccountMembership", body="json")
    DELETE = Endpoint("DELETE", ONE, ServiceUser, "ManageAccountMembership")


def _one_of(role: str | None, role_id: str | None) -> str:
    chosen = role_id or role
    if not chosen or (role and role_id):
        raise InvalidArgumentError(
            f"role is {role!r} and role_id {role_id!r}; allowed: one of the two, not empty"
        )
    return chosen


def _refuse_in_v3beta1(role_id: str | None, ttl_seconds: int | None) -> None:
    for name, value in {"role_id": role_id, "ttl_seconds": ttl_seconds}.items():
        if value is not None:
            raise InvalidArgumentError(
                f"is {value!r}, but api_version='v3beta1' has no such field; allowed: role",
                argument=name,
            )


def _names(roles: list[Role]) -> str:
    return ", ".join(f"{role.role_name!r} ({role.role_id})" for role in roles) or "none exist"
