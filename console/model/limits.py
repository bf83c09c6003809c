"""What the console allows itself on the host that it shares with the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from console.errors import UsageError

LEAST_MEMORY_BYTES = 64 * 2**20
LEAST_DATABASE_BYTES = 16 * 2**20
MOST_THREADS = 256
MOST_NICE = 19

_SIZE = re.compile(r"(?P<amount>[0-9]{1,15}(\.[0-9]{1,9})?) ?(?P<unit>[kmgt]?i?b?)", re.IGNORECASE | re.ASCII)
_POWERS = ("", "k", "m", "g", "t")
_MOST_BYTES = 2**60
_SPAN = re.compile(r"(?P<amount>[0-9]{1,9})(?P<unit>[smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Limits:
    """A budget for the host's resources, and how much the cache may keep. None means no limit.

    Raises:
        UsageError: one of them is beyond what makes sense.
    """

    memory_bytes: int = 2**30
    """For DuckDB; what Python holds besides is bounded by the size of a block."""
    threads: int = 2
    nice: int = 10
    """Added to the process's niceness; its I/O priority is lowered along with it. 0 leaves both."""
    keep: timedelta | None = None
    """Age by `ts`, counted back from the newest row, beyond which rows leave the cache; the logs stay."""
    max_database_bytes: int | None = None
    """Size of the DuckDB file beyond which the oldest rows leave it."""

    def __post_init__(self) -> None:
        if self.memory_bytes < LEAST_MEMORY_BYTES:
            raise UsageError(f"memory: DuckDB wants at least {size_in_words(LEAST_MEMORY_BYTES)}")
        if not 1 <= self.threads <= MOST_THREADS:
            raise UsageError(f"threads: from 1 to {MOST_THREADS}, not {self.threads}")
        if not 0 <= self.nice <= MOST_NICE:
            raise UsageError(f"nice: from 0 to {MOST_NICE}, not {self.nice}")
        if self.keep is not None and self.keep <= timedelta(0):
            raise UsageError("keep: must be longer than nothing")
        if self.max_database_bytes is not None and self.max_database_bytes < LEAST_DATABASE_BYTES:
            raise UsageError(f"max-db-size: at least {size_in_words(LEAST_DATABASE_BYTES)}")

    @property
    def in_words(self) -> str:
        """The budget for a person: `2 threads, 1 GiB, nice 10`, and what the cache may keep if limited."""
        words = [f"{self.threads} thread{'s' if self.threads > 1 else ''}", size_in_words(self.memory_bytes)]
        words += [f"nice {self.nice}"] if self.nice else []
        words += [f"keeps {_span_in_words(self.keep)}"] if self.keep else []
        if self.max_database_bytes is not None:
            words.append(f"at most {size_in_words(self.max_database_bytes)} on disk")
        return ", ".join(words)


def parse_size(text: str) -> int:
    """`512MiB`, `1.5G` or `4 GB` in bytes. `GiB` and `G` are powers of 1024, `GB` is one of 1000.

    Raises:
        UsageError: it is none of these.
    """
    found = _SIZE.fullmatch(text.strip())
    unit = found["unit"].lower() if found else ""
    if found is None or unit in ("i", "ib"):
        raise UsageError(f"{text!r} is not a size; write 512MiB, 1GiB or 4GB")
    base = 1000 if unit.endswith("b") and "i" not in unit else 1024
    size = int(Decimal(found["amount"]) * base ** _POWERS.index(unit.rstrip("ib")))
    return min(size, _MOST_BYTES)


def parse_span(text: str) -> timedelta:
    """`90s`, `15m`, `2h` or `7d` as a span of time.

    Raises:
        UsageError: it is none of these.
    """
    found = _SPAN.fullmatch(text)
    if found is not None:
        return min(_LONGEST, timedelta(seconds=int(found["amount"]) * _SECONDS[found["unit"]]))
    raise UsageError(f"{text!r} is not a span of time; write 90s, 15m, 2h or 7d")


def size_in_words(size: int) -> str:
    """Bytes in the largest binary unit that leaves at least one of it: `1 GiB`, `1.5 GiB`, `512 MiB`."""
    power = min(len(_POWERS) - 1, max(0, (size.bit_length() - 1) // 10))
    amount = f"{size / 1024**power:.1f}".removesuffix(".0")
    return f"{amount} {'B' if power == 0 else _POWERS[power].upper() + 'iB'}"


def _span_in_words(span: timedelta) -> str:
    seconds = round(span / timedelta(seconds=1))
    for unit in ("d", "h", "m"):
        if seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]} {unit}"
    return f"{seconds} s"


@dataclass(frozen=True, slots=True)
class LimitRule:
    """Limits that somebody set for a check, for all its subjects or some."""

    check: str
    values: Mapping[str, float]
    """Name of the limit, as in the check's limits, -> value."""
    model: str | None = None
    """Only of this model."""
    subject: str | None = None
    """Only of this feature or endpoint."""
