"""What of a slice is exported, and how it is parted for training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Literal

from console.errors import UsageError

BALANCES = ("label", "prediction")
"""What classes may be made equal by."""
TRAIN, VALIDATION, TEST = "train", "validation", "test"
"""Sets of a split, as the column `split` says them."""
DEFAULT_SHARE = 0.2
"""Of the rows that are held out for validation."""


@dataclass(frozen=True, slots=True)
class Split:
    """Which rows are for training, and which are held out.

    By `input`: a hash of the input and the salt decides, so that equal inputs are on one side, and a row is
    on the same side in every export, whatever rows and columns came since. By `time`: what is older trains,
    what is newer is held out.
    """

    by: Literal["input", "time"] = "input"
    validation: float = DEFAULT_SHARE
    """Share of the rows (0..1)."""
    test: float = 0.0
    """Share of the rows (0..1)."""
    cuts: tuple[datetime, ...] = ()
    """By time: where validation begins, and where test does, if there is one. They stand for the shares,
    which give other moments once there are more rows."""
    salt: str = ""
    """By input: another one gives another split."""

    def __post_init__(self) -> None:
        if not (0 <= self.validation < 1 and 0 <= self.test < 1 and 0 < self.validation + self.test < 1):
            raise UsageError("split: shares of validation and test are from 0 to 1, and leave some for train")
        if self.cuts and self.by != "time":
            raise UsageError("split: moments are for a split by time")
        if len(self.cuts) > 2 or list(self.cuts) != sorted(self.cuts):
            raise UsageError("split: one moment or two, the earlier one first")

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets that it makes, `train` first."""
        has_validation = bool(self.cuts) or self.validation > 0
        has_test = len(self.cuts) == 2 if self.cuts else self.test > 0
        return (TRAIN, *((VALIDATION,) if has_validation else ()), *((TEST,) if has_test else ()))


def parse_split(text: str, *, salt: str = "") -> Split:
    """`input`, `input=0.2`, `time=0.2,0.1` or `time=2026-11-02T03:00Z` as a split.

    Two numbers are the shares of validation and test, two moments where these begin.

    Raises:
        UsageError: it is none of these.
    """
    name, sign, rest = text.strip().partition("=")
    parts = [part.strip() for part in rest.split(",")] if sign else []
    wrong = UsageError(
        f"{text!r} is no split; write input, input=0.2, time=0.2,0.1 or time=2026-11-02T03:00Z"
    )
    by: Literal["input", "time"] = "time" if name == "time" else "input"
    if name != by or len(parts) > 2 or (sign and not rest.strip()):
        raise wrong
    try:
        shares = [float(part) for part in parts]
    except ValueError:
        try:
            cuts = tuple(map(_moment, parts))
        except ValueError:
            raise wrong from None
        return Split(by=by, cuts=cuts, salt=salt)
    validation, test = (*shares, *(DEFAULT_SHARE, 0.0)[len(shares) :])
    return Split(by=by, validation=validation, test=test, salt=salt)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How a slice is exported; by default whole, with the labels that its requests have."""

    with_labels: bool = True
    """Whether the labels lie beside the rows; where they do, a casebook that cannot be read is an error."""
    only_labelled: bool = False
    """Only requests with a label that counts, on whose value all who labelled them agree."""
    with_conflicts: bool = False
    """With `only_labelled`: those on which they do not agree as well."""
    one_row_an_input: bool = False
    """Of requests with equal inputs only the newest, one with a label before one without."""
    balance_by: Literal["label", "prediction"] | None = None
    """As many rows of each value of this; rows without one are left out."""
    balance_most: int | None = None
    """Most rows of each value; None for as many as the rarest value has."""
    with_comparable: bool = False
    """Of an alert's slice: comparable requests that do not offend as well, told apart by a column."""
    split: Split | None = None
    split_files: bool = False
    """Whether each set is in a file of its own as well."""

    def __post_init__(self) -> None:
        if not self.with_labels and (self.only_labelled or self.balance_by == "label"):
            raise UsageError("without labels nothing can be chosen by them")
        if self.with_conflicts and not self.only_labelled:
            raise UsageError("conflicts are left out only of what is labelled: ask for labelled rows as well")
        if self.balance_most is not None and (self.balance_by is None or self.balance_most < 1):
            raise UsageError("most rows of a value: at least 1, and say whether of a label or a prediction")
        if self.split_files and self.split is None:
            raise UsageError("a file for each set wants a split")


WHOLE = ExportOptions()
"""All rows, with their labels."""


class Role(Enum):
    """What a column of a slice is for, so that nobody has to tell it from its name."""

    FIELD = "field"
    """A fixed field of the record, or where its line is."""
    TAG = "tag"
    FEATURE = "feature"
    """What the model was given."""
    LABEL = "label"
    """What people said of the request, and who."""
    SLICE = "slice"
    """What the export says of the row: its input's hash, copies, set."""


@dataclass(frozen=True, slots=True)
class SliceColumn:
    """A column of an exported file."""

    name: str
    role: Role
    logged_as: str | None = None
    """The name of a tag or feature in the log."""


@dataclass(frozen=True, slots=True)
class SliceCounts:
    """How many rows a slice has, by set and label."""

    listed: int
    """Rows of the query, before anything was left out."""
    labels: Mapping[str, int] = field(default_factory=dict)
    """Label -> rows that have it."""
    sets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Set -> label -> rows; under an empty label those without one."""
