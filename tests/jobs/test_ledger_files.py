"""The file of a ledger and the report that is read from it."""

import json
import pickle
import sqlite3
import stat
from contextlib import closing
from datetime import datetime

import attrs
import pytest
from ledger_jobs import KEYS, Work, lost, rejected, run, states

from devin_async import InvalidArgumentError, Ledger, LedgerError


@attrs.frozen
class Named:
    org_id: str
    name: str | None


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "daily.sqlite", run="2026-11-22")


def test_making_a_ledger_makes_no_file(ledger):
    assert not ledger.path.exists()


async def test_the_files_are_for_their_owner_alone(ledger):
    modes = {}

    async def look(item):
        for path in ledger.path.parent.iterdir():
            modes[path.suffix] = stat.S_IMODE(path.stat().st_mode)

    await run(ledger, look)
    assert modes == dict.fromkeys([".sqlite", ".sqlite-wal", ".sqlite-shm", ".lock"], 0o600)


async def test_nothing_but_the_database_is_left(ledger):
    await run(ledger, Work())
    ledger.report()
    assert [path.name for path in ledger.path.parent.iterdir()] == ["daily.sqlite"]


@pytest.mark.parametrize("name", ["daily.sqlite.lock", "daily.sqlite.notes.lock"])
async def test_a_lock_file_of_somebody_else_is_left_alone(ledger, name):
    theirs = ledger.path.with_name(name)
    theirs.write_text("theirs")
    await run(ledger, Work())
    assert theirs.read_text() == "theirs"


async def test_a_ledger_can_be_pickled(ledger):
    await run(ledger, Work())
    assert states(pickle.loads(pickle.dumps(ledger))) == states(ledger)


async def test_a_ledger_of_a_relative_path_stays_where_it_was_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ledger = Ledger("daily.sqlite", run="a")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    await run(ledger, Work())
    assert (tmp_path / "daily.sqlite").exists()


@pytest.mark.parametrize("name", [":memory:", "a?mode=memory", "a%20b#c", "ä.sqlite"])
async def test_a_name_is_a_file_whatever_sqlite_would_make_of_it(tmp_path, name):
    ledger = Ledger(tmp_path / name, run="a")
    await run(ledger, Work())
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert len(states(ledger)) == len(KEYS)


@pytest.mark.parametrize("run_name", ["", "  ", None, 20261122, "2026\ud800"])
def test_a_run_without_a_name_is_refused(tmp_path, run_name):
    with pytest.raises(InvalidArgumentError, match="run is"):
        Ledger(tmp_path / "daily.sqlite", run=run_name)


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(InvalidArgumentError, match="a directory; allowed: a file's name"):
        Ledger(tmp_path, run="a")


def test_a_file_in_a_directory_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(InvalidArgumentError, match="there is no directory"):
        Ledger(tmp_path / "no" / "daily.sqlite", run="a")


async def test_a_file_that_is_no_database_is_refused_and_left_alone(ledger):
    ledger.path.write_text("my shopping list, which is long enough to have no header" * 10)
    before = ledger.path.read_bytes()
    work = Work()
    with pytest.raises(LedgerError, match="cannot be used as a ledger"):
        await run(ledger, work)
    with pytest.raises(LedgerError, match="cannot be read: "):
        ledger.report()
    assert work.calls == {}
    assert ledger.path.read_bytes() == before


async def test_a_database_of_something_else_is_refused_and_left_alone(ledger):
    with closing(sqlite3.connect(ledger.path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerError, match="a database, but no ledger of ours"):
        await run(ledger, Work())
    with pytest.raises(LedgerError, match="a database, but no ledger of ours"):
        ledger.report()
    assert ledger.path.read_bytes() == before


async def test_a_ledger_of_a_newer_version_is_refused(ledger):
    await run(ledger, Work())
    with closing(sqlite3.connect(ledger.path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(LedgerError, match=r"newer version .*\(form 2, known is 1\)"):
        await run(ledger, Work())
    with pytest.raises(LedgerError, match="newer version"):
        ledger.report()


async def test_a_ledger_whose_directory_is_gone_is_refused(tmp_path):
    (tmp_path / "below").mkdir()
    ledger = Ledger(tmp_path / "below" / "daily.sqlite", run="a")
    (tmp_path / "below").rmdir()
    with pytest.raises(LedgerError, match="cannot be used as a ledger"):
        await run(ledger, Work())


def test_a_report_of_a_ledger_that_there_is_not_is_an_error(ledger):
    with pytest.raises(LedgerError, match="there is no ledger"):
        ledger.report()
    assert not ledger.path.exists()


async def test_a_report_of_an_empty_file_is_an_error(ledger):
    ledger.path.touch()
    with pytest.raises(LedgerError, match="has no run '2026-11-22'"):
        ledger.report()


async def test_a_report_of_an_unknown_run_names_the_known_ones(ledger):
    await run(ledger, Work())
    with pytest.raises(LedgerError, match=r"has no run 'b'; it has: '2026-11-22'$"):
        Ledger(ledger.path, run="b").report()


async def test_a_report_counts_what_adds_up(ledger):
    work = Work(org_2=rejected(), org_3=lost(), org_4=lost())
    await run(ledger, work)
    report = ledger.report()
    assert report.counts == {"pending": 0, "started": 0, "done": 5, "failed": 1, "unknown": 2}
    assert sum(report.counts.values()) == len(report.items) == len(KEYS)
    assert report.source.startswith("a collection of 8 keys, digest ")


async def test_a_report_is_a_table(ledger):
    await run(ledger, Work(b=rejected()), ["a", "b"])
    head, first, second, last = ledger.report().table().splitlines()
    assert head.split() == ["KEY", "STATE", "STARTED", "ENDED", "RECORDED", "ERROR"]
    assert first.split()[:2] == ["a", "done"]
    assert first.endswith('{"session_id": "devin-a"}')
    assert second.split()[:2] == ["b", "failed"]
    assert second.endswith("ConflictError: the limit is reached")
    assert second.index("ConflictError") == head.index("ERROR")
    assert last == "2 items: 1 done, 1 failed"


async def test_a_table_has_names_beside_ids_and_fits_where_it_is_shown(ledger):
    async def work(item):
        return {"name": f"Organization {item}", "url": "https://app.devin.ai/sessions/" + "a" * 80}

    await run(ledger, work, ["a", "b"], record=lambda kept: kept)
    wide, narrow = ledger.report().table(), ledger.report().table(width=80)
    assert wide.splitlines()[0].split()[:3] == ["KEY", "NAME", "STATE"]
    assert "a    Organization a  done" in wide
    assert max(map(len, narrow.splitlines())) == 80
    assert max(map(len, wide.splitlines())) > 100


async def test_items_that_failed_or_never_ran_have_their_names_beside_their_keys(ledger):
    organizations = [Named("org-1", "Amber"), Named("org-2", "Birch"), Named("org-3", None)]
    await run(ledger, Work(org_1=rejected()).of("org_id"), organizations)
    report = ledger.report()
    assert [(item.key, item.name) for item in report.items] == [
        ("org-1", "Amber"),
        ("org-2", "Birch"),
        ("org-3", None),
    ]
    assert states(ledger)["org-1"] == "failed"
    lines = report.table(width=80).splitlines()
    assert lines[0].split() == ["KEY", "NAME", "STATE", "RECORDED", "ERROR"]
    assert lines[1].split()[:2] == ["org-1", "Amber"]
    assert [item["name"] for item in json.loads(report.json())["items"]] == ["Amber", "Birch", None]


async def test_a_ledger_of_before_items_had_names_goes_on(ledger):
    await run(ledger, Work(), ["a", "b"])
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as older:
        older.execute("ALTER TABLE items DROP COLUMN name")
    assert [item.name for item in ledger.report().items] == [None, None]
    await run(ledger, Work(), ["a", "b"])
    assert states(ledger) == {"a": "done", "b": "done"}
    with closing(sqlite3.connect(ledger.path)) as now:
        assert "name" in {row[1] for row in now.execute("PRAGMA table_info(items)")}


async def test_a_table_shows_no_character_that_moves_the_cursor(ledger):
    await run(ledger, Work(), ["a\x1b[2J\nb"])
    assert "a\\x1b[2J\\nb" in ledger.report().table()


async def test_a_report_is_json(ledger):
    await run(ledger, Work(b=lost()), ["a", "b"])
    report = json.loads(ledger.report().json())
    assert (report["run"], report["counts"]["done"], report["counts"]["unknown"]) == (
        ledger.run,
        1,
        1,
    )
    first, second = report["items"]
    assert (first["key"], first["recorded"]) == ("a", {"session_id": "devin-a"})
    assert datetime.fromisoformat(first["started_at"]).utcoffset().total_seconds() == 0
    assert second["error"] == "OutcomeUnknownError: the connection broke"


async def test_a_report_can_be_read_while_another_connection_writes(ledger):
    await run(ledger, Work())
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE items SET state = 'failed'")
        assert set(states(ledger).values()) == {"done"}
        writer.execute("COMMIT")
    assert set(states(ledger).values()) == {"failed"}


async def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but a longer text\n" * 10)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="It was left as it is; give another"):
        await run(Ledger(path, run="a"), Work())
    assert path.read_bytes() == before
