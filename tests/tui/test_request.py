"""The request screen, driven by keys."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.strip import Strip

from console.errors import CasebookError, StoreError
from console.model import Comparison, Request, RequestContext, RowId, StageUsual, Term
from console.tui.alert.screen import AlertScreen
from console.tui.request.lines import draw, folds, plan, value_lines, wrapped
from console.tui.request.neighbours import NeighboursScreen
from console.tui.request.nodes import MOST_CHILDREN, Node, rows_of, value_cell
from console.tui.request.payload import as_curl, as_json
from console.tui.request.raw import RawView, about
from console.tui.request.record import Entry, Section
from console.tui.request.record import draw as draw_record
from console.tui.request.screen import RequestScreen
from console.tui.request.sections import features_section, stages_section, tags_section
from console.tui.request.tree import Tree
from console.tui.requests.screen import RequestsScreen
from console.tui.safe import Cell
from tests.tui.driving import NARROW, WIDE, driving, grid_of, press, settle, text_of, toasts
from tests.tui.fakes import CONTEXT, HOSTILE, NOW, RAW_LINE, FakeDesk, hostile_request, incident, request

WHOLE = request(RowId(1, 0))


def lines_of(section: Node, width: int, flipped: frozenset[tuple[str, ...]] = frozenset()) -> list[str]:
    """A section as it is drawn over this width."""
    rows = rows_of((section,), flipped)
    shared = plan(rows, width)
    drawn = []
    for row in rows:
        lines, _ = value_lines(row, shared)
        sign = ("▾" if row.is_open else "▸") if folds(row, shared) else " "
        for part in range(len(lines)):
            pieces = draw(row, lines, part, shared, sign=sign, current=False)
            drawn.append("".join(piece.text for piece in pieces).rstrip())
    return drawn


def tree_of(pilot: Pilot[None]) -> Tree:
    """The tree with the keys."""
    focused = pilot.app.screen.focused
    assert isinstance(focused, Tree)
    return focused


async def go_to(pilot: Pilot[None], *path: str) -> None:
    """The cursor is on this entry of the tree with the keys."""
    assert tree_of(pilot).go_to(path), f"there is no {path}"
    await settle(pilot)


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder in which copies are kept."""
    monkeypatch.setattr("platformdirs.user_state_path", lambda name: tmp_path / name)
    return tmp_path / "incident-console" / "copied"


async def test_the_whole_record_is_there() -> None:
    async with driving(FakeDesk(incident()), WIDE) as pilot:
        await press(pilot, "enter", "enter")
        shown = text_of(pilot)
        for fact in (
            "2026-11-02 02:14:03.000 UTC",
            "FeatureMismatch",
            "61.4 ms",
            "124000",
            "Bäckerei",
            '"01067"',
            "region",
            "preprocess p7",
            "trace_id",
            "/var/log/predictions/model-1.jsonl:824000",
            "SHA-256",
            "1 of 200",
        ):
            assert fact in shown, fact


def test_null_empty_text_and_text_like_a_number_look_different() -> None:
    odd = replace(WHOLE, features={"a": None, "b": "", "c": "7", "d": 7})
    assert [line.split()[-1] for line in lines_of(features_section(odd, None), 60)[1:]] == [
        "—",
        '""',
        '"7"',
        "7",
    ]


def test_long_values_are_wrapped_below_their_beginning() -> None:
    entry = Entry("message", Cell("word " * 40))
    lines = [line.plain for line in draw_record(Section("Fields", (entry,)), 50)]
    assert len(lines) > 4
    assert all(len(line) <= 50 for line in lines)
    assert all(line.startswith(" " * 9) for line in lines[2:])


def test_a_very_long_value_is_cut_and_says_how_long_it_was() -> None:
    assert value_cell("x" * 1_000_000).text.endswith("… (1,000,000 characters in all)")


def test_a_long_text_is_folded_and_unfolds() -> None:
    odd = replace(WHOLE, tags={"message": "word " * 300})
    section = tags_section(odd)
    folded = lines_of(section, 60)
    whole = lines_of(section, 60, frozenset({("Tags", "message")}))
    assert len(folded) == 5 and folded[1].startswith(" ▸") and folded[-1].endswith("⏎ shows more")
    assert len(whole) > 20 and whole[1].startswith(" ▾")
    assert all(len(line) <= 60 for line in whole)


@given(st.text(st.sampled_from("ab e\u0301漢字 "), max_size=120), st.integers(4, 30))
@settings(max_examples=50, deadline=None)
def test_a_wrapped_text_loses_nothing_but_blanks_and_fits(text: str, room: int) -> None:
    lines = wrapped(text, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= room for line in lines)
    assert wrapped(text, room, 2) == lines[:2]


def test_lists_and_objects_unfold_to_what_is_in_them() -> None:
    odd = replace(WHOLE, features={"deep": {"a": [1, {"b": None}]}})
    section = features_section(odd, None)
    assert lines_of(section, 80)[1:] == [' ▸deep  {"a": [1, {"b": null}]}']
    path = ("Features", "deep")
    opened = lines_of(section, 80, frozenset({path, (*path, "a"), (*path, "a", "1")}))
    assert [line.split() for line in opened[1:]] == [
        ["▾deep", "object", "of", "1"],
        ["▾", "a", "list", "of", "2"],
        ["0", "1"],
        ["▾", "1", "object", "of", "1"],
        ["b", "—"],
    ]


def test_of_a_very_long_list_the_first_are_shown_and_how_many_there_are_more() -> None:
    odd = replace(WHOLE, features={"many": list(range(5_000))})
    rows = rows_of((features_section(odd, None),), frozenset({("Features", "many")}))
    assert len(rows) == 2 + MOST_CHILDREN + 1
    assert rows[-1].node.cell.text == "4,000 more, which a copy has"


def test_each_feature_stands_beside_its_baseline_in_words() -> None:
    lines = {line.split()[0]: line for line in lines_of(features_section(WHOLE, CONTEXT), 78)}
    assert lines["amount"].endswith("━━━━━━ out of range · p100")
    assert lines["country"].endswith("╸      12 % of rows")
    assert lines["merchant"].endswith("unseen")
    assert lines["postcode"].endswith("rare · 0.02 % of rows")
    assert lines["device_age"].split()[1] == "—" and lines["device_age"].endswith("null · present in 99.8 %")
    assert "4 odd · against the 24 h before, 12,331 rows of fraud" in lines["▾Features"]


def test_odd_features_come_first_on_demand() -> None:
    section = features_section(WHOLE, CONTEXT, odd_first=True)
    assert [node.name for node in section.members or ()][:5] == [
        "amount",
        "merchant",
        "postcode",
        "device_age",
        "country",
    ]


def test_without_a_baseline_the_reason_is_told() -> None:
    section = features_section(WHOLE, RequestContext(baseline="no rows before it"))
    assert section.aside == "9 · no rows before it"


@pytest.mark.parametrize("width", [24, 40, 78, 120])
def test_stages_follow_each_other_and_the_slowest_is_marked(width: int) -> None:
    section = stages_section(WHOLE, CONTEXT)
    lines = lines_of(section, width)
    assert all(len(line) <= width for line in lines) or width < 30
    if width < 40:
        return
    bars = [(line.find("━"), line.count("━")) for line in lines[1:]]
    assert [start for start, _ in bars] == sorted(start for start, _ in bars)
    assert bars[1][1] == max(cells for _, cells in bars)
    assert "34.0 ms" in lines[2]
    if width >= 78:
        assert "slowest" in lines[2] and "slowest" not in lines[3]
        assert lines[2].endswith("55 % slowest · over p95 12 ms")
        assert lines[1].endswith("5 % · p95 4 ms"), "it is not slower than usual"


def test_the_bars_of_stages_that_take_minutes_begin_where_those_of_others_do() -> None:
    stages = {"queue": 10.0, "decode": 165_807.5}
    drawn = lines_of(stages_section(replace(WHOLE, stages=stages), None), 120)
    assert len({line.index(" ms") for line in drawn[1:3]}) == 1


def test_a_stage_is_over_what_is_usual_only_above_its_p95() -> None:
    at = RequestContext(stages={"features": StageUsual(9.0, 34.0)})
    assert "over" not in lines_of(stages_section(WHOLE, at), 120)[2]


@pytest.mark.parametrize(
    ("stages", "shown"), [(None, "none logged"), ("fast", "fast"), ({"a": "soon"}, "soon"), ({"a": -1}, "-1")]
)
def test_stages_that_are_no_times_are_shown_as_logged(stages: object, shown: str) -> None:
    assert shown in "\n".join(lines_of(stages_section(replace(WHOLE, stages=stages), None), 60))


@pytest.mark.parametrize("width", [20, 38, 78, 160])
def test_no_line_of_a_hostile_request_is_wider_than_its_room(width: int) -> None:
    odd = hostile_request(RowId(1, 0))
    for section in (features_section(odd, CONTEXT), stages_section(odd, CONTEXT), tags_section(odd)):
        everything = frozenset(node.path for node in section.members or ())
        for flipped in (frozenset[tuple[str, ...]](), everything):
            for line in lines_of(section, width, flipped):
                assert cell_len(line) <= max(width, 40)
                assert line.isprintable() or "\u0301" in line or "\u200d" in line


def test_the_record_as_json_has_all_that_was_logged() -> None:
    told = json.loads(as_json(WHOLE))
    assert told["features"] == dict(WHOLE.features) and told["stages"] == WHOLE.stages
    assert told["trace_id"] == "7f3a9c" and told["status"] == 500 and told["tags"]["client"] == "ios"


def test_the_curl_command_is_one_word_of_payload_whatever_is_in_it() -> None:
    odd = replace(WHOLE, features={"it's": "$(rm -rf ~) `x` \\ \n\x1b \ud800", "é": 1})
    command = shlex.split(as_curl(odd))
    assert command[:-1] == ["curl", "-X", "POST", "$URL", "-H", "content-type: application/json", "-d"]
    assert json.loads(command[-1]) == dict(odd.features)
    assert as_curl(odd).isascii()


async def test_n_and_p_step_through_the_rows_one_came_from() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "enter", "j", "enter")
        assert "2 of 200" in text_of(pilot) and "f-001999" in text_of(pilot)
        await press(pilot, "n")
        assert "3 of 200" in text_of(pilot) and "f-001998" in text_of(pilot)
        await press(pilot, "p", "p", "p")
        assert "1 of 200" in text_of(pilot)
        assert "That was the first of the rows" in text_of(pilot)


async def test_keys_move_through_the_tree_and_fold_it() -> None:
    ways: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
        (("j",), ("Fields", "ts")),
        (("j", "j", "k"), ("Fields", "ts")),
        (("down", "up"), ("Fields",)),
        (("G",), ("Origin", "input")),
        (("G", "g"), ("Fields",)),
        (("end", "home"), ("Fields",)),
        (("ctrl+d",), ("Fields", "error_message")),
        (("ctrl+d", "ctrl+u"), ("Fields",)),
        (("pagedown", "pageup"), ("Fields",)),
        (("space", "j"), ("Features",)),
        (("enter", "j"), ("Fields", "ts")),
    ]
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "enter")
        for keys, at in ways:
            await go_to(pilot, "Fields")
            await press(pilot, *keys)
            current = tree_of(pilot).current
            assert current is not None and current.path == at, keys


async def test_the_cursor_and_what_is_folded_stay_from_one_request_to_the_next() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "enter")
        await go_to(pilot, "Features", "basket")
        await press(pilot, "enter", "j", "j", "n")
        current = tree_of(pilot).current
        assert current is not None and current.path == ("Features", "basket", "1")
        assert "f-001999" in text_of(pilot)


async def test_where_there_is_room_the_features_stand_beside_the_rest() -> None:
    async with driving(FakeDesk(incident()), WIDE) as pilot:
        await press(pilot, "enter", "enter", "tab", "j")
        current = tree_of(pilot).current
        assert current is not None and current.path == ("Features", "amount")
        await pilot.resize_terminal(*NARROW)
        await press(pilot, "j")
        assert tree_of(pilot).id == "request-page"


async def test_odd_first_brings_the_odd_features_into_view() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "enter")
        assert "4 odd: amount out of range, merchant unse…" in text_of(pilot)
        assert "rare" not in text_of(pilot)
        await press(pilot, "o")
        assert text_of(pilot).count("out of range") == 2 and "rare" in text_of(pilot)
        current = tree_of(pilot).current
        assert current is not None and current.path == ("Features", "amount")
        await press(pilot, "o")
        assert "Features as logged" in toasts(pilot)[-1]


async def test_the_record_is_there_even_if_it_cannot_be_compared() -> None:
    desk = FakeDesk(incident(), failing={"context": StoreError("busy")})
    async with driving(desk) as pilot:
        await press(pilot, "enter", "enter")
        assert "FeatureMismatch" in text_of(pilot) and "not compared: busy" in text_of(pilot)


async def test_what_is_compared_is_wanted_no_more_once_one_goes_on() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "enter", "n")
        assert [ticket.cancelled for ticket in desk.compared] == [True, False]
        await press(pilot, "escape")
        assert desk.compared[-1].cancelled


@pytest.mark.parametrize(
    ("path", "term"),
    [
        (("Fields", "status"), Term("status", Comparison.IS, "500")),
        (("Fields", "prediction"), Term("prediction", Comparison.IS, "", is_null=True)),
        (("Features", "device_age"), Term("device_age", Comparison.IS, "", is_null=True)),
        (("Features", "merchant"), Term("merchant", Comparison.IS, "Bäckerei Söhne & Töchter 🥐")),
        (("Features", "is_new_device"), Term("is_new_device", Comparison.IS, "true")),
        (("Features", "amount"), Term("amount", Comparison.IS, "124000")),
        (("Tags", "region"), Term("region", Comparison.IS, "EU")),
    ],
)
async def test_f_lists_the_requests_with_the_value_under_the_cursor(
    path: tuple[str, ...], term: Term
) -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "enter")
        await go_to(pilot, *path)
        await press(pilot, "f")
        assert isinstance(pilot.app.screen, RequestsScreen)
        of_model = (Term("model", Comparison.IS, "fraud"),) if path[-1] == "device_age" else ()
        assert pilot.app.screen.view.filter.terms == (*of_model, term), "no other model has the feature"


async def test_what_is_no_single_value_of_a_field_is_not_filtered_by() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "enter")
        for path in (("Fields",), ("Features", "basket"), ("Origin", "line")):
            pilot.app.clear_notifications()
            await go_to(pilot, *path)
            await press(pilot, "f")
            assert isinstance(pilot.app.screen, RequestScreen)
            assert toasts(pilot)[-1].startswith("Not a field, tag or feature")


def test_a_tag_that_is_called_like_a_field_is_filtered_by_its_group() -> None:
    section = tags_section(replace(WHOLE, tags={"status": "x", "amount": "y", "region": "z"}))
    assert [node.field for node in section.members or ()] == ["tags.status", "tags.amount", "region"]


async def test_record_command_and_value_are_copied(copied: Path) -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "enter")
        await go_to(pilot, "Features", "basket")
        await press(pilot, "y", "Y", "v")
    assert json.loads((copied / "request-f-002000.json").read_text())["request_id"] == "f-002000"
    assert (copied / "request-f-002000.sh").read_text().startswith('curl -X POST "$URL"')
    assert json.loads((copied / "basket.json").read_text()) == [12.5, 3.0, 99.9]


async def test_w_shows_the_line_as_it_was_logged_and_y_copies_it(copied: Path) -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "enter", "w")
        assert isinstance(pilot.app.screen, RawView)
        assert '"note":"␛[31m[red]\\xff"' in text_of(pilot) and "as logged" in text_of(pilot)
        await press(pilot, "y", "escape")
        assert isinstance(pilot.app.screen, RequestScreen)
    assert (copied / "line-f-002000.jsonl").read_text().startswith('{"request_id":"f-002000"')


def test_a_line_that_was_rebuilt_says_so() -> None:
    assert "rebuilt" in about(replace(RAW_LINE, is_rebuilt=True))
    assert about(replace(RAW_LINE, is_masked=True)).endswith("masked, and so written anew")
    assert about(replace(RAW_LINE, line=b"x" * 100_000)).startswith("100,000 bytes, the first 16,384 shown")


async def test_neighbours_are_listed_of_one_kind_after_the_other() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "enter", "enter", "b")
        assert isinstance(pilot.app.screen, NeighboursScreen)
        assert "▸1 before and after" in text_of(pilot) and "4 requests, nearest first" in text_of(pilot)
        await press(pilot, "tab")
        assert "▸2 same client" in text_of(pilot)
        await press(pilot, "3")
        assert "▸3 same input" in text_of(pilot) and "no other request" in text_of(pilot)
        await press(pilot, "tab")
        assert "▸1 before and after" in text_of(pilot)
        assert [name for name in desk.asked if name.startswith("neighbours")] == [
            "neighbours before and after",
            "neighbours same client",
            "neighbours same input",
            "neighbours before and after",
        ]
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, RequestScreen) and "f-002001" in text_of(pilot)
        assert "1 of 4" in text_of(pilot)


async def test_neighbours_are_labelled_copied_and_exported(copied: Path) -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "enter", "enter", "b", "y", "l", "1", "x", "enter")
        assert [draft.request_key for draft in desk.drafts[0]] == ["f-002001"]
        assert desk.exports[0][0].query == "predictions_beside"
    assert '"f-002001"' in (copied / "requests.jsonl").read_text()


async def test_neighbours_that_cannot_be_read_say_why_and_can_be_tried_again() -> None:
    desk = FakeDesk(incident(), failing={"neighbours before and after": CasebookError(HOSTILE[0])})
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "enter", "enter", "b")
        assert "cannot be read · r tries again" in text_of(pilot) and "[bold red]red" in text_of(pilot)
        desk.failing.clear()
        await press(pilot, "r")
        assert grid_of(pilot, "#rows").rows


async def test_a_request_of_two_thousand_features_draws_what_is_visible() -> None:
    def large(row_id: RowId) -> Request:
        values: dict[str, object] = {f"feature_{number}": "y " * 2_000 for number in range(2_000)}
        return replace(request(row_id), features=values | {"blob": "x" * 1_000_000})

    async with driving(FakeDesk(incident(), make_request=large), NARROW) as pilot:
        await press(pilot, "enter", "enter")
        drawn: list[int] = []
        tree, original = tree_of(pilot), Tree.render_line

        def counting(y: int) -> Strip:
            drawn.append(y)
            return original(tree, y)

        tree.render_line = counting  # type: ignore[method-assign]
        await press(pilot, "G", "j", "k")
        assert len(drawn) <= 3 * 24


async def test_a_request_that_cannot_be_read_says_why_and_can_be_tried_again() -> None:
    desk = FakeDesk(incident(), failing={"request": StoreError("the row is gone")})
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "enter", "enter")
        assert "cannot be read · r tries again" in text_of(pilot)
        assert "the row is gone" in text_of(pilot)
        await press(pilot, "l")
        desk.failing.clear()
        await press(pilot, "r")
        assert "FeatureMismatch" in text_of(pilot)


async def test_a_time_of_arrival_is_told_as_such() -> None:
    def arrived(row_id: RowId) -> Request:
        had = request(row_id)
        return replace(had, ts=NOW, fields={**had.fields, "ts_origin": "arrival"})

    async with driving(FakeDesk(incident(), make_request=arrived)) as pilot:
        await press(pilot, "enter", "enter")
        assert "when its line arrived" in text_of(pilot)


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_the_way_back_leads_to_the_same_row(key: str) -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "enter", "j", "j", "enter", key)
        assert isinstance(pilot.app.screen, AlertScreen)
        assert pilot.app.screen.grid.cursor_key == RowId(1, 1_998 * 412)
