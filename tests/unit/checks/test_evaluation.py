"""Measures of quality from sums, beside what scikit-learn 1.9 and statsmodels 0.15 give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.checks.evaluation import Kind, Tally, added_up, against_rest, figure, figures_of, judged_slices
from console.checks.evaluation_classes import class_figures, matrix_of, positive_of
from console.checks.evaluation_scores import calibration_error, edges_of, equal_mass, reliability
from console.model import Slice
from console.model.evaluation import Basis, Evaluation, is_beyond_chance
from tests.unit.checks.evaluated import (
    NUMBER,
    SAID_OF_THREE,
    THREE,
    TRUTH,
    numbers,
    tally,
)

CLASSES = Kind(binary=True, scored=True)
NUMBERS = Kind(is_number=True)
PAIRS = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 100)), max_size=60)


def of(pairs: list[tuple[bool, bool, int]]) -> Tally:
    columns = list(zip(*pairs, strict=True)) or [(), (), ()]
    true, said = (np.array(column, dtype=np.bool_) for column in columns[:2])
    return tally(true, said, np.array(columns[2], dtype=np.float64) / 100)


def test_measures_of_classes_are_those_of_scikit_learn() -> None:
    found = figures_of(tally(), CLASSES)
    assert {name: one.value for name, one in found.items()} == pytest.approx(
        {
            "accuracy": 0.725,
            "precision": 0.6534653465346535,
            "recall": 0.7674418604651163,
            "F1": 0.7058823529411765,
            "AUC": 0.7629028967768258,
            "Brier": 0.2050375,
        },
        abs=1e-12,
    )
    assert found["precision"].rows == 101
    assert found["recall"].rows == 86


def test_measures_of_numbers_are_those_of_scikit_learn() -> None:
    found = figures_of(numbers(NUMBER - TRUTH), NUMBERS)
    assert found["MAE"].value == pytest.approx(1.316635363359768, abs=1e-12)
    assert found["RMSE"].value == pytest.approx(1.5043692325473927, abs=1e-12)
    assert found["bias"].value == pytest.approx(float((NUMBER - TRUTH).mean()), abs=1e-12)


def test_intervals_of_means_are_those_of_the_normal_distribution() -> None:
    brier, error = figure("Brier", tally()), figure("MAE", numbers(NUMBER - TRUTH))
    assert (brier.low, brier.high) == pytest.approx((0.17117728513996477, 0.23889771486003525), abs=1e-9)
    assert (error.low, error.high) == pytest.approx((1.2155252109144299, 1.4177455158051062), abs=1e-9)


def test_the_interval_of_f1_is_that_which_draws_of_the_same_rows_have() -> None:
    one = figure("F1", tally())
    dice = np.random.default_rng(3)
    counts = np.array([66, 35, 20, 79])
    hits, alarms, misses, _ = dice.multinomial(200, counts / 200, 20_000).T
    low, high = np.quantile(2 * hits / (2 * hits + alarms + misses), [0.025, 0.975])
    assert (one.low, one.high) == pytest.approx((float(low), float(high)), abs=0.012)


@given(pairs=PAIRS)
@settings(max_examples=50)
def test_a_measure_of_classes_is_its_plain_definition_within_its_interval(
    pairs: list[tuple[bool, bool, int]],
) -> None:
    found = figures_of(of(pairs), CLASSES)
    hits = sum(true and said for true, said, _ in pairs)
    said = sum(said for _, said, _ in pairs)
    true = sum(true for true, _, _ in pairs)
    plain = {
        "accuracy": (sum(true == said for true, said, _ in pairs), len(pairs)),
        "precision": (hits, said),
        "recall": (hits, true),
        "F1": (2 * hits, said + true),
        "Brier": (sum((score / 100 - true) ** 2 for true, _, score in pairs), len(pairs)),
    }
    for name, (part, whole) in plain.items():
        one = found[name]
        if not whole:
            assert one.value is None
            assert one.why
            continue
        assert one.value is not None
        assert one.value == pytest.approx(part / whole)
        if one.low is not None and one.high is not None:
            assert 0 <= one.low <= one.value + 1e-12
            assert one.value - 1e-12 <= one.high <= 1
    assert (found["AUC"].value is None) == (true in (0, len(pairs)))


@given(first=PAIRS, second=PAIRS)
@settings(max_examples=30)
def test_what_is_added_can_be_taken_away_again(
    first: list[tuple[bool, bool, int]], second: list[tuple[bool, bool, int]]
) -> None:
    both, rest = of(first + second), added_up([of(first), of(second)]) - of(second)
    assert figures_of(added_up([of(first), of(second)]), CLASSES)["F1"] == figures_of(both, CLASSES)["F1"]
    assert (rest.rows, rest.right) == (of(first).rows, of(first).right)
    assert rest.positives.tolist() == of(first).positives.tolist()


def test_one_row_has_values_and_no_interval_of_a_mean() -> None:
    found = figures_of(of([(True, True, 90)]), CLASSES)
    assert found["accuracy"].value == 1.0
    assert found["Brier"].low is None
    assert "30 rows" in found["Brier"].why
    assert found["AUC"].why == "only one class is true"


def test_nothing_at_all_has_no_values_and_says_why() -> None:
    assert all(one.value is None and one.why for one in figures_of(Tally(), CLASSES).values())
    assert all(one.value is None and one.why for one in figures_of(Tally(), NUMBERS).values())


def test_errors_of_a_size_that_no_square_holds_do_no_harm() -> None:
    assert figures_of(numbers(np.full(40, 1e60)), NUMBERS)["RMSE"].value == pytest.approx(1e60)


# --- slices ---------------------------------------------------------------------------------------------


def share(right: int, rows: int) -> Tally:
    return Tally(requests=rows, rows=rows, right=right)


def test_a_slice_that_is_worse_beyond_chance_comes_first_however_small_others_are() -> None:
    parts = {
        Slice("region", "EU"): share(700, 1000),
        Slice("region", "US"): share(2850, 3000),
        Slice("region", "AQ"): share(1, 3),
    }
    whole = added_up(list(parts.values()))
    told = Evaluation("m", Basis.TRUTH, None, slices=judged_slices(whole, parts, Kind()))  # type: ignore[arg-type]
    order = [one.where.value for one in told.worst_first("accuracy")]
    assert order == ["EU", "AQ", "US"]
    worst = told.worst_first("accuracy")[0]
    assert worst.behind["accuracy"] == pytest.approx(2851 / 3003 - 0.7)
    assert is_beyond_chance(worst, "accuracy")
    assert not any(is_beyond_chance(one, "accuracy") for one in told.worst_first("accuracy")[1:])


def test_among_many_slices_alike_hardly_ever_one_is_worse_beyond_chance() -> None:
    dice = np.random.default_rng(7)
    alarms = 0
    for _ in range(40):
        parts = {Slice("t", str(at)): share(int(dice.binomial(200, 0.9)), 200) for at in range(30)}
        judged = judged_slices(added_up(list(parts.values())), parts, Kind())
        alarms += any(is_beyond_chance(one, "accuracy") for one in judged)
    assert alarms <= 6  # 40 times 5 %, and a little


def test_a_slice_of_few_numbers_is_never_beyond_chance() -> None:
    few, rest = numbers(np.full(20, 50.0)), numbers(np.sin(np.arange(500)))
    assert against_rest("MAE", few, rest) == pytest.approx(
        (50 - float(np.abs(np.sin(np.arange(500))).mean()), 1.0)
    )
    many = numbers(np.full(60, 50.0) + np.sin(np.arange(60)))
    behind = against_rest("MAE", many, rest)
    assert behind is not None
    assert behind[1] < 1e-9


@pytest.mark.parametrize("measure", ["MAE", "RMSE", "bias"])
def test_a_slice_with_smaller_errors_is_ahead(measure: str) -> None:
    small, rest = numbers(np.sin(np.arange(200)) / 10), numbers(3 + np.sin(np.arange(500)))
    found = against_rest(measure, small, rest)
    assert found is not None
    assert found[0] < 0
    assert found[1] > 0.99


# --- scores ---------------------------------------------------------------------------------------------


def test_bins_of_equal_mass_keep_equal_scores_together() -> None:
    rows = np.array([1, 50, 1, 1, 1, 46])
    bins = equal_mass(rows, 10)
    assert bins.tolist() == sorted(bins.tolist())
    assert bins.max() < 10
    assert edges_of(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), rows, 2) == [0.5] or bins.size


@given(rows=st.lists(st.integers(1, 9), min_size=1, max_size=40), bins=st.integers(1, 15))
@settings(max_examples=50)
def test_reliability_has_every_row_once_in_ascending_bins(rows: list[int], bins: int) -> None:
    counts = np.array(rows)
    chances = np.linspace(0, 1, len(rows))
    found = reliability(chances, counts // 2, counts, bins)
    assert sum(one.rows for one in found) == counts.sum()
    assert 1 <= len(found) <= bins
    assert all(one.lower <= one.promised + 1e-12 and one.promised <= one.upper + 1e-12 for one in found)
    assert all(one.low <= one.came <= one.high for one in found)
    assert [one.upper for one in found] == sorted(one.upper for one in found)


def test_scores_true_to_their_word_have_an_error_that_chance_explains() -> None:
    chances = (np.arange(100) + 0.5) / 100
    rows = np.full(100, 200)
    good = calibration_error(reliability(chances, np.rint(chances * 200).astype(int), rows))
    assert good.value == pytest.approx(0, abs=0.003)
    came = np.random.default_rng(2).binomial(rows, chances)
    noisy = calibration_error(reliability(chances, came, rows))
    assert noisy.value is not None and noisy.low is not None
    assert 0.001 < noisy.value < 0.015
    assert noisy.low < noisy.value / 2
    bad = calibration_error(reliability(chances, np.rint(chances**2 * 200).astype(int), rows))
    assert bad.value == pytest.approx(1 / 6, abs=0.01)
    assert bad.low is not None and bad.high is not None
    assert bad.low < 1 / 6 < bad.high
    assert "chance alone" in bad.why


def test_without_scores_there_is_no_calibration_error_and_it_is_said() -> None:
    assert calibration_error(reliability(np.zeros(0), np.zeros(0, int), np.zeros(0, int))).why


# --- more classes than two ------------------------------------------------------------------------------


def confusion() -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for truth, said in zip(map(str, THREE), map(str, SAID_OF_THREE), strict=True):
        found[truth, said] = found.get((truth, said), 0) + 1
    return found


def test_means_over_classes_are_those_of_scikit_learn() -> None:
    found = {one.measure: one for one in class_figures(confusion(), ("0", "1", "2"))}
    assert found["macro precision"].value == pytest.approx(0.7500376903361978, abs=1e-12)
    assert found["macro recall"].value == pytest.approx(0.7500376903361978, abs=1e-12)
    assert found["macro F1"].value == pytest.approx(0.7500093517375529, abs=1e-12)


UNEVEN = {("0", "0"): 900, ("0", "1"): 100, ("1", "1"): 120, ("1", "0"): 60, ("2", "2"): 90, ("2", "0"): 30}


@pytest.mark.parametrize("counts", [confusion(), UNEVEN])
def test_intervals_of_means_over_classes_are_those_that_draws_of_the_same_rows_have(
    counts: dict[tuple[str, str], float],
) -> None:
    matrix = matrix_of(counts, ("0", "1", "2"))
    rows = int(matrix.sum())
    drawn = np.random.default_rng(1).multinomial(rows, (matrix / rows).ravel(), 10_000).reshape(-1, 3, 3)
    hits, predicted, true = np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=1), drawn.sum(axis=2)
    found = {one.measure: one for one in class_figures(counts, ("0", "1", "2"))}
    for name, values in (
        ("macro precision", hits / predicted),
        ("macro recall", hits / true),
        ("macro F1", 2 * hits / (predicted + true)),
    ):
        one, spread = found[name], float(values.mean(axis=1).std())
        assert one.low is not None and one.high is not None
        assert (one.high - one.low) / 2 / 1.959964 == pytest.approx(spread, rel=0.03)


def test_a_class_that_is_never_predicted_counts_nought_and_says_so() -> None:
    found = {one.measure: one for one in class_figures({("a", "b"): 3, ("b", "b"): 5}, ("a", "b", "c"))}
    assert found["macro recall"].value == pytest.approx(1 / 3)
    assert found["precision of a"].why == "it is never predicted"
    assert found["recall of c"].why == "it is never true"


def test_a_truth_of_which_only_is_known_what_it_is_not_is_a_miss_and_no_class() -> None:
    counts = {("a", "a"): 6, ("b", "b"): 4, ("(not a)", "a"): 2}
    found = {one.measure: one for one in class_figures(counts, ("a", "b"), ("(not a)",))}
    assert found["precision of a"].value == pytest.approx(6 / 8)
    assert found["macro precision"].value == pytest.approx((6 / 8 + 1) / 2)
    assert found["macro recall"].value == 1.0
    assert "recall of (not a)" not in found


def test_the_class_that_is_predicted_at_higher_scores_is_positive() -> None:
    assert positive_of(("a", "b"), {"a": 9, "b": 1}, {"a": 0.9, "b": 0.2}, 0.1) == ("a", "class")


def test_scores_that_are_of_the_prediction_make_the_rarer_class_positive() -> None:
    assert positive_of(("a", "b"), {"a": 9, "b": 1}, {"a": 0.9, "b": 0.88}, 0.5) == ("b", "prediction")
    assert positive_of(("a", "b"), {"a": 9, "b": 1}, {"a": 0.4, "b": 0.42}, 0.1) == ("b", "")
    assert positive_of(("a", "b", "c"), {}, {"a": 0.4}, 0.1) == ("", "prediction")
    assert positive_of(("a",), {}, {"a": 0.4}, 0.1) == ("", "")
