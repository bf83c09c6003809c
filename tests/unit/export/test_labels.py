"""Labels beside rows, and the whole record for other tools."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import ExportError
from console.export import LABEL_FORMATS, LabelFormat, labels_frame, write_labels
from console.export.frames import LABEL_COLUMNS
from console.export.labels import CONSENSUS_COLUMNS, RECORD_COLUMNS
from console.model import Label, LabelDraft, LabelStatus
from console.model.agreement import consensus_of

MakeLabel = Callable[..., Label]


def test_labels_lie_in_typed_columns(make_label: MakeLabel) -> None:
    first = make_label("f-1", "fraud", note="odd", alert_id="a-1")
    frame = labels_frame([first, make_label("f-2", "legit")])
    assert frame.schema == LABEL_COLUMNS
    assert list(frame.columns) == [
        "request_key",
        "label",
        "label_status",
        "label_source",
        "labeler",
        "labelled_at",
        "previous_label",
        "note",
        "n_annotators",
        "agreement",
        "consensus",
        "alert_id",
    ]
    assert frame.rows() == [
        ("f-1", "fraud", "submitted", "human", "ann@one", first.at, None, "odd", 1, 1.0, "fraud", "a-1"),
        (
            "f-2",
            "legit",
            "submitted",
            "human",
            "ann@one",
            first.at + timedelta(seconds=1),
            None,
            None,
            1,
            1.0,
            "legit",
            None,
        ),
    ]


def test_no_labels_are_typed_columns_too() -> None:
    assert labels_frame(()).schema == LABEL_COLUMNS


def test_the_newest_label_that_stands_counts_and_authors_are_counted_once(make_label: MakeLabel) -> None:
    first = make_label("f-1", "fraud")
    corrected = make_label("f-1", "legit", overrides=first)
    other = make_label("f-1", "unsure", author="bob@two")
    slip = make_label("f-1", "slip", author="cat@three")
    undo = make_label("f-1", "slip", author="cat@three", overrides=slip, status=LabelStatus.DISCARDED)
    gone = make_label("f-2", "fraud")
    gone_undo = make_label("f-2", "fraud", overrides=gone, status=LabelStatus.DISCARDED)
    frame = labels_frame([first, corrected, other, slip, undo, gone, gone_undo])
    assert frame.select("request_key", "label", "labeler", "n_annotators").rows() == [
        ("f-1", "unsure", "bob@two", 2)
    ]
    assert frame.select("agreement", "consensus").rows() == [(0.5, None)], "a tie is settled by nobody"


def test_a_correction_that_was_taken_back_lets_the_earlier_label_count(make_label: MakeLabel) -> None:
    first = make_label("f-1", "fraud")
    second = make_label("f-1", "legit", overrides=first)
    undo = make_label("f-1", "legit", overrides=second, status=LabelStatus.DISCARDED)
    assert labels_frame([first, second, undo])["label"].to_list() == ["fraud"]


TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "",
        "a,b",
        'say "x"',
        "line\nbreak",
        "\r",
        "\0",
        "=1+1",
        " pad ",
        "null",
        "🙈",
        "'; drop table labels; --",
    ]
)
LABELS = st.lists(
    st.builds(
        Label,
        label_id=TEXT,
        draft=st.builds(LabelDraft, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT),
        status=st.sampled_from(LabelStatus),
        source=TEXT,
        author=TEXT,
        at=st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC)),  # noqa: DTZ001
        previous_value=st.none() | TEXT,
        overrides=st.none() | TEXT,
        act=TEXT,
    ),
    max_size=5,
)


def expected(label: Label) -> dict[str, object]:
    draft = label.draft
    return {
        "label_id": label.label_id,
        "request_key": draft.request_key,
        "value": draft.value,
        "status": label.status.value,
        "source": label.source,
        "author": label.author,
        "at": label.at,
        "note": draft.note,
        "previous_value": label.previous_value,
        "overrides": label.overrides,
        "act": label.act,
        "model": draft.model,
        "model_version": draft.model_version,
        "prediction": draft.prediction,
        "input_hash": draft.input_hash,
        "origin": draft.origin,
        "alert_id": draft.alert_id,
        "query": draft.query,
    }


def with_time(record: dict[str, object]) -> dict[str, object]:
    return {**record, "at": datetime.fromisoformat(str(record["at"]))}


def read_back(written: bytes, fmt: LabelFormat) -> list[dict[str, object]]:
    """By readers that are not ours."""
    match fmt:
        case "jsonl":
            return [with_time(json.loads(line)) for line in written.decode().split("\n")[:-1]]
        case "json":
            return [with_time(record) for record in json.loads(written)]
        case "csv":
            rows = list(csv.reader(io.StringIO(written.decode(), newline="")))
            return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        case "parquet":
            return pl.read_parquet(io.BytesIO(written)).to_dicts()


@pytest.mark.parametrize("fmt", LABEL_FORMATS)
@given(labels=LABELS)
def test_every_field_of_every_row_is_read_back_as_it_was(fmt: LabelFormat, labels: list[Label]) -> None:
    stream = io.BytesIO()
    assert write_labels(labels, stream, fmt) == len(labels)
    wanted = [expected(label) for label in labels]
    if fmt == "csv":  # which has one type, and whose readers do not tell null from empty
        wanted = [{name: plain(value) for name, value in record.items()} for record in wanted]
    assert read_back(stream.getvalue(), fmt) == wanted


def plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return "" if value is None else value


def test_a_csv_reader_that_tells_null_from_empty_can(make_label: MakeLabel) -> None:
    stream = io.BytesIO()
    write_labels([make_label("f-1", "fraud")], stream, "csv")
    header, row = stream.getvalue().decode().splitlines()
    fields = dict(zip(header.split(","), row.split(","), strict=True))
    assert (fields["note"], fields["previous_value"]) == ('""', "")


def test_parquet_is_typed_even_when_it_is_empty() -> None:
    stream = io.BytesIO()
    assert write_labels([], stream, "parquet") == 0
    assert pl.read_parquet(io.BytesIO(stream.getvalue())).schema == RECORD_COLUMNS


def test_what_everybody_says_lies_beside_in_types_and_null_where_nothing_counts(
    make_label: MakeLabel,
) -> None:
    said = [make_label("f-1", "fraud"), make_label("f-1", "fraud", author="bob@two")]
    said.append(make_label("f-1", "legit", author="cat@three"))
    flag = make_label("f-2", "", status=LabelStatus.DRAFT)
    stream = io.BytesIO()
    assert write_labels([*said, flag], stream, "parquet", consensus=consensus_of(said)) == 4
    frame = pl.read_parquet(io.BytesIO(stream.getvalue()))
    assert frame.schema == pl.Schema({**RECORD_COLUMNS, **CONSENSUS_COLUMNS})
    assert frame.select(*CONSENSUS_COLUMNS).rows() == [
        *([("fraud", 3, 2 / 3, True)] * 3),
        (None, None, None, None),
    ]


def test_times_are_written_in_utc(make_label: MakeLabel) -> None:
    elsewhere = datetime(2026, 11, 2, 5, tzinfo=timezone(timedelta(hours=2)))
    label = replace(make_label("f-1", "fraud"), at=elsewhere)
    stream = io.BytesIO()
    write_labels([label], stream, "jsonl")
    assert json.loads(stream.getvalue())["at"] == "2026-11-02T03:00:00.000000Z"


@pytest.mark.parametrize("fmt", LABEL_FORMATS)
def test_a_file_is_written_whole_and_not_over_another(
    tmp_path: Path, make_label: MakeLabel, fmt: LabelFormat
) -> None:
    path = tmp_path / "made" / f"labels.{fmt}"
    labels = [make_label("f-1", "fraud"), make_label("f-2", "legit")]
    stream = io.BytesIO()
    assert write_labels(labels, path, fmt) == write_labels(labels, stream, fmt) == 2
    assert path.read_bytes() == stream.getvalue()
    with pytest.raises(ExportError, match="exists already; choose another name"):
        write_labels([], path, fmt)
    assert path.read_bytes() == stream.getvalue()
    assert write_labels(labels[:1], path, fmt, overwrite=True) == 1
    assert [made.name for made in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("fmt", LABEL_FORMATS)
def test_half_of_a_surrogate_pair_leaves_no_file(
    tmp_path: Path, make_label: MakeLabel, fmt: LabelFormat
) -> None:
    labels = [make_label("f-1", "fraud"), make_label("f-2", "\ud800")]
    with pytest.raises(ExportError, match="labels: a text is not Unicode"):
        write_labels(labels, tmp_path / "labels", fmt)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ExportError, match="labels: a text is not Unicode"):
        labels_frame(labels)


def test_labels_that_stop_coming_leave_no_file(tmp_path: Path, make_label: MakeLabel) -> None:
    def failing() -> Iterator[Label]:
        yield make_label("f-1", "fraud")
        raise ExportError("no more")

    with pytest.raises(ExportError, match="no more"):
        write_labels(failing(), tmp_path / "labels", "jsonl")
    assert list(tmp_path.iterdir()) == []
