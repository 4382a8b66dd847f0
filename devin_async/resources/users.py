"""People: members of the enterprise, of one of its organizations, of an organization."""

from collections.abc import Sequence
from typing import ClassVar, Unpack

from devin_async.base.arguments import check_id, check_ids, check_length
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.members import User, UserDetail
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource

_MOST_EMAILS = 100


class Users(Resource):
    """What the people of every scope share."""

    LIST: ClassVar[Endpoint[User]]

    def list(self, *, email: str | None = None, **options: Unpack[ListOptions]) -> Pager[User]:
        """List the people who hold a role themselves; `idp_users` are those with a group's role.

        Args:
            email: Only who has this address.

        `GET .../members/users`, permission ViewAccountMembership (organization:
        ViewOrgMembership, beta).
        """
        return self._pager(self.LIST, options, query={"email": email})


class MemberUsers(Users):
    """What can be done to people in both scopes of the enterprise."""

    UPDATE: ClassVar[Endpoint[User]]
    DELETE: ClassVar[Endpoint[User]]

    async def update(self, user_id: str, role_id: str) -> User:
        """Give a member another role, which has to be one of this scope.

        `PATCH .../members/users/{user_id}`, permission ManageAccountMembership.
        """
        json = check_ids(role_id=role_id)
        return await self._call(self.UPDATE, path=check_ids(user_id=user_id), json=json)

    async def delete(self, user_id: str) -> User:
        """Remove a member; a role that comes from an IdP group stays until the group loses it.

        `DELETE .../members/users/{user_id}`, permission ManageAccountMembership.
        """
        return await self._call(self.DELETE, path=check_ids(user_id=user_id))


class EnterpriseUsers(MemberUsers):
    """Reached as `devin.enterprise.users`."""

    PATH = "/v3/enterprise/members/users"
    ONE = PATH + "/{user_id}"

    LIST = Endpoint("GET", PATH, User, "ViewAccountMembership", paging="cursor")
    UPDATE = Endpoint("PATCH", ONE, User, "ManageAccountMembership", body="json")
    DELETE = Endpoint("DELETE", ONE, User, "ManageAccountMembership")

    GET = Endpoint("GET", ONE, UserDetail, "ViewAccountMembership", unconfirmed=True)

    async def get(self, user_id: str) -> UserDetail:
        """Read a member, with the roles of their own and those from IdP groups.

        `GET .../members/users/{user_id}`, permission ViewAccountMembership. Unconfirmed.
        """
        return await self._call(self.GET, path=check_ids(user_id=user_id))

    INVITE = Endpoint("POST", PATH, list[User], "ManageAccountMembership", body="json")

    async def invite(self, emails: Sequence[str], *, enterprise_role_id: str) -> list[User]:
        """Invite people by their addresses, at most 100, all with the same role of the enterprise.

        `POST /v3/enterprise/members/users`, permission ManageAccountMembership.
        """
        check_length("emails", emails, _MOST_EMAILS)
        json = {
            "emails": emails,
            "enterprise_role_id": check_id("enterprise_role_id", enterprise_role_id),
        }
        return await self._call(self.INVITE, json=json)


class EnterpriseOrganizationUsers(MemberUsers):
    """Reached as `devin.enterprise.organization(id).users`."""

    PATH = "/v3/enterprise/organizations/{org_id}/members/users"
    ONE = PATH + "/{user_id}"

    LIST = Endpoint("GET", PATH, User, "ViewAccountMembership", paging="cursor")
    UPDATE = Endpoint("PATCH", ONE, User, "ManageAccountMembership", body="json")
    DELETE = Endpoint("DELETE", ONE, User, "ManageAccountMembership")

    ASSIGN = Endpoint("POST", ONE, User, "ManageAccountMembership", body="json")

    async def assign(self, user_id: str, role_id: str) -> User:
        """Make a member of the enterprise one of this organization too, with a role there.

        `POST .../members/users/{user_id}`, permission ManageAccountMembership.
        """
        json = check_ids(role_id=role_id)
        return await self._call(self.ASSIGN, path=check_ids(user_id=user_id), json=json)


class OrganizationUsers(Users):
    """Reached as `devin.organization(id).users`."""

    PATH = "/v3beta1/organizations/{org_id}/members/users"
    ONE = PATH + "/{user_id}"

    LIST = Endpoint("GET", PATH, User, "ViewOrgMembership", paging="cursor")

    GET = Endpoint("GET", ONE, UserDetail, "ViewOrgMembership")

    async def get(self, user_id: str) -> UserDetail:
        """Read a member, with the roles of their own and those from IdP groups.

        `GET .../members/users/{user_id}`, permission ViewOrgMembership. Beta.
        """
        return await self._call(self.GET, path=check_ids(user_id=user_id))
