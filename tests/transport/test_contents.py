"""Compressed answers: whole, or tried again where that does no harm."""

import gzip
import json

import pytest
from scripted_server import answer

from devin_async import BadRequestError, ConnectionFailedError, OutcomeUnknownError

WHOLE = gzip.compress(json.dumps({"items": list(range(5000))}).encode())
SPOILED = (WHOLE[: len(WHOLE) // 2], WHOLE[:-8], WHOLE[:-8] + bytes(8), b"no gzip at all")


def gzipped(content, status=200):
    return answer(status, content, Content_Encoding="gzip")


async def test_a_read_whose_compressed_answer_is_not_whole_is_repeated(connect, server):
    for spoiled in SPOILED:
        server.script = [gzipped(spoiled), gzipped(WHOLE)]
        response = await connect(server.url).request("GET", "/v3/x")
        assert len(response.json()["items"]) == 5000
    assert len(server.requests) == 2 * len(SPOILED)
    assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"


async def test_a_read_that_is_never_whole_says_so(connect, server):
    server.script = lambda _: gzipped(WHOLE[:-8])
    with pytest.raises(ConnectionFailedError) as caught:
        await connect(server.url, max_attempts=2).request("GET", "/v3/x")
    assert caught.value.message == "the answer is not whole: the gzip stream ends too early"
    assert len(server.requests) == 2


async def test_a_write_whose_compressed_answer_is_not_whole_is_unknown(connect, server):
    server.script = [gzipped(WHOLE[:-8])]
    with pytest.raises(OutcomeUnknownError, match="not whole") as caught:
        await connect(server.url).request("POST", "/v3/x")
    assert (caught.value.outcome, len(server.requests)) == ("unknown", 1)


async def test_an_encoding_that_was_not_asked_for_is_not_asked_for_again(connect, server):
    server.script = lambda _: answer(200, b"\x0b\x02\x80{}\x03", Content_Encoding="br")
    with pytest.raises(ConnectionFailedError) as caught:
        await connect(server.url).request("GET", "/v3/x")
    assert caught.value.message == (
        "the answer is compressed as 'br', and asked for was gzip, deflate: does a proxy change "
        "what is sent?"
    )
    assert len(server.requests) == 1


async def test_the_status_of_an_error_counts_though_its_words_are_lost(connect, server):
    server.script = [gzipped(WHOLE[:-8], status=400), answer(400, b"x", Content_Encoding="br")]
    for _ in range(2):
        with pytest.raises(BadRequestError, match="the server gave no reason"):
            await connect(server.url).request("GET", "/v3/x")


async def test_members_one_after_the_other_are_one_answer(connect, server):
    text = json.dumps({"items": list(range(5000))}).encode()
    server.script = [gzipped(gzip.compress(text[:9000]) + gzip.compress(text[9000:]))]
    response = await connect(server.url).request("GET", "/v3/x")
    assert len(response.json()["items"]) == 5000
