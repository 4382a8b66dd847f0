"""Handlers of automations, their trigger schemas and templates."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.contract.filling import defaults, fill
from devin_async.sandbox.handlers.record_handlers import RecordHandlers
from devin_async.sandbox.handlers.webhooks import PREFIX as WEBHOOKS
from devin_async.sandbox.world import automation_rules as rules
from devin_async.sandbox.world import security_profiles as profiles
from devin_async.sandbox.world.access import Principal
from devin_async.sandbox.world.automation_rules import rule_of
from devin_async.sandbox.world.session_rules import check_mode
from devin_async.sandbox.world.state import Call, Handler, State
from devin_async.sandbox.world.store import Record

_PATH = "/v3/organizations/{org_id}/automations"
_PERIODS = {"HOURLY": 3600, "DAILY": 86_400, "WEEKLY": 7 * 86_400, "MONTHLY": 30 * 86_400}
_AGENTS = {
    "start_session": "new_session",
    "message_session": "long_running",
    "monitor_session": "long_running",
    "scan_new_commits": "code_scan",
    "start_code_scan": "code_scan",
}
_NET_POLICY = {"allow": [{"hostname": "github.com"}, {"hostname": "pypi.org"}]}


def _actor(principal: Principal) -> dict[str, Any]:
    kind = "service_user" if principal.is_service_user else "user"
    return {"type": kind, "id": principal.principal_id, "name": principal.name}


def _show(call: Call, state: State, record: Record) -> dict[str, Any]:
    return {
        "triggers": [_trigger(call, record, trigger) for trigger in record.fields["triggers"]],
        "security_profile": _profile(record, state),
        "created_by": record.hidden["created_by"],
        "last_edited_by": record.hidden["last_edited_by"],
        "last_invocation": record.hidden.get("last_invocation"),
        "next_run_at": _next_run(record, int(state.clock.now())),
    }


def _trigger(call: Call, record: Record, trigger: Mapping[str, Any]) -> dict[str, Any]:
    if trigger["event_type"] != rules.WEBHOOK:
        return dict(trigger)
    url = f"{call.base_url}{WEBHOOKS}{record.record_id}"
    return {**trigger, "webhook": {"url": url, "secret": None}}


def _profile(record: Record, state: State) -> dict[str, Any]:
    """Render the choice of a security profile: left out, none on purpose, or one."""
    choice: Mapping[str, Any] | None = record.fields.get("security_profile")
    if choice is None:
        profile_id = profiles.inherited(str(record.owner), "automations_default", state)
        return {"selection": "inherit", "profile_id": profile_id, "warnings": []}
    profile_id = choice.get("profile_id")
    selection = "profile" if profile_id else "none"
    return {"selection": selection, "profile_id": profile_id, "warnings": []}


def _next_run(record: Record, now: int) -> int | None:
    """Return when the first recurring trigger fires next.

    It fires from its DTSTART on, else one period after it was created; the COUNT ends it.
    """
    recurrences = [rule for rule in map(rule_of, record.fields["triggers"]) if rule]
    if not recurrences or not record.fields.get("enabled", True):
        return None
    rule = recurrences[0]
    interval, count = _number(rule, "INTERVAL"), _number(rule, "COUNT")
    period = _PERIODS.get(_piece(rule, "FREQ", r"\w+"), _PERIODS["DAILY"]) * (interval or 1)
    first = _start_of(rule) or int(record.created_at) + period
    past = max(0, (now - first) // period + 1)
    return None if count is not None and past >= count else first + past * period


def _start_of(rule: str) -> int | None:
    """Return the DTSTART of a rule in unix seconds, if it is in UTC."""
    match = re.search(r"\bDTSTART:(\d{8}T\d{6})", rule, re.ASCII)
    try:
        start = datetime.fromisoformat(match[1]) if match else None
    except ValueError:  # no such day
        return None
    return None if start is None else int(start.replace(tzinfo=UTC).timestamp())


def _number(rule: str, name: str) -> int | None:
    digits = _piece(rule, name, "[0-9]{1,9}")
    return int(digits) if digits else None


def _piece(rule: str, name: str, form: str) -> str:
    match = re.search(rf"\b{name}=({form})\b", rule)
    return match[1] if match else ""


def _has_metadata(record: Record, wanted: Mapping[str, str]) -> bool:
    metadata: Mapping[str, str] = record.fields.get("metadata") or {}
    return all(metadata.get(key) == value for key, value in wanted.items())


def _agents(record: Record) -> set[str]:
    kinds: list[str] = [action.get("type", "start_session") for action in record.fields["actions"]]
    return {_AGENTS.get(kind, kind) for kind in kinds}


AUTOMATIONS = RecordHandlers(
    kind="automation",
    path=_PATH,
    parameter="automation_id",
    logs={"create": "create_automation"},
    compute=_show,
    newest_first=True,
    filters={
        "search": lambda record, text: text.lower() in record.fields["name"].lower(),
        "creator_id": lambda record, wanted: record.hidden["created_by"]["id"] == wanted,
        "enabled": lambda record, wanted: record.fields["enabled"] == wanted,
        "event_type": lambda record, wanted: (
            wanted in {trigger["event_type"] for trigger in record.fields["triggers"]}
        ),
        "agent_types": lambda record, wanted: not _agents(record).isdisjoint(wanted),
        "metadata": _has_metadata,
    },
)


def create_automation(call: Call, state: State) -> dict[str, Any]:
    """Create an automation; the secret of its webhook is shown this once."""
    wanted = {**defaults(call.operation), **call.body}
    rules.check(call.operation, wanted, call.principal)
    _check_choices(call, state)
    record = add_automation(call, state, wanted)
    return _with_secret(AUTOMATIONS.show(call, state, record), state, record)


def _check_choices(call: Call, state: State) -> None:
    """Refuse a mode that there is not, and a security profile that the caller may not choose."""
    settings: Mapping[str, Any] = call.body.get("session_settings") or {}
    check_mode(settings.get("devin_mode"))
    choice = call.body.get("security_profile")
    if choice is not None:
        _check_manages_profiles(call)
        profiles.check_selection(choice, call.org_id, state, ("body", "security_profile"))


def _check_manages_profiles(call: Call) -> None:
    if not call.principal.holds("ManageSecureModeProfiles", org_id=call.org_id):
        raise Problem(403, "Choosing a security profile needs ManageSecureModeProfiles")


def add_automation(call: Call, state: State, fields: Mapping[str, Any]) -> Record:
    """Keep a checked automation, and log it."""
    actor = _actor(call.principal)
    hidden = {"created_by": actor, "last_edited_by": None, "principal": call.principal, "made": 0}
    record = AUTOMATIONS.collection(state).add(call.org_id, dict(fields), hidden)
    _stamp(record, state)
    AUTOMATIONS.log(call, state, "create", record)
    return record


def update_automation(call: Call, state: State) -> dict[str, Any]:
    """Change an automation by a merge patch."""
    record = AUTOMATIONS.find(call, state)
    had_webhook = rules.has_webhook(record.fields["triggers"])
    before = {**record.fields, "triggers": _unstamped(record.fields["triggers"])}
    whole = rules.patched(before, call.body)
    non_null = {name: value for name, value in whole.items() if value is not None}
    rules.check(call.operation, non_null, call.principal)
    _check_choices(call, state)
    if "triggers" in call.body:
        record.fields = whole
        _stamp(record, state)
    else:
        record.fields = {**whole, "triggers": record.fields["triggers"]}
    record.hidden["last_edited_by"] = _actor(call.principal)
    AUTOMATIONS.collection(state).touch(record)
    shown = AUTOMATIONS.show(call, state, record)
    return shown if had_webhook else _with_secret(shown, state, record)


def _stamp(record: Record, state: State) -> None:
    """Give every trigger an id of its own, which ends with the trigger."""
    triggers: Sequence[Mapping[str, Any]] = record.fields["triggers"]
    made: int = record.hidden["made"]
    record.hidden["made"] = made + len(triggers)
    record.fields["triggers"] = [
        {**trigger, "trigger_id": f"trigger-{hex_id(state.seed, record.record_id, made + index)}"}
        for index, trigger in enumerate(triggers)
    ]


def _unstamped(triggers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in trigger.items() if name != "trigger_id"}
        for trigger in triggers
    ]


def _with_secret(shown: dict[str, Any], state: State, record: Record) -> dict[str, Any]:
    """Mint the secret of a new webhook, and add it to the only answer that shows it."""
    for trigger in shown["triggers"]:
        if trigger["webhook"]:
            name = hex_id(state.seed, "webhook", record.record_id, record.hidden["made"])
            record.hidden["secret"] = trigger["webhook"]["secret"] = f"whsec_{name}"
    return shown


def get_schemas(call: Call, state: State) -> dict[str, Any]:
    """Describe the events that may trigger automations, and what a security profile forbids."""
    operation = call.operation
    kinds = operation.resolve({"$ref": "#/components/schemas/AutomationEventType"})["enum"]
    sources: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        source, _, event = kind.partition(":")
        sources.setdefault(source, {})[event] = _event_schema(call, kind)
    values = {
        "default_net_policy": _NET_POLICY,
        "update_semantics": "merge_patch",
        "sources": sources,
        "security_profile": _governing(call, state),
    }
    return fill(operation.resolve, operation.answer, values, "schemas")


def _governing(call: Call, state: State) -> dict[str, Any] | None:
    profile_id: str | None = call.query["security_profile_id"]
    if profile_id is None:
        return None
    _check_manages_profiles(call)
    profile = profiles.find_profile(profile_id, call.org_id, state)
    if profile is None:
        raise Problem(404, "There is no such security profile")
    servers: Mapping[str, Any] | None = profile.fields["mcp_config"]
    return {
        "name": profile.fields["name"],
        "governs_network": profile.fields["net_policy"] is not None,
        "mcp_servers": None if servers is None else servers["servers"],
    }


def _event_schema(call: Call, kind: str) -> dict[str, Any]:
    source, _, event = kind.partition(":")
    field = ("rrule", "Recurrence") if source == "schedule" else ("title", "Title")
    definition = {
        "type": "rrule" if source == "schedule" else "string",
        "label": field[1],
        "required": source == "schedule",
    }
    schemas = "#/components/schemas/"
    resolve = call.operation.resolve
    values = {
        "event_type": kind,
        "name": event.replace("_", " ").capitalize(),
        "category": source,
        "supported_replies": ["post_response"] if source in ("slack", "teams") else [],
        "fields": {
            field[0]: fill(
                resolve, {"$ref": schemas + "AutomationSchemaFieldDef"}, definition, kind
            )
        },
    }
    return fill(resolve, {"$ref": schemas + "AutomationEventSchemaResponse"}, values, kind)


def list_templates(call: Call, _state: State) -> dict[str, Any]:
    """List the built-in templates."""
    review = {
        "template_id": "template-review",
        "name": "Review pull requests",
        "description": "Starts a session for each new pull request.",
        "category": "code_review",
        "required_integrations": ["github"],
        "triggers": [{"event_type": "github:pull_request"}],
        "actions": [{"type": "start_session", "prompt": "Review the pull request."}],
        "featured": True,
    }
    triage = {
        "template_id": "template-triage",
        "name": "Triage issues",
        "description": "Starts a session for each new issue.",
        "category": "triage",
        "required_integrations": ["linear"],
        "triggers": [{"event_type": "linear:create"}],
        "actions": [{"type": "start_session", "prompt": "Find the cause of the issue."}],
    }
    operation = call.operation
    return fill(operation.resolve, operation.answer, {"templates": [review, triage]}, "templates")


HANDLERS: dict[tuple[str, str], Handler] = {
    **AUTOMATIONS.handlers(),
    ("POST", _PATH): create_automation,
    ("PATCH", _PATH + "/{automation_id}"): update_automation,
    ("GET", _PATH + "/schemas"): get_schemas,
    ("GET", _PATH + "/templates"): list_templates,
}
