"""Running a Python program in a tenth of the time that starting Python and loading us takes."""

import asyncio
import atexit
import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import warning_filters

ROOT = Path(__file__).parents[1]
STREAMS = ("stdin", "stdout", "stderr")


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


async def run_python(
    *command: str, folder: Path, environment: dict[str, str]
) -> tuple[int, str, str]:
    """Run the program *command*, a path and arguments, in *folder*, with warnings as errors.

    Returns:
        Its exit code, output and errors.
    """
    place = await asyncio.to_thread(_place)
    with TemporaryDirectory(prefix="streams") as name:
        streams = Path(name)
        for stream in STREAMS:
            (streams / stream).touch()
        request = {
            "command": command,
            "folder": str(folder),
            "environment": environment,
            **{stream: str(streams / stream) for stream in STREAMS},
        }
        reader, writer = await asyncio.open_unix_connection(place)
        writer.write(json.dumps(request).encode() + b"\n")
        code = int(await reader.read())
        writer.close()
        await writer.wait_closed()
        return code, (streams / "stdout").read_text(), (streams / "stderr").read_text()
