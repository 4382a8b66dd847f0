"""What the models share: open enums, tagged unions, the sentinel for "leave as it is"."""

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar

import attrs
from msgspec import Struct

__all__ = [
    "READ_ONLY",
    "TAGGED_UNIONS",
    "TIMES_AS_TEXT",
    "UNSET",
    "Open",
    "OrUnset",
    "Tagged",
    "Unset",
]

T = TypeVar("T")

if TYPE_CHECKING:
    Open: TypeAlias = T | str
else:

    class Open:
        """`Open[Literal["a", "b"]]`: these are known, and the server may send others.

        A type checker reads `Literal["a", "b"] | str`; the decoder, for which a union of two kinds
        of str is none, reads str.
        """

        def __class_getitem__(cls, documented: object) -> object:
            return Annotated[str, documented]


class Unset(Enum):
    """Type of `UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
"""Leave as it is, where None means to clear it."""

READ_ONLY = {"read_only": True}
"""Metadata of a field that the server fills and that is never sent."""

if TYPE_CHECKING:
    OrUnset: TypeAlias = T | Unset
else:

    class OrUnset:
        """`OrUnset[X | None] = UNSET`: leaving it out is not the same as None.

        A type checker reads `X | None | Unset`, the decoder `X | None`: no server sends UNSET.
        """

        def __class_getitem__(cls, kind: object) -> object:
            return kind


class Tagged(Struct, frozen=True):
    """How the members of a union are told apart.

    Attributes:
        field: Name of the field that holds the tag; "" where the tag is the name of a field.
        members: Class of each tag.
        unknown: Class of what has another tag: `raw` holds all of it, other fields are text.
    """

    field: str
    members: Mapping[str, type]
    unknown: type

    @classmethod
    def by_default(cls, field: str, unknown: type, *members: type) -> "Tagged":
        """Make it of members that each have their tag as the default of *field*."""
        return cls(field, {_default(one, field): one for one in members}, unknown)

    def tag_of(self, raw: Mapping[str, Any]) -> Any:
        """Return the tag of what the server sent."""
        if self.field:
            return raw.get(self.field)
        return next((name for name in raw if name in self.members), next(iter(raw), None))

    def member_of(self, raw: Mapping[str, Any]) -> type | None:
        """Return the class of what the server sent, or None when its tag is not known."""
        tag = self.tag_of(raw)
        return self.members.get(tag) if isinstance(tag, str) else None

    def unknown_of(self, raw: dict[str, Any]) -> Any:
        """Hold what the server sent, whose tag is not known."""
        names = [one for one in attrs.fields_dict(self.unknown) if one != "raw"]
        return self.unknown(raw=raw, **{name: str(raw.get(name, "")) for name in names})


def _default(kind: Any, name: str) -> Any:
    return attrs.fields_dict(kind)[name].default


TAGGED_UNIONS: dict[type, Tagged] = {}
"""The unions by the base class of their members; each model module adds its own."""

TIMES_AS_TEXT: set[type] = set()
"""The models whose times the server writes as ISO 8601 text."""
