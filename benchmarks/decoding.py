"""Rows about decoding, without a network."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import Random
from typing import Any

import attrs

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
        namespace = {
            _FLOOR: _decoding(need("orjson").loads, body),
            OURS: _decoding(lambda page: decode_page(model, "items", page), body),
        }
        if with_devinai:
            namespace[DEVINAI] = _decoding(devinai_decoder(), body, times=5)
        yield namespace

    return contestants


def _rows(
    what: str, model: type[Any], make: fixtures.Make, most: dict[str, float]
) -> Iterator[Row]:
    """Make a row for each share of the optional fields that the server sends."""
    for (word, target), share in zip(most.items(), _SHARES, strict=True):
        yield Row(
            name=f"decode-{what.replace(' ', '-')}-{word}",
            work=f"decode a page of 200 {what} into models, {word} of the optional fields sent",
            open=_into(model, _sending(model, make, share)),
            targets=(at_most(target, _FLOOR),),
            item="page",
        )


def _filled(what: str, model: type[Any], make: fixtures.Make, most: float) -> Row:
    """Make the row of a page in which every field holds something."""
    return Row(
        name=f"decode-{what.replace(' ', '-')}-filled",
        work=f"decode a page of 200 {what} into models, no field null and no list empty",
        open=_into(model, make),
        targets=(at_most(most, _FLOOR),),
        item="page",
    )


def _sending(model: Any, make: fixtures.Make, share: float) -> fixtures.Make:
    """Leave out all but a *share* of the optional fields, chosen at random for each item."""
    optional = [one.name for one in attrs.fields(model) if one.default is not attrs.NOTHING]

    def shorter(index: int) -> dict[str, Any]:
        kept = Random(index).sample(optional, round(len(optional) * share))
        item = dict.fromkeys(optional) | make(index)
        return {name: item[name] for name in item if name in kept or name not in optional}

    return shorter


_SHARES = (1.0, 0.9, 0.5, 0.0)

ROWS = (
    Row(
        name="decode-sessions",
        work="decode a page of 200 sessions into models",
        open=_into(Session, fixtures.session, with_devinai=True),
        targets=(at_most(1.2, _FLOOR), faster(30, DEVINAI)),
        item="page",
    ),
    *_rows(
        "sessions", Session, fixtures.session, {"all": 1.2, "most": 1.6, "half": 2.4, "none": 3.5}
    ),
    *_rows(
        "audit logs",
        AuditLog,
        fixtures.audit_log,
        {"all": 1.25, "most": 1.6, "half": 2.4, "none": 3.5},
    ),
    _filled("sessions", Session, fixtures.filled_session, 1.2),
    _filled("audit logs", AuditLog, fixtures.filled_audit_log, 1.27),
)
