"""What an answer says that is not what was asked for. No I/O.

Error bodies occur in many forms: RFC 9457 problems, FastAPI's `detail` as text, object or list, the
`error`, `message` or `errors` of gateways, and plain text or HTML of whatever stands before the
API. A 422 of FastAPI repeats the input that it refuses, which may be a secret, so only places and
messages are taken from it. All text passes a `Redactor` before it is cut or reshaped.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
from attrs import frozen

from devin_async.base.plain_json import as_array, as_object, is_deeper_than
from devin_async.base.secret import Redactor
from devin_async.base.text import LONGEST_READ

__all__ = ["Problem", "describe_content", "read_problem", "server_of"]

_DEEPEST = 50
_LONGEST_PLACE = 200
_LONGEST_NAME = 80
_LONGEST_BEGINNING = 100
_MOST_ERRORS = 100
# What is never closed ends with the text, and no tag goes on past the next one: a search from each
# of them to the end would take the square of a hostile page's length.
_TAG = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]*>", re.DOTALL | re.IGNORECASE)

# Names are compared in lower case, without marks: `Message`, `errorMessage`, `error_message`.
_TEXTS = (
    "detail",
    "message",
    "errormessage",
    "errordescription",
    "msg",
    "reason",
    "description",
    "faultstring",
    "error",
    "fault",
    "title",
)
# Of these no good answer consists, as it may of a title.
_TELLING = frozenset({"detail", "message", "errormessage", "error", "errors", "fault"})
_LISTS = ("detail", "errors", "details", "error", "invalidparams")
_PLACES = ("loc", "location", "pointer", "field", "param", "path", "name", "source")
_CODES = ("errorcode", "code")
_INPUTS = frozenset({"input", "value", "ctx", "rejectedvalue", "instance", "url"})
_LEVELS = 4


@frozen
class Problem:
    """What an error body says.

    Attributes:
        message: One line, without secrets.
        error_code: The server's own code, else None.
        errors: One (location, message) for each fault that it names.
        is_json: It is a JSON object, as the API's own are, and no page of something before it.
    """

    message: str
    error_code: str | None = None
    errors: Sequence[tuple[str, str]] = ()
    is_json: bool = False


def read_problem(body: bytes, redactor: Redactor | None = None) -> Problem:
    """Read an error body of any form, without the secrets that *redactor* knows."""
    redactor = redactor or Redactor()
    # Deep values are no text of a problem, and turning them into some would recurse.
    if is_deeper_than(body, _DEEPEST):
        return Problem(_page_text(body, redactor))
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Problem(_page_text(body, redactor))
    if isinstance(value, str):
        return Problem(redactor.line(value))
    fields = _fields({"errors": value} if as_array(value) else value)
    errors = [
        (redactor.line(place, _LONGEST_PLACE), redactor.line(text))
        for place, text in islice(_faults(fields, _LEVELS), _MOST_ERRORS)
    ]
    named = "; ".join(f"{place}: {text}" if place else text for place, text in errors)
    message = redactor.line(_text(fields, _LEVELS) or "")
    if named and named not in message:
        message = f"{message}: {named}" if message else named
    code = redactor.line(_code(fields, _LEVELS) or "", _LONGEST_NAME)
    return Problem(redactor.line(message), code or None, errors, is_json=bool(fields))


def _page_text(body: bytes, redactor: Redactor) -> str:
    """Return the text of a page without its tags, which are taken away from what is redacted."""
    import html  # noqa: PLC0415 - few answers are pages

    text = redactor.strike(body[:LONGEST_READ].decode("utf-8", "replace"))
    return redactor.line(html.unescape(_TAG.sub(" ", text)))


def _fields(value: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, part in (as_object(value) or {}).items():
        fields.setdefault(re.sub(r"[\W_]", "", name).lower(), part)
    return fields


def _text(fields: Mapping[str, Any], levels: int) -> str | None:
    """Find the first text that says what is wrong, in objects inside, too."""
    for name in _TEXTS:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return value
        inner = _text(_fields(value), levels - 1) if levels and as_object(value) else None
        if inner is not None:
            return inner
    return None


def _code(fields: Mapping[str, Any], levels: int) -> str | None:
    own = next((fields[name] for name in _CODES if isinstance(fields.get(name), str)), None)
    inside = (_fields(fields.get(name)) for name in ("error", "detail", "fault"))
    return own or next((_code(one, levels - 1) for one in inside if one and levels), None)


def _faults(fields: Mapping[str, Any], levels: int) -> Iterator[tuple[str, str]]:
    """Yield the place and the message of each fault that is named one by one."""
    for name in _LISTS:
        value = fields.get(name)
        entries = as_array(value)
        if entries is not None:
            yield from filter(None, map(_fault, entries))
        elif name == "errors" and isinstance(value, str):
            yield "", value
        elif as_object(value) and levels:
            inner = _fields(value)
            yield from _faults(inner, levels - 1)
            if _text(inner, levels - 1) is None and not _has_list(inner):
                yield from _by_name(value, levels - 1)


def _has_list(fields: Mapping[str, Any]) -> bool:
    return any(as_array(fields.get(name)) for name in _LISTS)


def _fault(entry: object) -> tuple[str, str] | None:
    if isinstance(entry, str):
        return "", entry
    if as_object(entry) is None:
        return None
    fields = _fields(entry)
    text = _text(fields, 1) or _code(fields, 1) or "is not valid"
    return _place(fields), text


def _place(fields: Mapping[str, Any]) -> str:
    place = next((fields[name] for name in _PLACES if fields.get(name)), "")
    inner = as_object(place)
    if inner is not None:
        return _place(_fields(inner)) if "source" in fields else ""
    return ".".join(str(part) for part in as_array(place) or (place,))


def _by_name(value: object, levels: int, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield the faults of an object that has one or several for each name."""
    for name, part in (as_object(value) or {}).items():
        if name.lower() in _INPUTS:
            continue
        here = f"{place}.{name}" if place else name
        if as_object(part) and levels:
            yield from _by_name(part, levels - 1, here)
        for one in as_array(part) or (part,):
            if isinstance(one, str | int | float):
                yield here, str(one)


def describe_content(
    host: str, headers: Mapping[str, str], body: bytes, redactor: Redactor | None = None
) -> str:
    """Say in a line what an answer is that cannot be read as what was asked for.

    Args:
        host: Who was asked.
        headers: Headers of the answer.
        body: Its body.
        redactor: Knows the secrets that are not shown.

    Returns:
        What it is, or says; empty when it is JSON that tells of no fault.
    """
    redactor = redactor or Redactor()
    if not body.strip():
        return "the answer is empty"
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _not_json(host, headers, body, redactor, redactor.line(str(error), _LONGEST_NAME))
    if _TELLING.isdisjoint(_fields(value)):
        return ""
    problem = read_problem(body, redactor)
    return f"the answer tells of a fault: {problem.message}" if problem.message else ""


def _not_json(
    host: str, headers: Mapping[str, str], body: bytes, redactor: Redactor, fault: str
) -> str:
    media = redactor.line(headers.get("Content-Type", "").partition(";")[0], _LONGEST_NAME)
    text = body[:LONGEST_READ].decode("utf-8", "replace")
    beginning = redactor.line(text, _LONGEST_BEGINNING)
    guess = f" ({fault})." if "json" in media.lower() else ": a login page or proxy?"
    return (
        f"{media or 'an answer of no type'} from {server_of(host, headers, redactor)}, not JSON"
        f"{guess} It begins with {beginning!r}"
    )


def server_of(host: str, headers: Mapping[str, str], redactor: Redactor) -> str:
    """Name who answered: the host, and what its Server header says."""
    name = redactor.line(host, _LONGEST_PLACE)
    software = redactor.line(headers.get("Server", ""), _LONGEST_NAME)
    return f"{name} ({software})" if software else name
