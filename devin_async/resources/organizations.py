"""Organizations of the enterprise."""

from typing import Unpack

from devin_async.base.arguments import check_count, check_ids, check_limit
from devin_async.base.markers import UNSET, Unset
from devin_async.codec import v3beta1
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.organizations import Organization
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class Organizations(Resource):
    """Reached as `devin.enterprise.organizations`."""

    PATH = "/v3/enterprise/organizations"
    ONE = PATH + "/{org_id}"

    LIST = Endpoint(
        "GET",
        PATH,
        Organization,
        "ManageOrganizations",
        paging="cursor",
        v3beta1=Endpoint(
            "GET",
            "/v3beta1/enterprise/organizations",
            Organization,
            "ManageOrganizations",
            envelope="organizations",
            paging="cursor",
            dialect=v3beta1.ORGANIZATIONS,
        ),
    )

    def list(self, **options: Unpack[ListOptions]) -> Pager[Organization]:
        """List the organizations.

        `GET /v3/enterprise/organizations`, permission ManageOrganizations.
        """
        return self._pager(self.LIST, options)

    CREATE = Endpoint(
        "POST",
        PATH,
        Organization,
        "ManageOrganizations",
        body="json",
        v3beta1=Endpoint(
            "POST",
            "/v3beta1/enterprise/organizations",
            Organization,
            "ManageOrganizations",
            body="json",
            dialect=v3beta1.NEW_ORGANIZATION,
        ),
    )

    async def create(
        self, name: str, *, acu_limit: int | None = None, max_session_acu_limit: int | None = None
    ) -> Organization:
        """Create an organization.

        Args:
            acu_limit: ACUs it may use in a billing cycle (the API's `max_cycle_acu_limit`); 0
                blocks it, None is no limit.
            max_session_acu_limit: ACUs that one of its sessions may use.

        `POST /v3/enterprise/organizations`, permission ManageOrganizations.
        """
        json = {
            "name": name,
            "max_cycle_acu_limit": check_count("acu_limit", acu_limit),
            "max_session_acu_limit": check_count("max_session_acu_limit", max_session_acu_limit),
        }
        return await self._call(self.CREATE, json=json)

    GET = Endpoint("GET", ONE, Organization, "ManageOrganizations")

    async def get(self, org_id: str) -> Organization:
        """Read an organization.

        `GET /v3/enterprise/organizations/{org_id}`, permission ManageOrganizations.
        """
        return await self._call(self.GET, path=check_ids(org_id=org_id))

    UPDATE = Endpoint("PATCH", ONE, Organization, "ManageOrganizations", body="merge_patch")

    async def update(
        self,
        org_id: str,
        *,
        name: str | None = None,
        acu_limit: int | Unset | None = UNSET,
        max_session_acu_limit: int | Unset | None = UNSET,
    ) -> Organization:
        """Change what is given of an organization; None lifts a limit.

        Args:
            acu_limit: ACUs it may use in a billing cycle (the API's `max_cycle_acu_limit`); 0
                blocks it.
            max_session_acu_limit: ACUs that one of its sessions may use.

        `PATCH /v3/enterprise/organizations/{org_id}`, permission ManageOrganizations.
        """
        path = check_ids(org_id=org_id)
        json = {
            "name": UNSET if name is None else name,
            "max_cycle_acu_limit": check_limit("acu_limit", acu_limit),
            "max_session_acu_limit": check_limit("max_session_acu_limit", max_session_acu_limit),
        }
        return await self._call(self.UPDATE, path=path, json=json)

    DELETE = Endpoint("DELETE", ONE, Organization, "ManageOrganizations")

    async def delete(self, org_id: str) -> Organization:
        """Delete an organization for good; gives what it was.

        `DELETE /v3/enterprise/organizations/{org_id}`, permission ManageOrganizations.
        """
        return await self._call(self.DELETE, path=check_ids(org_id=org_id))
