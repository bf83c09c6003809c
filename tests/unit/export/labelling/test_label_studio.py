"""What Label Studio exports, in the shapes that its own converter writes."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from console.errors import UsageError
from console.export.labelling import Wanted
from console.export.labelling.given import Entries
from console.export.labelling.reading import read_labels
from console.model import LabelStatus

Json = dict[str, object]


def result(name: str, kind: str, value: Json) -> Json:
    return {"id": "x", "from_name": name, "to_name": "request", "type": kind, "value": value}


CHOICE = result("verdict", "choices", {"choices": ["fraud"]})
NOTE = result("note", "textarea", {"text": ["odd,", "very"]})
NUMBER = result("amount", "number", {"number": 5})
BOX = result("box", "rectanglelabels", {"rectanglelabels": ["car"], "x": 1})


def annotation(*results: Json, **said: object) -> Json:
    return {"id": 11, "completed_by": 7, "result": list(results), "was_cancelled": False} | said


def task(*annotations: Json, **said: object) -> Json:
    data = {"request_id": "f-1", "model": "m", "prediction": "legit", "label": "of the data"}
    return {"id": 1, "data": data, "annotations": list(annotations)} | said


def read(*tasks: Json, wanted: Wanted | None = None, lines: bool = False) -> Entries:
    data = b"\n".join(map(orjson.dumps, tasks)) if lines else orjson.dumps(tasks)
    return read_labels(data, fmt=None, wanted=wanted or Wanted())


def reason(*results: Json, wanted: Wanted | None = None) -> str:
    (bad,) = read(task(annotation(*results)), wanted=wanted).bad
    return bad.reason


def test_an_annotation_is_a_label_with_who_when_and_why() -> None:
    entries = read(
        task(annotation(CHOICE, NOTE, created_at="2026-11-02T03:00:00.5Z", lead_time=4.2)), lines=False
    )
    (entry,) = entries.given
    assert entries.kind == "Label Studio, JSON"
    assert (entry.draft.request_key, entry.draft.value, entry.draft.note) == ("f-1", "fraud", "odd,\nvery")
    assert (entry.draft.model, entry.draft.prediction) == ("m", "legit")
    assert (entry.author, entry.at) == (
        "label-studio:7",
        datetime(2026, 11, 2, 3, 0, 0, 500_000, tzinfo=UTC),
    )
    assert entry.identity == "annotations 1 11"
    assert read(task(annotation(CHOICE)), task(), lines=True).kind == "Label Studio, JSON lines"


@pytest.mark.parametrize(
    ("by", "author"),
    [
        ({"id": 8, "email": "bob@two", "first_name": "Bob"}, "bob@two"),
        ({"id": 8, "email": "", "first_name": "Bob", "last_name": "Two"}, "Bob Two"),
        ({"id": 8}, "label-studio:8"),
        ("cat@three", "cat@three"),
        (None, None),
    ],
)
def test_people_are_called_by_what_the_file_says_of_them(by: object, author: str | None) -> None:
    (entry,) = read(task(annotation(CHOICE, completed_by=by))).given
    assert entry.author == author


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (CHOICE, "fraud"),
        (NUMBER, "5"),
        (result("r", "rating", {"rating": 4}), "4"),
        (result("t", "textarea", {"text": ["free"]}), "free"),
    ],
)
def test_each_kind_of_answer_is_a_text(answer: Json, value: str) -> None:
    assert read(task(annotation(answer))).given[0].draft.value == value


def test_cancelled_is_discarded_and_a_draft_is_a_draft() -> None:
    tasks = (
        task(annotation(was_cancelled=True)),
        task(annotation(CHOICE, BOX, was_cancelled=True)),
        task(drafts=[{"user": "ann", "result": [CHOICE], "created_at": "2026-11-02T03:00:00Z"}]),
        task(completions=[{"skipped": True, "result": []}]),
    )
    assert [(entry.status, entry.draft.value) for entry in read(*tasks).given] == [
        (LabelStatus.DISCARDED, ""),
        (LabelStatus.DISCARDED, "fraud"),
        (LabelStatus.DRAFT, "fraud"),
        (LabelStatus.DISCARDED, ""),
    ]


def test_a_task_that_nobody_has_answered_has_no_label() -> None:
    entries = read(task(), task(annotation(NOTE)), task(predictions=[{"result": [CHOICE]}]))
    assert (entries.given, entries.unlabelled, entries.bad) == ([], 3, [])


def test_what_is_no_label_of_a_request_is_told_and_not_guessed() -> None:
    relation: Json = {"type": "relation", "from_id": "a", "to_id": "b"}
    assert "no label of a request (rectanglelabels)" in reason(CHOICE, BOX)
    assert "no label of a request (relation)" in reason(CHOICE, relation)
    assert "no label of a request (none)" in reason(CHOICE, {"value": {}})
    assert "several questions are answered, 'verdict', 'amount'" in reason(CHOICE, NUMBER)
    assert "one answer is wanted, not 2" in reason(result("v", "choices", {"choices": ["a", "b"]}))
    assert "one answer is wanted, not 2" in reason(CHOICE, CHOICE)
    assert "result is no list of objects" in read(task(annotation(result=7))).bad[0].reason
    assert "annotations is no list" in read(task(), task(annotations=["x"])).bad[0].reason


def test_the_question_that_is_named_is_the_label() -> None:
    entries = read(task(annotation(CHOICE, NUMBER, BOX, NOTE)), wanted=Wanted(question="amount"))
    assert [(entry.draft.value, entry.draft.note) for entry in entries.given] == [("5", "odd,\nvery")]
    entries = read(task(annotation(CHOICE, NOTE)), wanted=Wanted(question="note"))
    assert entries.bad[0].reason == 'one answer is wanted, not 2: ["odd,","very"]'


def test_a_task_says_which_request_it_is_by_its_data_only() -> None:
    with pytest.raises(UsageError, match="in the tasks' data no column is the request id; name it with --id"):
        read({"id": 1, "data": {"text": "x"}, "annotations": [annotation(CHOICE)]})
    unnamed: Json = {"id": 1, "data": {"x": {"n": 7}}, "annotations": [annotation(CHOICE)]}
    assert read(unnamed, wanted=Wanted(id="data.x.n")).given[0].draft.request_key == "7"
    assert read(unnamed, wanted=Wanted(id="x.n")).given[0].draft.request_key == "7"


CSV = """\
"amount","annotation_id","annotator","created_at","features","id","label","lead_time","note","request_id"
"[{""number"":5}]",12,"bob@two","2026-11-02T03:00:00Z","{""a"":1}",1,"",4.2,"","f-1"
"",11,"7","2026-11-02T03:00:00.000000Z","{""a"":1}",1,"fraud",4.2,"odd, very","f-1"
"",13,"7","2026-11-02T03:00:00.000000Z","{}",2,"{""choices"":[""a"",""b""]}",4.2,"","f-2"
"""


def test_its_csv_is_a_table_of_annotations() -> None:
    entries = read_labels(CSV.encode(), fmt=None, wanted=Wanted())
    assert entries.kind == "Label Studio, CSV"
    assert [(e.draft.request_key, e.draft.value, e.draft.note, e.author) for e in entries.given] == [
        ("f-1", "fraud", "odd, very", "7")
    ]
    assert entries.unlabelled == 1
    assert [bad.number for bad in entries.bad] == [4]
    by_amount = read_labels(CSV.encode(), fmt=None, wanted=Wanted(question="amount"))
    assert [(e.draft.value, e.author, e.identity) for e in by_amount.given] == [("5", "bob@two", "12")]


def test_its_short_json_is_a_table_of_annotations() -> None:
    rows: tuple[Json, ...] = (
        {"request_id": "f-1", "features": {"label": 1}, "id": 1, "label": "fraud", "value": 3},
        {"request_id": "f-2", "features": {"label": 1}, "id": 2, "label": {"choices": ["a", "b"]}},
    )
    entries = read(*(row | {"annotator": 7, "annotation_id": 11, "lead_time": 4.2} for row in rows))
    assert entries.kind == "Label Studio, JSON"
    assert [(entry.draft.request_key, entry.draft.value) for entry in entries.given] == [("f-1", "fraud")]
    assert "one answer is wanted, not 2" in entries.bad[0].reason
    with pytest.raises(UsageError, match="no column is the label; name it with --label"):
        read({"request_id": "f-1", "value": 3, "annotator": 7, "annotation_id": 1, "lead_time": 1})
    with pytest.raises(UsageError, match="no column is the request id; name it with --id"):
        read({"id": 1, "label": "x", "annotator": 7, "annotation_id": 1, "lead_time": 1})
