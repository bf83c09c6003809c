"""The connections to one DuckDB file: one cursor that writes, and one for each read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import duckdb
import polars as pl

from console.errors import Interrupted, MemoryFullError, StoreError
from console.model import Limits, Ticket
from console.store.append import is_ctrl_c
from console.store.database import connect, has_room, has_shut, needs_memory, shortage

_INTERRUPT_AGAIN_SECONDS = 0.05


class Connections:
    """One writer at a time, any number of readers, and the file opened anew when DuckDB has shut it.

    A checkpoint for which the disk has no room makes DuckDB refuse everything until the file is opened
    again. Nothing that was committed is lost by that: it is in the write-ahead log.
    """

    def __init__(self, path: str, limits: Limits) -> None:
        """The file is open.

        Raises:
            StoreError: it cannot be opened.
        """
        self.path = path
        self.on_reopened: Callable[[duckdb.DuckDBPyConnection], None] = lambda writer: None
        """Called with the new writer, before anything is written with it."""
        self._limits = limits
        self._root = connect(path, limits)
        self.writer = self._root.cursor()
        self._write_lock = threading.RLock()
        self._readers: dict[duckdb.DuckDBPyConnection, int] = {}
        """Each with the thread that reads by it."""
        self._readers_lock = threading.Condition()
        self._shut = False
        self._closed = False

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The writer, for one thread at a time; that thread may come in again.

        Raises:
            StoreError: DuckDB refused, or all is closed.
        """
        with self._write_lock:
            if self._closed:
                raise StoreError(f"{self.path}: the store is closed")
            self._open_anew()
            try:
                yield self.writer
            except (StoreError, duckdb.Error) as error:
                cause = error.__cause__ if isinstance(error, StoreError) else error
                if cause is None:
                    raise
                self._shut |= has_shut(cause)
                if text := shortage(self.path, cause, self._limits):
                    raise (MemoryFullError if needs_memory(cause) else StoreError)(text) from cause
                if isinstance(error, StoreError):
                    raise
                raise StoreError(f"{self.path}: {str(error).splitlines()[0]}") from error

    @contextmanager
    def reading(self, ticket: Ticket | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of one's own: results of a shared one were seen to mix between threads.

        It sees the store as it is now, and cannot change it: a SELECT may have an INSERT in it.

        Raises:
            Interrupted: `interrupt` was called, the ticket was cancelled, or all is closed.
            StoreError: DuckDB refused.
        """
        if self._shut:
            with self._write_lock:
                self._open_anew()
        ticket = ticket or Ticket()
        cursor: duckdb.DuckDBPyConnection | None = None
        try:
            with self._readers_lock:
                if self._closed:
                    raise Interrupted("the store is closed")
                cursor = self._root.cursor()
                self._readers[cursor] = threading.get_ident()
            with ticket.heard_by(cursor.interrupt):
                if ticket.cancelled:
                    raise Interrupted("taken back")
                cursor.execute("begin transaction read only")
                yield cursor
                if ticket.cancelled:
                    raise Interrupted("taken back")
        except duckdb.InterruptException as error:
            raise Interrupted("interrupted") from error
        except (duckdb.Error, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            if "INTERRUPT Error" in str(error):
                raise Interrupted("interrupted") from error
            if has_shut(error):
                self._shut = True
                raise StoreError(f"{self.path}: had to be opened anew; ask again") from error
            text = shortage(self.path, error, self._limits) or f"{self.path}: {str(error).strip()}"
            raise StoreError(text) from error
        except RuntimeError as error:
            if is_ctrl_c(error):
                raise Interrupted("interrupted") from error
            raise
        finally:
            if cursor is not None:
                with self._readers_lock:
                    self._readers.pop(cursor, None)
                    cursor.close()
                    self._readers_lock.notify_all()

    def checkpoint(self, *, alone: bool = False) -> bool:
        """The write-ahead log is folded into the file, so that a copy of the file is whole.

        Args:
            alone: only if nobody reads; only then the room of all deleted rows is free afterwards.

        Returns:
            False if somebody reads.

        Raises:
            StoreError: DuckDB refused, the disk has no room for it, or all is closed.
        """
        with self.writing() as writer:
            if not has_room(self.path):
                raise StoreError(f"disk full, free some space: {self.path} cannot be folded")
            if not alone:
                writer.execute("checkpoint")
                return True
            with self._readers_lock:
                if not self._readers:
                    writer.execute("checkpoint")
                return not self._readers

    def interrupt(self) -> None:
        """Every read that is under way ends with `Interrupted`, within milliseconds."""
        with self._readers_lock:
            for cursor in self._readers:
                cursor.interrupt()

    def close(self) -> None:
        """Nothing is under way any more and the file is free for others."""
        here = threading.get_ident()
        with self._readers_lock:
            self._closed = True
            # A read of this very thread is one that a signal's exception left before it could end.
            while any(reads != here for reads in self._readers.values()):
                self.interrupt()  # one that was about to begin did not hear it the first time
                self._readers_lock.wait(_INTERRUPT_AGAIN_SECONDS)
        with self._write_lock:
            self._let_go()

    def _open_anew(self) -> None:
        """The file is open again, if DuckDB had shut it. For him who has the write lock."""
        if not self._shut:
            return
        with self._readers_lock:
            while self._readers:  # none of them gets an answer any more
                self._readers_lock.wait()
            self._let_go()
            self._root = connect(self.path, self._limits)
            self.writer = self._root.cursor()
        try:
            self.on_reopened(self.writer)
        except duckdb.Error as error:
            raise StoreError(f"{self.path}: {str(error).splitlines()[0]}") from error
        self._shut = False

    def _let_go(self) -> None:
        # Closing makes a checkpoint; without room for it the log stays, and is read when it is opened.
        for connection in (self.writer, self._root):
            with suppress(duckdb.Error):
                connection.close()
