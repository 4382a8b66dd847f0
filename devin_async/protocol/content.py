"""Compressed content, decompressed piece by piece, and known to be whole. No I/O.

The HTTP library takes a gzip stream that ends in its middle for a whole one; here its end counts,
and that of each of its members, which are many where a file was written by appending.
"""

import zlib
from collections.abc import Iterator

__all__ = ["ACCEPTED", "Decompressor", "decompressor_of"]

ACCEPTED = "gzip, deflate"
_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 1 << 18


class Decompressor:
    """Gives back what was compressed, or left as it was.

    Args:
        encoding: "gzip", "deflate" or "identity".
    """

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._stream = None if encoding == "identity" else zlib.decompressobj(_GZIP)
        self._has_begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decompress *data*, in pieces of bounded size.

        Raises:
            ValueError: It is not compressed so.
        """
        if self._stream is None:
            yield data
            return
        if data and not self._has_begun:
            self._begin(data)
        is_full = False  # then more may come out, though nothing is left to go in
        while data or is_full:
            piece, data = self._next(data)
            is_full = len(piece) == _PIECE
            if piece:
                yield piece

    def finish(self) -> None:
        """Check that the end was reached.

        Raises:
            ValueError: It was not.
        """
        if self._stream is not None and self._has_begun and not self._stream.eof:
            raise ValueError(f"the {self._encoding} stream ends too early")

    def _begin(self, data: bytes) -> None:
        self._has_begun = True
        if self._encoding == "deflate":
            # Meant is zlib (RFC 9110, 8.4.1.2), but some send the bare stream.
            is_zlib = data[0] & 0x0F == zlib.DEFLATED
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)

    def _next(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the next piece, and what is left of *data*."""
        stream = self._stream
        assert stream is not None  # noqa: S101 - `feed` has asked
        try:
            if stream.eof:
                data = data.lstrip(b"\0")  # padding of tapes and blocks
                if not data or self._encoding != "gzip":
                    return b"", b""
                stream = self._stream = zlib.decompressobj(_GZIP)  # another member
            piece = stream.decompress(data, _PIECE)
        except zlib.error:
            raise ValueError(f"the {self._encoding} stream is broken") from None
        return piece, stream.unused_data or stream.unconsumed_tail


def decompressor_of(encoding: str) -> Decompressor | None:
    """Return what reads content of the Content-Encoding *encoding*; None for one not asked for."""
    name = encoding.strip().lower().removeprefix("x-") or "identity"
    return Decompressor(name) if name in {"gzip", "deflate", "identity"} else None
