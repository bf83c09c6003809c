"""What is written as labels comes back as the same labels, in every format that can carry it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.export.labelling import LabelFileFormat, Wanted, said_now
from console.export.labelling.argilla import user_id_of
from console.export.labelling.given import Entries
from console.export.labelling.reading import read_labels
from console.export.labelling.writing import write_label_file
from console.model import Label, LabelDraft, LabelStatus
from console.model.agreement import consensus_of

HOSTILE = [
    *("a,b", 'say "x"', '"', "line\nbreak", "cr\rlf\r\n", "\0", "=1+1", " pad ", "null", "NaN", "🙈", ";\t|"),
    *("'; drop table labels; --", "\u202eright to left", "ünïcode", "[/x]", "1.0", "-0", "1e3", "\ufeffbom"),
    *("\u2028", "[]", '{"choices": ["a"]}', "\x1b[2J", "x" * 5000),
]
TEXT = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SOME_TEXT = TEXT.filter(bool)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2262, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def records(draw: st.DrawFn) -> list[Label]:
    """A record as it may be: few requests and people, so that they meet."""
    keys = draw(st.lists(SOME_TEXT, min_size=1, max_size=3, unique=True))
    people = draw(st.lists(TEXT, min_size=1, max_size=3, unique=True))
    labels: list[Label] = []
    for number in range(draw(st.integers(0, 6))):
        earlier = draw(st.none() | st.sampled_from(labels)) if labels else None
        labels.append(
            Label(
                label_id=f"{number}-{draw(TEXT)}",
                draft=LabelDraft(draw(st.sampled_from(keys)), *[draw(TEXT) for _ in range(9)]),
                status=draw(st.sampled_from(LabelStatus)),
                source=draw(TEXT),
                author=draw(st.sampled_from(people)),
                at=draw(MOMENTS),
                previous_value=draw(st.none() | TEXT),
                overrides=None if earlier is None else earlier.label_id,
                act=draw(TEXT),
            )
        )
    return labels


def written(labels: Sequence[Label], fmt: LabelFileFormat) -> bytes:
    stream = io.BytesIO()
    counting = [label for label in labels if label.status is LabelStatus.SUBMITTED]
    write_label_file(labels, stream, fmt, consensus=consensus_of(counting), requests={})
    return stream.getvalue()


def read(data: bytes) -> Entries:
    return read_labels(data, fmt=None, wanted=Wanted())


@pytest.mark.parametrize("fmt", ["csv", "jsonl", "json", "parquet"])
@given(labels=records())
@settings(max_examples=40, deadline=None)
def test_the_record_comes_back_as_it_was(fmt: LabelFileFormat, labels: list[Label]) -> None:
    if not labels:
        return
    entries = read(written(labels, fmt))
    assert entries.kind.startswith("record")
    assert [entry.own for entry in entries.given] == labels
    assert entries.bad == []


def has_a_place(label: Label, fmt: LabelFileFormat) -> bool:
    """An empty answer has none; nor, in Label Studio, a draft, or what is discarded without any result."""
    if label.draft.value:
        return fmt == "argilla" or label.status is not LabelStatus.DRAFT
    if label.status is LabelStatus.SUBMITTED:
        return False
    return fmt == "argilla" or (label.status is LabelStatus.DISCARDED and bool(label.draft.note))


@pytest.mark.parametrize("fmt", ["label-studio", "argilla"])
@given(labels=records())
@settings(max_examples=40, deadline=None)
def test_what_people_say_now_comes_back_from_tools(fmt: LabelFileFormat, labels: list[Label]) -> None:
    said = [label for label in said_now(labels) if has_a_place(label, fmt)]
    if not said:
        return
    entries = read(written(said, fmt))
    assert entries.kind.startswith("Label Studio" if fmt == "label-studio" else "Argilla")
    came = {entry.own.label_id: entry.own for entry in entries.given if entry.own is not None}
    assert came == {label.label_id: label for label in said}
    assert len(entries.given) == len(said)
    assert entries.bad == []


LABEL = Label(
    label_id="l-1",
    draft=LabelDraft("f-1", "fraud", note="odd", model="fraud"),
    status=LabelStatus.SUBMITTED,
    source="human",
    author="ann@one",
    at=datetime(2026, 11, 2, 3, tzinfo=UTC),
    previous_value=None,
    overrides=None,
    act="act-1",
)


@given(value=SOME_TEXT, note=TEXT)
@example(value="fraud", note="changed")
@settings(max_examples=25, deadline=None)
def test_what_was_changed_in_a_tool_is_no_longer_the_row_that_was_written(value: str, note: str) -> None:
    if (value, note) == (LABEL.draft.value, LABEL.draft.note):
        return
    (task,) = orjson.loads(written([LABEL], "label-studio"))
    answer, comment = task["annotations"][0]["result"]
    answer["value"]["choices"], comment["value"]["text"] = [value], [note]
    task["annotations"][0]["completed_by"] = {"id": 7, "email": "bob@two"}
    (given_,) = read(orjson.dumps([task])).given
    assert given_.own is None
    assert (given_.author, given_.draft.value, given_.draft.note) == ("bob@two", value, note)


def test_argilla_forgets_the_status_in_its_json_and_the_row_does_not() -> None:
    draft = replace(LABEL, status=LabelStatus.DRAFT)
    (record,) = orjson.loads(written([draft], "argilla"))
    for responses in record["responses"].values():
        del responses[0]["status"]
    (given_,) = read(orjson.dumps([record])).given
    assert given_.own == draft


def test_a_person_has_one_id_in_argilla() -> None:
    assert user_id_of("ann@one") == user_id_of("ann@one") != user_id_of("bob@two")


def test_label_studio_is_given_numbers_where_all_labels_are() -> None:
    def types(*values: str) -> list[tuple[str, object]]:
        labels = [
            replace(LABEL, label_id=f"l-{n}", draft=LabelDraft(f"f-{n}", value, prediction="7"))
            for n, value in enumerate(values)
        ]
        results = [
            task["annotations"][0]["result"][0] for task in orjson.loads(written(labels, "label-studio"))
        ]
        return [(result["type"], result["value"]) for result in results]

    assert types("1.50", "-2e3") == [("number", {"number": 1.5}), ("number", {"number": -2000.0})]
    assert types("1.50", "high") == [("choices", {"choices": ["1.50"]}), ("choices", {"choices": ["high"]})]


def test_a_flag_is_a_task_to_be_done() -> None:
    flag = replace(LABEL, status=LabelStatus.DRAFT, draft=LabelDraft("f-1", "", prediction="fraud"))
    (task,) = orjson.loads(written([flag], "label-studio"))
    assert task["annotations"] == []
    assert task["predictions"][0]["result"][0]["value"] == {"choices": ["fraud"]}
    assert read(orjson.dumps([task])).unlabelled == 1


@pytest.mark.parametrize("fmt", ["label-studio", "argilla"])
def test_an_answer_that_is_empty_is_none_to_a_tool(fmt: LabelFileFormat) -> None:
    """Argilla refuses a whole file with a submitted response that has no value."""
    empty = replace(LABEL, draft=LabelDraft("f-1", ""))
    assert orjson.loads(written([empty], fmt)) == []
