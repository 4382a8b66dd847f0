"""Running a Python program in a tenth of the time that starting Python and loading us takes."""

import asyncio
import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import warning_filters

ROOT = Path(__file__).parents[1]
PIPE = asyncio.subprocess.PIPE


class Program:
    """A program that runs, with what tests use of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, ending: asyncio.StreamReader) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin: asyncio.StreamWriter | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._end = asyncio.create_task(self._ended(ending))

    async def _ended(self, ending: asyncio.StreamReader) -> int:
        self.returncode = int(await ending.readline())
        return self.returncode

    async def wait(self) -> int:
        return await asyncio.shield(self._end)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def communicate(self, typed: bytes = b"") -> tuple[bytes, bytes]:
        """Write *typed* and close the input; read until the end."""
        _, output, errors = await asyncio.gather(
            self._type(typed), _rest(self.stdout), _rest(self.stderr)
        )
        await self.wait()
        return output, errors

    async def _type(self, typed: bytes) -> None:
        if self.stdin is None:
            return
        with suppress(BrokenPipeError, ConnectionResetError):
            self.stdin.write(typed)
            await self.stdin.drain()
        self.stdin.close()


async def _rest(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()


async def start_python(
    *command: str,
    folder: Path,
    environment: dict[str, str],
    stdin: int = PIPE,
    stdout: int = PIPE,
    stderr: int = PIPE,
    on_terminal: bool = False,
) -> Program:
    """Start the program *command*, with warnings as errors.

    Args:
        command: A path, or `-m` and a module, or `-c` and a text, and arguments.
        folder: Where it runs.
        environment: All its variables; of Python's own, PYTHONPATH alone is followed.
        stdin: What it reads, a descriptor or a pipe.
        stdout: Where its output goes, a descriptor or a pipe.
        stderr: Where its errors go, a descriptor or a pipe.
        on_terminal: The descriptors are a terminal, which shall be its own.
    """
    place = await asyncio.to_thread(_place)
    request = {
        "command": command,
        "folder": str(folder),
        "environment": environment,
        "on_terminal": on_terminal,
    }
    ours: list[int | None] = []
    theirs: list[int] = []
    for number, stream in enumerate((stdin, stdout, stderr)):
        if stream == PIPE:
            reading, writing = os.pipe()
            ours.append(reading if number else writing)
            theirs.append(writing if number else reading)
        else:
            ours.append(None)
            theirs.append(os.dup(stream))
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(place)
    socket.send_fds(connection, [b" "], theirs)
    for stream in theirs:
        os.close(stream)
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    writer.write(json.dumps(request).encode() + b"\n")
    program = Program(int(await reader.readline()), reader)
    program._end.add_done_callback(lambda _: writer.close())
    if ours[0] is not None:
        program.stdin = await _writer(ours[0])
    program.stdout, program.stderr = [
        None if stream is None else await _reader(stream) for stream in ours[1:]
    ]
    return program


async def _reader(pipe: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", buffering=0)
    )
    return reader


async def _writer(pipe: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "wb", buffering=0)
    )
    return asyncio.StreamWriter(transport, protocol, reader, loop)


async def run_python(
    *command: str, folder: Path, environment: dict[str, str], stdin: bytes = b""
) -> tuple[int, str, str]:
    """Run the program *command* to its end.

    Returns:
        Its exit code, output and errors.
    """
    program = await start_python(*command, folder=folder, environment=environment)
    output, errors = await program.communicate(stdin)
    return await program.wait(), output.decode(), errors.decode()


@functools.cache
def _place() -> str:
    """Start the process that forks, for as long as this one lives; give where it listens."""
    folder = TemporaryDirectory(prefix="fork")  # a short path, as a socket's has to be
    place = f"{folder.name}/socket"
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("forking.py")), place],
        env=os.environ
        | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": warning_filters.PYTHONWARNINGS},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    atexit.register(_end, process, folder)
    assert process.stdout.readline() == b"ready\n"
    return place


def _end(process: subprocess.Popen, folder: TemporaryDirectory) -> None:
    process.kill()
    process.wait()
    process.stdout.close()
    folder.cleanup()
