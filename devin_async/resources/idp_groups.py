"""Groups of the identity provider (IdP): which are known, and the roles that they give."""

from collections.abc import Sequence
from typing import ClassVar, Unpack

from devin_async.base.arguments import check_ids, check_length
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.members import IdpGroup, RegisteredIdpGroup
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource

_MOST_NAMES = 100


class IdpGroups(Resource):
    """What the groups of both scopes share: a group's role is that of all its people."""

    LIST: ClassVar[Endpoint[IdpGroup]]
    GET: ClassVar[Endpoint[IdpGroup]]
    ASSIGN: ClassVar[Endpoint[IdpGroup]]
    UPDATE: ClassVar[Endpoint[IdpGroup]]
    DELETE: ClassVar[Endpoint[IdpGroup]]

    def list(self, **options: Unpack[ListOptions]) -> Pager[IdpGroup]:
        """List the groups with the roles that they give.

        `GET .../members/idp-groups`, permission ViewAccountMembership (of one organization:
        unconfirmed).
        """
        return self._pager(self.LIST, options)

    async def get(self, idp_group_name: str) -> IdpGroup:
        """Read a group with the roles that it gives.

        `GET .../members/idp-groups/{idp_group_name}`, permission as for `list`. Unconfirmed.
        """
        return await self._call(self.GET, path=check_ids(idp_group_name=idp_group_name))

    async def assign(self, idp_group_name: str, role_id: str) -> IdpGroup:
        """Let a group give a role of this scope, where it gives none yet.

        `POST .../members/idp-groups/{idp_group_name}`, permission ManageAccountMembership.
        """
        path = check_ids(idp_group_name=idp_group_name)
        return await self._call(self.ASSIGN, path=path, json=check_ids(role_id=role_id))

    async def update(self, idp_group_name: str, role_id: str) -> IdpGroup:
        """Let a group give another role of this scope.

        `PATCH .../members/idp-groups/{idp_group_name}`, permission ManageAccountMembership.
        """
        path = check_ids(idp_group_name=idp_group_name)
        return await self._call(self.UPDATE, path=path, json=check_ids(role_id=role_id))

    async def delete(self, idp_group_name: str) -> IdpGroup:
        """Take the role of this scope away from a group, and so from its people.

        `DELETE .../members/idp-groups/{idp_group_name}`, permission ManageAccountMembership.
        """
        return await self._call(self.DELETE, path=check_ids(idp_group_name=idp_group_name))


class EnterpriseIdpGroups(IdpGroups):
    """Reached as `devin.enterprise.idp_groups`."""

    PATH = "/v3/enterprise/members/idp-groups"
    ONE = PATH + "/{idp_group_name}"
    REGISTRY = "/v3/enterprise/idp-groups"

    LIST = Endpoint("GET", PATH, IdpGroup, "ViewAccountMembership", paging="cursor")
    GET = Endpoint("GET", ONE, IdpGroup, "ViewAccountMembership", unconfirmed=True)
    ASSIGN = Endpoint("POST", ONE, IdpGroup, "ManageAccountMembership", body="json")
    UPDATE = Endpoint("PATCH", ONE, IdpGroup, "ManageAccountMembership", body="json")
    DELETE = Endpoint("DELETE", ONE, IdpGroup, "ManageAccountMembership")

    REGISTERED = Endpoint(
        "GET", REGISTRY, RegisteredIdpGroup, "ViewAccountMembership", paging="cursor"
    )

    def registered(self, **options: Unpack[ListOptions]) -> Pager[RegisteredIdpGroup]:
        """List the groups that are known, with a role or without.

        `GET /v3/enterprise/idp-groups`, permission ViewAccountMembership.
        """
        return self._pager(self.REGISTERED, options)

    REGISTER = Endpoint(
        "POST", REGISTRY, list[RegisteredIdpGroup], "ManageAccountMembership", body="json"
    )

    async def register(self, idp_group_names: Sequence[str]) -> list[RegisteredIdpGroup]:
        """Make groups known, 1 to 100 by their names; those known already are passed over.

        `POST /v3/enterprise/idp-groups`, permission ManageAccountMembership.
        """
        check_length("idp_group_names", idp_group_names, _MOST_NAMES, smallest=1)
        return await self._call(self.REGISTER, json={"idp_group_names": idp_group_names})

    UNREGISTER = Endpoint(
        "DELETE", REGISTRY + "/{idp_group_name}", RegisteredIdpGroup, "ManageAccountMembership"
    )

    async def unregister(self, idp_group_name: str) -> RegisteredIdpGroup:
        """Forget a group.

        `DELETE /v3/enterprise/idp-groups/{idp_group_name}`, permission ManageAccountMembership.
        """
        return await self._call(self.UNREGISTER, path=check_ids(idp_group_name=idp_group_name))


class EnterpriseOrganizationIdpGroups(IdpGroups):
    """Reached as `devin.enterprise.organization(id).idp_groups`."""

    PATH = "/v3/enterprise/organizations/{org_id}/members/idp-groups"
    ONE = PATH + "/{idp_group_name}"

    LIST = Endpoint(
        "GET", PATH, IdpGroup, "ViewAccountMembership", paging="cursor", unconfirmed=True
    )
    GET = Endpoint("GET", ONE, IdpGroup, "ViewAccountMembership", unconfirmed=True)
    ASSIGN = Endpoint("POST", ONE, IdpGroup, "ManageAccountMembership", body="json")
    UPDATE = Endpoint("PATCH", ONE, IdpGroup, "ManageAccountMembership", body="json")
    DELETE = Endpoint("DELETE", ONE, IdpGroup, "ManageAccountMembership")
