"""Files that a download becomes: whole or not at all, and nobody else's is lost."""

import asyncio
import errno
import os
import resource

import pytest
from forked import start_python

from devin_async import FileError, InvalidArgumentError, ResponseTooLargeError
from devin_async.base.files import choose_target, save


async def chunks(*pieces, ready=None, go=None):
    for piece in pieces:
        yield piece
        if ready is not None:
            ready.set()
            await go.wait()


async def download(folder, name, content, **waits):
    target = choose_target(folder, name, overwrite=False)
    await save(chunks(content, **waits), target, most_bytes=1000, overwrite=False)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_of_two_downloads_of_one_name_one_says_that_it_exists(tmp_path):
    ready, go = asyncio.Event(), asyncio.Event()
    slow = asyncio.ensure_future(download(tmp_path, "a.pdf", b"slow", ready=ready, go=go))
    await ready.wait()
    await download(tmp_path, "a.pdf", b"quick")
    go.set()
    with pytest.raises(InvalidArgumentError, match=r"a\.pdf' exists already; pass overwrite=True"):
        await slow
    assert files(tmp_path) == {"a.pdf": b"quick"}


async def test_a_file_that_appears_during_a_download_stays(tmp_path):
    ready, go = asyncio.Event(), asyncio.Event()
    target = tmp_path / "notes.txt"
    running = asyncio.ensure_future(download(target, "", b"theirs", ready=ready, go=go))
    await ready.wait()
    target.write_bytes(b"mine")
    go.set()
    with pytest.raises(InvalidArgumentError, match="exists already"):
        await running
    assert files(tmp_path) == {"notes.txt": b"mine"}


async def test_where_there_are_no_hard_links_the_name_is_claimed_first(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    await download(tmp_path, "a.pdf", b"first")
    with pytest.raises(InvalidArgumentError, match="exists already"):
        await save(chunks(b"second"), tmp_path / "a.pdf", most_bytes=1000, overwrite=False)
    assert files(tmp_path) == {"a.pdf": b"first"}


@pytest.mark.parametrize("overwrite", [False, True])
async def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch, overwrite):
    sync, target, synced = os.fsync, tmp_path / "a.bin", []

    def note_sync(handle):
        sync(handle)
        synced.append((os.fstat(handle).st_ino, os.fstat(handle).st_size, target.exists()))

    monkeypatch.setattr(os, "fsync", note_sync)
    await save(chunks(b"ab", b"c"), target, most_bytes=10, overwrite=overwrite)
    assert synced == [(target.stat().st_ino, 3, False)]


async def test_overwriting_replaces_a_file_and_not_what_a_link_leads_to(tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_bytes(b"kept")
    (tmp_path / "a.pdf").symlink_to(kept)
    target = choose_target(tmp_path, "a.pdf", overwrite=True)
    await save(chunks(b"new"), target, most_bytes=1000, overwrite=True)
    assert files(tmp_path) == {"a.pdf": b"new", "kept.txt": b"kept"}
    assert not (tmp_path / "a.pdf").is_symlink()


def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", "/dev/null"):
        with pytest.raises(InvalidArgumentError, match="is no file, and is not replaced"):
            choose_target(place, "a", overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
async def test_a_full_disk_is_an_error_of_ours_and_leaves_nothing(tmp_path, overwrite):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(FileError, match=r"a\.bin' cannot be used: File too large") as caught:
            await save(
                chunks(*[b"x" * 60_000] * 3),
                tmp_path / "a.bin",
                most_bytes=10**6,
                overwrite=overwrite,
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert isinstance(caught.value, OSError)
    assert files(tmp_path) == {}


async def test_a_directory_that_is_gone_is_an_error_of_ours(tmp_path):
    with pytest.raises(FileError, match="cannot be used"):
        await save(chunks(b"x"), tmp_path / "no" / "a", most_bytes=10, overwrite=False)


async def test_what_is_too_large_or_cancelled_leaves_nothing(tmp_path):
    with pytest.raises(ResponseTooLargeError):
        await save(chunks(b"x" * 11), tmp_path / "a", most_bytes=10, overwrite=False)
    ready = asyncio.Event()
    running = asyncio.ensure_future(download(tmp_path, "a", b"x", ready=ready, go=asyncio.Event()))
    await ready.wait()
    assert [name[:10] for name in files(tmp_path)] == [".download-"]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert files(tmp_path) == {}


KILLED = """
import asyncio, sys
from pathlib import Path
from devin_async.base.files import save

async def chunks():
    yield b"x" * 100_000
    print("writing", flush=True)
    await asyncio.sleep(60)

asyncio.run(save(chunks(), Path(sys.argv[1]) / "a", most_bytes=10**6, overwrite=False))
"""


async def test_what_was_killed_is_swept_by_the_next_and_what_is_written_is_not(tmp_path):
    writing = await start_python(
        *("-c", KILLED, str(tmp_path)), folder=tmp_path, environment={}, stderr=2
    )
    assert await writing.stdout.readline() == b"writing\n"
    await download(tmp_path, "first", b"1")
    assert sorted(name[:10] for name in files(tmp_path)) == [".download-", "first"]
    writing.kill()
    await writing.communicate()
    (tmp_path / ".download-of-mine").write_bytes(b"mine")
    await download(tmp_path, "second", b"2")
    assert files(tmp_path) == {"first": b"1", "second": b"2", ".download-of-mine": b"mine"}


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".bashrc",
        "-rf",
        " lead",
        "trail ",
        "a.txt.",
        "a/b",
        "a\\b",
        "c:d",
        "a\x00b",
        "a\nb",
        "\u202eexe.txt",
        "CON",
        "con.txt",
        "nul.txt",
        "NUL .tar.gz",
        "Com1",
        "LPT\u00b9.log",
        "conin$",
        "x" * 256,
        "\u00e9" * 128,
        "\udcff",
    ],
)
def test_a_name_that_is_not_safe_in_a_directory_is_refused(tmp_path, name):
    with pytest.raises(InvalidArgumentError, match="is not safe in a directory; pass a whole"):
        choose_target(tmp_path, name, overwrite=True)


@pytest.mark.parametrize("name", ["a.txt", "console.txt", "my report ü.txt", "x" * 255, "a-b_c~1"])
def test_an_ordinary_name_is_taken(tmp_path, name):
    assert choose_target(tmp_path, name, overwrite=False) == tmp_path / name


def test_a_destination_that_no_system_takes_is_an_error_of_ours(tmp_path):
    with pytest.raises(InvalidArgumentError, match="no file can be called"):
        choose_target("a\0b", "a", overwrite=False)
    with pytest.raises(FileError, match="cannot be used: File name too long"):
        choose_target(tmp_path / ("x" * 300), "a", overwrite=False)
