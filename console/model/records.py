"""From a line to a batch, and how far each source was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from console.model.clean import CleanRows


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be used. It is kept, counted and shown, never dropped."""

    offset: int
    """Byte offset of the line's first byte in its source."""
    reason: str
    line: bytes
    """The line without its newline, cut at `REJECT_BYTES`."""
    length: int
    """Bytes of the whole line, before the cut, without its newline."""


REJECT_BYTES = 64 * 1024
"""Bytes of a rejected line that are kept."""


@dataclass(frozen=True, slots=True)
class RejectRow:
    """A stored reject, for a person to look at."""

    source_id: int
    path: str
    """Of its source, as it is shown."""
    offset: int
    """Byte offset of the line's first byte in its source."""
    reason: str
    line: bytes
    """The line without its newline, cut at `REJECT_BYTES`; bytes of any kind."""
    length: int
    """Bytes of the whole line, before the cut."""
    at: datetime
    """When it was rejected, UTC."""
    is_masked: bool = False
    """Whether masks were in force: then the line may not be as it was logged, and not as long."""


@dataclass(frozen=True, slots=True)
class ModelRows:
    """Predictions of one model out of one block of lines, column by column, all of length n.

    A feature or tag appears only if at least one row has it. Where a row has none the entry is None.
    A feature's finite numbers are in `numbers`; whatever else it was logged as (text, a truth
    value, a list or object as JSON text, NaN, an integer that a double cannot hold) is in `texts`.
    A row has a feature in at most one of the two, so nothing is lost when a type changes.
    """

    model: str
    fields: Mapping[str, Sequence[object]]
    """Every name of `FIELDS` except `model`; `ts` in microseconds since 1970 UTC, an int."""
    numbers: Mapping[str, Sequence[float | None]]
    texts: Mapping[str, Sequence[str | None]]
    tags: Mapping[str, Sequence[str | None]]

    def __len__(self) -> int:
        return len(self.fields["ts"])


@dataclass(frozen=True, slots=True)
class TruthRows:
    """What turned out to be true of requests, out of one block of lines, all of length n."""

    offsets: Sequence[int]
    """Byte offset of each line's first byte in its source."""
    request_ids: Sequence[str]
    """Whose truth it is; never empty."""
    truths: Sequence[str]
    moments: Sequence[int]
    """When it was known, in microseconds since 1970 UTC."""
    origins: Sequence[str]
    """`logged`, or `arrival` where the line did not say when, and it is when it was read."""

    def __len__(self) -> int:
        return len(self.offsets)


FIELDS: Mapping[str, str] = {
    "ts": "timestamptz",
    "ts_origin": "varchar",
    "request_id": "varchar",
    "model": "varchar",
    "model_version": "varchar",
    "endpoint": "varchar",
    "status": "integer",
    "error_type": "varchar",
    "error_message": "varchar",
    "latency_ms": "double",
    "prediction": "varchar",
    "prediction_value": "double",
    "score": "double",
    "truth": "varchar",
    "tokens_in": "bigint",
    "tokens_out": "bigint",
    "cost": "double",
    "stages": "varchar",
    "extra": "varchar",
    "source_offset": "bigint",
}
"""The fixed fields of a prediction and their DuckDB types.

`ts_origin` is `logged` or `arrival` (no `ts` in the line). `prediction` is the text as logged,
`prediction_value` the same where it is a finite number. `stages` and `extra` are JSON text; `extra`
holds every key the record does not know and every value that did not fit its field, as logged.
"""


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Which file it is, whatever its name: a renamed file keeps its identity."""

    device: int
    inode: int
    head_hash: str
    """Hex digest of the first `head_length` bytes; tells a new file on a reused inode from the old."""
    head_length: int
    beginnings: str = ""
    """Hex digits for the first 16 bytes, the first 32, and so on, and up to each end of a line; tell a copy
    that is shorter than the head."""
    checked: int = 0
    """How many bytes `checksum` and `guard_hash` cover, from the first on; at most what is committed."""
    checksum: int = 0
    """CRC-32 of these bytes; tells the same content under another inode, a copy or an archive."""
    guard_hash: str = ""
    """Hex digest of the last bytes before `checked`; tells a file that was cut and has grown again."""
    end_size: int = -1
    """Bytes in the file when its end was read, behind which nothing comes: an archive's; else -1."""
    end_modified_ns: int = 0
    """When it had last been modified then, in nanoseconds since 1970."""
    folder: str = ""
    """Where it lay when it was opened, whatever link led to it; empty where the system does not tell."""


@dataclass(frozen=True, slots=True)
class SourceMark:
    """How far a source has been read and committed."""

    source_id: int
    path: str
    identity: FileIdentity
    next_offset: int
    lines: int
    rows: int
    rejects: int
    blanks: int
    kind: str = "file"
    """As in `SourceStatus.kind`, or `PASSED_OVER`."""
    last_line_at: datetime | None = None
    """When its newest line was committed; None while it has none."""
    truths: int = 0
    """Of the rows, those that are truths."""


PASSED_OVER = "passed over"
"""Kind of a mark of a file that was there before the log it was rotated from was first asked for: it is
known, and none of it is read."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A block of whole lines of one source, parsed. lines = rows + rejects + blanks.

    It may have no line: then it only says which file the source is.
    """

    source_id: int
    path: str
    identity: FileIdentity
    start_offset: int
    next_offset: int
    """Byte offset of the first byte that this batch does not cover."""
    lines: int
    blanks: int
    models: Sequence[ModelRows]
    rejects: Sequence[Reject]
    kind: str = "file"
    """As in `SourceMark.kind`."""
    clean: Sequence[CleanRows] = ()
    """Further rows, of lines that nobody had to decode."""
    truths: TruthRows | None = None
    """Further rows, which say what was true of requests."""

    @property
    def rows(self) -> int:
        return sum(map(len, self.models)) + sum(map(len, self.clean)) + self.truth_rows

    @property
    def truth_rows(self) -> int:
        """Of the rows, those that are truths."""
        return len(self.truths) if self.truths is not None else 0


class SourceState(Enum):
    """What is happening to a source, in the word that is shown for it."""

    WAITING = "waiting"
    """Nothing is there yet; it is watched for."""
    READING = "reading"
    """Reading what was there at the start."""
    FOLLOWING = "following"
    """Everything has been read; new lines are awaited."""
    FINISHED = "finished"
    """Read to its end, and not followed."""
    FAILED = "failed"
    """Cannot be read at the moment; it is tried again."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source's entry in the ledger. lines = rows + rejects + blanks, always."""

    source_id: int
    """-1 while nothing of it has been read."""
    path: str
    state: SourceState
    size: int
    """Bytes in the file now; of an archive, packed."""
    next_offset: int
    """Bytes of lines that are committed; of an archive, unpacked."""
    lines: int
    rows: int
    rejects: int
    blanks: int
    last_line_at: datetime | None
    """When its newest line was committed."""
    problem: str | None = None
    """Why it is waiting or failed, and what would mend it."""
    kind: str = "file"
    """What it is read as: `file`, `gzip`, `zstd`, `bzip2`, `xz`, `parquet`, `stdin`, `utf-16`."""
    lag_bytes: int = 0
    """Bytes that are there and not yet committed; of an archive, packed."""
    behind_since: datetime | None = None
    """Since when, without a break, there has been something that is not committed; None if there is not."""
    truths: int = 0
    """Of the rows, those that are truths."""
    matched: int = 0
    """Of these, those whose request is stored as well."""
    beginnings: str = ""
    """As in `FileIdentity`: by which it is known again in another cache."""


@dataclass(frozen=True, slots=True)
class SourceAudit:
    """What the ledger says was read of a source, beside what is stored of it."""

    source_id: int
    path: str
    kind: str
    next_offset: int
    lines: int
    rows: int
    rejects: int
    blanks: int
    stored_rows: int
    stored_rejects: int
    expired_rows: int
    """Rows that have left the cache since, because of its limits."""
    expired_rejects: int
    last_line_at: datetime | None
    """When its newest line was committed."""
    truths: int = 0
    """Of the rows, those that are truths."""
    matched: int = 0
    """Of the truths that are stored, those whose request is stored as well."""

    @property
    def holds(self) -> bool:
        """Whether every line that was read is accounted for, and every row and reject is there."""
        return (
            self.lines == self.rows + self.rejects + self.blanks
            and self.rows == self.stored_rows + self.expired_rows
            and self.rejects == self.stored_rejects + self.expired_rejects
        )
