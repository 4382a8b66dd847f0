"""The command line: which commands there are, how they start and how they end.

A command's module is loaded when it is called, and what it works with when it works: most of the
time of a short command is spent on loading.
"""

import contextlib
import inspect
import signal
import sys
import threading
import warnings
from collections.abc import Sequence
from typing import Any, cast

from cyclopts import App, CycloptsError, UnknownOptionError, UnusedCliTokensError

from devin_async._version import __version__
from devin_async.base.signals import STOPPING, Terminated, shutdown
from devin_async.cli import pipe_closed
from devin_async.cli.errors import ExitCode, UsageError, exit_code, message
from devin_async.cli.options import Options
from devin_async.cli.output import Output, console_on
from devin_async.cli.static import HELP_WIDTH

__all__ = ["app", "run"]

_PACKAGE = "devin_async.cli.commands"
_COMMANDS = {
    "api": ("api:api", "Send any request, and print the answer's body."),
    "audit-logs": ("audit_logs:audit_logs", "List, export, follow and verify audit logs."),
    "completion": ("completion:completion", "Print the completion script of a shell."),
    "consumption": ("consumption:consumption", "Show how many ACUs were used."),
    "demo": ("demo:demo", "Run a health check over all organizations of a sandbox."),
    "doctor": ("doctor:doctor", "Examine the way to the API, and what the key may do there."),
    "fan-out": ("fan_out:fan_out", "Start a session with the same prompt in organizations."),
    "orgs": ("orgs:orgs", "List the organizations of the enterprise."),
    "profile": ("profile:profile", "Tell which profiles there are."),
    "sandbox": ("sandbox:sandbox", "Serve a fake Devin API, or run a command against one."),
    "sessions": ("sessions:sessions", "List, start, follow and end sessions."),
    "whoami": ("whoami:whoami", "Tell who the key belongs to."),
}
_ENDED_BY = {
    signal.SIGINT: ("interrupted", ExitCode.INTERRUPTED),
    signal.SIGTERM: ("terminated", ExitCode.TERMINATED),
}

app = App(
    name="devin-async",
    version=__version__,
    version_flags=["--version"],
    help_format="plaintext",  # for markup cyclopts loads parsers, which take as long as all else
    help="Work with the Devin API. The key is read from DEVIN_API_KEY, or as a profile says.",
)
for _name, (_place, _help) in _COMMANDS.items():
    app.command(f"{_PACKAGE}.{_place}", name=_name, help=_help)


def run(words: Sequence[str]) -> int:
    """Run the command that *words* name and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A name outside the terminal's character set shows as escapes and ends nothing.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    output = Output()

    def show_warning(text: Warning | str, *_: object, **__: object) -> None:
        output.note(str(text), style="yellow")

    warnings.showwarning = cast("Any", show_warning)
    try:
        with shutdown():
            return _run(words, output)
    except Terminated as end:
        return _ended_by(end.signal, output)
    except KeyboardInterrupt:
        return _ended_by(signal.SIGINT, output)
    except BrokenPipeError:
        return pipe_closed()


def _ended_by(number: signal.Signals, output: Output) -> ExitCode:
    if threading.current_thread() is threading.main_thread():
        for other in (signal.SIGINT, *STOPPING):  # a second one would change how it ends
            signal.signal(other, signal.SIG_IGN)
    text, code = _ENDED_BY.get(number, ("hung up", ExitCode.HUNG_UP))
    output.note(text, style="yellow")
    return code


def _run(words: Sequence[str], output: Output) -> int:
    debug = False
    help_console = console_on(sys.stdout, most=HELP_WIDTH)
    try:
        command, bound, _ = app.parse_args(
            words, console=help_console, print_error=False, exit_on_error=False
        )
        debug = any(
            isinstance(argument, Options) and argument.debug
            for argument in bound.arguments.values()
        )
        return _finish(command(*bound.args, **bound.kwargs), output)
    except BrokenPipeError:
        raise
    except CycloptsError as error:
        return _fail(UsageError(_misunderstood(error)), output, debug=debug)
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets one line
        return _fail(error, output, debug=debug)


def _misunderstood(error: CycloptsError) -> str:
    """Tell what of the words is wrong, and whose help tells what is allowed."""
    text = str(error)
    if isinstance(error, UnusedCliTokensError):
        text = f"Unexpected: {' '.join(map(repr, error.unused_tokens or ()))}."
    command = " ".join(("devin-async", *(error.command_chain or ())))
    if isinstance(error, UnknownOptionError) and " " in (dashed := error.token.value or ""):
        # No option has a space: it is a text that begins with a dash.
        text += f" A text that begins with a dash is given after --, as in: -- {dashed!r}"
    return f"{text} See `{command} --help`"


def _finish(result: Any, output: Output) -> int:
    """Wait for what a command gave; commands without an exit code are done."""
    if inspect.isawaitable(result):
        from devin_async.cli.running import run_async  # noqa: PLC0415 - help needs no event loop

        result = run_async(result, output)
    code: int | None = result
    return code or ExitCode.DONE


def _fail(error: Exception, output: Output, *, debug: bool) -> int:
    if debug:
        import traceback  # noqa: PLC0415 - few errors show it

        with contextlib.suppress(OSError):  # stderr is gone
            traceback.print_exception(error)
    output.note(message(error))
    return exit_code(error)
