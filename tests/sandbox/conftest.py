from typing import Any

import aiohttp
import attrs
import pytest

from devin_async.sandbox import ManualClock, Sandbox


@attrs.frozen
class Reply:
    status: int
    headers: Any
    body: bytes
    json: Any


@attrs.frozen
class Api:
    session: aiohttp.ClientSession
    url: str
    token: str

    async def call(self, method, path, *, token=None, **options) -> Reply:
        headers = {"Authorization": f"Bearer {token or self.token}", **options.pop("headers", {})}
        target = self.url + path
        async with self.session.request(method, target, headers=headers, **options) as response:
            body = await response.read()
            kind = response.headers.get("Content-Type", "")
            value = await response.json(content_type=None) if "json" in kind and body else None
            return Reply(response.status, response.headers, body, value)

    async def get(self, path, **options) -> Reply:
        return await self.call("GET", path, **options)

    async def post(self, path, json=None, **options) -> Reply:
        return await self.call("POST", path, json=json, **options)

    async def items(self, path, **params) -> list[Any]:
        """Follow the cursors to the end."""
        items: list[Any] = []
        while True:
            page = (await self.get(path, params=params)).json
            items.extend(page["items"])
            if not page["has_next_page"]:
                assert page["end_cursor"] is None or path.endswith("/repositories")
                return items
            params = {**params, "after": page["end_cursor"]}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def connect(client):
    """Give a function that starts a sandbox and returns an `Api` to it."""
    running = []

    async def start(sandbox: Sandbox) -> Api:
        await sandbox.start()
        running.append(sandbox)
        return Api(client, sandbox.url, sandbox.token)

    yield start
    for sandbox in running:
        await sandbox.close()


@pytest.fixture
async def sandbox(clock):
    async with Sandbox(
        organizations=5, audit_logs=2000, sessions=0, seed=7, clock=clock
    ) as running:
        yield running


@pytest.fixture
def api(client, sandbox):
    return Api(client, sandbox.url, sandbox.token)


@pytest.fixture
def org(sandbox):
    return sandbox.organization_ids[0]
