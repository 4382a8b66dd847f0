"""A process that has loaded the package, and forks for each program that it is asked to run.

`forked.py` starts it and asks it, by one connection a program; it ends with the process that
started it. A program gets the environment, the folder and the streams of the request, and ends as
one that Python was started with, by its exit handlers and with their warnings.
"""

import fcntl
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import termios
import time
from pathlib import Path
from types import ModuleType

COMMANDS = ("api", "audit_logs", "demo", "fan_out", "orgs", "session_jobs", "sessions", "whoami")
LOADED = (
    "asyncio",
    "aiohttp",
    "devin_async.cli.app",
    *(f"devin_async.cli.commands.{name}" for name in COMMANDS),
    "devin_async.client",
    "devin_async.resources.consumption",
    "devin_async.resources.sessions",
    "devin_async.sandbox",
    "devin_async.transport.transport",
    "pytest",
)
OTHERS_PATH = sys.path[2:]  # without the folder of this file and what PYTHONPATH says


def next_program(listening: socket.socket) -> dict:
    """Give a program to run, in a process of its own, or end with the one that asks."""
    asking = os.getppid()
    listening.settimeout(1)
    while os.getppid() == asking:
        try:
            connection = listening.accept()[0]
        except TimeoutError:
            continue
        if os.fork() == 0:
            listening.close()
            connection.settimeout(None)
            return program_of(connection)
        connection.close()
    os._exit(0)


def program_of(connection: socket.socket) -> dict:
    """Read what to run and give it in a child; wait for that, and tell its code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked, streams, _, _ = socket.recv_fds(connection, 1 << 16, 3)
    while not asked.endswith(b"\n"):
        asked += connection.recv(1 << 16)
    child = os.fork()
    if child == 0:
        return json.loads(asked) | {"streams": streams, "connection": connection}
    for stream in streams:  # else nobody would see that the child has closed them
        os.close(stream)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    connection.sendall(b"%d\n" % code)
    os._exit(0)


def become(program: dict) -> None:
    """Take over the streams, folder, environment and arguments of *program*, and say so."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    take_over_streams(program["streams"], on_terminal=program["on_terminal"])
    os.chdir(program["folder"])
    os.environ.clear()
    os.environ.update(program["environment"])
    time.tzset()
    paths = program["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = [*filter(None, paths), *OTHERS_PATH]
    sys.argv[:] = program["command"]
    # Before this, a signal would have been lost.
    program["connection"].sendall(b"%d\n" % os.getpid())
    program["connection"].close()


def take_over_streams(streams: list[int], *, on_terminal: bool) -> None:
    """Make *streams* those of this process, as Python does at its start."""
    if on_terminal:
        os.setsid()
        fcntl.ioctl(streams[0], termios.TIOCSCTTY, 0)
    for number, (name, stream) in enumerate(
        zip(("stdin", "stdout", "stderr"), streams, strict=True)
    ):
        os.dup2(stream, number)
        os.close(stream)
        before = getattr(sys, name)
        taken = open(  # noqa: SIM115 - it lives as long as the process
            number,
            "w" if number else "r",
            encoding=before.encoding,
            errors=before.errors,
            newline="\n",
            closefd=False,
        )
        taken.reconfigure(line_buffering=number == 2 or taken.isatty())
        setattr(sys, name, taken)
        setattr(sys, f"__{name}__", taken)


def run(command: list[str]) -> None:
    """Run a path, `-m` and a module, or `-c` and a text, as the main program."""
    first, *rest = command
    if first == "-c":
        source = rest.pop(0)
        sys.argv[:] = [first, *rest]
        sys.path.insert(0, "")
        sys.modules["__main__"] = main = ModuleType("__main__")
        exec(compile(source, "<string>", "exec"), main.__dict__)
    elif first == "-m":
        sys.argv[:] = rest
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(first).parent))
        runpy.run_path(first, run_name="__main__")


signal.signal(signal.SIGINT, signal.SIG_IGN)  # typed on the terminal, it is for pytest
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that the system forgets those that ended
with socket.socket(socket.AF_UNIX) as listening:
    listening.bind(sys.argv[1])
    listening.listen()
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    os.write(1, b"ready\n")
    program = next_program(listening)
become(program)
run(program["command"])
