"""Tasks cancelled at random points, and clients closed with requests in flight."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

from attrs import define, field

from benchmarks.chaos.running import Watch
from devin_async import DevinClient, DevinError
from devin_async.sandbox import Fault, Sandbox

__all__ = ["CancelReport", "cancel_at_random"]

_AT_ONCE = 20
_LONGEST = 0.3
_EVENT_LOOP_NEVER_SLOW = 60.0

Work = Callable[[DevinClient, Sandbox], Awaitable[object]]


@define
class CancelReport:
    """What was left when all was over.

    Attributes:
        ends: How many tasks were cancelled, had ended before, or failed with our errors.
        escaped: What came out besides.
        closed: How many clients were closed with requests in flight.
        watch: What was left behind.
    """

    ends: Counter[str] = field(factory=Counter[str])
    escaped: list[str] = field(factory=list[str])
    closed: int = 0
    watch: Watch = field(factory=Watch)

    @property
    def is_clean(self) -> bool:
        """Tell whether all ended as it should, and nothing was left behind."""
        return not self.escaped and self.watch.is_clean


async def _call(devin: DevinClient, _: Sandbox) -> object:
    return await devin.whoami()


async def _list(devin: DevinClient, _: Sandbox) -> object:
    return await devin.enterprise.audit_logs.list(page_size=20).collect(limit=100)


async def _break_off(devin: DevinClient, _: Sandbox) -> object:
    async for log in devin.enterprise.audit_logs.list(page_size=20):
        return log
    return None


async def _windows(devin: DevinClient, sandbox: Sandbox) -> object:
    now = int(sandbox.clock.now())
    logs = devin.enterprise.audit_logs.list(time_after=now - 2 * 10**5, time_before=now, parallel=4)
    async with contextlib.aclosing(logs.pages()) as pages:
        return [page async for page in pages]


async def _fan_out(devin: DevinClient, _: Sandbox) -> object:
    orgs = devin.enterprise.organizations.list(page_size=2)
    return await devin.fan_out(orgs, lambda _: devin.whoami(), concurrency=4).collect()


async def _create(devin: DevinClient, sandbox: Sandbox) -> object:
    return await devin.organization(sandbox.organization_ids[0]).sessions.create("x")


async def _transfer(devin: DevinClient, sandbox: Sandbox) -> object:
    attachments = devin.organization(sandbox.organization_ids[0]).attachments
    return await attachments.upload(b"x" * 50_000, name="x.bin")


_WORK: tuple[Work, ...] = (_call, _list, _break_off, _windows, _fan_out, _create, _transfer)


async def cancel_at_random(tasks: int, *, share: float = 0.05, seed: int = 7) -> CancelReport:
    """Start crowds of tasks in asyncio's debug mode until so many were cancelled at random moments.

    After each crowd of tasks the next call has to work. Every second crowd ends by closing the
    client with its requests in flight instead.
    """
    report = CancelReport()
    random = Random(seed)
    loop = asyncio.get_running_loop()
    before, slow = loop.get_debug(), loop.slow_callback_duration
    loop.set_debug(True)
    # How long a callback takes is told by the machine's load, not by what is tested.
    loop.slow_callback_duration = _EVENT_LOOP_NEVER_SLOW
    try:
        sandbox = Sandbox(organizations=5, audit_logs=5000, seed=seed, faults=share)
        async with report.watch, sandbox:
            sandbox.inject(Fault(latency=0.01, probability=0.5))
            closes = False
            while report.ends["cancelled"] < tasks:
                await _one_crowd(sandbox, random, report, closes=closes)
                closes = not closes
        await asyncio.sleep(0)  # what was slow above is told now, or not at all
    finally:
        loop.set_debug(before)
        loop.slow_callback_duration = slow
    return report


async def _one_crowd(
    sandbox: Sandbox, random: Random, report: CancelReport, *, closes: bool
) -> None:
    async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
        work = (_WORK[number % len(_WORK)] for number in range(_AT_ONCE))
        crowd = [asyncio.ensure_future(one(devin, sandbox)) for one in work]
        if closes:
            await asyncio.sleep(_moment(random))
            await devin.close()
            report.closed += 1
        else:
            loop = asyncio.get_running_loop()
            for task in crowd:
                loop.call_later(_moment(random), task.cancel)
        for result in await asyncio.gather(*crowd, return_exceptions=True):
            _note(report, result)
        if not closes:
            try:
                await devin.with_options(max_attempts=20).whoami()
            except DevinError as error:
                report.escaped.append(f"the next call failed: {error!r}")


def _moment(random: Random) -> float:
    """Choose when to strike, more often early, where connections are being made."""
    return _LONGEST * random.random() ** 2


def _note(report: CancelReport, result: object) -> None:
    if isinstance(result, asyncio.CancelledError):
        report.ends["cancelled"] += 1
    elif isinstance(result, DevinError):
        report.ends[type(result).__name__] += 1
    elif isinstance(result, BaseException):
        report.escaped.append(repr(result))
    else:
        report.ends["done"] += 1
