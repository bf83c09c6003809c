"""Opens the DuckDB file, with limits that leave the host to the model it serves."""

from __future__ import annotations

import hashlib
import os.path
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import platformdirs

from console.errors import StoreError, StoreLockedError

MEMORY = ":memory:"
"""The name of a database that leaves nothing behind."""

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "1GiB",
    "threads": 2,
    "checkpoint_threshold": "256MiB",
    "preserve_insertion_order": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
}
_HOLDER = re.compile(r"Conflicting lock is held in .*\(PID (\d+)\)")


def connect(path: str) -> duckdb.DuckDBPyConnection:
    """A connection to the file, which is made if need be.

    Raises:
        StoreLockedError: another process holds it; `holder` is its process id.
        StoreError: it cannot be opened, or is not a DuckDB file.
    """
    if path != MEMORY:
        _make_folder(Path(path))
    new = not Path(path).exists()
    try:
        # An absolute path is nothing else: `md:x` alone would be a service's address.
        place = path if path == MEMORY else os.path.abspath(path)  # noqa: PTH100
        connection = duckdb.connect(place, config=_SETTINGS)
        connection.execute("set TimeZone = 'UTC'")
    except duckdb.Error as error:
        text = str(error)
        if "Could not set lock" in text or "already open" in text.lower():
            found = _HOLDER.search(text)
            holder = int(found[1]) if found else None
            by = f"process {holder}" if holder else "another process"
            raise StoreLockedError(f"{path}: held by {by}", holder=holder) from error
        raise StoreError(f"{path}: cannot be opened: {text.splitlines()[0]}") from error
    if new and path != MEMORY:
        Path(path).chmod(0o600)
    return connection


def _make_folder(path: Path) -> None:
    """The file's folder exists; a new one is for its owner alone, and so is what DuckDB puts there."""
    if path.is_dir():
        raise StoreError(f"{path}: is a folder; give the name of a file")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: its folder cannot be made: {error.strerror}") from error


def default_database_path(sources: Sequence[str]) -> Path:
    """Where the cache of these sources is kept: one file for each set of sources, by absolute path."""
    names = "\0".join(sorted({os.path.abspath(source) for source in sources}))  # noqa: PTH100
    digest = hashlib.sha256(names.encode(errors="surrogateescape")).hexdigest()[:16]
    return Path(platformdirs.user_state_path("incident-console")) / f"cache-{digest}.duckdb"
