"""Endpoints: one record for each operation of the API."""

import re
from typing import Generic, Literal, TypeVar

from attrs import field, frozen

__all__ = ["Endpoint", "Method"]

T_co = TypeVar("T_co", covariant=True)

Method = Literal["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"]
BodyKind = Literal["none", "json", "merge_patch", "multipart"]
AnswerKind = Literal["model", "empty", "download"]
Envelope = Literal["items", "data", "tags", "organizations"]
Paging = Literal["cursor", "offset", "none"]
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@frozen(eq=False)
class Endpoint(Generic[T_co]):
    """One operation of the API, as the method beside it, its docstring and its tests know it.

    Attributes:
        method: HTTP method.
        path: Path template with its own prefix, `/v3/...` or `/v3beta1/...`.
        answer: Model of the answer, or of one item of a list; None when it is empty.
        permission: What the service user needs; None when any valid key will do.
        body: Kind of body that is sent.
        kind: Kind of answer: a model (or a list of it), nothing, or a redirect to a download.
        paging: How a list goes on; None when it is no list.
        envelope: Where in a list's answer the items are; a bare array is read as well.
        unconfirmed: The contract has it from one source only.
        deprecated: The API has something newer.
        seed: The same call in the v3beta1 dialect of the first published examples.
    """

    method: Method
    path: str
    answer: type[T_co] | None = None
    permission: str | None = None
    body: BodyKind = field(default="none", kw_only=True)
    kind: AnswerKind = field(default="model", kw_only=True)
    paging: Paging | None = field(default=None, kw_only=True)
    envelope: Envelope = field(default="items", kw_only=True)
    unconfirmed: bool = field(default=False, kw_only=True)
    deprecated: bool = field(default=False, kw_only=True)
    seed: "Endpoint[T_co] | None" = field(default=None, kw_only=True)
    route: str = field(init=False)
    parameters: tuple[str, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "route", f"{self.method} {self.path}")
        object.__setattr__(self, "parameters", tuple(_PLACEHOLDER.findall(self.path)))

    @property
    def permission_level(self) -> str:
        """Tell whose key it needs: "organization" or "enterprise"."""
        return "enterprise" if "/enterprise" in self.path else "organization"

    @property
    def beta(self) -> bool:
        """Tell whether it lives under `/v3beta1` only."""
        return self.path.startswith("/v3beta1/")
