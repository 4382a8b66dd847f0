"""Attachments through the client: streamed up, and down to disk."""

import asyncio
import io

import aiohttp
import pytest
from scripted_server import KEY, answer

from devin_async import DevinClient, InvalidArgumentError, NotFoundError, ResponseTooLargeError
from devin_async.base.writes import watch_writes
from devin_async.sandbox import Sandbox


@pytest.fixture
async def sandbox():
    async with Sandbox(organizations=1, audit_logs=10) as running:
        yield running


@pytest.fixture
async def attachments(sandbox):
    async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
        yield devin.organization(sandbox.organization_ids[0]).attachments


CONTENT = bytes(range(256)) * 2_000


async def pieces():
    for start in range(0, len(CONTENT), 100_000):
        yield CONTENT[start : start + 100_000]


async def test_a_file_goes_up_from_a_path_and_comes_down_to_a_directory(attachments, tmp_path):
    source = tmp_path / "data.bin"
    source.write_bytes(CONTENT)
    made = await attachments.upload(source)
    assert made.name == "data.bin"
    target = tmp_path / "down"
    target.mkdir()
    saved = await attachments.download(made.attachment_id, made.name, target)
    assert saved == target / "data.bin"
    assert saved.read_bytes() == CONTENT


async def test_a_file_goes_up_from_bytes_and_from_an_async_iterable(attachments, tmp_path):
    for number, file in enumerate((CONTENT, pieces())):
        made = await attachments.upload(file, name=f"{number}.bin", content_type="image/png")
        saved = await attachments.download(made.attachment_id, made.name, tmp_path)
        assert saved.read_bytes() == CONTENT


@pytest.mark.parametrize("kind", [LookupError, OSError, TimeoutError, ConnectionResetError])
async def test_what_an_iterable_raises_is_raised_as_it_is_and_nothing_is_repeated(
    connect, server, events, kind
):
    async def broken():
        yield b"x"
        await asyncio.sleep(0)
        raise kind("mine")

    devin = connect(server.url)
    writes = watch_writes()
    with pytest.raises(kind, match=r"^mine$"):
        await devin.organization("org-1").attachments.upload(broken(), name="a")
    assert [event.kind for event in events if event.kind == "request"] == ["request"]
    assert not writes  # the server never had all of it


async def test_an_iterable_that_gives_no_bytes_is_told_so(connect, server):
    async def texts():
        yield "text"

    devin = connect(server.url)
    with pytest.raises(InvalidArgumentError) as caught:
        await devin.organization("org-1").attachments.upload(texts(), name="a")
    assert caught.value.message == "file gave a str; allowed: bytes"


async def test_an_open_file_goes_up_from_where_it_is_and_stays_open(attachments, tmp_path):
    source = tmp_path / "data.bin"
    source.write_bytes(b"head" + CONTENT)
    with source.open("rb") as buffered, source.open("rb", buffering=0) as bare:
        for number, file in enumerate((buffered, bare, io.BytesIO(b"head" + CONTENT))):
            file.seek(4)
            made = await attachments.upload(file, name=f"{number}.bin")
            saved = await attachments.download(made.attachment_id, made.name, tmp_path)
            assert saved.read_bytes() == CONTENT
            assert not file.closed


async def test_of_a_file_that_does_not_block_no_part_is_taken_for_the_whole(attachments):
    class Pipe(io.RawIOBase):
        pieces = [None, b"first"]  # noqa: RUF012

        def readable(self):
            return True

        def read(self, _):
            return self.pieces.pop()

    with pytest.raises(InvalidArgumentError, match="file does not wait"):
        await attachments.upload(Pipe(), name="a")


async def test_a_file_that_cannot_be_read_is_refused_before_a_request(
    attachments, sandbox, tmp_path
):
    closed = io.BytesIO(b"x")
    closed.close()
    with (tmp_path / "new").open("wb") as for_writing:
        for file in (closed, for_writing):
            with pytest.raises(InvalidArgumentError, match="is closed, or not open for reading"):
                await attachments.upload(file, name="a")
    assert not sandbox.requests


async def test_an_upload_says_how_it_is_written_whatever_the_headers_of_others_say(server):
    async with aiohttp.ClientSession(headers={"Content-Type": "application/json"}) as session:
        for options in ({"session": session}, {"headers": {"content-type": "application/json"}}):
            server.script = [answer(200, {"attachment_id": "a", "name": "n", "url": "u"})]
            async with DevinClient(KEY, base_url=server.url, **options) as devin:
                await devin.organization("org-1").attachments.upload(b"text", name="n")
            received = server.requests[-1]
            kind, _, boundary = received.headers["content-type"].partition("; boundary=")
            assert kind == "multipart/form-data"
            assert received.body.startswith(b"--" + boundary.encode())


@pytest.mark.parametrize(
    "name",
    [
        "my report ü.txt",
        "中文.md",
        "emoji😀.png",
        'quote".txt',
        "back\\slash.txt",
        "semi;colon.txt",
        "100%.txt",
        "a%20b.txt",
        "a+b&c=d.txt",
        "e\u0301.txt",
    ],
)
async def test_a_file_keeps_its_name_and_is_found_by_it(attachments, tmp_path, name):
    made = await attachments.upload(b"content", name=name)
    assert made.name == name
    saved = await attachments.download(made.attachment_id, name, tmp_path / "saved")
    assert saved.read_bytes() == b"content"


async def test_what_is_no_file_is_refused_before_it_is_sent(attachments, sandbox):
    sent = len(sandbox.requests)
    with open(__file__, encoding="utf-8") as text:  # noqa: ASYNC230, PTH123
        for file in ((piece for piece in [b"a"]), ["a"], None, 5, text):
            with pytest.raises(
                InvalidArgumentError,
                match="allowed: a str or a path or bytes or a file that is open for reading bytes "
                "or an unbuffered one or an async iterable",
            ):
                await attachments.upload(file, name="a.bin")
    assert len(sandbox.requests) == sent


async def test_the_key_does_not_go_along_to_the_storage(attachments, sandbox, tmp_path):
    made = await attachments.upload(CONTENT, name="a.bin")
    await attachments.download(made.attachment_id, made.name, tmp_path)
    assert "authorization" in sandbox.requests[-2].headers
    assert "authorization" not in sandbox.requests[-1].headers


async def test_a_download_that_is_too_large_leaves_nothing(attachments, tmp_path):
    made = await attachments.upload(CONTENT, name="a.bin")
    with pytest.raises(ResponseTooLargeError, match="larger than 1000 bytes"):
        await attachments.download(made.attachment_id, made.name, tmp_path, max_bytes=1000)
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_is_there_is_replaced_only_when_asked(attachments, tmp_path):
    made = await attachments.upload(CONTENT, name="a.bin")
    (tmp_path / "a.bin").write_text("mine")
    with pytest.raises(InvalidArgumentError, match="exists already; pass overwrite=True"):
        await attachments.download(made.attachment_id, made.name, tmp_path)
    assert (tmp_path / "a.bin").read_text() == "mine"
    await attachments.download(made.attachment_id, made.name, tmp_path, overwrite=True)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\0b", "a/b", "a\\b", "..x/..", " .", "a\nb", "n" * 256]
)
async def test_a_name_that_is_not_safe_in_a_directory_is_refused(
    attachments, sandbox, tmp_path, name
):
    with pytest.raises(InvalidArgumentError, match="not safe in a directory"):
        await attachments.download("uuid", name, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert not sandbox.requests


async def test_an_unsafe_name_may_become_a_file_that_the_caller_names(attachments, tmp_path):
    made = await attachments.upload(CONTENT, name="a:b?.bin")
    saved = await attachments.download(made.attachment_id, made.name, tmp_path / "mine.bin")
    assert saved.read_bytes() == CONTENT


async def test_what_cannot_be_uploaded_is_refused_before_a_request(attachments, sandbox, tmp_path):
    with pytest.raises(InvalidArgumentError, match="allowed: a file that exists"):
        await attachments.upload(tmp_path / "missing")
    with pytest.raises(InvalidArgumentError, match="name is missing"):
        await attachments.upload(b"x")
    with pytest.raises(InvalidArgumentError, match="name is no text of one line"):
        await attachments.upload(b"x", name="a\nb")
    (tmp_path / "caf\udce9").write_bytes(b"x")
    with pytest.raises(InvalidArgumentError, match="name is no text of one line"):
        await attachments.upload(tmp_path / "caf\udce9")
    with pytest.raises(InvalidArgumentError, match="content_type is no text of one line"):
        await attachments.upload(b"x", name="a", content_type="a/b\r\nX: y")
    with pytest.raises(InvalidArgumentError, match="there is no directory"):
        await attachments.download("uuid", "a.bin", tmp_path / "missing" / "a.bin")
    assert not sandbox.requests


async def test_an_attachment_that_is_not_there_is_not_found(attachments, tmp_path):
    with pytest.raises(NotFoundError):
        await attachments.download("00000000", "a.bin", tmp_path)
