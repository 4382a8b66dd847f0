"""Handlers of schedules, which automations have taken the place of."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.handlers.record_handlers import RecordHandlers
from devin_async.sandbox.world.session_rules import check_impersonation, check_platform
from devin_async.sandbox.world.state import Call, Handler, State
from devin_async.sandbox.world.store import Record


def _check(call: Call, state: State, record: Record | None) -> None:
    changes = {name: value for name, value in call.body.items() if value is not None}
    whole = {**(record.fields if record else {}), **changes}
    errors = list(_errors(whole))
    if errors:
        raise invalid(errors)
    check_platform(changes.get("platform"))
    for name in ("create_as_user_id", "run_as_user_id"):
        check_impersonation(changes.get(name), call.principal, call.org_id, state)
    if changes.get("playbook_id") and _playbook(changes["playbook_id"], call.org_id, state) is None:
        raise Problem(404, "There is no such playbook")


def _errors(schedule: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    is_once = schedule.get("schedule_type") == "one_time"
    if not is_once and not schedule.get("frequency"):
        message = "A recurring schedule needs a frequency"
        yield field_error(("body", "frequency"), message, "value_error")
    if is_once and not _has_zone(schedule.get("scheduled_at")):
        message = "A schedule for one time needs that time, with its zone"
        yield field_error(("body", "scheduled_at"), message, "value_error")
    if not is_once and schedule.get("target_devin_id"):
        message = "Only a schedule for one time may name a session"
        yield field_error(("body", "target_devin_id"), message, "value_error")


def _has_zone(time: str | None) -> bool:
    return time is not None and datetime.fromisoformat(time).tzinfo is not None


def _playbook(playbook_id: str, org_id: str | None, state: State) -> Record | None:
    record = state.store.collection("playbook").find(playbook_id)
    return record if record is not None and record.owner in (None, org_id) else None


def _show(_call: Call, state: State, record: Record) -> dict[str, Any]:
    playbook_id = record.fields.get("playbook_id")
    playbook = _playbook(playbook_id, record.owner, state) if playbook_id else None
    title = playbook.fields["title"] if playbook else None
    return {
        "playbook": {"playbook_id": playbook_id, "title": title} if playbook_id else None,
        "consecutive_failures": 0,
        "last_edited_by": record.fields["updated_by"],
    }


_SCHEDULES = RecordHandlers(
    kind="sched",
    path="/v3/organizations/{org_id}/schedules",
    parameter="schedule_id",
    id_field="scheduled_session_id",
    check=_check,
    compute=_show,
)

HANDLERS: dict[tuple[str, str], Handler] = _SCHEDULES.handlers()
