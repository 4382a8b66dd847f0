"""The socket side: reads requests, lets faults strike, writes answers, closes promptly."""

import asyncio
import itertools
from collections.abc import Mapping
from email.utils import formatdate
from urllib.parse import parse_qsl

import attrs
from aiohttp import web

from devin_async.sandbox.base.clock import Clock
from devin_async.sandbox.base.problems import Answer
from devin_async.sandbox.serving.delivery import break_connection, deliver
from devin_async.sandbox.serving.faults import Fault, FaultScript
from devin_async.sandbox.serving.pipeline import Incoming, Pipeline, read_route
from devin_async.sandbox.serving.recording import RecordedRequest, Recorder, masked

_SHUTDOWN_SECONDS = 0.2
_BACKLOG = 1024  # a wide fan-out opens hundreds of connections at once


class Server:
    """Serve a pipeline over TCP.

    Args:
        pipeline: Answers the requests.
        faults: Spoils them.
        recorder: Remembers them.
        clock: Dates the answers.
    """

    def __init__(
        self, pipeline: Pipeline, faults: FaultScript, recorder: Recorder, clock: Clock
    ) -> None:
        self._pipeline = pipeline
        self._faults = faults
        self._recorder = recorder
        self._clock = clock
        self._request_numbers = itertools.count(1)
        self._closing = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen on *host* and return the port; 0 chooses a free one."""
        self._closing = asyncio.Event()  # an event belongs to one loop, a sandbox may see several
        server = web.Server(self._handle, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port, backlog=_BACKLOG).start()
        except BaseException:
            await self.close()
            raise
        address: tuple[str, int] = self._runner.addresses[0]
        return address[1]

    async def close(self) -> None:
        """Stop listening, let go of held answers and end all connections."""
        self._closing.set()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
            await asyncio.sleep(0)  # the transports close in the next round of the loop

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        incoming = await _read(request)
        record = _recorded(incoming)
        self._recorder.add(record)
        fault = self._faults.strike(incoming.names)
        answer = await self._answer(incoming, fault)
        if answer is None:
            return break_connection(request)
        record.status = answer.status
        response = self._response(answer)
        return await deliver(fault, request, response, answer.body, self._closes_within)

    async def _answer(self, incoming: Incoming, fault: Fault | None) -> Answer | None:
        """Return what to answer, or None to break the connection."""
        if fault is None:
            return self._pipeline.answer(incoming)
        if fault.latency and await self._closes_within(fault.latency):
            return None
        seen = attrs.evolve(incoming, query=_changed(incoming.query, fault.query))
        answer = self._pipeline.answer(seen) if fault.does_work else None
        if fault.hold is not None and await self._closes_before(fault.hold):
            return None
        return None if fault.reset else fault.spoil(answer, incoming.path, dict(incoming.query))

    async def _closes_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return False
        return True

    async def _closes_before(self, event: asyncio.Event) -> bool:
        waits = [asyncio.ensure_future(item.wait()) for item in (event, self._closing)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        return not event.is_set()

    def _response(self, answer: Answer) -> web.Response:
        response = web.Response(status=answer.status)
        if answer.content_type:
            response.headers["Content-Type"] = answer.content_type
        response.headers["Date"] = formatdate(self._clock.now(), usegmt=True)
        response.headers["x-request-id"] = f"req-{next(self._request_numbers):012x}"
        response.headers.update(answer.headers)
        return response


def _changed(
    query: tuple[tuple[str, str], ...], instead: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    kept = [(name, value) for name, value in query if name not in instead]
    return (*kept, *instead.items())


async def _read(request: web.BaseRequest) -> Incoming:
    path = request.rel_url.raw_path
    return Incoming(
        method=request.method,
        path=path,
        query=tuple(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)),
        headers=request.headers,
        body=await request.content.read(),  # request.read() refuses large uploads
        match=read_route(request.method, path),
    )


def _recorded(incoming: Incoming) -> RecordedRequest:
    operation = incoming.match.operation
    return RecordedRequest(
        method=incoming.method,
        path=incoming.path,
        query=list(incoming.query),
        headers=masked(incoming.headers),
        body=incoming.body,
        operation=None if operation is None else operation.key,
    )
