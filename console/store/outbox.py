"""Files that DuckDB writes: into a folder that is closed to all else, and from there to their place.

DuckDB has no access to files (`database`), so that no statement of a person's has; one folder is the
exception, and it is there only while a file is written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from console.errors import StoreError
from console.store.database import outbox_of

_numbers = count(1)


@contextmanager
def outgoing(database: str, final: Path) -> Iterator[Path]:
    """A path for DuckDB to write to; what is there at the end of the block is at `final`.

    On one disk it is only renamed; from one disk to another it is copied, and takes its room twice.

    Raises:
        StoreError: the disk refused; a cut file may be left at `final`.
    """
    folder = outbox_of(database)
    path = folder / f"{os.getpid()}-{next(_numbers)}"
    try:
        with _refusals(folder), suppress(FileExistsError):  # another export is under way
            folder.mkdir(mode=0o700)
        yield path
        with _refusals(final):
            try:
                path.rename(final)
            except OSError:
                shutil.copyfile(path, final)
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def _refusals(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{place}: not written: {error.strerror or error}") from error
