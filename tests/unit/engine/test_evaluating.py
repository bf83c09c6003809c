"""Evaluations of small stores, beside what plain Python makes of the same records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from math import log
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.engine.evaluating import evaluate, listing_call
from console.engine.evaluating_versions import compare
from console.errors import Interrupted, UsageError
from console.model import Comparison, Filter, LabelDraft, Slice, Term, Ticket
from console.model.evaluation import Basis, Evaluation, EvaluationQuestion, is_beyond_chance
from tests.support import NOON, at, stored

Record = dict[str, object]
EPSILON = 2.220446049250313e-16
"""How far from 0 and 1 scikit-learn keeps what it takes the logarithm of."""


def record(number: int, *, model: str = "m", **more: object) -> Record:
    """A request whose prediction is wrong where its number is a multiple of 5, more often in AQ and v2."""
    positive = number % 4 == 0
    wrong = number % 5 == 0 or (number % 3 == 0 and number % 2 == 0)
    truth = positive != wrong
    return {
        "ts": at(number / 10),
        "request_id": f"r-{number}",
        "model": model,
        "model_version": "v2" if number % 2 else "v1",
        "prediction": "fraud" if positive else "legit",
        "score": 0.55 + number % 9 / 20 if positive else number % 9 / 20,
        "truth": "fraud" if truth else "legit",
        "tags": {"region": "AQ" if number % 3 == 0 else "EU"},
        "features": {"amount": number},
        **more,
    }


RECORDS = [record(number) for number in range(400)]


def told(
    records: list[Record], basis: Basis = Basis.TRUTH, casebook: Casebook | None = None, **asked: object
) -> Evaluation:
    store = stored(records)
    return evaluate(store, casebook, EvaluationQuestion(basis, **asked), Ticket())  # type: ignore[arg-type]


@cache
def usual() -> Evaluation:
    """All records on truth."""
    return told(RECORDS)


def values(one: Evaluation) -> Mapping[str, float | None]:
    return {figure.measure: figure.value for figure in one.figures}


def test_figures_on_truth_are_those_of_plain_python() -> None:
    one = usual()
    hits = sum(r["prediction"] == r["truth"] == "fraud" for r in RECORDS)
    said = sum(r["prediction"] == "fraud" for r in RECORDS)
    true = sum(r["truth"] == "fraud" for r in RECORDS)
    right = sum(r["prediction"] == r["truth"] for r in RECORDS)
    assert (one.positive, one.score_of) == ("fraud", "fraud")
    assert (one.requests, one.rows, one.share) == (400, 400, 1.0)
    found = values(one)
    assert found["accuracy"] == pytest.approx(right / 400)
    assert found["precision"] == pytest.approx(hits / said)
    assert found["recall"] == pytest.approx(hits / true)
    assert found["F1"] == pytest.approx(2 * hits / (said + true))
    scores = [(float(str(r["score"])), r["truth"] == "fraud") for r in RECORDS]
    assert found["Brier"] == pytest.approx(sum((score - flag) ** 2 for score, flag in scores) / 400)
    assert found["AUC"] == pytest.approx(area(RECORDS), abs=1e-12)
    assert found["log loss"] == pytest.approx(
        -sum(log(min(max(score if flag else 1 - score, EPSILON), 1 - EPSILON)) for score, flag in scores)
        / 400
    )
    assert one.confusion["fraud", "fraud"] == hits
    assert sum(one.confusion.values()) == 400
    assert sum(bin.rows for bin in one.reliability) == 400


def area(records: list[Record]) -> float:
    """Share of pairs in which the positive has the higher score."""
    scores = [(float(str(r["score"])), r["truth"] == "fraud") for r in records]
    wins = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high, flag in scores
        if flag
        for low, other in scores
        if not other
    ]
    return sum(wins) / len(wins)


def test_areas_of_slices_and_steps_are_those_of_their_own_requests() -> None:
    one = told(RECORDS, step_seconds=600)
    mine = next(part for part in one.slices if part.where == Slice("region", "AQ"))
    records = [r for r in RECORDS if r["tags"] == {"region": "AQ"}]
    assert mine.figures["AUC"].value == pytest.approx(area(records), abs=0.005)
    assert one.steps[1].figures["AUC"].value == pytest.approx(area(RECORDS[100:200]), abs=0.005)


def test_a_score_that_is_of_the_prediction_is_turned_round_for_the_other_class() -> None:
    sure = [{**r, "score": 0.5 + n * 7 % 41 / 100} for n, r in enumerate(RECORDS)]
    one = told(sure)
    assert (one.positive, one.score_of) == ("fraud", "the prediction")
    turned = [
        {**r, "score": r["score"] if r["prediction"] == "fraud" else 1 - float(str(r["score"]))} for r in sure
    ]
    assert values(one)["AUC"] == pytest.approx(area(turned), abs=1e-12)
    mine = next(part for part in one.slices if part.where == Slice("region", "AQ"))
    aq = [r for r in turned if r["tags"] == {"region": "AQ"}]
    assert mine.figures["AUC"].value == pytest.approx(area(aq), abs=0.005)


def test_steps_and_slices_add_up_to_the_whole() -> None:
    one = told(RECORDS, step_seconds=600)
    assert [step.rows for step in one.steps] == [100, 100, 100, 100]
    regions = [part for part in one.slices if part.where.dimension == "region"]
    assert sorted((part.where.value, part.rows) for part in regions) == [("AQ", 134), ("EU", 266)]
    right = sum((part.figures["accuracy"].value or 0) * part.rows for part in regions)
    assert right == pytest.approx(sum(r["prediction"] == r["truth"] for r in RECORDS))
    assert {part.where.dimension for part in one.slices} == {"region", "model_version", "(score)"}


def test_the_slice_that_is_worse_beyond_chance_comes_first() -> None:
    worst = usual().worst_first("accuracy", "region")[0]
    assert worst.where == Slice("region", "AQ")
    assert is_beyond_chance(worst, "accuracy")


def test_requests_without_a_truth_count_as_requests_and_for_nothing_else() -> None:
    bare = [{**record(number), "request_id": f"n-{number}"} for number in range(100)]
    for one in bare:
        del one["truth"]
    found = told([*RECORDS, *bare])
    assert (found.requests, found.rows) == (500, 400)
    assert values(found) == values(usual())


def test_a_filter_and_times_narrow_all_of_it() -> None:
    only = Filter((Term("region", Comparison.IS, "AQ"),))
    one = told(RECORDS, filter=only, start=NOON, until=NOON + timedelta(minutes=20))
    assert one.requests == len([number for number in range(200) if number % 3 == 0])
    assert all(part.where.dimension != "region" for part in one.slices)


def test_nothing_stored_and_nothing_true_are_said_in_words() -> None:
    assert "no requests" in told([]).notes[0]
    bare = [{name: value for name, value in r.items() if name != "truth"} for r in RECORDS]
    one = told(bare)
    assert (one.rows, one.requests, one.figures) == (0, 400, ())
    assert "has a truth" in one.notes[0]


@pytest.mark.parametrize("score", [None, -1.0, 7, "high", 1e308])
def test_scores_that_are_no_chance_leave_the_other_measures_alone(score: object) -> None:
    odd = [{**r, "score": score} for r in RECORDS[:40]]
    one = told([*odd, *RECORDS[40:]])
    assert values(one)["accuracy"] == values(usual())["accuracy"]
    brier = one.figure("Brier")
    assert brier is not None
    assert brier.rows == 360
    assert any("40 requests have no score" in note for note in one.notes)


def test_a_truth_that_is_no_class_known_is_a_class_of_its_own() -> None:
    hostile = "[red]\x1b[2J" + "x" * 10_000
    one = told([*RECORDS, record(401, truth=hostile)])
    assert not one.positive
    assert hostile in one.classes
    assert one.rows == 401
    assert values(one)["accuracy"] == pytest.approx(values(usual())["accuracy"], abs=0.01)
    assert one.figure("macro F1") is not None


def test_one_row_and_one_class_have_no_area_and_say_why() -> None:
    single = told([record(4)])
    assert values(single)["accuracy"] in (0.0, 1.0)
    same = [record(number, truth="fraud") for number in range(40)]
    area = told(same).figure("AUC")
    assert area is not None
    assert (area.value, area.why) == (None, "only one class is true")


def test_more_classes_than_two_have_means_and_figures_of_each() -> None:
    names = ("a", "b", "c")
    many = [
        record(
            n, prediction=names[n % 3], truth=names[n % 3 if n % 7 else (n + 1) % 3], score=0.3 + n % 7 / 10
        )
        for n in range(210)
    ]
    one = told(many)
    assert (one.positive, one.score_of) == ("", "the prediction")
    assert values(one)["accuracy"] == pytest.approx(6 / 7)
    assert values(one)["macro F1"] == pytest.approx(6 / 7, abs=0.01)
    assert {"precision of a", "recall of c"} <= values(one).keys()
    stated = told(many, positive="b")
    assert stated.positive == "b"
    assert values(stated)["precision"] == values(one)["precision of b"]


def test_a_positive_class_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no class is called 'frogs'.*'legit'"):
        told(RECORDS, positive="frogs")
    with pytest.raises(UsageError, match=r"no requests of model 'n'.*'m'"):
        told(RECORDS, model="n")


def test_classes_written_as_numbers_are_the_same_class_however_they_are_written() -> None:
    one = told([record(n, prediction=n % 2, truth=f"{n % 2 if n % 10 else 1}.0") for n in range(100)])
    assert set(one.classes) == {"0", "1"}
    assert values(one)["accuracy"] == pytest.approx(0.9)
    assert one.positive


def test_numbers_are_measured_by_their_errors() -> None:
    errors = [number % 7 - 2.5 for number in range(140)]
    many = [record(n, prediction=100.5 + n + errors[n], truth=100.5 + n, score=None) for n in range(140)]
    one = told([*many, record(150, prediction="none", truth="12.5")])
    assert one.is_number
    assert values(one) == pytest.approx(
        {
            "MAE": sum(map(abs, errors)) / 140,
            "RMSE": (sum(error**2 for error in errors) / 140) ** 0.5,
            "bias": sum(errors) / 140,
            "R²": 1 - sum(error**2 for error in errors) / sum((n - 69.5) ** 2 for n in range(140)),
        }
    )
    assert one.left_out == {"prediction or truth is no number": 1}
    assert one.rows == 140


# --- labels ---------------------------------------------------------------------------------------------


@pytest.fixture
def casebook(tmp_path: Path) -> Iterator[Casebook]:
    now = datetime(2026, 11, 3, tzinfo=UTC)
    with Casebook.open(tmp_path / "casebook.sqlite", author="ann@one", clock=lambda: now) as opened:
        yield opened


def said(number: int, value: str, model: str = "m") -> LabelDraft:
    return LabelDraft(f"r-{number}", value, model=model, prediction=str(RECORDS[number]["prediction"]))


def test_labels_are_a_basis_of_their_own(casebook: Casebook) -> None:
    bare = [{name: value for name, value in r.items() if name != "truth"} for r in RECORDS]
    casebook.label([said(number, "fraud") for number in range(40)])
    one = told(bare, Basis.LABELS, casebook)
    assert (one.rows, one.requests) == (40, 400)
    assert values(one)["accuracy"] == pytest.approx(10 / 40)
    assert "chosen by people" in one.notes[0]
    assert told(bare, Basis.TRUTH, casebook).rows == 0


def test_labels_outweigh_no_truth_and_truth_no_labels(casebook: Casebook) -> None:
    casebook.label([said(4, "legit")])
    assert told(RECORDS, Basis.LABELS, casebook).rows == 1
    assert values(told(RECORDS, Basis.TRUTH, casebook)) == values(usual())


def test_correct_and_wrong_are_the_classes_that_they_mean_and_unsure_is_left_out(casebook: Casebook) -> None:
    casebook.label([said(4, "correct"), said(5, "wrong"), said(6, "legit"), said(7, "unsure")])
    one = told(RECORDS, Basis.LABELS, casebook)
    assert one.confusion == {("fraud", "fraud"): 1, ("fraud", "legit"): 1, ("legit", "legit"): 1}
    assert one.left_out == {"labelled unsure": 1}


def test_an_imported_verdict_is_of_the_prediction_that_is_stored_where_there_is_one(
    casebook: Casebook,
) -> None:
    twice = [record(8), record(8, prediction="legit")]
    elsewhere = record(12, model="other")
    casebook.label([LabelDraft(f"r-{number}", "correct") for number in (4, 8, 12, 999)], source="import")
    casebook.label([LabelDraft("r-5", "wrong", model="m")], source="import")
    one = told([record(4), record(5), *twice, elsewhere], Basis.LABELS, casebook, model="m")
    assert one.confusion == {("fraud", "fraud"): 1, ("fraud", "legit"): 1}
    assert one.left_out == {"labelled correct or wrong, and it is not known what was predicted": 3}


def test_wrong_among_many_classes_is_a_miss_of_the_class_that_was_predicted(casebook: Casebook) -> None:
    names = ("a", "b", "c")
    many = [record(n, prediction=names[n % 3]) for n in range(30)]
    casebook.label(
        [
            replace(said(n, "wrong" if n % 3 == 0 else names[n % 3]), prediction=names[n % 3])
            for n in range(30)
        ]
    )
    one = told(many, Basis.LABELS, casebook)
    assert values(one)["accuracy"] == pytest.approx(20 / 30)
    assert values(one)["precision of a"] == 0.0
    assert values(one)["macro recall"] == pytest.approx(2 / 3)


def test_labels_in_conflict_are_left_out_and_counted(casebook: Casebook, tmp_path: Path) -> None:
    casebook.label([said(4, "fraud"), said(5, "fraud")])
    other = Casebook.open(tmp_path / "casebook.sqlite", author="bob@two", clock=lambda: NOON)
    with other:
        other.label([said(4, "legit"), said(5, "fraud")])
    one = told(RECORDS, Basis.LABELS, casebook)
    assert (one.rows, one.left_out) == (1, {"labels are in conflict": 1})


def test_labels_of_another_model_say_nothing_of_this_one(casebook: Casebook) -> None:
    casebook.label([said(4, "fraud", model="other")])
    assert told(RECORDS, Basis.LABELS, casebook).rows == 0


# --- estimated ------------------------------------------------------------------------------------------


def test_what_is_estimated_is_what_scores_have_meant() -> None:
    many = [record(number) for number in range(1200)]
    for one in many[800:]:
        del one["truth"]
    found = told(many, Basis.ESTIMATED)
    assert (found.rows, found.requests) == (1200, 1200)
    known = values(told(many[:800]))
    assert values(found)["accuracy"] == pytest.approx(known["accuracy"], abs=0.03)
    assert "800 requests with a truth" in found.notes[0]
    assert found.slices
    assert found.steps


def test_nothing_is_estimated_from_few_truths_or_of_numbers() -> None:
    assert "not estimated" in told(RECORDS, Basis.ESTIMATED).notes[0]
    many = [record(n, prediction=100.5 + n, truth=100.5 + n) for n in range(600)]
    assert "not estimated" in told(many, Basis.ESTIMATED).notes[0]


# --- the requests behind a slice --------------------------------------------------------------------------


def test_a_slices_requests_are_listed_wrong_ones_first() -> None:
    store = stored(RECORDS)
    one = evaluate(store, None, EvaluationQuestion(), Ticket())
    table = store.table(listing_call(store, None, one, Slice("region", "AQ")))
    said, truth = table.columns.index("prediction"), table.columns.index("truth")
    right = [row[said] == row[truth] for row in table.rows]
    assert len(right) == 134
    assert right == sorted(right)
    tenth = store.table(listing_call(store, None, one, Slice("(score)", "0.1"))).rows
    assert len(tenth) == next(part.rows for part in one.slices if part.where == Slice("(score)", "0.1"))


# --- versions -------------------------------------------------------------------------------------------


def shadowed(**second: object) -> list[Record]:
    """Each request scored by v1, and by v2, which is right more often."""
    first = [record(n, model_version="v1") for n in range(300)]
    return first + [
        {**record(n, model_version="v2"), "prediction": record(n)["truth"] if n % 10 else "legit", **second}
        for n in range(300)
    ]


def test_versions_that_log_the_same_ids_are_compared_pair_by_pair() -> None:
    found = compare(stored(shadowed()), None, EvaluationQuestion(), ("v1", "v2"), Ticket())
    assert (found.paired_by, found.pairs) == ("request id", 300)
    accuracy = found.differences[0]
    assert accuracy.test == "McNemar, exact"
    assert accuracy.chance is not None and accuracy.chance < 1e-6
    records = shadowed()
    right = [sum(r["prediction"] == r["truth"] for r in part) for part in (records[:300], records[300:])]
    assert accuracy.value == pytest.approx((right[1] - right[0]) / 300)


def test_versions_with_the_same_inputs_are_compared_by_these() -> None:
    records = shadowed()
    for place, one in enumerate(records):
        one["request_id"] = f"only-{place}"
        one["features"] = {"amount": place % 300}
    found = compare(stored(records), None, EvaluationQuestion(), ("v1", "v2"), Ticket())
    assert (found.paired_by, found.pairs) == ("input", 300)


def test_a_truth_that_one_version_has_holds_for_the_other_on_the_same_input() -> None:
    records = shadowed()
    for number in range(300):
        del records[number if number % 2 else 300 + number]["truth"]
    found = compare(stored(records), None, EvaluationQuestion(), ("v1", "v2"), Ticket())
    assert found.pairs == 300


def test_of_several_requests_with_one_id_the_newest_counts() -> None:
    records = shadowed()
    early = [{**one, "ts": at(-600), "prediction": "frogs"} for one in records[300:]]
    found = compare(stored([*early, *records]), None, EvaluationQuestion(), ("v1", "v2"), Ticket())
    alone = compare(stored(records), None, EvaluationQuestion(), ("v1", "v2"), Ticket())
    assert found.pairs == 300
    assert found.differences[0].second.value == alone.differences[0].second.value


def test_pairs_that_are_held_against_different_truths_are_left_out() -> None:
    records = shadowed()
    for one in records[300:310]:
        one["truth"] = "fraud" if one["truth"] == "legit" else "legit"
    found = compare(stored(records), None, EvaluationQuestion(), ("v1", "v2"), Ticket())
    assert found.pairs == 290
    assert "10 pairs are left out" in found.notes[0]


def test_versions_on_other_inputs_are_compared_unpaired_and_it_is_said() -> None:
    found = compare(stored(RECORDS), None, EvaluationQuestion(), ("v1", "v2"), Ticket())
    assert (found.paired_by, found.requests) == ("", (200, 200))
    assert "not on the same inputs" in found.notes[-1]
    accuracy = found.differences[0]
    assert accuracy.first.rows == accuracy.second.rows == 200
    assert accuracy.low is not None and accuracy.value is not None and accuracy.high is not None
    assert accuracy.low < accuracy.value < accuracy.high


def test_without_names_the_newest_version_is_held_against_the_one_before_it() -> None:
    later = [record(n, model_version="v9") for n in range(400, 440)]
    found = compare(stored([*RECORDS, *later]), None, EvaluationQuestion(), None, Ticket())
    assert found.versions[1] == "v9"


@pytest.mark.parametrize(
    ("versions", "why"), [(("v1", "v7"), "no requests of version 'v7'"), (("v1", "v1"), "with itself")]
)
def test_versions_that_cannot_be_compared_are_refused(versions: tuple[str, str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        compare(stored(RECORDS), None, EvaluationQuestion(), versions, Ticket())
    with pytest.raises(UsageError, match="estimate"):
        compare(stored(RECORDS), None, EvaluationQuestion(Basis.ESTIMATED), ("v1", "v2"), Ticket())


def test_an_evaluation_that_is_wanted_no_more_ends() -> None:
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Interrupted):
        evaluate(stored(RECORDS), None, EvaluationQuestion(), ticket)
