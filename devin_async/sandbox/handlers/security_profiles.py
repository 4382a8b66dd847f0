"""Handlers of security profiles, of organizations and of the enterprise, and of their defaults."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.handlers.record_handlers import RecordHandlers
from devin_async.sandbox.world import security_profiles as profiles
from devin_async.sandbox.world.state import Call, Handler, State
from devin_async.sandbox.world.store import Record

_SCOPES = ("/v3beta1/organizations/{org_id}", "/v3beta1/enterprise")
_HOSTS = ("hostname", "ipv4", "ipv6")
_GITHUB_API = "api.github.com"
_DEFAULTS: Mapping[str, Any] = {
    "mcp_config": None,
    "devin_mcp_read_only": False,
    "remove_github_cli_token": True,
    "git_access_level": "read_write",
    "enforcement_level": "recommended",
}


def _refuse_devin(call: Call) -> None:
    """Refuse the token of a running session, which must not widen its own limits."""
    if call.principal.principal_type == "devin_brain":
        raise Problem(403, "The token of a session cannot manage security profiles")


def _check(call: Call, _state: State, record: Record | None) -> None:
    whole: dict[str, Any] = {**_DEFAULTS, **(record.fields if record else {}), **call.body}
    errors = [*_host_errors(whole.get("net_policy")), *_token_errors(whole)]
    if errors:
        raise invalid(errors)


def _host_errors(policy: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    allowed: Sequence[Mapping[str, Any]] = policy["allow"] if policy else ()
    for index, host in enumerate(allowed):
        if len([name for name in _HOSTS if host.get(name) is not None]) != 1:
            place = ("body", "net_policy", "allow", index)
            message = f"There should be exactly one of {', '.join(_HOSTS)}"
            yield field_error(place, message, "value_error")


def _token_errors(whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if whole["remove_github_cli_token"]:
        return
    place, policy = ("body", "remove_github_cli_token"), whole.get("net_policy")
    if whole["git_access_level"] != "read_write":
        message = "The token can stay only where git_access_level is read_write"
        yield field_error(place, message, "value_error")
    elif policy and all(host.get("hostname") != _GITHUB_API for host in policy["allow"]):
        message = f"The token can stay only where net_policy allows {_GITHUB_API}"
        yield field_error(place, message, "value_error")


def _record_handlers(scope: str) -> RecordHandlers:
    return RecordHandlers(
        kind=profiles.KIND,
        path=scope + "/security-profiles",
        parameter="profile_id",
        check=_check,
        unique="name",
    )


_BY_SCOPE = {scope: _record_handlers(scope) for scope in _SCOPES}


def _handlers_of(call: Call) -> RecordHandlers:
    return _BY_SCOPE[_SCOPES["org_id" not in call.path]]


def list_profiles(call: Call, state: State) -> dict[str, Any]:
    """List the profiles of this scope."""
    _refuse_devin(call)
    handlers = _handlers_of(call)
    return {"items": [handlers.show(call, state, one) for one in handlers.visible(call, state)]}


def get_profile(call: Call, state: State) -> dict[str, Any]:
    """Read a profile."""
    _refuse_devin(call)
    return _handlers_of(call).read(call, state)


def create_profile(call: Call, state: State) -> dict[str, Any]:
    """Create a profile; without a network policy it reaches the git hosts only."""
    _refuse_devin(call)
    hosts = [{"hostname": connection["host"]} for connection in state.catalog.connections]
    body = {"net_policy": {"allow": hosts}, **_DEFAULTS, **call.body}
    return _handlers_of(call).create(attrs.evolve(call, body=body), state)


def update_profile(call: Call, state: State) -> dict[str, Any]:
    """Change a profile by a merge patch."""
    _refuse_devin(call)
    return _handlers_of(call).patch(call, state)


def delete_profile(call: Call, state: State) -> None:
    """Delete a profile that nothing refers to."""
    _refuse_devin(call)
    record = _handlers_of(call).find(call, state)
    kinds = profiles.kinds_that_refer(record.record_id, state)
    if kinds:
        raise Problem(409, f"The profile is still referred to by: {', '.join(kinds)}")
    state.store.collection(profiles.KIND).remove(record)


def get_settings(call: Call, state: State) -> dict[str, Any]:
    """Read the defaults."""
    _refuse_devin(call)
    return profiles.settings_of(call.path.get("org_id"), state)


def update_settings(call: Call, state: State) -> dict[str, Any]:
    """Choose defaults: what is absent stays."""
    _refuse_devin(call)
    org_id = call.path.get("org_id")
    for name, selection in call.body.items():
        profiles.check_selection(selection, org_id, state, ("body", name))
    settings = {**profiles.settings_of(org_id, state), **call.body}
    state.store.write(profiles.SETTINGS, org_id, settings)
    return settings


HANDLERS: dict[tuple[str, str], Handler] = {
    (method, scope + path): handler
    for scope in _SCOPES
    for method, path, handler in (
        ("GET", "/security-profiles", list_profiles),
        ("POST", "/security-profiles", create_profile),
        ("GET", "/security-profiles/{profile_id}", get_profile),
        ("PATCH", "/security-profiles/{profile_id}", update_profile),
        ("DELETE", "/security-profiles/{profile_id}", delete_profile),
        ("GET", "/security-profile-settings", get_settings),
        ("PATCH", "/security-profile-settings", update_settings),
    )
}
