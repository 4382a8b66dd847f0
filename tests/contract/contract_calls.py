"""The calls of the client, found by walking its scopes, and arguments for them."""

import inspect
import types
import typing
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs
import contract_table as table
from contract_files import OPERATIONS

from devin_async import scopes
from devin_async.base.markers import TAGGED_UNIONS, UNSET, Unset
from devin_async.codec import v3beta1
from devin_async.lists.pager import Pager
from devin_async.protocol.endpoints import Dialect, Endpoint
from devin_async.resources.identity import Self

ORG_ID = "org|1 /ü"
FIRST_TIME = datetime(2026, 1, 31, 8, tzinfo=UTC)


@attrs.frozen
class Parameter:
    """A parameter of a method: its type, how it is given, and its default."""

    hint: object
    kind: object
    default: object


@attrs.frozen(eq=False)
class Call:
    """A method of a family, and the endpoint that it calls in one dialect."""

    api_version: str
    scope: type | None
    family: str
    owner: type
    method: str
    endpoint: Endpoint = attrs.field(repr=False)

    def __str__(self):
        return f"{self.api_version} {self.owner.__name__}.{self.method}"

    @property
    def operation(self):
        return OPERATIONS[self.endpoint.route]

    @property
    def function(self):
        return getattr(self.owner, self.method)

    @property
    def name(self):
        """Name it as the table does: by the class that defines the method."""
        return f"{self.api_version} {self.function.__qualname__}"

    def bound(self, client):
        if self.scope is None:
            return client.whoami
        scope = {
            scopes.OrganizationScope: lambda: client.organization(ORG_ID),
            scopes.EnterpriseScope: lambda: client.enterprise,
            scopes.EnterpriseOrganizationScope: lambda: client.enterprise.organization(ORG_ID),
        }[self.scope]()
        return getattr(getattr(scope, self.family), self.method)

    async def run(self, client, arguments):
        """Call it, and read a list to its end."""
        positional = [arguments[name] for name in self.positional if name in arguments]
        named = {name: v for name, v in arguments.items() if name not in self.positional}
        result = self.bound(client)(*positional, **named)
        return await (result.collect() if isinstance(result, Pager) else result)

    @property
    def parameters(self):
        """Give what it takes, by name; keywords that a TypedDict declares are spelled out."""
        values = {}
        hints = typing.get_type_hints(self.function, include_extras=True)
        for one in list(inspect.signature(self.function).parameters.values())[1:]:
            if one.kind is one.VAR_KEYWORD:
                (declared,) = typing.get_args(hints[one.name])
                for name, hint in typing.get_type_hints(declared, include_extras=True).items():
                    left_out = UNSET if self.endpoint.body == "merge_patch" else None
                    is_needed = name in declared.__required_keys__
                    values[name] = Parameter(hint, one.kind, one.empty if is_needed else left_out)
            else:
                values[one.name] = Parameter(hints[one.name], one.kind, one.default)
        return values

    @property
    def positional(self):
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return [name for name, one in self.parameters.items() if one.kind is kind]

    @property
    def ways(self):
        """Give what each way to call it leaves out; one way, unless parameters exclude others."""
        return table.LEFT_OUT.get(self.name, [set()])

    def full_arguments(self, left_out):
        """Give a value for each parameter that one of the ways does not leave out."""
        return {name: value for name, value in self._values().items() if name not in left_out}

    def required_arguments(self):
        """Give values for what has no default."""
        needed = table.NEEDED.get(self.name, ())
        return {
            name: value
            for name, value in self._values().items()
            if self.parameters[name].default is inspect.Parameter.empty or name in needed
        }

    def clearing_arguments(self):
        """Give None where it clears, and values for what is required; {} when nothing can clear."""
        clearing = {
            name: None
            for name, one in self.parameters.items()
            if one.default is UNSET and types.NoneType in typing.get_args(one.hint)
        }
        return {**self.required_arguments(), **clearing} if clearing else {}

    def _values(self):
        moments = (FIRST_TIME + timedelta(hours=hour) for hour in range(99))
        return {
            name: table.VALUES.get(name) or value_of(one.hint, name, one.default, moments)
            for name, one in self.parameters.items()
        }


def value_of(hint, name, default, moments):  # noqa: PLR0911 - one for each kind of hint
    """Make a value of the type *hint* that is not *default*."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        literal = next((one for one in parts if typing.get_origin(one) is typing.Literal), parts[0])
        return value_of(literal, name, default, moments)
    if origin is typing.Literal:
        return next(one for one in parts if one != default)
    if origin in {typing.Union, types.UnionType}:
        chosen = [one for one in parts if one not in {types.NoneType, Unset, Mapping}]
        order = (datetime, date, bytes)
        chosen.sort(key=lambda one: order.index(one) if one in order else len(order))
        return value_of(chosen[0], name, default, moments)
    if origin in {list, Sequence}:
        kinds = TAGGED_UNIONS[parts[0]].members.values() if parts[0] in TAGGED_UNIONS else parts
        return [value_of(kind, name, None, moments) for kind in kinds]
    if hint in TAGGED_UNIONS:
        return value_of(next(iter(TAGGED_UNIONS[hint].members.values())), name, default, moments)
    simple: dict[object, Callable[[], object]] = {
        str: lambda: f"{name}|1 /ü",
        bool: lambda: default is not True,
        int: lambda: 7,
        float: lambda: 1.5,
        datetime: lambda: next(moments),
        date: FIRST_TIME.date,
        bytes: lambda: b"content",
        Path: lambda: Path(__file__),
        typing.Any: lambda: {"any": 1},
    }
    if hint in simple:
        return simple[hint]()
    if origin in {dict, Mapping}:
        return {"key": "value"}
    if origin is AsyncIterable or not attrs.has(hint):
        raise TypeError(f"{name}: no value for {hint!r}; give one in contract_table.VALUES")
    hints = typing.get_type_hints(hint, include_extras=True)
    values = {
        one.name: table.VALUES.get(one.name)
        or value_of(hints[one.name], one.name, one.default, moments)
        for one in attrs.fields(hint)
        if one.init
    }
    return hint(**values)


def endpoints_of(owner):
    """Give the endpoints of a class and the names of their methods."""
    for name in dir(owner):
        endpoint = getattr(owner, name)
        if isinstance(endpoint, Endpoint):
            yield name.lower(), endpoint


def _today():
    yield Call("v3", None, "", Self, "get", Self.GET)
    for scope in (
        scopes.OrganizationScope,
        scopes.EnterpriseScope,
        scopes.EnterpriseOrganizationScope,
    ):
        for family, attribute in vars(scope).items():
            if isinstance(attribute, scopes.LazyResource):
                owner = attribute.load()
                for method, endpoint in endpoints_of(owner):
                    yield Call("v3", scope, family, owner, method, endpoint)


def _v3beta1(today):
    for call in today:
        if call.endpoint.v3beta1 is not None:
            yield attrs.evolve(call, api_version="v3beta1", endpoint=call.endpoint.v3beta1)
    for endpoint, (scope_name, family, method) in table.COMPOSITES.items():
        scope = getattr(scopes, scope_name)
        owner = vars(scope)[family].load()
        yield Call("v3beta1", scope, family, owner, method, endpoint)


TODAY = tuple(_today())
V3BETA1 = tuple(_v3beta1(TODAY))
CALLS = (*TODAY, *V3BETA1)
COVERED = {call.endpoint.route for call in CALLS}

assert {call.endpoint.dialect for call in V3BETA1} == {
    one for one in vars(v3beta1).values() if isinstance(one, Dialect)
}
