"""Text of others, as commands print it: characters that act are shown as escapes, none acts.

What acts moves a terminal's cursor, colours, hides or reorders text: controls (C0, C1), format
characters such as the bidirectional marks, line and paragraph separators, half surrogates.
https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
"""

import json
import re
from typing import Any

__all__ = ["csv_cell", "escaped", "escaped_json", "escaped_lines", "folded", "json_text", "shown"]

_WHITE_SPACE = re.compile(r"[ \t\r\n]+")
_WIDE_SPACES = "\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000"
# What a spreadsheet takes for a formula, and the white space that it skips before looking.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_TAB = 4


def escaped(text: str) -> str:
    """Write out each character that would act, such as ESC; spaces of any width stay."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or one in _WIDE_SPACES else _escape(one) for one in text
    )


def folded(text: str) -> str:
    """Make line breaks and tabs of *text* spaces, so that it can be a part of one line."""
    return _WHITE_SPACE.sub(" ", text).strip(" ")


def shown(text: str) -> str:
    """Make *text* a part of one line, in which what acts is written out."""
    return escaped(folded(text))


def escaped_lines(text: str) -> str:
    """Write out what would act in each line; lines and their indentation stay."""
    lines = text.replace("\r\n", "\n").expandtabs(_TAB).split("\n")
    return "\n".join(map(escaped, lines)).rstrip("\n")


def json_text(value: Any) -> str:
    """Write *value* as JSON in one line of ASCII, without a character that acts."""
    return json.dumps(value).replace("\x7f", "\\u007f")  # DEL is the one that json leaves


def escaped_json(text: str) -> str:
    """Write what acts in JSON *text* as JSON's own escapes: its value stays the same.

    Outside of strings JSON has no such character but white space.
    """
    if text.isprintable():
        return text
    kept = _WIDE_SPACES + "\n\r\t"
    return "".join(one if one.isprintable() or one in kept else _json_escape(one) for one in text)


def csv_cell(value: object) -> object:
    """Make a cell no formula: one that begins as formulas do gets a `'` before it.

    Numbers stay numbers.
    """
    if not isinstance(value, str):
        return value
    return shown(f"'{value}" if value.startswith(_FORMULA) else value)


def _escape(one: str) -> str:
    return one.encode("unicode_escape").decode()


def _json_escape(one: str) -> str:
    return json.dumps(one)[1:-1] if one != "\x7f" else "\\u007f"
