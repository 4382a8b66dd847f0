"""`audit-logs list`, `export`, `tail` and `verify`."""

from collections.abc import Callable, Generator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import App
from rich.text import Text

from devin_async.cli.connection import connect, org_id_of
from devin_async.cli.errors import ExitCode, UsageError, exit_code_of_all, message
from devin_async.cli.options import (
    Count,
    DataOptions,
    Flag,
    LocalDataOptions,
    Org,
    Parallel,
    Seconds,
    WithData,
    WithLocalData,
)
from devin_async.cli.output import Output, fields_of
from devin_async.cli.text import json_text
from devin_async.cli.times import iso_time, read_range, read_time
from devin_async.cli.views.audit_view import audit_line
from devin_async.cli.views.tables import counted

if TYPE_CHECKING:
    from devin_async import Delivery, DevinClient, DevinError, ExportProgress, Manifest, Outcome
    from devin_async.models.audit_logs import AuditLog
    from devin_async.models.organizations import Organization
    from devin_async.resources.audit_logs import AuditLogs

__all__ = ["audit_logs"]

_DEFAULTS = DataOptions()
_LOCAL = LocalDataOptions()
_LONGEST_OUTAGE = 3600  # as a tail and a wait live through
_EXPORT_GOES_ON = "the same command goes on where it was stopped; what is written stays"

audit_logs = App(
    name="audit-logs", help="List, export, follow and verify audit logs.", version_flags=[]
)


@audit_logs.command(name="list")
async def list_logs(
    *,
    since: str | None = None,
    until: str | None = None,
    order: Literal["asc", "desc"] = "desc",
    action: str | None = None,
    org: Org = None,
    limit: Count = 50,
    options: WithData = _DEFAULTS,
) -> None:
    """List audit logs, the newest first.

    Without a terminal: audit_log_id, created_at, action, org_id, who did it, data.

    Args:
        since: Start in UTC, such as 2026-01-31, 2026-01-31T08:00:00Z or 7d (7 days ago).
        until: End.
        order: Oldest (asc) or newest (desc) first.
        action: Only this action, such as create_session.
        org: Of this organization, by its id or name, instead of the whole enterprise.
        limit: How many at the most; 0 for all.
        options: What every command takes that prints data.
    """
    output = Output(as_json=options.json, raw=options.raw)
    time_after, time_before = read_range(since, until)
    async with connect(options) as devin:
        listed = (await _logs_of(devin, org)).list(
            time_after=time_after,
            time_before=time_before,
            order=order,
            action=action,
            limit=limit or None,
        )
        async with aclosing(aiter(listed)) as items:
            async for log in items:
                _print_log(output, log)


@audit_logs.command(name="export")
async def export(
    path: Path,
    /,
    *,
    since: str | None = None,
    until: str | None = None,
    order: Literal["asc", "desc"] = "asc",
    action: str | None = None,
    org: Org = None,
    each_organization: Flag = False,
    compressed: Flag = False,
    parallel: Parallel = 8,
    options: WithData = _DEFAULTS,
) -> int:
    """Write audit logs to PATH, one JSON object a line, each exactly once.

    It lives through an outage of up to an hour. Ended in any way and given again, it goes on.
    Beside the file lies its manifest.

    Args:
        path: File, compressed if it ends in .gz; with --each-organization a directory that is
            there.
        since: Start in UTC, such as 2026-01-31, 2026-01-31T08:00:00Z or 7d (7 days ago). An export
            that goes on has to have the start that it had, so give a date.
        until: End; left out, it is 30 seconds before the first start. A later one is waited for,
            up to a minute; one in the future is reached by the same command given again.
        order: Oldest or newest first.
        action: Only this action, such as create_session.
        org: Of this organization, by its id or name, instead of the whole enterprise.
        each_organization: A file for each organization.
        compressed: Compress the files of --each-organization.
        parallel: Requests at once.
        options: What every command takes that prints data.
    """
    if each_organization and org is not None:
        raise UsageError("--each-organization and --org exclude each other")
    if compressed and not each_organization:
        raise UsageError("--compressed is for --each-organization; a file says it by .gz")
    output = Output(as_json=options.json, raw=options.raw)
    time_after, time_before = read_range(since, until)
    arguments: dict[str, Any] = {
        "time_after": time_after,
        "time_before": time_before,
        "order": order,
        "action": action,
        "parallel": parallel,
        "outage": _LONGEST_OUTAGE,
    }
    async with connect(options) as devin:
        if each_organization:
            logs = devin.enterprise.audit_logs
            outcomes = await logs.export_organizations(path, **arguments, compressed=compressed)
            return _show_each(output, outcomes)
        logs_of = await _logs_of(devin, org)
        with (
            _going_on(output, lambda _: _EXPORT_GOES_ON),
            output.progress() as draw,
            output.saying(lambda: _EXPORT_GOES_ON),
        ):
            manifest = await logs_of.export(
                path, **arguments, on_progress=lambda progress: draw(_drawn(progress))
            )
    _show(output, manifest)
    return ExitCode.DONE


@audit_logs.command(name="tail")
async def tail(
    *,
    since: str | None = None,
    action: str | None = None,
    org: Org = None,
    settle: Count = 30,
    interval: Seconds = 10,
    checkpoint: Path | None = None,
    options: WithData = _DEFAULTS,
) -> None:
    """Print audit logs as they appear, until interrupted.

    A terminal gets a line with the local time for each; else, and with --json, it is one JSON
    object a line, as the server sent it.

    Args:
        since: Start in UTC, such as 2026-01-31 or 15m (15 minutes ago); left out, it is now.
        action: Only this action, such as create_session.
        org: Of this organization, by its id or name, instead of the whole enterprise.
        settle: Seconds that a log may appear late.
        interval: Seconds between two rounds.
        checkpoint: File that holds how far it was printed: given again, it goes on there, and
            --since no longer counts. Each log is then printed at least once.
        options: What every command takes that prints data.
    """
    from devin_async.codec.encoding import encode_raw  # noqa: PLC0415 - as slow as the client

    output = Output(as_json=options.json, raw=options.raw)
    async with connect(options) as devin:
        logs = (await _logs_of(devin, org)).tail(
            since=read_time("--since", since), action=action, settle=settle, interval=interval
        )
        printed = 0
        with (
            _going_on(output, lambda error: _where_to_go_on(error, checkpoint)),
            output.saying(lambda: counted(printed, "audit log")),
        ):
            if checkpoint is not None:

                async def show(batch: "Delivery[dict[str, Any]]") -> None:
                    nonlocal printed
                    for row in batch.items:
                        output.body(encode_raw(row) + b"\n", is_json=True)
                    printed += len(batch)

                await logs.raw().deliver(show, checkpoint=checkpoint, batch_seconds=1)
            if output.is_rich:
                async with aclosing(aiter(logs)) as items:
                    async for item in items:
                        output.show(audit_line(item), soft_wrap=True)
                        printed += 1
                return
            async with aclosing(aiter(logs.raw())) as rows:
                async for row in rows:
                    output.body(encode_raw(row) + b"\n", is_json=True)
                    printed += 1


@audit_logs.command(name="verify")
def verify(path: Path, /, *, options: WithLocalData = _LOCAL) -> None:
    """Check a finished export against its manifest, row by row.

    Args:
        path: File that `export` wrote.
        options: What every command takes that prints data.
    """
    from devin_async.lists.export.checks import verify as verify_file  # noqa: PLC0415 - slow to load

    _show(Output(as_json=options.json), verify_file(path))


@contextmanager
def _going_on(output: Output, what: "Callable[[DevinError], str]") -> Generator[None]:
    """Say how to go on, if the block ends by what the server does."""
    from devin_async.base.outages import is_passing  # noqa: PLC0415 - as slow as the client
    from devin_async.errors import APIStatusError, DevinError  # noqa: PLC0415

    try:
        yield
    except DevinError as error:
        if is_passing(error) or isinstance(error, APIStatusError):
            output.note(what(error), style="yellow")
        raise


def _where_to_go_on(error: "DevinError", checkpoint: Path | None) -> str:
    if checkpoint is not None:
        return "the same command goes on where it was stopped"
    since = (error.checkpoint or {}).get("since")
    return f"--since {since} goes on where it was stopped"


async def _logs_of(devin: "DevinClient", org: str | None) -> "AuditLogs":
    if org is None:
        return devin.enterprise.audit_logs
    return devin.enterprise.organization(await org_id_of(devin, org)).audit_logs


def _print_log(output: Output, log: "AuditLog") -> None:
    output.show(audit_line(log), soft_wrap=True)
    who = log.user_email or log.user_id or log.service_user_name or log.service_user_id
    data: Any = log.data
    output.row(
        log.audit_log_id,
        iso_time(log.created_at),
        log.action,
        log.org_id,
        who,
        None if data is None else json_text(data),
    )
    output.record("audit_log", **fields_of(log))


def _drawn(progress: "ExportProgress") -> Text:
    left = "" if progress.eta is None else f", {progress.eta:.0f} s left"
    done = f"{progress.items:,} logs, {progress.rate:,.0f} a second"
    return Text(f"{done}, {progress.time_done:.0%} of the time{left}")


def _show(output: Output, manifest: "Manifest") -> None:
    text = str(manifest)
    output.show(Text(text))
    output.line(text)
    output.record("export", **_fields(manifest))


def _fields(manifest: "Manifest") -> dict[str, Any]:
    names = ("file", "list", "after", "before", "order", "count", "first", "last", "sha256", "size")
    return {name: getattr(manifest, name) for name in (*names, "finished", "ends_later")}


def _show_each(output: Output, outcomes: Sequence["Outcome[Organization, Manifest]"]) -> int:
    """Show what became of each organization; give the exit code."""
    errors: list[Exception] = []
    for outcome in outcomes:
        if outcome.error is None:
            _show(output, outcome.value)
            continue
        errors.append(outcome.error)
        output.note(f"{outcome.item.org_id}: {message(outcome.error)}")
        output.record("failure", org_id=outcome.item.org_id, error=message(outcome.error))
    return exit_code_of_all(errors, done=len(outcomes) - len(errors))
