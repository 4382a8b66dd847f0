"""Secrets: strings that do not show themselves, and texts from which they are struck out."""

import html
import json
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn, SupportsIndex, cast
from urllib.parse import quote, quote_plus

from devin_async.base.text import LONGEST_READ, short_line

__all__ = ["Redactor", "Secret", "redact", "secret_headers"]

_MASK = "***"
# A server cuts long values, or breaks them into lines: so long a piece of a secret is hidden, too.
# Shorter ones would hide what any text may have, such as `https://`.
_PIECE = 10
_STEP = _PIECE // 2  # in each piece of a text stands one that begins at a multiple of it
_TELLING = re.compile(r"auth|token|key|secret|cookie|passw|session|credential", re.IGNORECASE)
_ONE_CASE = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


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

    def __getitem__(self, key: SupportsIndex | slice) -> "Secret":
        return Secret(super().__getitem__(key))

    def __iter__(self) -> Iterator[str]:
        return map(Secret, super().__iter__())

    def __add__(self, value: str) -> "Secret":
        return Secret(super().__add__(value))

    def __radd__(self, value: str) -> "Secret":
        return Secret(value.__add__(self))

    def strip(self, chars: str | None = None) -> "Secret":
        """Give it without white space, or *chars*, at both ends."""
        return Secret(super().strip(chars))

    def removeprefix(self, prefix: str, /) -> "Secret":
        """Give what follows *prefix*."""
        return Secret(super().removeprefix(prefix))

    def partition(self, sep: str, /) -> tuple[str, str, str]:
        """Split it at the first *sep*."""
        return cast("tuple[str, str, str]", tuple(map(Secret, super().partition(sep))))

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        """Split it at each *sep*."""
        return list(map(Secret, super().split(sep, maxsplit)))

    def splitlines(self, keepends: bool = False) -> list[str]:  # noqa: FBT001, FBT002 - as str has it
        """Split it into its lines."""
        return list(map(Secret, super().splitlines(keepends)))

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not pickled")


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
        return _masked(text, spans) if spans else text

    def _spans(self, text: str) -> list[tuple[int, int]]:
        if not self._secrets:
            return []
        if self._wholes is None:
            self._wholes = self._prepared()
        spans = list(_spans_of_wholes(text, self._wholes))
        steps, pieces = self._steps, self._pieces
        if any(text[at : at + _STEP] in steps for at in range(0, len(text), _STEP)):
            starts = range(len(text) - _PIECE + 1)
            spans += [(at, at + _PIECE) for at in starts if text[at : at + _PIECE] in pieces]
        return spans

    def _prepared(self) -> frozenset[str]:
        """Write the forms of all secrets, when the first text is looked at."""
        forms = {form.translate(_ONE_CASE) for one in self._secrets for form in _forms(one)}
        long = [form for form in forms if len(form) >= _PIECE]
        self._pieces = frozenset(piece for form in long for piece in _pieces(form, _PIECE))
        self._steps = frozenset(piece for form in long for piece in _pieces(form, _STEP))
        return frozenset(form for form in forms if len(form) < _PIECE)


def _forms(secret: str) -> Iterator[str]:
    """Give the forms in which *secret* may come back: in JSON, HTML, URLs, Python, on one line."""
    value = str(secret)
    yield value
    yield " ".join(value.split())
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    yield html.escape(value)
    yield quote(value, safe="", errors="surrogatepass")
    yield quote_plus(value, errors="surrogatepass")


def _pieces(text: str, length: int) -> Iterator[str]:
    return (text[at : at + length] for at in range(len(text) - length + 1))


def secret_headers(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Give the values of those *headers* whose names tell of a secret."""
    return tuple(text for name, text in headers.items() if _TELLING.search(name))


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
