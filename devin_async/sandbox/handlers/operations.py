"""Handlers of what operators watch: the queue, hypervisors, violations of guardrails."""

from typing import Any

from devin_async.sandbox.base.randomness import hex_id, mix
from devin_async.sandbox.handlers.cursors import page
from devin_async.sandbox.handlers.listing import cursor_position, listing
from devin_async.sandbox.world.session_life import moment
from devin_async.sandbox.world.state import Call, Handler, State

_HYPERVISORS = ("available", "available", "draining", "restarting", "available", "terminated")
_LOADS = ((10, "normal"), (50, "elevated"))
_VIOLATIONS = ("/v3beta1/enterprise", "/v3beta1/enterprise/organizations/{org_id}")


def get_queue(_call: Call, state: State) -> dict[str, Any]:
    """Count the sessions that wait for a machine."""
    now = state.clock.now()
    waiting = ("new", "claimed")
    every = state.sessions.newest_first(None)
    size = sum(moment(session, now).status in waiting for session in every)
    load = next((name for limit, name in _LOADS if size < limit), "high")
    return {"queue_size": size, "status": load}


def list_hypervisors(call: Call, state: State) -> Any:
    """List the hypervisors of a status, the available ones unless another is asked for."""
    wanted = call.query["status"]
    hypervisors = (
        (index, _hypervisor(index, state))
        for index, status in enumerate(_HYPERVISORS)
        if wanted in ("all", status)
    )
    return listing(call, hypervisors, dict)


def _hypervisor(index: int, state: State) -> dict[str, Any]:
    status, now = _HYPERVISORS[index], int(state.clock.now())
    is_up = status in ("available", "draining")
    return {
        "hypervisor_id": f"hypervisor-{hex_id(state.seed, 'hypervisor', index)}",
        "cloud_provider_instance_id": f"i-{hex_id(state.seed, 'instance', index, length=17)}",
        "created_at": int(state.started_at) - (index + 1) * 86_400,
        "last_heartbeat": now - now % 60 if is_up else None,
        "status": status,
        "utilization_percentage": float(mix(state.seed, index) % 100) if is_up else 0.0,
    }


def list_violations(call: Call, state: State) -> dict[str, Any]:
    """List violations of guardrails, of all organizations or of one."""
    name = f"{call.list_name}:{call.query['order']}"
    org_id = call.path.get("org_id")
    violations = state.violations.select(call.query, org_id, cursor_position(call, name))
    return page(name, violations, call.query["first"], dict)


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "/v3/enterprise/queue"): get_queue,
    ("GET", "/v3/enterprise/hypervisors"): list_hypervisors,
    **{("GET", f"{place}/guardrail-violations"): list_violations for place in _VIOLATIONS},
}
