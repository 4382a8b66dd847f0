"""Who is compared with: the floor, and the other clients.

The floor is what a careful program without a client does: one aiohttp session, `read()` before
decoding, orjson into dicts; no models, no retries.
"""

import importlib
from typing import Any, Self

import aiohttp

from benchmarks.measuring import MissingPeerError

__all__ = ["KEY", "Floor", "devinai_decoder", "need"]

KEY = "cog_benchmark"


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

    def __init__(self, url: str) -> None:
        self._url = url
        self._orjson = need("orjson")
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"})

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

    async def read_all(self, path: str, page_size: int) -> int:
        """Read a list page by page; tell how many items it had."""
        count, cursor = 0, ""
        while True:
            page = await self.get(f"{path}?first={page_size}{cursor}")
            for _ in page["items"]:
                count += 1
            if not page["has_next_page"]:
                return count
            cursor = f"&after={page['end_cursor']}"


def devinai_decoder() -> Any:
    """Give what devinai does with the body of a page of sessions once it has read it."""
    models = need("devin_sdk._models", "devinai")
    types = need("devin_sdk.types.organizations", "devinai")
    json = need("json")

    def decode(body: bytes) -> Any:
        return models.construct_type(type_=types.SessionListResponse, value=json.loads(body))

    return decode
