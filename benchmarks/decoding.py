"""Rows about decoding, without a network."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from benchmarks import fixtures
from benchmarks.measuring import Contestant, Row, Setting, in_process
from benchmarks.peers import DEVINAI, OURS, devinai_decoder, need
from benchmarks.targets import at_most, faster
from devin_async.codec.decoding import decode_page
from devin_async.models.audit_logs import AuditLog
from devin_async.models.sessions import Session

__all__ = ["ROWS"]

_FLOOR = "orjson, dicts"
_TIMES = 20

Decode = Callable[[bytes], Any]
Open = Callable[[Setting], AbstractAsyncContextManager[dict[str, Contestant]]]


def _decoding(decode: Decode, body: bytes, times: int = _TIMES) -> Contestant:
    async def run() -> None:
        decode(body)

    return in_process(run, times=times)


def _into(model: type[Any], make: fixtures.Make, *, with_devinai: bool = False) -> Open:
    """Compare our decoding of a page of what *make* makes with the floor's."""

    @asynccontextmanager
    async def contestants(_: Setting) -> AsyncIterator[dict[str, Contestant]]:
        body = fixtures.page(make)
        given = {
            _FLOOR: _decoding(need("orjson").loads, body),
            OURS: _decoding(lambda page: decode_page(model, "items", page), body),
        }
        if with_devinai:
            given[DEVINAI] = _decoding(devinai_decoder(), body, times=5)
        yield given

    return contestants


ROWS = (
    Row(
        name="decode-sessions",
        work="decode a page of 200 sessions into models",
        open=_into(Session, fixtures.session, with_devinai=True),
        targets=(at_most(1.3, _FLOOR), faster(30, DEVINAI)),
        item="page",
    ),
    Row(
        name="decode-audit-logs",
        work="decode a page of 200 audit logs into models",
        open=_into(AuditLog, fixtures.audit_log),
        targets=(at_most(1.27, _FLOOR),),
        item="page",
    ),
    Row(
        name="decode-short-sessions",
        work="decode a page of 200 sessions, two optional fields left out",
        open=_into(Session, fixtures.short_session),
        item="page",
    ),
)
