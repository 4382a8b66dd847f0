"""Much work under faults: an export loses and doubles nothing, a create is never sent twice."""

import asyncio
import contextlib
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import field, frozen

from benchmarks.chaos.running import QuickClock, SharedClock, live_in
from devin_async import DevinClient, DevinError
from devin_async.lists.export.checks import verify
from devin_async.sandbox import ManualClock, RecordedRequest, Sandbox

__all__ = ["CreateReport", "ExportReport", "create_under_faults", "export_under_faults"]

_SPAN = 90 * 86_400
_PARALLEL = 16
_AT_ONCE = 32
_LAG = 5.0


@frozen(kw_only=True)
class ExportReport:
    """What was read with faults, beside what was read without.

    Attributes:
        expected: SHA-256 of the export without faults.
        exported: SHA-256 of the export under faults.
        read: SHA-256 of the same rows, read as a parallel list under faults.
        rows: How many rows the export under faults has.
        hits: How many faults struck.
        resumed: How often the export ended with an error of ours and was begun again.
    """

    expected: str
    exported: str
    read: str
    rows: int
    hits: int
    resumed: int


async def export_under_faults(
    logs: int, folder: Path, *, share: float, seed: int = 7
) -> ExportReport:
    """Export so many audit logs without and with faults, and read them as a list with faults."""
    plain = Sandbox(audit_logs=logs, audit_span=_SPAN, seed=seed, clock=ManualClock())
    spoiled = Sandbox(
        audit_logs=logs, audit_span=_SPAN, seed=seed, clock=ManualClock(), faults=share
    )
    async with plain, _client(plain) as devin:
        await _export(devin, plain, folder / "plain.jsonl")
    expected = verify(folder / "plain.jsonl").sha256
    async with spoiled, _client(spoiled) as devin:
        resumed = await _export(devin, spoiled, folder / "spoiled.jsonl")
        manifest = verify(folder / "spoiled.jsonl")
        read = await _read(devin, spoiled)
        hits = sum(fault.hits for fault in spoiled.faults)
    return ExportReport(
        expected=expected,
        exported=manifest.sha256,
        read=read,
        rows=manifest.count,
        hits=hits,
        resumed=resumed,
    )


def _client(sandbox: Sandbox) -> DevinClient:
    devin = DevinClient(sandbox.token, base_url=sandbox.url, deadline=None)
    return live_in(devin, QuickClock())


def _range(sandbox: Sandbox) -> dict[str, int]:
    now = int(sandbox.clock.now())
    return {"time_after": now - _SPAN, "time_before": now + 1}


async def _export(devin: DevinClient, sandbox: Sandbox, path: Path) -> int:
    """Export until it is finished; tell how often that took a new beginning."""
    for resumed in range(100):
        with contextlib.suppress(DevinError):
            await devin.enterprise.audit_logs.export(path, **_range(sandbox), parallel=_PARALLEL)
            return resumed
    raise RuntimeError("the export was begun a hundred times and never finished")


async def _read(devin: DevinClient, sandbox: Sandbox) -> str:
    """Read the list in parallel; give the SHA-256 of its rows, written as an export writes them."""
    digest = hashlib.sha256()
    logs = devin.enterprise.audit_logs.list(
        **_range(sandbox), order="asc", parallel=_PARALLEL, page_size=200
    )
    async with contextlib.aclosing(logs.raw().pages()) as pages:
        async for page in pages:
            for item in page.items:
                text = json.dumps(item, separators=(",", ":"), ensure_ascii=False)
                digest.update(text.encode() + b"\n")
    return digest.hexdigest()


@frozen(kw_only=True)
class CreateReport:
    """What became of creates under faults.

    Attributes:
        created: How many calls gave a session.
        unknown: How many calls ended with an unknown outcome.
        failed: How many calls ended with an error that says that nothing was done.
        sessions: How many sessions the server has.
        sent_again: Creates that were sent once more after an answer that left the outcome unknown.
        doubled: Creates that made more than one session.
        misjudged: Creates that failed by their error's word, but made a session.
        hits: How many faults struck.
    """

    created: int
    unknown: int
    failed: int
    sessions: int
    sent_again: Sequence[str]
    doubled: Sequence[str]
    misjudged: Sequence[str]
    hits: int = field(default=0)


async def create_under_faults(
    count: int, *, share: float, seed: int = 7, once: bool = False
) -> CreateReport:
    """Create so many sessions, each with a tag of its own, and count them at the server.

    With *once* each has a key, and lists show a session only some seconds after it was created.
    """
    clock = ManualClock()
    sandbox = Sandbox(
        sessions=0,
        seed=seed,
        faults=share,
        request_limit=count * 20,
        clock=clock,
        visibility_lag=_LAG if once else 0.0,
    )
    async with sandbox, _client(sandbox) as devin:
        live_in(devin, SharedClock(clock))
        org = devin.organization(sandbox.organization_ids[0])
        ends: dict[str, str] = {}
        waiting = iter(range(count))

        async def create() -> None:
            for number in waiting:
                tag = f"piece-{number}"
                try:
                    key = tag if once else None
                    await org.sessions.create("Do one piece of work", tags=[tag], once=key)
                except DevinError as error:
                    ends[tag] = error.outcome
                else:
                    ends[tag] = "created"

        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(create())
        hits = sum(fault.hits for fault in sandbox.faults)
        sends = _sends(sandbox.requests)
        sandbox.clear_faults()
        clock.advance(_LAG)
        made: dict[str, int] = defaultdict(int)
        async for session in org.sessions.list(page_size=200):
            made[next(tag for tag in session.tags if not tag.startswith("once:"))] += 1
    outcomes = list(ends.values())
    return CreateReport(
        created=outcomes.count("created"),
        unknown=outcomes.count("unknown"),
        failed=outcomes.count("rejected") + outcomes.count("not_sent"),
        sessions=sum(made.values()),
        # 429 is the one answer that a create may be repeated after.
        sent_again=[tag for tag, statuses in sends.items() if {*statuses[:-1]} - {429}],
        doubled=[tag for tag, times in made.items() if times > 1],
        misjudged=[
            tag
            for tag, end in ends.items()
            if (end == "created") != (tag in made) and end != "unknown"
        ],
        hits=hits,
    )


def _sends(requests: Iterable[RecordedRequest]) -> dict[str, list[int | None]]:
    """Give how each create was answered, None for a broken connection, in the order sent."""
    sends: dict[str, list[int | None]] = defaultdict(list)
    for request in requests:
        if request.method == "POST":
            tags = request.json["tags"]
            sends[next(tag for tag in tags if not tag.startswith("once:"))].append(request.status)
    return sends
