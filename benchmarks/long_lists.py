"""Long lists: windows against one chain of cursors, prefetch, and export; each with its target.

Run it as `python -m benchmarks.long_lists`. The server, in a process of its own, sends prepared
rows; what is compared is measured in the same run. Memory is the peak of a process of its own.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import aiohttp

from benchmarks import fixtures
from benchmarks.peers import KEY
from devin_async import DevinClient
from devin_async.export import verify

START = 1_767_225_600
PAGE = 100
PAGES = 200
EVENTS = PAGE * PAGES
EXPORTED = 1_000_000
SPAN = 90 * 86_400
END = START + SPAN
_PATH = "/v3/enterprise/audit-logs"
_ROW = fixtures.dump(fixtures.audit_log(1)).replace(b"%", b"%%")
_ROW = _ROW.replace(b"%d" % fixtures.audit_log(1)["created_at"], b"%d")
_ROW = _ROW.replace(fixtures.audit_log(1)["audit_log_id"].encode(), b"log-%024d")


def seconds_of(scenario: str) -> "array[int]":
    """Give when the events of a scenario happened, in order."""
    kind, _, count = scenario.partition("-")
    many = int(count or EVENTS)
    if kind == "even":
        return array("q", (START + SPAN * number // many for number in range(many)))
    dense, begin = many * 9 // 10, START + SPAN // 2
    crowd = [begin + SPAN // 100 * number // dense for number in range(dense)]
    rest = [START + SPAN * number // (many - dense) for number in range(many - dense)]
    return array("q", sorted(crowd + rest))


class _Connection(asyncio.Protocol):
    """One connection; `/<scenario>/<milliseconds>/v3/...` is answered that much later."""

    scenarios: "dict[str, array[int]]" = {}  # noqa: RUF012 - shared on purpose

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            target = self._received[: self._received.index(b"\r\n")].split(b" ")[1].decode()
            self._received = self._received[end + 4 :]
            path, _, query = target.partition("?")
            _, scenario, wait, _ = path.split("/", 3)
            answer = _http(_body(self._seconds(scenario), dict(parse_qsl(query))))
            loop = asyncio.get_running_loop()
            loop.call_later(int(wait) / 1000, self._transport.write, answer)

    def _seconds(self, scenario: str) -> "array[int]":
        if scenario not in self.scenarios:
            self.scenarios[scenario] = seconds_of(scenario)
        return self.scenarios[scenario]


def _body(seconds: "array[int]", query: dict[str, str]) -> bytes:
    low = bisect_left(seconds, int(query["time_after"])) if "time_after" in query else 0
    high = len(seconds)
    if "time_before" in query:
        high = bisect_left(seconds, int(query["time_before"]))
    size = int(query.get("first", PAGE))
    if query.get("order") == "asc":
        low = max(low, int(query.get("after", low)))
        numbers, more = range(low, min(low + size, high)), low + size < high
        cursor = low + size
    else:
        high = min(high, int(query.get("after", high)))
        numbers, more = range(high - 1, max(high - size, low) - 1, -1), high - size > low
        cursor = high - size
    rows = b",".join([_ROW % (number, seconds[number]) for number in numbers])
    end = b'"%d"' % cursor if more else b"null"
    tail = b'],"end_cursor":%b,"has_next_page":%b,"total":null}'
    return b'{"items":[' + rows + tail % (end, b"true" if more else b"false")


def _http(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=1024)
    for scenario in ("even", "uneven"):
        _Connection.scenarios[scenario] = seconds_of(scenario)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """Start the server in a process of its own, and give its base URL."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.long_lists", "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()


async def read(url: str, parallel: int | None) -> int:
    """Read a whole list; give the number of its items."""
    async with DevinClient(KEY, base_url=url) as devin:
        pager = devin.enterprise.audit_logs.list(
            time_after=START - 1, time_before=END, page_size=PAGE, parallel=parallel
        )
        count = 0
        async with contextlib.aclosing(pager.pages()) as pages:
            async for page in pages:
                count += len(page.items)
    return count


async def prefetched(url: str, work: Callable[[], Awaitable[None]], pages: int) -> None:
    """Work on each page while the next one is fetched."""
    async with DevinClient(KEY, base_url=url) as devin:
        logs = devin.enterprise.audit_logs.list(page_size=PAGE, limit=PAGE * pages)
        async with contextlib.aclosing(logs.pages()) as found:
            async for _ in found:
                await work()


async def one_after_the_other(url: str, work: Callable[[], Awaitable[None]], pages: int) -> None:
    """Fetch a page, then work on it, then fetch the next one."""
    async with DevinClient(KEY, base_url=url) as devin:
        place = None
        for _ in range(pages):
            logs = devin.enterprise.audit_logs.list(page_size=PAGE, limit=PAGE, after=place)
            async with contextlib.aclosing(logs.pages()) as found:
                place = (await anext(found)).checkpoint
            await work()


async def raw_loop(url: str, path: Path) -> None:
    """Read the same bytes by raw aiohttp, one page after another, and write them."""
    cursor = ""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:
        with path.open("wb") as file:
            while cursor is not None:
                query = f"?time_after={START - 1}&time_before={END}&order=asc&first=200{cursor}"
                async with session.get(url + _PATH + query) as response:
                    body = await response.read()
                file.write(body)
                tail = json.loads(b"{" + body[body.rindex(b'"end_cursor"') :])
                cursor = f"&after={tail['end_cursor']}" if tail["has_next_page"] else None


async def exported(url: str, path: Path) -> None:
    """Export the list."""
    async with DevinClient(KEY, base_url=url) as devin:
        await devin.enterprise.audit_logs.export(path, time_after=START - 1, time_before=END)


async def idle(url: str) -> None:
    """Open a client and ask once."""
    async with DevinClient(KEY, base_url=url) as devin:
        await devin.enterprise.audit_logs.list(page_size=1).first()


def child(job: str, url: str) -> None:
    """Do one job in this process; print its CPU seconds and its peak of memory in MB."""
    started, cpu = time.process_time(), 0.0
    if job == "idle":
        asyncio.run(idle(url))
    elif job.startswith("read"):
        parallel = int(job.removeprefix("read-") or 0)
        count = asyncio.run(read(url, parallel or None))
        assert count == EVENTS, count
    else:
        work = raw_loop if job == "raw" else exported
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(work(url, Path(folder, "logs.jsonl")))
            cpu = time.process_time() - started
            if job != "raw":
                verify(Path(folder, "logs.jsonl"))
    # Not ru_maxrss, which begins with what the parent had.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps({"cpu": cpu, "peak": peak}))


def measured(job: str, url: str) -> dict[str, float]:
    """Run a job in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.long_lists", "--child", job, "--url", url]
    folder = Path(__file__).parent.parent
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=True)
    return json.loads(ran.stdout)


class Report:
    """Prints each figure with its target."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        print(f"  {'':<56} {'figure':>10}  {'target':>16}  verdict")

    def at_least(self, what: str, figure: float, target: float) -> None:
        """Print a ratio that is to be high."""
        self._line(what, f"{figure:.1f} x", f"at least {target:g} x", is_met=figure >= target)

    def at_most(self, what: str, figure: float, target: float, unit: str) -> None:
        """Print a figure that is to be low."""
        is_met = figure <= target
        self._line(what, f"{figure:.1f} {unit}", f"at most {target:g} {unit}", is_met=is_met)

    def _line(self, what: str, figure: str, target: str, *, is_met: bool) -> None:
        if not is_met:
            self.missed.append(what)
        verdict = "met" if is_met else "MISSED"
        print(f"  {what:<56} {figure:>10}  {target:>16}  {verdict}", flush=True)


async def timed(work: Awaitable[object]) -> float:
    """Give how long *work* takes."""
    gc.collect()
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


async def windows(url: str, report: Report, rounds: int) -> None:
    """Compare windows with the serial cursor: paired in each round, the median of the ratios."""
    contestants = {
        "parallel=16": ("even", 16, 11),
        "parallel=64": ("even", 64, 15),
        "parallel=16, 90 % in 1 % of the range": ("uneven", 16, 7),
    }
    ratios: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        serial = {
            scenario: await timed(read(f"{url}/{scenario}/50", None))
            for scenario in ("even", "uneven")
        }
        for name, (scenario, parallel, _) in contestants.items():
            seconds = await timed(read(f"{url}/{scenario}/50", parallel))
            ratios[name].append(serial[scenario] / seconds)
    for name, (_, _, target) in contestants.items():
        report.at_least(f"faster than serial, {name}", statistics.median(ratios[name]), target)


def memory(url: str, report: Report) -> None:
    """Compare the peaks of memory of windows and of the serial list."""
    slow = f"{url}/even/5"
    serial = measured("read-0", slow)["peak"]
    for parallel in (16, 64):
        peak = measured(f"read-{parallel}", slow)["peak"]
        report.at_most(f"memory above serial, parallel={parallel}", peak - serial, 10, "MB")


async def prefetch(url: str, report: Report) -> None:
    """Compare prefetch with fetch-then-work."""

    async def waits() -> None:
        await asyncio.sleep(0.05)

    async def blocks() -> None:
        time.sleep(0.05)  # noqa: ASYNC251 - blocking is what is measured

    slow = f"{url}/even/50"
    for name, work in (("waits", waits), ("blocks the loop", blocks)):
        alone = await timed(one_after_the_other(slow, work, 40))
        together = await timed(prefetched(slow, work, 40))
        report.at_least(f"prefetch, work that {name}", alone / together, 1.6)


def export(url: str, report: Report, rounds: int) -> None:
    """Measure the export of a million rows; of the ratios of CPU the median counts."""
    million, less = f"{url}/even-{EXPORTED}/0", f"{url}/even-{EXPORTED // 10}/0"
    still = measured("idle", million)["peak"]
    small = measured("export", less)
    large = measured("export", million)
    loads = [large, *(measured("export", million) for _ in range(rounds - 1))]
    ratios = [load["cpu"] / measured("raw", million)["cpu"] for load in loads]
    report.at_most("export of 1,000,000, memory above idle", large["peak"] - still, 60, "MB")
    report.at_most("... above that of 100,000", large["peak"] - small["peak"], 3, "MB")
    report.at_most("... CPU, a raw loop that writes is 1", statistics.median(ratios), 2.5, "x")


def main() -> int:
    """Run all parts, or those that are named; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_lists", description=__doc__)
    parser.add_argument("parts", nargs="*", help="windows, memory, prefetch, export")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(_serve())
        return 0
    if given.child:
        child(given.child, given.url)
        return 0
    parts = given.parts or ["windows", "memory", "prefetch", "export"]
    report = Report()
    with running_server() as url:
        if "windows" in parts:
            asyncio.run(windows(url, report, given.rounds))
        if "memory" in parts:
            memory(url, report)
        if "prefetch" in parts:
            asyncio.run(prefetch(url, report))
        if "export" in parts:
            export(url, report, given.rounds)
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
