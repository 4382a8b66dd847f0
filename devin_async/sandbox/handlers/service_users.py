"""Handlers of service users: creating them, their roles, and their keys."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.handlers import role_changes
from devin_async.sandbox.handlers.listing import listing
from devin_async.sandbox.world.access import ApiKey, Principal
from devin_async.sandbox.world.roles import assignment, chosen_role
from devin_async.sandbox.world.state import Call, Handler, State

_ENTERPRISE = "/v3/enterprise/members/service-users"
_ORGANIZATION = "/v3/enterprise/organizations/{org_id}/members/service-users"
_KEYS = "/v3beta1/enterprise/service-users/{service_user_id}/api-keys"
_KEY = _KEYS + "/{api_key_id}"


def create_service_user(call: Call, state: State) -> dict[str, Any]:
    """Create a service user in the organization of the path, or in the enterprise."""
    body = call.body
    if body["ttl_seconds"] <= 0:
        message = "Input should be greater than 0"
        raise invalid([field_error(("body", "ttl_seconds"), message, "greater_than")])
    token, principal = add_service_user(call, state, "role_id", body["ttl_seconds"])
    return {"service_user": _service_user(principal, None, state), "token": token}


def add_service_user(
    call: Call, state: State, role_field: str, lifetime: float | None
) -> tuple[str, Principal]:
    """Create the service user that the body names, and log it.

    Args:
        call: The call, whose path says on which level the service user lives.
        state: The state.
        role_field: The field of the body that names the role.
        lifetime: Seconds until its token ends, or None for never.
    """
    organization = call.path.get("org_id")
    token, principal = state.access.add(
        role=chosen_role(call.body, role_field, organization),
        organization=organization,
        name=call.body["name"],
        lifetime=lifetime,
    )
    state.log(call, "create_service_user", organization, service_user_id=principal.principal_id)
    return token, principal


def _service_user(principal: Principal, org_id: str | None, state: State) -> dict[str, Any]:
    roles = principal.roles()
    return {
        "service_user_id": principal.principal_id,
        "name": principal.name,
        "expires_at": _seconds(state.access.expires_at(principal)),
        "deleted_at": _seconds(principal.deleted_at),
        "role_assignments": [
            assignment(role, place) for place, role in roles.items() if org_id in (None, place)
        ],
    }


def _seconds(time: float | None) -> int | None:
    return None if time is None else int(time)


def list_service_users(call: Call, state: State) -> Any:
    """List service users, those without a key that works only when asked for."""
    org_id = call.path.get("org_id")
    service_users = (
        (principal.number, principal)
        for principal in state.access.service_users()
        if (org_id is None or org_id in principal.roles())
        and principal.created_at <= state.visible_until
        and (call.query["include_inactive"] or state.access.is_active(principal))
    )
    return listing(call, service_users, lambda principal: _service_user(principal, org_id, state))


def get_service_user(call: Call, state: State) -> dict[str, Any]:
    """Read a service user."""
    return _service_user(_named(call, state), None, state)


def _named(call: Call, state: State) -> Principal:
    return state.access.service_user(call.path["service_user_id"])


def give_role(call: Call, state: State) -> dict[str, Any]:
    """Give a service user a role, in place of the one it has in the same place."""
    org_id, principal = call.path.get("org_id"), _named(call, state)
    if call.operation.method == "PATCH":
        _check_has_role(principal, org_id)
    action = "assign_service_user_role"
    who = {"service_user_id": principal.principal_id}
    give = partial(state.access.give_role, principal)
    role_changes.give_role(call, state, give, added=action, changed=action, **who)
    return _service_user(_named(call, state), org_id, state)


def remove_service_user(call: Call, state: State) -> dict[str, Any]:
    """Remove a service user from the enterprise, or from one organization."""
    org_id, principal = call.path.get("org_id"), _named(call, state)
    if org_id is not None:
        _check_has_role(principal, org_id)
    shown = _service_user(principal, org_id, state)
    changed = state.access.take_role(principal, org_id)
    is_gone = changed.deleted_at is not None
    action = "delete_service_user" if is_gone else "remove_service_user_role"
    state.log(call, action, org_id, service_user_id=principal.principal_id)
    return {**shown, "deleted_at": _seconds(changed.deleted_at)}


def _check_has_role(principal: Principal, org_id: str | None) -> None:
    if org_id not in principal.roles():
        raise Problem(404, "The service user has no role in this place")


def list_keys(call: Call, state: State) -> Any:
    """List the keys of a service user in one page, without their tokens."""
    wanted, now = call.query["status"], state.clock.now()
    keys = [
        key
        for key in state.access.keys_of(_named(call, state))
        if wanted in ("all", _standing(key, now))
    ]
    return listing(call, enumerate(keys), lambda key: _key(key, now))


def _standing(key: ApiKey, now: float) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "active" if key.is_active(now) else "expired"


def _key(key: ApiKey, now: float) -> dict[str, Any]:
    return {
        "api_key_id": key.key_id,
        "api_key_name": key.name,
        "created_at": int(key.created_at),
        "expires_at": _seconds(key.expires_at),
        "last_used_at": _seconds(key.last_used_at),
        "revoked_at": _seconds(key.revoked_at),
        "is_active": key.is_active(now),
    }


def create_key(call: Call, state: State) -> dict[str, Any]:
    """Add a key to a service user; its token is shown this once."""
    principal = _named(call, state)
    expires_at = _future(call.body, "expires_at", state)
    token, key = state.access.issue(principal, call.body["name"], expires_at)
    _log_key(call, state, "create_service_user_api_key", key)
    return {"api_key_id": key.key_id, "api_key_name": key.name, "token": token}


def revoke_key(call: Call, state: State) -> dict[str, Any]:
    """Revoke a key, once."""
    key = _named_key(call, state)
    if key.revoked_at is not None:
        raise Problem(409, "The key is already revoked")
    key.revoked_at = state.clock.now()
    _log_key(call, state, "revoke_service_user_api_key", key)
    return _key(key, state.clock.now())


def rotate_key(call: Call, state: State) -> dict[str, Any]:
    """Replace a key by a new one of the same name."""
    key, now = _named_key(call, state), state.clock.now()
    if not key.is_active(now):
        raise Problem(400, "Only an active key can be rotated")
    expires_at = _future(call.body, "new_key_expires_at", state)
    token, fresh = state.access.issue(_named(call, state), key.name, expires_at)
    if call.body.get("revoke_current", True):
        key.revoked_at = now
    _log_key(call, state, "rotate_service_user_api_key", fresh)
    return {"api_key_id": fresh.key_id, "api_key_name": fresh.name, "token": token}


def _named_key(call: Call, state: State) -> ApiKey:
    for key in state.access.keys_of(_named(call, state)):
        if key.key_id == call.path["api_key_id"]:
            return key
    raise Problem(404, "There is no such key")


def _future(body: Mapping[str, Any], field: str, state: State) -> float | None:
    time: int | None = body.get(field)
    if time is not None and time <= state.clock.now():
        message = "The key should end in the future"
        raise invalid([field_error(("body", field), message, "value_error")])
    return time


def _log_key(call: Call, state: State, action: str, key: ApiKey) -> None:
    details = {"service_user_id": call.path["service_user_id"], "api_key_id": key.key_id}
    state.log(call, action, None, **details)


HANDLERS: dict[tuple[str, str], Handler] = {
    ("POST", "/v3beta1/enterprise/service-users"): create_service_user,
    ("POST", "/v3beta1/organizations/{org_id}/service-users"): create_service_user,
    ("GET", _ENTERPRISE): list_service_users,
    ("GET", _ENTERPRISE + "/{service_user_id}"): get_service_user,
    ("GET", _ORGANIZATION): list_service_users,
    **{
        (method, f"{scope}/{{service_user_id}}"): handler
        for scope in (_ENTERPRISE, _ORGANIZATION)
        for method, handler in (
            ("POST", give_role),
            ("PATCH", give_role),
            ("DELETE", remove_service_user),
        )
    },
    ("GET", _KEYS): list_keys,
    ("POST", _KEYS): create_key,
    ("DELETE", _KEY): revoke_key,
    ("POST", _KEY + "/rotate"): rotate_key,
}
