"""The read operations of the API that need no id that one has to know, found in the scopes."""

import inspect
import typing
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from devin_async.lists.pager import Pager
from devin_async.protocol.endpoints import Endpoint
from devin_async.scopes import (
    EnterpriseOrganizationScope,
    EnterpriseScope,
    LazyResource,
    OrganizationScope,
)

if TYPE_CHECKING:
    from devin_async.client import DevinClient

__all__ = ["Operation", "read_operations"]

_DAYS = 7
_TIMES = frozenset({"time_after", "time_before"})
_ONE = {"page_size": 1, "limit": 1}


@frozen(kw_only=True)
class Operation:
    """A call that reads, and what it is made with.

    Attributes:
        endpoint: Its record.
        scope: Class of the scope that has it.
        resource: Name of the scope's attribute.
        method: Name of the method.
        arguments: What it is called with: one item, the last days.
    """

    endpoint: Endpoint[Any]
    scope: type
    resource: str
    method: str
    arguments: Mapping[str, Any] = field(factory=dict[str, Any])

    @property
    def needs_organization(self) -> bool:
        """Tell whether it is about one organization."""
        return self.scope is not EnterpriseScope or "org_id" in self.arguments

    async def run(self, devin: "DevinClient", org_id: str | None) -> None:
        """Make the call; a list is read up to its first item."""
        scope: Any = devin.enterprise
        if self.scope is OrganizationScope:
            scope = devin.organization(org_id)
        elif self.scope is EnterpriseOrganizationScope:
            scope = devin.enterprise.organization(org_id or "")
        arguments = {
            name: org_id if name == "org_id" else value for name, value in self.arguments.items()
        }
        with warnings.catch_warnings():
            # Those that the API has something newer for are looked at, too; nobody chose them.
            warnings.simplefilter("ignore", DeprecationWarning)
            result = getattr(getattr(scope, self.resource), self.method)(**arguments)
            await (result.collect() if isinstance(result, Pager) else result)


def read_operations(now: datetime | None = None) -> Iterator[Operation]:
    """Yield each once, in the order of the scopes."""
    moment = now or datetime.now(UTC)
    seen: set[str] = set()
    for scope in (EnterpriseScope, OrganizationScope, EnterpriseOrganizationScope):
        for resource, attribute in vars(scope).items():
            if not isinstance(attribute, LazyResource):
                continue
            for method, endpoint in _endpoints(attribute.load()):
                function = getattr(attribute.load(), method)
                arguments = _arguments(function, moment)
                if endpoint.route in seen or arguments is None:
                    continue
                seen.add(endpoint.route)
                yield Operation(
                    endpoint=endpoint,
                    scope=scope,
                    resource=resource,
                    method=method,
                    arguments=arguments,
                )


def _endpoints(owner: type) -> Iterator[tuple[str, Endpoint[Any]]]:
    """Yield the reads of a class: a record stands beside each method, by its name in capitals."""
    for name in dir(owner):
        endpoint = getattr(owner, name)
        method = name.lower()
        if isinstance(endpoint, Endpoint) and endpoint.method == "GET" and hasattr(owner, method):
            yield method, endpoint


def _arguments(function: Any, now: datetime) -> dict[str, Any] | None:
    """Return its arguments; None when it needs an id, or something else that is not known."""
    hints = typing.get_type_hints(function)
    arguments: dict[str, Any] = {}
    optional: set[str] = set()
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            (declared,) = typing.get_args(hints[name])
            optional |= set(typing.get_type_hints(declared))
            if declared.__required_keys__ - _TIMES:
                return None
            arguments |= {one: _moment(one, now) for one in declared.__required_keys__}
        elif parameter.default is not inspect.Parameter.empty:
            optional.add(name)
        elif name in _TIMES:
            arguments[name] = _moment(name, now)
        elif name == "org_id":
            arguments[name] = None  # chosen when it is called
        else:
            return None
    return arguments | {name: value for name, value in _ONE.items() if name in optional}


def _moment(name: str, now: datetime) -> datetime:
    return now - timedelta(days=_DAYS) if name == "time_after" else now
