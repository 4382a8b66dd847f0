"""Code scans, what they found, and the profiles that steer them."""

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model

CodeScanType: TypeAlias = Open[
    Literal[
        "security",
        "performance",
        "db-queries",
        "test-coverage",
        "dead-code",
        "code-quality",
        "cleanup",
        "telemetry",
        "accessibility",
        "compliance",
        "migration-docs",
        "general",
    ]
]
CodeScanStatus: TypeAlias = Open[
    Literal[
        "waiting", "pending", "running", "awaiting_user_input", "completed", "failed", "cancelled"
    ]
]
CodeScanSeverity: TypeAlias = Open[Literal["critical", "high", "medium", "low"]]
CodeScanFindingStatus: TypeAlias = Open[Literal["open", "dismissed", "resolved"]]
CodeScanMode: TypeAlias = Open[Literal["discover", "ingest"]]


@frozen(kw_only=True)
class CodeScanProfileName(Model):
    """The profile of a scan."""

    profile_id: str
    name: str


@frozen(kw_only=True)
class CodeScan(Model):
    """A scan.

    Attributes:
        status: "completed", "failed" and "cancelled" are final.
        repo_name: The main repository, as `owner/name`; a scan of several covers more.
        host: Where the repository lies; None for the usual one.
        profile: None for a security scan without one.
    """

    scan_id: str
    org_id: str
    repo_name: str
    scan_type: CodeScanType
    status: CodeScanStatus
    created_at: datetime
    host: str | None = None
    profile: CodeScanProfileName | None = None


@frozen(kw_only=True)
class CodeScanSnippet(Model):
    """Lines of code that a finding points at, the last one included."""

    file_path: str
    start_line: int
    end_line: int
    commentary: str | None = None
    code: str | None = None


@frozen(kw_only=True)
class CodeScanFinding(Model):
    """Something that a scan found.

    Attributes:
        category: Name of the rule.
        session_id: Session that repairs it.
        orchestrator_session_id: Session that ran the scan.
        related_finding_ids: The chain that leads to it; told of the last of a chain only.
    """

    finding_id: str
    scan_id: str
    repo_name: str
    created_at: datetime
    code_owners: list[str]
    reference_snippets: list[CodeScanSnippet]
    title: str | None = None
    description: str | None = None
    recommendation: str | None = None
    category: str | None = None
    severity: CodeScanSeverity | None = None
    status: CodeScanFindingStatus | None = None
    note: str | None = None
    pr_url: str | None = None
    session_id: str | None = None
    orchestrator_session_id: str | None = None
    related_finding_ids: list[str] | None = None


@frozen(kw_only=True)
class CodeScanMetrics(Model):
    """What scans and the pull requests that came of them amount to in a range of time.

    Attributes:
        avg_pr_open_duration_seconds: None when there was no such pull request.
        avg_pr_time_to_merge_seconds: None when none was merged.
    """

    scans_count: int
    repos_scanned_count: int
    open_critical_findings_count: int
    open_high_findings_count: int
    open_medium_findings_count: int
    open_low_findings_count: int
    prs_created_count: int
    prs_open_count: int
    prs_merged_count: int
    prs_closed_count: int
    avg_pr_open_duration_seconds: float | None = None
    avg_pr_time_to_merge_seconds: float | None = None


@frozen(kw_only=True)
class CodeScanAutoScan(Model):
    """A scan that repeats; the automation that runs it is changed as any other."""

    scan_id: str
    automation_id: str
    rrule: str | None = None
    enabled: bool | None = None


@frozen(kw_only=True)
class CodeScanRemediation(Model):
    """The session that repairs a finding; a message to it can widen its work."""

    finding_id: str
    session_id: str


@frozen(kw_only=True)
class CodeScanProfile(Model):
    """A profile, as the list tells of it.

    Attributes:
        mode: "discover" looks for findings, "ingest" takes in those of another tool.
        org_id: Its organization; None when the whole enterprise shares it.
    """

    profile_id: str
    name: str
    mode: CodeScanMode
    scan_type: CodeScanType
    visibility: Open[Literal["org", "account"]]
    created_at: datetime
    description: str | None = None
    org_id: str | None = None


@frozen(kw_only=True)
class CodeScanProfileDetail(CodeScanProfile):
    """A profile with the files it covers and what it tells its sessions at each step."""

    include_globs: list[str] | None = None
    exclude_globs: list[str] | None = None
    threat_model_guidance: str | None = None
    investigation_guidance: str | None = None
    triage_guidance: str | None = None
    validation_guidance: str | None = None
    report_guidance: str | None = None
    remediation_guidance: str | None = None
    ingestion_source_guidance: str | None = None
    post_ingestion_guidance: str | None = None
    communication_guidance: str | None = None
