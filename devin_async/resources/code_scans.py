"""Code scans: of an organization, of the enterprise, and of an organization by its enterprise."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Unpack

from devin_async.base.arguments import check_filled, check_ids, check_length, check_urls
from devin_async.base.markers import Open
from devin_async.base.times import When, check_time_range
from devin_async.errors import InvalidArgumentError
from devin_async.lists.options import ListOptions, split_options
from devin_async.lists.pager import Pager
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
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource

_MOST_ATTACHMENTS = 10
_MOST_DAYS = 100


class ScanOptions(ListOptions, total=False):
    """Which scans a list gives, and how it is read.

    Attributes:
        time_after: Created after this, an aware datetime or unix seconds (UTC).
        time_before: Created before this.
        repo_name: Only of this repository, as `owner/name`.
    """

    time_after: When | None
    time_before: When | None
    repo_name: str | None


class FindingOptions(ListOptions, total=False):
    """Which findings a list gives, and how it is read.

    Attributes:
        scan_id: Only of this scan.
        repo_name: Only in this repository, as `owner/name`.
        severity: Of any of these: "critical", "high", "medium", "low".
        status: In any of these states: "open", "dismissed", "resolved".
    """

    scan_id: str | None
    repo_name: str | None
    severity: Sequence[CodeScanSeverity] | None
    status: Sequence[CodeScanFindingStatus] | None


class CodeScanReads(Resource):
    """What reads scans, in an organization and in the enterprise."""

    LIST: ClassVar[Endpoint[CodeScan]]
    FINDINGS: ClassVar[Endpoint[CodeScanFinding]]
    METRICS: ClassVar[Endpoint[CodeScanMetrics]]

    def _list(
        self, arguments: ScanOptions, org_ids: Sequence[str] | None = None
    ) -> Pager[CodeScan]:
        query, options = split_options(arguments, ScanOptions)
        times = _range(query["time_after"], query["time_before"], org_ids, most_days=None)
        return self._pager(self.LIST, options, query=query | times)

    def _findings(
        self, arguments: FindingOptions, org_ids: Sequence[str] | None = None
    ) -> Pager[CodeScanFinding]:
        query, options = split_options(arguments, FindingOptions)
        query["org_ids"] = org_ids
        for name in ("severity", "status", "org_ids"):
            check_length(name, query[name])
        return self._pager(self.FINDINGS, options, query=query)


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

        `POST .../code-scans`, permission UseCodeScans (enterprise: UseAccountCodeScans).
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

        `POST .../code-scans/ingestion`, permission as for `start`. Unconfirmed.
        """
        json = {
            "repo_name": check_filled("repo_name", repo_name),
            "profile_id": check_filled("profile_id", profile_id),
            "attachment_urls": check_urls("attachment_urls", attachment_urls, _MOST_ATTACHMENTS),
            "host": host,
        }
        return await self._call(self.START_INGESTION, json=json)

    REMEDIATE: ClassVar[Endpoint[CodeScanRemediation]]

    async def remediate(self, scan_id: str, finding_id: str) -> CodeScanRemediation:
        """Start a session that repairs a finding; unconfirmed for the enterprise.

        Raises:
            ConflictError: It has such a session already.

        `POST .../code-scans/{scan_id}/findings/{finding_id}/remediate`, permission as for `start`.
        """
        path = check_ids(scan_id=scan_id, finding_id=finding_id)
        return await self._call(self.REMEDIATE, path=path)


class OrganizationCodeScans(CodeScanReads, CodeScanWrites):
    """Reached as `devin.organization(id).code_scans`."""

    PATH = "/v3/organizations/{org_id}/code-scans"
    ONE = PATH + "/{scan_id}"
    REMEDY = ONE + "/findings/{finding_id}/remediate"
    PROFILE = ONE + "/profile"
    AUTO_SCAN = ONE + "/auto-scan"

    START = Endpoint("POST", PATH, CodeScan, "UseCodeScans", body="json")
    START_INGESTION = Endpoint(
        "POST", PATH + "/ingestion", CodeScan, "UseCodeScans", body="json", unconfirmed=True
    )
    REMEDIATE = Endpoint("POST", REMEDY, CodeScanRemediation, "UseCodeScans")
    LIST = Endpoint("GET", PATH + "/scans", CodeScan, "ViewCodeScans", paging="cursor")

    def list(self, **options: Unpack[ScanOptions]) -> Pager[CodeScan]:
        """List scans, newest first; the only way to see how far one is.

        `GET .../code-scans/scans`, permission ViewCodeScans.
        """
        return self._list(options)

    FINDINGS = Endpoint(
        "GET", PATH + "/findings", CodeScanFinding, "ViewCodeScans", paging="cursor"
    )

    def findings(self, **options: Unpack[FindingOptions]) -> Pager[CodeScanFinding]:
        """List findings.

        `GET .../code-scans/findings`, permission ViewCodeScans.
        """
        return self._findings(options)

    METRICS = Endpoint("GET", PATH + "/metrics", CodeScanMetrics, "ViewCodeScans")

    async def metrics(self, *, time_after: When, time_before: When) -> CodeScanMetrics:
        """Read what scans and their pull requests amount to in a range of at most 100 days.

        `GET .../code-scans/metrics`, permission ViewCodeScans.
        """
        return await self._call(self.METRICS, query=_range(time_after, time_before))

    SET_PROFILE = Endpoint(
        "PUT", PROFILE, CodeScan, "UseCodeScans", body="merge_patch", unconfirmed=True
    )

    async def set_profile(self, scan_id: str, profile_id: str | None) -> CodeScan:
        """Give a scan another profile, or with None none.

        `PUT .../code-scans/{scan_id}/profile`, permission UseCodeScans. Unconfirmed.
        """
        path, json = check_ids(scan_id=scan_id), {"profile_id": profile_id}
        return await self._call(self.SET_PROFILE, path=path, json=json)

    CREATE_AUTO_SCAN = Endpoint(
        "POST", AUTO_SCAN, CodeScanAutoScan, "UseCodeScans", body="json", unconfirmed=True
    )

    async def create_auto_scan(
        self, scan_id: str, rrule: str, *, enabled: bool | None = None
    ) -> CodeScanAutoScan:
        """Repeat a scan by itself.

        Args:
            rrule: When, as a rule of RFC 5545 such as "FREQ=WEEKLY;BYDAY=MO".
            enabled: The server's default is True; afterwards the automation is changed instead.

        `POST .../code-scans/{scan_id}/auto-scan`, permission UseCodeScans. Unconfirmed.
        """
        path, json = check_ids(scan_id=scan_id), _auto_scan(rrule, enabled=enabled)
        return await self._call(self.CREATE_AUTO_SCAN, path=path, json=json)

    DELETE_AUTO_SCAN = Endpoint(
        "DELETE", AUTO_SCAN, dict[str, Any], "UseCodeScans", unconfirmed=True
    )

    async def delete_auto_scan(self, scan_id: str) -> dict[str, Any]:
        """Stop repeating a scan; the form of the answer is not documented.

        `DELETE .../code-scans/{scan_id}/auto-scan`, permission UseCodeScans. Unconfirmed.
        """
        return await self._call(self.DELETE_AUTO_SCAN, path=check_ids(scan_id=scan_id))


class EnterpriseCodeScans(CodeScanReads):
    """Reached as `devin.enterprise.code_scans`; *org_ids* are the only organizations asked for."""

    PATH = "/v3/enterprise/code-scans"

    LIST = Endpoint("GET", PATH + "/scans", CodeScan, "ViewAccountCodeScans", paging="cursor")

    def list(
        self, *, org_ids: Sequence[str] | None = None, **options: Unpack[ScanOptions]
    ) -> Pager[CodeScan]:
        """List scans of all organizations, newest first.

        `GET .../code-scans/scans`, permission ViewAccountCodeScans.
        """
        return self._list(options, org_ids)

    FINDINGS = Endpoint(
        "GET", PATH + "/findings", CodeScanFinding, "ViewAccountCodeScans", paging="cursor"
    )

    def findings(
        self, *, org_ids: Sequence[str] | None = None, **options: Unpack[FindingOptions]
    ) -> Pager[CodeScanFinding]:
        """List findings of all organizations, newest first.

        `GET .../code-scans/findings`, permission ViewAccountCodeScans.
        """
        return self._findings(options, org_ids)

    METRICS = Endpoint("GET", PATH + "/metrics", CodeScanMetrics, "ViewAccountCodeScans")

    async def metrics(
        self, *, time_after: When, time_before: When, org_ids: Sequence[str] | None = None
    ) -> CodeScanMetrics:
        """Read what scans and their pull requests amount to in a range of at most 100 days.

        `GET .../code-scans/metrics`, permission ViewAccountCodeScans.
        """
        return await self._call(self.METRICS, query=_range(time_after, time_before, org_ids))


class EnterpriseOrganizationCodeScans(CodeScanWrites):
    """Reached as `devin.enterprise.organization(id).code_scans`."""

    PATH = "/v3/enterprise/organizations/{org_id}/code-scans"
    ONE = PATH + "/{scan_id}"
    REMEDY = ONE + "/findings/{finding_id}/remediate"
    PROFILE = ONE + "/profile"
    AUTO_SCAN = ONE + "/auto-scan"

    START = Endpoint("POST", PATH, CodeScan, "UseAccountCodeScans", body="json")
    START_INGESTION = Endpoint(
        "POST", PATH + "/ingestion", CodeScan, "UseAccountCodeScans", body="json", unconfirmed=True
    )
    REMEDIATE = Endpoint(
        "POST", REMEDY, CodeScanRemediation, "UseAccountCodeScans", unconfirmed=True
    )
    SET_PROFILE = Endpoint(
        "PUT", PROFILE, dict[str, Any], "UseAccountCodeScans", body="merge_patch", unconfirmed=True
    )

    async def set_profile(self, scan_id: str, profile_id: str | None) -> dict[str, Any]:
        """Give a scan another profile, or with None none; the answer's form is not documented.

        `PUT .../code-scans/{scan_id}/profile`, permission UseAccountCodeScans. Unconfirmed, its
        body too.
        """
        path, json = check_ids(scan_id=scan_id), {"profile_id": profile_id}
        return await self._call(self.SET_PROFILE, path=path, json=json)

    CREATE_AUTO_SCAN = Endpoint(
        "POST", AUTO_SCAN, dict[str, Any], "UseAccountCodeScans", body="json", unconfirmed=True
    )

    async def create_auto_scan(
        self, scan_id: str, rrule: str, *, enabled: bool | None = None
    ) -> dict[str, Any]:
        """Repeat a scan by itself; arguments as in the organization's scope.

        `POST .../code-scans/{scan_id}/auto-scan`, permission UseAccountCodeScans. Unconfirmed, its
        body and its answer too.
        """
        path, json = check_ids(scan_id=scan_id), _auto_scan(rrule, enabled=enabled)
        return await self._call(self.CREATE_AUTO_SCAN, path=path, json=json)


def _auto_scan(rrule: str, *, enabled: bool | None) -> dict[str, Any]:
    return {"rrule": check_filled("rrule", rrule), "enabled": enabled}


def _range(
    time_after: When | None,
    time_before: When | None,
    org_ids: Sequence[str] | None = None,
    *,
    most_days: int | None = _MOST_DAYS,
) -> dict[str, Any]:
    since, until = check_time_range(time_after, time_before, most_days=most_days)
    return {"time_after": since, "time_before": until, "org_ids": org_ids}
