"""The handlers of all operations, one module for each group of endpoints."""

from devin_async.sandbox.handlers import (
    automations,
    code_scans,
    enterprise,
    git,
    knowledge,
    limits,
    members,
    metrics,
    operations,
    reports,
    repositories,
    reviews,
    schedules,
    security_profiles,
    service_users,
    session_work,
    sessions,
    settings,
    snapshots,
    v3beta1,
)
from devin_async.sandbox.world.state import Handler

_MODULES = (
    enterprise,
    sessions,
    session_work,
    knowledge,
    members,
    service_users,
    settings,
    git,
    operations,
    reports,
    metrics,
    limits,
    repositories,
    automations,
    schedules,
    security_profiles,
    code_scans,
    reviews,
    snapshots,
    v3beta1,
)

HANDLERS: dict[tuple[str, str], Handler] = {
    key: handler for module in _MODULES for key, handler in module.HANDLERS.items()
}
