"""How one request stands among others: what a person compares it with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Oddity(Enum):
    """Why a feature's value is not what one is used to; its value is the word that is shown."""

    UNSEEN = "unseen"
    RARE = "rare"
    NULL = "null"
    OUT_OF_RANGE = "out of range"
    TYPE_CHANGED = "type changed"


@dataclass(frozen=True, slots=True)
class Standing:
    """One feature's value beside its baseline."""

    words: str
    """Short: `p99.7`, `12 % of rows`, `present in 99.8 %`."""
    rank: float | None = None
    """Share of the baseline's numbers that are at most this one, 0..1; None for what is no number."""
    share: float | None = None
    """Share of the baseline's rows that have this text, 0..1; None for what is no text."""
    odd: Oddity | None = None


@dataclass(frozen=True, slots=True)
class StageUsual:
    """What a stage usually takes, in ms."""

    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What one request is compared with."""

    standings: Mapping[str, Standing] = field(default_factory=dict)
    """Feature -> how it stands; a feature that the baseline knows and the request lacks is in it too."""
    stages: Mapping[str, StageUsual] = field(default_factory=dict)
    baseline: str = ""
    """What it is compared with, in words: `the 24 h before, 12,331 rows of fraud`; or why with nothing."""


class Beside(Enum):
    """Which other requests are neighbours; its value is the word that is shown."""

    TIME = "before and after"
    """The same model's, just before and after it."""
    CLIENT = "same client"
    INPUT = "same input"


@dataclass(frozen=True, slots=True)
class RawLine:
    """A request's line as it was logged."""

    line: bytes
    """Cut at 1 MiB."""
    origin: str
    """`path:offset`, or what it was rebuilt from."""
    is_rebuilt: bool = False
    """True where its file cannot be read there any more, and this is made from what is stored."""
    is_masked: bool = False
    """True where masks are in force, and it was written anew without what they hide."""
