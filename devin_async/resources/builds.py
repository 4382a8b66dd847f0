"""Builds of an organization's snapshots."""

from typing import Unpack

from devin_async.base.arguments import check_ids
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.snapshot_setup import Build, BuildStatus, PresignedDownload
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class Builds(Resource):
    """Reached as `devin.organization(id).builds`."""

    PATH = "/v3beta1/organizations/{org_id}/snapshot-setup/builds"
    ONE = PATH + "/{build_id}"

    LIST = Endpoint("GET", PATH, Build, "ManageRepoBlueprints", paging="cursor")

    def list(
        self,
        *,
        status: BuildStatus | None = None,
        active: bool | None = None,
        **options: Unpack[ListOptions],
    ) -> Pager[Build]:
        """List the builds.

        Args:
            status: Only those in this state.
            active: Only the one whose snapshot is in use, or only the others.

        `GET .../snapshot-setup/builds`, permission ManageRepoBlueprints. Beta.
        """
        query = {"status": status, "active": active}
        return self._pager(self.LIST, options, query=query)

    START = Endpoint("POST", PATH, Build, "ManageOrgSnapshots", body="json")

    async def start(self) -> Build:
        """Start a build of the blueprints as they are now.

        `POST .../snapshot-setup/builds`, permission ManageOrgSnapshots. Beta.
        """
        return await self._call(self.START, json={})

    GET = Endpoint("GET", ONE, Build, "ManageRepoBlueprints")

    async def get(self, build_id: str) -> Build:
        """Read a build.

        `GET .../snapshot-setup/builds/{build_id}`, permission ManageRepoBlueprints. Beta.
        """
        return await self._call(self.GET, path=check_ids(build_id=build_id))

    LOGS = Endpoint("GET", ONE + "/logs", PresignedDownload, "ManageRepoBlueprints")

    async def logs(self, build_id: str) -> PresignedDownload:
        """Get a link to a build's log.

        `GET .../snapshot-setup/builds/{build_id}/logs`, permission ManageRepoBlueprints. Beta.
        """
        return await self._call(self.LOGS, path=check_ids(build_id=build_id))

    CANCEL = Endpoint("POST", ONE + "/cancel", Build, "ManageOrgSnapshots")

    async def cancel(self, build_id: str) -> Build:
        """Cancel a build; one that is over stays as it is.

        `POST .../snapshot-setup/builds/{build_id}/cancel`, permission ManageOrgSnapshots. Beta.
        """
        return await self._call(self.CANCEL, path=check_ids(build_id=build_id))

    PIN = Endpoint("POST", ONE + "/pin", Build, "ManageOrgSnapshots", body="json")

    async def pin(self, build_id: str) -> Build:
        """Make a build's snapshot the active one.

        Raises:
            ConflictError: It did not succeed, or more than 7 days ago.

        `POST .../snapshot-setup/builds/{build_id}/pin`, permission ManageOrgSnapshots. Beta.
        """
        return await self._call(self.PIN, path=check_ids(build_id=build_id), json={})

    UNPIN = Endpoint[None]("DELETE", ONE + "/pin", None, "ManageOrgSnapshots", kind="empty")

    async def unpin(self, build_id: str) -> None:
        """Take back what `pin` did; one that is not pinned stays as it is.

        `DELETE .../snapshot-setup/builds/{build_id}/pin`, permission ManageOrgSnapshots. Beta.
        """
        await self._call(self.UNPIN, path=check_ids(build_id=build_id))
