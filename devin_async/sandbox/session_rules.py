"""Rules of a new session that its schema cannot say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from .access import Principal
from .problems import Problem, field_error, invalid
from .state import State
from .structured_output import example_of

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
    check_impersonation(body.get("create_as_user_id"), caller, state)
    platform: str | None = body.get("platform")
    if platform is not None and platform not in PLATFORMS:
        raise Problem(400, f"The platform should be one of {', '.join(PLATFORMS)}")
    errors = [*_limit_errors(body), *_schema_errors(body.get("structured_output_schema"))]
    if errors:
        raise invalid(errors)


def check_impersonation(user_id: str | None, caller: Principal, state: State) -> None:
    """Refuse to act as somebody without the permission, or as somebody unknown.

    Raises:
        Problem: With 403 or 404.
    """
    if user_id is None:
        return
    if not caller.holds("ImpersonateOrgSessions"):
        raise Problem(403, "Acting as a user needs ImpersonateOrgSessions")
    if user_id not in state.user_ids:
        raise Problem(404, "The user to act as is not a member of the organization")


def _limit_errors(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    limit = body.get("max_acu_limit")
    if limit is not None and limit <= 0:
        message = "Input should be greater than 0"
        yield field_error(("body", "max_acu_limit"), message, "greater_than")


def _schema_errors(schema: Any) -> Iterator[dict[str, Any]]:
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
