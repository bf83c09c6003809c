"""The distances against values that NannyML and Evidently gave for the same samples and bins.

`benchmarks/peer_values.py` says how `peers.json` was made, and with which versions.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import pytest

from console.checks.distances import (
    chi_square,
    estimated_accuracy,
    estimated_f1,
    jensen_shannon,
    kolmogorov_smirnov,
    largest_difference,
    stability_index,
    wasserstein,
)

Counts = npt.NDArray[np.int64]


class Numeric(TypedDict):
    edges: list[float]
    psi: float
    jensen_shannon: float
    kolmogorov_smirnov: float
    wasserstein: float


class Textual(TypedDict):
    psi: float
    jensen_shannon: float
    l_infinity: float
    chi2: float


class Peer(TypedDict):
    version: str
    numbers: dict[str, Numeric]
    texts: dict[str, Textual]
    estimated: dict[str, float]


class Peers(TypedDict):
    numbers: dict[str, tuple[list[float], list[float]]]
    texts: dict[str, tuple[list[str], list[str]]]
    scored: tuple[list[int], list[float]]
    nannyml: Peer
    evidently: Peer


PEERS: Peers = json.loads((Path(__file__).parent / "peers.json").read_text())
each_number_case = pytest.mark.parametrize("case", PEERS["numbers"])
each_text_case = pytest.mark.parametrize("case", PEERS["texts"])


def binned(case: str, edges: Sequence[float], *, pooled_outside: bool) -> tuple[Counts, Counts]:
    """Baseline and current of a case in these bins, with one more for what lies outside if asked."""
    reference, current = PEERS["numbers"][case]
    sides = []
    for side in (reference, current):
        counts = np.histogram(side, np.array(edges))[0]
        sides.append(np.append(counts, len(side) - counts.sum()) if pooled_outside else counts)
    return sides[0], sides[1]


def counted(case: str) -> tuple[Counts, Counts, npt.NDArray[np.float64]]:
    """Baseline and current of a case at each distinct value, and these values."""
    reference, current = PEERS["numbers"][case]
    values = np.unique([*reference, *current])
    return (
        np.array([reference.count(v) for v in values.tolist()]),
        np.array([current.count(v) for v in values.tolist()]),
        values,
    )


def categories(case: str) -> tuple[Counts, Counts]:
    reference, current = PEERS["texts"][case]
    names = sorted({*reference, *current})
    return np.array([reference.count(n) for n in names]), np.array([current.count(n) for n in names])


@each_number_case
def test_jensen_shannon_to_base_2_is_nannymls(case: str) -> None:
    theirs = PEERS["nannyml"]["numbers"][case]
    before, now = binned(case, theirs["edges"], pooled_outside=True)
    assert jensen_shannon(now, before, base=2) == pytest.approx(theirs["jensen_shannon"], abs=1e-9)


@each_text_case
def test_jensen_shannon_of_categories_to_base_2_is_nannymls(case: str) -> None:
    before, now = categories(case)
    theirs = PEERS["nannyml"]["texts"][case]["jensen_shannon"]
    assert jensen_shannon(now, before, base=2) == pytest.approx(theirs, abs=1e-9)


@each_number_case
def test_jensen_shannon_to_the_natural_base_is_evidentlys(case: str) -> None:
    theirs = PEERS["evidently"]["numbers"][case]
    before, now = binned(case, theirs["edges"], pooled_outside=False)
    assert jensen_shannon(now, before) == pytest.approx(theirs["jensen_shannon"], abs=1e-9)


@each_text_case
def test_jensen_shannon_of_categories_to_the_natural_base_is_evidentlys(case: str) -> None:
    before, now = categories(case)
    theirs = PEERS["evidently"]["texts"][case]["jensen_shannon"]
    assert jensen_shannon(now, before) == pytest.approx(theirs, abs=1e-9)


def test_one_base_is_the_other_times_a_constant() -> None:
    before, now = categories("moved")
    ratio = jensen_shannon(now, before, base=2) / jensen_shannon(now, before)
    assert ratio == pytest.approx(1 / math.sqrt(math.log(2)), abs=1e-12)
    assert round(float(ratio), 4) == 1.2011


@pytest.mark.parametrize("case", ["moved", "same"])
def test_the_stability_index_is_evidentlys_where_no_category_is_empty(case: str) -> None:
    before, now = categories(case)
    theirs = PEERS["evidently"]["texts"][case]["psi"]
    assert stability_index(now, before, added=0) == pytest.approx(theirs, abs=1e-9)


def test_the_stability_index_is_evidentlys_where_no_bin_is_empty() -> None:
    compared = 0
    for case, theirs in PEERS["evidently"]["numbers"].items():
        before, now = binned(case, theirs["edges"], pooled_outside=False)
        if before.all() and now.all():
            compared += 1
            assert stability_index(now, before, added=0) == pytest.approx(theirs["psi"], abs=1e-9)
    assert compared


@each_number_case
def test_kolmogorov_smirnov_is_nannymls(case: str) -> None:
    before, now, _ = counted(case)
    theirs = PEERS["nannyml"]["numbers"][case]["kolmogorov_smirnov"]
    assert kolmogorov_smirnov(now, before) == pytest.approx(theirs, abs=1e-9)


@each_number_case
def test_wasserstein_is_evidentlys(case: str) -> None:
    before, now, values = counted(case)
    theirs = PEERS["evidently"]["numbers"][case]["wasserstein"]
    assert wasserstein(now, before, values) == pytest.approx(theirs, abs=1e-9)


@each_number_case
def test_wasserstein_times_the_spread_is_nannymls(case: str) -> None:
    before, now, values = counted(case)
    spread = float(np.std(PEERS["numbers"][case][0]))
    theirs = PEERS["nannyml"]["numbers"][case]["wasserstein"]
    assert wasserstein(now, before, values) * spread == pytest.approx(theirs, abs=1e-9)


@each_text_case
def test_the_largest_difference_is_nannymls_l_infinity(case: str) -> None:
    before, now = categories(case)
    theirs = PEERS["nannyml"]["texts"][case]["l_infinity"]
    assert largest_difference(now, before) == pytest.approx(theirs, abs=1e-9)


@each_text_case
def test_chi_square_is_nannymls(case: str) -> None:
    before, now = categories(case)
    statistic, _ = chi_square(now, before)
    assert statistic == pytest.approx(PEERS["nannyml"]["texts"][case]["chi2"], abs=1e-9)


def test_what_is_estimated_from_scores_is_nannymls() -> None:
    predicted, scores = (np.array(side) for side in PEERS["scored"])
    positive = predicted == 1
    sums = (
        np.array(positive.sum()),
        np.array(scores[positive].sum()),
        np.array((~positive).sum()),
        np.array(scores[~positive].sum()),
    )
    theirs = PEERS["nannyml"]["estimated"]
    assert estimated_accuracy(*sums) == pytest.approx(theirs["accuracy"], abs=1e-9)
    assert estimated_f1(*sums) == pytest.approx(theirs["f1"], abs=1e-9)
