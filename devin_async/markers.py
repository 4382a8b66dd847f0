"""What the models share: open enums, tagged unions, the sentinel for "leave as it is"."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar

from attrs import frozen

__all__ = ["TAGGED_UNIONS", "TIMES_AS_TEXT", "UNSET", "Open", "Tagged", "Unset"]

T = TypeVar("T")

if TYPE_CHECKING:
    Open: TypeAlias = T | str
else:

    class Open:
        """`Open[Literal["a", "b"]]`: these are known, and the server may send others.

        A type checker reads `Literal["a", "b"] | str`; the decoder, for which a union of two kinds
        of str is none, reads str.
        """

        def __class_getitem__(cls, known: object) -> object:
            return Annotated[str, known]


class Unset(Enum):
    """Type of `UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
"""Leave as it is, where None means to clear it."""


@frozen
class Tagged:
    """How the members of a union are told apart.

    Attributes:
        field: Name of the field that holds the tag.
        members: Class of each tag.
        unknown: Makes the member for a tag that we do not know, from the raw object.
    """

    field: str
    members: Mapping[str, type]
    unknown: Callable[[dict[str, Any]], Any]


TAGGED_UNIONS: dict[type, Tagged] = {}
"""The unions by the base class of their members; each model module adds its own."""

TIMES_AS_TEXT: set[type] = set()
"""The models whose times the server writes as ISO 8601 text."""
