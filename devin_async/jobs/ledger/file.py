"""The file of a ledger: an SQLite database that several processes write, step by step.

All of this blocks, so it runs in a thread. One transaction holds many steps, and is on the disk
(WAL, `synchronous=FULL`) before any of them is answered.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from devin_async.base.clock import clock_in_use
from devin_async.base.locks import OwnerLock, is_owned, remove_leftovers
from devin_async.errors import LedgerError
from devin_async.jobs.ledger.rules import Claim, State, claim_of, settled_states

__all__ = ["LedgerFile", "Step", "read_run"]

Step = Callable[["LedgerFile"], Any]

_APPLICATION = 0x44764C67
_FORMAT = 1
_PRIVATE = 0o600
_PRIMARY = 0xFF  # of an error's code; the rest says which kind of it
_PATIENCE = 60.0
_PAUSE = 0.02
_ORPHANED = "its process ended while it ran"
_TABLES = (
    "CREATE TABLE runs (run TEXT PRIMARY KEY, source TEXT NOT NULL, created REAL NOT NULL)",
    """CREATE TABLE items (
        run TEXT NOT NULL,
        key TEXT NOT NULL,
        state TEXT NOT NULL,
        former TEXT NOT NULL,
        place INTEGER NOT NULL,
        owner TEXT,
        started REAL,
        ended REAL,
        recorded TEXT,
        error TEXT,
        PRIMARY KEY (run, key)
    ) WITHOUT ROWID""",
)


class LedgerFile:
    """One run of a ledger, as one fan-out writes it.

    Args:
        path: The database; made if it is missing, for its owner alone.
        run: Name of the run.
        retry_failed: Whether failed items run again.
        rerun_unknown: Whether unknown ones do.
    """

    def __init__(self, path: Path, run: str, *, retry_failed: bool, rerun_unknown: bool) -> None:
        self.path = path
        self.run = run
        self._again = {"retry_failed": retry_failed, "rerun_unknown": rerun_unknown}
        self._clock = clock_in_use()
        self._lock = OwnerLock(path)
        self._connection: sqlite3.Connection | None = None

    def open(self, source: str, keys: Sequence[str] | None) -> Mapping[str, State]:
        """Open the run, or begin it, and give what is settled: nothing runs such a key again.

        Rows that a process left started which has ended are unknown from now on.

        Args:
            source: What the run is made from.
            keys: Those of the source's items, where they are all known.

        Raises:
            LedgerError: It is no ledger, or the run is made from another source.
        """
        with _explained(self.path):
            self._connection = _open_for_writing(self.path)
            self._lock.acquire()
            with self._transaction():
                self._begin(source)
                self._give_up_orphans()
                if keys is not None:
                    self._add_pending(keys)
                return self._settled()

    def close(self) -> None:
        """Let go of the file; what is still started is left to the next start."""
        connection, self._connection = self._connection, None
        with _explained(self.path):
            try:
                if connection is not None:
                    connection.close()
            finally:
                self._lock.release()

    def commit(self, steps: Sequence[Step]) -> list[Any]:
        """Take *steps* in one transaction, and give what each one found.

        Raises:
            LedgerError: None of them is on the disk.
        """
        with _explained(self.path), self._transaction():
            return [step(self) for step in steps]

    def claim(self, key: str, place: int) -> tuple[Claim, State]:
        """Mark an item as started if it is to run now; give the state that its row had, too."""
        row = self._query(
            "SELECT state, owner FROM items WHERE run = ? AND key = ?", self.run, key
        ).fetchone()
        state: State
        state, owner = ("pending", None) if row is None else row
        claim = claim_of(state, is_own=owner == self._lock.owner, **self._again)
        if claim in {"run", "rerun"}:
            self._query(
                "INSERT INTO items (run, key, state, former, place, owner, started)"
                " VALUES (?, ?, 'started', 'pending', ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET state = 'started', former = state,"
                " place = excluded.place, owner = excluded.owner, started = excluded.started",
                *(self.run, key, place, self._lock.owner, self._clock.time()),
            )
        return claim, state

    def release(self, key: str, place: int) -> None:
        """Put a row back that was claimed for a worker which was never called."""
        self._query(
            "UPDATE items SET state = former, owner = NULL"
            " WHERE run = ? AND key = ? AND place = ? AND owner = ? AND state = 'started'",
            *(self.run, key, place, self._lock.owner),
        )

    def finish(
        self, key: str, place: int, state: State, *, recorded: str | None, error: str | None
    ) -> None:
        """Note how an item ended that this fan-out had started."""
        self._query(
            "UPDATE items SET state = ?, ended = ?, recorded = ?, error = ?"
            " WHERE run = ? AND key = ? AND place = ? AND owner = ? AND state = 'started'",
            *(state, self._clock.time(), recorded, error),
            *(self.run, key, place, self._lock.owner),
        )

    def _begin(self, source: str) -> None:
        now = self._clock.time()
        self._query("INSERT OR IGNORE INTO runs VALUES (?, ?, ?)", self.run, source, now)
        (first,) = self._query("SELECT source FROM runs WHERE run = ?", self.run).fetchone()
        if first != source:
            raise LedgerError(
                f"run {self.run!r} of {str(self.path)!r} was made from {first}, not from {source}",
                hint="Give the source that it was begun with, or another run=.",
                hint_kind="another_run",
            )

    def _give_up_orphans(self) -> None:
        owners = self._query(
            "SELECT DISTINCT owner FROM items WHERE run = ? AND state = 'started'", self.run
        ).fetchall()
        for (owner,) in owners:
            if not is_owned(self.path, owner):
                self._query(
                    "UPDATE items SET state = 'unknown', error = ?, ended = NULL, recorded = NULL"
                    " WHERE run = ? AND state = 'started' AND owner = ?",
                    *(_ORPHANED, self.run, owner),
                )
        remove_leftovers(self.path)

    def _add_pending(self, keys: Sequence[str]) -> None:
        assert self._connection is not None  # noqa: S101 - it was just opened
        self._connection.executemany(
            "INSERT OR IGNORE INTO items (run, key, state, former, place)"
            " VALUES (?, ?, 'pending', 'pending', ?)",
            ((self.run, key, place) for place, key in enumerate(keys)),
        )

    def _settled(self) -> Mapping[str, State]:
        states = settled_states(**self._again)
        marks = ", ".join("?" * len(states))
        found = self._query(
            f"SELECT key, state FROM items WHERE run = ? AND state IN ({marks})",  # noqa: S608 - marks
            *(self.run, *states),
        )
        return dict(found)

    def _query(self, statement: str, *values: Any) -> sqlite3.Cursor:
        assert self._connection is not None  # noqa: S101 - steps are taken while it is open
        return self._connection.execute(statement, values)

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        assert self._connection is not None  # noqa: S101 - steps are taken while it is open
        with _transaction(self._connection):
            yield


def read_run(path: Path, run: str) -> tuple[str, list[Mapping[str, Any]]]:
    """Read a run's source and its rows, also while others write.

    Raises:
        LedgerError: There is no such run.
    """
    if not path.exists():
        raise LedgerError(
            f"there is no ledger {str(path)!r}", hint="The first fan-out that uses one makes it."
        )
    with _explained(path), contextlib.closing(_connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = ON")
        _check_format(connection, path)
        connection.execute("BEGIN")  # one view of both tables
        runs: dict[str, str] = {}
        if not _is_new(connection):  # another process may be about to make the tables
            runs.update(connection.execute("SELECT run, source FROM runs"))
        if run not in runs:
            known = ", ".join(map(repr, runs)) or "none"
            raise LedgerError(f"{str(path)!r} has no run {run!r}; it has: {known}")
        rows = connection.execute("SELECT * FROM items WHERE run = ? ORDER BY place, key", (run,))
        return runs[run], [_as_found(path, dict(row)) for row in rows.fetchall()]


def _as_found(path: Path, row: dict[str, Any]) -> Mapping[str, Any]:
    """Give a row as the next start will find it, without what is left of an earlier one."""
    if row["state"] != "started":
        return row
    row |= {"error": None, "ended": None, "recorded": None}
    is_alive = is_owned(path, row["owner"])
    return row if is_alive else row | {"state": "unknown", "error": _ORPHANED}


def _connect(path: Path) -> sqlite3.Connection:
    # `mode=rw`: it never makes the file, whose mode would then be up to the umask.
    return sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=_PATIENCE, isolation_level=None
    )


def _open_for_writing(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE))
    connection = _connect(path)
    try:
        _check_format(connection, path)
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        with _transaction(connection):
            if _is_new(connection):
                _make_tables(connection)
        _check_format(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_format(connection: sqlite3.Connection, path: Path) -> None:
    if _is_new(connection):
        return
    application, version = _pragma(connection, "application_id"), _version(connection)
    if application != _APPLICATION:
        raise LedgerError(
            f"{str(path)!r} is a database, but no ledger of ours; it was left alone",
            hint="Give another path.",
        )
    if version > _FORMAT:
        raise LedgerError(
            f"{str(path)!r} was written by a newer version of this package (form {version}, known "
            f"is {_FORMAT}); it was left alone",
            hint="Upgrade this package, or give another path.",
        )


def _is_new(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


def _version(connection: sqlite3.Connection) -> int:
    return _pragma(connection, "user_version")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch the journal; SQLite does not wait here when another process does the same."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & _PRIMARY == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > until:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _make_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {_FORMAT}")


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def _explained(path: Path) -> Generator[None]:
    """Tell in one line what an error of the database or of the disk means for a ledger."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        is_foreign = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB
        raise LedgerError(
            f"{str(path)!r} cannot be used as a ledger: {reason}",
            hint="It was left as it is; give another path."
            if is_foreign
            else "What was committed stays; the same fan-out goes on from there.",
        ) from error
