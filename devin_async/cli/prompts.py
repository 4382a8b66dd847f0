"""Texts that are typed, in a file or on stdin, and questions that are asked."""

import os
import sys
from pathlib import Path
from typing import IO

from devin_async.cli.errors import UsageError

__all__ = ["ask", "can_ask", "read_bytes", "read_text"]

_BOM = "\ufeff"
_OTHER_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_YES = ("y", "yes")
_LONGEST_ANSWER = 1024


def read_text(name: str, text: str | None, file: Path | None = None) -> str:
    """Return what was typed, or what the file holds, or all of stdin if neither was given.

    Raises:
        UsageError: It is empty or no UTF-8, both were given, the file cannot be read, or somebody
            would have to type it on stdin.
    """
    if text is not None and file is not None:
        raise UsageError(f"{name} and --file exclude each other")
    if file is not None:
        text = _read_file(name, file)
    elif text is None:
        text = _decoded(name, read_stdin(name), "stdin").strip()
    if not text.strip():
        raise UsageError(f"{name} is empty; allowed: a text, also by --file or on stdin")
    return text


def read_bytes(option: str, source: str) -> bytes:
    """Return what `@FILE` or `-` (stdin) stand for, else the text itself.

    Raises:
        UsageError: It cannot be read.
    """
    if source in {"-", "@-"}:
        return read_stdin(option)
    if not source.startswith("@"):
        return source.encode("utf-8", "surrogatepass")
    try:
        return Path(source[1:]).read_bytes()
    except OSError as error:
        raise UsageError(f"{option} is {source!r}, which cannot be read: {_why(error)}") from None


def read_stdin(name: str) -> bytes:
    """Read all of stdin.

    Raises:
        UsageError: It is closed, or a terminal, where somebody would have to type it.
    """
    stdin: IO[str] | None = sys.stdin  # None if who started the command closed it
    if stdin is None or stdin.isatty():
        raise UsageError(f"{name} is missing; allowed: a text, or one by --file or on stdin")
    buffer: IO[bytes] | None = getattr(stdin, "buffer", None)
    return stdin.read().encode() if buffer is None else buffer.read()


def _read_file(name: str, file: Path) -> str:
    if str(file) == "-":
        return _decoded(name, read_stdin(name), "stdin").strip()
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"--file is {str(file)!r}, which cannot be read: {_why(error)}") from None
    return _decoded(name, content, str(file)).strip()


def _decoded(name: str, content: bytes, source: str) -> str:
    """Decode UTF-8, with or without a byte order mark."""
    if encoding := _OTHER_BOMS.get(content[:2]):
        raise UsageError(f"{name} is read from {source}, which is {encoding}; allowed: UTF-8")
    if (place := content.find(b"\0")) >= 0:
        raise UsageError(
            f"{name} is read from {source}, which has a NUL at position {place}, as UTF-16 without "
            "a byte order mark has; allowed: UTF-8"
        )
    try:
        return content.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise UsageError(
            f"{name} is read from {source}, which is not UTF-8: byte 0x{content[error.start]:02x} "
            f"at line {line}, byte {column} of it (position {error.start})"
        ) from None


def _why(error: OSError) -> str:
    return error.strerror or str(error)


def can_ask() -> bool:
    """Tell whether somebody is there to answer: stdin and stderr are a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


async def ask(question: str) -> bool:
    """Ask on the terminal; anything but a yes is a no, and so is the end of input."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    try:
        answer = await _answer()
    except BaseException:
        sys.stderr.write("\n")
        raise
    if not answer:
        sys.stderr.write("\n")
    return answer.strip().lower() in _YES


async def _answer() -> str:
    """Wait for a line in the loop, where Ctrl-C is heard; `input` would go on waiting."""
    import asyncio  # noqa: PLC0415 - help needs none

    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    number = sys.stdin.fileno()
    try:
        loop.add_reader(number, ready.set)
    except NotImplementedError:  # Windows' loop waits for sockets only
        return await asyncio.to_thread(sys.stdin.readline)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(number)
    return os.read(number, _LONGEST_ANSWER).decode("utf-8", "replace")
