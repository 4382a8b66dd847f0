"""Downloads to disk: whole or not at all, and never where the server's words lead."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

from devin_async.errors import InvalidArgumentError, ResponseTooLargeError

__all__ = ["check_folder", "check_path", "choose_target", "save"]

_LONGEST_NAME = 255


def choose_target(destination: str | os.PathLike[str], name: str, *, overwrite: bool) -> Path:
    """Choose the file that a download becomes.

    Args:
        destination: A file, or a directory in which the file gets *name*.
        name: The name that the server knows; it comes from some user.
        overwrite: A file that is there already may be replaced.

    Raises:
        InvalidArgumentError: The name is none that is safe in a directory, the directory is
            missing, or the file is there already.
    """
    target = Path(destination)
    if target.is_dir():
        target /= _safe_name(name)
    if not target.parent.is_dir():
        raise InvalidArgumentError(
            f"destination is {str(destination)!r}, but there is no directory {str(target.parent)!r}"
        )
    if target.exists() and not overwrite:
        raise InvalidArgumentError(f"{str(target)!r} exists already; pass overwrite=True")
    return target


def _safe_name(name: str) -> str:
    is_safe = (
        name.isprintable()
        and not any(mark in name for mark in '/\\:*?"<>|')
        and name.strip(". ") != ""
        and len(name.encode()) <= _LONGEST_NAME
    )
    if not is_safe:
        raise InvalidArgumentError(
            f"the file's name is {name!r}, which is not safe in a directory; pass a whole file "
            "path as destination"
        )
    return name


async def save(chunks: AsyncIterable[bytes], target: Path, *, most_bytes: int) -> None:
    """Write *chunks* to *target*, which appears when it is complete.

    Raises:
        ResponseTooLargeError: There is more than *most_bytes*; nothing is left behind.
    """
    handle, temporary = tempfile.mkstemp(prefix=".download-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            async for chunk in _capped(chunks, most_bytes):
                await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(os.replace, temporary, target)
    except BaseException:
        _discard(temporary)
        raise


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


def _discard(path: str) -> None:
    with contextlib.suppress(OSError):
        Path(path).unlink()


def check_folder(folder: str | os.PathLike[str]) -> None:
    """Check where several exports are to lie.

    Raises:
        InvalidArgumentError: It is no directory.
    """
    if not Path(folder).is_dir():
        raise InvalidArgumentError(f"folder is {str(folder)!r}; allowed: a directory that is there")


def check_path(path: Path) -> Path:
    """Check where an export is to lie.

    Raises:
        InvalidArgumentError: It is a directory, or in none.
    """
    if path.is_dir():
        raise InvalidArgumentError(f"path is {str(path)!r}, a directory; allowed: a file's name")
    if not path.parent.is_dir():
        raise InvalidArgumentError(
            f"path is {str(path)!r}, but there is no directory {str(path.parent)!r}"
        )
    return path
