"""Odd answers: HTTP as no server should send it, the same for the same seed and number."""

import copy
import gzip
import json
import zlib
from collections.abc import Callable
from random import Random

from attrs import frozen

__all__ = ["BASES", "OddAnswer", "odd_answer"]

_STATUSES = (*(200,) * 12, 201, 202, 204, 206, 226, 299)
_REFUSALS = (300, 301, 302, 304, 307, 308, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415)
_FAILURES = (418, 422, 425, 429, 451, 499, 500, 501, 502, 503, 504, 507, 511, 520, 599, 600, 999)
_NO_STATUSES = (b"0", b"-1", b"20", b"2000", b"abc", b"", b"\xff\xfe", b"99999999999")

_AUDIT_LOG = {
    "audit_log_id": "log-1",
    "action": "create_session",
    "created_at": 1_767_225_600,
    "data": {"title": "x"},
    "org_id": "org-1",
    "user_id": None,
}
_SESSION = {
    "session_id": "devin-1",
    "url": "https://app.devin.ai/sessions/1",
    "status": "running",
    "tags": ["a"],
    "org_id": "org-1",
    "created_at": 1_767_225_600,
    "updated_at": 1_767_225_601,
    "acus_consumed": 0.5,
    "pull_requests": [],
}
_SELF = {
    "principal_type": "service_user",
    "service_user_id": "service-user-1",
    "service_user_name": "x",
    "org_id": None,
}
_PAGE = {"items": [_AUDIT_LOG] * 3, "end_cursor": "abc", "has_next_page": False, "total": None}
BASES = {"list": _PAGE, "get": _SELF, "create": _SESSION}
"""What a sound answer of each kind of call is."""

_ODD_VALUES = (
    None,
    True,
    -1,
    0,
    1 << 63,
    1 << 70,
    1e308,
    0.1,
    "",
    "x",
    "x" * 10_000,
    "\x00\x1b[31m\n",
    "\u202e\U0001f600",
    [],
    {},
    [[[]]],
    {"items": [{}]},
    "2026-13-45T99:99:99Z",
)
_ODD_JSON = (
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b"[null]",
    b'"text"',
    b"NaN",
    b"1e999",
    b"-",
    b"\xef\xbb\xbf{}",
    b'{"items":' + b"9" * 20_000 + b"}",
    b'{"end_cursor":"\\ud800","items":[],"has_next_page":true}',
    b'{"total":-0.0,"items":[],"items":null,"items":[]}',
    b"[" * 20_000,
    b"[" * 20_000 + b"]" * 20_000,
    b'{"items":[{"data":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}]}",
    b'{"detail":[{"msg":' + b"[" * 400 + b"]" * 400 + b',"loc":[[[]]]}]}',
    b'{"detail":[{"loc":[1,null,{"a":1}],"msg":{"a":[1]}}],"title":7,"error_code":[]}',
    b"<!doctype html><html><script>\x00</script><body>\x1b[2J\xff</body></html>",
)
_ODD_HEADERS = (
    b"Retry-After: soon",
    b"Retry-After: -1",
    b"Retry-After: 1e400",
    b"Retry-After: " + b"9" * 400,
    b"Retry-After: Mon, 99 Foo 9999 99:99:99 GMT",
    b"Retry-After: Fri, 31 Dec 9999 23:59:59 GMT",
    b"Retry-After: Mon, 01 Jan 0001 00:00:00 +2359",
    b"Retry-After-Ms: nan",
    b"Retry-After: 0",
    b"Date: yesterday",
    b"Location: http://[",
    b"Location: //user:secret@169.254.169.254:99999/",
    b"Location: \xff\xfe",
    b"Location: https://x\x1b[31m.example/",
    b"X-Request-Id: \xff\xfe\x1b[2J",
    b"X-Request-Id: " + b"r" * 5_000,
    b"X-Request-Id: ",
    b"Content-Type: application/json; charset=no-such-thing",
    b"Content-Type: text/html",
    b"Content-Type: ",
    b"Set-Cookie: a=b; Domain=.example; Max-Age=1e99",
    b"Connection: close",
    b"Connection: upgrade\r\nUpgrade: h2c",
    b"Trailer: X-Odd",
    b"X-Odd: " + b"o" * 20_000,
    b": nameless",
    b"no colon at all",
    b"Folded: a\r\n b",
    b"X-\x00: x",
    b"X-Null: a\x00b",
    b"\r\nX-After-The-Head: 1",
    b"Content-Length: 7",
    b"Content-Length: -7",
    b"Content-Length: 1, 2",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: no-such-thing",
    b"Content-Encoding: gzip",
    b"Content-Encoding: deflate",
    b"Content-Encoding: br",
    b"Content-Encoding: no-such-thing",
)


@frozen
class OddAnswer:
    """The bytes of an answer, and what becomes of the connection.

    Attributes:
        content: What is sent.
        end: "keep" for an answer that is complete, "close", "reset", or "hang" to say no more.
    """

    content: bytes
    end: str


def odd_answer(kind: str, seed: int, number: int) -> OddAnswer:
    """Make the answer with this *number* to a call of this *kind*."""
    random = Random(f"{kind}:{seed}:{number}")
    if random.random() < 0.05:  # no HTTP at all, or half of it
        junk = random.choice((b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/9.9 200\r\n\r\n", b"\r\n" * 500))
        return OddAnswer(junk + random.randbytes(random.randrange(200)), _end(random))
    body, headers = _packed(random, _body(random, kind))
    is_sound = random.random() < 0.5
    if not is_sound:
        headers += random.choices(_ODD_HEADERS, k=random.randrange(1, 4))
        random.shuffle(headers)
    head = b"\r\n".join([_first_line(random, is_sound=is_sound), *headers])
    content = head + b"\r\n\r\n" + body
    if is_sound and random.random() < 0.9:
        return OddAnswer(content, "keep")
    if random.random() < 0.3:
        content = content[: random.randrange(len(content))]
    return OddAnswer(content, _end(random))


def _end(random: Random) -> str:
    return random.choices(("close", "reset", "hang"), weights=(80, 19, 1))[0]


def _first_line(random: Random, *, is_sound: bool) -> bytes:
    if not is_sound and random.random() < 0.1:
        return b"HTTP/1.1 " + random.choice(_NO_STATUSES) + b" X"
    status = random.choice(random.choices((_STATUSES, _REFUSALS, _FAILURES), (6, 1, 2))[0])
    reason = b"OK" if is_sound else random.choice((b"", b"\xff\xfe", b"r" * 9_000, b"\x1b[31m"))
    return b"HTTP/1.%d %d %b" % (random.random() < 0.95, status, reason)


def _body(random: Random, kind: str) -> bytes:
    if random.random() < 0.2:
        return random.choice(_ODD_JSON)
    value = json.loads(json.dumps(BASES[kind]))
    for _ in range(random.randrange(4)):
        _change(random, value)
    body = json.dumps(value).encode()
    choice = random.random()
    if choice < 0.1:
        return body[: random.randrange(len(body))]
    if choice < 0.25:
        flipped = bytearray(body)
        for _ in range(random.randrange(1, 5)):
            flipped[random.randrange(len(flipped))] = random.randrange(256)
        return bytes(flipped)
    return body + b" " * (2 << 20) if choice < 0.26 else body


def _change(random: Random, value: object) -> None:
    """Put something odd somewhere inside of *value*."""
    while isinstance(value, dict | list) and value:
        key = random.choice(list(value) if isinstance(value, dict) else range(len(value)))
        inner = value[key]  # type: ignore[index,call-overload]
        if not isinstance(inner, dict | list) or not inner or random.random() < 0.4:
            if isinstance(value, dict) and random.random() < 0.2:
                del value[key]
            else:
                odd = copy.deepcopy(random.choice(_ODD_VALUES))
                value[key] = odd  # type: ignore[index,call-overload]
            return
        value = inner


def _packed(random: Random, body: bytes) -> tuple[bytes, list[bytes]]:
    """Compress and frame a body in one of the ways of HTTP."""
    headers = [b"Content-Type: application/json"]
    packers: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
        (b"gzip", _zipped),
        (b"deflate", zlib.compress),
        (b"gzip", lambda data: _zipped(data)[:-9]),
        (b"gzip", lambda data: _zipped(b" " * (5 << 20)) + data),
    )
    if random.random() < 0.25:
        name, pack = random.choice(packers)
        body = pack(body)
        headers.append(b"Content-Encoding: " + name)
    if random.random() < 0.3:
        headers.append(b"Transfer-Encoding: chunked")
        half = len(body) // 2
        pieces = (piece for piece in (body[:half], body[half:]) if piece)
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        return chunks + random.choice((b"0\r\n\r\n", b"0\r\nX-Trailer: 1\r\n\r\n")), headers
    headers.append(b"Content-Length: %d" % len(body))
    return body, headers


def _zipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)
