"""The command line: which commands there are, how they start and how they end."""

import asyncio
import inspect
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Any, cast

from cyclopts import App, CycloptsError, UnusedCliTokensError
from rich.console import Console

from devin_async._version import __version__
from devin_async.cli.commands import (
    api,
    audit_logs,
    completion,
    consumption,
    demo,
    fan_out,
    orgs,
    sandbox,
    sessions,
)
from devin_async.cli.commands import whoami as identity
from devin_async.cli.errors import ExitCode, UsageError, exit_code, message
from devin_async.cli.options import Options
from devin_async.cli.output import Output, console_on

__all__ = ["app", "run"]

app = App(
    name="devin-async",
    version=__version__,
    help="Work with the Devin API. The key is read from DEVIN_API_KEY.",
)
app.command(demo.demo)
# Before version 5 cyclopts would find --version behind the `--` too, where it is COMMAND's.
app.command(sandbox.sandbox, version_flags=[])
app.command(identity.whoami)
app.command(api.api)
app.command(audit_logs.audit_logs)
app.command(orgs.orgs)
app.command(sessions.sessions)
app.command(consumption.consumption)
app.command(fan_out.fan_out)
app.command(completion.completion_of(app))


def run(words: Sequence[str]) -> int:
    """Run the command that *words* name and return its exit code."""
    console = console_on(sys.stdout)
    output = Output(data=console)

    def show_warning(text: Warning | str, *_: object, **__: object) -> None:
        output.note(str(text), style="yellow")

    warnings.showwarning = cast("Any", show_warning)
    for stream in (sys.stdout, sys.stderr):
        # A name outside the terminal's character set shows as escapes and ends nothing.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    try:
        return _run(words, output, console)
    except BrokenPipeError:
        # The reader has what it wanted. Python would complain when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.PIPE_CLOSED


def _run(words: Sequence[str], output: Output, console: Console) -> int:
    debug = False
    try:
        command, bound, _ = app.parse_args(
            words, console=console, print_error=False, exit_on_error=False
        )
        debug = any(
            isinstance(given, Options) and given.debug for given in bound.arguments.values()
        )
        return _finish(command(*bound.args, **bound.kwargs))
    except KeyboardInterrupt:
        output.note("interrupted", style="yellow")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        raise
    except CycloptsError as error:
        return _fail(UsageError(_misunderstood(error)), output, debug=debug)
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets one line
        return _fail(error, output, debug=debug)


def _misunderstood(error: CycloptsError) -> str:
    """Say what of the words is wrong, and whose help tells what is allowed."""
    text = str(error)
    if isinstance(error, UnusedCliTokensError):
        text = f"Unexpected: {' '.join(map(repr, error.unused_tokens or ()))}."
    command = " ".join(("devin-async", *(error.command_chain or ())))
    return f"{text} See `{command} --help`"


def _finish(result: Any) -> int:
    """Wait for what a command gave; commands without an exit code are done."""
    code: int | None = asyncio.run(result) if inspect.iscoroutine(result) else result
    return code or ExitCode.DONE


def _fail(error: Exception, output: Output, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    output.note(message(error))
    return exit_code(error)
