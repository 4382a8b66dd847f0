"""Profiles, which steer code scans."""

from collections.abc import Sequence
from typing import Any, ClassVar

from devin_async.calling import Resource
from devin_async.markers import UNSET, Unset
from devin_async.models.code_scans import (
    CodeScanMode,
    CodeScanProfile,
    CodeScanProfileDetail,
    CodeScanType,
)
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import check_filled, check_id, check_length

__all__ = ["CodeScanProfiles", "EnterpriseCodeScanProfiles", "OrganizationCodeScanProfiles"]

_PROFILES = "/v3/organizations/{org_id}/code-scans/profiles"
_BETA_PROFILES = "/v3beta1/organizations/{org_id}/code-scans/profiles"
_ENTERPRISE_PROFILES = "/v3/enterprise/code-scans/profiles"


class CodeScanProfiles(Resource):
    """What the profiles of both scopes share."""

    GET: ClassVar[Endpoint[CodeScanProfileDetail]]

    async def get(self, profile_id: str) -> CodeScanProfileDetail:
        """Read a profile with all that it tells its sessions.

        `GET /v3/organizations/{org_id}/code-scans/profiles/{profile_id}`, permission
        ViewCodeScans; of the enterprise `GET /v3/enterprise/code-scans/profiles/{profile_id}`,
        permission ViewAccountCodeScans.
        """
        path = {"profile_id": check_id("profile_id", profile_id)}
        return await self._call(self.GET, path=path)


class OrganizationCodeScanProfiles(CodeScanProfiles):
    """Reached as `devin.organization(id).code_scan_profiles`."""

    LIST = Endpoint("GET", _PROFILES, CodeScanProfile, "ViewCodeScans", paging="cursor")

    def list(
        self, *, page_size: int | None = None, limit: int | None = None, after: After = None
    ) -> Pager[CodeScanProfile]:
        """List the profiles that the organization can use.

        `GET /v3/organizations/{org_id}/code-scans/profiles`, permission ViewCodeScans.
        """
        return self._pager(self.LIST, page_size=page_size, limit=limit, after=after)

    GET = Endpoint("GET", f"{_PROFILES}/{{profile_id}}", CodeScanProfileDetail, "ViewCodeScans")
    CREATE = Endpoint(
        "POST", _BETA_PROFILES, CodeScanProfileDetail, "UseCodeScans", body="json", unconfirmed=True
    )

    async def create(
        self,
        name: str,
        *,
        mode: CodeScanMode,
        scan_type: CodeScanType,
        description: str | None = None,
        include_globs: Sequence[str] | None = None,
        exclude_globs: Sequence[str] | None = None,
        threat_model_guidance: str | None = None,
        investigation_guidance: str | None = None,
        triage_guidance: str | None = None,
        validation_guidance: str | None = None,
        report_guidance: str | None = None,
        remediation_guidance: str | None = None,
        ingestion_source_guidance: str | None = None,
        post_ingestion_guidance: str | None = None,
        communication_guidance: str | None = None,
    ) -> CodeScanProfileDetail:
        """Create a profile; each guidance is a text for the sessions at that step.

        *mode* is "discover" to look for findings or "ingest" to take in another tool's, and stays
        as it is, like *scan_type*. The globs say which files count.

        `POST /v3beta1/organizations/{org_id}/code-scans/profiles`, permission UseCodeScans. Beta.
        Unconfirmed.
        """
        json = {
            "name": check_filled("name", name),
            "mode": mode,
            "scan_type": scan_type,
            "description": description,
            **_globs(include_globs, exclude_globs),
            "threat_model_guidance": threat_model_guidance,
            "investigation_guidance": investigation_guidance,
            "triage_guidance": triage_guidance,
            "validation_guidance": validation_guidance,
            "report_guidance": report_guidance,
            "remediation_guidance": remediation_guidance,
            "ingestion_source_guidance": ingestion_source_guidance,
            "post_ingestion_guidance": post_ingestion_guidance,
            "communication_guidance": communication_guidance,
        }
        return await self._call(self.CREATE, json=json)

    UPDATE = Endpoint(
        "PATCH",
        f"{_BETA_PROFILES}/{{profile_id}}",
        CodeScanProfileDetail,
        "UseCodeScans",
        body="merge_patch",
        unconfirmed=True,
    )

    async def update(
        self,
        profile_id: str,
        *,
        name: str | Unset = UNSET,
        description: str | Unset | None = UNSET,
        include_globs: Sequence[str] | Unset | None = UNSET,
        exclude_globs: Sequence[str] | Unset | None = UNSET,
        threat_model_guidance: str | Unset | None = UNSET,
        investigation_guidance: str | Unset | None = UNSET,
        triage_guidance: str | Unset | None = UNSET,
        validation_guidance: str | Unset | None = UNSET,
        report_guidance: str | Unset | None = UNSET,
        remediation_guidance: str | Unset | None = UNSET,
        ingestion_source_guidance: str | Unset | None = UNSET,
        post_ingestion_guidance: str | Unset | None = UNSET,
        communication_guidance: str | Unset | None = UNSET,
    ) -> CodeScanProfileDetail:
        """Change a profile: what is left out stays, None clears.

        `PATCH /v3beta1/organizations/{org_id}/code-scans/profiles/{profile_id}`, permission
        UseCodeScans. Beta. Unconfirmed.
        """
        json = {
            "name": UNSET if name is UNSET else check_filled("name", name),
            "description": description,
            **_globs(include_globs, exclude_globs),
            "threat_model_guidance": threat_model_guidance,
            "investigation_guidance": investigation_guidance,
            "triage_guidance": triage_guidance,
            "validation_guidance": validation_guidance,
            "report_guidance": report_guidance,
            "remediation_guidance": remediation_guidance,
            "ingestion_source_guidance": ingestion_source_guidance,
            "post_ingestion_guidance": post_ingestion_guidance,
            "communication_guidance": communication_guidance,
        }
        path = {"profile_id": check_id("profile_id", profile_id)}
        return await self._call(self.UPDATE, path=path, json=json)


class EnterpriseCodeScanProfiles(CodeScanProfiles):
    """Reached as `devin.enterprise.code_scan_profiles`."""

    LIST = Endpoint(
        "GET", _ENTERPRISE_PROFILES, CodeScanProfile, "ViewAccountCodeScans", paging="cursor"
    )

    def list(
        self,
        *,
        org_ids: Sequence[str] | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[CodeScanProfile]:
        """List the profiles of all organizations, newest first.

        Args:
            org_ids: Only of these organizations.

        `GET /v3/enterprise/code-scans/profiles`, permission ViewAccountCodeScans.
        """
        check_length("org_ids", org_ids)
        query = {"org_ids": org_ids}
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)

    GET = Endpoint(
        "GET",
        f"{_ENTERPRISE_PROFILES}/{{profile_id}}",
        CodeScanProfileDetail,
        "ViewAccountCodeScans",
    )


def _globs(
    include: Sequence[str] | Unset | None, exclude: Sequence[str] | Unset | None
) -> dict[str, Any]:
    """Check the globs; a bare str would be read as a list of letters."""
    globs = {"include_globs": include, "exclude_globs": exclude}
    for name, value in globs.items():
        if not isinstance(value, Unset):
            check_length(name, value)
    return globs
