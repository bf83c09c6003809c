"""What people say now, of a record in which nothing is changed."""

from __future__ import annotations

from collections.abc import Callable

from console.export.labelling import said_now
from console.model import Label, LabelStatus

MakeLabel = Callable[..., Label]
DRAFT, DISCARDED = LabelStatus.DRAFT, LabelStatus.DISCARDED


def test_the_newest_that_stands_is_said_by_each(make_label: MakeLabel) -> None:
    first, other = make_label("f-1", "fraud"), make_label("f-1", "legit", author="bob@two")
    second = make_label("f-1", "unsure", overrides=first)
    assert said_now([first, other, second]) == (other, second)
    undo = make_label("f-1", "unsure", overrides=second, status=DISCARDED)
    assert said_now([first, other, second, undo]) == (first, other)


def test_a_draft_never_hides_a_label_and_is_hidden_by_one(make_label: MakeLabel) -> None:
    label, flag = make_label("f-1", "fraud"), make_label("f-1", "", status=DRAFT)
    assert said_now([label, flag]) == said_now([flag, label]) == (label,)
    later = make_label("f-1", "", status=DRAFT)
    assert said_now([flag, later]) == (later,)


def test_a_request_that_is_not_to_be_labelled_is_said_until_somebody_labels_it(make_label: MakeLabel) -> None:
    never = make_label("f-1", "", status=DISCARDED)
    assert said_now([never]) == (never,)
    label = make_label("f-1", "fraud")
    assert said_now([never, label]) == said_now([label, never]) == (label,)


def test_a_draft_that_was_taken_back_is_not_said(make_label: MakeLabel) -> None:
    flag = make_label("f-1", "", status=DRAFT)
    undo = make_label("f-1", "", overrides=flag, status=DISCARDED)
    assert said_now([flag, undo]) == ()
