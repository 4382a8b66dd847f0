"""A process that has loaded the package, and forks for each program that it is asked to run.

`forked.py` starts it and asks it, by one connection a program; it ends with the process that
started it. A program gets the environment, the folder and the streams of the request, and ends as
one that Python was started with, by its exit handlers and with their warnings.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from pathlib import Path

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
)


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
    with connection.makefile("r") as asked:
        request = json.loads(asked.readline())
    child = os.fork()
    if child == 0:
        connection.close()
        return request
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    connection.sendall(b"%d" % code)
    os._exit(0)


def become(program: dict) -> None:
    """Take over the streams, folder, environment and arguments of *program*."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        flags = os.O_WRONLY if number else os.O_RDONLY
        opened = os.open(program[name], flags)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(program["folder"])
    os.environ.clear()
    os.environ.update(program["environment"])
    sys.argv[:] = program["command"]
    sys.path[0] = str(Path(sys.argv[0]).parent)


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
runpy.run_path(sys.argv[0], run_name="__main__")
