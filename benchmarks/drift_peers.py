"""Seconds that Evidently or NannyML take for the drift of all columns of two CSV files, as JSON.

    peer-venv/bin/python benchmarks/drift_peers.py REFERENCE.csv CURRENT.csv

Run by `drift_speed.py` with the interpreter of an environment that has one of them or both; this file
therefore imports nothing of the console's. Reading the files and the imports are not counted.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from time import perf_counter
from typing import Any

RUNS = 3


def evidently(reference: Any, current: Any) -> float:
    """Best seconds of its data drift preset, each column by the test it chooses itself."""
    report = importlib.import_module("evidently").Report
    preset = importlib.import_module("evidently.presets").DataDriftPreset
    taken = []
    for _ in range(RUNS):
        began = perf_counter()
        report([preset()]).run(current, reference)
        taken.append(perf_counter() - began)
    return min(taken)


def nannyml(reference: Any, current: Any) -> float:
    """Best seconds of its univariate drift by Jensen-Shannon distance, the current rows as one chunk."""
    calculator = importlib.import_module("nannyml").UnivariateDriftCalculator
    texts = [name for name in reference.columns if reference[name].dtype.kind == "O"]
    taken = []
    for _ in range(RUNS):
        began = perf_counter()
        made = calculator(
            column_names=list(reference.columns),
            treat_as_categorical=texts,
            continuous_methods=["jensen_shannon"],
            categorical_methods=["jensen_shannon"],
            chunk_size=len(current),
        )
        made.fit(reference)
        made.calculate(current)
        taken.append(perf_counter() - began)
    return min(taken)


def main() -> None:
    """Print the seconds of each peer that this interpreter has."""
    read_csv = importlib.import_module("pandas").read_csv
    reference, current = (read_csv(name) for name in sys.argv[1:3])
    for name in reference.columns:
        if reference[name].dtype.kind not in "if":  # pandas 3 has a type of its own for text
            reference[name], current[name] = reference[name].astype(object), current[name].astype(object)
    found = {}
    for peer in (evidently, nannyml):
        if importlib.util.find_spec(peer.__name__) is not None:
            found[peer.__name__] = peer(reference, current)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
