"""How many values of a file are what masks leave in the place of others, as far as can be seen from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from console.export.measure import damages
from console.model import OWN_PATTERN, PATTERNS, MaskWith

MaskedRows = Mapping[str, Mapping[str, int]]
"""Column -> what a mask does (`hash`, `last4`, `drop`) -> rows whose value holds what it leaves."""

_WHOLE_LAST4 = r"(?s)\A….{0,4}\z"
_PART_LAST4 = r"…[^\s…]{4}"


def masked_rows(path: Path, masks: Iterable[object]) -> MaskedRows:
    """How many rows of a Parquet file hold what the masks leave of a value, or of a part of it.

    A value that was dropped whole leaves nothing, and is in no count. A text that was logged like that is
    counted as well.

    Args:
        path: of the file.
        masks: the rules, as a manifest says them.

    Raises:
        ExportError: it is not a whole Parquet file.
    """
    found: dict[str, dict[str, int]] = {}
    with damages(path):
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        for kind, pattern in left_by(masks).items():
            counts = frame.select(pl.col(pl.String).str.contains(pattern).sum()).collect(engine="streaming")
            for name in counts.columns:
                if rows := counts[name][0]:
                    found.setdefault(name, {})[kind] = rows
    return {name: found[name] for name in sorted(found)}


def left_by(masks: Iterable[object]) -> Mapping[str, str]:
    """What the rules leave, as a regular expression for each thing that a mask does."""
    patterns: dict[str, dict[str, None]] = {}
    for rule in masks:
        if not isinstance(rule, Mapping):
            continue
        kind, values = rule.get("with"), rule.get("values")
        if kind == MaskWith.HASH.value:
            left = "h:[0-9a-f]{16}"
        elif kind == MaskWith.LAST4.value:
            left = _PART_LAST4 if values else _WHOLE_LAST4
        elif kind == MaskWith.DROP.value and values:
            left = re.escape(f"[{values if values in PATTERNS else OWN_PATTERN}]")
        else:
            continue
        patterns.setdefault(str(kind), {})[left] = None
    return {kind: "|".join(some) for kind, some in patterns.items()}
