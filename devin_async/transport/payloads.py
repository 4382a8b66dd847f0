"""Bodies as aiohttp sends them."""

import asyncio
import io
import os
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Any, cast

import aiohttp

from devin_async.base.text import class_name
from devin_async.errors import InvalidArgumentError
from devin_async.protocol.bodies import Body, JSONBody, MultipartBody, OpenFile

__all__ = ["ShrunkFileError", "SourceError", "payload_of"]

_LARGE_BODY = 1 << 20
_PIECE = 1 << 18


class ShrunkFileError(OSError):
    """A file became shorter while it was sent."""


class SourceError(OSError):
    """What the caller gave to be sent raised, while it was read, the error that is its cause."""


async def _own_pieces(pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Give what the caller's iterable gives; its errors can be told from the connection's."""
    try:
        async for piece in pieces:
            yield _checked(piece)
    except Exception as error:
        raise SourceError from error


async def _read(file: OpenFile) -> AsyncIterator[bytes]:
    """Read a file of the caller's, which stays open: it may block, and so is read in a thread."""
    read: Any = file.read
    while piece := await asyncio.to_thread(read, _PIECE):
        yield piece
    if piece is None:  # as a file that does not block says, and not at its end
        raise InvalidArgumentError(
            "does not wait for what is still to come; allowed: one that blocks", argument="file"
        )


def _checked(piece: object) -> bytes:
    if isinstance(piece, bytes | bytearray | memoryview):
        return cast("bytes", piece)
    raise InvalidArgumentError(f"gave {class_name(piece)}; allowed: bytes", argument="file")


class _WholeFile(io.FileIO):
    """A file that is as long at its end as it was when it was opened.

    Its length was promised to the server, which would wait for the rest until the time is over.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._size = os.fstat(self.fileno()).st_size

    def readinto(self, buffer: Any, /) -> int | None:
        """Read on."""
        count = super().readinto(buffer)
        if not count and len(buffer) and (sent := self.tell()) < self._size:
            self.close()  # aiohttp 3.14.0 leaves what failed open
            raise ShrunkFileError(
                f"the file became shorter while it was sent: {sent} of {self._size} bytes"
            )
        return count


def payload_of(body: Body) -> Any:
    """Return what aiohttp takes as `data=`."""
    if isinstance(body, JSONBody):
        # aiohttp warns about large bytes, because it would write them in one go.
        large = len(body.content) > _LARGE_BODY
        return io.BytesIO(body.content) if large else body.content
    return _multipart(body)


def _multipart(body: MultipartBody) -> aiohttp.MultipartWriter:
    content: Any = body.content
    if isinstance(content, Path):
        content = _opened(content)
    elif isinstance(content, OpenFile):
        content = _own_pieces(_read(content))
    elif isinstance(content, AsyncIterable):
        content = _own_pieces(cast("AsyncIterable[bytes]", content))
    # The name as it is, in UTF-8 (RFC 7578, 5.1): percent-encoded, every parser would keep it so.
    form = aiohttp.FormData(default_to_multipart=True, quote_fields=False)
    form.add_field(
        body.field_name, content, filename=body.file_name, content_type=body.content_type
    )
    return cast("aiohttp.MultipartWriter", form())


def _opened(path: Path) -> io.BufferedReader:
    try:
        return io.BufferedReader(_WholeFile(path))  # closed by aiohttp when it was sent
    except OSError as error:
        raise InvalidArgumentError(
            f"file is {str(path)!r}, which cannot be opened: {error.strerror}"
        ) from None
