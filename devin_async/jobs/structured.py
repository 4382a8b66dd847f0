"""Structured output: a class becomes a JSON Schema, and what a session delivers that class."""

from typing import Any, Generic, TypeVar

import msgspec
from attrs import frozen

from devin_async.base.plain_json import as_array, as_object
from devin_async.base.secret import Redactor
from devin_async.errors import InvalidArgumentError, SessionFailedError, StructuredOutputError
from devin_async.jobs.waiting import has_output, reason_of
from devin_async.models.sessions import Session

__all__ = ["SessionResult", "read_output", "schema_of"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_DRAFT = "http://json-schema.org/draft-07/schema#"
_REFERENCE = "#/definitions/{name}"
_LARGEST_SCHEMA = 64 * 1024  # what the API takes


@frozen(kw_only=True)
class SessionResult(Generic[T_co]):
    """What a session was asked for, and the session that made it.

    Attributes:
        output: Its structured output, as the class that was asked for.
        session: The session as it was read last, with its url, pull requests and ACUs.
    """

    output: T_co
    session: Session


def schema_of(model: type) -> dict[str, Any]:
    """Make the JSON Schema (draft 7) of a class.

    Args:
        model: An attrs class, a dataclass, a TypedDict or a msgspec Struct. Docstrings become
            descriptions; `Annotated[int, msgspec.Meta(ge=1, description="...")]` bounds and
            explains a field, `Annotated[datetime, msgspec.Meta(tz=True)]` asks for a time with its
            offset.

    Raises:
        InvalidArgumentError: It is no such class, has a field that JSON has no form for, or its
            schema is larger than the API takes (64 KB).
    """
    name = getattr(model, "__name__", repr(model))
    try:
        (root,), parts = msgspec.json.schema_components((model,), ref_template=_REFERENCE)
    except (TypeError, NameError, RecursionError) as error:
        raise _without_schema(name, error) from None
    definitions = {one: _as_draft_7(part) for one, part in parts.items()}
    own = str(root.get("$ref", "")).rpartition("/")[2]
    if definitions.get(own, {}).get("type") != "object":
        raise InvalidArgumentError(
            f"result is {name}; allowed: an attrs class, a dataclass, a TypedDict or a Struct"
        )
    schema: dict[str, Any] = {"$schema": _DRAFT, **definitions[own], "definitions": definitions}
    if not _refers_to(own, list(definitions.values())):
        del definitions[own]
    size = len(msgspec.json.encode(schema))
    if size > _LARGEST_SCHEMA:
        raise InvalidArgumentError(f"the schema of {name} has {size} bytes; allowed: 65,536")
    return schema


def read_output(session: Session, model: type[T], redactor: Redactor) -> T:
    """Read the structured output of a session as *model*, strictly: no number from a text.

    It is read by what made the schema, so that both mean the same by each field.

    Raises:
        SessionFailedError: There is none.
        StructuredOutputError: It does not fit; tells where, and holds what came.
    """
    output = session.structured_output
    if not has_output(session):
        raise SessionFailedError(
            f"session {redactor.line(session.session_id)} is {reason_of(session, redactor)} and "
            "has no structured output",
            session=session,
            hint="`session` has its state; a message may get it to go on",
        )
    try:
        return msgspec.convert(output, model, str_keys=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _misfit(session, model, redactor.line(str(error)), redactor) from None


def _without_schema(name: str, error: Exception) -> InvalidArgumentError:
    reason, *more = str(error).splitlines()
    cure = ""
    if more and reason.endswith(":"):  # msgspec goes on with hooks, which are not ours to offer
        reason = "it is, or holds, what JSON has no form for"
        cure = (
            "Use an attrs class, a dataclass, a TypedDict or a Struct, of fields that JSON knows."
        )
    if "unions may not contain more than one" in reason:
        cure = "Use one class whose fields may be None, or tagged msgspec Structs."
    return InvalidArgumentError(f"result {name} has no JSON Schema: {reason}", hint=cure)


def _misfit(session: Session, model: type, fault: str, redactor: Redactor) -> StructuredOutputError:
    text, _, where = fault.partition(" - at `")
    path = where.rstrip("`") or "$"
    return StructuredOutputError(
        f"the output of {redactor.line(session.session_id)} is no {model.__name__} at {path}: "
        f"{text}",
        session=session,
        value=session.structured_output,
        json_path=path,
        hint="`value` has the output, `session` the session",
    )


def _as_draft_7(schema: Any) -> Any:
    """Write what came after draft 7 as that draft did: tuples."""
    items = as_array(schema)
    if items is not None and not isinstance(schema, str):
        return [_as_draft_7(item) for item in items]
    fields = as_object(schema)
    if fields is None:
        return schema
    fields = {name: _as_draft_7(part) for name, part in fields.items()}
    if as_array(fields.get("prefixItems")) is not None:  # else it is a property of that name
        fields["additionalItems"] = fields.pop("items", False)
        fields["items"] = fields.pop("prefixItems")
    return fields


def _refers_to(name: str, schema: Any) -> bool:
    return f'"{_REFERENCE.format(name=name)}"'.encode() in msgspec.json.encode(schema)
