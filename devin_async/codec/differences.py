"""What is told of an answer that does not fit its model: where and of which type, no value."""

from collections.abc import Callable
from typing import NoReturn

from msgspec import Struct

from devin_async.errors import ResponseDecodeError

__all__ = ["NO_FIELD", "Difference", "ForeignAnswerError", "Tell", "decode_fault", "refuse"]

NO_FIELD = "object without its fields"


class Difference(Struct, frozen=True):
    """One way in which an answer is not what its model says.

    Attributes:
        field: Model and field, such as "Session.tags"; the model alone for all of it.
        json_path: Where it is, such as `$.items[3].tags`; names in a mapping are `*`.
        expected: What the model says, such as "array of str".
        actual: What it is: "null", "missing", or its type.
    """

    field: str
    json_path: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.field} at {self.json_path}: expected {self.expected}, got {self.actual}"


Tell = Callable[[Difference], object]
"""Takes each difference; what it raises ends the reading."""


def refuse(difference: Difference) -> NoReturn:
    """Take no difference at all, as `strict=True` asks.

    Raises:
        ResponseDecodeError: In any case.
    """
    text = f"expected {difference.expected}, got {difference.actual}"
    raise decode_fault(text, difference.json_path)


def decode_fault(text: str, json_path: str) -> ResponseDecodeError:
    """Make the error for a part of an answer that is not what it has to be."""
    return ResponseDecodeError(_message(text, json_path), json_path=json_path)


class ForeignAnswerError(ResponseDecodeError):
    """The answer as a whole is something else, such as a login page or a gateway's error.

    What it says is then of more use than what it lacks.
    """

    def __init__(self, text: str) -> None:
        super().__init__(_message(text, "$"))


def _message(text: str, json_path: str) -> str:
    return f"the answer cannot be read at {json_path}: {text}"
