"""Code scans, which finish by the clock, and what they find."""

from collections.abc import Iterator
from typing import Any

from devin_async.sandbox.base.randomness import hex_id, mix
from devin_async.sandbox.base.stages import stage
from devin_async.sandbox.world.store import Collection, Record, Store

WAITING_SECONDS, SCAN_SECONDS = 5, 60
MOST_UNFINISHED = 10
"""How many scans of one organization may wait or run at a time."""

PROFILES, SCANS, FINDINGS = "csprof", "scan", "finding"

_SEVERITIES = ("critical", "high", "medium", "low")
_RULES = (
    ("sql-injection", "A query is built from user input", "Use parameters."),
    ("hard-coded-secret", "A secret stands in the source", "Read it from the environment."),
    ("open-redirect", "A redirect follows user input", "Allow known targets only."),
    ("weak-hash", "A password is hashed with MD5", "Use a slow hash."),
)


def add_shared_profiles(store: Store) -> None:
    """Make the profiles that every organization may use."""
    for name, mode in (("Security review", "discover"), ("Imported findings", "ingest")):
        fields = {"name": name, "mode": mode, "scan_type": "security"}
        store.collection(PROFILES).add(None, fields)


def status_of(scan: Record, now: float) -> str:
    """Tell the status of a scan."""
    ends = {"waiting": WAITING_SECONDS, "running": SCAN_SECONDS}
    return stage(now - scan.created_at, ends, "completed")


def is_backlog_full(scans: Collection, org_id: str, now: float) -> bool:
    """Tell whether an organization has too many unfinished scans to start one."""
    unfinished = sum(status_of(scan, now) != "completed" for scan in scans.of(org_id))
    return unfinished >= MOST_UNFINISHED


def plan_findings(scan: Record, findings: Collection, seed: int) -> None:
    """Make what a scan will have found once it is done; until then no list shows it."""
    for fields in _finding_fields(scan, seed):
        finding = findings.add(scan.owner, fields)
        finding.created_at = finding.updated_at = scan.created_at + SCAN_SECONDS


def _finding_fields(scan: Record, seed: int) -> Iterator[dict[str, Any]]:
    count = 2 + mix(seed, scan.position) % 3
    for index in range(count):
        rule, title, recommendation = _RULES[index % len(_RULES)]
        line = 10 + mix(seed, scan.position, index) % 90
        yield {
            "scan_id": scan.record_id,
            "title": title,
            "repo_name": scan.fields["repo_name"],
            "severity": _SEVERITIES[(scan.position + index) % len(_SEVERITIES)],
            "status": "open",
            "category": rule,
            "code_owners": ["@acme/security"],
            "description": f"{title}, in main.py.",
            "recommendation": recommendation,
            "orchestrator_session_id": f"devin-{hex_id(seed, 'scanning', scan.record_id)}",
            "reference_snippets": [
                {
                    "file_path": "main.py",
                    "start_line": line,
                    "end_line": line + 2,
                    "commentary": title,
                    "code": None,
                }
            ],
        }
