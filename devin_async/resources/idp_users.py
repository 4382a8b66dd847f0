"""People whose role comes from a group of the identity provider (IdP)."""

from typing import ClassVar, Unpack

from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.members import IdpUser
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class IdpUsers(Resource):
    """What the IdP users of every scope share: they change in the identity provider only."""

    LIST: ClassVar[Endpoint[IdpUser]]

    def list(self, *, email: str | None = None, **options: Unpack[ListOptions]) -> Pager[IdpUser]:
        """List the people who hold a role by an IdP group; `users` are those with one of their own.

        Args:
            email: Only who has this address.

        `GET .../members/idp-users`, permission ViewAccountMembership (organization:
        ViewOrgMembership, beta).
        """
        return self._pager(self.LIST, options, query={"email": email})


class EnterpriseIdpUsers(IdpUsers):
    """Reached as `devin.enterprise.idp_users`."""

    PATH = "/v3/enterprise/members/idp-users"

    LIST = Endpoint("GET", PATH, IdpUser, "ViewAccountMembership", paging="cursor")


class EnterpriseOrganizationIdpUsers(IdpUsers):
    """Reached as `devin.enterprise.organization(id).idp_users`."""

    PATH = "/v3/enterprise/organizations/{org_id}/members/idp-users"

    LIST = Endpoint("GET", PATH, IdpUser, "ViewAccountMembership", paging="cursor")


class OrganizationIdpUsers(IdpUsers):
    """Reached as `devin.organization(id).idp_users`."""

    PATH = "/v3beta1/organizations/{org_id}/members/idp-users"

    LIST = Endpoint("GET", PATH, IdpUser, "ViewOrgMembership", paging="cursor")
