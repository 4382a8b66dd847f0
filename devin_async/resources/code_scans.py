"""Code scans: of an organization, of the enterprise, and of an organization by its enterprise."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from devin_async.calling import Resource
from devin_async.errors import InvalidArgumentError
from devin_async.markers import Open
from devin_async.models.code_scans import (
    CodeScan,
    CodeScanAutoScan,
    CodeScanFinding,
    CodeScanFindingStatus,
    CodeScanMetrics,
    CodeScanRemediation,
    CodeScanSeverity,
    CodeScanType,
)
from devin_async.pagination import After, Pager
from devin_async.protocol import Endpoint
from devin_async.values import (
    When,
    check_filled,
    check_id,
    check_length,
    check_text,
    check_time_range,
)

__all__ = [
    "CodeScanWrites",
    "EnterpriseCodeScans",
    "EnterpriseOrganizationCodeScans",
    "OrganizationCodeScans",
]

_SCANS = "/v3/organizations/{org_id}/code-scans"
_SCAN = "/v3/organizations/{org_id}/code-scans/{scan_id}"
_ENTERPRISE_SCANS = "/v3/enterprise/organizations/{org_id}/code-scans"
_ENTERPRISE_SCAN = "/v3/enterprise/organizations/{org_id}/code-scans/{scan_id}"
_MOST_ATTACHMENTS = 10
_LONGEST_URL = 2083
_MOST_DAYS = 100


class CodeScanWrites(Resource):
    """What starts work in one organization, in its own scope and in its enterprise's."""

    START: ClassVar[Endpoint[CodeScan]]

    async def start(
        self,
        repo_name: str,
        *,
        scan_type: CodeScanType | None = None,
        profile_id: str | None = None,
        commit_sha: str | None = None,
        host: str | None = None,
        effort: Open[Literal["normal", "deep"]] | None = None,
    ) -> CodeScan:
        """Start a scan, which runs in the background: find it in `list` to see how far it is.

        Args:
            repo_name: Repository, as `owner/name`.
            scan_type: The profile's type when left out, "security" without a profile.
            profile_id: Profile of mode "discover"; every type but "security" needs one.
            commit_sha: Commit; the head of the default branch when left out.
            host: Where the repository lies, when several places have one of that name.
            effort: "normal" or "deep"; seen in one place only, the server's default is "normal".

        Raises:
            ConflictError: Too many scans wait already; try again later.

        `POST /v3/organizations/{org_id}/code-scans`, permission UseCodeScans; by the enterprise
        `POST /v3/enterprise/organizations/{org_id}/code-scans`, permission UseAccountCodeScans.
        """
        if scan_type not in {None, "security"} and profile_id is None:
            raise InvalidArgumentError(f"profile_id is missing; scan_type {scan_type!r} needs one")
        json = {
            "repo_name": check_filled("repo_name", repo_name),
            "scan_type": scan_type,
            "profile_id": profile_id,
            "commit_sha": commit_sha,
            "host": host,
            "effort": effort,
        }
        return await self._call(self.START, json=json)

    START_INGESTION: ClassVar[Endpoint[CodeScan]]

    async def start_ingestion(
        self,
        repo_name: str,
        *,
        profile_id: str,
        attachment_urls: Sequence[str] | None = None,
        host: str | None = None,
    ) -> CodeScan:
        """Start a scan that takes in another tool's findings; it may begin to repair them itself.

        Args:
            repo_name: Repository, as `owner/name`.
            profile_id: Profile of mode "ingest".
            attachment_urls: At most 10 urls of uploaded reports, up to 2,083 characters each.
            host: Where the repository lies, when several places have one of that name.

        `POST /v3/organizations/{org_id}/code-scans/ingestion`, permission UseCodeScans; by the
        enterprise `POST /v3/enterprise/organizations/{org_id}/code-scans/ingestion`, permission
        UseAccountCodeScans. Unconfirmed.
        """
        check_length("attachment_urls", attachment_urls, _MOST_ATTACHMENTS)
        for url in attachment_urls or ():
            check_text("attachment_urls", url, smallest=1, largest=_LONGEST_URL)
        json = {
            "repo_name": check_filled("repo_name", repo_name),
            "profile_id": check_filled("profile_id", profile_id),
            "attachment_urls": attachment_urls,
            "host": host,
        }
        return await self._call(self.START_INGESTION, json=json)

    REMEDIATE: ClassVar[Endpoint[CodeScanRemediation]]

    async def remediate(self, scan_id: str, finding_id: str) -> CodeScanRemediation:
        """Start a session that repairs a finding.

        Raises:
            ConflictError: It has such a session already.

        `POST /v3/organizations/{org_id}/code-scans/{scan_id}/findings/{finding_id}/remediate`,
        permission UseCodeScans; by the enterprise, unconfirmed,
        `POST .../code-scans/{scan_id}/findings/{finding_id}/remediate` below
        `/v3/enterprise/organizations/{org_id}`, permission UseAccountCodeScans.
        """
        path = {**_scan(scan_id), "finding_id": check_id("finding_id", finding_id)}
        return await self._call(self.REMEDIATE, path=path)


class OrganizationCodeScans(CodeScanWrites):
    """Reached as `devin.organization(id).code_scans`."""

    START = Endpoint("POST", _SCANS, CodeScan, "UseCodeScans", body="json")
    START_INGESTION = Endpoint(
        "POST", f"{_SCANS}/ingestion", CodeScan, "UseCodeScans", body="json", unconfirmed=True
    )
    REMEDIATE = Endpoint(
        "POST", f"{_SCAN}/findings/{{finding_id}}/remediate", CodeScanRemediation, "UseCodeScans"
    )
    LIST = Endpoint("GET", f"{_SCANS}/scans", CodeScan, "ViewCodeScans", paging="cursor")

    def list(
        self,
        *,
        time_after: When | None = None,
        time_before: When | None = None,
        repo_name: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[CodeScan]:
        """List scans, newest first; the only way to see how far one is.

        Args:
            time_after: Created after this, an aware datetime or unix seconds (UTC).
            time_before: Created before this.
            repo_name: Only of this repository, as `owner/name`.

        `GET /v3/organizations/{org_id}/code-scans/scans`, permission ViewCodeScans.
        """
        since, until = check_time_range(time_after, time_before, most_days=None)
        query = {"time_after": since, "time_before": until, "repo_name": repo_name}
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)

    FINDINGS = Endpoint(
        "GET", f"{_SCANS}/findings", CodeScanFinding, "ViewCodeScans", paging="cursor"
    )

    def findings(
        self,
        *,
        scan_id: str | None = None,
        repo_name: str | None = None,
        severity: Sequence[CodeScanSeverity] | None = None,
        status: Sequence[CodeScanFindingStatus] | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[CodeScanFinding]:
        """List findings.

        Args:
            scan_id: Only of this scan.
            repo_name: Only in this repository, as `owner/name`.
            severity: Of any of these: "critical", "high", "medium", "low".
            status: In any of these states: "open", "dismissed", "resolved".

        `GET /v3/organizations/{org_id}/code-scans/findings`, permission ViewCodeScans.
        """
        query = _finding_query(scan_id, repo_name, severity, status)
        return self._pager(
            self.FINDINGS, query=query, page_size=page_size, limit=limit, after=after
        )

    METRICS = Endpoint("GET", f"{_SCANS}/metrics", CodeScanMetrics, "ViewCodeScans")

    async def metrics(self, *, time_after: When, time_before: When) -> CodeScanMetrics:
        """Read what scans and their pull requests amount to in a range of at most 100 days.

        `GET /v3/organizations/{org_id}/code-scans/metrics`, permission ViewCodeScans.
        """
        since, until = check_time_range(time_after, time_before, most_days=_MOST_DAYS)
        query = {"time_after": since, "time_before": until}
        return await self._call(self.METRICS, query=query)

    SET_PROFILE = Endpoint(
        "PUT", f"{_SCAN}/profile", CodeScan, "UseCodeScans", body="merge_patch", unconfirmed=True
    )

    async def set_profile(self, scan_id: str, profile_id: str | None) -> CodeScan:
        """Give a scan another profile, or with None none.

        `PUT /v3/organizations/{org_id}/code-scans/{scan_id}/profile`, permission UseCodeScans.
        Unconfirmed.
        """
        json = {"profile_id": profile_id}
        return await self._call(self.SET_PROFILE, path=_scan(scan_id), json=json)

    CREATE_AUTO_SCAN = Endpoint(
        "POST",
        f"{_SCAN}/auto-scan",
        CodeScanAutoScan,
        "UseCodeScans",
        body="json",
        unconfirmed=True,
    )

    async def create_auto_scan(
        self, scan_id: str, rrule: str, *, enabled: bool | None = None
    ) -> CodeScanAutoScan:
        """Repeat a scan by itself.

        Args:
            scan_id: Scan to repeat.
            rrule: When, as a rule of RFC 5545 such as "FREQ=WEEKLY;BYDAY=MO".
            enabled: The server's default is True; afterwards the automation is changed instead.

        `POST /v3/organizations/{org_id}/code-scans/{scan_id}/auto-scan`, permission UseCodeScans.
        Unconfirmed.
        """
        json = {"rrule": check_filled("rrule", rrule), "enabled": enabled}
        return await self._call(self.CREATE_AUTO_SCAN, path=_scan(scan_id), json=json)

    DELETE_AUTO_SCAN = Endpoint(
        "DELETE", f"{_SCAN}/auto-scan", dict[str, Any], "UseCodeScans", unconfirmed=True
    )

    async def delete_auto_scan(self, scan_id: str) -> dict[str, Any]:
        """Stop repeating a scan; the form of the answer is not documented.

        `DELETE /v3/organizations/{org_id}/code-scans/{scan_id}/auto-scan`, permission
        UseCodeScans. Unconfirmed.
        """
        return await self._call(self.DELETE_AUTO_SCAN, path=_scan(scan_id))


class EnterpriseCodeScans(Resource):
    """Reached as `devin.enterprise.code_scans`."""

    PATH = "/v3/enterprise/code-scans"

    LIST = Endpoint("GET", PATH + "/scans", CodeScan, "ViewAccountCodeScans", paging="cursor")

    def list(
        self,
        *,
        org_ids: Sequence[str] | None = None,
        time_after: When | None = None,
        time_before: When | None = None,
        repo_name: str | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[CodeScan]:
        """List scans of all organizations, newest first.

        Args:
            org_ids: Only of these organizations.
            time_after: Created after this, an aware datetime or unix seconds (UTC).
            time_before: Created before this.
            repo_name: Only of this repository, as `owner/name`.

        `GET /v3/enterprise/code-scans/scans`, permission ViewAccountCodeScans.
        """
        since, until = check_time_range(time_after, time_before, most_days=None)
        check_length("org_ids", org_ids)
        query = {
            "org_ids": org_ids,
            "time_after": since,
            "time_before": until,
            "repo_name": repo_name,
        }
        return self._pager(self.LIST, query=query, page_size=page_size, limit=limit, after=after)

    FINDINGS = Endpoint(
        "GET", PATH + "/findings", CodeScanFinding, "ViewAccountCodeScans", paging="cursor"
    )

    def findings(
        self,
        *,
        org_ids: Sequence[str] | None = None,
        scan_id: str | None = None,
        repo_name: str | None = None,
        severity: Sequence[CodeScanSeverity] | None = None,
        status: Sequence[CodeScanFindingStatus] | None = None,
        page_size: int | None = None,
        limit: int | None = None,
        after: After = None,
    ) -> Pager[CodeScanFinding]:
        """List findings of all organizations, newest first.

        Args:
            org_ids: Only of these organizations.
            scan_id: Only of this scan.
            repo_name: Only in this repository, as `owner/name`.
            severity: Of any of these: "critical", "high", "medium", "low".
            status: In any of these states: "open", "dismissed", "resolved".

        `GET /v3/enterprise/code-scans/findings`, permission ViewAccountCodeScans.
        """
        check_length("org_ids", org_ids)
        query = {**_finding_query(scan_id, repo_name, severity, status), "org_ids": org_ids}
        return self._pager(
            self.FINDINGS, query=query, page_size=page_size, limit=limit, after=after
        )

    METRICS = Endpoint("GET", PATH + "/metrics", CodeScanMetrics, "ViewAccountCodeScans")

    async def metrics(
        self, *, time_after: When, time_before: When, org_ids: Sequence[str] | None = None
    ) -> CodeScanMetrics:
        """Read what scans and their pull requests amount to in a range of at most 100 days.

        `GET /v3/enterprise/code-scans/metrics`, permission ViewAccountCodeScans.
        """
        since, until = check_time_range(time_after, time_before, most_days=_MOST_DAYS)
        check_length("org_ids", org_ids)
        query = {"time_after": since, "time_before": until, "org_ids": org_ids}
        return await self._call(self.METRICS, query=query)


class EnterpriseOrganizationCodeScans(CodeScanWrites):
    """Reached as `devin.enterprise.organization(id).code_scans`."""

    START = Endpoint("POST", _ENTERPRISE_SCANS, CodeScan, "UseAccountCodeScans", body="json")
    START_INGESTION = Endpoint(
        "POST",
        f"{_ENTERPRISE_SCANS}/ingestion",
        CodeScan,
        "UseAccountCodeScans",
        body="json",
        unconfirmed=True,
    )
    REMEDIATE = Endpoint(
        "POST",
        f"{_ENTERPRISE_SCAN}/findings/{{finding_id}}/remediate",
        CodeScanRemediation,
        "UseAccountCodeScans",
        unconfirmed=True,
    )
    SET_PROFILE = Endpoint(
        "PUT",
        f"{_ENTERPRISE_SCAN}/profile",
        dict[str, Any],
        "UseAccountCodeScans",
        body="merge_patch",
        unconfirmed=True,
    )

    async def set_profile(self, scan_id: str, profile_id: str | None) -> dict[str, Any]:
        """Give a scan another profile, or with None none; the answer's form is not documented.

        `PUT /v3/enterprise/organizations/{org_id}/code-scans/{scan_id}/profile`, permission
        UseAccountCodeScans. Unconfirmed, its body too.
        """
        json = {"profile_id": profile_id}
        return await self._call(self.SET_PROFILE, path=_scan(scan_id), json=json)

    CREATE_AUTO_SCAN = Endpoint(
        "POST",
        f"{_ENTERPRISE_SCAN}/auto-scan",
        dict[str, Any],
        "UseAccountCodeScans",
        body="json",
        unconfirmed=True,
    )

    async def create_auto_scan(
        self, scan_id: str, rrule: str, *, enabled: bool | None = None
    ) -> dict[str, Any]:
        """Repeat a scan by itself; arguments as in the organization's scope.

        `POST /v3/enterprise/organizations/{org_id}/code-scans/{scan_id}/auto-scan`, permission
        UseAccountCodeScans. Unconfirmed, its body and its answer too.
        """
        json = {"rrule": check_filled("rrule", rrule), "enabled": enabled}
        return await self._call(self.CREATE_AUTO_SCAN, path=_scan(scan_id), json=json)


def _scan(scan_id: str) -> dict[str, str]:
    return {"scan_id": check_id("scan_id", scan_id)}


def _finding_query(
    scan_id: str | None,
    repo_name: str | None,
    severity: Sequence[str] | None,
    status: Sequence[str] | None,
) -> dict[str, Any]:
    check_length("severity", severity)
    check_length("status", status)
    return {"scan_id": scan_id, "repo_name": repo_name, "severity": severity, "status": status}
