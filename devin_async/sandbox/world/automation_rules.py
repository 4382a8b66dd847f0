"""Rules of automations: what their schemas cannot say, and how a merge patch changes one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.contract.operations import Operation
from devin_async.sandbox.contract.validation import Validator
from devin_async.sandbox.world.access import Principal

MOST_METADATA, LONGEST_KEY, LONGEST_VALUE = 16, 32, 128
ORGANIZATION = {"type": "organization"}
WEBHOOK = "webhook:incoming"

_REQUEST = {"$ref": "#/components/schemas/AutomationCreateRequest"}
_CANNOT_BE_NULL = ("name", "actions")
# Null puts these back to what they are when nobody says anything.
_RESET: dict[str, Any] = {"enabled": True, "triggers": [], "metadata": {}, "run_as": ORGANIZATION}
_TAGS = {"triggers": "event_type", "actions": "type"}


def check(operation: Operation, automation: Mapping[str, Any], caller: Principal) -> None:
    """Refuse an automation that makes no sense, or that the caller may not have.

    Args:
        operation: The operation, in whose file the schemas are found.
        automation: The whole automation, as a request to create it would say it.
        caller: Who asks.

    Raises:
        Problem: With 403 or 422.
    """
    errors = list(Validator(operation.resolve).errors(automation, _REQUEST, ("body",)))
    errors = errors or [
        *_trigger_errors(automation["triggers"]),
        *_action_errors(automation["actions"]),
        *_metadata_errors(automation.get("metadata") or {}),
    ]
    if errors:
        raise invalid(errors)
    if automation["run_as"].get("type") == "creator":
        if caller.is_service_user:
            raise Problem(403, "A service user runs automations as the organization")
        if not caller.holds("UsePersonalAutomations"):
            raise Problem(403, "Running as the creator needs UsePersonalAutomations")


def _trigger_errors(triggers: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    kinds = [trigger["event_type"] for trigger in triggers]
    if kinds.count(WEBHOOK) > 1:
        message = "There should be at most one webhook trigger"
        yield field_error(("body", "triggers"), message, "value_error")
    for index, trigger in enumerate(triggers):
        if trigger["event_type"] == "schedule:recurring" and rule_of(trigger) is None:
            message = "A recurring trigger needs one recurrence condition"
            place = ("body", "triggers", index, "conditions")
            yield field_error(place, message, "value_error")


def has_webhook(triggers: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether one of the triggers is an inbox."""
    return any(trigger["event_type"] == WEBHOOK for trigger in triggers)


def rule_of(trigger: Mapping[str, Any]) -> str | None:
    """Return the recurrence rule of a trigger, if it has exactly one."""
    conditions: Mapping[str, Any] = trigger.get("conditions") or {}
    groups: Sequence[Mapping[str, Any]] = conditions.get("any", ())
    rules: list[str] = [
        condition["value"]
        for group in groups
        for condition in group["all"]
        if condition["operator"] == "recurrence"
    ]
    return rules[0] if len(rules) == 1 else None


def _action_errors(actions: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    kinds = Counter(action.get("type", "start_session") for action in actions)
    if kinds["start_session"] > 1:
        message = "There should be at most one start_session action"
        yield field_error(("body", "actions"), message, "value_error")
    if kinds["monitor_session"] and len(actions) > 1:
        message = "A monitor_session action should be the only one"
        yield field_error(("body", "actions"), message, "value_error")
    for index, action in enumerate(actions):
        needs_target = action.get("type") == "message_session" and not action.get("auto_create")
        if needs_target and not action.get("target_devin_id"):
            message = "A session to write to is needed, unless one is made"
            place = ("body", "actions", index, "target_devin_id")
            yield field_error(place, message, "value_error")


def _metadata_errors(metadata: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    if len(metadata) > MOST_METADATA:
        message = f"There should be at most {MOST_METADATA} pairs"
        yield field_error(("body", "metadata"), message, "too_long")
    for key, value in metadata.items():
        if len(key) > LONGEST_KEY or len(value) > LONGEST_VALUE:
            message = f"A key has at most {LONGEST_KEY} characters, a value {LONGEST_VALUE}"
            yield field_error(("body", "metadata", key), message, "string_too_long")


def patched(automation: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a merge patch to a whole automation.

    Lists are replaced, but an element is laid over the stored one of its kind where both lists hold
    that kind once.

    Raises:
        Problem: With 422, for null where there has to be something.
    """
    for name in _CANNOT_BE_NULL:
        if name in changes and changes[name] is None:
            raise invalid([field_error(("body", name), "Input should not be None", "value_error")])
    whole = dict(automation)
    for name, change in changes.items():
        if change is None:
            whole[name] = _RESET.get(name)
        elif name in _TAGS:
            whole[name] = _merged_lists(automation.get(name) or [], change, _TAGS[name])
        elif isinstance(change, dict) and name not in ("run_as", "security_profile"):
            whole[name] = merged(automation.get(name), cast("dict[str, Any]", change))
        else:
            whole[name] = change
    return whole


def merged(target: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a merge patch as RFC 7396 says it."""
    whole = dict(cast("dict[str, Any]", target)) if isinstance(target, dict) else {}
    for name, change in patch.items():
        if change is None:
            whole.pop(name, None)
        elif isinstance(change, dict):
            whole[name] = merged(whole.get(name), cast("dict[str, Any]", change))
        else:
            whole[name] = change
    return whole


def _merged_lists(
    stored: Sequence[Mapping[str, Any]], changed: Sequence[Mapping[str, Any]], tag: str
) -> list[dict[str, Any]]:
    def single(elements: Sequence[Mapping[str, Any]], kind: str | None) -> Mapping[str, Any]:
        matches = [element for element in elements if element.get(tag) == kind]
        return matches[0] if len(matches) == 1 else {}

    return [
        merged(
            single(stored, element.get(tag)) if single(changed, element.get(tag)) else {}, element
        )
        for element in changed
    ]
