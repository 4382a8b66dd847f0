"""Find the operation that a method and a path name: a tree of path segments."""

import functools
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

import attrs

from devin_async.sandbox.contract.operations import Operation, operations

_End = tuple["_Node", tuple[str, ...]]


def _no_children() -> dict[str, "_Node"]:
    return {}


@attrs.define
class _Node:
    literals: dict[str, "_Node"] = attrs.field(factory=_no_children)
    one: "_Node | None" = None
    many: "_Node | None" = None
    operations: dict[str, Operation] = attrs.field(factory=dict[str, Operation])


@attrs.frozen
class Match:
    """Tell what a path leads to.

    Attributes:
        operation: The operation, or None when the path is known only with other methods.
        values: The decoded values of its path parameters.
        allowed: The methods that the path answers to; empty for an unknown path.
    """

    operation: Operation | None = None
    values: dict[str, str] = attrs.field(factory=dict[str, str])
    allowed: tuple[str, ...] = ()


class Router:
    """Match requests against every operation of the contract."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            node = functools.reduce(
                functools.partial(_child, operation), operation.path.split("/")[1:], self._root
            )
            node.operations[operation.method] = operation

    def match(self, method: str, raw_path: str) -> Match:
        """Find the operation for *method* and a still percent-encoded path."""
        ends = list(_walk(self._root, raw_path.split("/")[1:]))
        for node, raw_values in ends:
            operation = node.operations.get(method)
            if operation is not None:
                values = zip(operation.path_names, map(unquote, raw_values), strict=True)
                return Match(operation=operation, values=dict(values))
        return Match(allowed=tuple(sorted({name for node, _ in ends for name in node.operations})))


def _child(operation: Operation, node: _Node, segment: str) -> _Node:
    if not segment.startswith("{"):
        return node.literals.setdefault(segment, _Node())
    parameter = next(item for item in operation.parameters if item.name == segment[1:-1])
    if parameter.multi_segment:
        node.many = node.many or _Node()
        return node.many
    node.one = node.one or _Node()
    return node.one


def _walk(node: _Node, segments: Sequence[str]) -> Iterator[_End]:
    """Yield every end the path reaches, the most literal first."""
    if not segments:
        if node.operations:
            yield node, ()
        return
    head, rest = segments[0], segments[1:]
    if head in node.literals:
        yield from _walk(node.literals[head], rest)
    if node.one is not None and head:
        yield from _with_value(head, _walk(node.one, rest))
    if node.many is not None:
        for size in range(1, len(segments) + 1):
            yield from _with_value("/".join(segments[:size]), _walk(node.many, segments[size:]))


def _with_value(value: str, ends: Iterator[_End]) -> Iterator[_End]:
    for node, values in ends:
        yield node, (value, *values)


@functools.cache
def router() -> Router:
    """Build the router of the whole contract, once a process."""
    return Router(operations())
