"""The handlers of all operations, one module a family."""

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
)
from devin_async.sandbox.handlers import v3beta1 as seed_dialect
from devin_async.sandbox.world.state import Handler

_FAMILIES = (
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
    seed_dialect,
)

HANDLERS: dict[tuple[str, str], Handler] = {
    key: handler for family in _FAMILIES for key, handler in family.HANDLERS.items()
}
