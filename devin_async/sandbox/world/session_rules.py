"""Rules of a new session that its schema cannot say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.world.access import Principal
from devin_async.sandbox.world.state import State
from devin_async.sandbox.world.structured_output import example_of

MODES = ("normal", "fast", "lite", "ultra", "fusion")
PLATFORMS = ("inherit", "default", "linux", "windows")
LARGEST_SCHEMA = 64 * 1024  # bytes of JSON


def check_new_session(
    org_id: str, body: Mapping[str, Any], caller: Principal, state: State
) -> None:
    """Refuse a session that the organization may not have, or that makes no sense.

    Raises:
        Problem: With 403, 404, 400 or 422.
    """
    if org_id in state.organizations.failing_ids:
        raise Problem(
            403,
            "The organization has reached its usage limit",
            error_code="org_usage_limit_exceeded",
        )
    check_impersonation(body.get("create_as_user_id"), caller, org_id, state)
    check_mode(body.get("devin_mode"))
    check_platform(body.get("platform"))
    errors = [
        *_limit_errors(body),
        *schema_errors(body.get("structured_output_schema")),
        *_tag_errors(body.get("tags") or (), org_id, state),
    ]
    if errors:
        raise invalid(errors)


def check_mode(mode: str | None) -> None:
    """Refuse a mode that there is not.

    Raises:
        Problem: With 400.
    """
    if mode is not None and mode not in MODES:
        raise Problem(400, f"The devin_mode should be one of {', '.join(MODES)}")


def check_platform(platform: str | None) -> None:
    """Refuse a platform that the organization does not have.

    Raises:
        Problem: With 400.
    """
    if platform is not None and platform not in PLATFORMS:
        raise Problem(400, f"The platform should be one of {', '.join(PLATFORMS)}")


def check_tags(tags: Sequence[str], org_id: str, state: State) -> None:
    """Refuse tags that are not on the list of an organization that keeps one.

    Raises:
        Problem: With 422.
    """
    errors = list(_tag_errors(tags, org_id, state))
    if errors:
        raise invalid(errors)


def _tag_errors(tags: Sequence[str], org_id: str, state: State) -> Iterator[dict[str, Any]]:
    allowed: Sequence[str] = state.store.read("tags", org_id, ())
    for index, tag in enumerate(tags):
        if allowed and tag not in allowed:
            message = "The tag is not one that the organization allows"
            yield field_error(("body", "tags", index), message, "value_error")


def check_impersonation(user_id: str | None, caller: Principal, org_id: str, state: State) -> None:
    """Refuse to act as somebody without the permission, or as somebody who has no sessions here.

    Raises:
        Problem: With 403 or 404.
    """
    if user_id is None:
        return
    if not caller.holds("ImpersonateOrgSessions", org_id=org_id):
        raise Problem(403, "Acting as a user needs ImpersonateOrgSessions")
    person = state.members.get(user_id, org_id)
    if not any(role.holds("UseDevinSessions") for role in state.members.roles(person, org_id)):
        raise Problem(403, "The user needs UseDevinSessions in the organization")


def _limit_errors(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    limit = body.get("max_acu_limit")
    if limit is not None and limit <= 0:
        message = "Input should be greater than 0"
        yield field_error(("body", "max_acu_limit"), message, "greater_than")


def schema_errors(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield what is wrong with a schema for structured output."""
    if schema is None:
        return
    message = _schema_message(schema)
    if message is not None:
        yield field_error(("body", "structured_output_schema"), message, "value_error")


def _schema_message(schema: Mapping[str, Any]) -> str | None:
    try:
        if len(msgspec.json.encode(schema)) > LARGEST_SCHEMA:
            return "The schema should have at most 64 KB"
        if _refers_outside(schema):
            return "The schema should hold all it refers to"
        example_of(schema)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return "The schema should be a JSON Schema of draft 7"
    return None


def _refers_outside(node: Any) -> bool:
    if isinstance(node, dict):
        items = cast("dict[str, Any]", node)
        target = items.get("$ref")
        return (isinstance(target, str) and not target.startswith("#")) or any(
            _refers_outside(item) for item in items.values()
        )
    return isinstance(node, list) and any(map(_refers_outside, cast("Sequence[Any]", node)))
