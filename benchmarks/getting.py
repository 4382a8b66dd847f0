"""Rows about one small GET at a time, on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.fixtures import ORG_ID, SESSION_ID
from benchmarks.measuring import Contestant, Row, Setting, in_process
from benchmarks.peers import (
    DEVINAI,
    DEVINAI_AIOHTTP,
    FLOOR,
    HTTPX,
    OURS,
    REQUESTS,
    SESSIONS,
    all_clients,
)
from benchmarks.targets import at_most, faster, goal

__all__ = ["ROWS"]

_GETS = 200
_GETS_OF_PEERS = 50


@asynccontextmanager
async def _self(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    async with all_clients(setting.url) as clients:
        floor, ours = await clients.floor(), await clients.ours()
        yield {
            FLOOR: in_process(lambda: floor.get("/v3/self"), times=_GETS),
            OURS: in_process(ours.whoami, times=_GETS),
        }


@asynccontextmanager
async def _session(setting: Setting) -> AsyncIterator[dict[str, Contestant]]:
    path = f"{SESSIONS}/{SESSION_ID}"
    async with all_clients(setting.url) as clients:
        floor, ours = await clients.floor(), await clients.ours()
        devinai, devinai_aiohttp = await clients.devinai(), await clients.devinai(aiohttp=True)
        httpx, requests = await clients.httpx(), clients.requests()

        async def by_httpx() -> object:
            return (await httpx.get(path)).raise_for_status().json()

        async def by_requests() -> object:
            response = requests.get(setting.url + path)
            response.raise_for_status()
            return response.json()

        peers = {
            DEVINAI: lambda: devinai.organizations.sessions.retrieve(SESSION_ID, org_id=ORG_ID),
            DEVINAI_AIOHTTP: lambda: devinai_aiohttp.organizations.sessions.retrieve(
                SESSION_ID, org_id=ORG_ID
            ),
            HTTPX: by_httpx,
            REQUESTS: by_requests,
        }
        yield {
            FLOOR: in_process(lambda: floor.get(path), times=_GETS),
            OURS: in_process(
                lambda: ours.organization(ORG_ID).sessions.get(SESSION_ID), times=_GETS
            ),
            **{name: in_process(get, times=_GETS_OF_PEERS) for name, get in peers.items()},
        }


ROWS = (
    Row(
        name="get-session",
        work="one small GET: a session",
        open=_session,
        targets=(at_most(1.15, FLOOR), goal(at_most(1.08, FLOOR)), faster(3.5, DEVINAI)),
        measures=("wall", "CPU"),
        item="GET",
    ),
    Row(
        name="get-self",
        work="one small GET: /v3/self, a tagged union",
        open=_self,
        targets=(at_most(1.3, FLOOR),),
        measures=("wall", "CPU"),
        item="GET",
    ),
)
