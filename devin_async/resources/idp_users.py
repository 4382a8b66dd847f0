"""People whose role comes from a group of the identity provider (IdP)."""

from typing import ClassVar

from devin_async.calling import Resource
from devin_async.models.members import IdpUser
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint

__all__ = ["EnterpriseIdpUsers", "EnterpriseOrganizationIdpUsers", "OrganizationIdpUsers"]


class IdpUsers(Resource):
    """What the IdP users of every scope share: they change in the identity provider only."""

    LIST: ClassVar[Endpoint[IdpUser]]

    def list(
        self,
        *,
        email: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[IdpUser]:
        """List the people who hold a role by an IdP group; `users` are those with one of their own.

        Args:
            email: Only who has this address.

        `GET /v3/enterprise/members/idp-users`, of one organization
        `GET /v3/enterprise/organizations/{org_id}/members/idp-users`, permission
        ViewAccountMembership; `GET /v3beta1/organizations/{org_id}/members/idp-users`, permission
        ViewOrgMembership, is beta.
        """
        query = {"email": email}
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)


class EnterpriseIdpUsers(IdpUsers):
    """Reached as `devin.enterprise.idp_users`."""

    LIST = Endpoint(
        "GET", "/v3/enterprise/members/idp-users", IdpUser, "ViewAccountMembership", paging="cursor"
    )


class EnterpriseOrganizationIdpUsers(IdpUsers):
    """Reached as `devin.enterprise.organization(id).idp_users`."""

    LIST = Endpoint(
        "GET",
        "/v3/enterprise/organizations/{org_id}/members/idp-users",
        IdpUser,
        "ViewAccountMembership",
        paging="cursor",
    )


class OrganizationIdpUsers(IdpUsers):
    """Reached as `devin.organization(id).idp_users`."""

    LIST = Endpoint(
        "GET",
        "/v3beta1/organizations/{org_id}/members/idp-users",
        IdpUser,
        "ViewOrgMembership",
        paging="cursor",
    )
