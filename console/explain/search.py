"""Finds the one or two conditions that best part troubled rows from the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from console.explain.columns import Grouped, Part, Rows
from console.explain.cuts import best_cut, side_of
from console.explain.offending import OUTCOMES
from console.explain.trouble import Counts, Told, Trouble
from console.model import CommonSlice, Condition

MOST_PARTS = 64
"""Parts that are tried in pairs."""
PARTS_OF_A_COLUMN = 6
CUTS_THAT_DIFFER = 8
"""As how many independent parts the cuts through a number count: neighbours tell nearly the same."""
WORTH_TRYING = 0.02
"""Nats an offending row that a part must tell to be tried."""
LEAST_DIVERGENCE = 0.1
"""Nats an offending row that a slice must tell, and a second condition on top: a tenth fewer rows, say."""
LEAST_OF_A_CUT = 1.5
"""Nats that a single cut through a number must tell of a trouble with another input: most numbers go with the
others, and a side that has a third of the rows explains nothing."""
BEYOND_CHANCE = 4.0
"""Nats of evidence beyond those that trying so many parts gives by chance: about 2 %."""
LEAST_SHARE = 0.1
"""Of the whole trouble, what a slice must hold to be listed."""
MOST_SLICES = 4
AS_GOOD = 0.97
"""Of the best divergence, from which what is simpler or better known is preferred."""
_KINDS = ("field", "tag", "text", "number")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked of a choice, beside that it tells much."""

    tried: int
    """Parts that were tried."""
    prefers: frozenset[tuple[str, str]]
    """Field and value that come first where as much is told."""
    least_of_a_cut: float
    """Nats that a single cut through a number must tell."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """One or two parts, and what they tell."""

    parts: tuple[Part, ...]
    divergence: float


def slices(
    grouped: Grouped, told_by: frozenset[str], prefers: frozenset[tuple[str, str]] = frozenset()
) -> tuple[CommonSlice, ...]:
    """The slices that hold most of the trouble, each the best of what those before it leave; then outcomes
    that go with it.

    Args:
        told_by: names of fields and features that define the trouble.
        prefers: field and value that the trouble is told of, such as an endpoint: of conditions that tell as
            much, those with it come first.
    """
    trouble = grouped.trouble
    if not trouble.drawn[0] or not trouble.drawn[1]:
        return ()
    causes: list[tuple[Part, float]] = []
    outcomes: list[tuple[Part, float]] = []
    told, tried = grouped.named(told_by), 0
    for column in range(len(grouped.columns)):
        if column in told:
            continue
        parts, counts = grouped.parts(column)
        tried += len(parts) if parts and parts[0].side == "=" else CUTS_THAT_DIFFER
        divergence = trouble.told(counts).divergence
        best = [(parts[n], float(divergence[n])) for n in np.argsort(-divergence, kind="stable")]
        best = [one for one in best[:PARTS_OF_A_COLUMN] if one[1] >= WORTH_TRYING]
        if best and not grouped.only_follows(column, told):
            (outcomes if _is_outcome(grouped, column) else causes).extend(best)
    causes = sorted(causes, key=lambda one: -one[1])[:MOST_PARTS]
    wanted = _Wanted(tried, prefers, LEAST_OF_A_CUT if told_by - OUTCOMES else 0.0)
    found = _covering(grouped, [part for part, _ in causes], wanted)
    for part, _ in sorted(outcomes, key=lambda one: -one[1])[:1]:
        if _holds(trouble.told(grouped.counts_of(grouped.rows(part))), _required(tried))[0]:
            found.append(_refined(grouped, (part,)))
    return tuple(_as_slice(grouped, conditions, rows) for conditions, rows in found)


def _is_outcome(grouped: Grouped, column: int) -> bool:
    drawn = grouped.columns[column]
    return drawn.kind in ("field", "number") and drawn.name in OUTCOMES


def _required(tried: int) -> float:
    return math.log(max(tried, 1)) + BEYOND_CHANCE


def _covering(
    grouped: Grouped, parts: Sequence[Part], wanted: _Wanted
) -> list[tuple[tuple[Condition, ...], Rows]]:
    """The best slice, then the best of the rows outside of it, and so on."""
    found: list[tuple[tuple[Condition, ...], Rows]] = []
    if not parts:
        return found
    inside = np.stack([grouped.rows(part) for part in parts]).astype(np.float32)
    trouble, left = grouped.trouble, np.ones(grouped.group.size, dtype=np.bool_)
    while len(found) < MOST_SLICES:
        choice = _best(grouped, trouble, parts, inside, wanted)
        if choice is None:
            break
        conditions, rows = _refined(grouped, choice.parts)
        share = grouped.trouble.told(grouped.counts_of(rows)).share
        if share[0] < LEAST_SHARE or not (rows & left).any():
            break
        found.append((conditions, rows))
        left &= ~rows
        inside[:, rows] = 0.0
        trouble = _without(grouped, left)
    return found


def _without(grouped: Grouped, left: Rows) -> Trouble:
    """The trouble of the rows that are left."""
    drawn = np.bincount(grouped.group[left], minlength=4).astype(float)
    whole = grouped.trouble
    stored = [s * d / w if w else 0.0 for s, d, w in zip(whole.stored, drawn, whole.drawn, strict=True)]
    return replace(
        whole,
        drawn=(drawn[0], drawn[1], drawn[2], drawn[3]),
        stored=(stored[0], stored[1], stored[2], stored[3]),
    )


def _best(
    grouped: Grouped,
    trouble: Trouble,
    parts: Sequence[Part],
    inside: NDArray[np.float32],
    wanted: _Wanted,
) -> _Choice | None:
    """The part or the pair of parts that tells most, if any tells enough."""
    if not trouble.drawn[0]:
        return None
    pairs = _pair_counts(grouped, inside)
    singles = trouble.told(np.diagonal(pairs, axis1=1, axis2=2))
    cuts = np.array([part.side != "=" for part in parts])
    enough = _holds(singles, _required(wanted.tried)) & ~(cuts & (singles.divergence < wanted.least_of_a_cut))
    single = _preferred(
        grouped,
        [((parts[n],), float(singles.divergence[n])) for n in np.flatnonzero(enough).tolist()],
        wanted.prefers,
    )
    first, second = np.triu_indices(len(parts), k=1)
    places = zip(first.tolist(), second.tolist(), strict=True)
    apart = [n for n, (a, b) in enumerate(places) if _may_pair(parts[a], parts[b])]
    first, second = first[apart], second[apart]
    counts = pairs[:, first, second]
    both = trouble.told(counts)
    alone = np.maximum(singles.divergence[first], singles.divergence[second])
    narrower = np.minimum(
        trouble.narrowing(counts, pairs[:, first, first]), trouble.narrowing(counts, pairs[:, second, second])
    )
    worth = _holds(both, _required(wanted.tried**2 // 2)) & (narrower >= _required(wanted.tried))
    worth &= both.divergence - alone >= LEAST_DIVERGENCE
    pair = _preferred(
        grouped,
        [
            ((parts[first[n]], parts[second[n]]), float(both.divergence[n]))
            for n in np.flatnonzero(worth).tolist()
        ],
        wanted.prefers,
    )
    if single is None or pair is None:
        return single or pair
    return pair if pair.divergence - single.divergence >= LEAST_DIVERGENCE else single


def _holds(told: Told, required: float) -> NDArray[np.bool_]:
    """Which parts tell enough, beyond chance."""
    held: NDArray[np.bool_] = (told.divergence >= LEAST_DIVERGENCE) & (told.evidence >= required)
    return held


def _pair_counts(grouped: Grouped, inside: NDArray[np.float32]) -> Counts:
    """Rows of each group that are in both of two parts; shape (4, n_parts, n_parts)."""
    of_groups = [inside[:, start:end] for start, end in zip(grouped.ends, grouped.ends[1:], strict=False)]
    return np.stack([rows @ rows.T for rows in of_groups]).astype(np.float64)


def _may_pair(a: Part, b: Part) -> bool:
    """Whether two parts may stand together: of two columns, or as both ends of a range."""
    return a.column != b.column or {a.side, b.side} == {">=", "<"}


def _preferred(
    grouped: Grouped, choices: Sequence[tuple[tuple[Part, ...], float]], prefers: frozenset[tuple[str, str]]
) -> _Choice | None:
    """Of the choices that are as good as the best what is preferred, then of fields, tags and texts."""
    if not choices:
        return None
    best = max(divergence for _, divergence in choices)

    def order(choice: tuple[tuple[Part, ...], float]) -> tuple[object, ...]:
        kinds = sorted(_KINDS.index(grouped.columns[part.column].kind) for part in choice[0])
        preferred = any(_named(grouped, part) in prefers for part in choice[0])
        return (not preferred, kinds, -choice[1], [(part.column, part.code, part.side) for part in choice[0]])

    parts, divergence = min((c for c in choices if c[1] >= AS_GOOD * best), key=order)
    return _Choice(parts, divergence)


def _named(grouped: Grouped, part: Part) -> tuple[str, str]:
    value = grouped.coded(part.column)[1][part.code - 1] if part.side == "=" else ""
    return (grouped.columns[part.column].name, value)


def _refined(grouped: Grouped, parts: tuple[Part, ...]) -> tuple[tuple[Condition, ...], Rows]:
    """The parts as conditions, cuts set as exactly as the rows allow, and the rows that meet them."""
    met = [grouped.rows(part) for part in parts]
    limits: dict[int, float] = {}
    for n, part in enumerate(parts):
        if part.side != "=":
            others = [rows for at, rows in enumerate(met) if at != n]
            within = np.logical_and.reduce([np.ones(grouped.group.size, dtype=np.bool_), *others])
            limits[n] = best_cut(grouped, part, within)
            met[n] = side_of(grouped.numbers(part.column), limits[n], part.side)
    conditions: dict[int, Condition] = {}
    for n, part in enumerate(parts):
        drawn = grouped.columns[part.column]
        if part.side == "=":
            value = grouped.coded(part.column)[1][part.code - 1]
            conditions[part.column] = Condition(drawn.kind, drawn.name, value)
            continue
        known = conditions.get(part.column, Condition("number", drawn.name))
        above = part.side == ">="
        conditions[part.column] = (
            replace(known, lower=limits[n]) if above else replace(known, upper=limits[n])
        )
    ordered = sorted(conditions.values(), key=lambda c: (_KINDS.index(c.kind), c.name))
    return tuple(ordered), np.logical_and.reduce(met)


def _as_slice(grouped: Grouped, conditions: tuple[Condition, ...], rows: Rows) -> CommonSlice:
    counts = grouped.counts_of(rows)
    stored = grouped.trouble.stored_of(counts)[:, 0]
    whole = grouped.trouble.stored
    all_rows, offending = stored[0] + stored[1], stored[0]
    elsewhere = whole[0] + whole[1] - all_rows
    return CommonSlice(
        conditions,
        rows=round(all_rows),
        offending=round(offending),
        rate=float(offending / all_rows) if all_rows else 0.0,
        rate_elsewhere=float((whole[0] - offending) / elsewhere) if elsewhere > 0 else 0.0,
        share_of_offending=float(grouped.trouble.told(counts).share[0]),
    )
