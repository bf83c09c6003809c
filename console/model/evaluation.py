"""How good a model's predictions are: figures with intervals, and what each of them rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from console.model.asking import Window
from console.model.filtering import NO_FILTER, Filter
from console.model.judging import Slice

SCORE_DIMENSION = "(score)"
"""Dimension of the slices by tenths of the score; their value is the lower end, `0.3`."""
ERRORS = frozenset({"Brier", "log loss", "calibration error", "MAE", "RMSE", "bias"})
"""Measures that are the better the nearer they are to 0; the others the nearer they are to 1."""
IN_UNITS = frozenset({"MAE", "RMSE", "bias"})
"""Measures in the units of what is predicted; the others have none."""


class Basis(Enum):
    """What predictions are held against; a figure has one of them, and they are never mixed."""

    TRUTH = "truth"
    """The truth that was logged, with the prediction or later."""
    LABELS = "labels"
    """What people said, one value a request; requests on which they do not agree are left out."""
    ESTIMATED = "estimated"
    """Nothing: what scores have meant where the truth is known is expected of all others."""


def basis_of(text: str) -> Basis:
    """The basis of that name; truth where there is none."""
    return next((one for one in Basis if one.value == text), Basis.TRUTH)


@dataclass(frozen=True, slots=True)
class EvaluationQuestion:
    """Which predictions are to be evaluated, and against what."""

    basis: Basis = Basis.TRUTH
    model: str = ""
    """Empty for the one with most requests."""
    start: datetime | None = None
    """None for `span` before the end, or for all that is stored."""
    until: datetime | None = None
    """Exclusive; None for the newest row."""
    span: timedelta | None = None
    filter: Filter = NO_FILTER
    positive: str = ""
    """The positive class, of two or against all others; empty to have it found."""
    step_seconds: int = 0
    """Length of a step; 0 to have it chosen by the window's length."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's value with its 95 % interval."""

    measure: str
    """`accuracy`, `F1`, `MAE`, ...; a class's own is `recall of fraud`."""
    value: float | None
    """None where it is not defined; `why` tells."""
    low: float | None
    """None where no interval can be given."""
    high: float | None
    rows: int
    """Requests that it rests on: of precision those that are predicted positive, say."""
    why: str = ""
    """Why there is no value, or no interval, or what is to be known of it."""


@dataclass(frozen=True, slots=True)
class EvaluatedStep:
    """A step of time."""

    start: datetime
    requests: int
    rows: int
    """Of the requests, those that the figures rest on."""
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class EvaluatedSlice:
    """The requests that share a value, beside all others."""

    where: Slice
    requests: int
    rows: int
    figures: Mapping[str, Figure]
    behind: Mapping[str, float] = field(default_factory=dict)
    """Measure -> by how much it is worse than that of all other requests; below 0 where it is better."""
    chance: Mapping[str, float] = field(default_factory=dict)
    """Measure -> probability, 0..1, of being so much worse by chance, corrected for the number of slices."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Requests with scores next to each other: what these promised, and what came."""

    lower: float
    """Least of their scores, as the chance of the outcome, 0..1."""
    upper: float
    rows: int
    promised: float
    """Mean of their scores."""
    came: float
    """Share of them that had the outcome."""
    low: float
    """Of the 95 % interval of `came`."""
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good one model's predictions are in a window, on one basis."""

    model: str
    basis: Basis
    window: Window
    filter: Filter = NO_FILTER
    models: tuple[str, ...] = ()
    """All models of the window and filter, the one with most requests first."""
    is_number: bool = False
    """Whether numbers are predicted, and errors measured; else classes."""
    requests: int = 0
    """All of the window and filter."""
    rows: int = 0
    """Of these, those that the figures rest on."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Why -> requests or labels that have something to go by and were left out all the same."""
    notes: tuple[str, ...] = ()
    """What is to be known of the basis, in sentences."""
    positive: str = ""
    """The positive one of two classes; empty where there are more, or numbers."""
    score_of: str = ""
    """What the score is the chance of: `class fraud`, `the prediction`, or empty where that is not known."""
    classes: tuple[str, ...] = ()
    """The most frequent first."""
    figures: tuple[Figure, ...] = ()
    confusion: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(truth, prediction) -> requests; of an estimate how many are expected."""
    reliability: tuple[ReliabilityBin, ...] = ()
    step_seconds: int = 0
    steps: tuple[EvaluatedStep, ...] = ()
    """Oldest first, those without requests left out."""
    slices: tuple[EvaluatedSlice, ...] = ()

    @property
    def share(self) -> float:
        """Share of the requests that the figures rest on, 0..1."""
        return self.rows / self.requests if self.requests else 0.0

    @property
    def measures(self) -> tuple[str, ...]:
        """Measures that steps and slices have, the usual one first."""
        told = [one.figures for one in self.slices] + [one.figures for one in self.steps]
        return tuple(dict.fromkeys(name for figures in told for name in figures))

    def figure(self, measure: str) -> Figure | None:
        """The figure of all requests, None if there is none."""
        return next((one for one in self.figures if one.measure == measure), None)

    def worst_first(self, measure: str, dimension: str | None = None) -> tuple[EvaluatedSlice, ...]:
        """Slices that have the measure: those beyond chance first, then by how far they are behind.

        Of all dimensions for None, but for the score: where that is undecided, more is wrong by its nature.
        """
        had = [
            one
            for one in self.slices
            if one.where.dimension == dimension
            or (dimension is None and one.where.dimension != SCORE_DIMENSION)
            if (figure := one.figures.get(measure)) is not None and figure.value is not None
        ]
        return tuple(
            sorted(
                had,
                key=lambda one: (
                    not is_beyond_chance(one, measure),
                    -one.behind.get(measure, 0.0),
                    one.where.dimension,
                    one.where.value,
                ),
            )
        )


BEYOND_CHANCE = 0.05
"""Corrected probability below which a slice is worse, or versions differ, beyond chance."""


def is_beyond_chance(one: EvaluatedSlice, measure: str) -> bool:
    """Whether the slice is worse than all other requests, and that is hardly chance."""
    return one.behind.get(measure, 0.0) > 0 and one.chance.get(measure, 1.0) < BEYOND_CHANCE


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure of two versions, and how far apart they are."""

    measure: str
    first: Figure
    second: Figure
    value: float | None
    """The second's less the first's."""
    low: float | None
    """Of the 95 % interval of the difference."""
    high: float | None
    chance: float | None = None
    """Probability, 0..1, of a difference like this by chance; None where there is no test of it."""
    test: str = ""
    """Which test that is."""


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """Two versions of a model beside each other."""

    model: str
    basis: Basis
    window: Window
    versions: tuple[str, str]
    paired_by: str
    """`request id` or `input` where they saw the same inputs; empty where they did not."""
    pairs: int
    """Inputs that both saw and that have something to go by."""
    requests: tuple[int, int]
    """All requests of either version."""
    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = ()
    positive: str = ""
