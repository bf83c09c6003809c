"""In which order requests are labelled: each once, balanced from the first on, the same however they come."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from console.engine.label_order import Known, in_order, telling_tag
from console.engine.label_scores import Decision
from console.model import Candidate, Label, LabelDraft, LabelStatus, RowId

START = datetime(2026, 11, 2, tzinfo=UTC)
FRAUD = {"fraud": Decision(threshold=0.5)}


def candidate(number: int, **facts: object) -> Candidate:
    usual: dict[str, object] = {
        "row_id": RowId(1, number),
        "key": f"r{number}",
        "origin": f"a.jsonl:{number}",
        "ts": START + timedelta(seconds=number),
        "model": "fraud",
        "model_version": "v1",
        "prediction": "legit",
        "score": 0.25,
        "input_hash": f"h{number}",
    }
    return Candidate(**{**usual, **facts})  # type: ignore[arg-type]


def label(key: str, value: str, author: str = "bob") -> Label:
    draft = LabelDraft(key, value)
    return Label(key + author, draft, LabelStatus.SUBMITTED, "human", author, START, None, None, "act")


CANDIDATES = st.lists(
    st.builds(
        candidate,
        st.integers(0, 60),
        model=st.sampled_from(["fraud", "churn"]),
        model_version=st.sampled_from(["v1", "v2"]),
        prediction=st.sampled_from(["legit", "fraud", None]),
        score=st.one_of(st.none(), st.floats(0, 1), st.just(float("nan"))),
        input_hash=st.sampled_from(["", "a", "b", "c", "d"]),
        tags=st.dictionaries(st.sampled_from(["region", "client"]), st.sampled_from(["EU", "US"])),
    ),
    max_size=40,
    unique_by=lambda one: one.row_id,
)


@settings(max_examples=50, deadline=None)
@given(candidates=CANDIDATES, flagged=st.sets(st.integers(0, 60)), mine=st.sets(st.integers(0, 60)))
def test_each_request_is_in_one_item_or_was_labelled_already(
    candidates: list[Candidate], flagged: set[int], mine: set[int]
) -> None:
    known = Known(
        mine={f"r{one}": label(f"r{one}", "legit", "ada") for one in mine},
        flagged={f"r{one}": [label(f"r{one}", "")] for one in flagged},
    )
    found = in_order(candidates, known, FRAUD)
    listed = [one.key for item in found.items for one in item.requests]
    wanted = {one.key for one in candidates if int(one.key[1:]) not in mine - flagged}
    assert Counter(listed) == Counter(dict.fromkeys(wanted, 1))
    assert found.labelled == len(candidates) - len(wanted)


@settings(max_examples=50, deadline=None)
@given(candidates=CANDIDATES, seed=st.integers())
def test_the_order_does_not_depend_on_how_requests_come(candidates: list[Candidate], seed: int) -> None:
    shuffled = candidates.copy()
    random.Random(seed).shuffle(shuffled)
    assert repr(in_order(shuffled, Known(), FRAUD)) == repr(in_order(candidates, Known(), FRAUD))


@settings(max_examples=50, deadline=None)
@given(candidates=CANDIDATES)
def test_every_beginning_has_as_many_of_each_stratum(candidates: list[Candidate]) -> None:
    items = in_order(candidates, Known(), FRAUD).items
    for model in ("fraud", "churn"):
        groups = [item.group for item in items if item.request.model == model]
        left, taken = Counter(groups), Counter(dict.fromkeys(groups, 0))
        for group in groups:
            taken[group] += 1
            left[group] -= 1
            # Only a stratum that is used up may be behind.
            least = min((taken[one] for one in taken if left[one]), default=taken[group])
            assert max(taken.values()) - least <= 1


@settings(max_examples=50, deadline=None)
@given(candidates=CANDIDATES)
def test_within_a_stratum_the_least_sure_come_first(candidates: list[Candidate]) -> None:
    items = in_order(candidates, Known(), FRAUD).items
    for group in {item.group for item in items}:
        doubts = [
            FRAUD["fraud"].distance(item.request.score)
            for item in items
            if item.request.model == "fraud" and item.group == group
        ]
        assert doubts == sorted(doubts)


def test_equal_inputs_of_a_model_are_one_item_of_which_the_newest_is_shown() -> None:
    rows = [candidate(1, input_hash="same"), candidate(3, input_hash="same"), candidate(2, input_hash="same")]
    other = candidate(4, input_hash="same", model="churn")
    items = in_order([*rows, other], Known(), {}).items
    by_model = {item.request.model: [one.key for one in item.requests] for item in items}
    assert by_model == {"fraud": ["r3", "r2", "r1"], "churn": ["r4"]}


def test_requests_without_an_input_are_not_the_same() -> None:
    assert len(in_order([candidate(1, input_hash=""), candidate(2, input_hash="")], Known(), {}).items) == 2


def test_a_request_that_was_logged_twice_is_labelled_once() -> None:
    rows = [candidate(1, key="a"), candidate(2, key="a", prediction="fraud")]
    [item] = in_order(rows, Known(), {}).items
    assert (item.request.prediction, item.copies) == ("fraud", ())


def test_what_others_labelled_comes_last_and_what_is_flagged_after_it() -> None:
    known = Known(others={"r1": [label("r1", "fraud")]}, flagged={"r2": [label("r2", "")]})
    items = in_order([candidate(1), candidate(2), candidate(3)], known, FRAUD).items
    assert [item.request.key for item in items] == ["r3", "r1", "r2"]
    assert (items[1].said, items[2].flags) == ((label("r1", "fraud"),), (label("r2", ""),))


def test_models_come_one_after_the_other_the_largest_first() -> None:
    rows = [candidate(n, model=("churn", "fraud", "fraud")[n % 3]) for n in range(9)]
    assert [item.request.model for item in in_order(rows, Known(), {}).items] == ["fraud"] * 6 + ["churn"] * 3


def test_of_what_was_named_one_s_own_label_comes_again_only_where_another_says_something_else() -> None:
    known = Known(
        mine={"r1": label("r1", "legit", "ada"), "r2": label("r2", "legit", "ada")},
        others={"r1": [label("r1", "fraud")], "r2": [label("r2", "legit")]},
        by_name=True,
    )
    found = in_order([candidate(1), candidate(2)], known, FRAUD)
    assert [item.request.key for item in found.items] == ["r1"]
    assert [one.author for one in found.items[0].said] == ["bob", "ada"]
    assert found.labelled == 1
    by_slice = Known(mine=known.mine, others=known.others)
    assert in_order([candidate(1), candidate(2)], by_slice, FRAUD).items == ()


def test_the_tag_that_goes_with_the_prediction_is_spread_by() -> None:
    rows = [
        candidate(
            n,
            prediction=("fraud", "legit")[n % 2],
            tags={"client": ("web", "ios")[n % 2], "host": ("a", "b")[n % 3 == 0], "id": str(n), "zone": "x"},
        )
        for n in range(40)
    ]
    assert telling_tag(rows) == "client"
    alike = [
        candidate(n, tags={"host": ("a", "b")[n % 3 == 0], "region": ("a", "b")[n % 2]}) for n in range(40)
    ]
    assert telling_tag(alike) == "region"
    assert telling_tag([candidate(1, tags={"id": "1"})]) == ""
