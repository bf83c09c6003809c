"""The part of the casebook that keeps baselines which people pinned."""

from __future__ import annotations

import uuid

from sqlalchemy import insert, select, update

from console.casebook.baselines import BaselineKind, PinnedBaseline, baseline_of, baseline_row
from console.casebook.kept import Kept
from console.casebook.moments import moment_text
from console.casebook.rows import require_text
from console.casebook.tables import BASELINES
from console.errors import CasebookError


class PinnedBaselines(Kept):
    """Baselines with their profiles. One that is removed stays on record, and is not given any more."""

    def pin_baseline(
        self, name: str, kind: BaselineKind, origin: str, profile: bytes, *, model: str = ""
    ) -> PinnedBaseline:
        """The baseline is on the disk when this returns.

        Args:
            name: for people; several may have the same.
            kind: what it was made of.
            origin: the file, the range or the version, as it was given.
            profile: what the checks compare with, in a form of theirs.
            model: which it is for; empty for all.

        Raises:
            CasebookError: not kept.
        """
        require_text(f"{self._place}: baseline not kept", {"name": name, "origin": origin, "model": model})
        with self._writing("baseline not kept") as connection:
            pinned = PinnedBaseline(
                baseline_id=uuid.uuid4().hex,
                name=name,
                model=model,
                kind=kind,
                origin=origin,
                profile=profile,
                pinned_at=self._clock(),
                author=self._author,
            )
            connection.execute(insert(BASELINES), [baseline_row(pinned)])
        return pinned

    def baselines(self) -> tuple[PinnedBaseline, ...]:
        """Those that were not removed, the earliest pinned first."""
        standing = select(BASELINES).where(BASELINES.c.removed_at.is_(None))
        with self._reading("baselines not read") as connection:
            found = [baseline_of(row) for row in connection.execute(standing)]
        return tuple(sorted(found, key=lambda pinned: (pinned.pinned_at, pinned.baseline_id)))

    def remove_baseline(self, baseline_id: str) -> None:
        """Nothing is compared with it any more; who removed it is on record.

        Raises:
            CasebookError: there is none of this id, or it was removed before.
        """
        require_text(f"{self._place}: baseline not removed", {"baseline_id": baseline_id})
        with self._writing("baseline not removed") as connection:
            place = (BASELINES.c.baseline_id == baseline_id) & BASELINES.c.removed_at.is_(None)
            removal = {"removed_at": moment_text(self._clock()), "removed_by": self._author}
            if connection.execute(update(BASELINES).where(place).values(removal)).rowcount != 1:
                raise CasebookError(f"{self._place}: there is no baseline {baseline_id!r} to remove")
