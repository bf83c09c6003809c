"""Tables of anybody's: CSV of every kind, JSON, Parquet, found by well-known names."""

from __future__ import annotations

import io
import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.errors import UsageError
from console.export.labelling import LabelFileFormat, Wanted
from console.export.labelling.delimited import rows_of
from console.export.labelling.given import Entries
from console.export.labelling.reading import read_labels
from console.model import LabelStatus


def read(data: str | bytes, *, fmt: LabelFileFormat | None = None, wanted: Wanted | None = None) -> Entries:
    raw = data.encode() if isinstance(data, str) else data
    return read_labels(raw, fmt=fmt, wanted=wanted or Wanted())


def said(entries: Entries) -> list[tuple[str, str, str | None]]:
    return [(entry.draft.request_key, entry.draft.value, entry.author) for entry in entries.given]


def parquet(**columns: object) -> bytes:
    stream = io.BytesIO()
    pl.DataFrame(columns).write_parquet(stream)
    return stream.getvalue()


ROWS = [("f-1", "fraud", "ann"), ("f-2", "a,b;c\td", "bob")]


@pytest.mark.parametrize(
    "data",
    [
        'request_id,label,annotator\nf-1,fraud,ann\nf-2,"a,b;c\td",bob\n',
        'request_id;label;annotator\r\nf-1;fraud;ann\r\n\r\nf-2;"a,b;c\td";bob',
        'request_id\tlabel\tannotator\nf-1\tfraud\tann\nf-2\t"a,b;c\td"\tbob\n',
        '\ufeff"requestId","Label","Labeler"\nf-1,"fraud",ann\nf-2,"a,b;c\td",bob\n',
        "\ufeff" + 'inference_id|annotation|labelled_by\rf-1|fraud|ann\rf-2|"a,b;c\td"|bob\r',
        '{"id":"f-1","label":"fraud","author":"ann"}\n\n{"label":"a,b;c\\td","id":"f-2","author":"bob"}\r\n',
        '\ufeff{"id":"f-1","label":"fraud","author":"ann"}\n{"label":"a,b;c\\td","id":"f-2","author":"bob"}',
        '[{"id":"f-1","label":"fraud","author":"ann"},\n{"id":"f-2","label":"a,b;c\\td","author":"bob"}]',
        '{"task":{"data":{"request_id":"f-1"}},"label":"fraud","author":"ann"}\n'
        '{"task":{"data":{"request_id":"f-2"}},"label":"a,b;c\\td","author":"bob"}',
        parquet(request_id=["f-1", "f-2"], label=["fraud", "a,b;c\td"], labeler=["ann", "bob"]),
    ],
)
def test_a_table_is_understood_by_its_content(data: str | bytes) -> None:
    entries = read(data)
    assert (said(entries), entries.bad) == (ROWS, [])
    if isinstance(data, str):
        assert said(read(data.encode("utf-16"))) == ROWS


def test_every_column_that_is_known_is_taken() -> None:
    (entry,) = read(
        "request_key,label,labeler,note,labelled_at,label_status,model,model_version,prediction,input_hash,"
        "alert_id,status,ts\nf-1,fraud,ann,odd,2026-11-02 03:00:00+01:00,draft,m,v3,legit,ab12,a-1,200,9\n"
    ).given
    draft = entry.draft
    assert (entry.status, entry.author) == (LabelStatus.DRAFT, "ann")
    assert entry.at == datetime(2026, 11, 2, 2, tzinfo=UTC)
    assert (draft.note, draft.model, draft.model_version, draft.prediction) == ("odd", "m", "v3", "legit")
    assert (draft.input_hash, draft.alert_id) == ("ab12", "a-1")


def test_columns_may_be_named() -> None:
    wanted = Wanted(id="req", label="y", author="who", note="why", at="when")
    (entry,) = read("label,req,y,who,why,when\nno,f-1,fraud,ann,odd,1793595600\n", wanted=wanted).given
    assert (entry.draft.request_key, entry.draft.value, entry.author) == ("f-1", "fraud", "ann")
    assert (entry.draft.note, entry.at) == ("odd", datetime(2026, 11, 2, 5, tzinfo=UTC))
    with pytest.raises(UsageError, match=r"no column 'z'; there are 'a', 'b'"):
        read("a,b\n1,2\n", wanted=Wanted(id="z"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", ": is empty"),
        ("  \n", ": is empty"),
        ("label\nfraud\n", ": no column is the request id; name it with --id: there are 'label'"),
        ("id,x\nf-1,1\n", ": no column is the label; name it with --label"),
        ('{"id": "f-1", "features": {"class": 1, "label": 2}}', ": no column is the label; name it with"),
        ('{"label": "x", "features": {"id": 1}}', ": no column is the request id; name it with --id"),
        ("id,ID,label\n1,2,x\n", ": each of 'id', 'ID' could be the request id; name it with --id"),
        ("id,Label,label\n1,2,x\n", ": each of 'Label', 'label' could be the label; name it with --label"),
        ("id,label,label\n1,2,x\n", ":1: the header names a column twice: 'label'"),
        ('id,label\nf-1,"open\nf-2,x\n', ":2: a quote is not closed"),
        ('id,label\n\n"f\n1",x\nf-2,"y"z\n', ":5: something follows a closing quote"),
        (b"id,label\nf-1,\xff\n", ":2: not UTF-8; save the file as UTF-8"),
        ('[{"id": "f-1", "label": "x"},\n{"id"', ":2: not JSON:"),
        ("[" * 2000, "not JSON"),
        (b"PAR1 and then nothing", ": cannot be read as Parquet"),
    ],
)
def test_a_file_of_which_nothing_can_be_trusted_is_refused(data: str | bytes, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(data)
    assert reason in str(refused.value)


def test_a_row_that_cannot_be_taken_is_named_and_the_others_are_taken() -> None:
    entries = read(
        "id,label,status,created_at\nf-1,x,,\nf-2,y\n,z,,\nf-4,x,maybe,\nf-5,x,,yesterday\nf-6,x,done,\n"
    )
    assert [entry.draft.request_key for entry in entries.given] == ["f-1", "f-6"]
    assert [(entries.place(bad.number), bad.reason) for bad in entries.bad] == [
        (":3", "has 2 values, and the header 4"),
        (":4", "id is empty, so that it says of no request"),
        (":5", 'the status is none of submitted, draft, discarded: "maybe"'),
        (":6", 'not a time: "yesterday"'),
    ]


def test_a_line_of_json_that_cannot_be_taken_is_named() -> None:
    lines = [
        '{"id":"f-1","label":"x"}',
        "[1]",
        '{"id":"f-2","label":{"a":1}}',
        '{"id":123456789012345678901234567890,"label":"x"}',
        '{"id":"f-3","label":["a","b"]}',
        '{"id":"f-4","label":"\\ud800"}',
        '{"id":"f-5","lab',
    ]
    entries = read("\n".join(lines))
    assert said(entries) == [("f-1", "x", None)]
    assert [entries.place(bad.number) for bad in entries.bad] == [":2", ":3", ":4", ":5", ":6", ":7"]
    assert "write it as text" in entries.bad[2].reason
    assert entries.bad[3].reason == 'one answer is wanted, not 2: ["a","b"]'


def test_values_of_other_types_are_the_text_that_a_log_has() -> None:
    def value(label: object) -> str:
        return read(json.dumps([{"id": 1, "label": label}])).given[0].draft.value

    assert [value(one) for one in (7, 0.1, 1.0, True, -0.5)] == ["7", "0.1", "1.0", "true", "-0.5"]
    data = parquet(
        id=[1, 2],
        label=[Decimal("1.50"), None],
        at=[datetime(2026, 11, 2, 3), datetime(2026, 1, 1)],  # noqa: DTZ001
    )
    entries = read(data)
    assert [(e.draft.request_key, e.draft.value, e.at) for e in entries.given] == [
        ("1", "1.50", datetime(2026, 11, 2, 3, tzinfo=UTC))
    ]
    assert entries.unlabelled == 1
    assert read(parquet(id=["f"], label=[date(2026, 1, 2)])).given[0].draft.value == "2026-01-02"


def test_a_time_beyond_the_years_that_there_are_is_said() -> None:
    at = pl.Series([2**60]).cast(pl.Datetime("us"))
    with pytest.raises(UsageError, match="cannot be read as Parquet"):
        read(parquet(id=["f-1"], label=["x"], at=at))


def test_a_time_without_a_zone_is_utc_wherever_the_host_is(monkeypatch: pytest.MonkeyPatch) -> None:
    data = parquet(id=["f-1"], label=["x"], at=[datetime(2026, 11, 2, 3)])  # noqa: DTZ001
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        moments = [read(one).given[0].at for one in (data, "id,label,at\nf-1,x,2026-11-02 03:00\n")]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert moments == [datetime(2026, 11, 2, 3, tzinfo=UTC)] * 2


def test_what_has_no_label_yet_is_counted_and_what_is_discarded_is_taken() -> None:
    entries = read("id,label,status,was_cancelled\nf-1,,,\nf-2,,discarded,\nf-3,,,True\nf-4,,draft,\n")
    assert entries.unlabelled == 1
    assert [(e.draft.request_key, e.status) for e in entries.given] == [
        ("f-2", LabelStatus.DISCARDED),
        ("f-3", LabelStatus.DISCARDED),
        ("f-4", LabelStatus.DRAFT),
    ]


def test_a_cell_of_5_mb_is_a_value() -> None:
    cell = 'x"\n,' * 1_250_000
    (entry,) = read('id,note,label\nf-1,"' + cell.replace('"', '""') + '",x\n').given
    assert (entry.draft.note, entry.draft.value) == (cell, "x")


def test_a_table_that_people_made_of_the_record_may_lack_its_ids() -> None:
    (entry,) = read("request_key,value,author,at\nf-1,fraud,ann,2026-11-02T03:00:00Z\n").given
    assert entry.own is None
    assert (entry.draft.value, entry.author, entry.at) == (
        *("fraud", "ann"),
        datetime(2026, 11, 2, 3, tzinfo=UTC),
    )


CELLS = st.lists(
    st.lists(
        st.none() | st.lists(st.sampled_from(["a", '"', ",", ";", "\n", "\r", "\0", "é", " "])).map("".join),
        min_size=2,
        max_size=2,
    ),
    max_size=5,
)


@given(rows=CELLS, end=st.sampled_from(["\n", "\r\n", "\r"]), last=st.booleans())
@example(rows=[[None, ""], ["", None]], end="\n", last=False)
@settings(max_examples=50, deadline=None)
def test_csv_is_cut_where_its_writer_cut_it(rows: list[list[str | None]], end: str, last: bool) -> None:
    """Also null from an empty text, and by the line that each row begins in."""

    def cell(value: str | None) -> str:
        return "" if value is None else '"' + value.replace('"', '""') + '"'

    lines = ["id,label", *(",".join(map(cell, row)) for row in rows)]
    text = end.join(lines) + (end if last else "")
    found = list(rows_of(text))
    assert [row for _, row in found] == [["id", "label"], *rows]
    before = [end.join([*lines[:number], ""]) for number in range(len(lines))]
    ends = [one.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1 for one in before]
    assert [line for line, _ in found] == ends
