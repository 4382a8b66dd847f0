import gzip
import zlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devin_async.protocol.content import decompressor_of

TEXT = bytes(range(256)) * 4_000
# What it repeats lies as far back as a window of 32 kB reaches.
FAR = Random(7).randbytes(30_000) * 2


def bare(data):
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def read(encoding, content, step=1 << 16):
    decompressor = decompressor_of(encoding)
    pieces = [
        piece
        for start in range(0, len(content), step)
        for piece in decompressor.feed(content[start : start + step])
    ]
    decompressor.finish()
    assert all(len(piece) <= max(step, 1 << 18) for piece in pieces)
    return b"".join(pieces)


@pytest.mark.parametrize("step", [1, 7, 1000, 1 << 30])
def test_what_was_compressed_comes_back_whole(step):
    half = len(TEXT) // 2
    members = gzip.compress(TEXT[:half]) + gzip.compress(TEXT[half:])
    assert read("gzip", gzip.compress(TEXT), step) == TEXT
    assert read("gzip", gzip.compress(FAR), step) == FAR
    assert read("X-GZIP", members, step) == TEXT
    assert read("gzip", members + b"\0" * 512, step) == TEXT
    assert read("deflate", zlib.compress(TEXT), step) == TEXT
    assert read("deflate", bare(TEXT), step) == TEXT
    assert read("deflate", zlib.compress(TEXT) + b"more", step) == TEXT
    assert read("", TEXT[:5000], step) == TEXT[:5000]


def test_a_bomb_comes_in_pieces():
    assert read("gzip", gzip.compress(b"\0" * 50_000_000)) == b"\0" * 50_000_000


def test_no_content_at_all_is_no_content():
    for encoding in ("gzip", "deflate", "identity"):
        assert read(encoding, b"") == b""


@pytest.mark.parametrize("kept", [1, 5, 10, 20, 3000, -9, -8, -1])
def test_what_ends_too_early_is_not_whole(kept):
    for encoding, content in (("gzip", gzip.compress(TEXT)), ("deflate", zlib.compress(TEXT))):
        with pytest.raises(ValueError, match=f"the {encoding} stream ends too early"):
            read(encoding, content[:kept])


def test_a_second_member_that_ends_too_early_is_not_whole():
    with pytest.raises(ValueError, match="the gzip stream ends too early"):
        read("gzip", gzip.compress(TEXT) + gzip.compress(TEXT)[:-1])


def test_what_is_not_compressed_so_is_broken():
    wrong_sum = gzip.compress(TEXT)[:-8] + b"\0" * 8
    for content in (TEXT[1:], wrong_sum, gzip.compress(TEXT) + b"more"):
        with pytest.raises(ValueError, match="the gzip stream is broken"):
            read("gzip", content)
    with pytest.raises(ValueError, match="the deflate stream is broken"):
        read("deflate", b"\xff" * 50)


def test_an_encoding_that_was_not_asked_for_is_not_read():
    assert [decompressor_of(name) for name in ("br", "zstd", "gzip, br", "compress")] == [None] * 4


@given(st.binary(max_size=2000), st.integers(1, 50))
def test_any_content_comes_back_in_any_steps(content, step):
    for encoding, sent in (("gzip", gzip.compress(content)), ("deflate", zlib.compress(content))):
        assert read(encoding, sent, step) == content


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_read_or_refused(content):
    for encoding in ("gzip", "deflate"):
        try:
            read(encoding, content)
        except ValueError as error:
            assert str(error).startswith(f"the {encoding} stream ")  # noqa: PT017
