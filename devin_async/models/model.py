"""What every model can do: become plain values and JSON, and stand in a pydantic schema."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, cast

import attrs
import msgspec

from devin_async.base.arguments import check_choice
from devin_async.base.markers import UNSET
from devin_async.base.plain_json import as_array, as_object

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["Model", "Times"]

Times = Literal["iso", "unix"]
"""How times are written: ISO 8601 text with an offset, or seconds since 1970."""


class Model:
    """Base of all models.

    `attrs.asdict`, `attrs.evolve`, `cattrs.unstructure` and pickling work on each of them, too;
    these keep times as they are. pydantic, and so FastAPI, takes each as a type.
    """

    # Here, so that the layout of each model is that of its own fields: see `codec.building`.
    __slots__ = ("__weakref__",)

    def to_dict(self, *, times: Times = "iso") -> dict[str, Any]:
        """Return its fields as plain JSON values, those of models inside included.

        It holds all that the model holds: a token or another secret, too, though a repr hides it.
        What is newer than this package, an `Unknown...`, becomes what the server sent.

        Args:
            times: "iso" for ISO 8601 text, "unix" for seconds since 1970 (UTC).

        Raises:
            InvalidArgumentError: *times* is neither.
        """
        check_choice("times", times, ("iso", "unix"))
        raw = getattr(self, "raw", None)
        if isinstance(raw, dict):
            return cast("dict[str, Any]", _plain(raw, times))
        fields = ((field.name, getattr(self, field.name)) for field in attrs.fields(_class(self)))
        return {name: _plain(value, times) for name, value in fields if value is not UNSET}

    def to_json(self, *, times: Times = "iso") -> str:
        """Return what `to_dict` gives as JSON text, on one line; secrets are in it, too."""
        return msgspec.json.encode(self.to_dict(times=times)).decode()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        from devin_async.models.pydantic_schema import schema_of  # noqa: PLC0415 - not ours to need

        return schema_of(cls, handler)


def _class(model: Model) -> Any:
    return type(model)


def _plain(value: Any, times: Times) -> Any:
    if isinstance(value, date):  # or a datetime, which is one
        return _seconds(value) if times == "unix" else value.isoformat()
    if isinstance(value, Model):
        return value.to_dict(times=times)
    if isinstance(value, str | Exception):
        return str(value)  # of a subclass of str, its text
    parts = as_array(value)
    if parts is not None:
        return [_plain(part, times) for part in parts]
    fields = as_object(value)
    if fields is not None:
        return {name: _plain(part, times) for name, part in fields.items()}
    return value


def _seconds(moment: date) -> float | str:
    if not isinstance(moment, datetime):
        return moment.isoformat()  # a day is no moment
    seconds = moment.timestamp()
    return int(seconds) if seconds.is_integer() else seconds
