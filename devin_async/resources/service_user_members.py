"""Service users as members: the roles that they hold in the enterprise or an organization."""

from typing import ClassVar, Unpack

from devin_async.base.arguments import check_ids
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.members import ServiceUser
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


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
