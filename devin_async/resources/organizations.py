"""Organizations of the enterprise."""

from devin_async import dialect
from devin_async.models.organizations import Organization
from devin_async.pagination import Checkpoint, Pager
from devin_async.protocol import Endpoint
from devin_async.resources.base import Resource
from devin_async.values import check_count, check_id

__all__ = ["Organizations"]


class Organizations(Resource):
    """Reached as `devin.enterprise.organizations`."""

    LIST = Endpoint(
        "GET",
        "/v3/enterprise/organizations",
        Organization,
        "ManageOrganizations",
        paging="cursor",
        seed=dialect.LIST_ORGANIZATIONS,
    )

    def list(
        self,
        *,
        page_size: int | None = None,
        limit: int | None = None,
        after: str | Checkpoint | None = None,
    ) -> Pager[Organization]:
        """List the organizations.

        Args:
            page_size: Items a request, 1 to 200; the server's default is 100.
            limit: Items in all.
            after: Cursor or checkpoint to go on from.

        `GET /v3/enterprise/organizations`, permission ManageOrganizations.
        """
        return self._pager(self.LIST, page_size=page_size, limit=limit, after=after)

    CREATE = Endpoint(
        "POST",
        "/v3/enterprise/organizations",
        Organization,
        "ManageOrganizations",
        body="json",
        seed=dialect.CREATE_ORGANIZATION,
    )

    async def create(
        self, name: str, *, acu_limit: int | None = None, max_session_acu_limit: int | None = None
    ) -> Organization:
        """Create an organization.

        Args:
            name: Its name.
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

    GET = Endpoint(
        "GET", "/v3/enterprise/organizations/{org_id}", Organization, "ManageOrganizations"
    )

    async def get(self, org_id: str) -> Organization:
        """Read an organization.

        `GET /v3/enterprise/organizations/{org_id}`, permission ManageOrganizations.
        """
        return await self._call(self.GET, path={"org_id": check_id("org_id", org_id)})
