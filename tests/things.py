"""Lists of a scripted server, read by the SDK's own base class, whatever their form."""

import json
from typing import Unpack

import attrs
from inside import caller_of
from scripted_server import answer

from devin_async.lists.options import ListOptions
from devin_async.protocol.endpoints import Endpoint
from devin_async.resource import Resource


@attrs.frozen(kw_only=True)
class Thing:
    n: int


PATH = "/v3/things"


class Things(Resource):
    """A family that has one list in each form that the API knows."""

    ITEMS = Endpoint("GET", PATH, Thing, paging="cursor")
    OTHERS = Endpoint("GET", "/v3/others", Thing, paging="cursor")
    DATA = Endpoint("GET", PATH, Thing, paging="cursor", envelope="data")
    TAGS = Endpoint("GET", PATH, Thing, paging="cursor", envelope="tags")
    ORGANIZATIONS = Endpoint("GET", PATH, Thing, paging="cursor", envelope="organizations")
    OFFSET = Endpoint("GET", PATH, Thing, paging="offset")
    WHOLE = Endpoint("GET", PATH, Thing, paging="none")

    def list(self, endpoint=ITEMS, **options: Unpack[ListOptions]):
        return self._pager(endpoint, options)


def things(client) -> Things:
    return Things(caller_of(client))


def page(numbers, cursor=None, *, more=None, envelope="items", **extra):
    """Write one page; it has a next one if there is a cursor."""
    value = {
        envelope: [{"n": number} for number in numbers],
        "end_cursor": cursor,
        "has_next_page": cursor is not None if more is None else more,
        **extra,
    }
    return answer(200, value)


def numbered(total, size, envelope="items"):
    """Serve 0 to *total* by cursors that are places, and by offsets, *size* a page."""

    def step(request):
        query = dict(request.query)
        start = int(query.get("after") or query.get("offset") or 0)
        count = int(query.get("first") or query.get("limit") or size)
        end = min(start + count, total)
        cursor = str(end) if end < total else None
        return page(range(start, end), cursor, envelope=envelope, total=total)

    return step


def array(numbers):
    return answer(200, json.dumps([{"n": number} for number in numbers]).encode())


async def numbers_of(pager) -> list[int]:
    return [thing.n async for thing in pager]


async def read_into(seen: list[int], pager) -> None:
    """Read numbers one by one, so that those before a failure are seen."""
    async for thing in pager:
        seen.append(thing.n)  # noqa: PERF401


def queries(server, name="after") -> list[str | None]:
    return [dict(request.query).get(name) for request in server.requests]
