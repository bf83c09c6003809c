"""What the console allows itself on the host that it shares with the model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """A budget for the host's resources, and how much the cache may keep. None means no limit."""

    memory_bytes: int = 2**30
    """For DuckDB; what Python holds besides is bounded by the size of a block."""
    threads: int = 2
    nice: int = 10
    """Added to the process's niceness; its I/O priority is lowered along with it. 0 leaves both."""
    keep: timedelta | None = None
    """Age by `ts` beyond which rows leave the cache; the logs stay as they are."""
    max_database_bytes: int | None = None
    """Size of the DuckDB file beyond which the oldest rows leave it."""
