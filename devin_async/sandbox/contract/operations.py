"""The operations of the contract, read from its data once, and the routing table made of them."""

import functools
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

import attrs
import msgspec

FILES = ("organizations", "enterprise", "beta")

# A branch may be called feature/x, and clients differ in whether they encode the slash.
_MAY_HOLD_SLASHES = ("branch_name",)

Schema = Mapping[str, Any]


@attrs.frozen
class Parameter:
    """Describe one path or query parameter.

    Attributes:
        name: The name on the wire.
        location: `path` or `query`.
        required: Whether a request without it is invalid.
        schema: Its schema, resolved one level.
        multi_segment: Whether a path value may hold raw slashes.
        prefix: What stands before the keys of an object that is sent as one parameter a key.
    """

    name: str
    location: str
    required: bool
    schema: Schema
    multi_segment: bool
    prefix: str | None = None


@attrs.frozen
class Operation:
    """Describe one operation of the contract.

    Attributes:
        method: The HTTP method, in capitals.
        path: The path template.
        permissions: The permission that opens it, then its alternatives; empty for any token.
        scope: `organization`, `enterprise` or `any`.
        parameters: Its parameters.
        body_types: The media types of its body, empty when it takes none.
        body_schema: The schema of its JSON body.
        status: The status of a success.
        answers: The schemas of its successful JSON answers by status.
        components: The components of its file, against which references resolve.
    """

    method: str
    path: str
    permissions: tuple[str, ...]
    scope: str
    parameters: tuple[Parameter, ...]
    body_types: tuple[str, ...]
    body_schema: Schema | None
    status: int
    answers: Mapping[int, Schema]
    components: Mapping[str, Any] = attrs.field(repr=False)

    @property
    def key(self) -> str:
        """Return its name in fault scripts and counters, such as `GET /v3/self`."""
        return f"{self.method} {self.path}"

    @functools.cached_property
    def path_names(self) -> tuple[str, ...]:
        """Return the names of its path parameters, in the order of the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @functools.cached_property
    def body_fields(self) -> frozenset[str] | None:
        """Return the fields of its JSON body, or None when any may stand there."""
        schema = self.resolve(self.body_schema or {})
        return None if schema.get("additionalProperties") else frozenset(schema["properties"])

    @property
    def answer(self) -> Schema:
        """Return the schema of its JSON answer; empty when there is none."""
        return self.answers.get(self.status, {})

    def resolve(self, schema: Schema) -> Schema:
        """Follow references until a schema that says something itself."""
        return _resolve(self.components, schema)


def _resolve(components: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = components[kind][name]
    return node


@functools.cache
def operations() -> tuple[Operation, ...]:
    """Load every operation of the contract, once a process."""
    return tuple(operation for name in FILES for operation in _operations_of(_document(name)))


def _document(name: str) -> dict[str, Any]:
    file = resources.files("devin_async.sandbox.contract").joinpath(f"{name}.json")
    document: dict[str, Any] = msgspec.json.decode(file.read_bytes())
    return document


def _operations_of(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, data in methods.items():
            yield _operation(method.upper(), path, data, document["components"])


def _operation(
    method: str, path: str, data: Mapping[str, Any], components: Mapping[str, Any]
) -> Operation:
    bodies = data.get("requestBody", {}).get("content", {})
    permission = data["x-permission"]
    return Operation(
        method=method,
        path=path,
        # An operation open to every token may still name an older permission: it stays open.
        permissions=(permission, *data.get("x-permission-alternatives", ())) if permission else (),
        scope=data["x-scope"],
        parameters=tuple(_parameter(item, components) for item in data.get("parameters", ())),
        body_types=tuple(bodies),
        body_schema=bodies.get("application/json", {}).get("schema"),
        status=next(int(status) for status in data["responses"] if status[0] in "23"),
        answers=_answers(data["responses"]),
        components=components,
    )


def _answers(responses: Mapping[str, Any]) -> dict[int, Schema]:
    return {
        int(status): response["content"]["application/json"]["schema"]
        for status, response in responses.items()
        if status.startswith("2") and "application/json" in response.get("content", {})
    }


def _parameter(item: Mapping[str, Any], components: Mapping[str, Any]) -> Parameter:
    data = _resolve(components, item)
    return Parameter(
        name=data["name"],
        location=data["in"],
        required=data.get("required", False),
        schema=_resolve(components, data["schema"]),
        multi_segment=data.get("x-path-style") == "multi-segment"
        or data["name"] in _MAY_HOLD_SLASHES,
        prefix=data.get("x-query-prefix"),
    )
