"""What a run of the console was told: where to read, and where to keep things."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from console.model import Configuration, Limits


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
    limits: Limits = field(default_factory=Limits)
    configuration: Configuration = field(default_factory=Configuration)
    """What the configuration says of the sources; its limits are in `limits` already."""
