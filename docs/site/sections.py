"""What the reference shows that docstrings leave to types: a Griffe extension of the site's build.

- A method that takes `**options: Unpack[ListOptions]` is shown with the keywords that this allows.
- A model's docstring tells what its names do not; the rest of its fields are added, with types.
"""  # noqa: INP001

import re
from collections.abc import Iterator
from typing import Any, cast

import griffe

Described = dict[str, griffe.DocstringNamedElement]


class Sections(griffe.Extension):
    """Completes signatures, Parameters and Attributes, once a package is loaded as a whole."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Complete what *pkg* has."""
        found = list(objects_of(pkg))
        made_by_attrs = [one for one in found if isinstance(one, griffe.Class) and is_attrs(one)]
        for one in made_by_attrs:
            add_constructor(one)  # before docstrings are parsed, and checked by it
        for one in made_by_attrs:
            complete_attributes(one)
        for function in (one for one in found if isinstance(one, griffe.Function)):
            unpack_options(function, pkg)
            write_defaults(function, pkg)
        for place in (one for one in found if isinstance(one, griffe.Class)):
            if is_attrs(place) or is_typed_dict(place):
                drop_fields(place)


def objects_of(place: griffe.Module | griffe.Class) -> Iterator[griffe.Object]:
    """Give the classes and functions in *place*, of the innermost ones too."""
    for member in place.members.values():
        if member.is_alias:
            continue
        if isinstance(member, griffe.Module | griffe.Class):
            yield from objects_of(member)
        if isinstance(member, griffe.Class | griffe.Function):
            yield member


def unpack_options(function: griffe.Function, package: griffe.Module) -> None:
    """Put the keywords of a TypedDict where *function* has `**name: Unpack[...]`."""
    for parameter in list(function.parameters):
        annotation = parameter.annotation
        if parameter.kind is not griffe.ParameterKind.var_keyword:
            continue
        if not isinstance(annotation, griffe.ExprSubscript):
            continue
        options = package.modules_collection[cast("griffe.Expr", annotation.slice).canonical_path]
        fields = fields_of(cast("griffe.Class", options))
        for field, required in fields.values():
            function.parameters.add(keyword_of(field, required=required))
        # Here the docstring is parsed, and checked by a signature that has both.
        describe_options(function, parameter.name, fields)
        del function.parameters[parameter.name]


def keyword_of(field: griffe.Attribute, *, required: bool) -> griffe.Parameter:
    """Make the keyword that sets *field*; one that may be left out has no default of its own."""
    return griffe.Parameter(
        field.name,
        annotation=field.annotation,
        kind=griffe.ParameterKind.keyword_only,
        default=None if required else "...",
    )


def describe_options(
    function: griffe.Function, name: str, fields: dict[str, tuple[griffe.Attribute, bool]]
) -> None:
    """Put what the TypedDict says of its *fields* where the docstring has `**name`, or first."""
    docstring = function.docstring
    if docstring is None and function.name == "__init__" and function.parent is not None:
        docstring = function.parent.docstring  # a class says what its constructor takes
    if docstring is None:
        return
    described = [
        griffe.DocstringParameter(
            field.name,
            annotation=field.annotation,
            description=description_of(field),
            value=None if required else "...",
        )
        for field, required in fields.values()
    ]
    sections = docstring.parsed
    for section in sections:
        if section.kind is griffe.DocstringSectionKind.parameters:
            kept = [one for one in section.value if one.name.lstrip("*") != name]
            known = {one.name for one in kept}
            section.value[:] = kept + [one for one in described if one.name not in known]
            return
    sections.insert(1, griffe.DocstringSectionParameters(described))


def fields_of(options: griffe.Class) -> dict[str, tuple[griffe.Attribute, bool]]:
    """Give the fields of a TypedDict, its own before those it inherits, and which are required."""
    found: dict[str, tuple[griffe.Attribute, bool]] = {}
    for place in (options, *options.mro()):
        required = str(place.keywords.get("total", "True")) == "True"
        for field in place.attributes.values():
            found.setdefault(field.name, (field, required))
    return found


def description_of(field: griffe.Attribute) -> str:
    """Give what the class of *field*, or one that it inherits from, says of it."""
    place = cast("griffe.Class", field.parent)
    for one in (place, *place.mro()):
        described = described_by(one).get(field.name)
        if described is not None:
            return described.description
    return ""


def described_by(place: griffe.Class) -> Described:
    """Give what the Attributes section of *place* says, by name."""
    if place.docstring is None:
        return {}
    return {
        one.name: one
        for section in place.docstring.parsed
        if section.kind is griffe.DocstringSectionKind.attributes
        for one in section.value
    }


def is_attrs(place: griffe.Class) -> bool:
    """Tell whether attrs makes *place* from its annotations."""
    names = {str(one.callable_path) for one in place.decorators}
    return bool(names & {"attrs.frozen", "attrs.define"})


def is_typed_dict(place: griffe.Class) -> bool:
    """Tell whether *place* holds the keywords of methods."""
    bases = [str(base) for one in (place, *place.mro()) for base in one.bases]
    return "TypedDict" in bases


def is_documented_by_arguments(place: griffe.Class) -> bool:
    """Tell whether callers make a *place*: its docstring has Args, not Attributes."""
    return place.docstring is not None and "\nArgs:\n" in place.docstring.value


def add_constructor(place: griffe.Class) -> None:
    """Give *place*, if callers make it, the constructor that attrs writes."""
    if not is_documented_by_arguments(place):
        return
    parameters = [griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)]
    parameters += [
        griffe.Parameter(
            name,
            annotation=field.annotation,
            kind=griffe.ParameterKind.keyword_only,
            default=default_of(field),
        )
        for name, field in public_fields(place).items()
    ]
    made = griffe.Function("__init__", parameters=griffe.Parameters(*parameters), parent=place)
    place.set_member("__init__", made)


def default_of(field: griffe.Attribute) -> str | None:
    """Give the default of *field*, None when it has none."""
    value = None if field.value is None else str(field.value)
    if value is None or not value.startswith("field("):
        return value
    given = re.search(r"\b(default|factory)=(\w+)", value)
    return None if given is None else given[2] if given[1] == "default" else "..."


def write_defaults(function: griffe.Function, package: griffe.Module) -> None:
    """Write the value of a default that *function* names by a constant of ours."""
    for parameter in function.parameters:
        if isinstance(parameter.default, griffe.ExprName):
            path = parameter.default.canonical_path
            constant = package.modules_collection[path] if path.startswith(package.name) else None
            if isinstance(constant, griffe.Attribute) and isinstance(
                constant.value, griffe.Expr | str
            ):
                parameter.default = constant.value


def drop_fields(place: griffe.Class) -> None:
    """Do not show again, as members, the fields that the docstring of *place* has now."""
    for name in public_fields(place).keys() & place.members.keys():
        del place.members[name]


def public_fields(place: griffe.Class) -> dict[str, griffe.Attribute]:
    """Give the fields of *place* that callers see, those it inherits first."""
    fields: dict[str, griffe.Attribute] = {}
    for one in (*reversed(place.mro()), place):
        fields |= {name: field for name, field in one.attributes.items() if is_shown(field)}
    return fields


def complete_attributes(place: griffe.Class) -> None:
    """Let the Attributes section of *place* have each of its public fields."""
    if place.docstring is None or is_documented_by_arguments(place):
        return
    described: Described = {}
    for one in (*reversed(place.mro()), place):
        described |= described_by(one)
    rows = [
        griffe.DocstringAttribute(
            name,
            annotation=field.annotation,
            description=described[name].description if name in described else "",
        )
        for name, field in public_fields(place).items()
    ]
    sections = place.docstring.parsed
    sections[:] = [
        one for one in sections if one.kind is not griffe.DocstringSectionKind.attributes
    ]
    if rows:
        sections.append(griffe.DocstringSectionAttributes(rows))


def is_shown(field: griffe.Attribute) -> bool:
    """Tell whether *field* holds a value that callers read, and no property or class variable."""
    return (
        not field.name.startswith("_")
        and field.annotation is not None
        and "property" not in field.labels
        and "ClassVar" not in str(field.annotation)
    )
