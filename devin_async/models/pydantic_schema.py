"""Models in pydantic: validated from their fields, and written and described as objects.

It is loaded when pydantic asks a model for its schema, so pydantic is there.
"""

from typing import Any, cast, get_type_hints

import attrs
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from devin_async.base.markers import TAGGED_UNIONS, UNSET, Tagged
from devin_async.base.plain_json import as_array, as_object
from devin_async.models.model import Model

__all__ = ["schema_of"]

_UNKNOWN = "unknown"


def schema_of(model: type, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Make the schema of *model*: an instance, or an object that has its fields."""
    tagged = TAGGED_UNIONS.get(model)
    if tagged is not None:
        return _union(tagged, handler)
    if any(model is one.unknown for one in TAGGED_UNIONS.values()):
        return _raw(model)
    return _object(model, handler)


def _object(model: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    hints = get_type_hints(model)  # plain: an open enum is a str
    fields = [
        core_schema.dataclass_field(
            name=field.name,
            schema=_with_default(field, handler.generate_schema(hints[field.name])),
            kw_only=True,
        )
        for field in attrs.fields(model)
    ]
    return core_schema.dataclass_schema(
        model,
        core_schema.dataclass_args_schema(model.__name__, fields),
        [field.name for field in attrs.fields(model)],
        slots=True,
        frozen=True,
        ref=f"{model.__module__}.{model.__qualname__}",
        serialization=core_schema.plain_serializer_function_ser_schema(_write, info_arg=True),
    )


def _write(value: Model, info: core_schema.SerializationInfo) -> dict[str, Any]:
    """Write a model: for JSON as `to_dict` does, for Python with its times."""
    written = value.to_dict() if info.mode_is_json() else attrs.asdict(cast("Any", value))
    return _without_none(written) if info.exclude_none else written


def _without_none(value: Any) -> Any:
    fields = as_object(value)
    if fields is not None:
        return {name: _without_none(part) for name, part in fields.items() if part is not None}
    parts = as_array(value)
    return value if parts is None else [_without_none(part) for part in parts]


def _with_default(field: "attrs.Attribute[Any]", schema: CoreSchema) -> CoreSchema:
    default: Any = field.default
    if default is attrs.NOTHING:
        return schema
    if hasattr(default, "factory"):
        return core_schema.with_default_schema(schema, default_factory=default.factory)
    if default is UNSET:  # a default of its own would stand in the JSON schema
        return core_schema.with_default_schema(schema, default_factory=lambda: UNSET)
    return core_schema.with_default_schema(schema, default=default)


def _union(tagged: Tagged, handler: GetCoreSchemaHandler) -> CoreSchema:
    members = {member.__name__: member for member in tagged.members.values()}
    choices = {name: handler.generate_schema(member) for name, member in members.items()}

    def name_of(value: Any) -> str:
        if not isinstance(value, dict):
            return type(value).__name__ if type(value).__name__ in members else _UNKNOWN
        member = tagged.member_of(cast("dict[str, Any]", value))
        return _UNKNOWN if member is None else member.__name__

    return core_schema.tagged_union_schema({**choices, _UNKNOWN: _raw(tagged.unknown)}, name_of)


def _raw(unknown: Any) -> CoreSchema:
    """Make the schema of what is newer than this package: any object, kept whole."""
    tagged = next(one for one in TAGGED_UNIONS.values() if one.unknown is unknown)
    read = core_schema.no_info_after_validator_function(
        tagged.unknown_of, core_schema.dict_schema()
    )
    written = core_schema.plain_serializer_function_ser_schema(
        lambda value: value.raw, return_schema=core_schema.dict_schema()
    )
    return core_schema.json_or_python_schema(
        json_schema=read,
        python_schema=core_schema.union_schema([core_schema.is_instance_schema(unknown), read]),
        serialization=written,
    )
