"""Read request bodies: the media type, the file or the JSON, then the contract's schema."""

from typing import Any

import msgspec

from devin_async.sandbox.base.problems import Problem, field_error, invalid
from devin_async.sandbox.contract.multipart import read_upload
from devin_async.sandbox.contract.operations import Operation
from devin_async.sandbox.contract.validation import Validator

_FORM = "multipart/form-data"


def read_body(operation: Operation, content_type: str, body: bytes) -> Any:
    """Return the decoded JSON body or the uploaded file, or None where neither is taken.

    Raises:
        Problem: With 415 for another media type, with 400 for a patch that changes nothing, with
            422 for what else the contract refuses.
    """
    if _FORM in operation.body_types:
        return read_upload(_form_type(content_type), body)
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
    if value == {} and operation.resolve(operation.body_schema).get("minProperties"):
        raise Problem(400, "The body should hold at least one field")
    return check_json(operation, value)


def check_json(operation: Operation, value: Any) -> Any:
    """Return the known fields of a JSON body.

    Others are left out without a word, as the API ignores them, so that no field of an answer can
    be set by naming it.

    Raises:
        Problem: With 422, for what the schema of the operation's body refuses.
    """
    schema = operation.body_schema or {}
    errors = list(Validator(operation.resolve).errors(value, schema, ("body",)))
    if errors:
        raise invalid(errors)
    fields = operation.body_fields
    return value if fields is None else {name: value[name] for name in value if name in fields}


def _form_type(content_type: str) -> str:
    if _media_type(content_type) != _FORM:
        raise Problem(415, f"The body should be sent as {_FORM}")
    return content_type


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _is_json(content_type: str) -> bool:
    media_type = _media_type(content_type)
    # Simple clients post JSON text without naming it; merge patches name themselves.
    return media_type in ("", "application/json") or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
