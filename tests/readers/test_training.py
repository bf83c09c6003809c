"""A model is trained on a slice by what its manifest says of the columns, and by nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from console.casebook import Casebook
from console.engine.exporting import export_call, unlimited
from console.model import LabelDraft, QueryCall
from console.model.exporting import ExportOptions, Split
from tests.support import NOON, at, stored

ROWS = 600


def test_what_was_labelled_trains_a_model(tmp_path: Path) -> None:
    """Large amounts from one country are fraud, as people said; the log did not know."""
    import numpy as np
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    features = [
        {"amount": float(n * 37 % 501), "country": "DE" if n % 3 else "XX", "odd": None if n % 7 else n}
        | {"split": n % 2}
        for n in range(ROWS)
    ]
    records = [
        {"ts": at(n / 60), "model": "fraud", "request_id": f"r{n}", "features": row}
        for n, row in enumerate(features)
    ]
    truth = [row["country"] == "XX" and float(str(row["amount"])) > 200 for row in features]
    with Casebook.open(tmp_path / "casebook.sqlite", author="ann@one", clock=lambda: NOON) as casebook:
        casebook.label([LabelDraft(f"r{n}", "fraud" if is_so else "legit") for n, is_so in enumerate(truth)])
        casebook.label([LabelDraft("never stored", "fraud")])
        export_call(
            stored(records),
            casebook,
            unlimited(QueryCall("predictions_recent")),
            tmp_path / "train.parquet",
            sources=(),
            author="ann@one",
            clock=lambda: NOON,
            options=ExportOptions(only_labelled=True, one_row_an_input=True, split=Split(validation=0.3)),
        )
    frame = pl.read_parquet(tmp_path / "train.parquet").to_pandas()
    told = json.loads((tmp_path / "train.parquet.manifest.json").read_text())
    train, held_out = (frame[frame[told["split"]] == name] for name in ("train", "validation"))
    assert min(len(train), len(held_out)) > 100

    texts = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    columns = make_column_transformer(
        (texts, make_column_selector(dtype_exclude="number")), remainder="passthrough"
    )
    model = make_pipeline(columns, HistGradientBoostingClassifier(max_iter=30, random_state=0))
    model.fit(train[told["features"]], train[told["label"]])
    assert model.score(held_out[told["features"]], held_out[told["label"]]) > 0.97
