"""JSON that is nearly JSON: what servers, proxies and cut texts make of it.

A byte order mark, another encoding than UTF-8, white space around it, half of a character as a
title has it that was cut between two UTF-16 units, a raw control character in a text, and the
numbers that JSON has no form for.
"""

import json
import re
from typing import Any

__all__ = ["load_near_json", "mend_json"]

_HALF = r"\ufffd"  # what the Unicode standard puts in place of what is no character
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)",
    re.DOTALL,
)
# Possessive, and ending with the text: a quote that is never closed is looked at once.
_PART = re.compile(r'"(?:[^"\\]++|\\.)*+"?|-?Infinity|NaN', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f]")


def load_near_json(body: bytes) -> Any:
    """Read *body* into plain values, NaN and Infinity into the floats of that name.

    Raises:
        ValueError: It is not nearly JSON either.
        RecursionError: It is nested too deeply.
    """
    return json.loads(_text(body), strict=False)


def mend_json(body: bytes) -> bytes:
    """Make JSON of *body*, and leave all as it is that is JSON; NaN and Infinity become null."""
    return _PART.sub(_mended, _text(body)).encode()


def _text(body: bytes) -> str:
    text = body.decode(json.detect_encoding(body), "replace").lstrip("\ufeff").strip()
    return _ESCAPE.sub(_whole, text)


def _whole(escape: re.Match[str]) -> str:
    return escape[0] if escape[1] is None else _HALF


def _mended(part: re.Match[str]) -> str:
    if not part[0].startswith('"'):
        return "null"
    return _CONTROL.sub(lambda control: f"\\u{ord(control[0]):04x}", part[0])
