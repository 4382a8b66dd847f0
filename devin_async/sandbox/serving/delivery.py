"""The odd ways in which an answer leaves, or does not."""

import socket
import struct
from collections.abc import Awaitable, Callable

from aiohttp import web

from devin_async.sandbox.serving.faults import Fault

Pause = Callable[[float], Awaitable[bool]]
"""Waits some seconds; tells whether the server closes meanwhile."""

Way = Callable[[web.BaseRequest, web.Response, bytes, Pause], Awaitable[web.StreamResponse]]
"""Sends an answer with this body."""

_LINGER_OFF = struct.pack("ii", 1, 0)  # closing then sends RST instead of FIN
_PIECES = 20
_FILLER = b" " * (1 << 16)


async def deliver(
    fault: Fault | None, request: web.BaseRequest, response: web.Response, body: bytes, pause: Pause
) -> web.StreamResponse:
    """Send an answer as a fault has it; as always without one.

    Args:
        fault: What strikes, or None.
        request: What is answered.
        response: The answer, still without its body.
        body: Its body.
        pause: How the server waits.
    """
    way = None if fault is None else _way_of(fault)
    if way is None:
        response.body = body
        return response
    try:
        return await way(request, response, body, pause)
    except ConnectionError:  # the client has gone
        return break_connection(request)


def _way_of(fault: Fault) -> Way | None:
    if fault.cut_off:
        return _send_half
    if fault.endless:
        return _send_forever
    if fault.hang_up:
        return _send_and_hang_up
    return _trickle(fault.trickle) if fault.trickle else None


def break_connection(request: web.BaseRequest) -> web.Response:
    """End the connection with RST, without an answer."""
    transport = request.transport
    if transport is not None:
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
        transport.abort()
    return web.Response()  # never written: the connection is gone


async def _send_half(
    request: web.BaseRequest, response: web.Response, body: bytes, _: Pause
) -> web.StreamResponse:
    half = await _begin(request, response, len(body))
    await half.write(body[: len(body) // 2])
    _close(request)
    return half


async def _send_forever(
    request: web.BaseRequest, response: web.Response, body: bytes, pause: Pause
) -> web.StreamResponse:
    stream = await _begin(request, response, None)
    await stream.write(body)
    while not await pause(0):
        await stream.write(_FILLER)
    _close(request)
    return stream


async def _send_and_hang_up(
    request: web.BaseRequest, response: web.Response, body: bytes, _: Pause
) -> web.StreamResponse:
    response.body = body
    await response.prepare(request)
    await response.write_eof()
    _close(request)
    return response


def _trickle(seconds: float) -> Way:
    async def send(
        request: web.BaseRequest, response: web.Response, body: bytes, pause: Pause
    ) -> web.StreamResponse:
        stream = await _begin(request, response, len(body))
        size = max(1, -(-len(body) // _PIECES))
        for start in range(0, len(body), size):
            if await pause(seconds):
                break
            await stream.write(body[start : start + size])
        _close(request)
        return stream

    return send


async def _begin(
    request: web.BaseRequest, response: web.Response, length: int | None
) -> web.StreamResponse:
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.content_length = length
    stream.force_close()
    await stream.prepare(request)
    return stream


def _close(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.close()
