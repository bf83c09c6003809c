"""SQLite, and everything that is peculiar to it: files, locks, durability, and why it refused.

The other modules speak to a SQLAlchemy engine and do not know which database is behind it.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from console.errors import CasebookError

BUSY_SECONDS = 10.0
"""How long a write waits for another console's write to end."""

KEYS_A_STATEMENT = 900
"""Old builds of SQLite take 999 parameters a statement; the newest 32,766."""

_SMALLEST_DATABASE = 512
"""Bytes of one page, of the smallest kind."""

_WRITING = "casebook_writing"

_ADDRESS = re.compile(r"[a-z][a-z0-9+.\-]+:/", re.IGNORECASE)

_REASONS = {
    "SQLITE_BUSY": f"another console has been writing for more than {BUSY_SECONDS:.0f} s; try again",
    "SQLITE_LOCKED": f"another console has been writing for more than {BUSY_SECONDS:.0f} s; try again",
    "SQLITE_READONLY": "it is read-only; make it writable, or name another file",
    "SQLITE_PERM": "no permission; make it yours, or name another file",
    "SQLITE_FULL": "the disk is full; nothing was kept of this step, free some space and repeat it",
    "SQLITE_NOTADB": "it is not a SQLite file; move it away, or name another file",
    "SQLITE_CORRUPT": "it is damaged; keep a copy, then try `.recover` of the sqlite3 shell",
    "SQLITE_CANTOPEN": "it cannot be opened; its folder must exist and be writable",
    "SQLITE_IOERR": "the disk failed to read or write, or is full",
    "SQLITE_TOOBIG": "a value is longer than SQLite keeps",
}


def require_file(path: Path | str) -> None:
    """It names a file, not a database server, from which a folder `postgresql:` would be made.

    Raises:
        CasebookError: it is an address.
    """
    if _ADDRESS.match(str(path)):
        raise CasebookError(f"{path}: is an address; this version keeps the casebook in a file")


def connect(path: Path, *, wait_seconds: float | None = None) -> Engine:
    """An engine on the casebook's file, which exists afterwards.

    Its writes wait so long for another console's write to end, `BUSY_SECONDS` if nothing is said.

    A folder that had to be made is open to its owner only (0700), a file likewise (0600). What was
    there before keeps its mode, so that a casebook can be shared with a group.

    Raises:
        CasebookError: the file cannot be made or opened.
    """
    try:
        _make_file(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CasebookError(f"{path}: the casebook's file cannot be opened: {reason}") from error
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS if wait_seconds is None else wait_seconds},
        # Parameters may be megabytes of someone's data: they have no place in an error message.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def reading(engine: Engine, place: str, doing: str) -> Iterator[Connection]:
    """One consistent view of the casebook; it never waits for a writer.

    Raises:
        CasebookError: `place: doing: reason`.
    """
    with _refusals(place, doing), engine.begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine, place: str, doing: str) -> Iterator[Connection]:
    """The only writer, from here to the end; then everything is on the disk, or nothing.

    Raises:
        CasebookError: `place: doing: reason`. Nothing was kept.
    """
    with _refusals(place, doing), engine.execution_options(**{_WRITING: True}).begin() as connection:
        yield connection


def _make_file(path: Path) -> None:
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        # Not opened to look: closing a descriptor would drop the locks that this process has on it.
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder") from None
        # SQLite takes a file that is shorter than any database for an empty one, and writes over it.
        if 0 < path.stat().st_size < _SMALLEST_DATABASE:
            raise ValueError("it is not a SQLite file; move it away, or name another file") from None
        return
    for folder in (path.parent, *(made.parent for made in missing)):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    try:
        # Python's own transaction control begins late and never IMMEDIATE: `_begin` does it.
        connection.isolation_level = None
        with closing(connection.cursor()) as cursor:
            _use_write_ahead_log(cursor)
            cursor.execute("pragma synchronous = full")
            cursor.execute("pragma fullfsync = on")
    except sqlite3.Error:
        connection.close()
        raise


def _use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    """The change to WAL does not wait for its lock, so several first openers must try again."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("pragma journal_mode = wal").fetchall()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
        threading.Event().wait(0.01)


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITING, False)
    # A transaction that reads first and writes later fails if another wrote in between.
    connection.exec_driver_sql("begin immediate" if write else "begin")


@contextmanager
def _refusals(place: str, doing: str) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise CasebookError(f"{place}: {doing}: {_reason(error)}") from error
    except PoolTimeoutError as error:
        raise CasebookError(f"{place}: {doing}: too many at once; try again") from error


def _reason(error: DBAPIError | sqlite3.Error) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    # Extended codes go on after the plain one: SQLITE_IOERR_FSYNC, SQLITE_READONLY_DIRECTORY.
    name = str(getattr(cause, "sqlite_errorname", ""))
    known = next((reason for code, reason in _REASONS.items() if name.startswith(code)), None)
    return f"{known} ({cause})" if known else str(cause)
