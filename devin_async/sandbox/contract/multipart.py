"""Read `multipart/form-data`: one file, with the name and the type that the client gave it."""

from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value

import attrs

from devin_async.sandbox.base.problems import field_error, invalid

_DEFAULT_TYPE = "application/octet-stream"
# What browsers, and the clients that follow them, escape inside a quoted name.
_ESCAPES = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))


@attrs.frozen
class Upload:
    """Hold one file.

    Attributes:
        name: Its name.
        content_type: Its media type.
        data: Its bytes.
    """

    name: str
    content_type: str
    data: bytes = attrs.field(repr=False)


def read_upload(content_type: str, body: bytes, field: str = "file") -> Upload:
    """Return the file that a form holds under the name *field*.

    Raises:
        Problem: With 422, when there is none.
    """
    for headers, data in _parts(content_type, body):
        name = headers.get_param("name", header="content-disposition")
        file_name = headers.get_filename()
        if name == field and file_name is not None:
            for escape, character in _ESCAPES:
                file_name = file_name.replace(escape, character)
            kind = headers.get("content-type", _DEFAULT_TYPE)
            return Upload(collapse_rfc2231_value(file_name), kind, data)
    raise invalid([field_error(("body", field), "Field required", "missing")])


def _parts(content_type: str, body: bytes) -> list[tuple[Message, bytes]]:
    whole = Message()
    whole["Content-Type"] = content_type
    boundary = whole.get_boundary()
    if boundary is None:
        return []
    # The first boundary follows no line break: adding one makes all of them alike.
    chunks = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    parts: list[tuple[Message, bytes]] = []
    for chunk in chunks[1:]:
        head, separator, data = chunk.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if separator:
            parts.append((HeaderParser().parsestr(head.decode("utf-8", "replace")), data))
    return parts
