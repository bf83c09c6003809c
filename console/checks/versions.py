"""Model versions that run with parts they have never been seen with, or without features they should have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.check import CellQuery, Check, Judging
from console.checks.grid import Board, Counts, Steps, between, largest, prefix
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
    trouble: tuple[int, int] | None = None
    """The steps in which the pair was seen, half-open."""
    part: tuple[str, str] | None = None
    """The part and its version; None where features are missing."""
    foreign: bool = False
    """Whether the part's version is that of another version of the model."""


def judge_versions(judging: Judging) -> list[Reading]:
    """One reading a model, version and window that breached or lingers, from `queries/version_cells.sql`."""
    cells = judging.cells[VERSIONS.name]
    readings = []
    for (model,), keys in cells.groups("model").items():
        names = [tuple(map(str, row)) for row in cells.keys[keys.tolist()].select(VERSIONS.keys[1:]).rows()]
        rows = cells.counts("rows")[keys]
        told = np.array([at for at, (_, kind, _, _) in enumerate(names) if kind == "rows"], dtype=np.int64)
        judged = {names[at][0] for at in told[largest(rows[told])].tolist()}
        kept = [at for at, (version, *_) in enumerate(names) if version in judged]
        names, rows = [names[at] for at in kept], rows[kept]
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


def _weight(finding: _Finding) -> tuple[bool, bool, int, float]:
    return finding.verdict is Verdict.BREACH, finding.foreign, finding.severity, finding.value


class _History:
    """The versions of one model, with their parts and features, step by step."""

    def __init__(self, board: Board, rows: Mapping[tuple[str, ...], npt.NDArray[np.integer]]) -> None:
        self._board = board
        self._totals = {name: prefix(counts) for name, counts in rows.items()}
        kinds = {kind for _, kind, _, _ in rows} - {"rows", "sampled", "feature"}
        self._parts: dict[tuple[str, str], dict[str, dict[str, Counts]]] = {}
        for (version, kind, name, value), total in self._totals.items():
            if kind in kinds:
                self._parts.setdefault((kind, name), {}).setdefault(version, {})[value] = total
        self._sampled = {v: total for (v, kind, _, _), total in self._totals.items() if kind == "sampled"}
        self._features = sorted({name for _, kind, name, _ in self._totals if kind == "feature"})
        self.versions = sorted({version for version, kind, _, _ in rows if kind == "rows"})
        """In the order of their names; empty for requests without one."""

    def _told(self, first: int) -> Steps:
        """Ends of which something is to be said, while what came up at a step is new."""
        ends = self._board.ends
        return ends[
            (ends >= max(first, self._board.tell_from)) & (ends < first + FRESH // self._board.grid.step)
        ]

    def mismatches(self, version: str, limits: VersionLimits) -> Iterator[_Finding]:
        """Windows in which the version ran with a part's version that it had never been seen with."""
        for (_, name), by_version in self._parts.items():
            own = by_version.get(version, {})
            everything = sum(total for values in by_version.values() for total in values.values())
            for value, total in own.items():
                first = _first(total)
                if len(own) < 2 or int(np.asarray(everything)[first]) < limits.min_seen_rows:
                    continue
                others = {other: counts for other, counts in own.items() if other != value}
                seen = {
                    other: {v for v, counts in values.items() if counts[first] >= limits.min_seen_rows}
                    for other, values in by_version.items()
                    if other != version
                }
                if any(value in values and values & others.keys() for values in seen.values()):
                    continue  # another version has both of them, by endpoint say
                owners = [other for other, values in seen.items() if value in values]
                owner = max(owners, key=lambda v: (int(by_version[v][value][first]), v), default=None)
                for window in sorted({self._board.grid.length(minutes) for minutes in WINDOWS}):
                    yield from self._mismatch((name, value), total, others, owner, window, limits)

    def _mismatch(
        self,
        part: tuple[str, str],
        total: Counts,
        others: Mapping[str, Counts],
        owner: str | None,
        window: int,
        limits: VersionLimits,
    ) -> Iterator[_Finding]:
        first = _first(total)
        ends = self._told(first)
        rest = np.sum(list(others.values()), axis=0)
        start = np.maximum(ends + 1 - window, first)
        hits, rest_rows = between(total, start, ends + 1), between(rest, start, ends + 1)
        rows = hits + rest_rows
        share = hits / np.maximum(rows, 1)
        ongoing = share >= limits.min_share
        if owner is None:
            # A version of its own is a roll-out of the part, unless the one before goes on beside it.
            ongoing &= share <= 1 - limits.min_share
        # That the pair was not seen before: at most this, if it had always come as often as now.
        unseen = (rows / np.maximum(rows + rest[first], 1)) ** hits
        young = bool(rest[first] < limits.min_seen_rows)
        breached = ongoing & (hits >= limits.min_rows) & (young | (unseen < limits.chance))
        breached &= rest[ends + 1] >= limits.min_seen_rows
        if owner is None:
            split = prefix(((np.diff(total) > 0) & (np.diff(rest) > 0)).astype(np.int64))
            breached &= between(split, start, ends + 1) >= limits.split_steps
        usual = max(others, key=lambda value: (int(others[value][-1]), value))
        whose = (
            f", which is that of {short(owner) or 'requests without a version'}," if owner is not None else ""
        )
        for at in np.flatnonzero(ongoing & (hits > 0)).tolist():
            yield _Finding(
                end=int(ends[at]),
                window=int(ends[at] + 1 - start[at]),
                verdict=Verdict.BREACH if breached[at] else Verdict.LINGERING,
                severity=Severity.CRITICAL if owner is not None and share[at] >= 0.5 else Severity.WARNING,
                value=float(share[at]),
                limit=limits.min_share,
                rows=int(rows[at]),
                baseline_rows=int(rest[first]),
                said=f"{short(part[0])} {short(part[1])}{whose} in {percent(float(share[at]))} of requests "
                f"({int(hits[at]):,} of {int(rows[at]):,}), {short(usual)} in the others: "
                "never seen together before",
                trouble=_seen(total, int(start[at]), int(ends[at]) + 1),
                part=part,
                foreign=owner is not None,
            )

    def features(self, version: str, limits: VersionLimits) -> Iterator[_Finding]:
        """Windows in which a new version has lost, or gained, features against the one before it."""
        sampled, names = self._sampled, self._features
        mine = sampled.get(version)
        if mine is None:
            return
        first, grid = _first(mine), self._board.grid
        since = max(0, first - grid.day)
        before = {v: int(total[first] - total[since]) for v, total in sampled.items() if v != version}
        old = max(before, key=lambda v: (before[v], v), default=None)
        if old is None or before[old] < limits.min_seen_rows:
            return
        nothing = np.zeros_like(mine)
        has_old, has = (
            np.array([self._totals.get((v, "feature", name, ""), nothing) for name in names])
            for v in (old, version)
        )
        if not names:
            return
        usual = (has_old[:, first] - has_old[:, since]) / before[old]
        ends = self._told(first)
        rows = mine[ends + 1] - mine[first]
        share = (has[:, ends + 1] - has[:, [first]]) / np.maximum(rows, 1)
        lost = (usual >= limits.present)[:, None] & (share <= limits.absent)
        gained = (usual <= limits.absent)[:, None] & (share >= limits.present)
        for at in np.flatnonzero((rows >= limits.min_version_rows) & (lost | gained).any(axis=0)).tolist():
            gone, come = ([names[n] for n in np.flatnonzero(which[:, at])] for which in (lost, gained))
            said = " and ".join(
                f"{verb} {_listed(which)}" for verb, which in (("without", gone), ("with", come)) if which
            )
            yield _Finding(
                end=int(ends[at]),
                window=int(min(ends[at] + 1 - first, grid.length(WINDOWS[0]))),
                verdict=Verdict.BREACH,
                severity=Severity.WARNING if gone else Severity.INFO,
                value=float(len(gone) + len(come)),
                limit=1.0,
                rows=int(rows[at]),
                baseline_rows=before[old],
                said=f"{said}, unlike {short(old) or 'requests without a version'} before it",
            )


def _first(total: Counts) -> int:
    """The first step with any rows, of running totals that end with some."""
    return int(np.searchsorted(total, 0, side="right")) - 1


def _seen(total: Counts, start: int, until: int) -> tuple[int, int]:
    """From the first to behind the last step of a range that has any rows, of running totals with some."""
    seen = np.flatnonzero(np.diff(total[start : until + 1]) > 0)
    return start + int(seen[0]), start + int(seen[-1]) + 1


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(short(name) for name in names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"


def _reading(board: Board, model: str, version: str, found: _Finding) -> Reading:
    start, until = board.window(found.end, found.window)
    place = {"model": model, "start": start, "until": until}
    whole = {"dimension": "model_version", "slice_value": version} if version else {}
    offenders = QueryCall("predictions_in_slice", {**place, **whole})
    if found.part is not None:
        part, part_version = found.part
        theirs = {"model_version": version, "part": part, "part_version": part_version}
        offenders = QueryCall("predictions_with_part_version", {**place, **theirs})
    return Reading(
        check="versions",
        model=model,
        subject=version,
        window=Window(start, until),
        verdict=found.verdict,
        value=found.value,
        baseline=0.0,
        limit=found.limit,
        unit="share" if found.part else "features",
        rows=found.rows,
        baseline_rows=found.baseline_rows,
        severity=found.severity,
        summary=f"{short(version) or 'without a version'}: {found.said}",
        slice=Slice("model_version", version) if version else Slice(),
        evidence=QueryCall("versions", {**place, "start": start - FRESH}),
        offenders=offenders,
        trouble=board.stretch(found.trouble),
    )


CHECK = Check("versions", (VERSIONS,), LIMITS, judge_versions)
