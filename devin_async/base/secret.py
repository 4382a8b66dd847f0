"""Secrets: strings that do not show themselves, and texts from which they are struck out."""

import base64
import functools
import json
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn, cast
from urllib.parse import quote, quote_plus, unquote, urlsplit

from devin_async.base.text import LONGEST_READ, short_line

__all__ = [
    "Redactor",
    "Secret",
    "masked_headers",
    "masked_url",
    "password_of",
    "redact",
    "secret_headers",
]

_MASK = "***"
# A server cuts long values, or breaks them into lines: so long a piece of a secret is hidden, too.
# Shorter ones would hide what any text may have, such as `https://`.
_PIECE = 10
_STEP = _PIECE // 2  # in each piece of a text stands one that begins at a multiple of it
_TELLING = re.compile(
    r"auth|token|key|secret|cookie|passw|pwd|session|credential|jwt|bearer|signature|assertion|"
    r"saml|csrf|xsrf|otp",
    re.IGNORECASE,
)
_URL_SAFE = str.maketrans("+/", "-_")  # RFC 4648, 5
# How URLs, JSON and HTML may write any letter.
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|&#")
_CODE_UNIT = re.compile(r"\\u([0-9a-fA-F]{4})")
_WORD = re.compile(r"\S+")
_ONE_CASE = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


# Those that give text, but for `__str__`, `__format__` and `__repr__`.
_METHODS = (
    *("__add__", "__getitem__", "__mod__", "__mul__", "__rmul__", "capitalize", "casefold"),
    *("center", "expandtabs", "format", "format_map", "join", "ljust", "lower", "lstrip"),
    *("partition", "removeprefix", "removesuffix", "replace", "rjust", "rpartition", "rsplit"),
    *("rstrip", "split", "splitlines", "strip", "swapcase", "title", "translate", "upper"),
    "zfill",
)


class Secret(str):
    """A str whose repr is masked and that cannot be pickled.

    `str(secret)` gives the value, because the HTTP library writes headers that way. Its repr and
    what a format string makes of it are masked, and its parts are secrets, too: tracebacks with
    locals show the one, or cut what is long before they show it.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('***')"

    def __format__(self, format_spec: str) -> str:
        return format(_MASK, format_spec)

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not pickled")


def _kept_secret(method: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a method of str so that the parts and changes of a secret are secrets, too."""

    @functools.wraps(method)
    def kept(self: Secret, *args: Any, **options: Any) -> Any:
        result = method(self, *args, **options)
        if isinstance(result, str):
            return Secret(result)
        parts = [Secret(part) for part in cast("Iterable[str]", result)]
        return parts if isinstance(result, list) else tuple(parts)

    return kept


def _added_before(self: Secret, text: str) -> Secret:
    return Secret(text.__add__(self))


def _letters(self: Secret) -> Iterator[Secret]:
    return map(Secret, str.__iter__(self))


for _name in _METHODS:
    setattr(Secret, _name, _kept_secret(getattr(str, _name)))
setattr(Secret, "__radd__", _added_before)  # noqa: B010 - types have no such name
setattr(Secret, "__iter__", _letters)  # noqa: B010


def redact(text: str, secrets: Iterable[str]) -> str:
    """Mask each of *secrets* in *text*, also where they overlap."""
    wholes = frozenset(secret for secret in secrets if secret)
    return _masked(text, _spans_of_wholes(text, wholes)) if wholes else text


class Redactor:
    """The one way of what a server says into errors, logs, events and spans.

    It hides secrets before the text is cut or put into another shape, in the forms in which servers
    write them, and those parts of them that a server has left.

    Args:
        secrets: What must not be shown.
    """

    __slots__ = ("_pieces", "_secrets", "_steps", "_wholes")

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(filter(None, secrets))
        self._wholes: frozenset[str] | None = None
        self._pieces: frozenset[str] = frozenset()
        self._steps: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._secrets)} secrets>"

    def line(self, text: str, longest: int = 500) -> str:
        """Make of *text* one printable line of at most *longest* characters, without secrets."""
        return short_line(self.strike(text[:LONGEST_READ]), longest)

    def strike(self, text: str) -> str:
        """Mask the secrets in *text*, and leave its shape."""
        spans = self._spans(text.translate(_ONE_CASE))
        text = _masked(text, spans) if spans else text
        if self._pieces and _ESCAPE.search(text) is not None:
            text = _masked(text, self._spans_of_escaped(text))
        return text

    def _spans_of_escaped(self, text: str) -> Iterator[tuple[int, int]]:
        """Find the words that are a piece of a secret, written otherwise than in `_forms`."""
        for match in _WORD.finditer(text):
            plain = _unescaped(match.group())
            if plain != match.group() and self._spans_of_pieces(plain.translate(_ONE_CASE)):
                yield match.span()

    def has_piece_in(self, text: str) -> bool:
        """Tell whether a secret stands in *text*, in so long a piece that it is no accident."""
        return bool(self._secrets) and bool(self._spans_of_pieces(text.translate(_ONE_CASE)))

    def _spans(self, text: str) -> list[tuple[int, int]]:
        if not self._secrets:
            return []
        pieces = self._spans_of_pieces(text)  # prepares the wholes, too
        return [*pieces, *_spans_of_wholes(text, self._wholes or frozenset())]

    def _spans_of_pieces(self, text: str) -> list[tuple[int, int]]:
        if self._wholes is None:
            self._wholes = self._prepared()
        steps, pieces = self._steps, self._pieces
        if not any(text[at : at + _STEP] in steps for at in range(0, len(text), _STEP)):
            return []
        starts = range(len(text) - _PIECE + 1)
        return [(at, at + _PIECE) for at in starts if text[at : at + _PIECE] in pieces]

    def _prepared(self) -> frozenset[str]:
        """Write the forms of all secrets, when the first text is looked at."""
        forms = {form.translate(_ONE_CASE) for one in self._secrets for form in _forms(one)}
        long = [form for form in forms if len(form) >= _PIECE]
        self._pieces = frozenset().union(*(_pieces(form, _PIECE) for form in long))
        self._steps = frozenset().union(*(_pieces(form, _STEP) for form in long))
        return frozenset(form for form in forms if len(form) < _PIECE)


def _forms(secret: str) -> Iterator[str]:
    """Yield the forms in which *secret* may come back: in JSON, HTML, URLs, Python, on one line."""
    import html  # noqa: PLC0415 - 2,000 names of letters, and most texts come without a fault

    value = str(secret)
    yield value
    yield " ".join(value.split())
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    yield html.escape(value)
    yield quote(value, safe="", errors="surrogatepass")
    yield quote_plus(value, errors="surrogatepass")
    yield from (one for one in _codes(value) if len(one) >= _PIECE)


def _codes(value: str) -> Iterator[str]:
    """Yield *value* as hexadecimal digits, and as base64 makes it a part of something."""
    content = value.encode("utf-8", "surrogatepass")
    yield content.hex()
    for before, shared in ((0, 0), (1, 2), (2, 3)):  # letters that have bits of what is before it
        size = before + len(content)
        code = base64.b64encode(bytes(before) + content).decode()[shared : size * 8 // 6]
        yield code
        yield code.translate(_URL_SAFE)


def _unescaped(text: str) -> str:
    """Undo what URLs, JSON and HTML may make of any letter, also where it was done twice."""
    import html  # noqa: PLC0415

    for _ in range(2):
        text = unquote(html.unescape(_CODE_UNIT.sub(lambda one: chr(int(one[1], 16)), text)))
    return text


def _pieces(text: str, length: int) -> list[str]:
    return [text[at : at + length] for at in range(len(text) - length + 1)]


def masked_headers(headers: Any) -> Any:
    """Mask the values of *headers*, any of which may be a token; what is no mapping stays."""
    if not isinstance(headers, Mapping):
        return headers
    pairs = cast("Iterable[tuple[Any, Any]]", headers.items())
    return {name: Secret(text) if isinstance(text, str) else text for name, text in pairs}


def masked_url(url: str) -> str:
    """Mask a *url* that may hold a password or a token, which no base URL has."""
    authority = (url.partition("//")[2] or url).partition("/")[0]
    return Secret(url) if "@" in authority or "?" in url or "#" in url else url


def secret_headers(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of those *headers* whose names tell of a secret."""
    return tuple(text for name, text in headers.items() if _TELLING.search(name))


def password_of(url: str) -> tuple[str, ...]:
    """Return the password in a URL, as it stands there and as it is meant; nothing without one."""
    try:
        password = urlsplit(str(url) if "//" in url else "//" + str(url)).password
    except ValueError:
        return ()
    return tuple({password, unquote(password)}) if password else ()


def _spans_of_wholes(text: str, wholes: frozenset[str]) -> Iterator[tuple[int, int]]:
    for whole in wholes:
        at = text.find(whole)
        while at >= 0:
            yield at, at + len(whole)
            at = text.find(whole, at + 1)


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Put a mask in the place of each of *spans*, and one mask where they touch."""
    parts: list[str] = []
    end = 0
    is_masked = False
    for start, stop in sorted(spans):
        if start > end or not is_masked:
            parts += [text[end:start], _MASK]
        end = max(end, stop)
        is_masked = True
    return "".join((*parts, text[end:]))
