"""Handlers of code scans: profiles, scans, findings and the sessions that fix them."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.handlers.automations import AUTOMATIONS, add_automation
from devin_async.sandbox.handlers.record_handlers import RecordHandlers
from devin_async.sandbox.world import code_scans as scans
from devin_async.sandbox.world.state import Call, Handler, State
from devin_async.sandbox.world.store import Record

_ORGANIZATION = "/v3/organizations/{org_id}/code-scans"
_BETA = "/v3beta1/organizations/{org_id}/code-scans/profiles"
_ENTERPRISE = "/v3/enterprise/code-scans"
_NAMED = "/v3/enterprise/organizations/{org_id}/code-scans"
_SCAN = {"$ref": "#/components/schemas/CodeScanResponse"}


def _of_organizations(record: Record, org_ids: list[str]) -> bool:
    return not org_ids or record.owner in org_ids


def _check_profile(call: Call, _state: State, record: Record | None) -> None:
    if record is not None and record.owner is None and "org_id" in call.path:
        raise Problem(403, "The profile is shared: an organization cannot change it")


_PROFILES = RecordHandlers(
    kind=scans.PROFILES,
    path=_ORGANIZATION + "/profiles",
    parameter="profile_id",
    check=_check_profile,
    compute=lambda _call, _state, record: {"visibility": "org" if record.owner else "account"},
    filters={"org_ids": _of_organizations},
    newest_first=True,
    reaches_down=True,
    sees_shared=True,
)


def _show_scan(_call: Call, state: State, record: Record) -> dict[str, Any]:
    profile_id = record.fields.get("profile_id")
    profile = state.store.collection(scans.PROFILES).find(profile_id) if profile_id else None
    return {
        "status": scans.status_of(record, state.clock.now()),
        "profile": profile and {"profile_id": profile.record_id, "name": profile.fields["name"]},
    }


_SCANS = RecordHandlers(
    kind=scans.SCANS,
    path=_ORGANIZATION + "/scans",
    parameter="scan_id",
    compute=_show_scan,
    filters={
        "org_ids": _of_organizations,
        "repo_name": lambda record, name: record.fields["repo_name"] == name,
    },
    newest_first=True,
    reaches_down=True,
)

_FINDINGS = RecordHandlers(
    kind=scans.FINDINGS,
    path=_ORGANIZATION + "/findings",
    parameter="finding_id",
    filters={
        "org_ids": _of_organizations,
        "scan_id": lambda record, scan_id: record.fields["scan_id"] == scan_id,
        "repo_name": lambda record, name: record.fields["repo_name"] == name,
        "severity": lambda record, wanted: not wanted or record.fields["severity"] in wanted,
        "status": lambda record, wanted: not wanted or record.fields["status"] in wanted,
    },
    newest_first=True,
    reaches_down=True,
)


def start_scan(call: Call, state: State) -> dict[str, Any]:
    """Start a scan that looks for problems."""
    profile = _profile(call, state, "discover")
    wanted = call.body.get("scan_type")
    kind = profile.fields["scan_type"] if profile else "security"
    if wanted not in (None, kind):
        raise Problem(400, "The scan type is not that of the profile; only security needs none")
    return _start(call, state, kind)


def start_ingestion(call: Call, state: State) -> dict[str, Any]:
    """Start a scan that reads what others found."""
    profile = _profile(call, state, "ingest")
    return _start(call, state, profile.fields["scan_type"] if profile else "security")


def _profile(call: Call, state: State, mode: str) -> Record | None:
    """Return the profile that the body names, if it names one and it is of this *mode*."""
    profile_id = call.body.get("profile_id")
    if profile_id is None:
        return None
    profile = state.store.collection(scans.PROFILES).find(profile_id)
    if profile is None or profile.owner not in (None, call.org_id):
        raise Problem(404, "There is no such profile")
    if profile.fields["mode"] != mode:
        raise Problem(400, f"The profile is not of the mode {mode}")
    return profile


def _start(call: Call, state: State, kind: str) -> dict[str, Any]:
    collection = state.store.collection(scans.SCANS)
    if scans.is_backlog_full(collection, call.org_id, state.clock.now()):
        raise Problem(409, "The backlog of scans is full: try again later")
    record = collection.add(call.org_id, {**call.body, "scan_type": kind})
    scans.plan_findings(record, state.store.collection(scans.FINDINGS), state.seed)
    return _SCANS.show(call, state, record, _SCAN)


def change_profile(call: Call, state: State) -> dict[str, Any]:
    """Give a scan another profile, or none."""
    record = _SCANS.find(call, state)
    # The enterprise's contract leaves both of these bodies open, so they are read by hand.
    _need(call, "profile_id", lambda value: value is None or isinstance(value, str))
    profile = _profile(call, state, "discover")
    if profile is not None and profile.fields["scan_type"] != record.fields["scan_type"]:
        raise Problem(400, "The scan type is not that of the profile")
    record.fields["profile_id"] = call.body["profile_id"]
    return _SCANS.show(call, state, record, _SCAN)


def start_auto_scan(call: Call, state: State) -> dict[str, Any]:
    """Repeat a scan by an automation, once."""
    scan = _SCANS.find(call, state)
    _need(call, "rrule", lambda value: isinstance(value, str) and value != "")
    if "enabled" in call.body:
        _need(call, "enabled", lambda value: isinstance(value, bool))
    rule: str = call.body["rrule"]
    if state.store.read("auto_scan", scan.record_id):
        raise Problem(409, "The scan is repeated already")
    enabled = call.body.get("enabled", True)
    recurrence = {"field": "rrule", "operator": "recurrence", "value": rule}
    automation = {
        "name": f"Scan {scan.fields['repo_name']}",
        "enabled": enabled,
        "triggers": [
            {"event_type": "schedule:recurring", "conditions": {"any": [{"all": [recurrence]}]}}
        ],
        "actions": [{"type": "scan_new_commits", "scan_id": scan.record_id}],
        "run_as": {"type": "organization"},
    }
    made = add_automation(call, state, automation)
    auto_scan = {"automation_id": made.record_id, "rrule": rule, "enabled": enabled}
    state.store.write("auto_scan", scan.record_id, auto_scan)
    return {"scan_id": scan.record_id, **auto_scan}


def _need(call: Call, field: str, fits: Callable[[object], bool]) -> None:
    if field not in call.body:
        raise invalid([field_error(("body", field), "Field required", "missing")])
    if not fits(call.body[field]):
        raise invalid([field_error(("body", field), "Input should be valid", "value_error")])


def stop_auto_scan(call: Call, state: State) -> dict[str, Any]:
    """Repeat a scan no longer; the automation stays, switched off."""
    scan = _SCANS.find(call, state)
    auto_scan: Mapping[str, Any] | None = state.store.read("auto_scan", scan.record_id)
    if auto_scan is None:
        raise Problem(404, "The scan is not repeated")
    automation = AUTOMATIONS.collection(state).find(auto_scan["automation_id"])
    if automation is not None:
        automation.fields["enabled"] = False
    state.store.write("auto_scan", scan.record_id, None)
    return {"scan_id": scan.record_id, **auto_scan, "enabled": False}


def remediate(call: Call, state: State) -> dict[str, Any]:
    """Start the one session that fixes a finding."""
    scan, finding = _SCANS.find(call, state), _FINDINGS.find(call, state)
    is_visible = finding.created_at <= state.clock.now()
    if finding.fields["scan_id"] != scan.record_id or not is_visible:
        raise Problem(404, "There is no such finding")
    if finding.fields.get("session_id"):
        raise Problem(409, "A session works on the finding already")
    request = {"prompt": f"Fix: {finding.fields['title']}", "repos": [scan.fields["repo_name"]]}
    session = state.sessions.create(call.org_id, request, call.principal, origin="code_scan")
    finding.fields["session_id"] = session.session_id
    state.log(call, "create_session", call.org_id, session_id=session.session_id)
    return {"finding_id": finding.record_id, "session_id": session.session_id}


def metrics(call: Call, state: State) -> dict[str, Any]:
    """Count scans of a range of time, and what they found."""
    findings = [item for item in _FINDINGS.visible(call, state) if item.fields["status"] == "open"]
    made = list(_SCANS.visible(call, state))
    severities = Counter(finding.fields["severity"] for finding in findings)
    return {
        "scans_count": len(made),
        "repos_scanned_count": len({scan.fields["repo_name"] for scan in made}),
        **{
            f"open_{severity}_findings_count": severities[severity]
            for severity in ("critical", "high", "medium", "low")
        },
        **{f"prs_{state_}_count": 0 for state_ in ("created", "open", "merged", "closed")},
        "avg_pr_time_to_merge_seconds": None,
        "avg_pr_open_duration_seconds": None,
    }


def _both_scopes(handlers: RecordHandlers, name: str) -> dict[tuple[str, str], Handler]:
    everywhere = attrs.evolve(handlers, path=f"{_ENTERPRISE}/{name}")
    return {**handlers.handlers(), **everywhere.handlers()}


HANDLERS: dict[tuple[str, str], Handler] = {
    **_both_scopes(_PROFILES, "profiles"),
    **_both_scopes(_SCANS, "scans"),
    **_both_scopes(_FINDINGS, "findings"),
    **attrs.evolve(_PROFILES, path=_BETA).handlers(),
    ("GET", _ORGANIZATION + "/metrics"): metrics,
    ("GET", _ENTERPRISE + "/metrics"): metrics,
    ("DELETE", _ORGANIZATION + "/{scan_id}/auto-scan"): stop_auto_scan,
    **{
        (method, scope + rest): handler
        for scope in (_ORGANIZATION, _NAMED)
        for method, rest, handler in (
            ("POST", "", start_scan),
            ("POST", "/ingestion", start_ingestion),
            ("PUT", "/{scan_id}/profile", change_profile),
            ("POST", "/{scan_id}/auto-scan", start_auto_scan),
            ("POST", "/{scan_id}/findings/{finding_id}/remediate", remediate),
        )
    },
}
