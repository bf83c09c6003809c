"""What a run of the console was told: where to read, and where to keep things."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What to read and where to keep it; None means the usual place."""

    sources: tuple[str, ...]
    """Files, globs and directories, as they were given."""
    database: str | None = None
    """DuckDB file, or `:memory:`."""
    casebook: Path | None = None
    author: str | None = None
    """Who labels; `user@host` if not given."""
    queries: tuple[Path, ...] = ()
    """Folders with further canned queries."""
