"""JSON to models.

Each model has one reader, chosen when it is first met. Plain models go through msgspec, straight
from bytes (`building`). What does not fit is read again from plain values, item by item and
field by field (`structuring`), and so are models with a tagged union inside, models whose times the
server writes as text, and pages on which a time is not what the decoder took it for.
"""

import functools
import gc
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import attrs
import msgspec
from attrs import define, field
from msgspec import Struct

from devin_async import codec
from devin_async.base.markers import TAGGED_UNIONS, TIMES_AS_TEXT
from devin_async.base.plain_json import as_array, as_object, is_deeper_than
from devin_async.codec.building import (
    Build,
    can_be_built,
    make_builder,
    make_struct,
    required_fields,
)
from devin_async.codec.differences import NO_FIELD, Difference, ForeignAnswerError, Tell, refuse
from devin_async.codec.times import find_odd_times
from devin_async.errors import ResponseDecodeError, ResponseTooLargeError

__all__ = [
    "WirePage",
    "add_frame",
    "check_depth",
    "decode",
    "decode_page",
    "load",
    "read",
    "read_page",
]

T = TypeVar("T")

Reader = Callable[[bytes, Tell], Any]

# Below this size a garbage collection hardly ever falls into a decode.
_LARGE_BODY = 16_384
_FRAME = ("end_cursor", "has_next_page", "total")
_TEXTS, _FLAGS, _COUNTS = ({str, type(None)}, {bool, type(None)}, {int, type(None)})
_NEARLY_JSON = Difference("JSON", "$", "JSON", "what is nearly JSON")
# A line break in JSON is never part of a value, so that what is not decoded may be one line.
_WITHOUT_BREAKS = bytes.maketrans(b"\r\n", b"  ")
_NOT_JSON = (msgspec.MsgspecError, ValueError, RecursionError)


@define
class WirePage(Generic[T]):
    """A page as the server sends it, whatever its envelope.

    Attributes:
        items: The items.
        end_cursor: The server's cursor after its last item.
        has_next_page: Whether another page follows; None if nothing tells, which is no by default.
        total: Items in all, where the server tells.
    """

    items: list[T] = field(repr=False)  # a server may echo anything there
    end_cursor: str | None = field(default=None, repr=False)
    has_next_page: bool | None = None
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


def decode(model: type[T], body: bytes, tell: Tell = refuse) -> T:
    """Decode one thing.

    Args:
        model: Its type.
        body: JSON.
        tell: Takes each way in which it does not fit the model; left out, none is taken.

    Raises:
        ResponseDecodeError: It is not JSON, or not that model; tells where.
    """
    thing: Any = model
    value: T = _reader(thing, None)(body, tell)
    return value


def decode_page(
    model: type[T], envelope: str, body: bytes, tell: Tell = refuse, *, is_paged: bool = False
) -> WirePage[T]:
    """Decode a page; a bare array is a page too, whatever the envelope should have been.

    Args:
        model: Type of its items; `msgspec.Raw` leaves each as it was sent, on one line.
        envelope: Name of the field that holds them.
        body: JSON.
        tell: Takes each way in which it does not fit the model; left out, none is taken.
        is_paged: Whether another page may follow, which is then looked for under any name.

    Raises:
        ResponseDecodeError: It is not JSON, or not a page of that model; tells where.
    """
    item: Any = model
    is_bare = body.lstrip()[:1] == b"["
    page: WirePage[T] = _reader(item, "" if is_bare else envelope)(body, tell)
    if is_paged and not page.end_cursor and page.has_next_page is not False:
        add_frame(page, load(body, _ignored), envelope, tell)
    return page


def add_frame(page: WirePage[Any], raw: Any, envelope: str, tell: Tell) -> None:
    """Add to a page what it says under other names of the page that follows."""
    other = codec.frames.find_frame(raw, envelope, tell)
    page.end_cursor = page.end_cursor or other.end_cursor
    if page.has_next_page is None:
        has_cursor = True if page.end_cursor else None
        page.has_next_page = has_cursor if other.has_next_page is None else other.has_next_page


def _ignored(_: Difference) -> None:
    """Take what was told before."""


def load(body: bytes, tell: Tell = refuse) -> Any:
    """Read JSON into plain values, and what is nearly JSON too.

    Raises:
        ResponseDecodeError: It is not JSON.
    """
    try:
        return msgspec.json.decode(body)
    except _NOT_JSON as error:
        fault = _native_fault(error)
    with suppress(ValueError, RecursionError):
        value = codec.near_json.load_near_json(body)
        tell(_NEARLY_JSON)
        return value
    raise fault  # out here: a JSONDecodeError, as its context, would hold the whole answer


def read(model: type[T], raw: Any, tell: Tell = refuse) -> T:
    """Read one thing from plain values.

    Raises:
        ResponseDecodeError: It is not that model; tells where.
    """
    thing: Any = model
    _check_has_any(thing, raw)
    value: T = codec.structuring.structure(raw, thing, tell)
    return value


def read_page(model: type[T], envelope: str, raw: Any, tell: Tell = refuse) -> WirePage[T]:
    """Read a page from plain values.

    Raises:
        ResponseDecodeError: It is not a page of that model; tells where.
    """
    item: Any = model
    if as_array(raw) is not None:
        return WirePage(codec.structuring.structure_rows(raw, item, tell))
    fields = as_object(raw)
    if fields is None or envelope not in fields:
        actual = codec.structuring.describe_value(raw) if fields is None else "object without"
        raise ForeignAnswerError(f"expected object with {envelope}, got {actual}")
    rows = fields[envelope]
    items = None
    if rows is not None:
        items = codec.structuring.structure_rows(rows, item, tell, f"$.{envelope}")
    cursor, has_more, total = map(fields.get, _FRAME)
    return _page(items, envelope, (cursor, has_more, total), tell)


def _page(
    items: list[T] | None, envelope: str, frame: tuple[Any, Any, Any], tell: Tell
) -> WirePage[T]:
    """Put a page together; where nothing else does, its cursor tells whether another follows."""
    if items is None:
        tell(Difference(f"Page.{envelope}", f"$.{envelope}", "array", "null"))
        items = []
    cursor, has_more, total = frame
    fits = type(cursor) in _TEXTS and type(has_more) in _FLAGS and type(total) in _COUNTS
    if not fits:
        cursor, has_more, total = codec.frames.check_frame(frame, tell)
    if has_more is None and cursor:
        has_more = True
    return WirePage(items, cursor, has_more, total)


@functools.cache
def _reader(model: Any, envelope: str | None) -> Reader:
    if envelope is None and get_origin(model) is list:
        rows = _reader(get_args(model)[0], "")
        return lambda body, tell: rows(body, tell).items
    if _needs_plain_values(model):
        return functools.partial(_read_plain, model, envelope)
    is_built = can_be_built(model)
    item = make_struct(model) if is_built else model
    target = item if envelope is None else _page_type(item, envelope)
    # Lax mode is what lets msgspec read unix seconds as aware datetimes.
    decoder = msgspec.json.Decoder[Any](target, strict=False)
    native = _Native(
        decode=decoder.decode,
        build=make_builder(model) if is_built else None,
        model=model,
        envelope=envelope,
        has_odd_times=find_odd_times(model),
        is_vague=envelope is None and _is_vague(model),
    )
    return native.read_thing if envelope is None else native.read_page


def _needs_plain_values(model: Any, around: frozenset[Any] = frozenset()) -> bool:
    if model in TAGGED_UNIONS or model in TIMES_AS_TEXT:
        return True
    if not attrs.has(model):
        return any(
            _needs_plain_values(part, around) for part in get_args(model) if part not in around
        )
    if model in around:
        return False
    hints = get_type_hints(model).values()
    return any(_needs_plain_values(hint, around | {model}) for hint in hints)


def _page_type(model: Any, envelope: str) -> Any:
    """Return what is around a list; what is beside the items is judged by `_page`."""
    if envelope == "":
        return list[model]
    others = [(name, Any, None) for name in _FRAME]
    return msgspec.defstruct(f"{envelope.title()}Page", [(envelope, list[model] | None), *others])


def _read_plain(model: Any, envelope: str | None, body: bytes, tell: Tell) -> Any:
    raw = load(body, tell)
    return read(model, raw, tell) if envelope is None else read_page(model, envelope, raw, tell)


class _Native(Struct, frozen=True, kw_only=True):
    """Decodes straight from bytes, and looks at what msgspec cannot judge by the types.

    Attributes:
        build: Makes models of what is decoded; None where that is done already.
        has_odd_times: Tells whether items have times that msgspec took for what they are not.
        is_vague: All fields of the model are optional, so that any object is one.
    """

    decode: Callable[[bytes], Any]
    build: Build | None
    model: Any
    envelope: str | None
    has_odd_times: Callable[[Sequence[Any]], bool] | None
    is_vague: bool

    def read_thing(self, body: bytes, tell: Tell) -> Any:
        """Read one thing."""
        is_large = len(body) > _LARGE_BODY
        try:
            things = [_uncollected(self.decode, body) if is_large else self.decode(body)]
        except _NOT_JSON as error:
            return self._read_again(body, tell, error)
        if self.build is not None:
            things = self.build(things)
        if self.has_odd_times is not None and self.has_odd_times(things):
            return _read_plain(self.model, None, body, tell)
        if self.is_vague:
            _check_has_any(self.model, load(body, tell))
        return things[0]

    def read_page(self, body: bytes, tell: Tell) -> Any:
        """Read a page."""
        is_large = len(body) > _LARGE_BODY
        try:
            items, decoded = _uncollected(self._decode, body) if is_large else self._decode(body)
        except _NOT_JSON as error:
            return self._read_again(body, tell, error)
        if self.model is msgspec.Raw and (b"\n" in body or b"\r" in body):
            return self.read_page(body.translate(_WITHOUT_BREAKS), tell)
        if self.has_odd_times is not None and items and self.has_odd_times(items):
            return _read_plain(self.model, self.envelope, body, tell)
        if not self.envelope:
            return WirePage(items)
        frame = (decoded.end_cursor, decoded.has_next_page, decoded.total)
        return _page(items, self.envelope, frame, tell)

    def _decode(self, body: bytes) -> tuple[Any, Any]:
        """Return the items, and all that was decoded."""
        decoded = self.decode(body)
        items = getattr(decoded, self.envelope) if self.envelope else decoded
        return (items if self.build is None or items is None else self.build(items)), decoded

    def _read_again(self, body: bytes, tell: Tell, error: Exception) -> Any:
        if self.model is not msgspec.Raw or self.envelope is None:
            return _read_plain(self.model, self.envelope, body, tell)
        mended = codec.near_json.mend_json(body)
        if mended == body:
            raise _native_fault(error) from None
        page = decode_page(msgspec.Raw, self.envelope, mended, tell)
        tell(_NEARLY_JSON)
        return page


def _uncollected(decode: Callable[[bytes], T], body: bytes) -> T:
    """Decode without garbage collections: nothing of it is garbage."""
    if not gc.isenabled():
        return decode(body)
    gc.disable()
    try:
        return decode(body)
    finally:
        gc.enable()


def _check_has_any(model: Any, raw: Any) -> None:
    """Refuse an object with no field of a model whose fields are all optional."""
    fields = as_object(raw)
    if fields and _is_vague(model) and attrs.fields_dict(model).keys().isdisjoint(fields):
        expected = codec.structuring.describe_type(model)
        raise ForeignAnswerError(f"expected {expected}, got {NO_FIELD}")


def _is_vague(model: Any) -> bool:
    return attrs.has(model) and not required_fields(model)


def _native_fault(error: Exception) -> ResponseDecodeError:
    if isinstance(error, RecursionError):
        return ResponseTooLargeError("the JSON is nested too deeply to be read")
    return ForeignAnswerError(str(error).partition(" - at `")[0])
