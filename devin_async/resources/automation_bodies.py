"""What the API asks of an automation, checked before it is sent."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast, get_args

from devin_async.base.arguments import check_count, check_length, check_text, devin_id
from devin_async.base.markers import UNSET
from devin_async.base.plain_json import as_array
from devin_async.codec import encoding
from devin_async.errors import InvalidArgumentError
from devin_async.models import automation_parts as parts
from devin_async.models.automations import AutomationTrigger

_LONGEST_NAME = 500
_MOST_PAIRS = 16
_LONGEST_KEY = 32
_LONGEST_VALUE = 128
_MOST_ACUS = 1_000
_SHORTEST_WINDOW = 60


def checked_body(arguments: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """Make the body of a write; classes are sent *whole*, or leave out what has its default.

    Raises:
        InvalidArgumentError: The API would refuse it.
    """
    _check_conditions(arguments.get("triggers") or ())
    body: dict[str, Any] = encoding.plain(arguments, whole=whole)
    fields = {name: value for name, value in body.items() if value not in (None, UNSET)}
    check_text("name", fields.get("name"), smallest=1, largest=_LONGEST_NAME)
    _check_parts("actions", fields.get("actions"), "type", smallest=1)
    _check_parts("triggers", fields.get("triggers"), "event_type")
    _check_kinds(fields)
    _check_metadata(fields.get("metadata") or {})
    _check_counts(fields.get("limits", {}), fields.get("concurrency", {}))
    for action in fields.get("actions", ()):
        if action.get("target_devin_id") is not None:
            action["target_devin_id"] = devin_id("target_devin_id", action["target_devin_id"])
    return body


def _check_conditions(triggers: Iterable[Any]) -> None:
    own = [one.conditions for one in triggers if isinstance(one, AutomationTrigger)]
    groups = [group for conditions in own if conditions for group in conditions.any]
    for condition in (one for group in groups for one in group.all):
        if isinstance(condition, parts.FieldCondition) and not _fits(condition):
            raise InvalidArgumentError(
                f"value is {condition.value!r}; allowed: what operator {condition.operator!r} takes"
            )


def _fits(condition: parts.FieldCondition) -> bool:
    """Tell whether the value is of the kind that the operator takes."""
    operator, value = condition.operator, condition.value
    if operator in get_args(parts.EmptyOperator):
        return True
    if operator in get_args(parts.ListOperator):
        return all(isinstance(one, str) for one in as_array(value) or (None,)) or value == []
    if operator == "between":
        return len(as_array(value) or ()) == 2 and all(map(_is_number, cast("Any", value)))  # noqa: PLR2004
    if operator in get_args(parts.NumberOperator):
        return _is_number(value)
    if operator in {"eq", "neq"}:
        return isinstance(value, str | int | float)
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_parts(
    name: str, arguments: Sequence[Any] | None, tag: str, *, smallest: int = 0
) -> None:
    """Check that each part tells its kind, without which a server would take it for another."""
    check_length(name, arguments, smallest=smallest)
    for index, part in enumerate(arguments or ()):
        if not isinstance(part, dict) or not cast("dict[str, Any]", part).get(tag):
            raise InvalidArgumentError(f"{name}[{index}] has no {tag!r}, which tells its kind")


def _check_kinds(fields: Mapping[str, Any]) -> None:
    run_as = fields.get("run_as")
    if run_as is not None and not run_as.get("type"):
        raise InvalidArgumentError(f"run_as is {run_as!r}; allowed: what has a 'type'")
    actions = [action["type"] for action in fields.get("actions", ())]
    if "monitor_session" in actions and len(actions) > 1:
        raise InvalidArgumentError("actions has a MonitorSessionAction; allowed: only alone")
    if actions.count("start_session") > 1:
        raise InvalidArgumentError("actions has several StartSessionActions; allowed: one")
    events = [trigger["event_type"] for trigger in fields.get("triggers", ())]
    if events.count("webhook:incoming") > 1:
        raise InvalidArgumentError("triggers has several of 'webhook:incoming'; allowed: one")


def _check_counts(limits: Mapping[str, Any], concurrency: Mapping[str, Any]) -> None:
    window: Mapping[str, Any] = limits.get("invocations") or {}
    check_count("max_acu_limit", limits.get("max_acu_limit"), smallest=1, largest=_MOST_ACUS)
    check_count("max_per_window", window.get("max_per_window"), smallest=1)
    check_count("window_seconds", window.get("window_seconds"), smallest=_SHORTEST_WINDOW)
    check_count("max_concurrent_runs", concurrency.get("max_concurrent_runs"), smallest=1)
    check_count("max_queue_depth", concurrency.get("max_queue_depth"))


def _check_metadata(pairs: Mapping[str, str | None]) -> None:
    if len(pairs) > _MOST_PAIRS:
        raise InvalidArgumentError(f"metadata has {len(pairs)} pairs; allowed: {_MOST_PAIRS}")
    for key, value in pairs.items():
        check_text(f"a key of metadata ({key!r})", key, smallest=1, largest=_LONGEST_KEY)
        check_text(f"metadata[{key!r}]", value, largest=_LONGEST_VALUE)
