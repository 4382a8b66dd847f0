"""JSON to models.

Each model has one decoder, chosen when it is first met and never by trial. Plain models go through
msgspec, straight from bytes into attrs classes. Models with a tagged union inside, or with times
that the server writes as text, go through cattrs: strict, without coercion. A server that counts
milliseconds instead of seconds is noticed by its numbers and read by cattrs too.
"""

import functools
import gc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args, get_type_hints

import attrs
import msgspec

from devin_async.base.markers import TAGGED_UNIONS, TIMES_AS_TEXT
from devin_async.base.plain_json import as_object, is_deeper_than
from devin_async.errors import ResponseDecodeError, ResponseTooLargeError

if TYPE_CHECKING:
    pass
from devin_async.codec.strict import converter, decode_fault, structure

__all__ = ["WirePage", "check_depth", "decode", "decode_page", "load"]

T = TypeVar("T")
# Below this size a garbage collection hardly ever falls into a decode.
_LARGE_BODY = 16_384
_TIMESTAMP_FAULT = "Timestamp is out of range"
_FIRST_MILLISECOND_YEAR = 5138  # 1e11 s; no server means that year


class WirePage(msgspec.Struct, Generic[T]):
    """A page as the server sends it, whatever its envelope."""

    items: list[T]
    end_cursor: str | None = None
    has_next_page: bool = False
    total: int | None = None


def check_depth(body: bytes, most: int | None) -> None:
    """Refuse JSON that is nested more than *most* levels deep; None leaves it to the parser.

    Raises:
        ResponseTooLargeError: It is.
    """
    if most is not None and is_deeper_than(body, most):
        raise ResponseTooLargeError(
            f"the JSON is nested more than {most} levels deep; raise max_json_depth= if it may be"
        )


def decode(model: type[T], body: bytes) -> T:
    """Decode one thing.

    Raises:
        ResponseDecodeError: It is not JSON, or not of that shape; tells where.
    """
    thing: Any = model
    value: T = _decoder(thing, None)(body)
    return value


def decode_page(model: type[T], envelope: str, body: bytes) -> WirePage[T]:
    """Decode a page; a bare array is a page too, whatever the envelope should have been.

    Raises:
        ResponseDecodeError: It is not JSON, or not of that shape; tells where.
    """
    item: Any = model
    if body.lstrip()[:1] == b"[":
        return WirePage(items=_decoder(item, "")(body))
    page: WirePage[T] = _decoder(item, envelope)(body)
    return page if envelope == "items" else _as_page(page, envelope)


def _as_page(page: Any, envelope: str) -> WirePage[Any]:
    return WirePage(getattr(page, envelope), page.end_cursor, page.has_next_page, page.total)


@functools.cache
def _page_type(model: Any, envelope: str) -> Any:
    """Give the type that stands around a list: `WirePage`, one with another key, or a list."""
    if envelope == "":
        return list[model]
    if envelope == "items":
        return WirePage[model]
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [
        (envelope, list[model]),
        ("end_cursor", str | None, None),
        ("has_next_page", bool, False),
        ("total", int | None, None),
    ]
    return msgspec.defstruct(f"{envelope.title()}Page", fields)


@functools.cache
def _decoder(model: Any, envelope: str | None) -> Callable[[bytes], Any]:
    if _needs_cattrs(model):
        return functools.partial(_decode_by_cattrs, model, envelope)
    target = model if envelope is None else _page_type(model, envelope)
    # Lax mode is what lets msgspec read unix seconds as aware datetimes.
    decoder = msgspec.json.Decoder[Any](target, strict=False)
    return _ByMsgspec(
        native=decoder.decode, model=model, envelope=envelope, times=_time_fields(model)
    )


def _needs_cattrs(model: Any, seen: frozenset[Any] = frozenset()) -> bool:
    if model in TAGGED_UNIONS or model in TIMES_AS_TEXT:
        return True
    if not attrs.has(model):
        return any(_needs_cattrs(part, seen) for part in get_args(model) if part not in seen)
    if model in seen:
        return False
    return any(_needs_cattrs(hint, seen | {model}) for hint in get_type_hints(model).values())


@attrs.frozen(kw_only=True)
class _ByMsgspec:
    """Decodes straight from bytes, and looks at what msgspec cannot judge by the types."""

    native: Callable[[bytes], Any]
    model: Any
    envelope: str | None
    times: tuple[str, ...]

    def __call__(self, body: bytes) -> Any:
        paused = len(body) > _LARGE_BODY and gc.isenabled()
        if paused:  # nothing of a decode is garbage, so a collection in its middle is wasted
            gc.disable()
        try:
            value = self.native(body)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            if _TIMESTAMP_FAULT in str(error):
                return _decode_by_cattrs(self.model, self.envelope, body)
            raise _native_fault(error) from None
        finally:
            if paused:
                gc.enable()
        if self.times and self._has_misread_time(self._items(value)):
            return _decode_by_cattrs(self.model, self.envelope, body)
        return value

    def _items(self, value: Any) -> Sequence[Any]:
        if self.envelope is None:
            return (value,)
        items: Sequence[Any] = getattr(value, self.envelope) if self.envelope else value
        return items

    def _has_misread_time(self, items: Sequence[Any]) -> bool:
        """Tell it by the first time: one server does not write them in two ways on one page."""
        for item in items:
            for name in self.times:
                moment = getattr(item, name)
                if moment is not None:
                    # Milliseconds give a far year; text without an offset, or another, no UTC.
                    return bool(moment.year >= _FIRST_MILLISECOND_YEAR or moment.tzinfo is not UTC)
        return False


def _time_fields(model: Any) -> tuple[str, ...]:
    if not attrs.has(model):
        return ()
    hints = get_type_hints(model)
    return tuple(name for name, hint in hints.items() if datetime in (hint, *get_args(hint)))


def _native_fault(error: Exception) -> ResponseDecodeError:
    text, _, where = str(error).partition(" - at `")
    if isinstance(error, RecursionError):
        return ResponseTooLargeError("the JSON is nested too deeply to be read")
    return decode_fault(text, where.rstrip("`") or "$")


def _decode_by_cattrs(model: Any, envelope: str | None, body: bytes) -> Any:
    raw = load(body)
    if envelope is None:
        return structure(converter(), raw, model)
    if envelope == "":
        return structure(converter(), raw, list[model])
    page = as_object(raw)
    if page is None or envelope not in page:
        raise decode_fault(f"Object missing required field `{envelope}`", "$")
    try:
        meta = msgspec.convert(page | {"items": []}, WirePage[Any])
    except msgspec.ValidationError as error:
        raise _native_fault(error) from None
    items = structure(converter(), page[envelope], list[model], path=f"$.{envelope}")
    return _page_type(model, envelope)(items, meta.end_cursor, meta.has_next_page, meta.total)


def load(body: bytes) -> Any:
    """Read JSON into plain values.

    Raises:
        ResponseDecodeError: It is not JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _native_fault(error) from None
