"""What is wrong with a request, by the text of its operation."""

import json
import re
from urllib.parse import quote, unquote

import jsonschema
from contract_files import rule_of

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def path_faults(operation, raw_path, values):
    """Compare the path with the template; *given* are the values that may stand in it."""
    declared = operation.parameters("path")

    def pattern(match):
        several = declared[match[1]].get("x-path-style") == "multi-segment"
        return f"(?P<{match[1]}>{'.+' if several else '[^/]+'})"

    match = re.fullmatch(_PLACEHOLDER.sub(pattern, operation.path), raw_path)
    if match is None:
        return [f"the path {raw_path} is none of {operation.path}"]
    problems = []
    for name, raw in match.groupdict().items():
        safe = "/" if declared[name].get("x-path-style") == "multi-segment" else ""
        if unquote(raw).removeprefix("devin-") not in values:
            problems.append(f"path {name} is {raw}, which nobody gave")
        if quote(unquote(raw), safe=safe) != raw:
            problems.append(f"path {name} is {raw}, which is not encoded as it should be")
    return problems


def _as_objects(operation, pairs):
    """Give the pairs of an object's keys (`metadata.key=value`) under the object's name."""
    declared = operation.parameters("query")
    objects = {name for name, one in declared.items() if one["schema"].get("type") == "object"}
    cut = ((name.partition(".")[0], name, text) for name, text in pairs)
    return [(head if head in objects and head != name else name, text) for head, name, text in cut]


def query_faults(operation, pairs):
    declared, pairs = operation.parameters("query"), _as_objects(operation, pairs)
    problems = [f"query {name} is not known" for name, _ in pairs if name not in declared]
    sent = {name: [text for key, text in pairs if key == name] for name, _ in pairs}
    for name, parameter in declared.items():
        if name not in sent:
            problems += [f"query {name} is required"] if parameter.get("required") else []
            continue
        schema = operation.resolve(parameter["schema"])
        value = _query_value(operation, schema, sent[name])
        validator = jsonschema.Draft202012Validator(_alone(operation, schema))
        problems += [f"query {name}: {rule_of(fault)}" for fault in validator.iter_errors(value)]
    return problems


def _alone(operation, schema):
    items = {"items": operation.resolve(schema["items"])} if "items" in schema else {}
    return {**schema, **items}


def _query_value(operation, schema, texts):
    kinds = schema.get("type", ())
    if kinds == "object":
        return dict(enumerate(texts))  # the names of the keys are free
    if "array" in kinds:
        return [_query_value(operation, operation.resolve(schema["items"]), [one]) for one in texts]
    if len(texts) > 1:
        return texts
    text = texts[0]
    if "integer" in kinds and re.fullmatch(r"-?\d+", text):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if "boolean" in kinds else text


def body_faults(operation, recorded):
    if not operation.body_types:
        return [f"there is a body, {recorded.body!r}"] if recorded.body else []
    if recorded.content_type not in operation.body_types:
        return [f"the body is {recorded.content_type!r}; allowed: {operation.body_types}"]
    if recorded.content_type == "multipart/form-data":
        return [] if b'name="file"' in recorded.body else ["the form has no field `file`"]
    return operation.body_faults(json.loads(recorded.body))


def faults(operation, recorded, values):
    """Give everything that is wrong with a recorded request."""
    method = [] if recorded.method == operation.method else [f"the method is {recorded.method}"]
    return [
        *method,
        *path_faults(operation, recorded.raw_path, values),
        *query_faults(operation, recorded.query),
        *body_faults(operation, recorded),
    ]


def unsent(operation, recorded):
    """Give the query names and body fields of the contract that the request does not hold."""
    queries = set(operation.parameters("query")) - {
        name for name, _ in _as_objects(operation, recorded.query)
    }
    if recorded.content_type != "application/json":
        return queries
    return queries | _unsent_fields(operation, operation.body_schema, json.loads(recorded.body))


def _unsent_fields(operation, schema, value):
    schema = operation.resolve(schema)
    if isinstance(value, list):
        return set().union(*(_unsent_fields(operation, schema.get("items", {}), v) for v in value))
    if not isinstance(value, dict):
        return set()
    choices = schema.get("anyOf") or schema.get("oneOf") or [schema]
    real = [one for one in map(operation.resolve, choices) if one.get("type") != "null"]
    fields = real[0].get("properties", {})
    nested = (_unsent_fields(operation, fields[n], v) for n, v in value.items() if n in fields)
    return (set(fields) - set(value)).union(*nested)
