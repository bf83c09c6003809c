"""One model's requests in the stretch of time in which something goes wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.scenarios.models import Kind
from benchmarks.scenarios.rhythm import Mask
from benchmarks.scenarios.traffic import Traffic
from benchmarks.scenarios.truth import Incident
from console.model import Condition


class NotHereError(Exception):
    """The traffic of this stretch is not such that this incident would show."""


@dataclass(slots=True)
class Scene:
    """One model's requests, and the stretch of time in which something goes wrong with them."""

    random: np.random.Generator
    traffic: Traffic
    kind: Kind
    start: float
    end: float
    taken: set[tuple[str, str]]
    """(model, feature) that another incident has harmed already."""

    @property
    def inside(self) -> Mask:
        """Rows of the stretch."""
        return self.traffic.during(self.start, self.end)

    def soon(self, mask: Mask, minutes: float) -> int:
        """How many of these rows come so soon after the start."""
        return int((mask & (self.traffic.at < self.start + minutes * 60)).sum())

    def cut(
        self, need: float, minutes: float, *, depth: int = 1, of: Iterable[str] = ()
    ) -> tuple[Condition, ...]:
        """At most `depth` conditions that enough rows meet in the first minutes, and more met before.

        Raises:
            NotHereError: none do.
        """
        columns = tuple(of) or self.kind.cut_by
        found: list[tuple[Condition, ...]] = []
        single = [c for path in columns for c in self._values(path)]
        for one in single:
            found.append((one,))
            found += [(one, two) for two in single if depth > 1 and one.name < two.name]
        shuffled = [found[int(place)] for place in self.random.permutation(len(found))]
        for conditions in sorted(shuffled, key=len, reverse=True):
            met = self.traffic.meets(conditions)
            before = int((met & (self.traffic.at < self.start)).sum())
            if self.soon(met & self.inside, minutes) >= need and before >= 4 * need:
                return conditions
        raise NotHereError

    def _values(self, path: str) -> list[Condition]:
        here = self.traffic.columns[path][self.inside]
        names, counts = np.unique(here.astype(str), return_counts=True)
        kind, name = ("tag", path[5:]) if path.startswith("tags.") else ("field", path)
        steady = [str(n) for n, c in zip(names, counts, strict=True) if 0.02 <= c / max(1, len(here)) <= 0.7]
        return [Condition(kind, name, n) for n in steady if n not in ("batch-runner", "newcomer")]

    def feature(self, candidates: Iterable[str]) -> str:
        """One of them that nothing else has harmed.

        Raises:
            NotHereError: there is none.
        """
        free = [f for f in candidates if (self.kind.name, f) not in self.taken]
        if not free:
            raise NotHereError
        chosen = free[int(self.random.integers(0, len(free)))]
        self.taken.add((self.kind.name, chosen))
        return chosen

    def numeric(self) -> list[str]:
        """Numeric features of which most values differ."""
        found = []
        for path, column in self.traffic.columns.items():
            if (
                path.startswith("features.")
                and isinstance(column[0], int | float)
                and not isinstance(column[0], bool)
            ):
                few = len(set(column[:500].tolist())) < 40
                found += [] if few or path == "features.payload_kb" else [path[9:]]
        return found

    def told(
        self,
        kind: str,
        conditions: tuple[Condition, ...],
        affected: Mask,
        *,
        feature: str | None = None,
        moves: Iterable[str] = (),
        strength: str = "",
    ) -> Incident:
        """The incident, with the ids of these rows."""
        ids = frozenset(map(str, self.traffic.columns["request_id"][affected]))
        moved = frozenset(moves) | ({feature} if feature else set())
        label = f"{kind}-{self.kind.name}-{round(self.start / 60)}"
        return Incident(
            label, kind, self.kind.name, conditions, feature, moved, self.start, self.end, strength, ids
        )
