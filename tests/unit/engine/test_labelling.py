"""The queue of what is to be labelled, from the store and the casebook; and what a label may say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.engine.labelling import MOST_REQUESTS, choices_of, label_queue
from console.engine.settings import Settings
from console.errors import Interrupted, UsageError
from console.model import (
    Configuration,
    Filter,
    LabelChoices,
    LabelDraft,
    LabelQueue,
    LabelSettings,
    LabelStatus,
    QueryCall,
    QueueSource,
    RowId,
    Ticket,
    View,
)
from console.model.filter_text import parse_filter
from console.store import Store
from tests.support import Line, at, stored
from tests.unit.engine.logs import lines, write
from tests.unit.engine.watching import Watched

CLASSES = LabelChoices(("fraud", "legit"))
EVERYTHING = View(span=None)


def request(number: int, **more: object) -> Line:
    return {
        "ts": at(number),
        "request_id": f"f-{number}",
        "model": "fraud",
        "model_version": "v2",
        "prediction": ("legit", "fraud")[number % 2],
        "score": (number % 2) * 0.5 + number / 200,
        "features": {"amount": number // 2, "note": ""},
        "tags": {"region": ("EU", "US")[number % 4 // 2], "host": f"ml-{number}"},
        **more,
    }


RECORDS = [
    *(request(n) for n in range(60)),
    {"ts": at(60), "model": "fraud", "prediction": None, "features": {"amount": 9000}},
    {"ts": at(61), "model": "eta", "request_id": "e-1", "prediction": 3.5},
]


@pytest.fixture(scope="module")
def store() -> Store:
    """Sixty requests, two of each input; one without an id, one of another model."""
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


def queue(store: Store, source: QueueSource, casebook: Casebook | None = None) -> LabelQueue:
    return label_queue(store, casebook, source, lambda _: CLASSES, Ticket())


def keys(found: LabelQueue) -> list[str]:
    return [one.key for item in found.items for one in item.requests]


def test_a_view_gives_each_input_once_the_uncertain_first_and_spread(store: Store) -> None:
    found = queue(store, EVERYTHING)
    assert len(set(keys(found))) == len(keys(found)) == 62
    assert (found.looked_at, found.found, found.tag) == (62, 62, "region")
    fraud = [item for item in found.items if item.request.model == "fraud"]
    assert {len(item.requests) for item in fraud} == {1, 2}
    assert len({item.group for item in fraud[:3]}) == 3
    assert "from the threshold" in fraud[1].why
    assert found.choices == {"fraud": CLASSES, "eta": CLASSES}
    assert found.items[-1].request.key == "e-1"


def test_a_filter_narrows_it_and_the_call_says_which(store: Store) -> None:
    wanted = Filter(parse_filter("region=EU model=fraud").filter.terms)
    found = queue(store, View(wanted, None))
    assert all(item.request.tags["region"] == "EU" for item in found.items)
    assert found.call is not None and found.call.filter == wanted


def test_requests_by_their_keys_also_those_without_an_id(store: Store) -> None:
    nameless = next(one for one in keys(queue(store, EVERYTHING)) if ":" in one)
    found = queue(store, ("f-3", nameless, "f-3", "gone", "x:12", ":", "a:99999999999999999999"))
    assert sorted(keys(found)) == sorted(["f-3", nameless])
    assert (found.missing, found.call) == (4, None)
    [item] = [item for item in found.items if item.request.key == nameless]
    assert item.request.origin == nameless


def test_requests_by_where_they_came_from(store: Store) -> None:
    rows = [item.request for item in queue(store, ("f-3", "f-8")).items]
    found = queue(store, (*(one.row_id for one in rows), RowId(7, 7)))
    assert sorted(keys(found)) == ["f-3", "f-8"]
    assert found.missing == 0


def test_what_one_labelled_does_not_come_and_what_others_did_comes_last(
    store: Store, casebook: Casebook, path: Path
) -> None:
    casebook.label([LabelDraft("f-0", "legit"), LabelDraft("f-1", "legit")])
    casebook.label([LabelDraft("f-2", "")], status=LabelStatus.DRAFT)
    with opened(path, "bob") as other:
        other.label([LabelDraft("f-4", "fraud")])
    found = queue(store, EVERYTHING, casebook)
    assert found.labelled == 2
    listed = [item for item in found.items if item.request.model == "fraud"]
    assert {"f-0", "f-1"} & set(keys(found)) == set()
    assert {one.key for one in found.items[-1].requests} == {"f-2", "f-3"}
    assert [label.draft.value for item in listed for label in item.said] == ["fraud"]


def test_what_is_not_agreed_upon_comes_again_where_it_is_named(
    store: Store, casebook: Casebook, path: Path
) -> None:
    casebook.label([LabelDraft("f-6", "legit"), LabelDraft("f-8", "legit")])
    with opened(path, "bob") as other:
        other.label([LabelDraft("f-6", "fraud"), LabelDraft("f-8", "legit")])
    assert keys(queue(store, ("f-6", "f-8"), casebook)) == ["f-6"]
    assert keys(queue(store, parse_view("request_id=f-6"), casebook)) == []


def test_what_stands_of_some_requests_is_what_stands_of_all(casebook: Casebook, path: Path) -> None:
    casebook.label([LabelDraft(f"f-{n}", "legit") for n in range(5)])
    casebook.label([LabelDraft("f-1", "fraud")])
    with opened(path, "bob") as other:
        other.label([LabelDraft("f-1", "odd"), LabelDraft("f-2", "odd")])
        other.undo()
        other.label([LabelDraft("f-1", "odd")])
    asked = ["f-1", "f-3", "none", "f-1", "\ud800"]
    wanted = [label for label in casebook.standing() if label.draft.request_key in asked]
    found = casebook.standing_of(asked)
    assert [label for key in ("f-3", "f-1") for label in found[key]] == wanted
    assert found.keys() == {"f-1", "f-3"}


def parse_view(text: str) -> View:
    return View(parse_filter(text).filter, None)


def test_of_a_large_slice_the_newest_are_taken_and_it_is_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.engine.labelling.MOST_REQUESTS", 10)
    found = queue(store, parse_view("model=fraud"))
    assert (found.looked_at, found.found) == (10, 61)
    assert {f"f-{n}" for n in range(51, 60)} <= set(keys(found))
    assert MOST_REQUESTS == 10_000


def test_a_query_of_no_requests_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="traffic_by_step: its rows are no requests"):
        queue(store, QueryCall("traffic_by_step"))


def test_it_can_be_taken_back(store: Store) -> None:
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Interrupted):
        label_queue(store, None, EVERYTHING, lambda _: CLASSES, ticket)


def test_a_candidate_knows_what_a_label_is_to_say_of_it(store: Store) -> None:
    whole = {item.request.key: item.request for item in queue(store, EVERYTHING).items}["f-59"]
    read = store.request(whole.row_id)
    assert (whole.input_hash, whole.origin) == (read.input_hash, read.origin)
    draft = whole.draft("fraud", note="n")
    assert (draft.model, draft.model_version, draft.prediction) == ("fraud", "v2", "fraud")
    assert (draft.value, draft.note, draft.input_hash) == ("fraud", "n", read.input_hash)


# --- what a label may say --------------------------------------------------------------------------------

NOTHING = LabelSettings()


def test_classes_are_the_predictions_then_what_labels_said() -> None:
    found = choices_of(["legit", "fraud"], ["odd", "fraud"], NOTHING, "fraud")
    assert found == LabelChoices(("fraud", "legit", "odd"))


def test_the_nine_most_frequent_have_the_digits() -> None:
    names = [f"c{n}" for n in range(9, -1, -1)]
    assert choices_of(names, (), NOTHING, "m").classes == (*(f"c{n}" for n in range(1, 10)), "c0")


@pytest.mark.parametrize(
    ("names", "is_number"),
    [
        (["0", "1"], False),
        (["1.0", "2.0"], False),
        (["1.5", "2.0"], True),
        ([str(n) for n in range(30)], True),
        (["1", "b"], False),
        (["nan", "1.5"], True),
        ([], False),
    ],
)
def test_measures_are_told_from_classes(names: list[str], is_number: bool) -> None:
    assert choices_of(names, (), NOTHING, "m").is_number is is_number


def test_what_is_configured_comes_before_all() -> None:
    settings = LabelSettings(("a", "b"), {"eta": LabelChoices(is_number=True)})
    assert choices_of(["x"], ["y"], settings, "m") == LabelChoices(("a", "b"))
    assert choices_of(["x"], ["y"], settings, "eta") == LabelChoices(is_number=True)
    assert choices_of([], (), NOTHING, "m").classes == ("correct", "wrong", "unsure")


# --- at the engine -----------------------------------------------------------------------------------------


def test_an_alert_s_queue_has_all_its_offending_rows_and_acts_are_taken_back(tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", lines(60, spike=(40, 60)))
    given = Settings(
        (str(log),),
        database=":memory:",
        casebook=tmp_path / "casebook.sqlite",
        configuration=Configuration(labels=LabelSettings(("fraud", "legit", "odd"))),
    )
    with Watched(given) as watched:
        alert = watched.until(lambda snapshot: snapshot.alerts).alerts[0]
        engine = watched.engine
        found = engine.label_queue(alert, Ticket())
        assert found.looked_at == found.found > 0
        assert {item.request.tags["region"] for item in found.items} == {"EU"}
        assert found.choices["fraud"].classes == engine.classes("fraud") == ("fraud", "legit", "odd")
        first, second = found.items[0].request, found.items[1].request
        (flag,) = engine.flag([first.draft("never kept", note="why?")])
        (label,) = engine.label([second.draft("odd")])
        assert (flag.draft.value, flag.draft.note, flag.status) == ("", "why?", LabelStatus.DRAFT)
        assert first.key not in engine.labels([first.key, second.key])
        again = engine.label_queue(alert, Ticket())
        assert again.labelled == 1 and [flag.draft.note for flag in again.items[-1].flags] == ["why?"]
        assert [one.overrides for one in engine.undo_act(flag.act)] == [flag.label_id]
        assert engine.labels([second.key])[second.key] == label
