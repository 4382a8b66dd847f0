"""Running `devin-async` in this process, which takes milliseconds, and not a second, a command."""

import asyncio
import contextlib
import io
import os
import re
from unittest import mock

from integration_programs import Ended

from devin_async.cli.app import run
from devin_async.sandbox import Sandbox

# What is said of a sandbox whose time runs faster than that of this machine.
_CLOCK = re.compile(r"^devin-async: this machine's clock is .*\n", re.MULTILINE)


async def command(
    *words: object, sandbox: Sandbox, stdin: str | None = "", on_terminal: bool = False, **more: str
) -> Ended:
    """Run it in a thread, with streams of its own, against the sandbox of this loop.

    What is *given* comes on stdin; None closes that. Stdout may say that it is a terminal.
    """
    environment = {name: value for name, value in os.environ.items() if "DEVIN_" not in name}
    environment |= {"DEVIN_API_KEY": sandbox.token, "DEVIN_BASE_URL": sandbox.url} | more
    output, errors = _stream(_Terminal if on_terminal else io.TextIOWrapper), _stream()
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch("sys.stdin", None if stdin is None else io.StringIO(stdin)),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
    ):
        code = await asyncio.to_thread(run, [*map(str, words)])
    return Ended(code, _text(output), _CLOCK.sub("", _text(errors)))


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def _stream(kind: type[io.TextIOWrapper] = io.TextIOWrapper) -> io.TextIOWrapper:
    return kind(io.BytesIO(), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]


def rows(end: Ended) -> list[list[str]]:
    """Give the fields of plain lines."""
    return [line.split("\t") for line in end.output.splitlines()]
