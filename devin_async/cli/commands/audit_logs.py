"""`audit-logs export`, `tail` and `verify`."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.text import Text

from devin_async import DevinClient, ExportProgress, Manifest, Outcome
from devin_async.cli.errors import ExitCode, UsageError, exit_code_of_all, message
from devin_async.cli.options import (
    Count,
    DataOptions,
    Flag,
    Options,
    OrgId,
    WithData,
    WithOptions,
    connect,
)
from devin_async.cli.output import Output
from devin_async.cli.times import read_range, read_time
from devin_async.codec.encoding import encode_raw
from devin_async.lists.export.file import verify as verify_file
from devin_async.lists.ranges.places import MOST_PARALLEL
from devin_async.models.organizations import Organization
from devin_async.resources.audit_logs import AuditLogs

__all__ = ["audit_logs"]

_DEFAULTS = DataOptions()
_QUIET = Options()

Parallel = Annotated[int, Parameter(validator=Number(gte=1, lte=MOST_PARALLEL))]
Seconds = Annotated[float, Parameter(validator=Number(gt=0))]

audit_logs = App(name="audit-logs", help="Export, follow and verify audit logs.", version_flags=[])


@audit_logs.command(name="export")
async def export(
    path: Path,
    /,
    *,
    since: str | None = None,
    until: str | None = None,
    order: Literal["asc", "desc"] = "asc",
    action: str | None = None,
    org: OrgId = None,
    each_organization: Flag = False,
    compressed: Flag = False,
    parallel: Parallel = 8,
    options: WithData = _DEFAULTS,
) -> int:
    """Write audit logs to PATH, one JSON object a line, each exactly once.

    Ended in any way and given again, it goes on. Beside the file lies its manifest.

    Args:
        path: File, compressed if it ends in .gz; with --each-organization a directory that is
            there.
        since: Start in UTC, such as 2026-01-31, 2026-01-31T08:00:00Z or 7d (7 days ago). An export
            that goes on has to have the start that it had, so give a date.
        until: End; left out, it is 30 seconds before the first start.
        order: Oldest or newest first.
        action: Only this action, such as create_session.
        org: Of this organization instead of the whole enterprise.
        each_organization: A file for each organization.
        compressed: Compress the files of --each-organization.
        parallel: Requests at once.
        options: What every command takes that prints data.
    """
    if each_organization and org is not None:
        raise UsageError("--each-organization and --org exclude each other")
    if compressed and not each_organization:
        raise UsageError("--compressed is for --each-organization; a file says it by .gz")
    output = Output(as_json=options.json)
    time_after, time_before = read_range(since, until)
    given: dict[str, Any] = {
        "time_after": time_after,
        "time_before": time_before,
        "order": order,
        "action": action,
        "parallel": parallel,
    }
    async with connect() as devin:
        if each_organization:
            logs = devin.enterprise.audit_logs
            found = await logs.export_organizations(path, **given, compressed=compressed)
            return _show_each(output, found)
        with output.progress() as draw:
            family = _family(devin, org)
            manifest = await family.export(
                path, **given, on_progress=lambda progress: draw(_drawn(progress))
            )
    _show(output, manifest)
    return ExitCode.DONE


@audit_logs.command(name="tail")
async def tail(
    *,
    since: str | None = None,
    action: str | None = None,
    org: OrgId = None,
    settle: Count = 30,
    interval: Seconds = 10,
    options: WithOptions = _QUIET,  # noqa: ARG001 - read where errors are reported
) -> None:
    """Print audit logs as they appear, one JSON object a line, until interrupted.

    Args:
        since: Start in UTC, such as 2026-01-31 or 15m (15 minutes ago); left out, it is now.
        action: Only this action, such as create_session.
        org: Of this organization instead of the whole enterprise.
        settle: Seconds that a log may appear late.
        interval: Seconds between two rounds.
        options: What every command takes.
    """
    output = Output()
    async with connect() as devin:
        logs = _family(devin, org).tail(
            since=read_time("--since", since), action=action, settle=settle, interval=interval
        )
        async with aclosing(aiter(logs.raw())) as items:
            async for item in items:
                output.write_bytes(encode_raw(item) + b"\n")


@audit_logs.command(name="verify")
def verify(path: Path, /, *, options: WithData = _DEFAULTS) -> None:
    """Check a finished export against its manifest, row by row.

    Args:
        path: File that `export` wrote.
        options: What every command takes that prints data.
    """
    _show(Output(as_json=options.json), verify_file(path))


def _family(devin: DevinClient, org_id: str | None) -> AuditLogs:
    scope = devin.enterprise if org_id is None else devin.enterprise.organization(org_id)
    return scope.audit_logs


def _drawn(progress: ExportProgress) -> Text:
    left = "" if progress.eta is None else f", {progress.eta:.0f} s left"
    done = f"{progress.items:,} logs, {progress.rate:,.0f} a second"
    return Text(f"{done}, {progress.time_done:.0%} of the time{left}")


def _show(output: Output, manifest: Manifest) -> None:
    text = str(manifest)
    output.show(Text(text))
    output.line(text)
    output.record("export", **_fields(manifest))


def _fields(manifest: Manifest) -> dict[str, Any]:
    names = ("file", "list", "after", "before", "order", "count", "first", "last", "sha256", "size")
    return {name: getattr(manifest, name) for name in names}


def _show_each(output: Output, outcomes: Sequence[Outcome[Organization, Manifest]]) -> int:
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
