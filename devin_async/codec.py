"""JSON to models and back.

Each model has one decoder, chosen when it is first met and never by trial. Plain models go through
msgspec, straight from bytes into attrs classes. Models with a tagged union inside, or with times
that the server writes as text, go through cattrs: strict, without coercion. A server that counts
milliseconds instead of seconds is noticed by its numbers and read by cattrs too.
"""

import functools
import gc
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, get_args, get_origin, get_type_hints

import attrs
import msgspec

from devin_async.errors import InvalidArgumentError, ResponseDecodeError
from devin_async.markers import TAGGED_UNIONS, TIMES_AS_TEXT, UNSET, Tagged
from devin_async.values import as_array, as_object, utc_time

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = [
    "WirePage",
    "converter",
    "decode",
    "decode_page",
    "encode",
    "encode_raw",
    "load",
    "structure",
]

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


def decode(model: type[T], body: bytes) -> T:
    """Decode one thing.

    Raises:
        ResponseDecodeError: It is not JSON, or not of that shape; tells where.
    """
    return cast("T", _decoder(cast("Any", model), None)(body))


def decode_page(model: type[T], envelope: str, body: bytes) -> WirePage[T]:
    """Decode a page; a bare array is a page too, whatever the envelope should have been.

    Raises:
        ResponseDecodeError: It is not JSON, or not of that shape; tells where.
    """
    item: Any = model
    if body.lstrip()[:1] == b"[":
        return WirePage(items=cast("list[T]", _decoder(item, "")(body)))
    page = _decoder(item, envelope)(body)
    return cast("WirePage[T]", page if envelope == "items" else _as_page(page, envelope))


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
    return functools.partial(_decode_by_msgspec, decoder.decode, model, envelope)


def _needs_cattrs(model: Any, seen: frozenset[Any] = frozenset()) -> bool:
    if model in TAGGED_UNIONS or model in TIMES_AS_TEXT:
        return True
    if not attrs.has(model):
        return any(_needs_cattrs(part, seen) for part in get_args(model) if part not in seen)
    if model in seen:
        return False
    return any(_needs_cattrs(hint, seen | {model}) for hint in get_type_hints(model).values())


def _decode_by_msgspec(
    native: Callable[[bytes], Any], model: Any, envelope: str | None, body: bytes
) -> Any:
    paused = len(body) > _LARGE_BODY and gc.isenabled()
    if paused:  # nothing of a decode is garbage, so a collection in its middle is wasted
        gc.disable()
    try:
        value = native(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        if _TIMESTAMP_FAULT in str(error):
            return _decode_by_cattrs(model, envelope, body)
        raise _native_fault(error) from None
    finally:
        if paused:
            gc.enable()
    misread = _has_misread_time(value, envelope)
    return _decode_by_cattrs(model, envelope, body) if misread else value


def _has_misread_time(value: Any, envelope: str | None) -> bool:
    """Tell it by the first time: one server does not write them in two ways on one page."""
    found = getattr(value, envelope, value) if envelope else value
    items = as_array(found)
    items = (found,) if items is None else items
    names = _time_fields(cast("Any", type(items[0]))) if items else ()
    for item in items if names else ():
        for name in names:
            moment = getattr(item, name)
            if moment is not None:
                # Milliseconds give a far year; text without an offset, or with another, no UTC.
                return bool(moment.year >= _FIRST_MILLISECOND_YEAR or moment.tzinfo is not UTC)
    return False


@functools.cache
def _time_fields(model: Any) -> tuple[str, ...]:
    if not attrs.has(model):
        return ()
    hints = get_type_hints(model)
    return tuple(name for name, hint in hints.items() if datetime in (hint, *get_args(hint)))


def _native_fault(error: Exception) -> ResponseDecodeError:
    text, _, where = str(error).partition(" - at `")
    if isinstance(error, RecursionError):
        text = "the JSON is nested too deeply"
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
    from cattrs.gen import make_dict_unstructure_fn  # noqa: PLC0415

    strict = cattrs.Converter()
    for kind in (str, int, float, bool):
        strict.register_structure_hook(kind, _exactly)
    strict.register_structure_hook(datetime, lambda value, _: _moment(value))
    strict.register_structure_hook_factory(_is_list, cast("Any", _strict_list))
    strict.register_structure_hook_func(
        _is_tagged, lambda value, base: _structure_tagged(strict, TAGGED_UNIONS[base], value)
    )

    # What has its default was left out by the caller, and so is left out of the body.
    def left_out(model: Any) -> Callable[[Any], Any]:
        return make_dict_unstructure_fn(model, strict, _cattrs_omit_if_default=True)

    strict.register_unstructure_hook_factory(attrs.has, left_out)
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
    tag = raw.get(tagged.field)
    member: Any = tagged.members.get(tag) if isinstance(tag, str) else None
    return tagged.unknown(raw) if member is None else strict.structure(raw, member)


def encode(values: Mapping[str, Any], *, null_clears: bool = False) -> bytes:
    """Encode a body; what is UNSET is left out, and None too unless *null_clears*.

    Attrs classes inside become objects without the fields that have their default.

    Raises:
        InvalidArgumentError: It holds something that JSON has no form for.
    """
    given = {
        name: value
        for name, value in values.items()
        if value is not UNSET and (value is not None or null_clears)
    }
    return _encode(given, _plain)


def encode_raw(value: Any) -> bytes:
    """Encode plain values as they are.

    Raises:
        InvalidArgumentError: They hold something that JSON has no form for.
    """
    return _encode(value, lambda same: same)


def _encode(value: Any, prepare: Callable[[Any], Any]) -> bytes:
    try:
        return msgspec.json.encode(prepare(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"the body cannot be written as JSON: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)  # msgspec takes no subclass, such as a Secret
    if isinstance(value, int | float | None):
        return value
    parts = as_array(value)
    if parts is not None:
        return [_plain(part) for part in parts]
    fields = as_object(value)
    if fields is not None:
        return {name: _plain(part) for name, part in fields.items()}
    return converter().unstructure(value) if attrs.has(cast("Any", type(value))) else value
