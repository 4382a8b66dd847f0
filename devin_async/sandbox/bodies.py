"""Read request bodies: the media type, the JSON, then the contract's schema."""

from typing import Any

import msgspec

from .contract import Operation
from .problems import Problem, field_error, invalid
from .validation import Validator


def read_body(operation: Operation, content_type: str, body: bytes) -> Any:
    """Return the decoded JSON body, or None where the operation takes none.

    Raises:
        Problem: With 415 for another media type, with 422 for a body the contract refuses.
    """
    if operation.body_schema is None:
        return None
    if not body:
        raise invalid([field_error(("body",), "Field required", "missing")])
    if not _is_json(content_type):
        raise Problem(415, "The body should be sent as application/json")
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise invalid([field_error(("body",), "JSON decode error", "json_invalid")]) from None
    errors = list(Validator(operation.resolve).errors(value, operation.body_schema, ("body",)))
    if errors:
        raise invalid(errors)
    return value


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    # Simple clients post JSON text without naming it; merge patches name themselves.
    return media_type in ("", "application/json") or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
