"""Handlers of the account: who am I, organizations, roles, service users."""

from collections.abc import Iterator
from typing import Any

from .access import ROLES, Principal, Role, find_role
from .cursors import decode_cursor, page
from .organizations import Organization
from .problems import field_error, invalid
from .state import Call, Handler, State

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
    after = call.query.get("after")
    position = -1 if after is None else decode_cursor(call.list_name, after)
    for organization in state.organizations:
        if organization.index > position and organization.created_at <= state.visible_until:
            yield organization.index, organization


def list_organizations(call: Call, state: State) -> dict[str, Any]:
    """List the organizations."""
    found = organizations_after(call, state)
    visible = sum(item.created_at <= state.visible_until for item in state.organizations)
    return page(call.list_name, found, call.query["first"], Organization.as_json, visible)


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
    after = call.query["after"]
    position = -1 if after is None else decode_cursor(call.list_name, after)
    found = ((i, role) for i, role in enumerate(ROLES) if i > position)
    return page(call.list_name, found, call.query["first"], _role, len(ROLES))


def _role(role: Role) -> dict[str, Any]:
    return {"role_id": role.role_id, "role_name": role.role_name, "role_type": role.role_type}


def create_service_user(call: Call, state: State) -> dict[str, Any]:
    """Create a service user in the organization of the path, or in the enterprise."""
    body = call.body
    if body["ttl_seconds"] <= 0:
        message = "Input should be greater than 0"
        raise invalid([field_error(("body", "ttl_seconds"), message, "greater_than")])
    token, principal, role = add_service_user(call, state, "role_id", body["ttl_seconds"])
    assignment = {"role": _role(role), "org_id": principal.organization}
    expires_at = None if principal.expires_at is None else int(principal.expires_at)
    return {
        "service_user": {
            "service_user_id": principal.principal_id,
            "name": principal.name,
            "expires_at": expires_at,
            "role_assignments": [assignment],
        },
        "token": token,
    }


def add_service_user(
    call: Call, state: State, role_field: str, lifetime: float | None
) -> tuple[str, Principal, Role]:
    """Create the service user that the body names, and log it.

    Args:
        call: The call, whose path says on which level the service user lives.
        state: The state.
        role_field: The field of the body that names the role.
        lifetime: Seconds until its token ends, or None for never.
    """
    organization = call.path.get("org_id")
    role = find_role(call.body[role_field], "org" if organization else "enterprise")
    if role is None:
        message = "Role does not exist on this level"
        raise invalid([field_error(("body", role_field), message, "value_error")])
    token, principal = state.access.add(
        permissions=role.permissions,
        organization=organization,
        name=call.body["name"],
        role_name=role.role_name,
        lifetime=lifetime,
    )
    state.log(call, "create_service_user", organization, service_user_id=principal.principal_id)
    return token, principal, role


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "/v3/self"): get_self,
    ("GET", _ORGANIZATIONS): list_organizations,
    ("POST", _ORGANIZATIONS): create_organization,
    ("GET", _ORGANIZATION): get_organization,
    ("PATCH", _ORGANIZATION): update_organization,
    ("DELETE", _ORGANIZATION): delete_organization,
    ("GET", "/v3/enterprise/roles"): list_roles,
    ("POST", "/v3beta1/enterprise/service-users"): create_service_user,
    ("POST", "/v3beta1/organizations/{org_id}/service-users"): create_service_user,
}
