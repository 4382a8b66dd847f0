"""A ledger is one file: whatever names lead to it, wherever it lies, whatever befell it."""

import asyncio
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
import warning_filters
from ledger_jobs import KEYS, Work, rejected, run, states, use_file

from devin_async import Ledger, LedgerError
from devin_async.jobs.fan_out import FanOut
from devin_async.jobs.ledger import database
from devin_async.jobs.ledger.file import LedgerFile

NOBODY = "65534"


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "daily.sqlite", run="daily")


@pytest.fixture
def public_folder():
    """Give a folder that each user may look into."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def link_to(ledger, folder, make):
    folder.mkdir()
    path = folder / "other-name.sqlite"
    make(ledger.path, path)
    return Ledger(path, run=ledger.run)


def symlink(target, path):
    path.symlink_to(target)


def hard_link(target, path):
    path.hardlink_to(target)


class Held:
    """Hangs in its first item until it is let go."""

    def __init__(self):
        self.started, self.release = asyncio.Event(), asyncio.Event()

    async def __call__(self, item):
        self.started.set()
        await self.release.wait()
        return {"session_id": f"devin-{item}"}


@pytest.mark.parametrize("make", [symlink, hard_link])
async def test_a_living_owner_is_known_by_whatever_name_the_file_has(ledger, tmp_path, make):
    await run(ledger, Work(org_1=rejected()), KEYS[:1])
    other = link_to(ledger, tmp_path / "elsewhere", make)
    held = Held()
    first = asyncio.create_task(run(ledger, held, KEYS[:1], retry_failed=True))
    await held.started.wait()
    again = Work()
    assert states(other) == {"org-1": "started"}
    await run(other, again, KEYS[:1], retry_failed=True, rerun_unknown=True)
    assert again.calls == {}
    held.release.set()
    await first
    assert states(other) == states(ledger) == {"org-1": "done"}
    assert [path.name for path in other.path.parent.iterdir()] == ["other-name.sqlite"]


async def test_an_owner_by_another_name_is_known_in_another_process(ledger, tmp_path):
    await run(ledger, Work(org_1=rejected()), KEYS[:1])
    other = link_to(ledger, tmp_path / "elsewhere", hard_link)
    held = Held()
    first = asyncio.create_task(run(other, held, KEYS[:1], retry_failed=True))
    await held.started.wait()
    assert await asyncio.to_thread(report_of, ledger.path) == "1 items: 1 started"
    held.release.set()
    await first


def mounting(source, place):
    """Give the command that runs another one where *source* is mounted at *place*, too."""
    mount = f"mount --bind {shlex.quote(str(source))} {shlex.quote(str(place))}"
    return ["unshare", "--mount", "--map-root-user", "sh", "-c", f'{mount} && exec "$@"', "sh"]


def may_mount(folder):
    """Tell whether this user mounts files at all; a container's may not."""
    if shutil.which("unshare") is None:
        return False
    command = [*mounting(folder, folder), "true"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


async def test_an_owner_is_known_where_the_file_alone_is_mounted(ledger, tmp_path):
    if not await asyncio.to_thread(may_mount, tmp_path):
        pytest.skip("nobody may mount a file here")
    await run(ledger, Work(org_1=rejected()), KEYS[:1])
    other = tmp_path / "elsewhere" / "other-name.sqlite"
    other.parent.mkdir()
    other.touch()
    within = mounting(ledger.path, other)
    held = Held()
    first = asyncio.create_task(run(ledger, held, KEYS[:1], retry_failed=True))
    await held.started.wait()
    report = await asyncio.to_thread(report_of, other, within=within)
    assert report == "1 items: 1 started"
    held.release.set()
    await first


async def test_a_copy_is_a_ledger_of_its_own(ledger, tmp_path):
    await run(ledger, Work(), KEYS[:2])
    copy = link_to(ledger, tmp_path / "elsewhere", shutil.copy)
    work = Work()
    await run(copy, work, KEYS[:2])
    assert work.calls == {}
    await run(Ledger(copy.path, run="other"), work, KEYS)
    assert len(work.calls) == len(KEYS)
    with pytest.raises(LedgerError, match="has no run 'other'"):
        Ledger(ledger.path, run="other").report()


@pytest.mark.parametrize("replaces", [False, True], ids=["deleted", "replaced"])
async def test_a_ledger_that_is_taken_away_ends_the_job_before_anything_else_runs(ledger, replaces):
    calls = []

    async def take_away(item):
        calls.append(item)
        if len(calls) == 3:
            ledger.path.unlink()
            if replaces:
                ledger.path.write_bytes(b"")

    job = FanOut(iter(KEYS), take_away, concurrency=1, ledger=ledger)
    with pytest.raises(LedgerError, match="was deleted or replaced while it was used") as caught:
        await job.collect()
    assert caught.value.outcome == "unknown"
    assert calls == KEYS[:3]
    assert [outcome.ok for outcome in job.collected] == [True, True, False]
    assert "could not note it" in str(job.collected[2].error)


async def test_a_ledger_that_is_taken_away_after_the_last_commit_is_told_at_the_end(ledger):
    class TakenAway(LedgerFile):
        def close(self):
            self.path.unlink()
            super().close()

    job = FanOut(KEYS, Work(), concurrency=2, ledger=ledger)
    use_file(job, TakenAway)
    with pytest.raises(LedgerError, match="was deleted or replaced while it was used"):
        await job.collect()
    assert [outcome.ok for outcome in job.collected] == [True] * len(KEYS)


REPORTING = """
import os, sys
import devin_async.jobs.ledger.file  # the interpreter may not be readable for everybody
from devin_async import DevinError, Ledger

path, user = sys.argv[1:]
if user:
    os.setuid(int(user))
try:
    print(Ledger(path, run="daily").report().table())
except DevinError as error:
    print(f"{type(error).__name__}: {error}")
"""


def report_of(path, user="", *, within=()):
    """Give the last line of the report as a process reads it, or how that failed."""
    process = subprocess.run(
        [*within, sys.executable, "-c", REPORTING, path, user],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stderr == ""
    return process.stdout.splitlines()[-1]


def another_user():
    """Give the user who reads: nobody in particular, or this one, who is not almighty either."""
    return NOBODY if os.geteuid() == 0 else ""


needs_users = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other users")


@needs_users
async def test_a_report_is_read_where_nothing_may_be_written(public_folder):
    ledger = Ledger(public_folder / "daily.sqlite", run="daily")
    await run(ledger, Work(org_2=rejected()))
    ledger.path.chmod(0o444)
    public_folder.chmod(0o555)
    try:
        report = await asyncio.to_thread(report_of, ledger.path, another_user())
        assert report == "8 items: 7 done, 1 failed"
        assert [path.name for path in public_folder.iterdir()] == ["daily.sqlite"]
    finally:
        public_folder.chmod(0o755)


@needs_users
async def test_a_report_where_nothing_may_be_written_reads_what_is_in_the_log_alone(public_folder):
    ledger = Ledger(public_folder / "daily.sqlite", run="daily")
    await run(ledger, Work())
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as writer:
        writer.execute("UPDATE items SET state = 'failed' WHERE key = 'org-1'")
        (copies := public_folder / "copies").mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(f"{ledger.path}{suffix}", copies)
    for path in copies.iterdir():
        path.chmod(0o444)
    copies.chmod(0o555)
    try:
        path = copies / "daily.sqlite"
        report = await asyncio.to_thread(report_of, path, another_user())
        assert report == "8 items: 7 done, 1 failed"
    finally:
        copies.chmod(0o755)


@needs_users
async def test_a_report_leaves_nothing_beside_another_users_file(public_folder):
    ledger = Ledger(public_folder / "daily.sqlite", run="daily")
    await run(ledger, Work())
    ledger.path.chmod(0o444)
    public_folder.chmod(0o777)
    report = await asyncio.to_thread(report_of, ledger.path, another_user())
    assert report == "8 items: 8 done"
    assert [path.name for path in public_folder.iterdir()] == ["daily.sqlite"]


@needs_users
async def test_a_report_that_may_not_be_read_says_what_it_takes(public_folder):
    ledger = Ledger(public_folder / "daily.sqlite", run="daily")
    await run(ledger, Work())
    ledger.path.chmod(0o000 if os.geteuid() else 0o600)
    report = await asyncio.to_thread(report_of, ledger.path, another_user())
    assert report.startswith(f"LedgerError: '{ledger.path}' cannot be read: ")
    assert report.endswith("This user has to be allowed to read the file and its folder.")


async def damaged(ledger):
    """Make a ledger of several pages, and overwrite the ones in the middle."""
    await run(ledger, Work(), [f"org-{number}" for number in range(500)], concurrency=100)
    content = bytearray(ledger.path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = b"\xa5" * 8192
    ledger.path.write_bytes(content)
    return bytes(content)


async def test_a_corrupt_ledger_is_told_to_be_so_and_left_as_it_is(ledger):
    content = await damaged(ledger)
    work = Work()
    with pytest.raises(LedgerError, match=r"the ledger '.*' is corrupt: .* Put a sound copy in"):
        await run(ledger, work, iter(KEYS))
    with pytest.raises(LedgerError, match="is corrupt: "):
        ledger.report()
    assert work.calls == {}
    assert ledger.path.read_bytes() == content


async def test_a_ledger_that_was_cut_short_is_told_to_be_corrupt(ledger):
    await run(ledger, Work(), [f"org-{number}" for number in range(500)], concurrency=100)
    with ledger.path.open("r+b") as file:
        file.truncate(3 * 4096)
    with pytest.raises(LedgerError, match="is corrupt: "):
        ledger.report()
    with pytest.raises(LedgerError, match="is corrupt: "):
        await run(ledger, Work(), iter(KEYS))


async def test_a_ledger_of_the_first_version_is_gone_on_with(ledger):
    await run(ledger, Work(), iter(KEYS[:4]))
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE home")
    work = Work()
    await run(ledger, work, iter(KEYS))
    assert sorted(work.calls) == KEYS[4:]
    assert ledger.report().counts["done"] == len(KEYS)


@pytest.mark.parametrize("module", ["sqlite3", "fcntl"])
def test_a_python_without_a_module_of_ledgers_has_all_else(module, tmp_path):
    program = f"""
import sys
sys.modules["{module}"] = None
import asyncio
import devin_async, devin_async.cli
from devin_async import DevinError, Ledger
from devin_async.cli.app import run
from devin_async.jobs.fan_out import FanOut

async def work(item):
    return item

async def main():
    assert len(await FanOut("ab".split(), work, concurrency=1).collect()) == 1
    ledger = Ledger({str(tmp_path / "daily.sqlite")!r}, run="daily")
    try:
        await FanOut(["ab"], work, concurrency=1, ledger=ledger).collect()
    except DevinError as error:
        print(type(error).__name__, error)

assert run(["--version"]) == 0
asyncio.run(main())
"""
    process = subprocess.run(
        [sys.executable, *warning_filters.OPTIONS, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (process.returncode, process.stderr) == (0, "")
    assert module in process.stdout.splitlines()[-1]


async def test_a_row_that_no_fan_out_has_written_is_told_to_be_corrupt(ledger):
    await run(ledger, Work(), KEYS)
    sound = ledger.path.read_bytes()
    for name, value in (
        ("state", "x"),
        ("state", b"done"),
        ("recorded", "{"),
        ("recorded", b"\xff"),
        ("recorded", "[" * 100_000),
        ("started", "noon"),
        ("ended", 1e300),
        ("error", b"\xff"),
        ("place", b"1"),
        ("name", b"\xff"),
    ):
        ledger.path.write_bytes(sound)
        with closing(sqlite3.connect(ledger.path)) as connection, connection:
            connection.execute(f"UPDATE items SET {name} = ? WHERE key = ?", (value, KEYS[0]))
        with pytest.raises(LedgerError, match=rf"is corrupt: the row of {KEYS[0]!r} is none of"):
            ledger.report()


async def test_an_item_whose_row_has_no_state_of_ours_is_not_run(ledger):
    await run(ledger, Work(), KEYS)
    with closing(sqlite3.connect(ledger.path)) as connection, connection:
        connection.execute("UPDATE items SET state = 'x' WHERE key = ?", (KEYS[0],))
    work = Work()
    with pytest.raises(LedgerError, match=rf"corrupt: the row of {KEYS[0]!r} has the state 'x'"):
        await run(ledger, work, KEYS)
    assert work.calls == {}


async def test_a_home_that_is_no_path_is_as_good_as_none(ledger, tmp_path):
    await run(ledger, Work(), KEYS)
    other = tmp_path / "other.sqlite"
    other.hardlink_to(ledger.path)
    for home in (b"\xff", "a\0b", 5, ""):
        with closing(sqlite3.connect(ledger.path)) as connection, connection:
            connection.execute("UPDATE home SET path = ?", (home,))
        database._homes.clear()
        assert set(states(Ledger(other, run=ledger.run)).values()) == {"done"}


class FullDisk(LedgerFile):
    """Finds no room for one more page."""

    def commit(self, steps):
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        self._connection.execute(f"PRAGMA max_page_count = {pages}")
        return super().commit(steps)


async def test_a_full_disk_is_an_error_of_ours_and_what_was_committed_stays(ledger):
    await run(ledger, Work(), iter(["org-1"]))
    work, keys = Work(), [f"org-{number}-{'x' * 3000}" for number in range(1, 9)]
    job = FanOut(iter(keys), work, concurrency=2, ledger=ledger)
    use_file(job, FullDisk)
    with pytest.raises(LedgerError, match="Make room on the disk"):
        await job.collect()
    found = states(ledger)
    assert found["org-1"] == "done"
    assert set(work.calls) <= set(found)
    more = Work()
    await run(ledger, more, iter(keys))
    assert not set(more.calls) & set(work.calls)
    assert set(states(ledger)) == {"org-1", *keys}
