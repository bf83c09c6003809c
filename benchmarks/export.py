"""How long a slice of a million rows takes to Parquet, beside DuckDB's own COPY of the same rows.

    python -m benchmarks.export [--rows 1000000]

The rows have 20 features. The slice has more than the copy: the hash of each input, the labels, sorted by
time, and a manifest with the file's SHA-256.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import duckdb

from console.canned import load_catalog
from console.engine.exporting import export_call, unlimited
from console.model import QueryCall
from console.model.exporting import ExportOptions, Split
from console.store import Store

BEGIN = datetime(2026, 11, 2, tzinfo=UTC)
NUMBERS, TEXTS = 13, 7


def filled(store: Store, path: str, rows: int) -> None:
    """The store has so many rows of one model, in the order of time."""
    from console.model import Batch, FileIdentity, ModelRows

    step = 100_000
    for start in range(0, rows, step):
        numbers = range(start, min(rows, start + step))
        count = len(numbers)
        fields: dict[str, list[object]] = {
            "ts": [int(BEGIN.timestamp() * 1e6) + n * 10_000 for n in numbers],
            "ts_origin": ["logged"] * count,
            "request_id": [f"r{n}" for n in numbers],
            "model_version": ["v3"] * count,
            "endpoint": ["/score"] * count,
            "status": [200] * count,
            "error_type": [None] * count,
            "error_message": [None] * count,
            "latency_ms": [float(n % 97) for n in numbers],
            "prediction": ["fraud" if n % 50 == 0 else "legit" for n in numbers],
            "prediction_value": [None] * count,
            "score": [n % 1000 / 1000 for n in numbers],
            "truth": [None] * count,
            "tokens_in": [None] * count,
            "tokens_out": [None] * count,
            "cost": [None] * count,
            "stages": [None] * count,
            "extra": [None] * count,
            "source_offset": [n * 500 for n in numbers],
        }
        model = ModelRows(
            "fraud",
            fields,
            {f"amount_{k}": [(n * (k + 7) % 100_003) / (k + 1) for n in numbers] for k in range(NUMBERS)},
            {f"kind_{k}": [f"v{n * (k + 3) % (20 + k)}" for n in numbers] for k in range(TEXTS)},
            {"region": ["EU" if n % 3 else "US" for n in numbers]},
        )
        identity = FileIdentity(1, 2, "ab", 3)
        end = (start + count) * 500
        store.append([Batch(1, path, identity, start * 500, end, count, 0, [model], [])])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        now = BEGIN + timedelta(days=30)
        store = Store(str(folder / "cache.duckdb"), load_catalog(()), clock=lambda: now)
        filled(store, "/logs/fraud.jsonl", rows)
        store.checkpoint()
        call = unlimited(QueryCall("predictions_in_time", {"start": BEGIN, "until": now}))
        took: dict[str, float] = {}
        for words, options in (
            ("slice", ExportOptions()),
            ("one row an input, split by input", ExportOptions(one_row_an_input=True, split=Split())),
        ):
            began = monotonic()
            out = folder / f"{len(took)}.parquet"
            told: list[int] = []
            receipt = export_call(
                *(store, None, call, out),
                sources=(),
                author="benchmark",
                clock=lambda: now,
                options=options,
                on_rows=lambda done, of, told=told: told.append(done),
            )
            took[words] = monotonic() - began
            print(
                f"{words}: {receipt.rows:,} rows, {receipt.size / 1e6:.0f} MB in {took[words]:.2f} s, "
                f"told {len(told)} times how far it was"
            )
        store.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with duckdb.connect(str(folder / "cache.duckdb"), config={"threads": 2}) as peer:
            began = monotonic()
            peer.execute(f"copy p_0 to '{folder}/copy.parquet' (format parquet, compression zstd)")
            copied = monotonic() - began
        print(
            f"DuckDB's COPY of the same rows: {copied:.2f} s; "
            f"the slice takes {took['slice'] / copied:.1f} times that"
        )
        print(f"most memory: {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
