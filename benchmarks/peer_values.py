"""What NannyML and Evidently say of seeded samples, for the tests to hold the console to.

    nannyml-venv/bin/python benchmarks/peer_values.py nannyml > nannyml.json
    evidently-venv/bin/python benchmarks/peer_values.py evidently > evidently.json
    python benchmarks/peer_values.py join nannyml.json evidently.json > tests/unit/checks/peers.json

Each runs in an environment of its own, since the two and the console want different versions of numpy
and pandas; this file therefore imports nothing of the console's. Evidently 0.7.23 needs pandas below 3.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20
NUMBERS = ("same", "moved", "wider", "outside", "few values")
TEXTS = ("same", "moved", "unseen", "one value")


def number_samples() -> dict[str, tuple[list[float], list[float]]]:
    """Reference and current of each case, rounded so that JSON holds them exactly."""
    random = np.random.default_rng(SEED)
    cases = {
        "same": (random.normal(0, 1, 400), random.normal(0, 1, 300)),
        "moved": (random.normal(0, 1, 400), random.normal(0.5, 1, 300)),
        "wider": (random.lognormal(0, 0.5, 400), random.lognormal(0, 0.9, 300)),
        "outside": (random.uniform(0, 1, 400), random.uniform(0.5, 2, 300)),
        "few values": (random.integers(0, 30, 400).astype(float), random.integers(5, 32, 300).astype(float)),
    }
    return {name: (np.round(a, 3).tolist(), np.round(b, 3).tolist()) for name, (a, b) in cases.items()}


def text_samples() -> dict[str, tuple[list[str], list[str]]]:
    """The same of categories."""
    random = np.random.default_rng(SEED + 1)

    def drawn(names: str, shares: list[float], count: int) -> list[str]:
        return [str(name) for name in random.choice(list(names), count, p=shares)]

    return {
        "same": (drawn("abc", [0.5, 0.3, 0.2], 400), drawn("abc", [0.5, 0.3, 0.2], 300)),
        "moved": (drawn("abc", [0.5, 0.3, 0.2], 400), drawn("abc", [0.2, 0.3, 0.5], 300)),
        "unseen": (drawn("abc", [0.5, 0.3, 0.2], 400), drawn("abcd", [0.4, 0.3, 0.2, 0.1], 300)),
        "one value": (["a"] * 400, drawn("abc", [0.9, 0.05, 0.05], 300)),
    }


def scored() -> tuple[list[int], list[float]]:
    """Predictions of 0 or 1, and calibrated scores."""
    random = np.random.default_rng(SEED + 2)
    scores = np.round(random.beta(2, 3, 500), 4)
    return (scores >= 0.5).astype(int).tolist(), scores.tolist()


def digest() -> str:
    """A hash of all samples: another version of numpy may draw others."""
    whole = json.dumps([number_samples(), text_samples(), scored()])
    return hashlib.sha256(whole.encode()).hexdigest()


def nannyml() -> dict[str, Any]:
    """What NannyML says of each case, by method."""
    pd = importlib.import_module("pandas")
    importlib.import_module("nannyml")
    methods = importlib.import_module("nannyml.drift.univariate.methods")
    estimates = importlib.import_module("nannyml.performance_estimation.confidence_based.metrics")
    threshold = importlib.import_module("nannyml.thresholds").ConstantThreshold(upper=0.1)

    def value(method: Any, reference: list[Any], current: list[Any]) -> float:
        made = method(chunker=None, threshold=threshold, computation_params={})
        made._fit(pd.Series(reference))
        return float(made._calculate(pd.Series(current)))

    def edges(reference: list[float], _: list[float]) -> list[float]:
        return [float(edge) for edge in np.histogram_bin_edges(np.array(reference), bins="doane")]

    numeric: dict[str, Callable[[list[Any], list[Any]], Any]] = {
        "edges": edges,
        "jensen_shannon": lambda r, c: value(methods.ContinuousJensenShannonDistance, r, c),
        "kolmogorov_smirnov": lambda r, c: value(methods.KolmogorovSmirnovStatistic, r, c),
        "wasserstein": lambda r, c: value(methods.WassersteinDistance, r, c),
    }
    textual: dict[str, Callable[[list[Any], list[Any]], Any]] = {
        "jensen_shannon": lambda r, c: value(methods.CategoricalJensenShannonDistance, r, c),
        "l_infinity": lambda r, c: value(methods.LInfinityDistance, r, c),
        "chi2": lambda r, c: value(methods.Chi2Statistic, r, c),
    }
    predicted, scores = (np.array(some) for some in scored())
    return {
        "version": version("nannyml"),
        "samples": digest(),
        "numbers": _table(numeric, number_samples()),
        "texts": _table(textual, text_samples()),
        "estimated": {
            "accuracy": float(estimates.estimate_accuracy(predicted, scores)),
            "f1": float(estimates.estimate_f1(predicted, scores)),
        },
    }


def evidently() -> dict[str, Any]:
    """What Evidently says of each case, by method."""
    pd = importlib.import_module("pandas")
    tests = importlib.import_module("evidently.legacy.calculations.stattests")
    column = importlib.import_module("evidently.legacy.core").ColumnType

    def value(test: Any, kind: Any, reference: list[Any], current: list[Any]) -> float:
        score, _ = test.func(pd.Series(reference), pd.Series(current), kind, 0.1)
        return float(score)

    def edges(reference: list[float], current: list[float]) -> list[float]:
        together = np.array([*reference, *current])
        return [float(edge) for edge in np.histogram_bin_edges(together, bins="sturges")]

    def of(test: Any, kind: Any) -> Callable[[list[Any], list[Any]], Any]:
        return lambda reference, current: value(test, kind, reference, current)

    return {
        "version": version("evidently"),
        "samples": digest(),
        "numbers": _table(
            {
                "edges": edges,
                "psi": of(tests.psi_stat_test, column.Numerical),
                "jensen_shannon": of(tests.jensenshannon_stat_test, column.Numerical),
                "wasserstein": of(tests.wasserstein_stat_test, column.Numerical),
            },
            number_samples(),
        ),
        "texts": _table(
            {
                "psi": of(tests.psi_stat_test, column.Categorical),
                "jensen_shannon": of(tests.jensenshannon_stat_test, column.Categorical),
            },
            text_samples(),
        ),
    }


def _table(ways: dict[str, Callable[[list[Any], list[Any]], Any]], samples: dict[str, Any]) -> dict[str, Any]:
    return {case: {name: way(*pair) for name, way in ways.items()} for case, pair in samples.items()}


def main() -> None:
    """Print the values of one peer, or those of both in one."""
    match sys.argv[1:]:
        case ["nannyml"]:
            told: dict[str, Any] = nannyml()
        case ["evidently"]:
            told = evidently()
        case ["join", first, second]:
            peers = [json.loads(Path(name).read_text()) for name in (first, second)]
            if {peer.pop("samples") for peer in peers} != {digest()}:
                raise SystemExit("they were not given the same samples")
            told = {"numbers": number_samples(), "texts": text_samples(), "scored": scored()}
            told |= {"nannyml": peers[0], "evidently": peers[1]}
        case _:
            raise SystemExit(__doc__)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
