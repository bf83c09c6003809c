"""The bins that features are sorted by: made once from their first rows, and kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from console.model import QueryCall

MAX_FIRST_ROWS = 60_000
"""Requests a day of which the first rows of features are made up, about."""
MAX_ROWS = 300_000
"""Requests of the whole history that are counted, about; a sample of them where there are more."""
MAX_TEXT_ROWS = 100_000
"""The same of those whose long texts are taken to words."""
MIN_ROWS = 50
"""Rows from which a feature gets its bins."""
MAX_SLICES = 50
"""Values of a dimension, above which it is an identifier that nothing is cut by."""
MAX_DISTINCT = 0.5
"""Different values a row, above which a text is an identifier or prose, and no value of it gets a bin."""
LONG_TEXT = 20
"""Mean length in signs from which a text that is mostly distinct is prose."""
CUTS = 9
LARGEST = sys.float_info.max
_DECILES = ("p10", "p20", "p30", "p40", "p50", "p60", "p70", "p80", "p90")


@dataclass(frozen=True, slots=True)
class Bins:
    """How one feature of one model is sorted."""

    model: str
    feature: str
    kind: str
    """`number` or `text`: what most of its first rows were."""
    cuts: tuple[float, ...] = ()
    """Of numbers: lower edges of bins 1 to at most 9, ascending."""
    lowest: float = -LARGEST
    """Below this a number is out of range; of prose, a length in signs."""
    highest: float = LARGEST
    """Above this a number is out of range; of prose, a length in signs."""
    values: tuple[str, ...] = ()
    """Of texts: the most frequent ones, a bin each; of prose the most frequent words."""
    prose: bool = False
    """Whether the texts are long and mostly distinct."""

    def edges(self, number: int) -> tuple[float | None, float | None]:
        """Lower edge, inclusive, and upper edge, exclusive, of a bin of numbers; None for no limit."""
        if number < 0:
            return None, self.lowest
        if number > CUTS:
            return self.highest, None
        lower = self.cuts[number - 1] if 0 < number <= len(self.cuts) else None
        return lower, self.cuts[number] if number < len(self.cuts) else None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the canned query of the inputs is told: the bins of each feature, and by what to cut."""

    features: Mapping[tuple[str, str], Bins] = field(default_factory=dict)
    """By model and feature."""
    dimensions: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    """Model and dimension -> whether it is cut by; False for identifiers."""
    share: float = 1.0
    """Share of the requests that are counted, 0..1; always the same ones, by their place in the log."""
    text_share: float = 1.0
    """The same of those whose long texts are taken to words, which costs more."""

    def as_json(self) -> str:
        """The parameter `profile` of `queries/feature_cells.sql`."""
        return json.dumps(
            {
                "share": self.share,
                "text_share": min(self.share, self.text_share),
                "dimensions": [
                    {"model": model, "name": name} for (model, name), cut in self.dimensions.items() if cut
                ],
                "identifiers": [
                    {"model": model, "name": name}
                    for (model, name), cut in self.dimensions.items()
                    if not cut
                ],
                "features": [_as_plain(bins) for bins in self.features.values()],
            },
            allow_nan=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Profile:
        """What `as_json` gave; an empty profile for an empty text."""
        if not text:
            return cls()
        held = json.loads(text)
        features = [_from_plain(one) for one in held["features"]]
        dimensions = {(d["model"], d["name"]): True for d in held["dimensions"]}
        dimensions |= {(d["model"], d["name"]): False for d in held["identifiers"]}
        return cls({(b.model, b.feature): b for b in features}, dimensions, held["share"], held["text_share"])

    @property
    def has_prose(self) -> bool:
        """Whether any text is long and mostly distinct."""
        return any(bins.prose for bins in self.features.values())

    def of_rows(self, rows: int) -> Profile:
        """The same, counting about `MAX_ROWS` of so many requests."""
        share, text_share = (min(1.0, most / max(rows, 1)) for most in (MAX_ROWS, MAX_TEXT_ROWS))
        return replace(self, share=share, text_share=text_share)


def profile_calls(start: datetime, until: datetime, rows: int) -> dict[str, QueryCall]:
    """What to ask for the first rows of whatever turned up from `start` to `until`.

    Args:
        start: of the range; a feature is described by its first day in it.
        until: end of the range.
        rows: requests in it, about.
    """
    days = max(1.0, (until - start) / timedelta(days=1))
    share = min(1.0, MAX_FIRST_ROWS * days / max(rows, 1))
    names = ("feature_profile_numbers", "feature_profile_texts", "feature_profile_words", "slice_profile")
    return {name: QueryCall(name, {"start": start, "until": until, "sample_share": share}) for name in names}


def make_profile(frames: Mapping[str, pl.DataFrame], known: Profile | None = None) -> Profile:
    """Bins for all features that have rows enough; those that are known stay as they are.

    Args:
        frames: the answers to `profile_calls`, by name.
        known: what was made before, or with a baseline that somebody chose.
    """
    known = known or Profile()
    features, dimensions = dict(known.features), dict(known.dimensions)
    texts = _by_feature(frames["feature_profile_texts"])
    words = _by_feature(frames["feature_profile_words"])
    numbers = _by_feature(frames["feature_profile_numbers"])
    for key in sorted(texts.keys() | numbers.keys()):
        number_rows = numbers[key][0]["rows"] if key in numbers else 0
        text_rows = texts[key][0]["feature_rows"] if key in texts else 0
        if key in features or max(number_rows, text_rows) < MIN_ROWS:
            continue
        features[key] = (
            bins_of_number(numbers[key][0])
            if number_rows >= text_rows
            else _bins_of_text(texts[key], words.get(key, ()))
        )
    for model, dimension, rows, distinct in (
        frames["slice_profile"].select("model", "dimension", "rows", "distinct_values").iter_rows()
    ):
        if dimension and rows >= MIN_ROWS and (model, dimension) not in dimensions:
            dimensions[model, dimension] = distinct <= min(MAX_SLICES, MAX_DISTINCT * rows)
    return Profile(features, dimensions, known.share)


def bins_of_number(row: Mapping[str, Any]) -> Bins:
    """Bins and range of a feature, from a row of `queries/feature_profile_numbers.sql`.

    Bins are tenths by quantile; where many values are equal, so that tenths coincide, the highest
    hundredths are told apart too; of ten values or fewer each has its own.

    The range reaches beyond the lowest and highest hundredth as far again as these are from the median;
    downwards twice as far by ratio where all numbers are positive, so that a thousandth of an amount is out.
    It does not rest on the extremes themselves, since the first rows may hold some that are wrong.
    """
    few = row["few_values"]
    low, middle, high = float(row["p1"]), float(row["p50"]), float(row["p99"])
    if few:
        cuts = [float(value) for value in few[1:]]
        lowest, highest = float(few[0]), float(few[-1])
    else:
        cuts = sorted({float(row[name]) for name in _DECILES})
        if len(cuts) <= CUTS - 3:
            cuts = sorted({*cuts, float(row["p95"]), high, low})
        lowest, highest = _limited(2 * low - middle), _limited(2 * high - middle)
        if low > 0:
            lowest = max(lowest, low / middle * low / 2)
    return Bins(
        row["model"], row["feature"], "number", cuts=tuple(cuts[:CUTS]), lowest=lowest, highest=highest
    )


def _bins_of_text(rows: Sequence[Mapping[str, Any]], words: Sequence[Mapping[str, Any]]) -> Bins:
    first = rows[0]
    model, feature = first["model"], first["feature"]
    if first["distinct_values"] <= MAX_DISTINCT * first["feature_rows"]:
        values = tuple(row["value"] for row in rows if row["value"].strip())
        return Bins(model, feature, "text", values=values)
    if not words or first["mean_length"] <= LONG_TEXT:
        return Bins(model, feature, "text")
    low, middle, high = (float(first[name]) for name in ("p1_length", "p50_length", "p99_length"))
    return Bins(
        model,
        feature,
        "text",
        lowest=low * low / max(middle, 1.0),
        highest=2 * high - middle,
        values=tuple(row["word"] for row in words),
        prose=True,
    )


def _limited(value: float) -> float:
    return min(max(value, -LARGEST), LARGEST)


def _by_feature(frame: pl.DataFrame) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault((row["model"], row["feature"]), []).append(row)
    return found


def _as_plain(bins: Bins) -> dict[str, object]:
    cuts = [*bins.cuts, *[LARGEST] * (CUTS - len(bins.cuts))]
    plain = {"model": bins.model, "feature": bins.feature, "kind": bins.kind, "prose": bins.prose}
    return {
        **plain,
        "cuts": cuts,
        "lowest": bins.lowest,
        "highest": bins.highest,
        "values": list(bins.values),
    }


def _from_plain(held: Mapping[str, Any]) -> Bins:
    cuts = tuple(float(cut) for cut in held["cuts"] if cut < LARGEST)
    return Bins(**{**held, "cuts": cuts, "values": tuple(held["values"])})
