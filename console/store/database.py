"""Opens the DuckDB file, with limits that leave the host to the model it serves."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import platformdirs

from console.errors import StoreError, StoreLockedError
from console.model import Limits, size_in_words

MEMORY = ":memory:"
"""The name of a database that leaves nothing behind."""

ASIDE = 4
"""How many times its memory DuckDB may put aside on the disk; by itself it would take nine tenths of that."""

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    # A checkpoint that fails shuts the whole database, so that none is made unasked: see `Store`.
    "checkpoint_threshold": "1TiB",
    "preserve_insertion_order": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}
_HOLDER = re.compile(r"Conflicting lock is held in .*\(PID (\d+)\)")
_FULL = ("No space left on device", "Disk quota exceeded", "File too large")
_SHORT = ("failed to pin block", "/duckdb_temp_")
_LOCKED = "end it first, or name another file with --db"
_LEAST_BYTES = 3 * 4096
"""Of a file that DuckDB has finished making: three headers."""
_SPARE_BYTES = 2**20
"""What a checkpoint writes beside the rows."""


def connect(path: str, limits: Limits) -> duckdb.DuckDBPyConnection:
    """A connection to the file, which is made if need be.

    What DuckDB puts aside for want of memory lies in `<path>.tmp` meanwhile. A database in memory puts
    nothing aside: it leaves nothing on a disk, however the process ends.

    Raises:
        StoreLockedError: another process holds it; `holder` is its process id.
        StoreError: it cannot be opened, or is not a DuckDB file.
    """
    # An absolute path is nothing else: `md:x` alone would be a service's address.
    place = path if path == MEMORY else os.path.abspath(path)  # noqa: PTH100
    aside = "" if path == MEMORY else f"{place}.tmp"
    if path != MEMORY:
        _require_name(path)
        _make_folder(Path(path))
    new = not Path(path).exists() or _is_unfinished(Path(path))
    settings = {
        **_SETTINGS,
        "memory_limit": f"{limits.memory_bytes} bytes",
        "threads": limits.threads,
        "temp_directory": aside,
        "max_temp_directory_size": f"{ASIDE * limits.memory_bytes} bytes",
    }
    try:
        connection = _connect(place, settings)
        connection.execute("set TimeZone = 'UTC'")
        _lock_in(connection)
    except duckdb.Error as error:
        text = str(error)
        if "Could not set lock" in text or "already open" in text.lower():
            found = _HOLDER.search(text)
            holder = int(found[1]) if found else None
            by = f"process {holder}" if holder else "another process"
            raise StoreLockedError(f"{path}: held by {by}; {_LOCKED}", holder=holder) from error
        why = shortage(path, error, limits) or f"{path}: cannot be opened: {text.splitlines()[0]}"
        raise StoreError(why) from error
    if path != MEMORY:
        if new:
            Path(path).chmod(0o600)
        _forget_aside(Path(aside))
    return connection


def _connect(
    place: str, settings: dict[str, str | bool | int | float | list[str]]
) -> duckdb.DuckDBPyConnection:
    """A connection to the file, made anew if whoever made it did not come to an end."""
    try:
        return duckdb.connect(place, config=settings)
    except duckdb.IOException:
        if place == MEMORY or not _is_unfinished(Path(place)):
            raise
        Path(place).unlink()
        return duckdb.connect(place, config=settings)


def _is_unfinished(file: Path) -> bool:
    """Whether its process was killed, or the disk was full, as DuckDB made the file: nothing is in it."""
    try:
        is_short = file.is_file() and file.stat().st_size < _LEAST_BYTES
        head = file.read_bytes() if is_short else b"more"
    except OSError:
        return False
    return not head or head[8:12] == b"DUCK"


def _lock_in(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on no statement reaches a file but the database's own."""
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def _require_name(path: str) -> None:
    """Raises `StoreError` for a name that no file can have, or bytes that are no text: DuckDB takes none."""
    try:
        path.encode()
        Path(path).exists()
    except UnicodeEncodeError as error:
        raise StoreError(f"{path}: the name is not UTF-8; give the cache another with --db") from error
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened: {error.strerror}") from error


def _make_folder(path: Path) -> None:
    """The file's folder exists; a new one is for its owner alone, and so is what DuckDB puts there."""
    if path.is_dir():
        raise StoreError(f"{path}: is a folder; give the name of a file")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: its folder cannot be made: {error.strerror}") from error


def _forget_aside(folder: Path) -> None:
    """What a process that was killed had put aside is gone; nobody else uses it while the file is held."""
    with suppress(OSError):
        for file in folder.glob("duckdb_temp_*"):
            file.unlink()
        folder.rmdir()


def size_on_disk(path: str) -> int:
    """Bytes of the file and its write-ahead log; 0 for a database in memory."""
    return 0 if path == MEMORY else _size(Path(path)) + log_size(path)


def log_size(path: str) -> int:
    """Bytes of the write-ahead log; 0 for a database in memory."""
    return 0 if path == MEMORY else _size(Path(f"{path}.wal"))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def has_room(path: str) -> bool:
    """Whether the disk takes what the write-ahead log holds once more."""
    if path == MEMORY:
        return True
    try:
        return shutil.disk_usage(Path(path).parent).free > log_size(path) + _SPARE_BYTES
    except OSError:
        return True


def has_shut(error: BaseException | None) -> bool:
    """Whether DuckDB has shut the database, so that it must be opened anew before anything else."""
    return isinstance(error, duckdb.FatalException) or "database has been invalidated" in str(error)


def needs_memory(error: BaseException) -> bool:
    """Whether DuckDB had too little memory for it, and did not find what it had put aside for that, too."""
    return isinstance(error, duckdb.OutOfMemoryException) or any(sign in str(error) for sign in _SHORT)


def shortage(path: str, error: BaseException, limits: Limits) -> str | None:
    """What there was too little of for DuckDB to do it, and what would mend that; None if it was not that."""
    if any(sign in str(error) for sign in _FULL):
        return f"disk full, free some space: {path} cannot grow"
    if needs_memory(error):
        more = "or a file with --db" if path == MEMORY else "or fewer rows with --keep"
        used = size_in_words(limits.memory_bytes)
        return f"memory full: {path} has used up its {used}; give more with --memory, {more}"
    return None


def default_database_path(sources: Sequence[str]) -> Path:
    """Where the cache of these sources is kept: one file for each set of sources, by absolute path."""
    names = "\0".join(sorted({os.path.abspath(source) for source in sources}))  # noqa: PTH100
    digest = hashlib.sha256(names.encode(errors="surrogateescape")).hexdigest()[:16]
    return Path(platformdirs.user_state_path("incident-console")) / f"cache-{digest}.duckdb"
