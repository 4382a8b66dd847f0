"""Pages of the reference that follow from the code: a MkDocs hook.

Each attribute of a scope and each module of models gets a page, and all attributes together get a
table; a new one appears by itself.
"""  # noqa: INP001

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devin_async import models, scopes

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

SCOPES: Mapping[str, type[scopes.Scope]] = {
    "Of an organization": scopes.OrganizationScope,
    "Of the enterprise": scopes.EnterpriseScope,
    "Of an organization, through its enterprise": scopes.EnterpriseOrganizationScope,
}
REACHED = ("devin.organization(id)", "devin.enterprise", "devin.enterprise.organization(id)")
# An alias of a type needs no sentence, and nor does each field: a table has cells for that.
_ALL = ["      show_if_no_docstring: true", "      docstring_section_style: table"]
_HIDDEN = ["      show_root_heading: false", "      show_root_toc_entry: false"]
CAPITALS = {"acu": "ACU", "api": "API", "idp": "IdP", "ip": "IP", "pr": "PR", "prs": "PRs"}


def resources() -> dict[str, dict[str, str]]:
    """Give the scopes that each attribute is in, with the path of its class there."""
    places: dict[str, dict[str, str]] = {}
    for scope, holder in SCOPES.items():
        for name, resource in vars(holder).items():
            if isinstance(resource, scopes.LazyResource):
                places.setdefault(name, {})[scope] = path_of(resource)
    return dict(sorted(places.items()))


def path_of(resource: scopes.LazyResource[Any]) -> str:
    """Give the import path of a resource's class, which is read and not imported here."""
    return f"devin_async.resources.{resource._module}.{resource._class_name}"  # noqa: SLF001


def title_of(name: str) -> str:
    """Write the name of an attribute or a module as a title."""
    words = [CAPITALS.get(word, word) for word in name.split("_")]
    text = " ".join(words)
    return text[0].upper() + text[1:]


def resource_page(name: str, places: Mapping[str, str]) -> str:
    """Write the page of an attribute: a section for each scope that has it."""
    lines = ["---", "search: {boost: 2}", "---", ""] if name == "sessions" else []
    lines += [f"# {title_of(name)}", ""]
    for scope, path in places.items():
        lines += [f"## {scope}", "", f"::: {path}", "    options:", *_HIDDEN]
        lines += ["      heading_level: 3", ""]
    return "\n".join(lines)


def overview_page(attributes: Mapping[str, Mapping[str, str]]) -> str:
    """Write the page that tells which scope has which attribute."""
    lines = [
        "# Endpoints",
        "",
        "The calls are methods of a scope's attributes. Which scope has which:",
        "",
    ]
    lines += ["| | " + " | ".join(f"`{scope}`" for scope in REACHED) + " |", "|---|---|---|---|"]
    for name, places in attributes.items():
        marks = [f"`.{name}`" if scope in places else "" for scope in SCOPES]
        lines.append(f"| [{title_of(name)}]({file_of(name)}) | " + " | ".join(marks) + " |")
    return "\n".join([*lines, ""])


def file_of(name: str) -> str:
    """Give the file name of a page."""
    return f"{name.replace('_', '-')}.md"


def models_page(name: str) -> str:
    """Write the page of a module of models."""
    # A question about sessions is one about calls first, and about their fields then.
    lines = ["---", "search: {boost: 0.3}", "---", ""]
    lines += [f"# {title_of(name)}: models", "", f"::: devin_async.models.{name}", "    options:"]
    return "\n".join([*lines, *_HIDDEN, "      heading_level: 2", *_ALL, ""])


def model_names() -> list[str]:
    """Give the modules of models."""
    paths = Path(models.__path__[0]).glob("*.py")
    return sorted(path.stem for path in paths if not path.stem.startswith("_"))


def pages() -> Iterator[tuple[str, str, str, str]]:
    """Give section, title, path and text of each page that is made."""
    attributes = resources()
    yield "Endpoints", "Overview", "reference/endpoints/index.md", overview_page(attributes)
    for name, places in attributes.items():
        path = f"reference/endpoints/{file_of(name)}"
        yield "Endpoints", title_of(name), path, resource_page(name, places)
    for name in model_names():
        yield "Models", title_of(name), f"reference/models/{file_of(name)}", models_page(name)


def on_config(config: "MkDocsConfig") -> "MkDocsConfig":
    """Put the pages that are made at the end of Reference."""
    sections: dict[str, list[Any]] = {}
    for section, title, path, _ in pages():
        sections.setdefault(section, []).append({title: path})
    reference = next(one["Reference"] for one in config.nav or [] if "Reference" in one)
    reference += [{section: links} for section, links in sections.items()]
    return config


def on_files(files: "Files", config: "MkDocsConfig") -> "Files":
    """Make them."""
    from mkdocs.structure.files import File  # noqa: PLC0415 - the tests read the texts without it

    for _, _, path, text in pages():
        files.append(File.generated(config, path, content=text))
    return files
