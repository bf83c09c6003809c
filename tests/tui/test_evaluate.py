"""The screen of an evaluation, the requests behind a slice, and versions beside each other."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import pytest
from textual.content import Content

from console.errors import StoreError
from console.model import Comparison, Filter, Term, Ticket, View
from console.model.evaluation import Basis, Evaluation, EvaluationQuestion, Figure
from console.tui.evaluate.drawing import draw_confusion, draw_over_time, draw_reliability
from console.tui.evaluate.lines import figure_lines, interval_words, value_words
from console.tui.evaluate.rows import EvaluatedRowsScreen
from console.tui.evaluate.screen import EvaluateScreen
from console.tui.evaluate.versions import VersionsScreen
from console.tui.evaluate.words import slice_words
from console.tui.request.screen import RequestScreen
from tests.tui.driving import NARROW, WIDE, driving, grid_of, press, settle, text_of, toasts
from tests.tui.evaluated import evaluation
from tests.tui.fakes import HOSTILE, FakeDesk, incident
from tests.tui.test_hostile import assert_harmless

TOLD = evaluation(EvaluationQuestion())
EVIL = " ".join(HOSTILE)


def plain(lines: list[Content]) -> list[str]:
    return [line.plain for line in lines]


# --- pictures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(24, 3), (40, 5), (76, 6), (60, 14)])
def test_pictures_keep_to_the_room_that_they_have(width: int, height: int) -> None:
    for lines in (
        draw_over_time(TOLD, "accuracy", width, height),
        draw_over_time(TOLD, "Brier", width, height),
        draw_reliability(TOLD.reliability, width, height),
        draw_confusion(TOLD.confusion, TOLD.classes, width, height),
    ):
        assert len(lines) <= height
        assert all(line.cell_length <= width for line in lines)


def test_over_time_a_step_without_requests_is_a_gap_and_a_fall_goes_down() -> None:
    lines = plain(draw_over_time(TOLD, "accuracy", 31, 8))
    columns = list(zip(*(line[6:].ljust(25) for line in lines[:-1]), strict=True))
    lines_of_values = [column.index("━") if "━" in column else None for column in columns]
    assert None in lines_of_values
    known = [place for place in lines_of_values if place is not None]
    assert known == sorted(known)
    assert known[0] < known[-1]


def test_reliability_is_on_the_rule_where_scores_are_true_to_their_word() -> None:
    lines = plain(draw_reliability(TOLD.reliability, 46, 12))
    assert sum(line.count("●") for line in lines) >= 5
    assert lines[-1].strip().startswith("0")


def test_the_matrix_tells_counts_and_the_share_of_each_truth() -> None:
    text = "\n".join(plain(draw_confusion(TOLD.confusion, TOLD.classes, 60, 6)))
    assert "1,487  93%" in text
    assert "287  72%" in text


def test_nothing_is_drawn_of_nothing() -> None:
    nothing = replace(TOLD, steps=(), reliability=(), confusion={})
    assert draw_over_time(nothing, "accuracy", 60, 8) == []
    assert draw_reliability((), 60, 8) == []
    assert draw_confusion({}, (), 60, 8) == []


# --- figures --------------------------------------------------------------------------------------------


def test_figures_stand_in_as_many_columns_as_fit_and_none_is_lost_unsaid() -> None:
    for width in (40, 76, 156):
        lines = figure_lines(TOLD.figures, width, 3)
        assert len(lines) <= 3
        assert all(line.cell_length <= width for line in lines)
        text = "\n".join(plain(lines))
        shown = sum(one.measure[:8] in text for one in TOLD.figures)
        assert shown == len(TOLD.figures) or "more: y copies all" in text


def test_a_figure_that_is_not_defined_says_why() -> None:
    lines = figure_lines((Figure("AUC", None, None, None, 9, "only one class is true"),), 60, 3)
    assert "only one class is true" in lines[0].plain


def test_values_are_told_in_their_own_units() -> None:
    assert value_words(0.96765, "accuracy") == "0.968"
    assert value_words(12345.6, "MAE") == "12,350"
    assert value_words(-0.5, "bias", signed=True) == "-0.5"
    assert interval_words(-1.5, 2.0, "bias") == "-1.5 to 2"
    assert interval_words(None, None, "MAE") == "—"
    assert slice_words("(score)", "0.2") == "score 0.2 to 0.3"
    assert slice_words("model_version", "v3") == "version=v3"


# --- the screen -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_it_tells_basis_share_figures_and_the_worst_slice(size: tuple[int, int]) -> None:
    desk = FakeDesk(incident())
    async with driving(desk, size) as pilot:
        await press(pilot, "E")
        shown = text_of(pilot)
        assert isinstance(pilot.app.screen, EvaluateScreen)
        assert "on truth · 2,000 of 4,000 requests (50.0%)" in shown
        assert "accuracy" in shown and "0.887" in shown
        assert grid_of(pilot, "#slice-grid").cursor_key == ("region", "EU")
        assert "▼ worse" in shown
        assert ("Confusion" in shown) == (size == WIDE)
        await press(pilot, "p", "p")
        assert "Confusion" in text_of(pilot)


async def test_keys_choose_basis_measure_slices_and_model() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, WIDE) as pilot:
        await press(pilot, "E", "m")
        assert "Precision over time" in text_of(pilot)
        await press(pilot, "d")
        assert "precision by region" in text_of(pilot)
        await press(pilot, "b")
        assert "on labels" in text_of(pilot)
        assert "left out: 3, labels are in conflict" in text_of(pilot)
        await press(pilot, "b")
        assert "estimated, no truth" in text_of(pilot)
        await press(pilot, "o")
        assert "Evaluate churn" in text_of(pilot)
        assert [one.basis for one in desk.evaluated] == [*Basis, Basis.ESTIMATED]


async def test_from_an_alert_it_is_of_the_alerts_model() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "E")
        assert desk.evaluated[-1].model == incident().alerts[0].model


async def test_it_follows_the_filter_and_the_time_of_the_view() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "E")
        screen = pilot.app.screen
        assert isinstance(screen, EvaluateScreen)
        only = Filter((Term("region", Comparison.IS, "EU"),))
        screen.look(View(only, None))
        await settle(pilot)
        assert (desk.evaluated[-1].filter, desk.evaluated[-1].span) == (only, None)


async def test_enter_lists_the_requests_of_a_slice_and_opens_one() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "E", "enter")
        assert isinstance(pilot.app.screen, EvaluatedRowsScreen)
        assert "region=EU" in text_of(pilot)
        assert "wrong ones first" in text_of(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, RequestScreen)


async def test_all_rows_of_a_slice_are_exported_and_not_those_on_screen_alone() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "E", "enter")
        screen = pilot.app.screen
        assert isinstance(screen, EvaluatedRowsScreen)
        export = screen.what_to_export()
        assert export is not None
        assert export.rows == 500
        assert export.call().params["row_limit"] == 2**31 - 1


async def test_versions_stand_beside_each_other_and_can_be_swapped() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "E", "v")
        assert isinstance(pilot.app.screen, VersionsScreen)
        shown = text_of(pilot)
        assert "v2 and v3" in shown
        assert "each on its own inputs" in shown
        assert "differs" in shown
        await press(pilot, "s")
        assert "v3 and v2" in text_of(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, EvaluateScreen)


def copied(folder: Path) -> dict[str, object]:
    """What the file beside the clipboard holds."""
    [path] = folder.rglob("evaluation-fraud.json")
    told: dict[str, object] = json.loads(path.read_text())
    return told


async def test_all_figures_are_copied_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "E", "y")
        assert "clipboard" in toasts(pilot)[-1]
    told = copied(tmp_path)
    assert (told["basis"], told["rows"], told["requests"]) == ("truth", 2000, 4000)


async def test_what_cannot_be_evaluated_is_said_and_can_be_tried_again() -> None:
    desk = FakeDesk(incident(), failing={"evaluation": StoreError("the disk is [b]gone")})
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "E")
        assert "the disk is [b]gone" in text_of(pilot)
        desk.failing.clear()
        await press(pilot, "r")
        assert "on truth" in text_of(pilot)


@dataclass
class Slow(FakeDesk):
    """A desk that answers once it is told to, or the question is taken back."""

    def __post_init__(self) -> None:
        self.may = Event()
        self.begun = Event()
        self.ticket: Ticket | None = None

    def evaluation(self, asked: EvaluationQuestion, ticket: Ticket) -> Evaluation:
        self.ticket = ticket
        self.begun.set()
        self.may.wait(10)
        return super().evaluation(asked, ticket)


async def test_esc_takes_the_question_back_and_the_answer_is_not_shown() -> None:
    desk = Slow(incident())
    async with driving(desk, NARROW) as pilot:
        await pilot.press("E")
        await pilot.pause()
        assert "esc cancels" in text_of(pilot)
        await pilot.press("escape")
        desk.may.set()
        await settle(pilot)
        assert desk.ticket is not None and desk.ticket.cancelled
        assert isinstance(pilot.app.screen, EvaluateScreen)
        assert "not evaluated · r evaluates" in text_of(pilot)


async def test_keys_do_what_they_do_while_the_next_model_is_evaluated() -> None:
    desk = Slow(incident())
    desk.may.set()
    async with driving(desk, WIDE) as pilot:
        await press(pilot, "E")
        desk.may.clear()
        await pilot.press("o", "m", "d")
        await pilot.pause()
        assert "Precision over time" in text_of(pilot)
        desk.may.set()
        await settle(pilot)
        assert "Evaluate churn" in text_of(pilot)
        assert "precision by region" in text_of(pilot)


@dataclass
class Hostile(FakeDesk):
    """A desk at which every name means harm."""

    def evaluation(self, asked: EvaluationQuestion, ticket: Ticket) -> Evaluation:
        one = evaluation(asked, model=EVIL, name=EVIL)
        return replace(
            one,
            positive=EVIL,
            score_of=EVIL,
            classes=(EVIL, "legit"),
            confusion={(EVIL, EVIL): 5},
            notes=(EVIL,),
            left_out={EVIL: 3},
            figures=(*one.figures, Figure(f"recall of {EVIL}", 0.5, 0.4, 0.6, 9, EVIL)),
        )


async def test_names_that_mean_harm_are_only_shown() -> None:
    async with driving(Hostile(incident()), WIDE) as pilot:
        await press(pilot, "E", "d")
        assert_harmless(text_of(pilot))
        await press(pilot, "enter")
        assert_harmless(text_of(pilot))
