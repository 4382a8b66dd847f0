"""Profiles, which steer code scans."""

from collections.abc import Sequence
from typing import ClassVar, TypedDict, Unpack

from devin_async.base.arguments import check_filled, check_ids
from devin_async.base.markers import UNSET, Unset
from devin_async.lists.options import ListOptions
from devin_async.lists.pager import Pager
from devin_async.models.code_scans import (
    CodeScanMode,
    CodeScanProfile,
    CodeScanProfileDetail,
    CodeScanType,
)
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


class ProfileSettings(TypedDict, total=False):
    """What `create` and `update` take; in an update what is left out stays, None clears.

    The globs say which files count; each guidance is a text for the sessions at that step.
    """

    description: str | None
    include_globs: Sequence[str] | None
    exclude_globs: Sequence[str] | None
    threat_model_guidance: str | None
    investigation_guidance: str | None
    triage_guidance: str | None
    validation_guidance: str | None
    report_guidance: str | None
    remediation_guidance: str | None
    ingestion_source_guidance: str | None
    post_ingestion_guidance: str | None
    communication_guidance: str | None


class CodeScanProfiles(Resource):
    """What the profiles of both scopes share."""

    GET: ClassVar[Endpoint[CodeScanProfileDetail]]

    async def get(self, profile_id: str) -> CodeScanProfileDetail:
        """Read a profile with all that it tells its sessions.

        `GET .../code-scans/profiles/{profile_id}`, permission ViewCodeScans (enterprise:
        ViewAccountCodeScans).
        """
        return await self._call(self.GET, path=check_ids(profile_id=profile_id))


class OrganizationCodeScanProfiles(CodeScanProfiles):
    """Reached as `devin.organization(id).code_scan_profiles`."""

    PATH = "/v3/organizations/{org_id}/code-scans/profiles"
    BETA = "/v3beta1/organizations/{org_id}/code-scans/profiles"
    ONE = BETA + "/{profile_id}"

    LIST = Endpoint("GET", PATH, CodeScanProfile, "ViewCodeScans", paging="cursor")

    def list(self, **options: Unpack[ListOptions]) -> Pager[CodeScanProfile]:
        """List the profiles that the organization can use.

        `GET /v3/organizations/{org_id}/code-scans/profiles`, permission ViewCodeScans.
        """
        return self._pager(self.LIST, options)

    GET = Endpoint("GET", PATH + "/{profile_id}", CodeScanProfileDetail, "ViewCodeScans")
    CREATE = Endpoint(
        "POST", BETA, CodeScanProfileDetail, "UseCodeScans", body="json", unconfirmed=True
    )

    async def create(
        self,
        name: str,
        *,
        mode: CodeScanMode,
        scan_type: CodeScanType,
        **settings: Unpack[ProfileSettings],
    ) -> CodeScanProfileDetail:
        """Create a profile.

        Args:
            mode: "discover" to look for findings, or "ingest" to take in another tool's; it stays.
            scan_type: What is looked for, such as "security"; it stays, too.
            **settings: `ProfileSettings`: description, globs and guidance.

        `POST .../code-scans/profiles`, permission UseCodeScans. Beta. Unconfirmed.
        """
        kind = {"name": check_filled("name", name), "mode": mode, "scan_type": scan_type}
        return await self._call(self.CREATE, json={**kind, **settings})

    UPDATE = Endpoint(
        "PATCH", ONE, CodeScanProfileDetail, "UseCodeScans", body="merge_patch", unconfirmed=True
    )

    async def update(
        self, profile_id: str, *, name: str | Unset = UNSET, **changes: Unpack[ProfileSettings]
    ) -> CodeScanProfileDetail:
        """Change a profile: what is left out stays, None clears; it takes `ProfileSettings`.

        `PATCH .../code-scans/profiles/{profile_id}`, permission UseCodeScans. Beta. Unconfirmed.
        """
        json = {**changes, "name": name if name is UNSET else check_filled("name", name)}
        return await self._call(self.UPDATE, path=check_ids(profile_id=profile_id), json=json)


class EnterpriseCodeScanProfiles(CodeScanProfiles):
    """Reached as `devin.enterprise.code_scan_profiles`."""

    PATH = "/v3/enterprise/code-scans/profiles"

    LIST = Endpoint("GET", PATH, CodeScanProfile, "ViewAccountCodeScans", paging="cursor")

    def list(
        self, *, org_ids: Sequence[str] | None = None, **options: Unpack[ListOptions]
    ) -> Pager[CodeScanProfile]:
        """List the profiles of these organizations, or of all, newest first.

        `GET /v3/enterprise/code-scans/profiles`, permission ViewAccountCodeScans.
        """
        return self._pager(self.LIST, options, query={"org_ids": org_ids})

    GET = Endpoint("GET", PATH + "/{profile_id}", CodeScanProfileDetail, "ViewAccountCodeScans")
