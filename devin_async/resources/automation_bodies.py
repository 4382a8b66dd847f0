"""What is sent of an automation: its classes as plain JSON, checked."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from devin_async.errors import InvalidArgumentError
from devin_async.markers import UNSET
from devin_async.values import as_array, check_count, check_length, check_text, devin_id

__all__ = ["create_body", "update_body"]

_LONGEST_NAME = 500
_MOST_PAIRS = 16
_LONGEST_KEY = 32
_LONGEST_VALUE = 128
_MOST_ACUS = 1_000
_SHORTEST_WINDOW = 60
_TAGS = frozenset({"type", "field", "operator"})


def create_body(given: Mapping[str, Any]) -> dict[str, Any]:
    """Make the body of a create; classes leave out what has its default.

    Raises:
        InvalidArgumentError: The API would refuse it.
    """
    return _checked({name: _plain(value, whole=False) for name, value in given.items()})


def update_body(given: Mapping[str, Any]) -> dict[str, Any]:
    """Make the body of an update; classes are sent whole, so that None clears inside them too.

    Raises:
        InvalidArgumentError: The API would refuse it.
    """
    return _checked({name: _plain(value, whole=True) for name, value in given.items()})


def _plain(value: Any, *, whole: bool) -> Any:
    parts = as_array(value)
    if parts is not None:
        return [_plain(part, whole=whole) for part in parts]
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, Any]", value))
    if not attrs.has(cast("Any", type(value))):
        return value
    # An `Unknown...` is what the server sent, and goes back as that.
    return dict(value.raw) if hasattr(value, "raw") else _object(value, whole=whole)


def _object(value: Any, *, whole: bool) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for attribute in attrs.fields(cast("Any", type(value))):
        name, part = attribute.name, getattr(value, attribute.name)
        if part is UNSET or attribute.metadata.get("read_only"):
            continue
        if whole or name in _TAGS or part != _default(attribute):
            sent[name] = _plain(part, whole=whole)
    if sent.get("target_devin_id") is not None:
        sent["target_devin_id"] = devin_id("target_devin_id", sent["target_devin_id"])
    return sent


def _default(attribute: "attrs.Attribute[Any]") -> Any:
    """Give the default of an attribute, or NOTHING, which equals no value."""
    default: Any = attribute.default
    return default.factory() if hasattr(default, "factory") else default


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in body.items() if value not in (None, UNSET)}
    check_text("name", given.get("name"), smallest=1, largest=_LONGEST_NAME)
    _check_parts("actions", given.get("actions"), "type", smallest=1)
    _check_parts("triggers", given.get("triggers"), "event_type")
    _check_kinds(given)
    _check_metadata(given.get("metadata") or {})
    limits: dict[str, Any] = given.get("limits", {})
    check_count("max_acu_limit", limits.get("max_acu_limit"), smallest=1, largest=_MOST_ACUS)
    window: dict[str, Any] = limits.get("invocations") or {}
    concurrency: dict[str, Any] = given.get("concurrency", {})
    check_count("max_per_window", window.get("max_per_window"), smallest=1)
    check_count("window_seconds", window.get("window_seconds"), smallest=_SHORTEST_WINDOW)
    check_count("max_concurrent_runs", concurrency.get("max_concurrent_runs"), smallest=1)
    check_count("max_queue_depth", concurrency.get("max_queue_depth"))
    return body


def _check_parts(name: str, parts: Sequence[Any] | None, tag: str, *, smallest: int = 0) -> None:
    """Check that each part tells its kind, without which a server would take it for another."""
    check_length(name, parts, smallest=smallest)
    for index, part in enumerate(parts or ()):
        if not isinstance(part, dict) or not cast("dict[str, Any]", part).get(tag):
            raise InvalidArgumentError(f"{name}[{index}] has no {tag!r}, which tells its kind")


def _check_kinds(given: Mapping[str, Any]) -> None:
    run_as = given.get("run_as")
    if run_as is not None and not run_as.get("type"):
        raise InvalidArgumentError(f"run_as is {run_as!r}; allowed: what has a 'type'")
    actions = [action["type"] for action in given.get("actions", ())]
    if "monitor_session" in actions and len(actions) > 1:
        raise InvalidArgumentError("actions has a MonitorSessionAction; allowed: only alone")
    if actions.count("start_session") > 1:
        raise InvalidArgumentError("actions has several StartSessionActions; allowed: one")
    events = [trigger["event_type"] for trigger in given.get("triggers", ())]
    if events.count("webhook:incoming") > 1:
        raise InvalidArgumentError("triggers has several of 'webhook:incoming'; allowed: one")


def _check_metadata(pairs: Mapping[str, str | None]) -> None:
    if len(pairs) > _MOST_PAIRS:
        raise InvalidArgumentError(f"metadata has {len(pairs)} pairs; allowed: {_MOST_PAIRS}")
    for key, value in pairs.items():
        check_text(f"a key of metadata ({key!r})", key, smallest=1, largest=_LONGEST_KEY)
        check_text(f"metadata[{key!r}]", value, largest=_LONGEST_VALUE)
