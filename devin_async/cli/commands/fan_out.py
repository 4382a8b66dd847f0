"""`fan-out`: the same prompt in all organizations, or in chosen ones."""

import asyncio
import json
import re
from collections.abc import AsyncIterable, Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

from attrs import field, frozen
from cyclopts import Parameter
from rich.text import Text

from devin_async import DevinClient, InvalidArgumentError, Ledger, LedgerReport, PlannedItem
from devin_async.base.text import one_line
from devin_async.cli.errors import ExitCode, UsageError, exit_code_of_all, message
from devin_async.cli.new_session import SessionSettings, WithSettings
from devin_async.cli.options import DataOptions, Flag, Positive, Texts, WithData, connect, read_text
from devin_async.cli.output import Output
from devin_async.cli.views.fan_view import FanOutView, Tally, Target, fan_out_report, outcome_record
from devin_async.cli.views.tables import Column, Listing, counted
from devin_async.jobs.budget import Budget
from devin_async.jobs.fan_out import FanOut
from devin_async.jobs.once import check_once
from devin_async.models.sessions import Session

__all__ = ["FanOutJob", "fan_out"]

_DEFAULTS = DataOptions()
_SETTINGS = SessionSettings()
_NAME, _ID = "{org_name}", "{org_id}"
_PLACEHOLDER = re.compile(r"\{\w+\}")
_PLAN = (
    Column("organization", most=40),
    Column("org_id", from_width=120),
    Column("prompt", whole=False),
)


@frozen(kw_only=True)
class LedgerOptions:
    """What is said about the ledger."""

    ledger: Annotated[
        Path | None,
        Parameter(help="File that remembers what was started; given again, the job goes on."),
    ] = None
    run: Annotated[
        str | None,
        Parameter(help="Name of the job in the ledger, such as the day; left out, fan-out."),
    ] = None
    retry_failed: Annotated[Flag, Parameter(help="Start again what failed.")] = False
    rerun_unknown: Annotated[
        Flag, Parameter(help="Start again what may have been started; needs --once.")
    ] = False

    def check(self, once: str | None) -> None:
        """Check that it can be meant.

        Raises:
            UsageError: Something of it is for a ledger and there is none, is empty, or needs
                --once.
        """
        given = {
            "--run": self.run is not None,
            "--retry-failed": self.retry_failed,
            "--rerun-unknown": self.rerun_unknown,
        }
        needless = [name for name, is_given in given.items() if is_given]
        if self.ledger is None and needless:
            raise UsageError(f"{', '.join(needless)} given without --ledger, which it is about")
        if self.run is not None and not self.run.strip():
            raise UsageError(f"--run is {self.run!r}; allowed: a name that is not empty")
        if self.rerun_unknown and once is None:
            raise UsageError("--rerun-unknown needs --once KEY, or sessions may be started twice")

    def open(self) -> Ledger | None:
        """Give the ledger, if there is to be one.

        Raises:
            UsageError: It cannot be where it was said to be.
        """
        if self.ledger is None:
            return None
        try:
            return Ledger(self.ledger, run="fan-out" if self.run is None else self.run)
        except InvalidArgumentError as error:
            raise UsageError(f"--ledger: {error}") from None


WithLedger: TypeAlias = Annotated[LedgerOptions, Parameter(name="*")]
_NO_LEDGER = LedgerOptions()


@frozen
class Chosen:
    """An organization that was named by `--org`."""

    org_id: str
    name: None = None


@frozen(kw_only=True)
class FanOutJob:
    """A prompt for organizations.

    Attributes:
        prompt: What to do; `{org_name}` and `{org_id}` stand for the organization's.
        org_ids: The organizations; None for all.
        once: Key of the work; each organization's has its id at the end.
        concurrency: How many at once.
        probe_first: Whether a refusal of the first one ends it.
        repeats: Whether an organization that the list gives twice gets a session each time.
        settings: What the sessions are started with.
        ledger: What is said about the ledger.
    """

    prompt: str
    org_ids: Sequence[str] | None = None
    once: str | None = None
    concurrency: int = 16
    probe_first: bool = False
    repeats: bool = False
    settings: SessionSettings = _SETTINGS
    ledger: LedgerOptions = _NO_LEDGER
    tally: Tally = field(factory=Tally)

    def on(self, devin: DevinClient) -> tuple[FanOut[Target, Session], Ledger | None]:
        """Make the fan-out, and give its ledger."""

        async def start(target: Target) -> Session:
            self.tally.begun += 1
            once = None if self.once is None else f"{self.once}-{target.org_id}"
            family = devin.organization(target.org_id).sessions
            text = await self._text(devin, target)
            return await family.create(text, once=once, **self.settings.fields())

        ledger = self.ledger.open()
        work = devin.fan_out(
            self._targets(devin),
            start,
            concurrency=self.concurrency,
            ledger=ledger,
            retry_failed=self.ledger.retry_failed,
            rerun_unknown=self.ledger.rerun_unknown,
            probe_first=self.probe_first,
            distinct=not self.repeats,
        )
        return work, ledger

    def _targets(self, devin: DevinClient) -> AsyncIterable[Target] | Sequence[Target]:
        if self.org_ids is None:
            return devin.enterprise.organizations.list()
        targets = [Chosen(org_id) for org_id in dict.fromkeys(self.org_ids)]
        self.tally.total = len(targets)
        return targets

    async def _text(self, devin: DevinClient, target: Target) -> str:
        """Write the prompt for an organization."""
        text = self.prompt.replace(_ID, target.org_id)
        if _NAME not in text:
            return text
        name = target.name
        if name is None:
            name = (await devin.enterprise.organizations.get(target.org_id)).name
        return text.replace(_NAME, name)


async def fan_out(
    prompt: str | None = None,
    /,
    *,
    org: Texts = None,
    concurrency: Positive = 16,
    budget: Positive | None = None,
    once: str | None = None,
    dry_run: Flag = False,
    probe_first: Flag = False,
    repeats: Flag = False,
    ledger: WithLedger = _NO_LEDGER,
    settings: WithSettings = _SETTINGS,
    options: WithData = _DEFAULTS,
) -> int:
    """Start a session with the same prompt in all organizations, or in chosen ones.

    Without a terminal: org_id, result (started, rejected, unknown, not_sent), session_id, url,
    error; with --dry-run org_id, method, path, body, error. A create with an unknown outcome is not
    sent again.

    Args:
        prompt: What to do, {org_name} and {org_id} stand for the organization's; left out, stdin.
        org: Id of an organization; may be given again. Left out, it is all of them.
        concurrency: How many at once.
        budget: ACUs that all sessions together may use; needs --max-acu-limit.
        once: Key of the work: an organization that has a session of this key gets no second one.
        dry_run: Show what would be sent.
        probe_first: Start the first ones alone, and end if the key may not start them.
        repeats: Start a session each time that the list gives an organization; it can show one on
            two pages when it changes meanwhile.
        ledger: What is said about the ledger.
        settings: What a session is started with.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json)
    ledger.check(once)
    check_once(once)  # as typed: with an id at its end even an empty one would pass for a key
    if budget is not None and settings.max_acu_limit is None:
        raise UsageError("--budget needs --max-acu-limit, what each session counts with")
    job = FanOutJob(
        prompt=read_text("PROMPT", prompt),
        org_ids=org,
        once=once,
        concurrency=concurrency,
        probe_first=probe_first,
        repeats=repeats,
        settings=settings,
        ledger=ledger,
    )
    _tell_of_unknown_placeholders(output, job.prompt)
    async with connect() as devin:
        if dry_run:
            return await _plan(output, devin, job, budget)
        limited = devin.with_options(budget=None if budget is None else Budget(budget))
        return await run_job(output, limited, job)


def _tell_of_unknown_placeholders(output: Output, prompt: str) -> None:
    """Say which braces stay what they are: they may be meant, or mistyped a thousand times."""
    unknown = dict.fromkeys(_PLACEHOLDER.findall(prompt))
    for known in (_NAME, _ID):
        unknown.pop(known, None)
    if unknown:
        output.note(
            f"sent as it is: {', '.join(unknown)}; {_NAME} and {_ID} stand for the organization's",
            style="yellow",
        )


async def run_job(output: Output, devin: DevinClient, job: FanOutJob) -> int:
    """Run it, show it as it goes, and give the exit code."""
    tally = job.tally
    work, ledger = job.on(devin)
    try:
        with output.saying(lambda: _goes_on(output, job)), output.progress() as draw:
            draw(FanOutView(tally, "fan-out"))
            async with work as outcomes:
                async for outcome in outcomes:
                    tally.add(outcome)
                    told = outcome_record(outcome)
                    names = ("org_id", "result", "session_id", "url", "error")
                    output.row(*(told[name] for name in names))
                    output.record("outcome", **told)
    finally:
        which = "all" if job.org_ids is None else "chosen"
        title = f"A session in {which} organizations, {job.concurrency} at a time"
        output.show(fan_out_report(tally, title))
        _tell_of_repeats(output, work)
        output.record("summary", counts=dict(tally.words), left_out=dict(work.left_out))
    return tally.exit_code if ledger is None else await _report(output, ledger, tally)


def _tell_of_repeats(output: Output, work: FanOut[Target, Session]) -> None:
    """Say how many rows of the list were no new organizations."""
    if repeated := work.left_out.get("repeated"):
        text = f"{counted(repeated, 'row')} of the list came again and got no second session"
        output.note(f"{text}; --repeats starts one for each", style="yellow")


def _goes_on(output: Output, job: FanOutJob) -> str:
    """Say what was done, unless a table will, and how to go on."""
    how = "the same command goes on" if job.ledger.ledger else "with --ledger FILE it could go on"
    return how if output.is_rich else f"{job.tally.summary}; {how}"


async def _report(output: Output, ledger: Ledger, tally: Tally) -> ExitCode:
    """Say what the ledger holds now; what is left there of earlier starts is not done either."""
    report = await asyncio.to_thread(ledger.report)
    counts = {state: count for state, count in report.counts.items() if count}
    told = ", ".join(f"{count:,} {state}" for state, count in counts.items()) or "nothing"
    text = f"in the ledger: {told}{_advice(report)}"
    output.show(Text(text))
    output.record("ledger", run=report.run, counts=dict(report.counts))
    if not set(counts) - {"done"}:
        if not tally.ended:
            text = f"nothing was left to do in run {report.run!r}; --run NAME begins another"
            output.note(text, style="yellow")
        return tally.exit_code
    if not output.is_rich:
        output.note(text, style="yellow")
    return tally.exit_code or ExitCode.FAILED


def _advice(report: LedgerReport) -> str:
    flags = {
        "--retry-failed": report.counts["failed"],
        "--rerun-unknown --once KEY": report.counts["unknown"],
    }
    wanted = [flag for flag, count in flags.items() if count]
    return f"; {' '.join(wanted)} starts these again" if wanted else ""


async def _plan(output: Output, devin: DevinClient, job: FanOutJob, budget: int | None) -> int:
    """Show what each organization would be sent."""
    work, _ = job.on(devin.with_options(dry_run=True))
    items = await work.plan()
    for item in items:
        request = item.request
        sent = ("", "", None) if request is None else (request.method, request.path, request.json)
        error = None if item.error is None else message(item.error)
        body = None if request is None else json.dumps(request.json, ensure_ascii=False)
        output.row(item.item.org_id, *sent[:2], body, error)
        output.record(
            "planned",
            org_id=item.item.org_id,
            method=sent[0] or None,
            path=sent[1] or None,
            json=sent[2],
            error=error,
        )
    output.show(Text("POST /v3/organizations/{org_id}/sessions, for each of", style="bold cyan"))
    output.show(Listing(_PLAN, [_planned_row(item) for item in items]))
    output.show(Text(_sum_of(items, job, budget), style="bold"))
    errors = [item.error for item in items if item.error is not None]
    return exit_code_of_all(errors, done=len(items) - len(errors))


def _planned_row(item: PlannedItem[Target]) -> tuple[str, str, Text]:
    name = item.item.name or item.item.org_id
    if item.error is not None:
        what = Text(one_line(message(item.error)), style="red")
    elif item.request is None:
        what = Text("nothing to send: it is there already", style="dim")
    else:
        what = Text(one_line(item.request.json["prompt"]))
    return name, item.item.org_id, what


def _sum_of(items: Sequence[PlannedItem[Target]], job: FanOutJob, budget: int | None) -> str:
    """Say how many sessions a plan would start, and what they can cost."""
    count = sum(item.request is not None for item in items)
    limit = job.settings.max_acu_limit
    if limit is None:
        return f"{counted(count, 'session')} would be started, without a limit of ACUs"
    text = f"{counted(count, 'session')} would be started, {count * limit:,} ACUs at the most"
    if budget is None or count * limit <= budget:
        return text
    return f"{text}; the budget of {budget:,} lets {budget // limit:,} of them start"
