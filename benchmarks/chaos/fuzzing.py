"""Fuzzing: each call meets generated answers, and may end by errors of our tree alone."""

import asyncio
import pickle
import socket
import struct
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from attrs import define, field

from benchmarks.chaos.answers import odd_answer
from benchmarks.chaos.running import KEY, QuickClock, Watch, live_in
from devin_async import DevinClient, DevinError

__all__ = ["CALLS", "FuzzReport", "fuzz"]

_HANG = 180.0
_AT_ONCE = 32
_LINGER_OFF = struct.pack("ii", 1, 0)  # closing then sends RST instead of FIN

Call = Callable[[DevinClient], Awaitable[object]]


async def _list(devin: DevinClient) -> object:
    return await devin.enterprise.audit_logs.list().collect(limit=50)


async def _create(devin: DevinClient) -> object:
    return await devin.organization("org-1").sessions.create("x", tags=["fuzz"])


CALLS: dict[str, Call] = {"list": _list, "get": DevinClient.whoami, "create": _create}
"""The kinds of calls that are fuzzed."""


@define
class FuzzReport:
    """What came of it.

    Attributes:
        answers: How many generated answers were sent.
        ends: How many calls ended how, by the name of the error.
        escaped: What came out besides errors of our tree, with the numbers of the answers.
        slowest: Seconds of the longest call.
        watch: What was left behind.
    """

    answers: int = 0
    ends: Counter[str] = field(factory=Counter[str])
    escaped: list[str] = field(factory=list[str])
    slowest: float = 0.0
    watch: Watch = field(factory=Watch)

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing but answers and errors of our tree came out."""
        return not self.escaped and self.watch.is_clean


class _OddServer(asyncio.Protocol):
    """One connection to a server of generated answers."""

    def __init__(self, kind: str, seed: int, report: FuzzReport) -> None:
        self._kind, self._seed, self._report = kind, seed, report
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not separator or len(body) < int(length or 0):
            return
        self._received = b""
        answer = odd_answer(self._kind, self._seed, self._report.answers)
        self._report.answers += 1
        self._transport.write(answer.content)
        if answer.end == "close":
            self._transport.close()
        elif answer.end == "reset":
            raw = self._transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
            self._transport.abort()


async def fuzz(kind: str, answers: int, *, seed: int = 1) -> FuzzReport:
    """Make calls of a *kind* until so many generated *answers* were sent."""
    report = FuzzReport()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _OddServer(kind, seed, report), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with report.watch:
        async with DevinClient(
            KEY,
            base_url=url,
            max_attempts=2,
            attempt_timeout=60,
            deadline=None,
            max_response_bytes=1 << 20,
        ) as devin:
            live_in(devin, QuickClock())
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(_call_until(devin, CALLS[kind], answers, report))
        server.close()
        await server.wait_closed()
    return report


async def _call_until(devin: DevinClient, call: Call, answers: int, report: FuzzReport) -> None:
    while report.answers < answers:
        before, started = report.answers, time.perf_counter()
        try:
            async with asyncio.timeout(_HANG):
                await call(devin)
            report.ends["answered"] += 1
        except DevinError as error:
            report.ends[type(error).__name__] += 1
            report.escaped += [f"{fault} ({error!r})" for fault in _faults_of(error)]
        except Exception as error:  # noqa: BLE001 - whatever comes is what is looked for
            report.escaped.append(f"{error!r} near answer {before}")
        report.slowest = max(report.slowest, time.perf_counter() - started)


def _faults_of(error: DevinError) -> list[str]:
    """Tell what is wrong with an error that is one of ours."""
    pickle.loads(pickle.dumps(error))
    texts = (str(error), repr(error))
    faults = {
        "it does not print on one line": all(text.isprintable() for text in texts),
        "it is too long": all(len(text) < 1_000 for text in texts),
        "it has no known outcome": error.outcome in {"not_sent", "rejected", "unknown"},
    }
    return [fault for fault, holds in faults.items() if not holds]
