"""Read query parameters as the contract types them: text in, values or located errors out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devin_async.sandbox.base.problems import field_error, invalid
from devin_async.sandbox.contract.operations import Operation, Parameter, Schema
from devin_async.sandbox.contract.validation import Validator

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

MAX_SPAN = 100 * 86_400
"""The widest window of logs and of the metrics that name one, in seconds."""


def read_query(operation: Operation, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the values of the known query parameters, defaults filled in.

    Unknown names are ignored without a word, as the API ignores them: a typo means unfiltered data.

    Raises:
        Problem: With 422, naming every invalid parameter.
    """
    values: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    for parameter in operation.parameters:
        if parameter.location == "query":
            if parameter.prefix is not None:
                values[parameter.name] = _read_prefixed(parameter.prefix, pairs)
                continue
            texts = [text for name, text in pairs if name == parameter.name]
            values[parameter.name] = _read(operation, parameter, texts, errors)
    if not errors:
        errors.extend(_time_errors(operation, values))
    if errors:
        raise invalid(errors)
    return values


def _read(
    operation: Operation, parameter: Parameter, texts: list[str], errors: list[dict[str, Any]]
) -> Any:
    loc = ("query", parameter.name)
    if not texts:
        if parameter.required:
            errors.append(field_error(loc, "Field required", "missing"))
        return parameter.schema.get("default")
    schema = parameter.schema
    if schema.get("type") == "array":
        item = operation.resolve(schema["items"])
        value: Any = [_convert(item, text, (*loc, i), errors) for i, text in enumerate(texts)]
    else:
        value = _convert(schema, texts[-1], loc, errors)
    if not errors:
        errors.extend(Validator(operation.resolve).errors(value, schema, loc))
    return value


def _read_prefixed(prefix: str, pairs: Sequence[tuple[str, str]]) -> dict[str, str] | None:
    values = {name[len(prefix) :]: text for name, text in pairs if name.startswith(prefix)}
    return values or None


def _convert(
    schema: Schema, text: str, loc: tuple[str | int, ...], errors: list[dict[str, Any]]
) -> Any:
    match schema.get("type"):
        case "integer":
            if _INTEGER.fullmatch(text):
                return int(text)
            message = "Input should be a valid integer, unable to parse string as an integer"
            errors.append(field_error(loc, message, "int_parsing"))
        case "boolean":
            # Requests turns True into "True": every spelling of the case is one value.
            if text.lower() in _BOOLEANS:
                return _BOOLEANS[text.lower()]
            message = "Input should be a valid boolean, unable to interpret input"
            errors.append(field_error(loc, message, "bool_parsing"))
        case _:
            return text
    return None


def _time_errors(operation: Operation, values: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    after, before = values.get("time_after"), values.get("time_before")
    logs = operation.path.endswith(("/audit-logs", "/guardrail-violations"))
    if before is not None and after is None and logs:
        yield field_error(("query", "time_before"), "time_before needs time_after", "value_error")
    if before is not None and after is not None:
        if before <= after:
            message = "time_before should be later than time_after"
            yield field_error(("query", "time_before"), message, "value_error")
        elif (logs or _is_short_report(operation)) and before - after > MAX_SPAN:
            message = "The range should span at most 100 days"
            yield field_error(("query", "time_before"), message, "value_error")


def _is_short_report(operation: Operation) -> bool:
    """Tell whether the documents limit the range of a report that needs both its ends."""
    if operation.path.endswith("/code-scans/metrics"):
        return True
    needed = any(item.name == "time_after" and item.required for item in operation.parameters)
    return needed and operation.scope == "organization" and "/metrics/" in operation.path
