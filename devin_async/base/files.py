"""Files of this machine: downloads whole or not at all, and never where the server's words lead."""

import asyncio
import contextlib
import errno
import os
import re
import secrets
import stat
import sys
from collections.abc import AsyncIterable, AsyncIterator, Generator
from pathlib import Path
from typing import Any, cast

from devin_async.base.locks import is_locked_in_place, remove_unlocked
from devin_async.base.text import class_name, is_unicode
from devin_async.errors import DevinError, FileError, InvalidArgumentError, ResponseTooLargeError

__all__ = [
    "absolute_path",
    "check_folder",
    "check_path",
    "check_unicode",
    "choose_target",
    "path_aside",
    "read_path",
    "remove_left_aside",
    "save",
]

_LONGEST_NAME = 255
_PRIVATE = 0o600
_UNFINISHED = re.compile(r"\.download-[0-9a-f]{16}")
_BINARY = getattr(os, "O_BINARY", 0)
# What Windows takes for a device in any directory, whatever follows the first dot:
# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\..*)?",
    re.IGNORECASE | re.DOTALL,
)
# Of a file system that knows no hard links, or lets nobody make them.
_NO_LINKS = frozenset(
    {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK, errno.EINVAL}
)


def choose_target(destination: str | os.PathLike[str], name: str, *, overwrite: bool) -> Path:
    """Choose the file that a download becomes.

    Args:
        destination: A file, or a directory in which the file gets *name*.
        name: The name that the server knows; it comes from some user.
        overwrite: A file that is there already may be replaced.

    Raises:
        InvalidArgumentError: The name is none that is safe in a directory, the directory is
            missing, or the file is there already.
        FileError: The system does not let it be looked at.
    """
    target = read_path("destination", destination)
    with _file_errors(destination):
        if target.is_dir():
            target /= _safe_name(name)
        if not target.parent.is_dir():
            raise InvalidArgumentError(
                f"destination is {str(destination)!r}, but there is no directory "
                f"{str(target.parent)!r}"
            )
        if target.exists():
            if not overwrite:
                raise _exists(target)
            if not target.is_file():  # a device or a pipe would be replaced, not written to
                raise InvalidArgumentError(f"{str(target)!r} is no file, and is not replaced")
    return target


def _exists(target: Path) -> InvalidArgumentError:
    return InvalidArgumentError(f"{str(target)!r} exists already; pass overwrite=True")


@contextlib.contextmanager
def _file_errors(place: str | os.PathLike[str]) -> Generator[None]:
    """Make errors of our tree of what the system says of a file."""
    try:
        yield
    except DevinError:  # some are errors of the system, too
        raise
    except OSError as error:
        raise FileError(
            f"{os.fspath(place)!r} cannot be used: {error.strerror or type(error).__name__}"
        ) from error


def _safe_name(name: str) -> str:
    is_safe = (
        name.isprintable()
        and not any(mark in name for mark in '/\\:*?"<>|')
        and name == name.strip()
        and not name.startswith((".", "-"))
        and not name.endswith(".")
        and name != ""
        and not _DEVICE.fullmatch(name)
        and len(name.encode()) <= _LONGEST_NAME
    )
    if not is_safe:
        raise InvalidArgumentError(
            f"the file's name is {name!r}, which is not safe in a directory; pass a whole file "
            "path as destination"
        )
    return name


async def save(
    chunks: AsyncIterable[bytes], target: Path, *, most_bytes: int, overwrite: bool
) -> None:
    """Write *chunks* to *target*, which appears when it is complete.

    What others left behind in its directory, because they were killed, is taken away.

    Raises:
        ResponseTooLargeError: There is more than *most_bytes*; nothing is left behind.
        InvalidArgumentError: Meanwhile there is such a file, which may not be overwritten.
        FileError: It cannot be written, as on a full disk; nothing is left behind.
    """
    with contextlib.suppress(OSError):  # what can be written in can not always be listed
        await asyncio.to_thread(remove_unlocked, target.parent, _UNFINISHED)
    with _file_errors(target):
        handle, temporary = await asyncio.to_thread(_make_unfinished, target.parent)
    try:
        with _file_errors(target), os.fdopen(handle, "wb") as file:
            async for chunk in _capped(chunks, most_bytes):
                await asyncio.to_thread(file.write, chunk)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
            if sys.platform == "win32":  # where an open file has to keep its name
                file.close()
            _place(temporary, target, overwrite=overwrite)
    finally:
        _discard(temporary)


def _place(temporary: Path, target: Path, *, overwrite: bool) -> None:
    """Give the complete file its name, in one step that looks whether it is free."""
    if overwrite:
        temporary.replace(target)
        return
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _claim(target)
        temporary.replace(target)


def _claim(target: Path) -> None:
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE))
    except FileExistsError:
        raise _exists(target) from None


def _make_unfinished(folder: Path) -> tuple[int, Path]:
    """Make a file that is locked while it is written, by which others know that it is."""
    while True:
        path = folder / f".download-{secrets.token_hex(8)}"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, _PRIVATE)
        try:
            if is_locked_in_place(handle, path):
                return handle, path
        except OSError:  # a file system without locks, where nobody can take it away either
            return handle, path
        os.close(handle)  # one who removes what was left behind came between the two


async def _capped(chunks: AsyncIterable[bytes], most_bytes: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most_bytes:
            raise ResponseTooLargeError(
                f"the download is larger than {most_bytes} bytes; raise max_bytes=, or the "
                "client's max_download_bytes=, if it may be",
                outcome="rejected",
            )
        yield chunk


def _discard(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def read_path(name: str, value: object) -> Path:
    """Read a path that a caller gave.

    Raises:
        InvalidArgumentError: It is none, or one that no file can have.
    """
    try:
        path = Path(cast("Any", value))
    except TypeError:  # a path of bytes, too
        raise InvalidArgumentError(
            f"is {class_name(value)}; allowed: a str or a path", argument=name
        ) from None
    try:
        is_possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        is_possible = False
    if not is_possible:
        raise InvalidArgumentError(f"is {value!r}, which no file can be called", argument=name)
    return path


def absolute_path(name: str, value: object) -> Path:
    """Read a path that a caller gave, which stays the same wherever the process goes.

    Raises:
        InvalidArgumentError: It is none, or one that no file can have.
        FileError: It begins in a directory that is no more.
    """
    path = read_path(name, value)
    with _file_errors(path):
        return path.absolute()


def check_folder(folder: str | os.PathLike[str]) -> None:
    """Check where several exports are to lie.

    Raises:
        InvalidArgumentError: It is no directory.
    """
    if not read_path("folder", folder).is_dir():
        raise InvalidArgumentError(
            f"is {str(folder)!r}; allowed: a directory that is there", argument="folder"
        )


def check_path(path: Path) -> Path:
    """Check where a file of ours is to lie.

    Raises:
        InvalidArgumentError: It is a directory, in none, or a pipe or device, which would be waited
            for.
        FileError: The system does not let it be looked at.
    """
    with _file_errors(path):
        if path.is_dir():
            raise InvalidArgumentError(
                f"is {str(path)!r}, a directory; allowed: a file's name", argument="path"
            )
        if not path.parent.is_dir():
            raise InvalidArgumentError(
                f"is {str(path)!r}, but there is no directory {str(path.parent)!r}", argument="path"
            )
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(path.stat().st_mode):
                raise InvalidArgumentError(
                    f"is {str(path)!r}, which is no regular file", argument="path"
                )
    return path


def check_unicode(text: str) -> None:
    """Check a path, or a name, that is to be written into a file.

    Raises:
        InvalidArgumentError: It has bytes that are no text, as names of older systems may have.
    """
    if not is_unicode(text):
        raise InvalidArgumentError(
            f"is {text!r}, which is no Unicode text; allowed: a path of whole characters",
            argument="path",
        )


def path_aside(path: Path) -> Path:
    """Make a new name beside *path*, for what is to take its place when it is whole."""
    return path.with_name(f".{path.name}-{secrets.token_hex(8)}.tmp")


def remove_left_aside(path: Path) -> None:
    """Remove the files under such names that were left behind by those who were killed."""
    name = re.compile(re.escape(f".{path.name}-") + r"[0-9a-f]{16}\.tmp")
    with contextlib.suppress(OSError):  # what can be written in can not always be listed
        for one in path.parent.iterdir():
            if name.fullmatch(one.name) and stat.S_ISREG(one.lstat().st_mode):
                one.unlink()
