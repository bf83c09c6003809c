"""Files that logs were rotated to: by their names beside the logs, or by the inodes that they keep."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from console.ingest.names import is_generation, stem
from console.ingest.sources import Found, covers, found_at, has_pattern, literals, shown
from console.model import SourceMark


def logs_meant(arguments: Sequence[str], files: Iterable[Found], marks: Iterable[SourceMark]) -> list[str]:
    """The names of logs that are asked for with their generations, those first that an argument names.

    Args:
        arguments: see `sources.scan`.
        files: what they lead to now.
        marks: of what they may have led to before: a log that is being rotated has no name at the moment.
    """
    named = literals(arguments)
    if len(named) == len(arguments):
        return named
    matched = [*(file.name for file in files), *{mark.path for mark in marks if covers(arguments, mark.path)}]
    if not has_pattern(arguments):
        # In a directory all is found that is there; but not what is beside the target of a link.
        matched = [name for name in matched if os.path.islink(name)]  # noqa: PTH114
    return named + matched


def generations(names: Sequence[str]) -> Iterator[tuple[str, Found]]:
    """The files that logs of these names, or what their links lead to, were rotated to, in the same folder.

    Each with the name of which it is a generation.
    """
    logs: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for name in names:
        for path in {name, os.path.realpath(name)}:
            folder, log = os.path.split(path)
            logs.setdefault(folder, {}).setdefault(stem(log)[0], []).append((log, name))
    for folder, by_stem in logs.items():
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                likely = by_stem.get(stem(entry.name)[0], ())
                of = [name for log, name in likely if is_generation(entry.name, log)]
                if of:
                    with suppress(OSError):
                        status = entry.stat()
                        if stat.S_ISREG(status.st_mode):
                            yield of[0], replace(found_at(entry.path, status), log=shown(of[0]))


class Known:
    """The names by which sources were read before."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._names: dict[tuple[str, str], set[str]] = {}
        for path in paths:
            folder, name = os.path.split(path)
            self._names.setdefault((folder, stem(name)[0]), set()).add(name)

    def __bool__(self) -> bool:
        return bool(self._names)

    def has(self, log: str) -> bool:
        """Whether the log was, or a generation of it: a link to one may have come a moment later."""
        folder, name = os.path.split(shown(log))
        likely = self._names.get((folder, stem(name)[0]), set())
        return name in likely or any(is_generation(other, name) for other in likely)


def renamed(marks: Iterable[SourceMark]) -> Iterator[str]:
    """The names of files with the inode of a marked one, where that was, or where a link to it led."""
    by_folder: dict[Path, set[int]] = {}
    for mark in marks:
        # A link may have led elsewhere when the file was opened.
        now_at = {str(Path(path).parent) for path in (mark.path, os.path.realpath(mark.path))}
        for folder in now_at | ({mark.identity.folder} - {""}):
            by_folder.setdefault(Path(folder), set()).add(mark.identity.inode)
    for place, inodes in by_folder.items():
        with suppress(OSError), os.scandir(place) as entries:
            yield from [entry.path for entry in entries if entry.inode() in inodes]


def may_be_renamed(name: str, path: str) -> bool:
    """Whether by its name a file may have been called `path`; any may, if that is a link."""
    same = stem(os.path.basename(name))[0] == stem(os.path.basename(path))[0]  # noqa: PTH119
    return same or os.path.islink(path)  # noqa: PTH114
