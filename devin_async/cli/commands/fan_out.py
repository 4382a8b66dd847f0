"""`fan-out`: the same prompt in all organizations, or in chosen ones."""

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from devin_async.base.signals import shutdown
from devin_async.cli.connection import connect, org_id_of
from devin_async.cli.errors import ExitCode, UsageError, exit_code_of_all, message
from devin_async.cli.fan_out_job import (
    ID,
    NAME,
    Chosen,
    CostOptions,
    FanOutJob,
    LedgerOptions,
    OutcomeFile,
    WithCosts,
    WithLedger,
    usual_file,
)
from devin_async.cli.new_session import SessionSettings, WithSettings
from devin_async.cli.options import DataOptions, Flag, Positive, Texts, WithData
from devin_async.cli.output import Output
from devin_async.cli.prompts import ask, can_ask, read_text
from devin_async.cli.text import escaped_json, shown
from devin_async.cli.views.fan_view import (
    FanOutView,
    Tally,
    Target,
    fan_out_report,
    outcome_line,
    outcome_record,
)
from devin_async.cli.views.tables import Column, Listing, counted

if TYPE_CHECKING:
    from devin_async import DevinClient, FanOut, Ledger, LedgerReport, PlannedItem
    from devin_async.models.sessions import Session

__all__ = ["fan_out", "run_job"]

_DEFAULTS = DataOptions()
_SETTINGS = SessionSettings()
_NO_LEDGER = LedgerOptions()
_COSTS = CostOptions()
_SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
_PLAN = (
    Column("ORGANIZATION", most=40),
    Column("ORG_ID", from_width=120),
    Column("PROMPT", whole=False),
)


async def fan_out(
    prompt: str | None = None,
    /,
    *,
    file: Path | None = None,
    org: Texts = None,
    concurrency: Positive = 16,
    costs: WithCosts = _COSTS,
    once: str | None = None,
    dry_run: Flag = False,
    probe_first: Flag = False,
    repeats: Flag = False,
    out: Path | None = None,
    ledger: WithLedger = _NO_LEDGER,
    settings: WithSettings = _SETTINGS,
    options: WithData = _DEFAULTS,
) -> int:
    """Start a session with the same prompt in all organizations, or in chosen ones.

    It says what that can cost, and asks; a program says --yes. Without a terminal: org_id, result
    (started, rejected, unknown, not_sent), session_id, url, error; with --dry-run org_id, method,
    path, body, error. A create with an unknown outcome is not sent again.

    Args:
        prompt: What to do, {org_name} and {org_id} stand for the organization's; left out, it is
            read from --file or stdin. One that begins with a dash is given after `--`.
        file: File that holds the prompt, in UTF-8; `-` is stdin.
        org: Id or name of an organization; may be given again. Left out, it is all of them.
        concurrency: How many at once.
        costs: What it may cost.
        once: Key of the work: an organization that has a session of this key gets no second one.
        dry_run: Show what would be sent.
        probe_first: Start the first ones alone, and end if the key may not start them.
        repeats: Start a session each time that the list gives an organization; it can show one on
            two pages when it changes meanwhile.
        out: File to add each outcome to, one JSON object a line; left out on a terminal, it is a
            new one in the user's folder for state.
        ledger: What is said about the ledger.
        settings: What a session is started with.
        options: What every command takes that prints data.
    """
    from devin_async.jobs.budget import Budget  # noqa: PLC0415 - as slow to load as the client
    from devin_async.jobs.once import check_once  # noqa: PLC0415

    output = Output(as_json=options.json, raw=options.raw)
    ledger.check(once)
    check_once(once)  # as typed: with an id at its end even an empty one would pass for a key
    settings.check()
    text = read_text("PROMPT", prompt, file)
    costs.check(settings, is_rehearsal=dry_run)
    if not (dry_run or costs.yes or can_ask()):
        raise UsageError(
            "there is no terminal to ask on; allowed: --yes to start sessions, or --dry-run to "
            "see what would be started"
        )
    async with connect(options) as devin:
        targets = None if org is None else await _chosen(devin, org)
        job = FanOutJob(
            prompt=text,
            targets=targets,
            once=once,
            concurrency=concurrency,
            probe_first=probe_first,
            repeats=repeats,
            settings=settings,
            ledger=ledger,
        )
        _note_unknown_placeholders(output, job)
        if dry_run:
            return await _plan(output, devin, job, costs)
        if not (costs.yes or await _agrees(output, devin, job, costs)):
            output.note("nothing was started", style="yellow")
            return ExitCode.FAILED
        budget = None if costs.budget is None else Budget(costs.budget)
        return await run_job(output, devin.with_options(budget=budget), job, out=out)


async def _chosen(devin: "DevinClient", organizations: Sequence[str]) -> Sequence[Target]:
    ids = [await org_id_of(devin, one) for one in organizations]
    return [Chosen(org_id) for org_id in dict.fromkeys(ids)]


def _note_unknown_placeholders(output: Output, job: FanOutJob) -> None:
    if unknown := job.unknown_placeholders:
        output.note(
            f"sent as it is: {', '.join(unknown)}; {NAME} and {ID} stand for the organization's",
            style="yellow",
        )


async def _agrees(output: Output, devin: "DevinClient", job: FanOutJob, costs: CostOptions) -> bool:
    """Say how many sessions would be started and what they can cost, and ask."""
    if job.targets is not None:
        count = len(job.targets)
    else:
        with output.progress() as draw:
            draw(Text("counting the organizations"))
            count = len(await devin.enterprise.organizations.list().collect())
        job.tally.total = count
    upto = "up to " if job.once is not None or job.ledger.ledger is not None else ""
    limit = job.settings.max_acu_limit
    each = "" if limit is None else f", {counted(limit, 'ACU')} each"
    return await ask(
        f"devin-async: start {upto}{counted(count, 'session')} in "
        f"{counted(count, 'organization')}{each}, {costs.together(count, limit)}?"
    )


async def run_job(
    output: Output, devin: "DevinClient", job: FanOutJob, *, out: Path | None = None
) -> int:
    """Run it, show it as it goes, and give the exit code."""
    tally = job.tally
    work, ledger = job.on(devin)
    kept = _Kept(output, out)

    def stop() -> None:
        running = counted(tally.begun - tally.ended, "request")
        output.note(f"stopping: {running} may end, nothing new is started", style="yellow")
        work.stop()

    with shutdown(finish=stop, signals=_SIGNALS) as ending:
        try:
            with output.saying(lambda: _goes_on(output, job)), output.progress() as draw:
                draw(FanOutView(tally, "fan-out"))
                async with work as outcomes:
                    async for outcome in outcomes:
                        tally.add(outcome)
                        record = outcome_record(outcome)
                        kept.add(record)
                        output.show(outcome_line(outcome), soft_wrap=True)
                        names = ("org_id", "result", "session_id", "url", "error")
                        output.row(*(record[name] for name in names))
                        output.record("outcome", **record)
        finally:
            kept.close()
            tally.begun -= work.left_out.get("stopped", 0)  # nothing of theirs was done
            which = "all" if job.targets is None else "chosen"
            title = f"A session in {which} organizations, {job.concurrency} at a time"
            output.show(fan_out_report(tally, title))
            if kept.path is not None:
                output.show(Text(f"each with its URL: {kept.path}"), soft_wrap=True)
            _note_repeats(output, work)
            output.record(
                "summary", counts=dict(tally.words), left_out=dict(work.left_out), file=kept.name
            )
        if ending.received is not None:
            output.note(_goes_on(output, job), style="yellow")
    return tally.exit_code if ledger is None else await _report(output, ledger, tally)


def _note_repeats(output: Output, work: "FanOut[Target, Session]") -> None:
    """Say how many rows of the list were no new organizations."""
    if repeated := work.left_out.get("repeated"):
        text = f"{counted(repeated, 'row')} of the list came again and got no second session"
        output.note(f"{text}; --repeats starts one for each", style="yellow")


class _Kept:
    """The file of the outcomes; that it cannot be written is said, and ends nothing."""

    def __init__(self, output: Output, out: Path | None) -> None:
        path = out or (usual_file() if output.is_rich else None)
        self._output = output
        self._file = None if path is None else OutcomeFile(path)
        if out is not None and self._file is not None:
            try:
                self._file.open()
            except OSError as error:
                raise UsageError(
                    f"--out is {str(out)!r}, which cannot be written: {error}"
                ) from None

    @property
    def path(self) -> Path | None:
        """Where it is, once it has something."""
        return None if self._file is None or not self._file.is_open else self._file.path

    @property
    def name(self) -> str | None:
        return None if self.path is None else str(self.path)

    def add(self, record: dict[str, Any]) -> None:
        if self._file is None:
            return
        try:
            self._file.add(record)
        except OSError as error:
            self._output.note(f"outcomes are not written to a file: {error}", style="yellow")
            self._file = None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _goes_on(output: Output, job: FanOutJob) -> str:
    """Say what was done, unless a table will, and how to go on."""
    how = "the same command goes on" if job.ledger.ledger else "with --ledger FILE it could go on"
    return how if output.is_rich else f"{job.tally.summary}; {how}"


async def _report(output: Output, ledger: "Ledger", tally: Tally) -> ExitCode:
    """Say what the ledger holds now; what is left there of earlier starts is not done either."""
    import asyncio  # noqa: PLC0415 - help needs none

    report = await asyncio.to_thread(ledger.report)
    counts = {state: count for state, count in report.counts.items() if count}
    states = ", ".join(f"{count:,} {state}" for state, count in counts.items()) or "nothing"
    text = f"in the ledger: {states}{_advice(report)}"
    output.show(Text(shown(text)))
    output.record("ledger", run=report.run, counts=dict(report.counts))
    if not set(counts) - {"done"}:
        if not tally.ended:
            text = f"nothing was left to do in run {report.run!r}; --run NAME begins another"
            output.note(text, style="yellow")
        return tally.exit_code
    if not output.is_rich:
        output.note(text, style="yellow")
    return tally.exit_code or ExitCode.FAILED


def _advice(report: "LedgerReport") -> str:
    flags = {
        "--retry-failed": report.counts["failed"],
        "--rerun-unknown --once KEY": report.counts["unknown"],
    }
    wanted = [flag for flag, count in flags.items() if count]
    return f"; {' '.join(wanted)} starts these again" if wanted else ""


async def _plan(output: Output, devin: "DevinClient", job: FanOutJob, costs: CostOptions) -> int:
    """Show what each organization would be sent."""
    work, _ = job.on(devin.with_options(dry_run=True))
    items = await work.plan()
    for item in items:
        _print_planned(output, item)
    output.show(Text("POST /v3/organizations/{org_id}/sessions, for each of", style="bold cyan"))
    output.show(Listing(_PLAN, [_planned_row(item) for item in items]))
    count = sum(item.request is not None for item in items)
    together = costs.together(count, job.settings.max_acu_limit)
    output.show(Text(f"{counted(count, 'session')} would be started, {together}", style="bold"))
    errors = [item.error for item in items if item.error is not None]
    return exit_code_of_all(errors, done=len(items) - len(errors))


def _print_planned(output: Output, item: "PlannedItem[Target]") -> None:
    request = item.request
    error = None if item.error is None else message(item.error)
    method, path = (None, None) if request is None else (request.method, request.path)
    body = None if request is None else escaped_json(json.dumps(request.json, ensure_ascii=False))
    output.row(item.item.org_id, method, path, body, error)
    output.record(
        "planned",
        org_id=item.item.org_id,
        method=method,
        path=path,
        json=None if request is None else request.json,
        error=error,
    )


def _planned_row(item: "PlannedItem[Target]") -> tuple[str, str, Text]:
    name = str(item.item.name or item.item.org_id)
    if item.error is not None:
        what = Text(shown(message(item.error)), style="red")
    elif item.request is None:
        what = Text("nothing to send: it is there already", style="dim")
    else:
        what = Text(shown(str(item.request.json["prompt"])))
    return name, item.item.org_id, what
