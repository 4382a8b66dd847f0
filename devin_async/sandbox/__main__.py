"""The sandbox from the command line: serve one, or run a command against one."""

import argparse
import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Sequence

from devin_async.sandbox.sandbox import Sandbox

COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE = 127, 126  # what shells answer
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    split = words.index("--") if "--" in words else len(words)
    parser = _parser()
    options = parser.parse_args(words[:split])
    command = words[split + 1 :]
    if split < len(words) and not command:
        parser.error("a command is expected after --")
    try:
        return asyncio.run(_run(options, command))
    except (OSError, OverflowError, ValueError) as error:
        print(f"devin_async.sandbox: {error}", file=sys.stderr)  # noqa: T201 - a program
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devin_async.sandbox",
        usage="%(prog)s [options] [-- COMMAND ...]",
        description="Serve a fake Devin API, or run COMMAND against one and return its exit code.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 chooses one")
    parser.add_argument("--organizations", type=int, default=3, help="how many there are")
    parser.add_argument("--audit-logs", type=int, default=1000, help="how many are computed")
    parser.add_argument("--sessions", type=int, default=3, help="how many each organization has")
    parser.add_argument("--seed", type=int, default=0, help="decides every name and id")
    parser.add_argument("--speed", type=float, default=1.0, help="sandbox seconds per real second")
    parser.add_argument(
        "--failing-organizations", type=int, default=0, help="how many refuse to create sessions"
    )
    parser.add_argument(
        "--faults", type=float, default=0.0, help="share of requests that something goes wrong with"
    )
    return parser


async def _run(options: argparse.Namespace, command: Sequence[str]) -> int:
    sandbox = Sandbox(
        host=options.host,
        port=options.port,
        organizations=options.organizations,
        audit_logs=options.audit_logs,
        sessions=options.sessions,
        seed=options.seed,
        speed=options.speed,
        failing_organizations=options.failing_organizations,
        faults=options.faults,
        allow_remote=True,  # whoever types an address means it
    )
    async with sandbox:
        return await (_run_command(sandbox, command) if command else _serve(sandbox))


async def _serve(sandbox: Sandbox) -> int:
    """Print how to reach the sandbox, then serve until a signal comes."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stopped.set)
    print(_welcome(sandbox), flush=True)  # noqa: T201 - a program
    await stopped.wait()
    return 0


def _welcome(sandbox: Sandbox) -> str:
    exports = [
        f"export {name}={shlex.quote(value)}" for name, value in _environment(sandbox).items()
    ]
    header = f"Authorization: Bearer {sandbox.token}"
    return "\n".join(
        [
            f"Base URL: {sandbox.url}",
            f"Token: {sandbox.token}",
            *exports,
            f"curl -H {shlex.quote(header)} {sandbox.url}/v3/self",
        ]
    )


def _environment(sandbox: Sandbox) -> dict[str, str]:
    environment = {"DEVIN_BASE_URL": sandbox.url, "DEVIN_API_KEY": sandbox.token}
    if sandbox.organization_ids:
        environment["DEVIN_ORG_ID"] = sandbox.organization_ids[0]
    return environment


async def _run_command(sandbox: Sandbox, command: Sequence[str]) -> int:
    """Run a command that finds the sandbox in its environment, and return its exit code."""
    environment = {**os.environ, **_environment(sandbox)}
    loop = asyncio.get_running_loop()
    started: asyncio.Future[asyncio.subprocess.Process] = loop.create_future()
    for number in _SIGNALS:  # before it starts, so that none falls in between
        loop.add_signal_handler(number, _forward, started, number)
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
    except FileNotFoundError:
        print(f"devin_async.sandbox: {command[0]}: not found", file=sys.stderr)  # noqa: T201
        return COMMAND_NOT_FOUND
    except PermissionError:
        print(f"devin_async.sandbox: {command[0]}: not executable", file=sys.stderr)  # noqa: T201
        return COMMAND_NOT_EXECUTABLE
    started.set_result(process)
    if sys.stdin is not None and sys.stdin.isatty():
        # Ctrl-C on a terminal reaches the command by itself; twice would be once too often.
        loop.add_signal_handler(signal.SIGINT, _leave_to_the_command)
    code = await process.wait()
    return 128 - code if code < 0 else code


def _leave_to_the_command() -> None:
    """Go on until the command has ended."""


def _forward(started: "asyncio.Future[asyncio.subprocess.Process]", number: int) -> None:
    """Send a signal to the command, at once or as soon as it runs."""
    started.add_done_callback(lambda done: _send(done.result(), number))


def _send(process: asyncio.subprocess.Process, number: int) -> None:
    if process.returncode is None:
        process.send_signal(number)


if __name__ == "__main__":
    sys.exit(main())
