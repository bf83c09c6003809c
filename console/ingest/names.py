"""What a file's name says: whether it is a log's, and which log it was rotated from."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

LOG_SUFFIXES = (".jsonl", ".ndjson", ".log")
"""Endings of the names that are taken from a directory, as they are or followed by what rotation adds."""

PACKED_SUFFIXES = (".gz", ".zst", ".bz2", ".xz")
"""Endings of archives, which are read once."""

COLUMNAR_SUFFIXES = (".parquet",)

TABLE_SUFFIXES = (".csv", ".tsv")
"""Endings of files that a directory gives only if their header says that they hold truths."""

_SET_ASIDE = (*PACKED_SUFFIXES, ".old", ".bak", "~")
_NUMBER = r"\d+(?:[-_.:T]\d+)*Z?"
_NUMBERS = re.compile(rf"(?:^|[-._]){_NUMBER}(?=[-._]|$)")
_LAST_NUMBER = re.compile(rf"[-._]{_NUMBER}$")
_INSERTED = re.compile(r"\.\d{1,3}|[-._]\d{8}.*|[-._]\d{4}[-_.]\d.*")
"""What a rotation puts before a name's ending: a counter behind a dot, or a date."""

_CURRENT = "current"
_TIMED = re.compile(r"@[0-9a-f]{24}\.[su]")
_BESIDE_CURRENT = re.compile(r"(previous|@[0-9a-f]{24}\.u)|processed|@[0-9a-f]{24}\.[st]")
"""What multilog and svlogd make of `current`: the file renamed, then what a processor such as gzip gave."""


def is_log(name: str) -> bool:
    """Whether a directory gives the file: `app.jsonl`, `app.log.2.gz`, `app-20261123.jsonl.zst`."""
    if name.endswith(COLUMNAR_SUFFIXES):
        return True
    return _ends_in(name, LOG_SUFFIXES)


def is_table(name: str) -> bool:
    """Whether the file is one of lines below a header, by its name: `labels.csv`, `labels.csv.1.gz`."""
    return _ends_in(name, TABLE_SUFFIXES)


def is_packed(name: str) -> bool:
    """Whether it is an archive or a file of columns, by its name."""
    return name.endswith((*PACKED_SUFFIXES, *COLUMNAR_SUFFIXES))


@lru_cache(maxsize=10_000)
def _told_by(path: str) -> tuple[str, int, str]:
    """The stem of the file's name, how much it has besides, and the log it is a generation of."""
    name = path.rpartition("/")[2]
    return *stem(name), _log_of(name)


@lru_cache(maxsize=10_000)
def stem(name: str) -> tuple[str, int]:
    """What is left of a file's name without numbers, dates and endings, and how many of these it had."""
    if beside := _BESIDE_CURRENT.fullmatch(name):
        return _CURRENT, 1 if beside[1] else 2
    plain, added = _unpacked(name)
    rest, numbers = _NUMBERS.subn("", plain)
    return rest, added + numbers


def may_hold(name: str, earlier: str) -> bool:
    """Whether a rotation may have put there, under a longer name, what was in the earlier file.

    It has the same name but for numbers, dates and endings, and more of these.
    """
    (one, more, _), (other, fewer, _) = _told_by(name), _told_by(earlier)
    return one == other and more > fewer


def may_repeat(name: str, other: str) -> bool:
    """Whether two files may hold the same by their names, whichever was there first.

    Two generations of one log may, `app.log.1` and `app.log.2.gz`, where a counter or a date comes behind
    the log's ending; so may an archive and what was unpacked from it, `app-2.log.gz` and `app-2.log`. A log
    repeats none of its generations. No rotation packs one file in two ways, `app.log.gz` and `app.log.xz`.
    """
    log = _told_by(name)[2]
    if log != _told_by(other)[2]:
        return False  # at once, since each file is compared with each
    name, other = name.rpartition("/")[2], other.rpartition("/")[2]
    if other in (name + ending for ending in PACKED_SUFFIXES):
        return True
    if is_packed(name) and is_packed(other) and _unpacked(name) == _unpacked(other):
        return False
    return log not in (name, other)


def is_generation(name: str, base: str) -> bool:
    """Whether a file is by its name an earlier generation of the log that is called `base`.

    Narrower than `may_hold`, since such a file is read though nobody has named it: `app.log.1`,
    `app.log-20261123.gz`, `app.2.log` and `app-20261123.log` are generations of `app.log`, `app-2.log`
    is not. Those of `current` are called by their time, `@400000006b04f0b437e4960c.s`.
    """
    if not may_hold(name, base):
        return False
    if base == _CURRENT and _TIMED.fullmatch(name):
        return True
    plain, _ = _unpacked(name)
    if plain.startswith(base):
        return True
    ending = Path(base).suffix
    root = base.removesuffix(ending)
    if not (plain.startswith(root) and plain.endswith(ending)):
        return False
    return _INSERTED.fullmatch(plain[len(root) : len(plain) - len(ending)]) is not None


def _ends_in(name: str, suffixes: tuple[str, ...]) -> bool:
    plain, _ = _unpacked(name)
    return plain.endswith(suffixes) or _LAST_NUMBER.sub("", plain).endswith(suffixes)


def _log_of(name: str) -> str:
    """What the log is called whose generation has this name; the name itself if it is none."""
    plain, _ = _unpacked(name)
    log = _LAST_NUMBER.sub("", plain)
    return log if log.endswith(LOG_SUFFIXES) else plain


def _unpacked(name: str) -> tuple[str, int]:
    """The name without the endings of archives and of files set aside, and how many there were."""
    count = 0
    while name.endswith(_SET_ASIDE):
        name = next(name.removesuffix(suffix) for suffix in _SET_ASIDE if name.endswith(suffix))
        count += 1
    return name, count
