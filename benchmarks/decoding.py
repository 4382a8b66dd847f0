"""Rows about decoding, without a network."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from benchmarks import fixtures
from benchmarks.measuring import Contestant, Row
from benchmarks.peers import devinai_decoder, need
from devin_async.codec import decode_page
from devin_async.models.audit_logs import AuditLog
from devin_async.models.sessions import Session

__all__ = ["ROWS"]

_FLOOR = "orjson, dicts"
_TIMES = 20

Decode = Callable[[bytes], Any]


def _decoding(decode: Decode, body: bytes, times: int = _TIMES) -> Contestant:
    async def run() -> None:
        decode(body)

    return Contestant(run, times)


def _into(
    model: type[Any], make: fixtures.Make
) -> Callable[[str], AbstractAsyncContextManager[dict[str, Contestant]]]:
    """Compare our decoding of a page of what *make* makes with the floor's."""

    @asynccontextmanager
    async def contestants(_: str) -> AsyncIterator[dict[str, Contestant]]:
        body = fixtures.page(make)
        yield {
            _FLOOR: _decoding(need("orjson").loads, body),
            "devin_async": _decoding(lambda page: decode_page(model, "items", page), body),
        }

    return contestants


@asynccontextmanager
async def _by_peers(_: str) -> AsyncIterator[dict[str, Contestant]]:
    body = fixtures.page(fixtures.session)
    yield {
        _FLOOR: _decoding(need("orjson").loads, body),
        "devinai": _decoding(devinai_decoder(), body, times=3),
    }


ROWS = (
    Row(
        name="decode-sessions",
        work="decode a page of 200 sessions",
        open=_into(Session, fixtures.session),
        targets={("devin_async", "wall"): 1.4},
    ),
    Row(
        name="decode-audit-logs",
        work="decode a page of 200 audit logs",
        open=_into(AuditLog, fixtures.audit_log),
        targets={("devin_async", "wall"): 1.4},
    ),
    Row(
        name="decode-short-sessions",
        work="decode a page of 200 sessions, two fields left out",
        open=_into(Session, fixtures.short_session),
        targets={},
    ),
    Row(
        name="decode-peers",
        work="decode a page of 200 sessions, other clients",
        open=_by_peers,
        targets={},
    ),
)
