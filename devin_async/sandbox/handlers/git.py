"""Handlers of git: connections, their repositories, and what organizations may reach."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.handlers.listing import listing
from devin_async.sandbox.handlers.record_handlers import RecordHandlers
from devin_async.sandbox.world.state import Call, Handler, State

_CONNECTIONS = "/v3/enterprise/git-providers/connections"
_PERMISSIONS = "/v3/enterprise/organizations/{org_id}/git-providers/permissions"
_TARGETS = ("repo_path", "group_prefix", "prefix_path")

PERMISSIONS = RecordHandlers(
    kind="git-permission",
    path=_PERMISSIONS,
    parameter="git_permission_id",
    logs={
        "create": "create_git_permission",
        "change": "update_git_permission",
        "delete": "delete_git_permission",
    },
)


def list_connections(call: Call, state: State) -> Any:
    """List the git connections."""
    return listing(call, enumerate(state.catalog.connections), dict)


def list_repositories(call: Call, state: State) -> Any:
    """List the repositories behind a connection."""
    connection_id, wanted = call.path["connection_id"], call.query["filter_name"] or ""
    if not state.catalog.has_connection(connection_id):
        raise Problem(404, "There is no such git connection")
    repositories = (
        (index, repository)
        for index, repository in enumerate(state.catalog.repositories)
        if repository["git_connection_id"] == connection_id
        and wanted.lower() in repository["repo_path"].lower()
    )
    return listing(call, repositories, dict)


def add_permissions(call: Call, state: State) -> list[dict[str, Any]]:
    """Add permissions, all or none."""
    wanted = call.body["permissions"]
    existing = state.store.collection(PERMISSIONS.kind).of(call.org_id)
    _check(wanted, [record.fields for record in existing], state)
    return [_add(call, state, permission) for permission in wanted]


def replace_permissions(call: Call, state: State) -> list[dict[str, Any]]:
    """Put permissions in place of all there are."""
    _check(call.body["permissions"], (), state)
    _clear(call, state)
    return [_add(call, state, permission) for permission in call.body["permissions"]]


def clear_permissions(call: Call, state: State) -> list[dict[str, Any]]:
    """Take all permissions away, and show them a last time."""
    return _clear(call, state)


def _add(call: Call, state: State, permission: Mapping[str, Any]) -> dict[str, Any]:
    collection = state.store.collection(PERMISSIONS.kind)
    record = collection.add(call.org_id, dict(permission))
    PERMISSIONS.log(call, state, "create", record)
    return PERMISSIONS.show(call, state, record)


def _clear(call: Call, state: State) -> list[dict[str, Any]]:
    collection = state.store.collection(PERMISSIONS.kind)
    gone = collection.of(call.org_id)
    for record in gone:
        collection.remove(record)
        PERMISSIONS.log(call, state, "delete", record)
    return [PERMISSIONS.show(call, state, record) for record in gone]


def _check(
    wanted: Sequence[Mapping[str, Any]], existing: Sequence[Mapping[str, Any]], state: State
) -> None:
    errors = list(_errors(wanted, state))
    if errors:
        raise invalid(errors)
    taken = [_target(permission) for permission in existing]
    if any(_target(permission) in taken for permission in wanted):
        raise Problem(409, "The organization has one of these permissions already")


def _errors(wanted: Sequence[Mapping[str, Any]], state: State) -> Iterator[dict[str, Any]]:
    targets: list[tuple[Any, ...]] = []
    for index, permission in enumerate(wanted):
        place = ("body", "permissions", index)
        if sum(permission.get(name) is not None for name in _TARGETS) != 1:
            message = f"Exactly one of {', '.join(_TARGETS)} should be given"
            yield field_error(place, message, "value_error")
        if not state.catalog.has_connection(permission["git_connection_id"]):
            message = "There is no such git connection"
            yield field_error((*place, "git_connection_id"), message, "value_error")
        if _target(permission) in targets:
            yield field_error(place, "The permission should be given once", "value_error")
        targets.append(_target(permission))


def _target(permission: Mapping[str, Any]) -> tuple[Any, ...]:
    return (permission["git_connection_id"], *(permission.get(name) for name in _TARGETS))


HANDLERS: dict[tuple[str, str], Handler] = {
    **PERMISSIONS.handlers(),
    ("GET", _CONNECTIONS): list_connections,
    ("GET", _CONNECTIONS + "/{connection_id}/repositories"): list_repositories,
    ("POST", _PERMISSIONS): add_permissions,
    ("PUT", _PERMISSIONS): replace_permissions,
    ("DELETE", _PERMISSIONS): clear_permissions,
}
