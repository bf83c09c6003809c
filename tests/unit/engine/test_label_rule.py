"""Labels by rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.engine.label_rule import RuleOutcome, label_by_rule
from console.errors import UsageError
from console.model import LabelDraft
from console.model.filter_text import parse_filter
from console.store import Store
from tests.support import LOG, Line, at, stored


def request(number: int, **more: object) -> Line:
    features = {"amount": number}
    return {"ts": at(number), "model": "fraud", "prediction": "legit", "features": features, **more}


RECORDS = [
    *(request(n, model_version="v2", request_id=f"f-{n % 8}") for n in range(10)),
    request(10),
]
DEAR = parse_filter("amount>=5")


@pytest.fixture(scope="module")
def store() -> Store:
    """Eleven requests: two of them logged twice, one without an id."""
    return stored(RECORDS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "casebook.sqlite"


@pytest.fixture
def casebook(path: Path) -> Iterator[Casebook]:
    with opened(path, "ann") as book:
        yield book


def opened(path: Path, author: str) -> Casebook:
    return Casebook.open(path, author=author, clock=lambda: datetime(2026, 11, 2, tzinfo=UTC))


def test_every_request_that_meets_the_filter_is_labelled_once_with_all_that_is_known_of_it(
    store: Store, casebook: Casebook
) -> None:
    done = label_by_rule(store, casebook, DEAR, "fraud", note="dear")
    labels = casebook.current_all()
    assert {label.act for label in labels} == {done.act}
    assert [label.draft.request_key for label in labels[:5]] == ["f-5", "f-6", "f-7", "f-0", "f-1"]
    nameless = labels[-1].draft
    assert nameless.request_key == nameless.origin
    assert nameless.origin.startswith(f"{LOG}:")
    assert done == RuleOutcome(found=6, labelled=6, same=0, own=0, disputed=0, act=done.act)
    draft = labels[0].draft
    assert (labels[0].source, draft.value, draft.note, draft.model_version) == ("rule", "fraud", "dear", "v2")
    assert (draft.model, draft.prediction) == ("fraud", "legit")
    assert draft.input_hash and draft.origin.startswith(f"{LOG}:")
    told = json.loads(draft.query)
    assert (told["query"], told["filter"]) == ("predictions_in_time", "amount>=5")
    assert {"start", "until"} <= set(told["params"])
    assert len(casebook.undo_act(done.act)) == 6
    assert casebook.current_all() == ()


def test_of_a_request_that_was_logged_twice_the_newer_line_is_judged(
    store: Store, casebook: Casebook
) -> None:
    label_by_rule(store, casebook, parse_filter("amount>=0"), "fraud")
    offset = {
        label.draft.request_key: int(label.draft.origin.rpartition(":")[2]) for label in casebook.standing()
    }
    assert len(offset) == 9
    assert offset["f-0"] > offset["f-7"]


def test_a_rule_that_runs_again_adds_nothing_and_one_that_changed_its_mind_corrects(
    store: Store, casebook: Casebook
) -> None:
    label_by_rule(store, casebook, DEAR, "fraud")
    again = label_by_rule(store, casebook, DEAR, "fraud")
    assert again == RuleOutcome(found=6, labelled=0, same=6, own=0, disputed=0)
    label_by_rule(store, casebook, DEAR, "legit")
    assert casebook.counts() == {"legit": 6}
    assert {label.previous_value for label in casebook.current_all()} == {"fraud"}


def test_what_the_author_labelled_by_hand_stays_and_what_others_say_is_disputed(
    store: Store, casebook: Casebook, path: Path
) -> None:
    casebook.label([LabelDraft("f-5", "legit"), LabelDraft("f-6", "fraud")])
    with opened(path, "bob") as bob:
        bob.label([LabelDraft("f-7", "legit"), LabelDraft("f-0", "fraud"), LabelDraft("f-5", "legit")])
    planned = label_by_rule(store, casebook, DEAR, "fraud", dry_run=True)
    assert planned == RuleOutcome(found=6, labelled=4, same=1, own=1, disputed=1)
    assert len(casebook.history()) == 5, "a dry run labels nothing"
    done = label_by_rule(store, casebook, DEAR, "fraud")
    assert (done.labelled, done.same, done.own, done.disputed) == (4, 1, 1, 1)
    assert casebook.current(["f-5"])["f-5"].draft.value == "legit"


def test_a_dry_run_needs_no_casebook(store: Store) -> None:
    outcome = label_by_rule(store, None, DEAR, "fraud", dry_run=True)
    assert outcome == RuleOutcome(found=6, labelled=6, same=0, own=0, disputed=0)


@pytest.mark.parametrize(
    ("filter_text", "value", "words"),
    [
        ("", "fraud", "a rule wants a condition"),
        ("-2h", "fraud", "a rule wants"),
        ("amount>1", "", "a value"),
    ],
)
def test_a_rule_without_a_condition_or_a_value_is_none(
    store: Store, casebook: Casebook, filter_text: str, value: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        label_by_rule(store, casebook, parse_filter(filter_text), value)


def test_more_requests_than_somebody_can_mean_are_refused(
    store: Store, casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.engine.label_rule.MOST_BY_RULE", 3)
    with pytest.raises(UsageError, match="6 requests meet the filter, and a rule labels 3 at most"):
        label_by_rule(store, casebook, DEAR, "fraud")
    assert casebook.history() == ()


def test_time_counts_back_from_the_newest_row(store: Store) -> None:
    outcome = label_by_rule(store, None, parse_filter("amount>=0 -4m"), "fraud", dry_run=True)
    assert outcome.found == 4
