"""Models built from structs, so that a page decodes as fast as into dicts, whatever it leaves out.

msgspec fills its own structs at once, defaults included. Into a slotted attrs class it asks each
slot that the server left empty for its value, and Python raises and drops an `AttributeError` for
it: a page without its optional fields took seven times as long. So pages are decoded into a struct
of the same fields, from which the models are made.

Setting an attribute of a frozen class is slow, too. The fields are therefore set on a twin of the
model that is not frozen and has the same layout, and the object is then made one of the model.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast, get_type_hints

import attrs
import msgspec

from devin_async.models.model import Model

__all__ = ["Build", "can_be_built", "make_builder", "make_struct", "required_fields"]

Build = Callable[[Sequence[Any]], list[Any]]
"""Makes models of structs."""


def can_be_built(model: Any) -> bool:
    """Tell whether all of *model* is in its fields, and the rest of its layout in its base."""
    if not (isinstance(model, type) and issubclass(model, Model) and attrs.has(model)):
        return False
    fields: Any = attrs.fields(cast("Any", model))
    return all(one.init for one in fields)


def required_fields(model: Any) -> frozenset[str]:
    """Name the fields that have no default."""
    return frozenset(
        one.name for one in attrs.fields(model) if one.init and one.default is attrs.NOTHING
    )


def make_struct(model: Any) -> type[msgspec.Struct]:
    """Make the struct of the fields of *model*; what is in them stays as it is."""
    hints = get_type_hints(model, include_extras=True)
    fields = [_field(one, hints[one.name]) for one in attrs.fields(model)]
    return msgspec.defstruct(model.__name__, fields, kw_only=True, gc=False)


def _field(one: "attrs.Attribute[Any]", hint: Any) -> tuple[str, Any] | tuple[str, Any, Any]:
    default: Any = one.default
    if default is attrs.NOTHING:
        return one.name, hint
    if hasattr(default, "factory"):
        return one.name, hint, msgspec.field(default_factory=default.factory)
    return one.name, hint, default


def make_builder(model: Any) -> Build:
    """Make what builds *model*: a loop that is written out, as attrs does with `__init__`."""
    plain = {name: getattr(object, name) for name in ("__init__", "__setattr__")}
    parts = {"__slots__": model.__slots__, **plain}
    twin = type(model.__name__, model.__bases__, parts)
    names = [one.name for one in attrs.fields(model)]
    lines = [
        "def build(structs):",
        "    models = []",
        "    for struct in structs:",
        "        model = twin()",
        *(f"        model.{name} = struct.{name}" for name in names),
        "        model.__class__ = final",
        "        models.append(model)",
        "    return models",
    ]
    scope: dict[str, Any] = {"twin": twin, "final": model}
    exec("\n".join(lines), scope)  # noqa: S102 - the names are those of our own models' fields
    build: Build = scope["build"]
    return build
