"""Handlers of snapshot setup: blueprints, their files, and the builds made of them."""

import re
from typing import Any

import attrs

from devin_async.sandbox.base.problems import Problem
from devin_async.sandbox.base.stages import stage
from devin_async.sandbox.contract.filling import fill, item_schema
from devin_async.sandbox.contract.multipart import Upload
from devin_async.sandbox.handlers.listing import listing
from devin_async.sandbox.handlers.record_handlers import RecordHandlers
from devin_async.sandbox.world.state import Call, Handler, State
from devin_async.sandbox.world.store import Collection, Record

PENDING_SECONDS, BUILD_SECONDS = 5, 120
PINNABLE_SECONDS = 7 * 86_400
FAILING = "exit 1"
"""A build fails when a blueprint holds this text as it starts."""

_ORGANIZATION = "/v3beta1/organizations/{org_id}/snapshot-setup"
_ENTERPRISE = "/v3beta1/enterprise/snapshot-setup"
_BUILD = _ORGANIZATION + "/builds/{build_id}"


def _tier(record: Record) -> str:
    if record.owner is None:
        return "enterprise"
    return "repo" if record.fields.get("repo_name") else "org"


def _check(call: Call, state: State, record: Record | None) -> None:
    body: dict[str, Any] = call.body or {}
    tier = _tier(record) if record else ("repo" if body.get("repo_name") else "org")
    if "org_id" not in call.path:
        if record is None and state.store.collection("blueprint").of(None):
            raise Problem(409, "The enterprise has a blueprint already")
        return
    if tier == "org" and not call.principal.holds("ManageOrgSnapshots", org_id=call.org_id):
        raise Problem(403, "The blueprint of an organization needs ManageOrgSnapshots")
    if tier == "org" and body.get("position") is not None:
        raise Problem(400, "Only blueprints of repositories have a position")


_BLUEPRINTS = RecordHandlers(
    kind="blueprint",
    path=_ORGANIZATION + "/blueprints",
    parameter="blueprint_id",
    logs={"create": "create_blueprint", "change": "create_blueprint_version"},
    check=_check,
    compute=lambda _call, _state, record: {"type": _tier(record)},
    filters={"repo_name": lambda record, name: record.fields.get("repo_name") == name},
    hidden=("contents", "position"),
)
_ACCOUNT_BLUEPRINTS = attrs.evolve(
    _BLUEPRINTS,
    path=_ENTERPRISE + "/blueprints",
    logs={"create": "create_enterprise_blueprint", "change": "create_enterprise_blueprint_version"},
)


def list_blueprints(call: Call, state: State) -> Any:
    """List blueprints in the order they run: that of the organization, then by position."""
    ordered = sorted(_BLUEPRINTS.visible(call, state), key=_run_order)
    return listing(call, enumerate(ordered), lambda record: _BLUEPRINTS.show(call, state, record))


def _run_order(record: Record) -> tuple[bool, int, bool, int]:
    position = record.hidden.get("position")
    # Who was given a place comes before who only was there earlier.
    place = record.position if position is None else position
    return _tier(record) == "repo", place, position is None, record.position


def delete_blueprint(call: Call, state: State) -> None:
    """Take a blueprint and its files away."""
    record = _BLUEPRINTS.find(call, state)
    if record.owner is not None:
        _check(call, state, record)
    files = _files(state)
    for file in files.of(record.record_id):
        files.remove(file)
    state.store.collection("blueprint").remove(record)


def get_contents(call: Call, state: State) -> dict[str, Any]:
    """Return a link to the text of a blueprint."""
    record = _BLUEPRINTS.find(call, state)
    text: str = record.hidden.get("contents") or ""
    return _link(call, state, Upload("blueprint.yaml", "application/yaml", text.encode()))


def _link(call: Call, state: State, file: Upload) -> dict[str, Any]:
    key = ":".join((call.operation.path, *call.path.values()))
    url, expires_at = state.downloads.link(call.base_url, key, file)
    return {"url": url, "expires_at": expires_at}


def _files(state: State) -> Collection:
    return state.store.collection("blueprint-file")


def list_files(call: Call, state: State) -> Any:
    """List the files of a blueprint."""
    blueprint = _BLUEPRINTS.find(call, state)
    files = ((file.position, file) for file in _files(state).of(blueprint.record_id))
    return listing(call, files, lambda file: _file(call, file))


def _file(call: Call, file: Record) -> dict[str, Any]:
    values = {
        **file.fields,
        "file_id": file.record_id,
        "created_at": int(file.created_at),
        "updated_at": int(file.updated_at),
    }
    operation = call.operation
    return fill(operation.resolve, item_schema(operation), values, file.record_id)


def attach_file(call: Call, state: State) -> dict[str, Any]:
    """Attach a file, which builds find by a variable named after it."""
    blueprint, name = _BLUEPRINTS.find(call, state), call.query["name"]
    if blueprint.owner is not None:
        _check(attrs.evolve(call, body=None), state, blueprint)
    variable = "FILE_" + re.sub(r"\W+", "_", name, flags=re.ASCII).upper()
    files = _files(state).of(blueprint.record_id)
    if any(file.fields["env_var_name"] == variable for file in files):
        raise Problem(409, "Another file of the blueprint has the same variable")
    fields = {
        "blueprint_id": blueprint.record_id,
        "name": name,
        "env_var_name": variable,
        "size_bytes": len(call.body.data),
    }
    return _file(call, _files(state).add(blueprint.record_id, fields, {"file": call.body}))


def remove_file(call: Call, state: State) -> None:
    """Remove a file from a blueprint."""
    blueprint = _BLUEPRINTS.find(call, state)
    if blueprint.owner is not None:
        _check(call, state, blueprint)
    _files(state).remove(_files(state).get(blueprint.record_id, call.path["file_id"]))


def _status(build: Record, now: float) -> tuple[str, float | None, float | None]:
    """Tell the status of a build, when it started and when it ended."""
    started_at = build.created_at + PENDING_SECONDS
    ended_at = build.created_at + BUILD_SECONDS
    cancelled_at = build.hidden.get("cancelled_at")
    if cancelled_at is not None:
        return "cancelled", started_at if cancelled_at >= started_at else None, cancelled_at
    last = "failed" if build.hidden["fails"] else "succeeded"
    ends = {"pending": PENDING_SECONDS, "running": BUILD_SECONDS}
    status = stage(now - build.created_at, ends, last)
    return (
        status,
        None if status == "pending" else started_at,
        ended_at if status == last else None,
    )


def _show_build(_call: Call, state: State, build: Record) -> dict[str, Any]:
    status, started_at, ended_at = _status(build, state.clock.now())
    return {
        "status": status,
        "started_at": None if started_at is None else int(started_at),
        "completed_at": None if ended_at is None else int(ended_at),
        "updated_at": int(max(build.updated_at, started_at or 0, ended_at or 0)),
        "pinned": state.store.read("pinned_build", build.owner) == build.record_id,
    }


_BUILDS = RecordHandlers(
    kind="build",
    path=_ORGANIZATION + "/builds",
    parameter="build_id",
    compute=_show_build,
    newest_first=True,
)


def list_builds(call: Call, state: State) -> Any:
    """List builds, newest first."""
    now, wanted, active = state.clock.now(), call.query["status"], call.query["active"]
    current = _active_build(call.org_id, state)
    builds = (
        (build.position, build)
        for build in _BUILDS.visible(call, state)
        if wanted in (None, _status(build, now)[0]) and active in (None, build is current)
    )
    return listing(call, builds, lambda build: _BUILDS.show(call, state, build), newest_first=True)


def _active_build(org_id: str, state: State) -> Record | None:
    """Return the build that sessions start from: the pinned one, else the newest that works."""
    builds, now = state.store.collection("build"), state.clock.now()
    pinned = state.store.read("pinned_build", org_id)
    if pinned is not None:
        return builds.find(pinned)
    done = [build for build in builds.of(org_id) if _status(build, now)[0] == "succeeded"]
    return done[-1] if done else None


def start_build(call: Call, state: State) -> dict[str, Any]:
    """Start a build of all blueprints that concern the organization."""
    blueprints = state.store.collection("blueprint")
    texts = [
        record.hidden.get("contents") or ""
        for owner in (None, call.org_id)
        for record in blueprints.of(owner)
    ]
    person = None if call.principal.is_service_user else call.principal.principal_id
    fields = {"trigger": "manual", "triggered_by_user_id": person}
    hidden = {"fails": any(FAILING in text for text in texts)}
    build = state.store.collection("build").add(call.org_id, fields, hidden)
    return _BUILDS.show(call, state, build)


def cancel_build(call: Call, state: State) -> dict[str, Any]:
    """Cancel a build; one that has ended stays as it is."""
    build, now = _BUILDS.find(call, state), state.clock.now()
    if _status(build, now)[0] in ("pending", "running"):
        build.hidden["cancelled_at"] = now
        state.log(call, "cancel_blueprint_build", call.org_id, build_id=build.record_id)
    return _BUILDS.show(call, state, build)


def get_logs(call: Call, state: State) -> dict[str, Any]:
    """Return a link to the log of a build."""
    build = _BUILDS.find(call, state)
    status = _status(build, state.clock.now())[0]
    text = f"Building the snapshot of {build.owner}\nThe build is {status}\n"
    return _link(call, state, Upload(f"{build.record_id}.log", "text/plain", text.encode()))


def pin_build(call: Call, state: State) -> dict[str, Any]:
    """Let sessions start from a build, which has to have succeeded lately, until it is unpinned."""
    build, now = _BUILDS.find(call, state), state.clock.now()
    status, _, ended_at = _status(build, now)
    if status != "succeeded" or now - (ended_at or 0) > PINNABLE_SECONDS:
        raise Problem(409, "Only a build that succeeded in the last 7 days can be pinned")
    state.store.write("pinned_build", call.org_id, build.record_id)
    state.store.collection("build").touch(build)
    return _BUILDS.show(call, state, build)


def unpin_build(call: Call, state: State) -> None:
    """Let sessions start from the newest build again."""
    build = _BUILDS.find(call, state)
    if state.store.read("pinned_build", call.org_id) == build.record_id:
        state.store.write("pinned_build", call.org_id, None)


HANDLERS: dict[tuple[str, str], Handler] = {
    **_BLUEPRINTS.handlers(),
    **_ACCOUNT_BLUEPRINTS.handlers(),
    **{
        (method, f"{scope}/blueprints{rest}"): handler
        for scope in (_ORGANIZATION, _ENTERPRISE)
        for method, rest, handler in (
            ("GET", "", list_blueprints),
            ("DELETE", "/{blueprint_id}", delete_blueprint),
            ("GET", "/{blueprint_id}/contents", get_contents),
            ("GET", "/{blueprint_id}/files", list_files),
            ("POST", "/{blueprint_id}/files", attach_file),
            ("DELETE", "/{blueprint_id}/files/{file_id}", remove_file),
        )
    },
    **_BUILDS.handlers(),
    ("GET", _ORGANIZATION + "/builds"): list_builds,
    ("POST", _ORGANIZATION + "/builds"): start_build,
    ("GET", _BUILD + "/logs"): get_logs,
    ("POST", _BUILD + "/cancel"): cancel_build,
    ("POST", _BUILD + "/pin"): pin_build,
    ("DELETE", _BUILD + "/pin"): unpin_build,
}
