"""Statements that were run before, kept from one session to the next."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import platformdirs

MOST = 200
"""Statements that are kept."""
MOST_CHARACTERS = 20_000
"""A longer statement is not kept."""


class History:
    """The statements, oldest first, and where one is among them.

    The file is for its owner alone. That it cannot be read or written spoils nothing: the statements of this
    session are there all the same.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(platformdirs.user_state_path("incident-console")) / "sql-history"
        self.statements = list(_read(self._path))
        self._at = len(self.statements)
        self._draft = ""

    def add(self, statement: str, *, keep: bool = True) -> None:
        """The statement was run: it is the newest one, and kept in the file too, if something may be left."""
        if len(statement) <= MOST_CHARACTERS:
            others = [one for one in (*_read(self._path), *self.statements) if one != statement]
            self.statements = [*dict.fromkeys(others), statement][-MOST:]
            if keep:
                with suppress(OSError):
                    _write(self._path, self.statements)
        self._at = len(self.statements)

    def step(self, by: int, shown: str) -> str | None:
        """The statement before (-1) or after (+1) the one that is shown; None if there is none."""
        to = self._at + by
        if not 0 <= to <= len(self.statements):
            return None
        if self._at == len(self.statements):
            self._draft = shown
        self._at = to
        return self._draft if to == len(self.statements) else self.statements[to]


def _read(path: Path) -> Sequence[str]:
    """The statements of the file; those of its lines that are none are passed over."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines[-MOST:]:
        with suppress(ValueError):
            statement = json.loads(line)
            if isinstance(statement, str) and statement.strip():
                found.append(statement)
    return found


def _write(path: Path, statements: Sequence[str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".sql-history-", dir=path.parent)  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(json.dumps(statement) + "\n" for statement in statements)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
