"""An open casebook: its engine, whose turn it is to write, and its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine

from console.casebook.connect import connect, reading, require_file, writing
from console.casebook.rows import require_text
from console.casebook.schema import require_schema
from console.errors import CasebookError


class Kept:
    """What all parts of the casebook stand on: one engine, one writer at a time."""

    def __init__(self, engine: Engine, place: str, *, author: str, clock: Callable[[], datetime]) -> None:
        """A casebook on an engine whose tables are there; `open` gives one."""
        self._engine = engine
        self._place = place
        self._author = author
        self._clock = clock
        self._closed = False
        # Threads queue here: SQLite's own wait is a poll, in which one thread can starve.
        self._turn = threading.Lock()

    @classmethod
    def open(cls, path: Path | str, *, author: str, clock: Callable[[], datetime]) -> Self:
        """The casebook at `path`, made if there was none, ready to be written.

        Args:
            path: the SQLite file; folders and file are made for their owner only, if missing.
            author: whose labels these will be, `user@host` as a rule.
            clock: gives the present moment, with a zone.

        Raises:
            CasebookError: it cannot be opened or written, is something else than a casebook, or is
                a newer console's. It was not changed.
        """
        require_file(path)
        file = Path(path).absolute()
        require_text("author", {"author": author})
        engine = connect(file)
        try:
            with writing(engine, str(file), "casebook not opened") as connection:
                require_schema(connection, str(file))
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, str(file), author=author, clock=clock)

    @property
    def place(self) -> str:
        """The file it is kept in."""
        return self._place

    @property
    def author(self) -> str:
        """Whose labels are written and undone here."""
        return self._author

    def close(self) -> None:
        """Nothing holds the file any more. Closing twice is no mistake."""
        self._closed = True
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _reading(self, doing: str) -> Iterator[Connection]:
        self._require_open()
        with reading(self._engine, self._place, doing) as connection:
            yield connection

    @contextmanager
    def _writing(self, doing: str) -> Iterator[Connection]:
        with self._turn:
            self._require_open()
            with writing(self._engine, self._place, doing) as connection:
                yield connection

    def _require_open(self) -> None:
        # A disposed engine would quietly open the file again.
        if self._closed:
            raise CasebookError(f"{self._place}: the casebook has been closed")
