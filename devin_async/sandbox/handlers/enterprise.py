"""Handlers of the account: who am I, organizations, roles."""

from collections.abc import Iterator
from typing import Any

from devin_async.sandbox.handlers.cursors import page
from devin_async.sandbox.handlers.listing import cursor_position, listing
from devin_async.sandbox.world.access import Principal
from devin_async.sandbox.world.organizations import Organization
from devin_async.sandbox.world.roles import ROLES, Role
from devin_async.sandbox.world.state import Call, Handler, State

_ORGANIZATIONS = "/v3/enterprise/organizations"
_ORGANIZATION = "/v3/enterprise/organizations/{org_id}"


def get_self(call: Call, _state: State) -> dict[str, Any]:
    """Tell the caller who it is."""
    principal = call.principal
    common = {"principal_type": principal.principal_type, "org_id": principal.organization}
    match principal.principal_type:
        case "service_user":
            return {
                **common,
                "service_user_id": principal.principal_id,
                "service_user_name": principal.name,
            }
        case "devin_brain":
            return {
                **common,
                "devin_id": "devin-" + principal.principal_id.rpartition("|")[2],
                "user_id": principal.principal_id,
                "creator_service_user_id": None,
            }
        case "pat_user":
            return {**common, **_person(principal), "api_key_id": "key-1", "api_key_name": "Token"}
        case _:
            return {**common, **_person(principal)}


def _person(principal: Principal) -> dict[str, Any]:
    return {
        "user_id": principal.principal_id,
        "user_name": principal.name,
        "devin_sessions_org_id": principal.organization,
    }


def organizations_after(call: Call, state: State) -> Iterator[tuple[int, Organization]]:
    """Yield the visible organizations that follow the cursor, in the order they were made."""
    position = cursor_position(call)
    for organization in state.organizations:
        is_ahead = position is None or organization.index > position
        if is_ahead and organization.created_at <= state.visible_until:
            yield organization.index, organization


def list_organizations(call: Call, state: State) -> dict[str, Any]:
    """List the organizations."""
    organizations = organizations_after(call, state)
    visible = sum(item.created_at <= state.visible_until for item in state.organizations)
    return page(call.list_name, organizations, call.query["first"], Organization.as_json, visible)


def create_organization(call: Call, state: State) -> dict[str, Any]:
    """Create an organization."""
    body = call.body
    return add_organization(
        call, state, body.get("max_session_acu_limit"), body.get("max_cycle_acu_limit")
    ).as_json()


def add_organization(
    call: Call, state: State, session_limit: int | None, cycle_limit: int | None
) -> Organization:
    """Create the organization that the body names, and log it."""
    organization = state.organizations.create(call.body["name"], session_limit, cycle_limit)
    state.log(call, "create_org", organization.org_id, name=organization.name)
    return organization


def get_organization(call: Call, state: State) -> dict[str, Any]:
    """Read an organization."""
    return state.organizations.get(call.org_id).as_json()


def update_organization(call: Call, state: State) -> dict[str, Any]:
    """Change the fields that the body holds."""
    organization = state.organizations.update(call.org_id, call.body)
    state.log(call, "update_org", call.org_id, fields=sorted(call.body))
    return organization.as_json()


def delete_organization(call: Call, state: State) -> dict[str, Any]:
    """Delete an organization."""
    organization = state.organizations.delete(call.org_id)
    state.log(call, "delete_org", call.org_id, name=organization.name)
    return organization.as_json()


def list_roles(call: Call, _state: State) -> dict[str, Any]:
    """List the roles of both levels."""
    roles: dict[str, Any] = listing(call, enumerate(ROLES), Role.as_json)
    return roles


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "/v3/self"): get_self,
    ("GET", _ORGANIZATIONS): list_organizations,
    ("POST", _ORGANIZATIONS): create_organization,
    ("GET", _ORGANIZATION): get_organization,
    ("PATCH", _ORGANIZATION): update_organization,
    ("DELETE", _ORGANIZATION): delete_organization,
    ("GET", "/v3/enterprise/roles"): list_roles,
}
