"""What the screens say of truths: of a source, of a request, of a reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from console.model import RowId, SourceState, SourceStatus
from console.tui.alert.comparison import facts
from console.tui.request.lines import draw as draw_line
from console.tui.request.lines import plan, value_lines
from console.tui.request.nodes import rows_of
from console.tui.request.payload import as_json
from console.tui.request.record import draw
from console.tui.request.sections import answer_section
from console.tui.sources.ledger import kind_of, source_row, source_section
from console.tui.sources.screen import sums_of
from tests.tui.fakes import NOW, reading, request

LABELS = SourceStatus(
    *(3, "/data/labels.csv", SourceState.FOLLOWING, 900, 900, 10_232, 10_230, 1, 1, NOW),
    truths=10_230,
    matched=9_870,
)


def fields_of(**fields: object) -> list[str]:
    """The fields of a request as they are drawn, when its truth is this."""
    one = request(RowId(1, 0))
    rows = rows_of((answer_section(replace(one, fields={**one.fields, **fields})),), frozenset())
    shared = plan(rows, 100)
    return [
        "".join(piece.text for piece in draw_line(row, lines, part, shared, sign=" ", current=False)).rstrip()
        for row in rows
        for lines in [value_lines(row, shared)[0]]
        for part in range(len(lines))
    ]


def test_a_source_of_truths_is_shown_as_one_with_how_many_are_matched() -> None:
    assert kind_of(LABELS) == "truth"
    assert kind_of(replace(LABELS, truths=2, kind="gzip")) == "gzip"
    assert source_row(LABELS, NOW).cells[2].text == "truth"
    told = "\n".join(line.plain for line in draw(source_section(LABELS, NOW), 100))
    assert "10,230 · 9,870 matched, 96.5 %" in told
    assert "10,230 truths, 9,870 matched" in sums_of([LABELS], 150).plain
    assert "truths" not in sums_of([replace(LABELS, truths=0)], 150).plain


def test_a_request_tells_when_its_truth_came() -> None:
    ts = request(RowId(1, 0)).ts
    late = fields_of(truth="fraud", truth_origin="late", truth_at=ts + timedelta(days=2, hours=3))
    assert any("truth came" in line and "UTC, 2 d 3 h later" in line for line in late)
    early = fields_of(truth="fraud", truth_origin="late", truth_at=ts - timedelta(seconds=90))
    assert any("UTC, 1 min before the request" in line for line in early)
    logged = fields_of(truth="fraud", truth_origin="logged", truth_at=None)
    assert any("truth" in line and "fraud" in line for line in logged)
    assert not any("truth came" in line or "origin" in line for line in logged)


def test_the_record_as_json_holds_when_the_truth_came() -> None:
    one = request(RowId(1, 0))
    late = replace(one, fields={**one.fields, "truth": "x", "truth_origin": "late", "truth_at": NOW})
    assert f'"truth_at": "{NOW}"' in as_json(late)


def test_a_reading_by_truths_says_for_how_many_requests_they_are_known() -> None:
    today = NOW.date()
    known = replace(reading("performance", "accuracy 0.6"), truth_share=0.52)
    assert "truth for 52 % · " in facts(known, today)
    assert "truth" not in facts(reading("error_spikes", "35 % errors"), today)
