"""Temporary folders of this process, which go with it, however it ends."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

PREFIX = "incident-console-"
"""How the names of all of them begin."""
_OWNER = "owner"
"""File that the owner holds a lock on; the system lets go of it when the process is gone."""
_CONTENT = "content"


class OwnFolder:
    """A temporary folder for this process alone. A context manager: leaving removes it.

    What a process that was killed has left is removed by the next one that makes a folder, or asks for that.
    """

    def __init__(self, kind: str) -> None:
        """The folder is there, empty, and others can tell that it is in use.

        Args:
            kind: what it is for, a word of its name.

        Raises:
            OSError: it cannot be made.
        """
        remove_deserted()
        self._outer = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{kind}-"))
        self._lock: int | None = None
        self.path = self._outer / _CONTENT
        """Where its files go."""
        try:
            self.path.mkdir(mode=0o700)
            self._lock = _locked(self._outer)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """It is gone, with all that is in it."""
        shutil.rmtree(self._outer, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Path:
        return self.path

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def remove_deserted() -> None:
    """No folder is left of this person's processes that are gone.

    One that is in use, another person's, or a link is left as it is; what cannot be removed as well.
    """
    with suppress(OSError):
        for entry in os.scandir(tempfile.gettempdir()):
            if entry.name.startswith(PREFIX):
                with suppress(OSError):
                    _remove_if_deserted(Path(entry.path))


def _remove_if_deserted(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        return
    lock = os.open(folder / _OWNER, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _locked(folder: Path) -> int | None:
    """The descriptor that holds the lock; None where the file system has no locks, and none is in the folder.

    The file gets its name only once it is locked, so that nobody finds it free who comes in between.
    """
    unnamed = folder / f".{_OWNER}"
    descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    unnamed.rename(folder / _OWNER)
    return descriptor
