"""Rows about many POSTs at once, on loopback; what is shown is the time of one of them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from benchmarks.fixtures import ORG_ID, PROMPT
from benchmarks.measuring import Contestant, Row, Setting, in_process
from benchmarks.paging import expect
from benchmarks.peers import (
    DEVINAI,
    DEVINAI_AIOHTTP,
    FLOOR,
    HTTPX,
    OURS,
    REQUESTS,
    SESSIONS,
    Clients,
    all_clients,
    many,
    many_in_threads,
)
from benchmarks.targets import at_most, faster, goal
from devin_async import SessionSecret
from devin_async.models.sessions import NewSession

__all__ = ["ROWS"]

_POSTS = 1000
_WIDTH = 64
_EVERY = 3
_POSTS_OF_PEERS = 500  # they take many times as long, and time per POST is what is compared
_BODY = {"prompt": PROMPT}
_CREATES = 200
_SETTINGS: NewSession = {
    "title": "Nightly check",
    "tags": ["nightly", "checks"],
    "max_acu_limit": 5,
    "session_secrets": [SessionSecret(key="TOKEN", value="a value")],
}
_WHOLE_BODY = {**_BODY, **_SETTINGS, "session_secrets": [{"key": "TOKEN", "value": "a value"}]}


def _after(
    milliseconds: int,
) -> Callable[[Setting], AbstractAsyncContextManager[dict[str, Contestant]]]:
    """Compare all clients against a server that answers so much later."""

    @asynccontextmanager
    async def contestants(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
        async with all_clients(f"{setting.url}/wait-{milliseconds}") as clients:
            floor = await clients.floor()
            yield {
                FLOOR: in_process(
                    lambda: many(lambda: floor.post(SESSIONS, _BODY), _POSTS, _WIDTH), items=_POSTS
                ),
                OURS: await _ours(clients),
                DEVINAI: _by_devinai(await clients.devinai()),
                DEVINAI_AIOHTTP: _by_devinai(await clients.devinai(aiohttp=True)),
                HTTPX: _by_httpx(await clients.httpx()),
                f"{REQUESTS}, threads": _by_requests(clients),
            }

    return contestants


async def _ours(clients: Clients) -> Contestant:
    devin = await clients.ours()
    sessions = devin.organization(ORG_ID).sessions

    async def work() -> None:
        count = 0
        async with devin.fan_out(
            range(_POSTS), lambda _: sessions.create(PROMPT), concurrency=_WIDTH
        ) as outcomes:
            async for outcome in outcomes:
                count += outcome.ok
        expect(count, _POSTS)

    return in_process(work, items=_POSTS)


def _by_devinai(client: Any) -> Contestant:
    create = client.organizations.sessions.create
    return in_process(
        lambda: many(lambda: create(ORG_ID, prompt=PROMPT), _POSTS_OF_PEERS, _WIDTH),
        items=_POSTS_OF_PEERS,
        every=_EVERY,
    )


def _by_httpx(client: Any) -> Contestant:
    async def post() -> Any:
        return (await client.post(SESSIONS, json=_BODY)).raise_for_status().json()

    return in_process(
        lambda: many(post, _POSTS_OF_PEERS, _WIDTH), items=_POSTS_OF_PEERS, every=_EVERY
    )


def _by_requests(clients: Clients) -> Contestant:
    session = clients.requests(_WIDTH)

    def post() -> Any:
        response = session.post(clients.url + SESSIONS, json=_BODY)
        response.raise_for_status()
        return response.json()

    return in_process(
        lambda: many_in_threads(post, _POSTS_OF_PEERS, _WIDTH), items=_POSTS_OF_PEERS, every=_EVERY
    )


@asynccontextmanager
async def _creates(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    async with all_clients(setting.url) as clients:
        floor = await clients.floor()
        sessions = (await clients.ours()).organization(ORG_ID).sessions
        yield {
            FLOOR: in_process(lambda: floor.post(SESSIONS, _WHOLE_BODY), times=_CREATES),
            OURS: in_process(lambda: sessions.create(PROMPT, **_SETTINGS), times=_CREATES),
        }


ROWS = (
    Row(
        name="create",
        work="create a session with title, tags, limit and a secret",
        open=_creates,
        targets=(at_most(1.3, FLOOR), goal(at_most(1.2, FLOOR))),
        measures=("wall", "CPU"),
        item="POST",
    ),
    Row(
        name="posts-50",
        work=f"{_POSTS} POSTs, {_WIDTH} at once, 50 ms",
        open=_after(50),
        targets=(at_most(1.12, FLOOR), at_most(1.4, FLOOR, measure="CPU")),
        measures=("wall", "CPU"),
        rounds=15,
        item="POST",
    ),
    Row(
        name="posts-0",
        work=f"{_POSTS} POSTs, {_WIDTH} at once, 0 ms",
        open=_after(0),
        targets=(
            faster(0.8, FLOOR),
            goal(faster(0.88, FLOOR)),
            faster(3, DEVINAI, DEVINAI_AIOHTTP),
        ),
        measures=("wall", "CPU"),
        item="POST",
    ),
)
