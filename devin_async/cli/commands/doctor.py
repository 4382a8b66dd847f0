"""`doctor`: the way to the API, and what the key may do there."""

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from rich.text import Text

from devin_async.cli.connection import make_client, org_id_of
from devin_async.cli.errors import ExitCode, UsageError
from devin_async.cli.options import DataOptions, Org, WithData
from devin_async.cli.output import Output
from devin_async.cli.text import shown
from devin_async.cli.times import read_seconds

if TYPE_CHECKING:
    from devin_async.doctor import Check, Examination

__all__ = ["doctor"]

_DEFAULTS = DataOptions()
_STYLES = {
    "ok": "green",
    "forbidden": "yellow",
    "absent": "yellow",
    "skipped": "dim",
    "unsteady": "bold yellow",
    "differs": "bold magenta",
    "failed": "bold red",
}
_WIDTH = max(map(len, _STYLES))


async def doctor(
    *,
    org: Org = None,
    pause: str | None = None,
    report: Path | None = None,
    options: WithData = _DEFAULTS,
) -> int:
    """Examine the way to the API, and what the key may do there; nothing is written to it.

    First the key's form, proxy, names, TLS and clock, then each read operation that needs no
    unknown id, one item each. Without a terminal: status, what, HTTP status, detail. Exits with 0
    if nothing is wrong, with 3 if the key is refused, else with 1; what it may not do is not wrong.

    Args:
        org: Id or name of the organization to look at; left out, the key's, or the first one.
        pause: How long between two requests, such as 1s; left out, a quarter of a second.
        report: File to write a report to that can be shown to others: it holds types and paths,
            and no value.
        options: What every command takes that prints data.
    """
    from devin_async.doctor import examine  # noqa: PLC0415 - as slow to load as the client

    output = Output(as_json=options.json, raw=options.raw)
    seconds = None if pause is None else read_seconds("--pause", pause)
    if report is not None and not report.absolute().parent.is_dir():  # noqa: ASYNC240
        raise UsageError(f"--report is {str(report)!r}; allowed: a file in a directory that exists")
    async with make_client(options) as devin:
        with output.progress() as draw:

            def show(check: "Check") -> None:
                _print(output, check)
                draw(Text(f"looked at {shown(check.name)}", style="dim"))

            org_id = None if org is None else await org_id_of(devin, org)
            examination = await examine(devin, org_id=org_id, pause=seconds, on_check=show)
    output.show(Text(examination.summary, style="bold"))
    if report is not None:
        text = json_module.dumps(examination.without_values(), indent=2)
        report.write_text(f"{text}\n", encoding="utf-8")  # noqa: ASYNC240 - nothing else runs
        output.progress_note(f"the report is in {report}")
    return _code(examination)


def _print(output: Output, check: "Check") -> None:
    output.row(check.status, check.name, check.http_status, check.detail)
    output.record("check", **attrs.asdict(check))
    line = Text.assemble(
        (f"{check.status:{_WIDTH}}", _STYLES[check.status]),
        "  ",
        shown(check.name),
        (f"  needs {check.permission}" if check.permission else "", "yellow"),
        (f"  {shown(check.detail)}" if check.detail and not check.permission else "", "dim"),
    )
    output.show(line, soft_wrap=True)
    for one in check.mismatches:
        output.show(Text(f"{'':{_WIDTH}}  {shown(str(one))}", style="magenta"), soft_wrap=True)
        if not output.as_json:
            output.row("", check.name, "", str(one))


def _code(examination: "Examination") -> ExitCode:
    if examination.is_clean:
        return ExitCode.DONE
    is_refused = any(check.http_status == 401 for check in examination.faults)  # noqa: PLR2004
    return ExitCode.DENIED if is_refused else ExitCode.FAILED
