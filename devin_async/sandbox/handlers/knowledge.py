"""Handlers of what sessions know and are given: notes and their folders, playbooks, secrets."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import attrs

from devin_async.sandbox.base.problems import field_error, invalid
from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.handlers.record_handlers import RecordHandlers
from devin_async.sandbox.world.session_rules import schema_errors
from devin_async.sandbox.world.state import Call, Handler, State
from devin_async.sandbox.world.store import Record

FOLDERS = ("engineering", "engineering/backend", "engineering/frontend", "support")
"""The paths of the folders that exist everywhere; no call of the API makes others."""


def folder_id(path: str) -> str:
    """Return the id of the folder at *path*."""
    return f"folder-{hex_id(0, 'folder', path)}"


_PATHS = {folder_id(path): path for path in FOLDERS}


def _check_note(call: Call, _state: State, _record: Record | None) -> None:
    folder = call.body.get("folder_id")
    if folder is not None and folder not in _PATHS:
        raise invalid(
            [field_error(("body", "folder_id"), "There is no such folder", "value_error")]
        )


def _note(_call: Call, _state: State, record: Record) -> dict[str, Any]:
    return {"folder_path": _folder_path(record), "macro": None}


def _folder_path(record: Record) -> str:
    return _PATHS.get(record.fields.get("folder_id") or "", "")


def _mentions(record: Record, text: str) -> bool:
    fields = (record.fields[name] for name in ("name", "body", "trigger"))
    return any(text.lower() in field.lower() for field in fields)


_NOTES = RecordHandlers(
    kind="note",
    path="/v3/organizations/{org_id}/knowledge/notes",
    parameter="note_id",
    logs={"create": "create_knowledge", "change": "edit_knowledge", "delete": "delete_knowledge"},
    check=_check_note,
    compute=_note,
    filters={
        "search": _mentions,
        "folder_path": lambda record, path: _folder_path(record) == path,
        "pinned_repo": lambda record, repo: record.fields.get("pinned_repo") == repo,
        "access_type": lambda record, kind: (record.owner is None) == (kind == "enterprise"),
    },
)
_ALL_NOTES = attrs.evolve(_NOTES, path="/v3/enterprise/knowledge/notes", reaches_down=True)


def _check_playbook(call: Call, _state: State, _record: Record | None) -> None:
    errors = list(schema_errors(call.body.get("structured_output_schema")))
    if errors:
        raise invalid(errors)


_PLAYBOOKS = RecordHandlers(
    kind="playbook",
    path="/v3/organizations/{org_id}/playbooks",
    parameter="playbook_id",
    logs={"create": "create_playbook", "change": "update_playbook", "delete": "delete_playbook"},
    check=_check_playbook,
    unique="macro",
)
_ACCOUNT_PLAYBOOKS = attrs.evolve(_PLAYBOOKS, path="/v3/enterprise/playbooks")


def _secret(_call: Call, _state: State, record: Record) -> dict[str, Any]:
    return {"secret_type": record.fields["type"]}


_SECRETS = RecordHandlers(
    kind="secret",
    path="/v3/organizations/{org_id}/secrets",
    parameter="secret_id",
    logs={"create": "create_secret", "delete": "delete_secret"},
    compute=_secret,
    unique="key",
    hidden=("value",),
)


def get_folders(call: Call, state: State) -> dict[str, Any]:
    """Show the folders, and how many notes lie in each."""
    counts = Counter(map(_folder_path, _seen_notes(call, state)))
    return {
        "folders": [_folder(path, counts[path]) for path in FOLDERS],
        "root_note_count": counts[""],
    }


def _seen_notes(call: Call, state: State) -> Iterator[Record]:
    handlers = _NOTES if "org_id" in call.path else _ALL_NOTES
    return handlers.visible(call, state)


def _folder(path: str, count: int) -> dict[str, Any]:
    parent, _, name = path.rpartition("/")
    return {
        "folder_id": folder_id(path),
        "name": name,
        "path": path,
        "note_count": count,
        "parent_folder_id": folder_id(parent) if parent else None,
    }


HANDLERS: dict[tuple[str, str], Handler] = {
    **_NOTES.handlers(),
    **_ALL_NOTES.handlers(),
    **_PLAYBOOKS.handlers(),
    **_ACCOUNT_PLAYBOOKS.handlers(),
    **_SECRETS.handlers(),
    ("GET", "/v3/organizations/{org_id}/knowledge/folders"): get_folders,
    ("GET", "/v3/enterprise/knowledge/folders"): get_folders,
}
