"""The tags that sessions of an organization may have, and the one that they get by default."""

from collections.abc import Sequence

from devin_async.base.arguments import check_id, check_ids
from devin_async.errors import InvalidArgumentError
from devin_async.lists.pager import Pager
from devin_async.models.organizations import DefaultTag, OrganizationTags
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class Tags(Resource):
    """Reached as `devin.enterprise.organization(id).tags`."""

    PATH = "/v3/enterprise/organizations/{org_id}/tags"

    LIST = Endpoint("GET", PATH, str, "ManageEnterpriseSettings", paging="none", envelope="tags")

    def list(self, *, limit: int | None = None) -> Pager[str]:
        """List the allowed tags; not paged by the API.

        `GET /v3/enterprise/organizations/{org_id}/tags`, permission ManageEnterpriseSettings.
        """
        return self._pager(self.LIST, {"limit": limit})

    APPEND = Endpoint("POST", PATH, OrganizationTags, "ManageEnterpriseSettings", body="json")

    async def append(self, tags: Sequence[str]) -> OrganizationTags:
        """Allow more tags; those that are allowed already stay.

        `POST /v3/enterprise/organizations/{org_id}/tags`, permission ManageEnterpriseSettings.
        """
        return await self._call(self.APPEND, json={"tags": tags})

    REPLACE = Endpoint("PUT", PATH, OrganizationTags, "ManageEnterpriseSettings", body="json")

    async def replace(self, tags: Sequence[str]) -> OrganizationTags:
        """Allow these tags and no others.

        `PUT /v3/enterprise/organizations/{org_id}/tags`, permission ManageEnterpriseSettings.
        """
        return await self._call(self.REPLACE, json={"tags": tags})

    CLEAR = Endpoint("DELETE", PATH, OrganizationTags, "ManageEnterpriseSettings")

    async def clear(self) -> OrganizationTags:
        """Take all tags out of the list.

        `DELETE /v3/enterprise/organizations/{org_id}/tags`, permission ManageEnterpriseSettings.
        """
        return await self._call(self.CLEAR)

    DELETE = Endpoint("DELETE", PATH + "/{tag}", OrganizationTags, "ManageEnterpriseSettings")

    async def delete(self, tag: str) -> OrganizationTags:
        """Take one tag out of the list; gives those that stay.

        Raises:
            InvalidArgumentError: The tag is "default", whose path clears the default tag instead.

        `DELETE .../tags/{tag}`, permission ManageEnterpriseSettings.
        """
        if check_id("tag", tag) == "default":
            raise InvalidArgumentError(
                "tag is 'default', whose path would clear the default tag; allowed: replace(), "
                "with all tags but this one"
            )
        return await self._call(self.DELETE, path={"tag": tag})

    GET_DEFAULT = Endpoint("GET", PATH + "/default", DefaultTag, "ManageEnterpriseSettings")

    async def get_default(self) -> DefaultTag:
        """Read the tag of sessions that were given none.

        `GET .../tags/default`, permission ManageEnterpriseSettings.
        """
        return await self._call(self.GET_DEFAULT)

    SET_DEFAULT = Endpoint(
        "PUT", PATH + "/default", DefaultTag, "ManageEnterpriseSettings", body="json"
    )

    async def set_default(self, tag: str) -> DefaultTag:
        """Choose the tag of sessions that were given none, out of the allowed ones.

        `PUT .../tags/default`, permission ManageEnterpriseSettings.
        """
        return await self._call(self.SET_DEFAULT, json=check_ids(tag=tag))

    CLEAR_DEFAULT = Endpoint("DELETE", PATH + "/default", DefaultTag, "ManageEnterpriseSettings")

    async def clear_default(self) -> DefaultTag:
        """Leave sessions that were given no tag without one.

        `DELETE .../tags/default`, permission ManageEnterpriseSettings.
        """
        return await self._call(self.CLEAR_DEFAULT)
