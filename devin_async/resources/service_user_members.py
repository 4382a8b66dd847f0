"""Service users as members: the roles that they hold in the enterprise or an organization."""

from typing import ClassVar

from devin_async.calling import Resource
from devin_async.models.members import ServiceUser
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import check_id

__all__ = ["EnterpriseOrganizationServiceUsers", "ServiceUserMembers"]


class ServiceUserMembers(Resource):
    """What the service users of both scopes of the enterprise share."""

    LIST: ClassVar[Endpoint[ServiceUser]]
    ASSIGN: ClassVar[Endpoint[ServiceUser]]
    UPDATE: ClassVar[Endpoint[ServiceUser]]
    DELETE: ClassVar[Endpoint[ServiceUser]]

    def list(
        self,
        *,
        include_inactive: bool | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[ServiceUser]:
        """List the service users.

        Args:
            include_inactive: Also those that were removed or have expired.

        `GET /v3/enterprise/members/service-users`, of one organization
        `GET /v3/enterprise/organizations/{org_id}/members/service-users` (unconfirmed),
        permission ViewAccountMembership.
        """
        query = {"include_inactive": include_inactive}
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)

    async def assign(self, service_user_id: str, role_id: str) -> ServiceUser:
        """Give a service user a role of this scope, where it holds none yet.

        `POST /v3/enterprise/members/service-users/{service_user_id}`, of one organization
        `POST /v3/enterprise/organizations/{org_id}/members/service-users/{service_user_id}`,
        permission ManageAccountMembership.
        """
        path = {"service_user_id": check_id("service_user_id", service_user_id)}
        json = {"role_id": check_id("role_id", role_id)}
        return await self._call(self.ASSIGN, path=path, json=json)

    async def update(self, service_user_id: str, role_id: str) -> ServiceUser:
        """Give a service user another role of this scope.

        `PATCH /v3/enterprise/members/service-users/{service_user_id}`, of one organization
        `PATCH /v3/enterprise/organizations/{org_id}/members/service-users/{service_user_id}`,
        permission ManageAccountMembership.
        """
        path = {"service_user_id": check_id("service_user_id", service_user_id)}
        json = {"role_id": check_id("role_id", role_id)}
        return await self._call(self.UPDATE, path=path, json=json)

    async def delete(self, service_user_id: str) -> ServiceUser:
        """Remove a service user from this scope.

        `DELETE /v3/enterprise/members/service-users/{service_user_id}`, of one organization
        `DELETE /v3/enterprise/organizations/{org_id}/members/service-users/{service_user_id}`,
        permission ManageAccountMembership.
        """
        path = {"service_user_id": check_id("service_user_id", service_user_id)}
        return await self._call(self.DELETE, path=path)


class EnterpriseOrganizationServiceUsers(ServiceUserMembers):
    """Reached as `devin.enterprise.organization(id).service_users`."""

    PATH = "/v3/enterprise/organizations/{org_id}/members/service-users"

    LIST = Endpoint(
        "GET", PATH, ServiceUser, "ViewAccountMembership", paging="cursor", unconfirmed=True
    )
    ASSIGN = Endpoint(
        "POST", PATH + "/{service_user_id}", ServiceUser, "ManageAccountMembership", body="json"
    )
    UPDATE = Endpoint(
        "PATCH", PATH + "/{service_user_id}", ServiceUser, "ManageAccountMembership", body="json"
    )
    DELETE = Endpoint("DELETE", PATH + "/{service_user_id}", ServiceUser, "ManageAccountMembership")
