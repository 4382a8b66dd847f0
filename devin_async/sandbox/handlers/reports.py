"""Handlers of audit logs and consumption."""

from collections.abc import Callable, Iterable
from typing import Any

from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.handlers.cursors import page
from devin_async.sandbox.handlers.listing import cursor_position, listing
from devin_async.sandbox.handlers.sessions import find_session
from devin_async.sandbox.world import consumption
from devin_async.sandbox.world.audit_logs import Query
from devin_async.sandbox.world.consumption import Hundredths
from devin_async.sandbox.world.organizations import Organization
from devin_async.sandbox.world.state import Call, Handler, State

_ACCOUNT = "/v3/enterprise/consumption/daily"
_ORGANIZATION = "/v3/organizations/{org_id}/consumption/daily"


def list_audit_logs(call: Call, state: State) -> dict[str, Any]:
    """List audit logs of the account or of one organization."""
    query = call.query
    descending = query["order"] == "desc"
    name = f"{call.list_name}:{query['order']}"
    wanted = Query(
        org_id=call.path.get("org_id"),
        action=query["action"],
        after=query["time_after"],
        before=query["time_before"],
        descending=descending,
        position=cursor_position(call, name),
    )
    return page(name, state.audit_logs.select(wanted, state.visible_until), query["first"], dict)


def list_cycles(call: Call, state: State) -> dict[str, Any]:
    """List billing cycles, the current one first."""
    # The position is the cycle's own start, so that a new month moves no page.
    cycles = ((cycle["after"], cycle) for cycle in consumption.cycles(state.clock.now()))
    listed: dict[str, Any] = listing(call, cycles, dict, newest_first=True)
    return listed


def organization_total(state: State, organization: Organization, day: int) -> Hundredths:
    """Return what one organization consumed on a billing day."""
    founded = consumption.day_of(organization.created_at)
    return consumption.organization_day(state.seed, organization.index, founded, day)


def first_day(organizations: Iterable[Organization]) -> int:
    """Return the first billing day on which any of the organizations existed."""
    return min((consumption.day_of(item.created_at) for item in organizations), default=0)


def _report(
    call: Call, state: State, earliest: int, on_day: Callable[[int], Hundredths]
) -> dict[str, Any]:
    days = consumption.days_between(
        call.query["time_after"], call.query["time_before"], state.clock.now(), earliest
    )
    return consumption.report({day: on_day(day) for day in days})


def account_consumption(call: Call, state: State) -> dict[str, Any]:
    """Report what all organizations consumed."""
    organizations = tuple(state.organizations)
    return _report(
        call,
        state,
        first_day(organizations),
        lambda day: consumption.total(
            organization_total(state, item, day) for item in organizations
        ),
    )


def organization_consumption(call: Call, state: State) -> dict[str, Any]:
    """Report what one organization consumed."""
    organization = state.organizations.get(call.org_id)
    earliest = first_day([organization])
    return _report(call, state, earliest, lambda day: organization_total(state, organization, day))


def session_consumption(call: Call, state: State) -> dict[str, Any]:
    """Report what one session consumed."""
    session = find_session(state, call.path["session_id"], call.path.get("org_id"))
    now = state.clock.now()
    earliest = consumption.day_of(session.created_at)
    return _report(call, state, earliest, lambda day: consumption.session_day(session, now, day))


def user_consumption(call: Call, state: State) -> dict[str, Any]:
    """Report what one person consumed."""
    return _principal_consumption(call, state, call.path["user_id"], state.members.user_ids)


def service_user_consumption(call: Call, state: State) -> dict[str, Any]:
    """Report what one service user consumed."""
    ids = state.access.service_user_ids()
    return _principal_consumption(call, state, call.path["service_user_id"], ids)


def _principal_consumption(
    call: Call, state: State, principal_id: str, ids: Iterable[str]
) -> dict[str, Any]:
    if principal_id not in ids:
        raise Problem(404, "There is no such user or service user")
    share = call.path.get("org_id", "account")
    return _report(
        call,
        state,
        first_day(state.organizations),
        lambda day: consumption.principal_day(state.seed, principal_id, share, day),
    )


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "/v3/enterprise/audit-logs"): list_audit_logs,
    ("GET", "/v3/enterprise/organizations/{org_id}/audit-logs"): list_audit_logs,
    ("GET", "/v3/enterprise/consumption/cycles"): list_cycles,
    ("GET", _ACCOUNT): account_consumption,
    ("GET", _ACCOUNT + "/organizations/{org_id}"): organization_consumption,
    ("GET", _ACCOUNT + "/users/{user_id}"): user_consumption,
    ("GET", _ACCOUNT + "/service-users/{service_user_id}"): service_user_consumption,
    ("GET", _ACCOUNT + "/sessions/{session_id}"): session_consumption,
    ("GET", _ORGANIZATION): organization_consumption,
    ("GET", _ORGANIZATION + "/users/{user_id}"): user_consumption,
    ("GET", _ORGANIZATION + "/service-users/{service_user_id}"): service_user_consumption,
    ("GET", _ORGANIZATION + "/sessions/{session_id}"): session_consumption,
}
