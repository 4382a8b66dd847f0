"""Who is compared with: the floor, and the other clients.

The floor is what a careful program without a client does: one aiohttp session, `read()` before
decoding, orjson into dicts; no models, no retries. `httpx` and `requests` are used by hand in the
way that their own documents show.
"""

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

import aiohttp

from benchmarks.fixtures import ORG_ID
from benchmarks.measuring import MissingPeerError
from devin_async import DevinClient

__all__ = [
    "DEVINAI",
    "DEVINAI_AIOHTTP",
    "FLOOR",
    "HTTPX",
    "KEY",
    "OURS",
    "REQUESTS",
    "SESSIONS",
    "Clients",
    "Floor",
    "all_clients",
    "devinai_decoder",
    "many",
    "many_in_threads",
    "need",
]

KEY = "cog_benchmark"
HEADERS = {"Authorization": f"Bearer {KEY}"}
SESSIONS = f"/v3/organizations/{ORG_ID}/sessions"

FLOOR = "floor"
OURS = "devin_async"
DEVINAI = "devinai"
DEVINAI_AIOHTTP = "devinai, aiohttp"
HTTPX = "httpx"
REQUESTS = "requests"


def need(module: str, package: str | None = None) -> Any:
    """Import a peer.

    Raises:
        MissingPeerError: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingPeerError(package or module) from error


class Floor:
    """A raw aiohttp session with orjson."""

    def __init__(self, url: str, *, key: str = KEY) -> None:
        self._url = url
        self._orjson = need("orjson")
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {key}"}, connector=aiohttp.TCPConnector(limit=1000)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, path: str) -> Any:
        """Read one thing."""
        async with self._session.request("GET", self._url + path) as response:
            response.raise_for_status()
            return self._orjson.loads(await response.read())

    async def post(self, path: str, values: dict[str, Any]) -> Any:
        """Send one thing."""
        async with self._session.request(
            "POST",
            self._url + path,
            data=self._orjson.dumps(values),
            headers={"Content-Type": "application/json"},
        ) as response:
            response.raise_for_status()
            return self._orjson.loads(await response.read())


class Clients:
    """Every client, opened, each named as in the table."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self.url = url
        self._stack = stack

    async def floor(self) -> Floor:
        """Open the floor."""
        return await self._stack.enter_async_context(Floor(self.url))

    async def ours(self) -> DevinClient:
        """Open this project's client."""
        return await self._stack.enter_async_context(DevinClient(KEY, base_url=self.url))

    async def devinai(self, *, aiohttp: bool = False) -> Any:
        """Open devinai on httpx, or with its aiohttp extra."""
        sdk = need("devin_sdk", "devinai")
        if aiohttp:
            need("httpx_aiohttp", "devinai[aiohttp]")
        http = sdk.DefaultAioHttpClient() if aiohttp else None
        client = sdk.AsyncDevinSDK(api_key=KEY, base_url=self.url, http_client=http)
        return await self._stack.enter_async_context(client)

    async def httpx(self) -> Any:
        """Open httpx."""
        client = need("httpx").AsyncClient(base_url=self.url, headers=HEADERS)
        return await self._stack.enter_async_context(client)

    def requests(self, width: int = 1) -> Any:
        """Open requests, for so many threads."""
        library = need("requests")
        session = self._stack.enter_context(library.Session())
        session.headers.update(HEADERS)
        session.mount("http://", library.adapters.HTTPAdapter(pool_maxsize=width))
        return session


@asynccontextmanager
async def all_clients(url: str) -> AsyncIterator[Clients]:
    """Give what opens clients, and close them at the end."""
    async with AsyncExitStack() as stack:
        yield Clients(url, stack)


async def many(work: Callable[[], Awaitable[object]], number: int, width: int) -> None:
    """Do *work* so many times, so many at once, as a program without a client does it."""
    slots = asyncio.Semaphore(width)

    async def one() -> None:
        async with slots:
            await work()

    await asyncio.gather(*(one() for _ in range(number)))


async def many_in_threads(work: Callable[[], object], number: int, width: int) -> None:
    """Do blocking *work* so many times in so many threads."""
    with ThreadPoolExecutor(width) as threads:
        for future in [threads.submit(work) for _ in range(number)]:
            future.result()


def devinai_decoder() -> Callable[[bytes], Any]:
    """Give what devinai does with the body of a page of sessions once it has read it."""
    models = need("devin_sdk._models", "devinai")
    types = need("devin_sdk.types.organizations", "devinai")

    def decode(body: bytes) -> Any:
        return models.construct_type(type_=types.SessionListResponse, value=json.loads(body))

    return decode
