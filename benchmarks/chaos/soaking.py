"""A soak: one client, a steady rate of requests, faults; what grows, and what was not reported."""

import argparse
import asyncio
import contextlib
import gc
import json
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random

from attrs import define, field

from benchmarks.chaos.running import descriptors, memory
from devin_async import DevinClient, DevinError
from devin_async.events import Event
from devin_async.sandbox import Sandbox, make_fault

__all__ = ["SoakReport", "soak"]

# Without 429, after which the client rightly sends slower than the soak asks for.
_ERRORS = ("internal_error", "unavailable", "gateway_timeout", "error_after_the_work")
_ERROR_BODIES = ("html_error", "binary_error")
_BREAKS = ("reset", "reset_after_the_work", "cut_off")
_UNSEEN = ("hang_up", "latency")
_FIRST_ERROR = 400
_SAMPLES = 60
_SETTLING = 0.3  # of the time; pools fill and caches grow at first
_AT_ONCE = 200
# Seconds until an idle pool is empty: aiohttp looks every four, which the client keeps connections,
# and leaves what was used since the look was planned to the next one.
_KEPT_ALIVE = 10.0


@define
class SoakReport:
    """What a soak has shown.

    Attributes:
        requests: How many attempts the client made.
        rate: Calls a second, as it came out.
        failed: Calls that failed although reads are repeated.
        injected: Faults that the server counted: error answers and broken connections.
        reported: The same as the client's events told them.
        traced: Growth of what Python allocated, in MB, by the slope over the settled time.
        resident: Growth of the process, in MB, by the same.
        descriptors: How many more are open than before, once the client has been idle.
    """

    requests: int = 0
    rate: float = 0.0
    failed: Counter[str] = field(factory=Counter[str])
    injected: tuple[int, int] = (0, 0)
    reported: tuple[int, int] = (0, 0)
    traced: float = 0.0
    resident: float = 0.0
    descriptors: int = 0


@define
class _Sample:
    moment: float
    traced: float
    resident: float


async def soak(minutes: float, *, rate: float = 300, share: float = 0.05) -> SoakReport:
    """Read at this *rate* for so many minutes from a server with a *share* of faults."""
    report = SoakReport()
    answered: Counter[str] = Counter()

    def note(event: Event) -> None:
        if event.kind == "request":
            report.requests += 1
        elif event.kind == "response" and event.status is None:
            answered["broken"] += 1
        elif event.kind == "response" and (event.status or 0) >= _FIRST_ERROR:
            answered["error"] += 1

    async with _server(share) as (process, url, token):
        async with DevinClient(token, base_url=url, on_event=note) as devin:
            open_before = descriptors()
            await _read_steadily(devin, minutes * 60, rate, report)
            await asyncio.sleep(_KEPT_ALIVE)  # an idle pool closes all of its connections
            report.descriptors = descriptors() - open_before
        assert process.stdin is not None
        process.stdin.close()
        measured = json.loads((await process.communicate())[0])
    # aiohttp repeats a read by itself, once, when a connection breaks that it had used before.
    unseen = measured["requests"] - report.requests
    report.injected = measured["errors"], measured["breaks"]
    report.reported = answered["error"], answered["broken"] + unseen
    return report


async def _read_steadily(
    devin: DevinClient, seconds: float, rate: float, report: SoakReport
) -> None:
    random = Random(7)
    slots = asyncio.Semaphore(_AT_ONCE)
    samples: list[_Sample] = []
    tracemalloc.start()
    started = time.perf_counter()
    calls = 0
    async with asyncio.TaskGroup() as group:
        while (now := time.perf_counter() - started) < seconds:
            if now >= seconds * len(samples) / _SAMPLES:
                samples.append(_sample(now))
            while calls < now * rate:
                await slots.acquire()
                group.create_task(_one_call(devin, random.random(), slots, report))
                calls += 1
            await asyncio.sleep(0.005)
    report.rate = calls / (time.perf_counter() - started)
    tracemalloc.stop()
    settled = samples[int(len(samples) * _SETTLING) :]
    span = seconds * (1 - _SETTLING)
    report.traced = _slope([(one.moment, one.traced) for one in settled]) * span
    report.resident = _slope([(one.moment, one.resident) for one in settled]) * span


async def _one_call(
    devin: DevinClient, choice: float, slots: asyncio.Semaphore, report: SoakReport
) -> None:
    try:
        if choice < 0.5:
            await devin.whoami()
        elif choice < 0.9:
            await devin.enterprise.organizations.list(page_size=20).collect()
        else:
            await devin.enterprise.audit_logs.list(page_size=20).collect(limit=20)
    except DevinError as error:
        report.failed[type(error).__name__] += 1
    finally:
        slots.release()


def _sample(now: float) -> _Sample:
    gc.collect()
    traced = tracemalloc.get_traced_memory()[0] / (1 << 20)
    return _Sample(now, traced, memory())


def _slope(points: list[tuple[float, float]]) -> float:
    """Fit a line by least squares; give how much it climbs a second."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


@contextlib.asynccontextmanager
async def _server(share: float) -> AsyncGenerator[tuple[asyncio.subprocess.Process, str, str]]:
    """Run the sandbox in a process of its own, whose memory is not the client's."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.chaos.soaking", "--faults", str(share)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    try:
        url, token = (await process.stdout.readline()).decode().split()
        yield process, url, token
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _serve(share: float) -> None:
    """Serve until standard input ends, then print what was asked and what struck."""
    kinds = (*_ERRORS, *_ERROR_BODIES, *_BREAKS, *_UNSEEN)
    each = 1 - (1 - share) ** (1 / len(kinds))
    async with Sandbox(audit_logs=1000, seed=7, request_limit=100) as sandbox:
        faults = {kind: sandbox.inject(make_fault(kind, probability=each)) for kind in kinds}
        print(sandbox.url, sandbox.token, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        measured = {
            "requests": sandbox.count(),
            "errors": sum(faults[kind].hits for kind in (*_ERRORS, *_ERROR_BODIES)),
            "breaks": sum(faults[kind].hits for kind in _BREAKS),
        }
        print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--faults", type=float, default=0.05)
    asyncio.run(_serve(parser.parse_args().faults))
