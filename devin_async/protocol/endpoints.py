"""Endpoints: one record for each operation of the API."""

import re
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, Generic, Literal, TypeVar

from attrs import field, frozen
from msgspec import Struct

__all__ = ["Dialect", "Endpoint", "Fields", "Method", "is_safe_to_repeat"]

T_co = TypeVar("T_co", covariant=True)

Fields = Mapping[str, Any]
Method = Literal["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"]
BodyKind = Literal["none", "json", "merge_patch", "multipart"]
AnswerKind = Literal["model", "empty", "download"]
Envelope = Literal["items", "data", "tags", "organizations"]
Paging = Literal["cursor", "offset", "none"]
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_READS = frozenset({"GET", "HEAD"})
_SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "PUT", "DELETE"})


def is_safe_to_repeat(method: str) -> bool:
    """Tell whether sending *method* twice does no more than sending it once."""
    return method in _SAFE_TO_REPEAT


def _unchanged(fields: Fields) -> Fields:
    return fields


def _nothing(_headers: Mapping[str, str], _ids: Mapping[str, str], _sent: Fields) -> Fields:
    return {}


class Dialect(Struct, frozen=True, kw_only=True):
    """What an older endpoint sends and answers otherwise than today's, as plain values.

    Attributes:
        names: Fields of which what it answers has at least one, else it is something else.
        lacks: Models and fields that it never answers, such as "AuditLog.audit_log_id".
        body: Gives the older form of a body.
        answer: Gives today's form of what was answered, or of one item of a list.
        certain: Gives what is certain about a thing that was just made, whatever its answer leaves
            out, by the answer's headers, the values of the path and the body that was sent.
    """

    names: frozenset[str]
    lacks: frozenset[str] = frozenset()
    body: Callable[[Fields], Fields] = _unchanged
    answer: Callable[[Fields], Fields] = _unchanged
    certain: Callable[[Mapping[str, str], Mapping[str, str], Fields], Fields] = _nothing


@frozen(eq=False)
class Endpoint(Generic[T_co]):
    """One operation of the API, as the method beside it, its docstring and its tests know it.

    Attributes:
        method: HTTP method.
        path: Path template with its own prefix, `/v3/...` or `/v3beta1/...`.
        answer: Model of the answer, or of one item of a list; None when it is empty. A function
            that gives it lets its module load with the first call.
        permission: What the service user needs; None when any valid key will do.
        body: Kind of body that is sent.
        kind: Kind of answer: a model (or a list of it), nothing, or a redirect to a download.
        paging: How a list goes on; None when it is no list.
        envelope: Where in a list's answer the items are; a bare array is read as well.
        unconfirmed: The contract has it from one source only.
        deprecated: The API has something newer.
        v3beta1: The same call in the dialect of the first published examples.
        dialect: How it differs from today's calls; None when it is one of them.
        route: Method and path template, for events.
        parameters: Names of the template's parameters.
        is_change: It may change something, though a repeat may change nothing more.
        is_write: An unanswered try may have changed something that a repeat would double.
    """

    method: Method
    path: str
    _answer: type[T_co] | Callable[[], type[T_co]] | None = field(default=None, alias="answer")
    permission: str | None = None
    body: BodyKind = field(default="none", kw_only=True)
    kind: AnswerKind = field(default="model", kw_only=True)
    paging: Paging | None = field(default=None, kw_only=True)
    envelope: Envelope = field(default="items", kw_only=True)
    unconfirmed: bool = field(default=False, kw_only=True)
    deprecated: bool = field(default=False, kw_only=True)
    v3beta1: "Endpoint[T_co] | None" = field(default=None, kw_only=True)
    dialect: Dialect | None = field(default=None, kw_only=True)
    route: str = field(init=False)
    parameters: tuple[str, ...] = field(init=False)
    is_change: bool = field(init=False)
    is_write: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "route", f"{self.method} {self.path}")
        object.__setattr__(self, "parameters", tuple(_PLACEHOLDER.findall(self.path)))
        object.__setattr__(self, "is_change", self.method not in _READS)
        object.__setattr__(self, "is_write", not is_safe_to_repeat(self.method))

    @property
    def answer(self) -> type[T_co] | None:
        """Return the model of the answer, or of one item of a list."""
        answer: Any = self._answer
        model: type[T_co] | None = answer() if type(answer) is FunctionType else answer
        return model

    @property
    def permission_level(self) -> str:
        """Tell whose key it needs: "organization" or "enterprise"."""
        return "enterprise" if "/enterprise" in self.path else "organization"

    @property
    def beta(self) -> bool:
        """Tell whether it lives under `/v3beta1` only."""
        return self.path.startswith("/v3beta1/")
