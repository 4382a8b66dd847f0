"""The seven calls of the v3beta1 examples, answered in exactly the shapes those programs read."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from devin_async.sandbox.base.problems import field_error, invalid
from devin_async.sandbox.contract.bodies import check_json
from devin_async.sandbox.contract.operations import operations
from devin_async.sandbox.handlers.cursors import page
from devin_async.sandbox.handlers.enterprise import add_organization, organizations_after
from devin_async.sandbox.handlers.reports import first_day, list_audit_logs, organization_total
from devin_async.sandbox.handlers.service_users import add_service_user
from devin_async.sandbox.handlers.sessions import start_session
from devin_async.sandbox.world import consumption
from devin_async.sandbox.world.organizations import DAY, Organization
from devin_async.sandbox.world.state import Call, Handler, State

_ENTERPRISE = "/v3beta1/enterprise"
_ORGANIZATION = "/v3beta1/organizations/{org_id}"
_CREATE_SESSION_TODAY = "POST /v3/organizations/{org_id}/sessions"


def get_self(call: Call, _state: State) -> dict[str, Any]:
    """Tell the caller its name and role."""
    return {"name": call.principal.name, "role": call.principal.role.role_name}


def list_organizations(call: Call, state: State) -> dict[str, Any]:
    """List all organizations at once, or in pages for a caller that sends *first* or *after*."""
    organizations = organizations_after(call, state)
    if call.query_names.isdisjoint(("first", "after")):
        return {"organizations": [_organization(item) for _, item in organizations]}
    cut = page(call.list_name, organizations, call.query["first"], _organization)
    return {"organizations": cut.pop("items"), **cut}


def create_organization(call: Call, state: State) -> dict[str, Any]:
    """Create an organization, capped by `acu_limit` or the newer field."""
    body = call.body
    cycle_limit = body.get("acu_limit", body.get("max_cycle_acu_limit"))
    return _organization(
        add_organization(call, state, body.get("max_session_acu_limit"), cycle_limit)
    )


def _organization(organization: Organization) -> dict[str, Any]:
    return {"id": organization.org_id, "name": organization.name}


def create_session(call: Call, state: State) -> dict[str, Any]:
    """Create a session; the fields are those of today's call, which the examples leave open."""
    today = next(item for item in operations() if item.key == _CREATE_SESSION_TODAY)
    call = attrs.evolve(call, body=check_json(today, call.body))
    session = state.sessions.as_changed_json(start_session(call, state))
    return {"session_id": session["session_id"], "url": session["url"]}


def consumption_by_organization(call: Call, state: State) -> dict[str, Any]:
    """Report what each organization consumed in a range of dates, both ends included."""
    after, before = _time_range(call)
    organizations = tuple(state.organizations)
    days = consumption.days_between(after, before, state.clock.now(), first_day(organizations))
    return {"data": [_entry(state, organization, days) for organization in organizations]}


def _time_range(call: Call) -> tuple[int | None, int | None]:
    start, end = (_billing_day(call.query[name]) for name in ("start_date", "end_date"))
    if start is not None and end is not None and end < start:
        message = "end_date should not be earlier than start_date"
        raise invalid([field_error(("query", "end_date"), message, "value_error")])
    return start, None if end is None else end + DAY


def _billing_day(text: str | None) -> int | None:
    if text is None:
        return None
    midnight = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    return int((midnight + timedelta(seconds=consumption.DAY_STARTS)).timestamp())


def _entry(state: State, organization: Organization, days: range) -> dict[str, Any]:
    whole = consumption.total(organization_total(state, organization, day) for day in days)
    return {"organization_name": organization.name, "acus_used": sum(whole) / 100}


def create_service_user(call: Call, state: State) -> dict[str, Any]:
    """Create a service user with a role named by id or name; its key never ends."""
    token, principal = add_service_user(call, state, "role", None)
    return {"id": principal.principal_id, "api_key": token}


def list_logs(call: Call, state: State) -> dict[str, Any]:
    """List audit logs in the envelope of the examples."""
    answer = list_audit_logs(call, state)
    return {name: answer[name] for name in ("items", "end_cursor", "has_next_page")}


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", _ENTERPRISE + "/self"): get_self,
    ("GET", _ENTERPRISE + "/organizations"): list_organizations,
    ("POST", _ENTERPRISE + "/organizations"): create_organization,
    ("POST", _ORGANIZATION + "/sessions"): create_session,
    ("GET", _ENTERPRISE + "/consumption/daily/organizations"): consumption_by_organization,
    ("POST", _ORGANIZATION + "/members/service-users"): create_service_user,
    ("GET", _ENTERPRISE + "/audit-logs"): list_logs,
}
