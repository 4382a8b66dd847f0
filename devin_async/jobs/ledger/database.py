"""The SQLite database of a ledger: how it is found, made, read and written, and what fails."""

import contextlib
import errno
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path

from devin_async.errors import ConfigurationError, LedgerError

try:
    import sqlite3
except ModuleNotFoundError as error:
    raise ConfigurationError(
        "a ledger needs the module sqlite3, which this Python was built without",
        hint="Install a Python with SQLite, or leave ledger= out.",
    ) from error

__all__ = [
    "Connection",
    "Cursor",
    "connect",
    "corrupt",
    "explained",
    "has_tables",
    "home_of",
    "inode_of",
    "prepare",
    "reading",
    "save_into_file",
    "transaction",
]

Connection = sqlite3.Connection
Cursor = sqlite3.Cursor

_APPLICATION = 0x44764C67
_FORMAT = 1
_PRIVATE = 0o600
_PRIMARY = 0xFF  # of an error's code; the rest says which kind of it
_PATIENCE = 60.0
_PATIENCE_OF_SAVING = 1.0
_PAUSE = 0.02
_TABLES = (
    """CREATE TABLE IF NOT EXISTS runs (
        run TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        created REAL NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS items (
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
        name TEXT,
        PRIMARY KEY (run, key)
    ) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS home (path TEXT NOT NULL)",
)
_SPLIT_READS = 5

_homes: dict[tuple[int, int], Path] = {}
# To close any handle of a file gives up the locks that SQLite has on it in this process, unless it
# was SQLite that opened it with locks: https://www.sqlite.org/howtocorrupt.html, 2.2. So a file is
# opened otherwise by one thread, and only before the process has it open.
_finding = threading.Lock()


def inode_of(path: Path) -> tuple[int, int] | None:
    """Return the device and inode of a file; None if there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def home_of(path: Path) -> Path:
    """Return the one path by which all processes use a file, whatever links or mounts lead to it.

    The files that SQLite and our locks put beside it are found by its name. A ledger holds the
    path that it was made by, which is used as long as that leads to the same file.
    """
    path = path.resolve()
    inode = inode_of(path)
    if inode is None:
        return path
    with _finding:
        home = _homes.get(inode)
        if home is None or inode_of(home) != inode:
            # One that was moved may be open here still, and a mount has no second link.
            is_new_here = home is None or path.stat().st_nlink > 1
            home = _recorded_home(path, inode) if is_new_here else path
            _homes[inode] = home
        return home


def _recorded_home(path: Path, inode: tuple[int, int]) -> Path:
    """Read where a file that may have several names is at home."""
    try:
        with contextlib.closing(_opened(path, "mode=ro&immutable=1")) as connection:
            rows = connection.execute("SELECT path FROM home").fetchall()
    except sqlite3.Error:  # new, or no ledger, which will be told
        return path
    homes = [Path(text) for (text,) in rows if isinstance(text, str) and "\0" not in text]
    return next((home for home in homes if inode_of(home) == inode), path)


def connect(path: Path) -> Connection:
    """Open a database for writing; it is made, for its owner alone, if it is missing."""
    with _finding:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE))
        inode = inode_of(path)
        if inode is not None:
            _homes.setdefault(inode, path)
    # `mode=rw`: it never makes the file, whose mode would then be up to the umask.
    return _opened(path, "mode=rw")


def _opened(path: Path, how: str) -> Connection:
    return sqlite3.connect(
        f"{path.as_uri()}?{how}", uri=True, timeout=_PATIENCE, isolation_level=None
    )


def prepare(connection: Connection, home: Path) -> None:
    """Check a database that is to be written, and make the tables that it has not.

    Raises:
        LedgerError: It is no ledger, or damaged.
    """
    _check_form(connection, home)
    _check_whole(connection, home)
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    with transaction(connection):
        is_new = not has_tables(connection)
        for statement in _TABLES:
            connection.execute(statement)
        if is_new:
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
        elif "name" not in _columns(connection):  # of before items had names
            connection.execute("ALTER TABLE items ADD COLUMN name TEXT")
        if connection.execute("SELECT path FROM home").fetchall() != [(str(home),)]:
            connection.execute("DELETE FROM home")
            connection.execute("INSERT INTO home VALUES (?)", (str(home),))
    _check_form(connection, home)


@contextlib.contextmanager
def transaction(connection: Connection) -> Generator[None]:
    """Write what is done inside all at once, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def save_into_file(connection: Connection) -> None:
    """Move what was committed from the write-ahead log into the named file.

    The log keeps its length, since to cut it would cost the disk one more sync. A reader that stays
    for more than a second keeps all in the log, which is as safe while the two files stay together;
    the next commit moves it then.
    """
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_OF_SAVING * 1000:.0f}")
    connection.execute("PRAGMA wal_checkpoint(FULL)").fetchall()
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000:.0f}")


@contextlib.contextmanager
def reading(path: Path) -> Generator[Connection]:
    """Open one view of a ledger, also where this user may not write.

    Raises:
        LedgerError: It is no ledger, or damaged.
    """
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(_readable(path))
        connection.execute("PRAGMA query_only = ON")
        _check_form(connection, path)
        _check_whole(connection, path)
        connection.execute("BEGIN")
        yield connection


@contextlib.contextmanager
def _readable(path: Path) -> Generator[Connection]:
    """Open a database as its writers do; where that cannot be, read a copy.

    SQLite would leave files beside it that its owner may not write, and cannot where nobody may.
    """
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        with contextlib.closing(_opened(path, "mode=rw")) as connection:
            yield connection
        return
    with (
        tempfile.TemporaryDirectory(prefix="ledger-") as folder,
        contextlib.closing(_copied(path, Path(folder))) as connection,
    ):
        yield connection


def _copied(path: Path, folder: Path) -> Connection:
    """Copy a database and its log; again, if somebody wrote them meanwhile."""
    for _ in range(_SPLIT_READS):
        shutil.copyfile(path, folder / path.name)
        log = path.with_name(f"{path.name}-wal")
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(log, folder / log.name)
        connection = _opened(folder / path.name, "mode=rw")
        if _fault_of(connection) is None:
            return connection
        connection.close()
        time.sleep(_PAUSE)
    return _opened(folder / path.name, "mode=rw")


def has_tables(connection: Connection) -> bool:
    """Tell whether a database has its tables; a new file has none."""
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _columns(connection: Connection) -> set[str]:
    return {name for _, name, *_ in connection.execute("PRAGMA table_info(items)")}


def _check_form(connection: Connection, path: Path) -> None:
    if not has_tables(connection):
        return
    if _pragma(connection, "application_id") != _APPLICATION:
        raise LedgerError(
            f"{str(path)!r} is a database, but no ledger of ours; it was left alone",
            hint="Give another path.",
        )
    version = _pragma(connection, "user_version")
    if version > _FORMAT:
        raise LedgerError(
            f"{str(path)!r} was written by a newer version of this package (form {version}, known "
            f"is {_FORMAT}); it was left alone",
            hint="Upgrade this package, or give another path.",
        )


def _check_whole(connection: Connection, path: Path) -> None:
    if (fault := _fault_of(connection)) is not None:
        raise corrupt(path, fault)


def _fault_of(connection: Connection) -> str | None:
    """Look through the whole database; give the first fault, or None."""
    try:
        (fault,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if _kind_of(error) != sqlite3.SQLITE_CORRUPT:
            raise
        return str(error)
    return None if fault == "ok" else str(fault)


def corrupt(path: Path, fault: str) -> LedgerError:
    """Make the error of a ledger that holds what no fan-out has written."""
    return LedgerError(
        f"the ledger {str(path)!r} is corrupt: {' '.join(fault.split())}",
        outcome="unknown",
        hint="Put a sound copy in its place. Without one, look what was done before another file "
        "begins anew: sessions of once= are found by their tags.",
    )


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _use_wal(connection: Connection) -> None:
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


@contextlib.contextmanager
def explained(path: Path, *, writes: bool = True) -> Generator[None]:
    """Tell in one line what an error of the database or of the disk means for a ledger."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        kind = _kind_of(error)
        reason = getattr(error, "strerror", None) or str(error)
        if kind == sqlite3.SQLITE_CORRUPT:
            raise corrupt(path, reason) from error
        raise LedgerError(
            f"{str(path)!r} cannot be {'used as a ledger' if writes else 'read'}: {reason}",
            hint=_hint(kind, writes=writes),
        ) from error


def _kind_of(error: sqlite3.Error | OSError) -> int | None:
    """Return SQLite's code of what went wrong, for an error of the system, too."""
    if isinstance(error, OSError):
        return _CODES.get(error.errno or 0)
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY


def _hint(kind: int | None, *, writes: bool) -> str:
    if kind in {sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
        need = "write" if writes else "read"
        return f"This user has to be allowed to {need} the file and its folder."
    if kind in _HINTS:
        return _HINTS[kind]
    return "What was committed stays; the same fan-out goes on from there." if writes else ""


_HINTS = {
    sqlite3.SQLITE_NOTADB: "It was left as it is; give another path.",
    sqlite3.SQLITE_FULL: "Make room on the disk; what was committed stays, and the job goes on.",
    sqlite3.SQLITE_BUSY: f"Another program has held it for {_PATIENCE:.0f} s; end that one first.",
    sqlite3.SQLITE_NOTFOUND: "Make its folder first.",
}

_CODES = {
    errno.EACCES: sqlite3.SQLITE_PERM,
    errno.EPERM: sqlite3.SQLITE_PERM,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.ENOENT: sqlite3.SQLITE_NOTFOUND,
}
