"""Make up a value that fits a JSON Schema, the way a finished session would deliver one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

_DEEPEST = 8
_SPARSE = 3  # from this depth on only what is required, so that recursive schemas stay small
_TEXTS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "email": "devin@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}

Schema = Mapping[str, Any]


def example_of(schema: Schema) -> Any:
    """Return the simplest value that the keywords of *schema* allow."""
    return _example(schema, schema, 0)


def _example(schema: Any, root: Schema, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return None
    merged = _merged(cast("Schema", schema), root, depth)
    chosen = [merged[keyword] for keyword in ("const", "default") if keyword in merged]
    chosen.extend(merged[keyword][0] for keyword in ("enum", "examples") if merged.get(keyword))
    if chosen:
        return chosen[0]
    make = _MAKERS.get(_kind(merged))
    return None if make is None else make(merged, root, depth)


def _array(schema: Schema, root: Schema, depth: int) -> list[Any]:
    items = schema.get("items")
    if isinstance(items, list):  # one schema for each place
        return [_example(item, root, depth + 1) for item in cast("Sequence[Any]", items)]
    fewest: int = schema.get("minItems", 1 if depth < _SPARSE else 0)
    return [_example(items, root, depth + 1) for _ in range(fewest)]


def _object(schema: Schema, root: Schema, depth: int) -> dict[str, Any]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    names = properties if depth < _SPARSE else schema.get("required", ())
    return {name: _example(properties.get(name), root, depth + 1) for name in names}


def _merged(schema: Schema, root: Schema, depth: int) -> Schema:
    """Fold references and combined schemas into one."""
    merged = dict(schema)
    parts: list[Any] = [*merged.pop("allOf", ())]
    for keyword in ("anyOf", "oneOf"):
        parts.extend(merged.pop(keyword, ())[:1])
    if isinstance(merged.get("$ref"), str):
        parts.append(_target(root, merged.pop("$ref")))
    for part in parts:
        if isinstance(part, dict) and depth <= _DEEPEST:
            folded = _merged(cast("Schema", part), root, depth + 1)
            properties = {**merged.get("properties", {}), **folded.get("properties", {})}
            merged = {**folded, **merged}
            if properties:
                merged["properties"] = properties
    return merged


def _target(root: Schema, reference: str) -> Any:
    node: Any = root
    for part in reference.removeprefix("#").split("/")[1:]:
        node = cast("Schema", node).get(part) if isinstance(node, dict) else None
    return node


def _kind(schema: Schema) -> str:
    named: str | list[str] = schema.get("type", "object" if "properties" in schema else "null")
    names = [named] if isinstance(named, str) else named
    return next((name for name in names if name != "null"), "null")


def _text(schema: Schema, _root: Schema, _depth: int) -> str:
    text = _TEXTS.get(schema.get("format", ""), "example")
    return text[: schema.get("maxLength", len(text))].ljust(schema.get("minLength", 0), "x")


def _number(schema: Schema, _root: Schema, _depth: int) -> Any:
    if "exclusiveMinimum" in schema:
        return schema["exclusiveMinimum"] + 1
    return schema.get("minimum", min(1, schema.get("maximum", 1)))


_MAKERS: dict[str, Callable[[Schema, Schema, int], Any]] = {
    "object": _object,
    "array": _array,
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda _schema, _root, _depth: True,
}
