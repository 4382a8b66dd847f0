"""The file of a ledger: an SQLite database that several processes write, step by step.

All of this blocks, so it runs in a thread. One transaction holds many steps, and is on the disk
before any of them is answered: in the write-ahead log (`synchronous=FULL`), and then in the named
file, so that a copy of that alone has it.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from devin_async.base.clock import clock_in_use
from devin_async.base.locks import OwnerLock, is_owned, remove_leftovers
from devin_async.errors import LedgerError
from devin_async.jobs.ledger.database import (
    Connection,
    Cursor,
    connect,
    corrupt,
    explained,
    has_tables,
    home_of,
    inode_of,
    prepare,
    reading,
    save_into_file,
    transaction,
)
from devin_async.jobs.ledger.rules import STATES, Claim, State, claim_of, settled_states

__all__ = ["LedgerFile", "Step", "read_run"]

Step = Callable[["LedgerFile"], Any]

_ORPHANED = "its process ended while it ran"


class LedgerFile:
    """One run of a ledger, as one fan-out writes it; made by `open`.

    Attributes:
        settled: The keys that nothing runs again, with the states of their rows.
    """

    settled: Mapping[str, State]

    def __init__(
        self, path: Path, run: str, connection: Connection, lock: OwnerLock, **again: bool
    ) -> None:
        self.path = path
        self.run = run
        self.settled = {}
        self._connection = connection
        self._lock = lock
        self._again = again
        self._clock = clock_in_use()
        self._inode = inode_of(path)
        self._is_open = True

    @classmethod
    def open(
        cls,
        path: Path,
        run: str,
        *,
        source: str,
        items: Sequence[tuple[str, str | None]] | None,
        retry_failed: bool,
        rerun_unknown: bool,
    ) -> Self:
        """Open a run, or begin it.

        Rows that a process left started which has ended are unknown from now on.

        Args:
            path: The database; made if it is missing, for its owner alone.
            run: Name of the run.
            source: What the run is made from.
            items: Keys and names of the source's items, where they are all known.
            retry_failed: Whether failed items run again.
            rerun_unknown: Whether unknown ones do.

        Raises:
            LedgerError: It is no ledger, or the run is made from another source.
        """
        again = {"retry_failed": retry_failed, "rerun_unknown": rerun_unknown}
        with explained(path), contextlib.ExitStack() as undo:
            home = home_of(path)
            connection = undo.enter_context(contextlib.closing(connect(home)))
            prepare(connection, home)
            lock = OwnerLock.acquire(home)
            undo.callback(lock.release)
            file = cls(home, run, connection, lock, **again)
            with transaction(connection):
                file._begin(source)
                file._give_up_orphans()
                if items is not None:
                    file._add_pending(items)
                file.settled = file._settled()
            save_into_file(connection)
            undo.pop_all()
        return file

    def close(self) -> None:
        """Let go of the file; what is still started is left to the next start.

        Raises:
            LedgerError: It was taken away meanwhile.
        """
        if not self._is_open:
            return
        self._is_open = False
        with explained(self.path):
            try:
                self._check_place()
            finally:
                try:
                    self._connection.close()
                finally:
                    self._lock.release()

    def commit(self, steps: Sequence[Step]) -> list[Any]:
        """Take *steps* in one transaction, and give what each one found.

        Raises:
            LedgerError: None of them is on the disk.
        """
        with explained(self.path):
            self._check_place()
            with transaction(self._connection):
                answers = [step(self) for step in steps]
            save_into_file(self._connection)
            return answers

    def _check_place(self) -> None:
        """Check that what is written is still the file that the next start will find."""
        if inode_of(self.path) != self._inode:
            raise LedgerError(
                f"the ledger {str(self.path)!r} was deleted or replaced while it was used, so what "
                "was noted in it is lost, in part or whole",
                outcome="unknown",
                hint="Look what was done before the job is started again.",
            )

    def claim(self, key: str, place: int, name: str | None) -> tuple[Claim, State]:
        """Mark an item as started if it is to run now; give the state that its row had, too."""
        if self._start(key, place, name, "pending"):
            return "run", "pending"
        state: State
        state, owner = self._query(
            "SELECT state, owner FROM items WHERE run = ? AND key = ?", self.run, key
        ).fetchone()
        if state not in STATES:
            raise corrupt(self.path, f"the row of {key!r} has the state {state!r}")
        claim = claim_of(state, is_own=owner == self._lock.owner, **self._again)
        if claim in {"run", "rerun"}:
            self._start(key, place, name, state)
        return claim, state

    def _start(self, key: str, place: int, name: str | None, state: State) -> bool:
        """Mark an item as started that has this state, or no row; tell whether there was one."""
        cursor = self._query(
            "INSERT INTO items (run, key, state, former, place, owner, started, name)"
            " VALUES (?, ?, 'started', 'pending', ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET state = 'started', former = state,"
            " place = excluded.place, owner = excluded.owner, started = excluded.started,"
            " name = coalesce(excluded.name, name) WHERE state = ?",
            *(self.run, key, place, self._lock.owner, self._clock.time(), name, state),
        )
        return cursor.rowcount == 1

    def release(self, key: str, place: int) -> None:
        """Put a row back that was claimed for a worker which was not called, or wrote nothing."""
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

    def _add_pending(self, items: Sequence[tuple[str, str | None]]) -> None:
        self._connection.executemany(
            "INSERT OR IGNORE INTO items (run, key, state, former, place, name)"
            " VALUES (?, ?, 'pending', 'pending', ?, ?)",
            ((self.run, key, place, name) for place, (key, name) in enumerate(items)),
        )

    def _settled(self) -> Mapping[str, State]:
        states = settled_states(**self._again)
        marks = ", ".join("?" * len(states))
        rows = self._query(
            f"SELECT key, state FROM items WHERE run = ? AND state IN ({marks})",  # noqa: S608 - marks
            *(self.run, *states),
        )
        return dict(rows)

    def _query(self, statement: str, *values: Any) -> Cursor:
        return self._connection.execute(statement, values)


def read_run(path: Path, run: str) -> tuple[str, list[Mapping[str, Any]]]:
    """Read a run's source and its rows, also while others write, and where nothing can be written.

    Raises:
        LedgerError: There is no such run.
    """
    with explained(path, writes=False):
        if not path.exists():
            raise LedgerError(
                f"there is no ledger {str(path)!r}",
                hint="The first fan-out that uses one makes it.",
            )
        home = home_of(path)
        with reading(home) as connection:
            runs: dict[str, Any] = {}
            if has_tables(connection):  # another process may be about to make them
                runs.update(connection.execute("SELECT run, source FROM runs"))
            if run not in runs:
                others = ", ".join(map(repr, runs)) or "none"
                raise LedgerError(f"{str(path)!r} has no run {run!r}; it has: {others}")
            if not isinstance(runs[run], str):
                raise corrupt(path, f"the source of run {run!r} is none")
            rows = connection.execute(
                "SELECT * FROM items WHERE run = ? ORDER BY place, key", (run,)
            )
            names = [column[0] for column in rows.description]
            records = [dict(zip(names, row, strict=True)) for row in rows]
        return runs[run], [_as_resumed(home, row) for row in records]


def _as_resumed(path: Path, row: dict[str, Any]) -> Mapping[str, Any]:
    """Return a row as the next start will find it, without what is left of an earlier one."""
    if row["state"] != "started":
        return row
    row |= {"error": None, "ended": None, "recorded": None}
    is_alive = is_owned(path, row["owner"])
    return row if is_alive else row | {"state": "unknown", "error": _ORPHANED}
