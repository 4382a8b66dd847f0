"""The kinds of faults that servers and networks are known for, by name."""

import gzip
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import msgspec

from devin_async.sandbox.serving.faults import Edit, Fault

Effects = Mapping[str, Any]

_LEVELS = 100_000
_DIGITS = 100_000
_OVERSIZED = 80 << 20
_MEMBER = 16 << 20
_BOMB = 1 << 30


def make_fault(kind: str, **when: Any) -> Fault:
    """Make a fault of a known kind.

    Args:
        kind: One of `KINDS`.
        **when: What `Fault` takes besides: *route*, *at*, *probability*, *times*, other effects.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no kind of fault called {kind!r}; allowed: {', '.join(KINDS)}")
    return Fault(**{**KINDS[kind](), **when})


def mixed_faults(share: float) -> list[Fault]:
    """Make faults of all kinds in `PASSING` that together strike a *share* of all requests."""
    if not 0 <= share < 1:
        raise ValueError(
            f"faults is {share!r}; allowed: a share of the requests, from 0 to below 1"
        )
    # One request is spared by all of them with the probability 1 - share.
    each = 1 - (1 - share) ** (1 / len(PASSING))
    return [make_fault(kind, probability=each) for kind in PASSING] if share else []


def gzip_bomb(size: int = _BOMB) -> bytes:
    """Return some kilobytes that a reader of gzip makes *size* bytes of spaces of."""
    whole, rest = divmod(size, _MEMBER)
    return gzip.compress(b" " * _MEMBER) * whole + gzip.compress(b" " * rest)


def change_json(change: Callable[[Any, Mapping[str, str]], Any]) -> Edit:
    """Make an edit of the bytes of a body out of one of its JSON value."""

    def edit(body: bytes, query: Mapping[str, str]) -> bytes:
        return msgspec.json.encode(change(msgspec.json.decode(body), query)) if body else body

    return edit


def _wrong_types(value: Any, query: Mapping[str, str]) -> Any:
    """Put a list wherever a text, a number, true, false or null was."""
    if isinstance(value, list):
        return [_wrong_types(item, query) for item in cast("Sequence[Any]", value)]
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: _wrong_types(item, query) for name, item in fields.items()}
    return [value]


def _half(body: bytes, _: Mapping[str, str]) -> bytes:
    return body[: len(body) // 2]


def _bytes_that_are_no_text(body: bytes, _: Mapping[str, str]) -> bytes:
    return body.replace(b'":', b'\xff\xfe":', 1)


def _repeated_cursor(page: Any, query: Mapping[str, str]) -> Any:
    return {**page, "end_cursor": query.get("after", page["end_cursor"]), "has_next_page": True}


def _returning_cursor() -> Edit:
    first: list[str] = []

    def change(page: Any, query: Mapping[str, str]) -> Any:
        """Lead from the third page to the second, and so round in a circle."""
        if "after" not in query:
            first[:] = [page["end_cursor"]]
        is_early = query.get("after") in (None, *first)
        return {**page, "end_cursor": page["end_cursor"] if is_early else first[0]}

    return change_json(change)


def _duplicated_items(page: Any, _: Mapping[str, str]) -> Any:
    return {**page, "items": [item for item in page["items"] for _ in range(2)]}


def _duplicate_keys(body: bytes, _: Mapping[str, str]) -> bytes:
    """Name each key of the outermost object twice, first with null."""
    names = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    nulls = b",".join(msgspec.json.encode(name) + b":null" for name in names)
    return b"{" + nulls + b"," + body.lstrip()[1:]


def _answer(status: int, body: bytes | str, content_type: str, **headers: str) -> Effects:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"status": status, "body": body, "headers": {"Content-Type": content_type, **fields}}


def _limited(**headers: str) -> Effects:
    return {
        "status": 429,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
    }


_PAGE_OF_HTML = (
    "<!doctype html><html><head><title>502</title></head><body>Bad gateway</body></html>"
)

KINDS: Mapping[str, Callable[[], Effects]] = {
    "rate_limited": lambda: _limited(Retry_After="0"),
    "rate_limited_without_retry_after": _limited,
    "retry_after_garbage": lambda: _limited(Retry_After="soon, I hope"),
    "retry_after_huge": lambda: _limited(Retry_After="9" * 30),
    "internal_error": lambda: {"status": 500},
    "unavailable": lambda: {"status": 503, "headers": {"Retry-After": "0"}},
    "gateway_timeout": lambda: {"status": 504},
    "error_after_the_work": lambda: {"status": 502, "committed": True},
    "html_error": lambda: _answer(502, _PAGE_OF_HTML, "text/html"),
    "binary_error": lambda: _answer(500, bytes(range(256)), "application/json"),
    "oversized_error": lambda: _answer(500, b"x" * (2 << 20), "text/plain"),
    "endless_error": lambda: {"status": 500, "endless": True},
    "reset": lambda: {"reset": "before"},
    "reset_after_the_work": lambda: {"reset": "after"},
    "cut_off": lambda: {"cut_off": True},
    "hang_up": lambda: {"hang_up": True},
    "latency": lambda: {"latency": 0.05},
    "slow_bytes": lambda: {"trickle": 0.05},
    "oversized_body": lambda: {"body": b" " * _OVERSIZED},
    "endless_body": lambda: {"endless": True},
    "gzip_bomb": lambda: {"body": gzip_bomb(), "headers": {"Content-Encoding": "gzip"}},
    "broken_gzip": lambda: {"body": b"\x1f\x8bno", "headers": {"Content-Encoding": "gzip"}},
    "malformed_json": lambda: {"edit": _half},
    "malformed_utf8": lambda: {"edit": _bytes_that_are_no_text},
    "not_json": lambda: {"body": _PAGE_OF_HTML, "headers": {"Content-Type": "text/html"}},
    "wrong_types": lambda: {"edit": change_json(_wrong_types)},
    "duplicate_keys": lambda: {"edit": _duplicate_keys},
    "deep_nesting": lambda: {"body": b"[" * _LEVELS + b"]" * _LEVELS},
    "huge_integer": lambda: {"body": b'{"total":' + b"9" * _DIGITS + b"}"},
    "repeated_cursor": lambda: {"edit": change_json(_repeated_cursor)},
    "returning_cursor": lambda: {"edit": _returning_cursor()},
    "small_pages": lambda: {"query": {"first": "1"}},
    "duplicated_items": lambda: {"edit": change_json(_duplicated_items)},
    "redirect_elsewhere": lambda: {
        "status": 307,
        "headers": {"Location": "https://elsewhere.invalid/file?signature=made-up"},
    },
    "redirect_to_private_address": lambda: {
        "status": 307,
        "headers": {"Location": "https://169.254.169.254/latest/meta-data/"},
    },
}
"""Effects by name; each call gives new ones, and only then are large bodies made."""

PASSING = (
    "rate_limited",
    "rate_limited_without_retry_after",
    "retry_after_garbage",
    "internal_error",
    "unavailable",
    "gateway_timeout",
    "error_after_the_work",
    "html_error",
    "binary_error",
    "reset",
    "reset_after_the_work",
    "cut_off",
    "hang_up",
    "latency",
)
"""What a client survives by repeating its reads, and has to report for its writes."""
