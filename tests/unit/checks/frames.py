"""Answers of the windowed queries, made by hand: the real columns, with values that a test sets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import polars as pl

from console.canned import bind, load_catalog
from console.checks import CHECKS
from console.model import QueryCall, Reading

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
CATALOG = load_catalog()
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "error_spikes": {
        "dimension": "",
        "slice_value": "",
        "rows": 100,
        "errors": 0,
        "baseline_rows": 1000,
        "baseline_errors": 10,
    },
    "slow_requests": {
        "endpoint": "/score",
        "dimension": "",
        "slice_value": "",
        "rows": 100,
        "threshold_ms": 100.0,
        "slow_rows": 5,
        "p95_ms": 100.0,
        "baseline_rows": 1000,
        "baseline_slow_rows": 50,
    },
    "missing_values": {
        "feature": "country",
        "rows": 100,
        "missing": 0,
        "baseline_rows": 1000,
        "baseline_missing": 10,
    },
    "unseen_categories": {
        "feature": "country",
        "value": "XX",
        "rows": 10,
        "feature_rows": 100,
        "first_seen": NOON,
        "baseline_rows": 1000,
        "baseline_values": 8,
        "baseline_single_values": 0,
    },
    "drift": {
        "feature": "amount",
        "kind": "number",
        "bin": 0,
        "label": None,
        "lower": None,
        "upper": None,
        "rows": 10,
        "baseline_rows": 100,
    },
}
_SHARES = {
    "error_rate": ("errors", "rows"),
    "baseline_rate": ("baseline_errors", "baseline_rows"),
    "slow_share": ("slow_rows", "rows"),
    "baseline_slow_share": ("baseline_slow_rows", "baseline_rows"),
    "missing_share": ("missing", "rows"),
    "baseline_missing_share": ("baseline_missing", "baseline_rows"),
    "share": ("rows", "feature_rows"),
}


def answer(query: str, *rows: Mapping[str, object], minutes: int = 60) -> pl.DataFrame:
    """The query's answer with these rows, in its columns; shares follow from their counts."""
    whole = []
    for given in rows:
        row: dict[str, object] = {
            "window_start": NOON - timedelta(minutes=minutes),
            "window_end": NOON,
            "model": "fraud",
            **_DEFAULTS[query],
            **given,
        }
        for share, (part, of) in _SHARES.items():
            if share in CATALOG[query].columns and share not in given:
                count, total = row[part], row[of]
                assert isinstance(count, int) and isinstance(total, int)
                row[share] = count / total if total else None
        whole.append({name: row[name] for name in CATALOG[query].columns})
    types = {"label": pl.String, "lower": pl.Float64, "upper": pl.Float64}
    return pl.DataFrame(
        whole, schema_overrides={k: v for k, v in types.items() if k in CATALOG[query].columns}
    )


def judged(query: str, *rows: Mapping[str, object], minutes: int = 60) -> list[Reading]:
    """What the check of that name says of these rows; every call of its readings can be asked."""
    check = next(check for check in CHECKS if check.name == query)
    readings = check.readings(answer(query, *rows, minutes=minutes))
    for reading in readings:
        assert reading.evidence is not None and reading.offenders is not None
        assert reading.evidence.query == query
        bound(reading.evidence)
        assert {"source_id", "source_offset"} <= CATALOG[reading.offenders.query].columns.keys()
        bound(reading.offenders)
    return readings


def bound(call: QueryCall) -> Mapping[str, object]:
    """All parameters of the call, as the catalog takes them; fails if it does not take them."""
    return bind(CATALOG[call.query], call.params, newest=lambda: NEVER)
