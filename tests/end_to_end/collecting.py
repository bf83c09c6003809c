"""`icon collect` as anybody runs it, and what any DuckDB client finds in its file."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb

from tests.forked import ROOT, Forked, forked, icon

_NUMBERED = re.compile(rb"[a-z]+-\d{6}")


def surroundings(home: Path) -> dict[str, str]:
    """An environment of its own, so that nothing of the person's is touched."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
    }


def collecting(sources: Iterable[Path | str], database: Path) -> AbstractContextManager[Forked]:
    """A collector that follows while the block goes on; its output says so once it does."""
    return forked(icon, _collect(sources, database), surroundings(database.parent / "home"))


def collect_once(sources: Iterable[Path | str], database: Path) -> None:
    """Everything that is there is in the database; the test fails with what was said if it is not."""
    _run([*_collect(sources, database), "--once", "--quiet"], database)


def ask_the_doctor(database: Path) -> None:
    """`icon doctor` finds that the ledger adds up; the test fails with what was said if it does not."""
    _run(["doctor", "--db", str(database)], database)


def _run(arguments: list[str], database: Path) -> None:
    with forked(icon, arguments, surroundings(database.parent / "home")) as process:
        said = process.rest()
        assert process.code == 0, "\n".join(said)


def _collect(sources: Iterable[Path | str], database: Path) -> list[str]:
    # Among other tests one that gives way to all of them would take many times as long.
    return ["collect", *map(str, sources), "--db", str(database), "--nice", "0"]


@dataclass(frozen=True, slots=True)
class Collected:
    """What became of numbered lines, each called `<log>-<six digits>`."""

    rows: Counter[str]
    rejects: Counter[str]
    lines: int
    blanks: int
    disorder: tuple[str, ...]
    """Where a source's offsets and the numbers of its lines do not grow together."""
    imbalance: tuple[str, ...]
    """Where the ledger does not agree with itself, or with what is stored."""


def collected(database: Path) -> Collected:
    """The lines that a database has, by their numbers, and whether its ledger adds up."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute("select request_id, source_id, source_offset from predictions").fetchall()
        rejects = connection.execute("select line, source_id, source_offset from rejects").fetchall()
        ledger = connection.execute(
            "select source_id, path, lines, rows, rejects, blanks from sources"
        ).fetchall()
    refused = [(_name(line), source, offset) for line, source, offset in rejects]
    stored_rows, stored_rejects = Counter(s for _, s, _ in rows), Counter(s for _, s, _ in refused)
    imbalance = [
        f"{path}: {lines} lines, {row_count} rows ({stored_rows[source]} stored), "
        f"{reject_count} rejects ({stored_rejects[source]} stored), {blanks} blanks"
        for source, path, lines, row_count, reject_count, blanks in ledger
        if lines != row_count + reject_count + blanks
        or row_count != stored_rows[source]
        or reject_count != stored_rejects[source]
    ]
    in_order = sorted([*rows, *refused], key=lambda line: (line[1], line[2]))
    disorder = [
        f"source {after[1]}: {before[0]}@{before[2]} is followed by {after[0]}@{after[2]}"
        for before, after in pairwise(in_order)
        if before[1] == after[1] and (before[0] >= after[0] or before[2] >= after[2])
    ]
    return Collected(
        rows=Counter(name for name, _, _ in rows),
        rejects=Counter(name for name, _, _ in refused),
        lines=sum(entry[2] for entry in ledger),
        blanks=sum(entry[5] for entry in ledger),
        disorder=tuple(disorder),
        imbalance=tuple(imbalance),
    )


def _name(line: bytes) -> str:
    found = _NUMBERED.search(line)
    assert found is not None, f"a reject without a number: {line[:100]!r}"
    return found[0].decode()
