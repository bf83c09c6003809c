"""Pinned baselines: where they come from, and a profile that only the checks can read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Row

from console.casebook.moments import moment_of, moment_text
from console.errors import CasebookError


class BaselineKind(Enum):
    """What a baseline was made of."""

    FILE = "file"
    RANGE = "range"
    VERSION = "version"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class PinnedBaseline:
    """A baseline that was profiled once and kept."""

    baseline_id: str
    name: str
    model: str
    """Empty for all models."""
    kind: BaselineKind
    origin: str
    """The file, the range or the version, as it was given."""
    profile: bytes
    """As the checks wrote it; nothing here reads it."""
    pinned_at: datetime
    """By the clock."""
    author: str


def baseline_row(pinned: PinnedBaseline) -> dict[str, str | bytes]:
    """A baseline as the columns of the `baselines` table; it stands until it is removed."""
    return {
        "baseline_id": pinned.baseline_id,
        "name": pinned.name,
        "model": pinned.model,
        "origin_kind": pinned.kind.value,
        "origin": pinned.origin,
        "profile": pinned.profile,
        "pinned_at": moment_text(pinned.pinned_at),
        "author": pinned.author,
    }


def baseline_of(row: Row[tuple[object, ...]]) -> PinnedBaseline:
    """The baseline that a row of the `baselines` table holds.

    Raises:
        CasebookError: the row was changed by something else than a console.
    """
    try:
        return PinnedBaseline(
            baseline_id=row.baseline_id,
            name=row.name,
            model=row.model,
            kind=BaselineKind(row.origin_kind),
            origin=row.origin,
            profile=row.profile,
            pinned_at=moment_of(row.pinned_at),
            author=row.author,
        )
    except (ValueError, TypeError) as error:
        raise CasebookError(
            f"casebook, baseline {row.baseline_id!r}: not written by a console: {error}"
        ) from error
