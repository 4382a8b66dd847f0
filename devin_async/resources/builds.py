"""Builds of an organization's snapshots."""

from devin_async.calling import Resource
from devin_async.models.snapshot_setup import Build, BuildStatus, PresignedDownload
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import check_choice, check_id

__all__ = ["Builds"]

_STATUSES = ("pending", "running", "succeeded", "failed", "cancelled")


class Builds(Resource):
    """Reached as `devin.organization(id).builds`."""

    PATH = "/v3beta1/organizations/{org_id}/snapshot-setup/builds"

    LIST = Endpoint("GET", PATH, Build, "ManageRepoBlueprints", paging="cursor")

    def list(
        self,
        *,
        status: BuildStatus | None = None,
        active: bool | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[Build]:
        """List the builds.

        Args:
            status: Only those in this state.
            active: Only the one whose snapshot is in use, or only the others.

        `GET /v3beta1/organizations/{org_id}/snapshot-setup/builds`, permission
        ManageRepoBlueprints. Beta.
        """
        query = {"status": check_choice("status", status, _STATUSES), "active": active}
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)

    START = Endpoint("POST", PATH, Build, "ManageOrgSnapshots", body="json")

    async def start(self) -> Build:
        """Start a build of the blueprints as they are now.

        `POST /v3beta1/organizations/{org_id}/snapshot-setup/builds`, permission
        ManageOrgSnapshots. Beta.
        """
        return await self._call(self.START, json={})

    GET = Endpoint("GET", PATH + "/{build_id}", Build, "ManageRepoBlueprints")

    async def get(self, build_id: str) -> Build:
        """Read a build.

        `GET /v3beta1/organizations/{org_id}/snapshot-setup/builds/{build_id}`, permission
        ManageRepoBlueprints. Beta.
        """
        return await self._call(self.GET, path=_path(build_id))

    LOGS = Endpoint("GET", PATH + "/{build_id}/logs", PresignedDownload, "ManageRepoBlueprints")

    async def logs(self, build_id: str) -> PresignedDownload:
        """Get a link to a build's log.

        `GET /v3beta1/organizations/{org_id}/snapshot-setup/builds/{build_id}/logs`, permission
        ManageRepoBlueprints. Beta.
        """
        return await self._call(self.LOGS, path=_path(build_id))

    CANCEL = Endpoint("POST", PATH + "/{build_id}/cancel", Build, "ManageOrgSnapshots")

    async def cancel(self, build_id: str) -> Build:
        """Cancel a build; one that is over stays as it is.

        `POST /v3beta1/organizations/{org_id}/snapshot-setup/builds/{build_id}/cancel`, permission
        ManageOrgSnapshots. Beta.
        """
        return await self._call(self.CANCEL, path=_path(build_id))

    PIN = Endpoint("POST", PATH + "/{build_id}/pin", Build, "ManageOrgSnapshots", body="json")

    async def pin(self, build_id: str) -> Build:
        """Make a build's snapshot the active one.

        Raises:
            ConflictError: It did not succeed, or more than 7 days ago.

        `POST /v3beta1/organizations/{org_id}/snapshot-setup/builds/{build_id}/pin`, permission
        ManageOrgSnapshots. Beta.
        """
        return await self._call(self.PIN, path=_path(build_id), json={})

    UNPIN = Endpoint[None](
        "DELETE", PATH + "/{build_id}/pin", None, "ManageOrgSnapshots", kind="empty"
    )

    async def unpin(self, build_id: str) -> None:
        """Take back what `pin` did; one that is not pinned stays as it is.

        `DELETE /v3beta1/organizations/{org_id}/snapshot-setup/builds/{build_id}/pin`, permission
        ManageOrgSnapshots. Beta.
        """
        await self._call(self.UNPIN, path=_path(build_id))


def _path(build_id: str) -> dict[str, str]:
    return {"build_id": check_id("build_id", build_id)}
