"""JSON to models and back.

Each model has one decoder, chosen when it is first met and never by trial. Plain models go through
msgspec, straight from bytes into attrs classes. Models with a tagged union inside, or with times
that the server writes as text, go through cattrs: strict, without coercion. A server that counts
milliseconds instead of seconds is noticed by its numbers and read by cattrs too.
"""

import functools
import gc
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, get_args, get_origin, get_type_hints

import attrs
import msgspec

from devin_async.errors import InvalidArgumentError, ResponseDecodeError, ResponseTooLargeError
from devin_async.markers import TAGGED_UNIONS, TIMES_AS_TEXT, UNSET, Tagged
from devin_async.nesting import is_deeper_than
from devin_async.values import as_array, as_object, utc_time

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = [
    "WirePage",
    "check_depth",
    "converter",
    "decode",
    "decode_page",
    "encode",
    "encode_raw",
    "load",
    "plain",
    "structure",
]

T = TypeVar("T")

_WRITTEN_AS_IS = frozenset({str, int, float, bool, type(None)})
_UNWRITABLE = (TypeError, ValueError, RecursionError)
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
    return _fault(text, where.rstrip("`") or "$")


def _fault(text: str, json_path: str) -> ResponseDecodeError:
    fault = ResponseDecodeError(f"the answer cannot be read at {json_path}: {text}")
    fault.json_path = json_path
    return fault


def _decode_by_cattrs(model: Any, envelope: str | None, body: bytes) -> Any:
    raw = load(body)
    if envelope is None:
        return structure(converter(), raw, model)
    if envelope == "":
        return structure(converter(), raw, list[model])
    page = as_object(raw)
    if page is None or envelope not in page:
        raise _fault(f"Object missing required field `{envelope}`", "$")
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


def structure(using: "Converter", raw: Any, model: Any, *, path: str = "$") -> Any:
    """Build *model* from plain values.

    Raises:
        ResponseDecodeError: They are not of that shape; tells where.
    """
    import cattrs  # noqa: PLC0415

    try:
        return using.structure(raw, model)
    except (cattrs.BaseValidationError, TypeError, ValueError, KeyError, OverflowError) as error:
        first = cattrs.transform_error(error, path=path)[0]
        text, _, where = first.rpartition(" @ ")
        raise _fault(text or first, where or path) from None


@functools.cache
def converter() -> "Converter":
    """Make the strict converter: no coercion, times to aware UTC, unknown fields ignored."""
    import cattrs  # noqa: PLC0415

    strict = cattrs.Converter()
    for kind in (str, int, float, bool):
        strict.register_structure_hook(kind, _exactly)
    strict.register_structure_hook(datetime, lambda value, _: _moment(value))
    strict.register_structure_hook_factory(_is_list, cast("Any", _strict_list))
    strict.register_structure_hook_func(
        _is_tagged, lambda value, base: _structure_tagged(strict, TAGGED_UNIONS[base], value)
    )
    return strict


def _is_tagged(kind: Any) -> bool:
    return isinstance(kind, type) and kind in TAGGED_UNIONS


def _exactly(value: Any, kind: type) -> Any:
    allowed = (int, float) if kind is float else kind
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"Expected `{kind.__name__}`, got `{type(value).__name__}`")
    return value


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list


def _strict_list(kind: Any, strict: "Converter") -> Callable[[Any, Any], Any]:
    from cattrs.cols import list_structure_factory  # noqa: PLC0415

    lenient = list_structure_factory(kind, strict)

    def structured(value: Any, _: Any) -> Any:
        if not isinstance(value, list):  # a str and an object can be iterated over, too
            raise TypeError(f"Expected `array`, got `{type(value).__name__}`")
        return lenient(value, kind)

    return structured


def _moment(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"Expected a time, got `{type(value).__name__}`")
    return utc_time(value)


def _structure_tagged(strict: "Converter", tagged: Tagged, value: Any) -> Any:
    raw = as_object(value)
    if raw is None:
        raise TypeError(f"Expected `object`, got `{type(value).__name__}`")
    member: Any = tagged.member_of(raw)
    return tagged.unknown_of(raw) if member is None else strict.structure(raw, member)


def encode(values: Mapping[str, Any], *, null_clears: bool = False) -> bytes:
    """Encode a body; what is UNSET is left out, and None too unless *null_clears*.

    Attrs classes inside become objects: whole ones if *null_clears*, so that None clears inside
    them too, else without the fields that have their default.

    Raises:
        InvalidArgumentError: It holds something that JSON has no form for.
    """
    try:
        return msgspec.json.encode(
            {
                name: value if type(value) in _WRITTEN_AS_IS else plain(value, whole=null_clears)
                for name, value in values.items()
                if value is not UNSET and (value is not None or null_clears)
            }
        )
    except _UNWRITABLE as error:
        raise _encode_fault(error) from None


def encode_raw(value: Any) -> bytes:
    """Encode plain values as they are.

    Raises:
        InvalidArgumentError: They hold something that JSON has no form for.
    """
    try:
        return msgspec.json.encode(value)
    except _UNWRITABLE as error:
        raise _encode_fault(error) from None


def _encode_fault(error: Exception) -> InvalidArgumentError:
    return InvalidArgumentError(f"the body cannot be written as JSON: {error}")


def plain(value: Any, *, whole: bool = False) -> Any:
    """Give what JSON writes of *value*; attrs classes become objects.

    What has its default was left out by the caller, and is left out here unless *whole*. A tag is
    always there; what only the server fills never is.
    """
    if type(value) in _WRITTEN_AS_IS:
        return value
    if isinstance(value, str):  # msgspec takes no subclass, such as a Secret
        return str.__str__(value)  # its own text: str() would write an enum's `Mode.FAST`
    parts = as_array(value)
    if parts is not None:
        return [plain(part, whole=whole) for part in parts]
    fields = as_object(value)
    if fields is not None:
        return {name: plain(part, whole=whole) for name, part in fields.items()}
    if not attrs.has(cast("Any", type(value))):
        return value
    # An `Unknown...` is what the server sent, and goes back as that.
    return dict(value.raw) if hasattr(value, "raw") else _object(value, whole=whole)


def _object(value: Any, *, whole: bool) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for attribute in attrs.fields(cast("Any", type(value))):
        name, part = attribute.name, getattr(value, attribute.name)
        is_said = whole or not attribute.init or part != _default(attribute)
        if is_said and part is not UNSET and not attribute.metadata.get("read_only"):
            sent[name] = plain(part, whole=whole)
    return sent


def _default(attribute: "attrs.Attribute[Any]") -> Any:
    """Give the default of an attribute, or NOTHING, which equals no value."""
    default: Any = attribute.default
    return default.factory() if hasattr(default, "factory") else default
