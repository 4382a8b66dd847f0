"""The calls of the client, as their records tell them: tables of all, and a line for each.

As a MkDocs hook it makes the pages that list every call and every permission; as a Griffe extension
it begins each call of the reference with its route, its permission, what it raises and an example.
"""  # noqa: INP001

import inspect
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import griffe
from attrs import frozen

from devin_async import scopes
from devin_async.protocol.endpoints import Endpoint, is_safe_to_repeat
from devin_async.resources.identity import Self

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

REACHED: Mapping[type[scopes.Scope], str] = {
    scopes.OrganizationScope: "devin.organization(org_id)",
    scopes.EnterpriseScope: "devin.enterprise",
    scopes.EnterpriseOrganizationScope: "devin.enterprise.organization(org_id)",
}
_ROUTE = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) ")
_UNBOUND = inspect.Parameter.empty
# What a call cannot do without though its signature has a default: one of two, or one for a kind.
_ALSO_WRITTEN = {
    "ServiceUsers.create": ["role_id"],
    "OrganizationBlueprints.update": ["contents"],
    "OrganizationSchedules.create": ["frequency"],
}
_BY_NAME = tomllib.loads(Path(__file__).with_name("parameters.toml").read_text())


@frozen(kw_only=True)
class Call:
    """A method that calls one endpoint.

    Attributes:
        reached: How a program gets to it, such as `devin.enterprise.audit_logs.list`.
        page: Page of the reference, below `reference/endpoints`; empty for `whoami`.
        owner: The class that is reached.
        method: Name of the method.
        endpoint: Its record.
    """

    reached: str
    page: str
    owner: type
    method: str
    endpoint: Endpoint[Any]

    @property
    def function(self) -> Callable[..., Any]:
        """The method itself."""
        function: Callable[..., Any] = getattr(self.owner, self.method)
        return function

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def signature(self) -> str:
        """The call with what it cannot do without, as a program would write it."""
        parameters = list(inspect.signature(self.function).parameters.values())[1:]
        written = [
            one.name if one.kind is one.POSITIONAL_OR_KEYWORD else f"{one.name}={one.name}"
            for one in parameters
            if one.default is _UNBOUND and one.kind is not one.VAR_KEYWORD
        ]
        also = _ALSO_WRITTEN.get(self.function.__qualname__, [])
        written += [f"{name}={name}" for name in (*required_keywords(self.function), *also)]
        return f"{self.reached}({', '.join(written)})"

    @property
    def is_list(self) -> bool:
        """Whether it gives a Pager."""
        return self.endpoint.paging is not None and not inspect.iscoroutinefunction(self.function)

    @property
    def example(self) -> str:
        """A line or two that call it."""
        if self.is_list:
            return f"async for item in {self.signature}:\n    print(item)"
        if self.endpoint.kind == "empty":
            return f"await {self.signature}"
        return f"print(await {self.signature})"

    @property
    def notes(self) -> str:
        """What is special about its endpoint."""
        marks = {
            "unconfirmed": self.endpoint.unconfirmed,
            "beta": self.endpoint.beta,
            "deprecated": self.endpoint.deprecated,
        }
        return ", ".join(mark for mark, is_so in marks.items() if is_so)


def required_keywords(function: Callable[..., Any]) -> list[str]:
    """Give the keywords that *function* requires by a TypedDict."""
    names: list[str] = []
    for one in inspect.signature(function).parameters.values():
        if one.kind is one.VAR_KEYWORD:
            options = getattr(one.annotation, "__args__", (None,))[0]
            names += sorted(getattr(options, "__required_keys__", ()))
    return names


def calls() -> Iterator[Call]:
    """Give each call of each scope; a record is called by the method of its name."""
    yield Call(reached="devin.whoami", page="", owner=Self, method="get", endpoint=Self.GET)
    for scope, reached in REACHED.items():
        for name, attribute in vars(scope).items():
            if not isinstance(attribute, scopes.LazyResource):
                continue
            owner = attribute.load()
            for record in dir(owner):
                endpoint = getattr(owner, record)
                if isinstance(endpoint, Endpoint):
                    yield Call(
                        reached=f"{reached}.{name}.{record.lower()}",
                        page=f"{name.replace('_', '-')}.md",
                        owner=owner,
                        method=record.lower(),
                        endpoint=endpoint,
                    )


def link_of(call: Call, text: str) -> str:
    """Write a link to the call's place in the reference, seen from `reference/`."""
    if not call.page:
        return f"[`{text}`](client.md#devin_async.DevinClient.whoami)"
    return f"[`{text}`](endpoints/{call.page}#{anchor_of(call)})"


def anchor_of(call: Call) -> str:
    """Give the anchor of the call on its page."""
    return f"{call.owner.__module__}.{call.owner.__qualname__}.{call.method}"


def title_of(call: Call) -> str:
    """Write the call in words, such as `audit logs list`, and as a program does."""
    words = call.page.removesuffix(".md").replace("-", " ")
    return f"{words} {call.method.replace('_', ' ')}, {call.reached}"


def api_page() -> str:
    """Write the page that lists every call: a table for each attribute of a scope."""
    groups: dict[str, list[Call]] = {}
    for call in calls():
        groups.setdefault(call.reached.rpartition(".")[0], []).append(call)
    routes = {call.endpoint.route for group in groups.values() for call in group}
    lines = [
        "# Every call",
        "",
        f"The API has {len(routes)} operations here; a method calls one of them. Lists follow",
        "their cursors. *Unconfirmed* is what the contract has from one source only.",
    ]
    for reached, group in groups.items():
        head = "| Call | What it does | Route and permission | Paging |"
        lines += ["", f"## {reached}", "", head, "|---|---|---|---|"]
        lines += [row_of(call) for call in group]
    return "\n".join([*lines, ""])


def row_of(call: Call) -> str:
    """Write the line of a call."""
    route = call.endpoint.route.replace("/", "/<wbr>")
    permission = call.endpoint.permission or "any valid key"
    about = f"{call.summary} *{call.notes.capitalize()}.*" if call.notes else call.summary
    cells = (
        link_of(call, call.reached.rpartition(".")[2]),
        about,
        f"<code>{route}</code> {permission}",
        call.endpoint.paging or "",
    )
    return f"| {' | '.join(cells)} |"


def permissions_page() -> str:
    """Write the page that tells which calls a permission opens."""
    opened: dict[str, list[Call]] = {}
    for call in calls():
        if call.endpoint.permission is not None:
            opened.setdefault(call.endpoint.permission, []).append(call)
    lines = [
        "# Permissions",
        "",
        "Which permission a call needs, and which calls a permission opens. A key that lacks it",
        "gets a `PermissionDeniedError` (403), which names it; unknown organizations answer 403",
        "too. Calls of `devin.enterprise` need the permission in the enterprise, the others in the",
        "organization.",
    ]
    for permission, needed_by in sorted(opened.items()):
        lines += ["", f"## {permission}", "", "| Call | What it does |", "|---|---|"]
        lines += [f"| {link_of(call, call.reached)} | {call.summary} |" for call in needed_by]
    return "\n".join([*lines, ""])


PAGES = {
    "reference/api.md": ("Every call", api_page),
    "reference/permissions.md": ("Permissions", permissions_page),
}


def on_config(config: "MkDocsConfig") -> "MkDocsConfig":
    """Put the pages after the overview of Reference."""
    reference = next(one["Reference"] for one in config.nav or [] if "Reference" in one)
    reference[1:1] = [{title: path} for path, (title, _) in PAGES.items()]
    return config


def on_files(files: "Files", config: "MkDocsConfig") -> "Files":
    """Make the pages."""
    from mkdocs.structure.files import File  # noqa: PLC0415 - the tests read the texts without it

    for path, (_, write) in PAGES.items():
        files.append(File.generated(config, path, content=write()))
    text = whole_text(Path(config.docs_dir))
    files.append(File.generated(config, "llms-full.txt", content=text))
    return files


def on_post_build(config: "MkDocsConfig") -> None:
    """Let the search find a call by what it does: its heading is the method's name alone."""
    path = Path(config.site_dir) / "search" / "search_index.json"
    index = json.loads(path.read_text())
    by_anchor = {anchor_of(call): call for call in calls() if call.page}
    for entry in index["docs"]:
        call = by_anchor.get(entry["location"].partition("#")[2])
        if call is not None:
            entry["title"] = f"{title_of(call)}: {call.summary}"
            entry["text"] += f"<p>Route, permission, errors that {call.method} can raise.</p>"
    path.write_text(json.dumps(index, separators=(",", ":")))


def whole_text(docs: Path) -> str:
    """Write every page that llms.txt links into one text, for language models."""
    index = (docs / "llms.txt").read_text()
    linked = dict.fromkeys(re.findall(r"\]\(([\w/-]+\.md)\)", index))
    texts = [index, *((docs / page).read_text() for page in linked)]
    texts += [write() for _, write in PAGES.values()]
    return "\n\n".join(texts)


class Calls(griffe.Extension):
    """Begins the text of each call with its route and permission, its errors and an example."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Complete the calls that *pkg* has, and the parameters of all methods of resources."""
        by_path = {
            f"{call.function.__module__}.{call.function.__qualname__}": call for call in calls()
        }
        for function in methods_of(pkg["resources"]):
            if function.docstring is not None:
                describe_by_name(function, function.docstring)
                if function.path in by_path:
                    complete(function.docstring, by_path[function.path])


def methods_of(place: griffe.Module | griffe.Class) -> Iterator[griffe.Function]:
    """Give the public methods in *place*."""
    for member in place.members.values():
        if member.is_alias or member.name.startswith("_"):
            continue
        if isinstance(member, griffe.Module | griffe.Class):
            yield from methods_of(member)
        elif isinstance(member, griffe.Function) and isinstance(place, griffe.Class):
            yield member


def describe_by_name(function: griffe.Function, docstring: griffe.Docstring) -> None:
    """Describe the parameters of *function* whose names say what they are."""
    kind = griffe.DocstringSectionKind.parameters
    section = next((one for one in docstring.parsed if one.kind is kind), None)
    if section is None:
        section = griffe.DocstringSectionParameters([])
        docstring.parsed.append(section)
    described = {one.name.lstrip("*"): one for one in section.value}
    parameters = [one for one in function.parameters if one.name != "self"]
    for one in parameters:
        known = described.setdefault(
            one.name, griffe.DocstringParameter(one.name, annotation=one.annotation, description="")
        )
        known.description = known.description or _BY_NAME.get(one.name, "")
    section.value[:] = [described[one.name] for one in parameters]
    if not section.value:
        docstring.parsed.remove(section)


def complete(docstring: griffe.Docstring, call: Call) -> None:
    """Put the sections of a call in the order in which a reader asks for them."""
    sections = docstring.parsed
    kinds = griffe.DocstringSectionKind
    raises = next((one for one in sections if one.kind is kinds.raises), None)
    if raises is None:
        raises = griffe.DocstringSectionRaises([])
    named = {str(one.annotation) for one in raises.value}
    raises.value += [
        griffe.DocstringRaise(annotation=name, description=text)
        for name, text in errors_of(call.endpoint).items()
        if name not in named
    ]
    example = griffe.DocstringSectionExamples(
        [(kinds.text, f"```python\n{call.example}\n```")], title="Example"
    )
    placed = {kinds.text, kinds.raises, kinds.parameters}
    texts = [griffe.DocstringSectionText(beginning_of(docstring.value, sections))]
    parameters = [one for one in sections if one.kind is kinds.parameters]
    others = [one for one in sections if one.kind not in placed]
    sections[:] = [*texts, raises, example, *parameters, *others]


def beginning_of(docstring: str, sections: list[griffe.DocstringSection]) -> str:
    """Write what a call does, its route, and then the rest of what is said of it."""
    kind = griffe.DocstringSectionKind.text
    texts = "\n\n".join(str(one.value) for one in sections if one.kind is kind)
    summary, *others = texts.split("\n\n")
    routes = [one for one in others if _ROUTE.match(one)]
    if not routes:
        raise ValueError(f"a call's docstring does not name its route: {docstring}")
    return "\n\n".join([summary, *routes, *(one for one in others if one not in routes)])


def errors_of(endpoint: Endpoint[Any]) -> dict[str, str]:
    """Give the errors that a call of *endpoint* can end with, and when."""
    needed = endpoint.permission
    errors = {
        "AuthenticationError": "401: the key is not valid.",
        "PermissionDeniedError": f"403: the key has no {needed}." if needed else "403.",
    }
    if endpoint.parameters:
        errors["NotFoundError"] = "404: nothing has this id."
    if endpoint.body != "none":
        errors["ValidationFailedError"] = "422: the API refuses a value."
    errors["RateLimitedError"] = "429: still, at the deadline."
    if is_safe_to_repeat(endpoint.method):
        errors["ServerError"] = "5xx: still, after the last attempt."
    else:
        errors["OutcomeUnknownError"] = "It may have been done: the answer was lost, or a 5xx."
    errors["ConnectionFailedError"] = "There is no connection."
    errors["RequestTimeoutError"] = "There is no answer in time."
    return errors


__all__ = ["Calls", "calls", "on_config", "on_files"]
