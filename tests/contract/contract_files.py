"""The contract: its operations, as data, and JSON Schema validation against it."""

import functools
import json
from pathlib import Path

import attrs
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

import devin_async

FOLDER = Path(devin_async.__file__).parent / "sandbox" / "contract"
DOCUMENTS = {
    name: json.loads((FOLDER / f"{name}.json").read_text())
    for name in ("organizations", "enterprise", "beta")
}
REGISTRY = Registry().with_resources(
    (f"urn:{name}", Resource(document, DRAFT202012)) for name, document in DOCUMENTS.items()
)


def rule_of(fault):
    """Say which rule of a schema a value breaks, in words of ours."""
    return f"{fault.instance!r} breaks {fault.validator}: {fault.validator_value!r}"


@attrs.frozen(eq=False)
class Operation:
    """One operation; `pointer` is its place in `document`."""

    document: str
    method: str
    path: str
    data: dict = attrs.field(repr=False)

    @property
    def key(self):
        return f"{self.method} {self.path}"

    @functools.cached_property
    def pointer(self):
        return f"/paths/{self.path.replace('~', '~0').replace('/', '~1')}/{self.method.lower()}"

    def resolve(self, node):
        """Follow references until something that says something itself."""
        while "$ref" in node:
            part = DOCUMENTS[self.document]
            for step in node["$ref"].removeprefix("#/").split("/"):
                part = part[step.replace("~1", "/").replace("~0", "~")]
            node = {**part, **{name: value for name, value in node.items() if name != "$ref"}}
        return node

    def parameters(self, location):
        """Give the parameters of "path" or "query" by name, resolved."""
        resolved = map(self.resolve, self.data.get("parameters", ()))
        return {one["name"]: one for one in resolved if one["in"] == location}

    @property
    def body_types(self):
        return tuple(self.data.get("requestBody", {}).get("content", {}))

    @property
    def body_schema(self):
        return self.data["requestBody"]["content"]["application/json"]["schema"]

    @property
    def status(self):
        return next(int(code) for code in self.data["responses"] if code[0] in "23")

    @property
    def answer_schema(self):
        content = self.data["responses"][str(self.status)].get("content", {})
        return content.get("application/json", {}).get("schema")

    def faults(self, place, value):
        """Give what JSON Schema finds wrong with *value*; *place* is relative to the operation."""
        steps = "".join(f"/{step.replace('/', '~1')}" for step in place)
        schema = {"$ref": f"urn:{self.document}#{self.pointer}{steps}"}
        validator = Draft202012Validator(schema, registry=REGISTRY)
        return [f"{fault.json_path}: {rule_of(fault)}" for fault in validator.iter_errors(value)]

    def body_faults(self, value):
        return self.faults(("requestBody", "content", "application/json", "schema"), value)

    def answer_faults(self, value):
        place = ("responses", str(self.status), "content", "application/json", "schema")
        return self.faults(place, value)


OPERATIONS = {
    operation.key: operation
    for name, document in DOCUMENTS.items()
    for path, methods in document["paths"].items()
    for method, data in methods.items()
    for operation in [Operation(name, method.upper(), path, data)]
}
