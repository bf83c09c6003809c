"""What Argilla exports, in the shapes that its own packages write."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import orjson
import polars as pl
import pytest

from console.errors import UsageError
from console.export.labelling import Wanted
from console.export.labelling.given import Entries
from console.export.labelling.reading import read_labels
from console.model import LabelStatus

Json = dict[str, object]
ONE, TWO = "04b9eed8-a2d2-48a3-ac2d-7b5bf2f27b42", "3cf249b0-e2d7-4344-ba8f-f865828b36ab"

NESTED: Json = {
    "id": "f-1",
    "fields": {"request": "x"},
    "metadata": {"model": "fraud"},
    "suggestions": {"label": {"value": "legit", "score": None, "agent": "fraud v3"}},
    "responses": {
        "label": [{"value": "fraud", "user_id": ONE}, {"value": "legit", "user_id": TWO}],
        "note": [{"value": "odd", "user_id": ONE}],
    },
    "vectors": {},
    "status": "pending",
    "_server_id": None,
}
FLAT: Json = {
    "id": "f-1",
    "status": "pending",
    "_server_id": None,
    "request": "x",
    "model": "fraud",
    "label.responses": ["fraud", "legit"],
    "label.responses.users": [ONE, TWO],
    "label.responses.status": ["submitted", "draft"],
    "note.responses": ["odd"],
    "note.responses.users": [ONE],
    "note.responses.status": ["submitted"],
    "label.suggestion": "legit",
}
FIRST: Json = {
    "fields": {"request": "x"},
    "metadata": {"model": "fraud"},
    "external_id": "f-1",
    "responses": [
        {
            "user_id": ONE,
            "values": {"label": {"value": "fraud"}, "note": {"value": "odd"}},
            "status": "submitted",
            "inserted_at": "2026-11-02T03:00:00",
        },
        {"user_id": TWO, "values": {"label": {"value": "legit"}}, "status": "draft"},
    ],
    "suggestions": [],
}
HUGGING_FACE: Json = {
    "request": "x",
    "label": [
        {"user_id": ONE, "value": "fraud", "status": "submitted"},
        {"user_id": TWO, "value": "legit", "status": "draft"},
    ],
    "label-suggestion": None,
    "label-suggestion-metadata": {"type": None, "score": None, "agent": None},
    "note": [{"user_id": ONE, "value": "odd", "status": "submitted"}],
    "note-suggestion": None,
    "external_id": "f-1",
    "metadata": '{"model": "fraud"}',
}


def read(*records: Json, wanted: Wanted | None = None) -> Entries:
    return read_labels(orjson.dumps(records), fmt=None, wanted=wanted or Wanted())


@pytest.mark.parametrize("record", [FLAT, FIRST, HUGGING_FACE])
def test_every_form_says_the_same(record: Json) -> None:
    entries = read(record)
    assert entries.kind == "Argilla, JSON"
    assert [
        (e.draft.request_key, e.draft.value, e.draft.note, e.draft.model, e.author, e.status)
        for e in entries.given
    ] == [
        ("f-1", "fraud", "odd", "fraud", f"argilla:{ONE}", LabelStatus.SUBMITTED),
        ("f-1", "legit", "", "fraud", f"argilla:{TWO}", LabelStatus.DRAFT),
    ]


def test_its_json_does_not_say_what_is_a_draft() -> None:
    assert [entry.status for entry in read(NESTED).given] == [LabelStatus.SUBMITTED] * 2


def test_a_time_is_taken_where_there_is_one() -> None:
    one, two = read(FIRST).given
    assert (one.at, two.at) == (datetime(2026, 11, 2, 3, tzinfo=UTC), None)


def test_it_may_be_parquet() -> None:
    stream = io.BytesIO()
    pl.DataFrame([FLAT]).write_parquet(stream)
    entries = read_labels(stream.getvalue(), fmt=None, wanted=Wanted())
    assert entries.kind == "Argilla, Parquet"
    assert [entry.draft.value for entry in entries.given] == ["fraud", "legit"]
    columns = {**HUGGING_FACE, "label": {"user_id": [ONE], "value": ["fraud"], "status": ["submitted"]}}
    assert [entry.draft.value for entry in read(columns).given] == ["fraud"]


def test_several_questions_are_asked_about() -> None:
    several = {**NESTED, "responses": {"verdict": [], "tone": [{"value": "calm", "user_id": ONE}]}}
    other = {**NESTED, "responses": {"verdict": [{"value": "fraud", "user_id": ONE}]}}
    with pytest.raises(
        UsageError, match="several questions, 'tone', 'verdict'; name the label's with --quest"
    ):
        read(several, other)
    entries = read(several, other, wanted=Wanted(question="verdict"))
    assert [entry.draft.value for entry in entries.given] == ["fraud"]
    assert entries.unlabelled == 1
    with pytest.raises(UsageError, match="there is no question 'mood'; there are 'tone'"):
        read(several, wanted=Wanted(question="mood"))


def test_what_is_discarded_or_only_begun_may_have_no_value() -> None:
    answers = [
        {"value": None, "user_id": ONE, "status": "discarded"},
        {"value": None, "user_id": TWO, "status": "submitted"},
    ]
    entries = read({**NESTED, "responses": {"label": answers}})
    assert [(entry.draft.value, entry.status) for entry in entries.given] == [("", LabelStatus.DISCARDED)]


def test_the_request_is_the_one_that_the_record_names() -> None:
    def key(record: Json, wanted: Wanted | None = None) -> str:
        return read(record, wanted=wanted).given[0].draft.request_key

    assert key({**NESTED, "metadata": {"request_id": "f-7"}}) == "f-7"
    assert key({**NESTED, "fields": {"request_id": "f-8"}}) == "f-8"
    assert key({**FIRST, "id": "of the server"}) == "f-1"
    assert key(NESTED, Wanted(id="metadata.model")) == "fraud"
    assert read({**FIRST, "external_id": None}).bad[0].reason.startswith("no request id")


@pytest.mark.parametrize(
    ("responses", "reason"),
    [
        (7, "responses is neither"),
        ({"label": 7}, "the responses to 'label' are no list"),
        ({"label": [7]}, "a response to 'label' is no object"),
        ([7], "a response is no object"),
        ({"label": [{"value": ["a", "b"], "user_id": ONE}]}, "one answer is wanted, not 2"),
        ({"label": [{"value": [{"value": "a", "rank": 1}], "user_id": ONE, "status": "?"}]}, "the status is"),
    ],
)
def test_a_record_that_cannot_be_taken_is_named(responses: object, reason: str) -> None:
    entries = read({**NESTED, "responses": responses}, NESTED)
    assert [bad.number for bad in entries.bad] == [1]
    assert entries.bad[0].reason.startswith(reason)
    assert len(entries.given) == 2


def test_lists_that_do_not_fit_are_told() -> None:
    assert read({**FLAT, "label.responses": ["fraud"]}).bad[0].reason == (
        "label.responses has 1 answers of 2 users"
    )
    assert "is no list" in read({**FLAT, "label.responses": "fraud"}).bad[0].reason


@pytest.mark.parametrize("carried", ["{", "7", "[7]", '[{"label_id": 7}]', 7])
def test_what_is_carried_along_may_be_anything(carried: object) -> None:
    entries = read({**NESTED, "metadata": {"incident_console": carried}})
    assert [entry.own for entry in entries.given] == [None, None]
