"""Build answers from the schemas of the contract.

What is known of an object fills the fields of the same name. The others follow from the schema:
its default, else null where null is allowed, else nothing where nothing is allowed, else a value
derived from the name of the object. One record so fits each of the shapes that it is shown in.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from devin_async.sandbox.base.randomness import hex_id
from devin_async.sandbox.contract.operations import Operation, Schema

Resolve = Callable[[Schema], Schema]

_ABSENT = object()


def item_schema(operation: Operation) -> Schema:
    """Return the schema of one object of an operation's answer, without its envelope."""
    schema = operation.resolve(operation.answer)
    for envelope in ("items", "data"):
        properties = shape(operation.resolve, schema)[0]
        if envelope in properties:
            schema = operation.resolve(properties[envelope])
    return operation.resolve(schema["items"]) if schema.get("type") == "array" else schema


def fill(resolve: Resolve, schema: Schema, values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Build an object.

    Args:
        resolve: Follows the references of a schema.
        schema: What the object should look like.
        values: Values for its fields; what the schema does not name is left out.
        name: What made-up values are derived from.
    """
    properties, required = shape(resolve, schema)
    filled: dict[str, Any] = {}
    for field, inner in properties.items():
        wanted = resolve(inner)
        value = values.get(field, _ABSENT)
        if value is _ABSENT or (value is None and not is_nullable(resolve, wanted)):
            value = _made(resolve, wanted, f"{name}:{field}", required=field in required)
        else:
            value = _completed(resolve, wanted, value, f"{name}:{field}")
        if value is not _ABSENT:
            filled[field] = value
    return filled


def shape(resolve: Resolve, schema: Schema) -> tuple[dict[str, Schema], set[str]]:
    """Return the fields of an object schema and those required, combined parts included."""
    schema = resolve(schema)
    properties: dict[str, Schema] = {}
    required: set[str] = set()
    for part in schema.get("allOf", ()):
        part_properties, part_required = shape(resolve, part)
        properties |= part_properties
        required |= part_required
    properties |= schema.get("properties", {})
    return properties, required | set(schema.get("required", ()))


def is_nullable(resolve: Resolve, schema: Schema) -> bool:
    """Tell whether null fits a schema."""
    schema = resolve(schema)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return any(is_nullable(resolve, choice) for choice in choices)
    kinds = schema.get("type")
    return kinds is None and "properties" not in schema if not kinds else "null" in kinds


def defaults(operation: Operation) -> dict[str, Any]:
    """Return the defaults of the fields of an operation's body."""
    if operation.body_schema is None:
        return {}
    properties, _ = shape(operation.resolve, operation.body_schema)
    resolved = {field: operation.resolve(inner) for field, inner in properties.items()}
    return {field: inner["default"] for field, inner in resolved.items() if "default" in inner}


def _completed(resolve: Resolve, schema: Schema, value: Any, name: str) -> Any:
    """Complete a known value: what it holds may leave fields to their defaults."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        chosen = _choice(resolve, schema, fields)
        return fill(resolve, chosen, fields, name) if "properties" in chosen else fields
    if isinstance(value, list):
        items = resolve(schema.get("items", {}))
        elements = cast("Sequence[Any]", value)
        return [_completed(resolve, items, item, f"{name}:{i}") for i, item in enumerate(elements)]
    if schema.get("format") == "date-time" and isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    return value


def _choice(resolve: Resolve, schema: Schema, value: Mapping[str, Any]) -> Schema:
    """Return the form of a union that *value* means to be, or nothing where that is open."""
    choices = schema.get("oneOf") or schema.get("anyOf")
    if not choices:
        return schema
    discriminator = schema.get("discriminator")
    if discriminator:
        target = discriminator.get("mapping", {}).get(value.get(discriminator["propertyName"]))
        return resolve({"$ref": target}) if target else {}
    forms = [form for form in map(resolve, choices) if form.get("type") != "null"]
    return forms[0] if len(forms) == 1 else {}


def _made(resolve: Resolve, schema: Schema, name: str, *, required: bool) -> Any:
    if "default" in schema:
        return schema["default"]
    if is_nullable(resolve, schema):
        return None
    if schema.get("type") == "array":
        return []
    if not required:
        return _ABSENT
    if schema.get("enum"):
        return schema["enum"][0]
    make = _MAKERS.get(schema.get("type", "object"))
    return fill(resolve, schema, {}, name) if make is None else make(name)


_MAKERS: dict[str, Callable[[str], Any]] = {
    "string": lambda name: f"{name.rpartition(':')[2]}-{hex_id(0, name, length=8)}",
    "integer": lambda _name: 0,
    "number": lambda _name: 0.0,
    "boolean": lambda _name: True,
}
