"""Which files the arguments mean, at this moment."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from console.errors import SourceError
from console.ingest.names import COLUMNAR_SUFFIXES, LOG_SUFFIXES, is_generation, is_log, is_table
from console.ingest.opening import open_content
from console.ingest.plain import open_log
from console.ingest.truth_files import is_headed_by_truths
from console.model import SourceState

STANDARD_INPUT = "-"
"""The argument that means standard input."""

_HEAD_BYTES = 16 * 2**10
MAX_DEPTH = 4
"""How many levels of folders are searched below a directory that was given."""


@dataclass(frozen=True, slots=True)
class Found:
    """A log file that is there."""

    path: str
    """Its absolute name, fit to be shown and stored."""
    name: str
    """What to open it by; may hold bytes that are no text."""
    device: int
    inode: int
    size: int
    modified_ns: int
    log: str = ""
    """The name of which it is a generation, where that was asked; beside a link's target it is not alike."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An argument, or a file that it means, of which nothing can be read."""

    path: str
    state: SourceState
    problem: str
    """Why, and what would mend it."""


@dataclass(slots=True)
class Scan:
    """What one look at the file system gave."""

    files: list[Found] = field(default_factory=list)
    """Each file once, by device and inode, under the first name that led to it."""
    troubles: list[Trouble] = field(default_factory=list)
    directories: set[str] = field(default_factory=set)
    """Where new files may turn up or these may grow; not all need exist."""
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def take(self, name: str, status: os.stat_result) -> None:
        """Add a regular file, unless it is there already."""
        if (status.st_dev, status.st_ino) in self._seen:
            return
        self._seen.add((status.st_dev, status.st_ino))
        self.directories.add(str(Path(name).parent))
        self.files.append(found_at(name, status))


def scan(arguments: Sequence[str]) -> Scan:
    """The log files that the arguments mean now, and the arguments that mean none.

    Args:
        arguments: files of any ending; patterns with `*`, `**`, `?` and `[...]`; directories, of which
            every file is taken that is a log's by its name (`names.is_log`), in their folders too; and
            those of CSV whose header says that they hold truths.
            Symbolic links are followed. Hidden names are taken only when given in full.
            `STANDARD_INPUT` is passed over.
    """
    result = Scan()
    for argument in arguments:
        if argument == STANDARD_INPUT:
            continue
        name = str(Path(argument).absolute())
        try:
            _take_name(result, name)
        except FileNotFoundError:
            if glob.has_magic(argument):
                _take_pattern(result, name)
            else:
                result.directories.add(str(Path(name).parent))
                _trouble(result, name, SourceState.WAITING, "does not exist yet; read once it does")
        except OSError as error:
            _failed(result, name, error)
    return result


def covers(arguments: Sequence[str], path: str) -> bool:
    """Whether a file of that name would be taken, if it were there; or was, as a generation of one."""
    for argument in arguments:
        name = shown(str(Path(argument).absolute()))
        if path == name or (glob.has_magic(argument) and fnmatch(path, name)):
            return True
        if (is_log(path) or is_table(path)) and Path(name) in Path(path).parents:
            return True
        if Path(path).parent == Path(name).parent and is_generation(Path(path).name, Path(name).name):
            return True
    return False


def has_pattern(arguments: Sequence[str]) -> bool:
    """Whether one of the arguments is a pattern."""
    return any(glob.has_magic(argument) and not Path(argument).exists() for argument in arguments)


def literals(arguments: Sequence[str]) -> list[str]:
    """The arguments that name one file, there or not, absolute."""
    return [
        str(Path(argument).absolute())
        for argument in arguments
        if argument != STANDARD_INPUT
        and not (glob.has_magic(argument) and not Path(argument).exists())
        and not Path(argument).is_dir()
    ]


def require_readable(arguments: Sequence[str]) -> None:
    """Returns if every argument leads to at least one log file, and each of these can be opened.

    Raises:
        SourceError: `path: why`, for the first that does not.
    """
    for argument in arguments:
        result = scan([argument])
        for trouble in result.troubles:
            # Whoever asks does not wait, so what would happen if they did is no use to them.
            raise SourceError(f"{trouble.path}: {trouble.problem.partition('; read once')[0]}")
        for found in result.files:
            try:
                os.close(open_log(found.name))
            except OSError as error:
                why = why_not(error).partition("; read once")[0]
                raise SourceError(f"{found.path}: {why}") from error


def why_not(error: OSError) -> str:
    """What the operating system objected to, and what would mend it."""
    if isinstance(error, PermissionError):
        return "permission denied; let this user read it"
    if isinstance(error, FileNotFoundError):
        return "does not exist yet; read once it does"
    reason = error.strerror or str(error)
    if error.errno in (23, 24):  # ENFILE, EMFILE
        return f"{reason}; raise `ulimit -n`, or follow fewer files"
    return f"{reason[:1].lower()}{reason[1:]}; it is tried again"


def shown(name: str) -> str:
    """A file's name as text, with bytes that are no UTF-8 written out as `\\xff`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def found_at(name: str, status: os.stat_result) -> Found:
    """The file of that name, as the system describes it."""
    return Found(shown(name), name, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _take_name(result: Scan, name: str) -> None:
    status = Path(name).stat()
    if stat.S_ISDIR(status.st_mode):
        before = len(result._seen), len(result.troubles)
        _take_directory(result, name, MAX_DEPTH, set())
        if (len(result._seen), len(result.troubles)) == before and not _any_log(name):
            endings = ", ".join((*LOG_SUFFIXES, *COLUMNAR_SUFFIXES))
            _trouble(
                result, name, SourceState.WAITING, f"no file that ends in {endings} yet; read once there is"
            )
    elif stat.S_ISREG(status.st_mode):
        result.take(name, status)
    else:
        problem = "not a regular file; give a file, a directory or a pattern"
        _trouble(result, name, SourceState.FAILED, problem)


def _take_pattern(result: Scan, pattern: str) -> None:
    result.directories.add(_fixed_part(pattern))
    # pathlib's own patterns take hidden names and end `**` at folders.
    names = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207
    matched = False
    for name in names:
        try:
            status = Path(name).stat()
            if stat.S_ISREG(status.st_mode):
                result.take(name, status)
                matched = True
            elif stat.S_ISDIR(status.st_mode) and "**" not in pattern:
                _take_directory(result, name, MAX_DEPTH, set())
                matched = True
        except FileNotFoundError:
            continue
        except OSError as error:
            _failed(result, name, error)
            matched = True
    if not matched:
        _trouble(result, pattern, SourceState.WAITING, "matches no file yet; read once one does")


def _take_directory(result: Scan, directory: str, depth: int, visited: set[tuple[int, int]]) -> None:
    result.directories.add(directory)
    folders: list[str] = []
    try:
        status = Path(directory).stat()
        if (status.st_dev, status.st_ino) in visited:
            return
        visited.add((status.st_dev, status.st_ino))
        for entry in _entries(directory):
            try:
                if entry.is_dir():
                    folders.append(entry.path)
                elif (is_log(entry.name) or is_table(entry.name)) and entry.is_file():
                    # DirEntry.stat would be older than the directory for a link that was re-pointed.
                    status = entry.stat()
                    if is_log(entry.name) or _holds_truths(
                        entry.path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
                    ):
                        result.take(entry.path, status)
            except FileNotFoundError:
                continue
            except OSError as error:  # a link that leads to itself, say
                if is_log(entry.name):
                    _failed(result, entry.path, error)
    except OSError as error:
        _failed(result, directory, error)
    if depth:
        for folder in folders:
            _take_directory(result, folder, depth - 1, visited)


@lru_cache(maxsize=4096)
def _holds_truths(name: str, device: int, inode: int, size: int, modified_ns: int) -> bool:
    """Whether a file of CSV is one of truths; asked again when it has changed."""
    try:
        content = open_content(name)
    except OSError:
        return False
    try:
        return is_headed_by_truths(content.read(_HEAD_BYTES, 0))
    except OSError:
        return False
    finally:
        content.close()


def _any_log(directory: str) -> bool:
    """Whether the directory has logs of its own, though other arguments gave them first."""
    alone = Scan()
    _take_directory(alone, directory, MAX_DEPTH, set())
    return bool(alone.files)


def _entries(directory: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(directory) as entries:
        yield from sorted((e for e in entries if not e.name.startswith(".")), key=lambda entry: entry.name)


def _fixed_part(pattern: str) -> str:
    path = Path(pattern)
    while glob.has_magic(str(path)):
        path = path.parent
    return str(path)


def _failed(result: Scan, name: str, error: OSError) -> None:
    _trouble(result, name, SourceState.FAILED, why_not(error))


def _trouble(result: Scan, name: str, state: SourceState, problem: str) -> None:
    result.troubles.append(Trouble(shown(name), state, problem))
