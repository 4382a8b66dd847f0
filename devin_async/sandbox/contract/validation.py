"""A small JSON Schema validator: the keywords that the contract uses, errors as FastAPI words them.

No message repeats a value of the request, since bodies hold prompts and secrets.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import urlsplit

import attrs

from devin_async.sandbox.base.problems import field_error
from devin_async.sandbox.contract.operations import Schema

Location = tuple[str | int, ...]
Errors = Iterator[dict[str, Any]]

_TYPE_ERRORS = {
    "string": ("Input should be a valid string", "string_type"),
    "integer": ("Input should be a valid integer", "int_type"),
    "number": ("Input should be a valid number", "float_type"),
    "boolean": ("Input should be a valid boolean", "bool_type"),
    "array": ("Input should be a valid list", "list_type"),
    "object": ("Input should be a valid dictionary", "dict_type"),
    "null": ("Input should be None", "none_required"),
}

_PYTHON_TYPES: dict[str, type] = {
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


@attrs.frozen
class Validator:
    """Check values against schemas.

    Attributes:
        resolve: Follows the references of a schema.
    """

    resolve: Callable[[Schema], Schema]

    def errors(self, value: Any, schema: Schema, loc: Location) -> Errors:
        """Yield each way in which *value*, found at *loc*, breaks *schema*."""
        schema = self.resolve(schema)
        mismatch = _type_error(value, schema, loc)
        if mismatch is not None:
            yield mismatch
            return
        yield from _value_errors(value, schema, loc)
        yield from self._combined_errors(value, schema, loc)
        if isinstance(value, str):
            yield from _string_errors(value, schema, loc)
        elif isinstance(value, list):
            yield from self._array_errors(cast("Sequence[Any]", value), schema, loc)
        elif isinstance(value, dict):
            yield from self._object_errors(cast("dict[str, Any]", value), schema, loc)

    def _object_errors(self, value: Mapping[str, Any], schema: Schema, loc: Location) -> Errors:
        for name in schema.get("required", ()):
            if name not in value:
                yield field_error((*loc, name), "Field required", "missing")
        if len(value) < schema.get("minProperties", 0):
            yield field_error(loc, "Dictionary has too few items", "too_short")
        properties: Mapping[str, Schema] = schema.get("properties", {})
        extra: Any = schema.get("additionalProperties")
        for name, item in value.items():
            if name in properties:
                yield from self.errors(item, properties[name], (*loc, name))
            elif extra is False:
                message = "Extra inputs are not permitted"
                yield field_error((*loc, name), message, "extra_forbidden")
            elif isinstance(extra, dict):
                yield from self.errors(item, cast("Schema", extra), (*loc, name))

    def _array_errors(self, value: Sequence[Any], schema: Schema, loc: Location) -> Errors:
        if len(value) < schema.get("minItems", 0):
            message = f"List should have at least {schema['minItems']} items"
            yield field_error(loc, message, "too_short")
        if len(value) > schema.get("maxItems", len(value)):
            message = f"List should have at most {schema['maxItems']} items"
            yield field_error(loc, message, "too_long")
        if schema.get("uniqueItems") and any(item in value[:i] for i, item in enumerate(value)):
            yield field_error(loc, "List items should be unique", "unique_items")
        for index, item in enumerate(value):
            yield from self.errors(item, schema.get("items", {}), (*loc, index))

    def _combined_errors(self, value: Any, schema: Schema, loc: Location) -> Errors:
        for part in schema.get("allOf", ()):
            yield from self.errors(value, part, loc)
        choices = schema.get("anyOf") or schema.get("oneOf")
        if not choices or _is_new_form(value, schema):
            return
        choices = self._candidates(value, schema, choices)
        failures = [list(self.errors(value, choice, loc)) for choice in choices]
        if all(failures):
            yield from min(failures, key=len, default=[_no_choice(loc)])

    def _candidates(self, value: Any, schema: Schema, choices: Sequence[Schema]) -> list[Schema]:
        """Keep the forms that *value* means to be, so that errors speak of that form only."""
        tag, mapping = _tag(value, schema)
        if tag in mapping:
            return [{"$ref": mapping[tag]}]
        return [
            choice
            for choice in choices
            if value is None or self.resolve(choice).get("type") != "null"
        ]


def _tag(value: Any, schema: Schema) -> tuple[str, Mapping[str, str]]:
    """Return the tag by which a value says which form it has, and the forms by their tags."""
    discriminator = schema.get("discriminator")
    if not isinstance(value, dict) or not discriminator:
        return "", {}
    tag: Any = cast("dict[str, Any]", value).get(discriminator["propertyName"])
    return tag if isinstance(tag, str) else "", discriminator.get("mapping", {})


def _is_new_form(value: Any, schema: Schema) -> bool:
    """Tell whether a value has a form of an open union that the contract does not know."""
    tag, mapping = _tag(value, schema)
    return bool(schema.get("x-open-union")) and tag != "" and tag not in mapping


def _no_choice(loc: Location) -> dict[str, Any]:
    return field_error(loc, "Input does not match any of the allowed forms", "union")


def _type_error(value: Any, schema: Schema, loc: Location) -> dict[str, Any] | None:
    wanted: str | list[str] | None = schema.get("type")
    if wanted is None:
        return None
    names = [wanted] if isinstance(wanted, str) else wanted
    if any(_has_type(value, name) for name in names):
        return None
    message, kind = _TYPE_ERRORS[names[0]]
    return field_error(loc, message, kind)


def _has_type(value: Any, name: str) -> bool:
    if name == "integer":
        return _is_number(value) and value == int(value)
    return _is_number(value) if name == "number" else isinstance(value, _PYTHON_TYPES[name])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _value_errors(value: Any, schema: Schema, loc: Location) -> Errors:
    if "enum" in schema and not schema.get("x-open-enum") and value not in schema["enum"]:
        yield field_error(loc, f"Input should be one of {_listed(schema['enum'])}", "enum")
    if "const" in schema and value != schema["const"]:
        yield field_error(loc, f"Input should be {schema['const']!r}", "literal_error")
    if _is_number(value):
        if value < schema.get("minimum", value):
            message = f"Input should be greater than or equal to {schema['minimum']}"
            yield field_error(loc, message, "greater_than_equal")
        if value > schema.get("maximum", value):
            message = f"Input should be less than or equal to {schema['maximum']}"
            yield field_error(loc, message, "less_than_equal")


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(repr(value) for value in values)


def _string_errors(value: str, schema: Schema, loc: Location) -> Errors:
    if len(value) < schema.get("minLength", 0):
        message = f"String should have at least {schema['minLength']} characters"
        yield field_error(loc, message, "string_too_short")
    if len(value) > schema.get("maxLength", len(value)):
        message = f"String should have at most {schema['maxLength']} characters"
        yield field_error(loc, message, "string_too_long")
    if "pattern" in schema and re.search(schema["pattern"], value) is None:
        message = f"String should match pattern '{schema['pattern']}'"
        yield field_error(loc, message, "string_pattern_mismatch")
    check = _FORMATS.get(schema.get("format", ""))
    if check is not None and not check(value):
        yield field_error(loc, f"Input should be a valid {schema['format']}", "format")


def _is_uri(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path))


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_date_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return "T" in value.upper() or " " in value


_FORMATS: dict[str, Callable[[str], bool]] = {
    "uri": _is_uri,
    "date": _is_date,
    "date-time": _is_date_time,
}
