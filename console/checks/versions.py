"""Model versions that run with parts they have never been seen with, or without features they should have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.check import CellQuery, Check, Judging
from console.checks.grid import Board, Counts, Flags, between, prefix
from console.checks.limits import limits_for
from console.checks.say import percent, short
from console.checks.vocabulary import FRESH
from console.model import QueryCall, Reading, Severity, Slice, Verdict, Window

VERSIONS = CellQuery(
    "version_cells", ("model", "model_version", "kind", "name", "value"), ("rows",), coarse=True
)
WINDOWS = (60, 240)
"""Lengths in minutes: traffic that is split shows in the first, if there is enough of it."""
NAMED = 3
"""Features that a summary names."""


@dataclass(frozen=True, slots=True)
class VersionLimits:
    """When a version is in the wrong company, and when a feature came or went with it."""

    min_rows: int = 10
    """Requests of a model version with the part's version, in the window."""
    min_seen_rows: int = 100
    """Requests of the model version with another version of the part, before there is a mismatch."""
    min_share: float = 0.02
    """Of the model version's requests: with less, and with as little left of the others, it is not split."""
    split_steps: int = 3
    """Steps in which both were seen, from which on it is no roll-out that is just under way."""
    chance: float = 1e-4
    """Probability that the pair would not have been seen before by chance."""
    min_version_rows: int = 50
    """Requests of a new version, before its features are looked at."""
    present: float = 0.9
    """Share of requests from which a feature belongs to a version."""
    absent: float = 0.1
    """Share below which it does not."""


LIMITS = VersionLimits()


@dataclass(frozen=True, slots=True)
class _Finding:
    """What is said of one model version in one window; the worse one counts."""

    end: int
    window: int
    verdict: Verdict
    severity: Severity
    value: float
    limit: float
    rows: int
    baseline_rows: int
    said: str
    part: tuple[str, str] | None = None
    """The part and its version; None where features are missing."""


def judge_versions(judging: Judging) -> list[Reading]:
    """One reading a model, version and window that breached or lingers, from `queries/version_cells.sql`."""
    cells = judging.cells[VERSIONS.name]
    readings = []
    for (model,), keys in cells.groups("model").items():
        names = [tuple(map(str, row)) for row in cells.keys[keys.tolist()].select(VERSIONS.keys[1:]).rows()]
        rows = cells.counts("rows")[keys]
        history = _History(judging.board, {name: rows[at] for at, name in enumerate(names)})
        for version in history.versions:
            limits = limits_for(LIMITS, "versions", model, version, judging.rules)
            found: dict[tuple[int, int], _Finding] = {}
            for finding in (*history.mismatches(version, limits), *history.features(version, limits)):
                place = finding.end, finding.window
                if place not in found or _weight(found[place]) < _weight(finding):
                    found[place] = finding
            readings += [_reading(judging.board, model, version, one) for one in found.values()]
    return readings


def _weight(finding: _Finding) -> tuple[bool, int, float]:
    return finding.verdict is Verdict.BREACH, finding.severity, finding.value


class _History:
    """The versions of one model, with their parts and features, step by step."""

    def __init__(
        self, board: Board, rows: dict[tuple[str, ...], npt.NDArray[np.integer]]
    ) -> None:
        self._board = board
        self._rows = {name: prefix(counts) for name, counts in rows.items()}
        firsts = {version: _first(total) for (version, kind, *_), total in self._rows.items() if kind == "rows"}
        self.versions = sorted(firsts)
        """In the order of their names; empty for requests without one."""
        self._firsts = firsts
        self._parts: dict[tuple[str, str], dict[str, dict[str, Counts]]] = {}
        for (version, kind, name, value), total in self._rows.items():
            if kind not in ("rows", "sampled", "feature"):
                self._parts.setdefault((kind, name), {}).setdefault(version, {})[value] = total

    def _ends(self, first: int) -> npt.NDArray[np.int64]:
        """Ends that are to be told, while what came up at a step is new."""
        ends = self._board.ends
        told = (ends >= max(first, self._board.tell_from)) & (ends < first + FRESH // self._board.grid.step)
        return ends[told]

    def mismatches(self, version: str, limits: VersionLimits) -> Iterator[_Finding]:
        """Windows in which the version ran with a part's version it had never been seen with."""
        for (_, name), by_version in self._parts.items():
            own = by_version.get(version, {})
            if len(own) < 2:
                continue
            together = np.sum(list(own.values()), axis=0)
            model = np.sum([total for values in by_version.values() for total in values.values()], axis=0)
            for value, total in own.items():
                first = _first(total)
                if model[first] < limits.min_seen_rows:
                    continue
                elsewhere = sum(
                    int(values[value][first])
                    for other, values in by_version.items()
                    if other != version and value in values
                )
                owner = _owner(by_version, version, value, first) if elsewhere >= limits.min_seen_rows else None
                yield from self._mismatch(name, value, total, together, owner, limits)

    def _mismatch(
        self,
        name: str,
        value: str,
        total: Counts,
        together: Counts,
        owner: str | None,
        limits: VersionLimits,
    ) -> Iterator[_Finding]:
        first = _first(total)
        ends = self._ends(first)
        others = together - total
        split: Flags = (np.diff(total) > 0) & (np.diff(others) > 0)
        for window in sorted({self._board.grid.length(minutes) for minutes in WINDOWS}):
            start = np.maximum(ends + 1 - window, first)
            hits, rows = between(total, start, ends + 1), between(together, start, ends + 1)
            share = hits / np.maximum(rows, 1)
            new = (share ** 0) * (rows / np.maximum(rows + together[first], 1)) ** hits < limits.chance
            if owner is None:
                # Of one of its own it says only then that something is wrong if the other goes on too.
                new &= between(prefix(split.astype(np.int64)), start, ends + 1) >= limits.split_steps
                new &= (share >= limits.min_share) & (share <= 1 - limits.min_share)
            enough = (others[ends + 1] >= limits.min_seen_rows) & (hits >= limits.min_rows)
            fired = new & enough & (share >= limits.min_share)
            began = np.maximum.accumulate(fired) if len(fired) else fired
            lingers = ~fired & began & (hits > 0) & (share <= 1 - limits.min_share if owner is None else True)
            for at in np.flatnonzero(fired | lingers).tolist():
                whose = f", which is that of {short(owner) or 'requests without a version'}" if owner else ""
                usual = max(
                    (v for v in [""]), default=""
                )
                yield _Finding(
                    end=int(ends[at]),
                    window=int(ends[at] + 1 - start[at]),
                    verdict=Verdict.BREACH if fired[at] else Verdict.LINGERING,
                    severity=Severity.CRITICAL if share[at] >= 0.5 and owner else Severity.WARNING,
                    value=float(share[at]),
                    limit=limits.min_share,
                    rows=int(rows[at]),
                    baseline_rows=int(together[first]),
                    said=f"{short(name)} {short(value)}{whose} in {percent(float(share[at]))} of requests"
                    f" ({int(hits[at]):,} of {int(rows[at]):,}): never seen together before{usual}",
                    part=(name, value),
                )
