"""ACU limits that several organizations share."""

from collections.abc import Mapping

from devin_async.base.arguments import check_count, check_length
from devin_async.errors import InvalidArgumentError
from devin_async.models.organizations import OrganizationGroup, OrganizationGroups
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class OrganizationGroupLimits(Resource):
    """Reached as `devin.enterprise.org_group_limits`; some enterprises do not have it."""

    PATH = "/v3/enterprise/org-group-limits"

    GET = Endpoint("GET", PATH, OrganizationGroups, "ManageOrganizations")

    async def get(self) -> OrganizationGroups:
        """Read the groups, each with its organizations and their common limit.

        `GET /v3/enterprise/org-group-limits`, permission ManageOrganizations.
        """
        return await self._call(self.GET)

    REPLACE = Endpoint("PUT", PATH, OrganizationGroups, "ManageOrganizations", body="json")

    async def replace(self, groups: Mapping[str, OrganizationGroup]) -> OrganizationGroups:
        """Put these groups, by name, in the place of all; each organization is in one at most.

        `PUT /v3/enterprise/org-group-limits`, permission ManageOrganizations.
        """
        _check(groups)
        return await self._call(self.REPLACE, json={"groups": groups})


def _check(groups: Mapping[str, OrganizationGroup]) -> None:
    group_of: dict[str, str] = {}
    for name, group in groups.items():
        check_length(f"groups[{name!r}].org_ids", group.org_ids)
        check_count(f"groups[{name!r}].max_cycle_acus", group.max_cycle_acus)
        for org_id in group.org_ids:
            if org_id in group_of:
                raise InvalidArgumentError(
                    f"groups holds {org_id!r} in {group_of[org_id]!r} and in {name!r}; allowed: "
                    "each organization once"
                )
            group_of[org_id] = name
