"""Files that are whole or not there: written beside, forced to the disk, then renamed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from console.errors import ExportError

NAME_BYTES = 255
"""Longest file name that file systems take."""

_numbers = count(1)

_NO_LINKS = {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def target(path: Path, *, overwrite: bool, reserve: str = "") -> Path:
    """The absolute path that may be written to; its folder exists afterwards.

    Args:
        path: as the person gave it; `~` is their home.
        overwrite: whether a file that is there may be replaced.
        reserve: what a companion's name has beyond this one, counted in its length.

    Raises:
        ExportError: it is a folder, there already, too long, or its folder cannot be made.
    """
    try:
        path = path.expanduser().absolute()
        length = len(os.fsencode(path.name + reserve))
    except (RuntimeError, ValueError) as error:  # `~nobody`; what no file system can encode
        raise ExportError(f"{str(path)!r}: not written: {error}") from error
    if "\0" in str(path):
        raise ExportError(f"{str(path)!r}: not written: a name cannot hold a NUL")
    with _refusals(path):
        if length > NAME_BYTES:
            raise ExportError(f"{path}: the name is too long; {NAME_BYTES - len(reserve)} bytes at most")
        if path.is_dir():
            raise ExportError(f"{path}: is a folder; name a file in it")
        if not overwrite and os.path.lexists(path):
            raise already_there(path)
        path.parent.mkdir(parents=True, exist_ok=True)
    return path


def already_there(path: Path) -> ExportError:
    """What is said when a file is not to be replaced."""
    return ExportError(f"{path}: exists already; choose another name, or allow it to be overwritten")


@contextmanager
def partial(final: Path) -> Iterator[Path]:
    """A name in the same folder to write to, gone at the end whatever happens.

    Raises:
        ExportError: for whatever the disk refuses inside.
    """
    # The number keeps two threads apart that write to one name; a cut keeps a long name legal.
    short = os.fsdecode(os.fsencode(final.name)[:100])
    path = final.with_name(f".{short}.partial-{os.getpid()}-{next(_numbers)}")
    try:
        with _refusals(final):
            path.unlink(missing_ok=True)  # of a process that had this number before, and was killed
            yield path
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def put_in_place(written: Path, final: Path, *, overwrite: bool) -> None:
    """The file has its final name, in one step; it must be on the disk already.

    Raises:
        ExportError: somebody made a file of that name meanwhile, and `overwrite` is False.
        OSError: the disk refused. The final name is as it was.
    """
    if overwrite:
        written.replace(final)
        return
    try:
        # Unlike a rename, a link never replaces what somebody else put there meanwhile.
        os.link(written, final)
    except FileExistsError:
        raise already_there(final) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(final):
            raise already_there(final) from None
        written.replace(final)


def force_to_disk(path: Path) -> None:
    """A file's bytes, or a folder's names, outlast a power cut from here on."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _refusals(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"{place}: not written: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{reason}; free some space, or choose another disk"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{reason}; choose a folder that you may write to"
    return reason
