"""Structured output: a class becomes a JSON Schema, and what a session delivers that class."""

from typing import Any, TypeVar

import msgspec

from devin_async import codec
from devin_async.errors import InvalidArgumentError, ResponseDecodeError, StructuredOutputError
from devin_async.models.sessions import Session
from devin_async.values import as_array, as_object

__all__ = ["read_output", "schema_of"]

T = TypeVar("T")

_DRAFT = "http://json-schema.org/draft-07/schema#"
_REFERENCE = "#/definitions/{name}"
_LARGEST_SCHEMA = 64 * 1024  # what the API takes


def schema_of(model: type) -> dict[str, Any]:
    """Make the JSON Schema (draft 7) of a class.

    Args:
        model: An attrs class, a dataclass or a TypedDict. Docstrings become descriptions;
            `Annotated[int, msgspec.Meta(ge=1, description="...")]` bounds and explains a field.

    Raises:
        InvalidArgumentError: It is no such class, has a field that JSON has no form for, or its
            schema is larger than the API takes (64 KB).
    """
    name = getattr(model, "__name__", repr(model))
    try:
        (root,), parts = msgspec.json.schema_components((model,), ref_template=_REFERENCE)
    except (TypeError, RecursionError) as error:
        raise InvalidArgumentError(f"result {name} has no JSON Schema: {error}") from None
    definitions = {one: _as_draft_7(part) for one, part in parts.items()}
    own = str(root.get("$ref", "")).rpartition("/")[2]
    if definitions.get(own, {}).get("type") != "object":
        raise InvalidArgumentError(
            f"result is {name}; allowed: an attrs class, a dataclass or a TypedDict"
        )
    schema: dict[str, Any] = {"$schema": _DRAFT, **definitions[own], "definitions": definitions}
    if not _refers_to(own, list(definitions.values())):
        del definitions[own]
    size = len(msgspec.json.encode(schema))
    if size > _LARGEST_SCHEMA:
        raise InvalidArgumentError(f"the schema of {name} has {size} bytes; allowed: 65,536")
    return schema


def read_output(session: Session, model: type[T]) -> T:
    """Read the structured output of a session as *model*, strictly: nothing is converted.

    Raises:
        StructuredOutputError: It does not fit; tells where, and holds what came.
    """
    output = session.structured_output
    try:
        found: T = codec.structure(codec.converter(), output, model)
    except ResponseDecodeError as error:
        raise _misfit(session, model, error) from None
    return found


def _misfit(session: Session, model: type, error: ResponseDecodeError) -> StructuredOutputError:
    fault = error.message.partition(": ")[2]
    misfit = StructuredOutputError(
        f"the output of {session.session_id} is no {model.__name__} at {error.json_path}: {fault}",
        hint="`value` has the output, `session` the session",
    )
    misfit.json_path, misfit.session = error.json_path, session
    misfit.value = session.structured_output
    return misfit


def _as_draft_7(schema: Any) -> Any:
    """Write what came after draft 7 as that draft did: tuples."""
    items = as_array(schema)
    if items is not None and not isinstance(schema, str):
        return [_as_draft_7(item) for item in items]
    fields = as_object(schema)
    if fields is None:
        return schema
    fields = {name: _as_draft_7(part) for name, part in fields.items()}
    if "prefixItems" in fields:
        fields["additionalItems"] = fields.pop("items", False)
        fields["items"] = fields.pop("prefixItems")
    return fields


def _refers_to(name: str, schema: Any) -> bool:
    return f'"{_REFERENCE.format(name=name)}"'.encode() in msgspec.json.encode(schema)
