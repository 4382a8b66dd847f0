"""A server that records what it is sent and gives one prepared answer."""

from urllib.parse import parse_qsl

import attrs
from aiohttp import web
from aiohttp.test_utils import TestServer

DOWNLOAD = "/presigned/download"


@attrs.frozen
class Recorded:
    """A request as it came over the wire."""

    method: str
    raw_path: str
    query: list
    content_type: str
    body: bytes


@attrs.define
class RecordingServer:
    """Answers everything alike, downloads apart; `requests` is what came."""

    status: int = 200
    body: bytes = b""
    location: str | None = None
    requests: list = attrs.field(factory=list)
    url: str = ""

    def answer(self, status, body=b"", location=None):
        self.status, self.body, self.location = status, body, location

    async def handle(self, request):
        raw_path, _, query = request.raw_path.partition("?")
        if raw_path == DOWNLOAD:
            return web.Response(body=b"content")
        body = await request.read()
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        kind = request.content_type if body else ""
        self.requests.append(Recorded(request.method, raw_path, pairs, kind, body))
        headers = {} if self.location is None else {"Location": self.location}
        kind = None if self.status == 204 else "application/json"
        return web.Response(status=self.status, body=self.body, content_type=kind, headers=headers)

    async def start(self):
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", self.handle)
        server = TestServer(application)
        await server.start_server()
        self.url = str(server.make_url("")).rstrip("/")
        return server
