"""Answers made of the contract's schemas, in five forms, and how a model has to hold them."""

import functools
import operator
from datetime import UTC, datetime

import attrs
import contract_table as table

FORMS = ("full", "required only", "nulls", "unknown fields", "unknown enum values")

_TIME_NAMES = ("_at", "date", "after", "before", "timestamp", "time", "heartbeat")
_SECONDS = 1_769_846_400  # 2026-01-31T08:00:00Z
_TEXT = "2026-01-31T08:00:00+00:00"
_MOMENT = datetime.fromtimestamp(_SECONDS, UTC)


def alternatives(operation):
    """Give the schemas that the whole answer may have."""
    schema = operation.resolve(operation.answer_schema)
    choices = schema.get("oneOf") or schema.get("anyOf") or [schema]
    return [operation.resolve(one) for one in choices]


def build(operation, schema, form, name=""):  # noqa: PLR0911 - one for each kind of schema
    """Make a value of *schema* in one of the forms; *name* is the field's."""
    schema = operation.resolve(schema)
    make = functools.partial(build, operation, form=form)
    for word in ("oneOf", "anyOf"):
        if word in schema:
            real = [one for one in schema[word] if operation.resolve(one).get("type") != "null"]
            is_nullable = len(real) < len(schema[word])
            return None if is_nullable and form == "nulls" else make(real[0], name=name)
    if "allOf" in schema:
        schema = _merged([operation.resolve(one) for one in schema["allOf"]])
    if name in table.ANSWER_VALUES.get(operation.key, ()):
        return table.ANSWER_VALUES[operation.key][name]
    if "const" in schema:
        return schema["const"]
    kinds = schema.get("type", "object" if "properties" in schema else "any")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "null" in kinds and form == "nulls":
        return None
    kind = next(one for one in kinds if one != "null")
    if kind == "object":
        return _object(schema, form, make, name)
    if kind == "array":
        item = operation.resolve(schema.get("items", {}))
        made = [make(one, name=name) for one in item.get("oneOf", [item])]
        return made * max(1, schema.get("minItems", 1) // len(made))
    return _scalar(kind, schema, form, name)


def _merged(schemas):
    properties = functools.reduce(operator.or_, (one.get("properties", {}) for one in schemas))
    required = [name for one in schemas for name in one.get("required", ())]
    return {"type": "object", "properties": properties, "required": required}


def _object(schema, form, make, own_name):
    required = schema.get("required", ())
    wanted = {
        name: part
        for name, part in schema.get("properties", {}).items()
        if form != "required only" or name in required or _is_tag(part)
    }
    value = {name: make(part, name=name) for name, part in wanted.items()}
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        value["brand_new_key"] = make(others, name="brand_new_key")
    elif form == "unknown fields":
        value["brand_new_field"] = table.MAPS.get(own_name, {"nested": [1]})
    return value


def _is_tag(schema):
    """Tell whether it is the tag of a kind, which is always sent though the contract forgot it."""
    return schema.get("enum") == [schema.get("default")]


def _scalar(kind, schema, form, name):
    if "enum" in schema:
        return "brand_new" if form == "unknown enum values" else schema["enum"][0]
    if kind == "string":
        return _TEXT if schema.get("format") == "date-time" else f"{name} ü"
    is_time = kind == "integer" and name.endswith(_TIME_NAMES)
    return {
        "integer": _SECONDS if is_time else max(7, schema.get("minimum", 0)),
        "number": 1.25,
        "boolean": not schema.get("default", False),
        "any": {"any": 1},
    }[kind]


def last_page(value):
    """Make a page the only one, so that a list ends with it."""
    if isinstance(value, dict) and "has_next_page" in value:
        value |= {"has_next_page": False, "end_cursor": None}
    return value


def differences(model, value, unread=(), place="$"):  # noqa: PLR0911 - one for each kind
    """Tell where *model* does not hold what the JSON *value* says; extra attributes are its own."""
    if isinstance(value, list):
        if not isinstance(model, list) or len(model) != len(value):
            return [f"{place} is {model!r}, not {value!r}"]
        pairs = enumerate(zip(model, value, strict=True))
        return [d for i, (m, v) in pairs for d in differences(m, v, unread, f"{place}[{i}]")]
    if isinstance(value, dict) and attrs.has(type(model)):
        if hasattr(model, "raw"):  # an `Unknown...` holds it all
            return differences(model.raw, value, unread, place)
        return _object_differences(model, value, unread, place)
    if isinstance(value, dict) and isinstance(model, dict) and model.keys() == value.keys():
        parts = ((model[name], value[name], unread, f"{place}.{name}") for name in value)
        return [difference for part in parts for difference in differences(*part)]
    if isinstance(model, datetime):
        same = value in (_SECONDS, _TEXT) and model == _MOMENT and model.tzinfo is UTC
        return [] if same else [f"{place} is {model!r}, not {value!r}"]
    same = model == value and (type(model) is type(value) or isinstance(model, float))
    return [] if same else [f"{place} is {model!r}, not {value!r}"]


def _object_differences(model, value, unread, place):
    problems = []
    for name, part in value.items():
        if name == "brand_new_field" or name in unread:
            continue
        if not hasattr(model, name):
            problems.append(f"{place}.{name} has no attribute in {type(model).__name__}")
        else:
            problems += differences(getattr(model, name), part, unread, f"{place}.{name}")
    return problems
