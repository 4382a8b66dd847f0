"""Jobs that a process of their own does once: `python -m benchmarks.jobs NAME URL COUNT`.

Prints what one item took: wall and CPU time of the work, without the start of the interpreter; and
the peak of memory of the process.
"""

import asyncio
import contextlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

import aiohttp

from benchmarks.fixtures import PAGE_SIZE, PROMPT, START
from benchmarks.lists import END
from benchmarks.paging import expect
from benchmarks.peers import HEADERS, KEY
from benchmarks.targets import Sample
from devin_async import DevinClient
from devin_async.lists.export.checks import verify

_WIDTH = 64
# So much is done at the least, so that its time can be told.
_LEAST_LOGS = 200_000
_LEAST_ORGANIZATIONS = 2000
_LOGS = "/v3/enterprise/audit-logs"

Job = Callable[[str, int], Coroutine[None, None, Sample]]


class Stopwatch:
    """Wall and CPU time since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def lap(self, items: int) -> Sample:
        """Tell what one of *items* took, and how much memory was needed at the most."""
        return {
            "wall": (time.perf_counter() - self._wall) / items,
            "CPU": (time.process_time() - self._cpu) / items,
            "memory": _peak(),
        }


def _peak() -> float:
    """Give the peak of memory in MB."""
    status = Path("/proc/self/status")  # ru_maxrss would begin with what the parent had
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


async def read_audit_logs(url: str, count: int) -> Sample:
    """Read *count* audit logs by the server's cursor."""
    repeats = max(1, _LEAST_LOGS // count)
    async with DevinClient(KEY, base_url=f"{url}/of-{count}") as devin:
        await devin.enterprise.audit_logs.list().first()
        watch = Stopwatch()
        for _ in range(repeats):
            rows = 0
            async for _ in devin.enterprise.audit_logs.list(page_size=PAGE_SIZE):
                rows += 1
            expect(rows, count)
        return watch.lap(repeats * count)


async def start_in_organizations(url: str, count: int) -> Sample:
    """Start a session in each of *count* organizations, while their list is read."""
    repeats = max(1, _LEAST_ORGANIZATIONS // count)
    async with DevinClient(KEY, base_url=f"{url}/of-{count}") as devin:
        await devin.organization("org-0").sessions.create(PROMPT)
        watch = Stopwatch()
        for _ in range(repeats):
            done = 0
            async with devin.fan_out(
                devin.enterprise.organizations.list(page_size=PAGE_SIZE),
                lambda org: devin.organization(org.org_id).sessions.create(PROMPT),
                concurrency=_WIDTH,
            ) as outcomes:
                async for outcome in outcomes:
                    done += outcome.ok
            expect(done, count)
        return watch.lap(repeats * count)


async def fan_out(url: str, count: int) -> Sample:
    """Start *count* sessions."""
    async with DevinClient(KEY, base_url=url) as devin:
        sessions = devin.organization("org-0").sessions
        watch, done = Stopwatch(), 0
        async with devin.fan_out(
            range(count), lambda _: sessions.create(PROMPT), concurrency=_WIDTH
        ) as outcomes:
            async for outcome in outcomes:
                done += outcome.ok
        expect(done, count)
        return watch.lap(count)


async def read_windows(url: str, count: int, parallel: int | None) -> Sample:
    """Read *count* audit logs of a range of time, so many windows at once."""
    async with DevinClient(KEY, base_url=url) as devin:
        pager = devin.enterprise.audit_logs.list(
            time_after=START - 1, time_before=END, page_size=100, parallel=parallel
        )
        watch, rows = Stopwatch(), 0
        async with contextlib.aclosing(pager.pages()) as pages:
            async for page in pages:
                rows += len(page.items)
        expect(rows, count)
        return watch.lap(count)


async def export(url: str, count: int) -> Sample:
    """Export *count* audit logs to a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "logs.jsonl")
        async with DevinClient(KEY, base_url=f"{url}/of-{count}") as devin:
            logs = devin.enterprise.audit_logs
            await logs.export(Path(folder, "first.jsonl"), time_after=END - 900, time_before=END)
            watch = Stopwatch()
            await logs.export(path, time_after=START - 1, time_before=END)
            sample = watch.lap(count)
        verify(path)
    return sample


async def export_by_hand(url: str, count: int) -> Sample:
    """Read the same bytes by raw aiohttp, one page after another, and write them."""
    with tempfile.TemporaryFile() as file:
        async with aiohttp.ClientSession(headers=HEADERS) as session:
            await (await session.get(f"{url}/v3/self")).read()
            watch = Stopwatch()
            cursor: str | None = ""
            while cursor is not None:
                query = f"?time_after={START - 1}&time_before={END}&order=asc&first={PAGE_SIZE}"
                async with session.get(f"{url}/of-{count}{_LOGS}{query}{cursor}") as response:
                    body = await response.read()
                file.write(body)
                tail = json.loads(b"{" + body[body.rindex(b'"end_cursor"') :])
                cursor = f"&after={tail['end_cursor']}" if tail["has_next_page"] else None
            return watch.lap(count)


async def idle(url: str, _: int) -> Sample:
    """Open a client and ask once."""
    async with DevinClient(KEY, base_url=url) as devin:
        await devin.enterprise.audit_logs.list(page_size=1).first()
        return Stopwatch().lap(1)


JOBS: dict[str, Job] = {
    "read-audit-logs": read_audit_logs,
    "start-in-organizations": start_in_organizations,
    "fan-out": fan_out,
    "read-serial": lambda url, count: read_windows(url, count, None),
    "read-16": lambda url, count: read_windows(url, count, 16),
    "read-64": lambda url, count: read_windows(url, count, 64),
    "export": export,
    "export-by-hand": export_by_hand,
    "idle": idle,
}


def main(name: str, url: str, count: str) -> None:
    """Do the job and print what it took."""
    print(json.dumps(asyncio.run(JOBS[name](url, int(count)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
