"""One sitting of labelling, without a screen: what is next, what keys say, and what is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model import LabelChoices, LabelDraft, QueueItem
from console.tui.labelling import drawing
from console.tui.labelling.answers import Answer, chosen, completions, correct, typed, wrong
from console.tui.labelling.sitting import Deed, Sitting, Step
from tests.tui.fakes import HOSTILE, NOW, candidate, kept, label_queue

TWO, THREE = LabelChoices(("fraud", "legit")), LabelChoices(("fraud", "legit", "odd"))
NUMBER = LabelChoices(is_number=True)
FRAUD, NOTHING = candidate(1), candidate(2, prediction=None)


def step(place: int, deed: Deed = Deed.LABELLED, value: str = "fraud", seconds: float = 0.0) -> Step:
    return Step(place, deed, NOW + timedelta(seconds=seconds), value, act=f"act-{place}")


# --- what keys say ---------------------------------------------------------------------------------------


def test_a_is_what_was_predicted_and_x_the_other_of_two() -> None:
    assert correct(FRAUD) == Answer("fraud")
    assert wrong(FRAUD, TWO) == Answer("legit")


@pytest.mark.parametrize("choices", [THREE, NUMBER, LabelChoices(), LabelChoices(("a", "b"))])
def test_where_the_other_one_is_not_certain_x_asks(choices: LabelChoices) -> None:
    answer = wrong(FRAUD, choices)
    assert answer.value == "" and answer.problem.startswith("Wrong: ")


def test_where_nothing_was_predicted_neither_says_anything() -> None:
    for nothing in (NOTHING, candidate(1, prediction=" ")):
        assert correct(nothing).problem and wrong(nothing, TWO).problem


def test_a_digit_is_a_class_if_there_is_one() -> None:
    assert chosen(TWO, 2) == Answer("legit")
    assert chosen(TWO, 3).problem.startswith("No class has the digit 3")


@pytest.mark.parametrize("text", ["12.5", " -3 ", "1e9", "0"])
def test_numbers_are_taken_as_they_are_typed(text: str) -> None:
    assert typed(text, NUMBER) == Answer(text.strip())


@pytest.mark.parametrize("text", ["", "much", "nan", "inf", "1_000", "1,5", "1" * 400])
def test_what_is_no_number_is_not(text: str) -> None:
    assert typed(text, NUMBER).problem and not typed(text, NUMBER).value


def test_classes_that_begin_so_are_offered_before_those_that_have_it_anywhere() -> None:
    assert completions("o", LabelChoices(("foo", "Odd", "bar", "o")), 5) == ("Odd", "o", "foo")
    assert completions("", THREE, 2) == ("fraud", "legit")


# --- what is next ----------------------------------------------------------------------------------------

ACTS = st.lists(st.sampled_from(["label", "fail", "skip", "back"]), max_size=40)


@settings(max_examples=50, deadline=None)
@given(acts=ACTS)
def test_no_item_is_lost_and_every_step_back_leads_where_one_was(acts: list[str]) -> None:
    sitting = Sitting(label_queue(5).items)
    was: list[int | None] = []
    for act in acts:
        place = sitting.place
        if act == "back":
            undone = sitting.back()
            assert (undone is None) == (not was)
            if was:
                assert sitting.place == was.pop()
        elif place is None:
            continue
        elif act == "skip":
            was.append(place)
            sitting.skip(NOW)
        else:
            assert sitting.begin() == place
            if act == "label":
                was.append(place)
                sitting.done(step(place))
            else:
                sitting.failed(place)
                assert sitting.place == place
        done = [one.place for one in sitting.steps if one.deed is Deed.LABELLED]
        waiting = [sitting.items.index(item) for item in sitting.coming(99)]
        assert sorted(done + waiting) == [0, 1, 2, 3, 4]


def test_copies_are_counted_where_requests_are() -> None:
    sitting = Sitting(label_queue(3).items)
    assert (sitting.left, sitting.requests_left) == (3, 5)


def test_the_rate_is_that_of_the_newest_steps_and_pauses_do_not_count() -> None:
    sitting = Sitting(label_queue(6).items)
    assert sitting.seconds_each is None
    for place, seconds in enumerate((0, 2, 4, 3604)):
        sitting.done(step(place, seconds=seconds))
    assert sitting.seconds_each == pytest.approx((2 + 2 + 60) / 3)


# --- what is told ----------------------------------------------------------------------------------------


def test_progress_tells_what_is_done_left_and_how_long_it_takes() -> None:
    sitting = Sitting(label_queue(6).items)
    assert drawing.progress(sitting, keeping=False) == ["0 labelled", "6 left and 2 copies"]
    for place in range(4):
        sitting.begin()
        copies = len(sitting.items[place].requests)
        sitting.done(replace(step(place, seconds=3.0 * place), requests=copies))
    sitting.begin()
    sitting.done(step(4, Deed.FLAGGED, "", 12))
    told = drawing.progress(sitting, keeping=True)
    assert told == ["4 labelled (6 requests)", "1 flagged", "1 left", "20 a minute, 3 s to go", "keeping …"]
    assert drawing.summary(sitting) == "4 labelled (6 requests): fraud 4 · 1 flagged"


def test_what_a_queue_leaves_out_is_told() -> None:
    queue = label_queue(looked_at=10_000, found=184_203, labelled=12, missing=3)
    said = "of the newest 10,000 of 184,203 requests, 12 labelled by you already, 3 not stored"
    assert drawing.source_words(queue) == said
    assert "all 12 requests have a label of yours" in drawing.nothing_words(queue)
    assert "None of 3 requests is stored" in drawing.nothing_words(label_queue(0, missing=3))
    assert "no request to label" in drawing.nothing_words(label_queue(0))


def test_choices_share_lines_that_are_never_too_long_and_no_choice_is_cut() -> None:
    item, sitting = QueueItem(FRAUD), Sitting(())
    choices = LabelChoices(tuple(f"class-number-{n}" for n in range(1, 13)))
    drawn = drawing.choices_drawn(item, choices, sitting, width=58).plain
    assert all(len(line) <= 58 for line in drawn.splitlines())
    assert [f" {n}  class-number-{n}" in drawn for n in range(1, 11)] == [True] * 9 + [False]
    assert "another, 3 more known" in drawn and " x  wrong" in drawn
    assert len(drawing.choices_drawn(item, choices, sitting, width=0).plain.splitlines()) == 12


def test_a_conflict_is_named_by_a_word() -> None:
    said = tuple(
        replace(kept(LabelDraft("k", value)), author=by) for value, by in (("a", "bob"), ("b", "eve"))
    )
    item = QueueItem(FRAUD, said=said, flags=(replace(said[0], draft=LabelDraft("k", "", note="why?")),))
    told = drawing.said_of(item, "see 12").plain
    assert told.splitlines() == [
        "≠ conflict: ✎ a bob · ✎ b eve",
        "⚑ flagged for a second look bob “why?”",
        "note see 12",
    ]
    assert drawing.said_of(QueueItem(FRAUD), "").plain == ""


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_seen_and_cut(value: str) -> None:
    request = candidate(1, key=value, model=value, model_version=value, prediction=value)
    said = (replace(kept(LabelDraft("k", value, note=value)), author=value),)
    item = QueueItem(request, said=said)
    sitting = Sitting((item,))
    sitting.done(step(0, value=value))
    shown = [
        "".join(text for text, _ in drawing.title(item)),
        drawing.predicted(item).plain,
        drawing.choices_drawn(item, LabelChoices((value, f"{value}2")), sitting, width=78).plain,
        drawing.said_of(item, value).plain,
        drawing.summary(sitting),
        drawing.completions_drawn((value,)).plain,
    ]
    for text in shown:
        assert len(text) < 1_000
        assert not set(text) & set("\x1b\x07\x00\r\t\x85\x9b\u202e\u2066\u200b\ud800")
