"""Handlers of ACU limits and usage policies.

The limit of an organization for Devin and its limit for cloud agents are one number, shown by two
calls. An organization or user without a limit of its own keeps nothing.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.handlers.listing import listing
from devin_async.sandbox.world.state import Call, Handler, State

_DEVIN = "/v3/enterprise/consumption/acu-limits/devin"
_ORGANIZATION = "/v3beta1/enterprise/organizations/{org_id}/consumption/acu-limits"
_USER = "/v3beta1/enterprise/users/{user_id}/consumption/acu-limits"
_EVERY_USER = "/v3beta1/enterprise/users/consumption/acu-limits"
_TIERS = "/v3beta1/enterprise/usage-policies/tiers"

_ORG_AGENTS = ("local_agent", "cloud_agent")
_USERS_BEGIN = 1_000_000  # positions of users in the list, behind those of organizations


def _org_limits(state: State, org_id: str) -> dict[str, Any]:
    limits: dict[str, Any] = state.store.read("org_limits", org_id)
    return limits or dict.fromkeys(_ORG_AGENTS)


def _user_limits(state: State, user_id: str | None) -> dict[str, Any]:
    limits: dict[str, Any] = state.store.read("user_limits", user_id, {})
    return limits


def list_devin_limits(call: Call, state: State) -> Any:
    """List the limits of organizations and users."""
    return listing(call, _devin_limits(state), dict)


def _devin_limits(state: State) -> Iterator[tuple[int, dict[str, Any]]]:
    for organization in state.organizations:
        limit = _org_limits(state, organization.org_id)["cloud_agent"]
        if limit:
            yield organization.index, _limit("org", limit, org_id=organization.org_id)
    for person in state.members:
        limit = _user_limits(state, person.user_id).get("local_agent")
        if limit:
            place = _USERS_BEGIN + person.number
            yield place, _limit("user", limit, user_id=person.user_id)


def _limit(
    scope: str, limit: dict[str, Any], *, org_id: str | None = None, user_id: str | None = None
) -> dict[str, Any]:
    return {
        "cycle_acu_limit": limit["cycle_acu_limit"],
        "scope": scope,
        "org_id": org_id,
        "user_id": user_id,
    }


def set_devin_limit(call: Call, state: State) -> None:
    """Set the limit of an organization."""
    limit = {"cycle_acu_limit": call.body["cycle_acu_limit"]}
    _write_org(call, state, {**_org_limits(state, call.org_id), "cloud_agent": limit})


def clear_devin_limit(call: Call, state: State) -> None:
    """Take the limit of an organization away."""
    _write_org(call, state, {**_org_limits(state, call.org_id), "cloud_agent": None})


def get_org_limits(call: Call, state: State) -> dict[str, Any]:
    """Read the limits of an organization."""
    return _org_limits(state, call.org_id)


def change_org_limits(call: Call, state: State) -> None:
    """Change limits of an organization: what is absent stays, null clears."""
    changes = {name: call.body[name] for name in _ORG_AGENTS if name in call.body}
    _write_org(call, state, {**_org_limits(state, call.org_id), **changes})


def clear_org_limits(call: Call, state: State) -> None:
    """Take all limits of an organization away."""
    _write_org(call, state, dict.fromkeys(_ORG_AGENTS))


def _write_org(call: Call, state: State, limits: dict[str, Any]) -> None:
    state.store.write("org_limits", call.org_id, limits)
    state.log(call, "update_org_settings", call.org_id, fields=["acu_limits"])


def _user_id(call: Call, state: State) -> str | None:
    """Return the user of the path, or None for the default of all users."""
    user_id = call.path.get("user_id")
    return None if user_id is None else state.members.get(user_id).user_id


def get_user_limits(call: Call, state: State) -> dict[str, Any]:
    """Read the explicit limit of a user, or of all users without one."""
    return _user_limits(state, _user_id(call, state))


def change_user_limits(call: Call, state: State) -> None:
    """Change the limit of a user: what is absent stays, null clears."""
    user_id = _user_id(call, state)
    limits = dict(_user_limits(state, user_id))
    if "local_agent" in call.body:
        limit = call.body["local_agent"]
        payer = None if limit is None else limit.get("billing_org_id")
        if payer is not None and payer not in state.organizations:
            place = ("body", "local_agent", "billing_org_id")
            raise invalid([field_error(place, "There is no such organization", "value_error")])
        limits = {} if limit is None else {"local_agent": limit}
    _write_user(call, state, user_id, limits)


def clear_user_limits(call: Call, state: State) -> None:
    """Take the limit of a user away."""
    _write_user(call, state, _user_id(call, state), {})


def _write_user(call: Call, state: State, user_id: str | None, limits: dict[str, Any]) -> None:
    state.store.write("user_limits", user_id, limits)
    state.log(call, "update_enterprise_settings", None, fields=["acu_limits"])


def _tiers(state: State) -> list[dict[str, Any]]:
    """Return the tiers, the highest priority first; who is in none is in the default one."""
    rows = (("Unlimited", None, "manual"), ("Power", 500, "conditional"), ("Standard", 100, None))
    chosen = Counter(state.store.read("tier", person.user_id, "") for person in state.members)
    return [
        {
            "tier_id": _tier_id(state, name),
            "name": name,
            "is_default": policy is None,
            "cycle_acu_limit": limit,
            "policy": policy or "unconditional",
            "max_limit": None if limit is None else limit * 2,
            "priority": len(rows) - place,
            "member_count": chosen[_tier_id(state, name)] + (chosen[""] if policy is None else 0),
        }
        for place, (name, limit, policy) in enumerate(rows)
    ]


def _tier_id(state: State, name: str) -> str:
    return f"tier-{hex_id(state.seed, 'tier', name)}"


def list_tiers(call: Call, state: State) -> Any:
    """List the tiers of usage, the highest priority first."""
    return listing(call, enumerate(_tiers(state)), dict)


def assign_tier(call: Call, state: State) -> dict[str, Any]:
    """Put a user into a tier."""
    person, tier_id = state.members.get(call.path["user_id"]), call.path["tier_id"]
    if tier_id not in {tier["tier_id"] for tier in _tiers(state)}:
        raise Problem(404, "There is no such tier")
    state.store.write("tier", person.user_id, tier_id)
    state.log(call, "update_enterprise_settings", None, fields=["usage_policies"])
    return {"tier_id": tier_id, "user_id": person.user_id}


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", _DEVIN): list_devin_limits,
    ("PUT", _DEVIN + "/organizations/{org_id}"): set_devin_limit,
    ("DELETE", _DEVIN + "/organizations/{org_id}"): clear_devin_limit,
    ("GET", _ORGANIZATION): get_org_limits,
    ("PATCH", _ORGANIZATION): change_org_limits,
    ("DELETE", _ORGANIZATION): clear_org_limits,
    **{
        (method, path): handler
        for path in (_USER, _EVERY_USER)
        for method, handler in (
            ("GET", get_user_limits),
            ("PATCH", change_user_limits),
            ("DELETE", clear_user_limits),
        )
    },
    ("GET", _TIERS): list_tiers,
    ("PUT", _TIERS + "/{tier_id}/users/{user_id}"): assign_tier,
}
