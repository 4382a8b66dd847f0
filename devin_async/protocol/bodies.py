"""Request bodies, masked: their repr tells the kind and the size, never the content."""

import io
import os
from collections.abc import AsyncIterable
from pathlib import Path

from attrs import define, field, frozen

from devin_async.base.arguments import check_header_text
from devin_async.base.secret import Secret
from devin_async.base.text import class_name, short_line
from devin_async.errors import InvalidArgumentError

__all__ = ["Body", "JSONBody", "MultipartBody", "OpenFile", "Uploaded", "file_body"]

OpenFile = io.BufferedIOBase | io.RawIOBase
Uploaded = str | os.PathLike[str] | bytes | OpenFile | AsyncIterable[bytes]
"""What can be uploaded: a path, the content, a file that is open for reading bytes, or an async
iterable of pieces."""

_LONGEST_SHOWN = 200


@define(repr=False)  # not frozen, for the same reason as a `Request`
class JSONBody:
    """A JSON document, already encoded.

    Attributes:
        content: The encoded document.
        secrets: Values inside that must not come back in a message.
    """

    content: bytes = field(repr=False)  # some renderers of tracebacks go by the fields
    secrets: tuple[Secret, ...] = ()

    def __repr__(self) -> str:
        return f"<JSON, {len(self.content)} bytes>"


@frozen(repr=False)
class MultipartBody:
    """One file as `multipart/form-data`.

    Attributes:
        content: The file: bytes or a path, or an open file or an async iterable of bytes, which can
            be sent once.
        file_name: The name that the server is told.
        field_name: Name of the form's field.
        content_type: Media type of the file.
    """

    content: bytes | Path | OpenFile | AsyncIterable[bytes] = field(repr=False)
    file_name: str
    field_name: str = "file"
    content_type: str = "application/octet-stream"
    secrets: tuple[Secret, ...] = field(default=(), init=False)

    @property
    def can_repeat(self) -> bool:
        """Tell whether the content can be sent a second time."""
        return isinstance(self.content, bytes | Path)

    def __repr__(self) -> str:
        return f"<multipart/form-data, file {self.file_name!r}>"


Body = JSONBody | MultipartBody


def file_body(file: Uploaded, name: str | None, content_type: str) -> MultipartBody:
    """Write the body that uploads *file*.

    Raises:
        InvalidArgumentError: The file is not there, or its name is not given or none that could be
            sent.
    """
    body = _file_body(file, name, content_type)
    check_header_text("name", body.file_name)
    check_header_text("content_type", content_type)
    return body


def _file_body(file: Uploaded, name: str | None, content_type: str) -> MultipartBody:
    if isinstance(file, str | os.PathLike):
        path = Path(file)
        # Content that is given as a str may be too long for a name: Path would raise, and all of it
        # would be shown.
        if not os.path.isfile(path):  # noqa: PTH113
            shown = short_line(str(path), _LONGEST_SHOWN)
            raise InvalidArgumentError(f"file is {shown!r}; allowed: a file that exists")
        return MultipartBody(path, name or path.name, content_type=content_type)
    if not name:
        raise InvalidArgumentError("name is missing; it is needed unless file is a path")
    if isinstance(file, OpenFile) and (file.closed or not file.readable()):
        raise InvalidArgumentError(
            f"file is {class_name(file)} that is closed, or not open for reading; allowed: one "
            "that can be read"
        )
    return MultipartBody(file, name, content_type=content_type)
