"""Groups of the identity provider (IdP): which are known, and the roles that they give."""

from collections.abc import Sequence
from typing import ClassVar

from devin_async.calling import Resource
from devin_async.models.members import IdpGroup, RegisteredIdpGroup
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import check_id, check_length

__all__ = ["EnterpriseIdpGroups", "EnterpriseOrganizationIdpGroups"]

_MOST_NAMES = 100


class IdpGroups(Resource):
    """What the groups of both scopes share: a group's role is that of all its people."""

    LIST: ClassVar[Endpoint[IdpGroup]]
    GET: ClassVar[Endpoint[IdpGroup]]
    ASSIGN: ClassVar[Endpoint[IdpGroup]]
    UPDATE: ClassVar[Endpoint[IdpGroup]]
    DELETE: ClassVar[Endpoint[IdpGroup]]

    def list(
        self, *, page_size: int | None = None, limit: int | None = None, after: After = None
    ) -> Pager[IdpGroup]:
        """List the groups with the roles that they give.

        `GET /v3/enterprise/members/idp-groups`, of one organization
        `GET /v3/enterprise/organizations/{org_id}/members/idp-groups` (unconfirmed),
        permission ViewAccountMembership.
        """
        return self._pager(self.LIST, page_size=page_size, limit=limit, after=after)

    async def get(self, idp_group_name: str) -> IdpGroup:
        """Read a group with the roles that it gives.

        `GET /v3/enterprise/members/idp-groups/{idp_group_name}`, of one organization
        `GET /v3/enterprise/organizations/{org_id}/members/idp-groups/{idp_group_name}`,
        permission ViewAccountMembership. Unconfirmed.
        """
        return await self._call(self.GET, path=_named(idp_group_name))

    async def assign(self, idp_group_name: str, role_id: str) -> IdpGroup:
        """Let a group give a role of this scope, where it gives none yet.

        `POST /v3/enterprise/members/idp-groups/{idp_group_name}`, of one organization
        `POST /v3/enterprise/organizations/{org_id}/members/idp-groups/{idp_group_name}`,
        permission ManageAccountMembership.
        """
        path = _named(idp_group_name)
        json = {"role_id": check_id("role_id", role_id)}
        return await self._call(self.ASSIGN, path=path, json=json)

    async def update(self, idp_group_name: str, role_id: str) -> IdpGroup:
        """Let a group give another role of this scope.

        `PATCH /v3/enterprise/members/idp-groups/{idp_group_name}`, of one organization
        `PATCH /v3/enterprise/organizations/{org_id}/members/idp-groups/{idp_group_name}`,
        permission ManageAccountMembership.
        """
        path = _named(idp_group_name)
        json = {"role_id": check_id("role_id", role_id)}
        return await self._call(self.UPDATE, path=path, json=json)

    async def delete(self, idp_group_name: str) -> IdpGroup:
        """Take the role of this scope away from a group, and so from its people.

        `DELETE /v3/enterprise/members/idp-groups/{idp_group_name}`, of one organization
        `DELETE /v3/enterprise/organizations/{org_id}/members/idp-groups/{idp_group_name}`,
        permission ManageAccountMembership.
        """
        return await self._call(self.DELETE, path=_named(idp_group_name))


class EnterpriseIdpGroups(IdpGroups):
    """Reached as `devin.enterprise.idp_groups`."""

    LIST = Endpoint(
        "GET",
        "/v3/enterprise/members/idp-groups",
        IdpGroup,
        "ViewAccountMembership",
        paging="cursor",
    )
    GET = Endpoint(
        "GET",
        "/v3/enterprise/members/idp-groups/{idp_group_name}",
        IdpGroup,
        "ViewAccountMembership",
        unconfirmed=True,
    )
    ASSIGN = Endpoint(
        "POST",
        "/v3/enterprise/members/idp-groups/{idp_group_name}",
        IdpGroup,
        "ManageAccountMembership",
        body="json",
    )
    UPDATE = Endpoint(
        "PATCH",
        "/v3/enterprise/members/idp-groups/{idp_group_name}",
        IdpGroup,
        "ManageAccountMembership",
        body="json",
    )
    DELETE = Endpoint(
        "DELETE",
        "/v3/enterprise/members/idp-groups/{idp_group_name}",
        IdpGroup,
        "ManageAccountMembership",
    )

    REGISTERED = Endpoint(
        "GET",
        "/v3/enterprise/idp-groups",
        RegisteredIdpGroup,
        "ViewAccountMembership",
        paging="cursor",
    )

    def registered(
        self, *, page_size: int | None = None, limit: int | None = None, after: After = None
    ) -> Pager[RegisteredIdpGroup]:
        """List the groups that are known, with a role or without.

        `GET /v3/enterprise/idp-groups`, permission ViewAccountMembership.
        """
        return self._pager(self.REGISTERED, page_size=page_size, limit=limit, after=after)

    REGISTER = Endpoint(
        "POST",
        "/v3/enterprise/idp-groups",
        list[RegisteredIdpGroup],
        "ManageAccountMembership",
        body="json",
    )

    async def register(self, idp_group_names: Sequence[str]) -> list[RegisteredIdpGroup]:
        """Make groups known, 1 to 100 by their names; those known already are passed over.

        `POST /v3/enterprise/idp-groups`, permission ManageAccountMembership.
        """
        check_length("idp_group_names", idp_group_names, _MOST_NAMES, smallest=1)
        return await self._call(self.REGISTER, json={"idp_group_names": idp_group_names})

    UNREGISTER = Endpoint(
        "DELETE",
        "/v3/enterprise/idp-groups/{idp_group_name}",
        RegisteredIdpGroup,
        "ManageAccountMembership",
    )

    async def unregister(self, idp_group_name: str) -> RegisteredIdpGroup:
        """Forget a group.

        `DELETE /v3/enterprise/idp-groups/{idp_group_name}`, permission ManageAccountMembership.
        """
        return await self._call(self.UNREGISTER, path=_named(idp_group_name))


class EnterpriseOrganizationIdpGroups(IdpGroups):
    """Reached as `devin.enterprise.organization(id).idp_groups`."""

    PATH = "/v3/enterprise/organizations/{org_id}/members/idp-groups"

    LIST = Endpoint(
        "GET", PATH, IdpGroup, "ViewAccountMembership", paging="cursor", unconfirmed=True
    )
    GET = Endpoint(
        "GET", PATH + "/{idp_group_name}", IdpGroup, "ViewAccountMembership", unconfirmed=True
    )
    ASSIGN = Endpoint(
        "POST", PATH + "/{idp_group_name}", IdpGroup, "ManageAccountMembership", body="json"
    )
    UPDATE = Endpoint(
        "PATCH", PATH + "/{idp_group_name}", IdpGroup, "ManageAccountMembership", body="json"
    )
    DELETE = Endpoint("DELETE", PATH + "/{idp_group_name}", IdpGroup, "ManageAccountMembership")


def _named(idp_group_name: str) -> dict[str, str]:
    return {"idp_group_name": check_id("idp_group_name", idp_group_name)}
